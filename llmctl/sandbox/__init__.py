"""A PostHog project on this machine: Django REST framework over SQLite.

`app` makes the WSGI application, which `adapter` calls in-process and `server` serves over HTTP.
Django is not imported before one of these is.
"""
