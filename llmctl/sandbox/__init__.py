"""A PostHog project on this machine: Django REST framework over SQLite.

In-process through `adapter.py`, over HTTP through `server.py`; both serve what `app.py` makes.
Nothing heavy is imported before one of them is.
"""
