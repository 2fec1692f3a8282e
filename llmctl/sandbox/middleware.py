"""Middleware for what depends on the generation: the routes, and the old path prefix."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.urls import is_valid_path

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_OLD, _NEW = "/api/environments/", "/api/projects/"
_SUNSET = "Fri, 31 Jul 2026 00:00:00 GMT"


def routes_of_generation(get_response: GetResponse) -> GetResponse:
    """Use the routes of the database's current generation."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with connection.cursor() as cursor:
            number = cursor.execute("PRAGMA application_id").fetchone()[0]
        request.urlconf = f"llmctl.sandbox.urls.v{number}"
        return get_response(request)

    return middleware


def deprecate_environments(get_response: GetResponse) -> GetResponse:
    """In v3, answer a request below /api/environments/ like its successor, and link to that."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        successor = request.path.replace(_OLD, _NEW, 1)
        is_old = request.path.startswith(_OLD) and request.urlconf == "llmctl.sandbox.urls.v3"
        if not is_old or not is_valid_path(successor, request.urlconf):
            return get_response(request)
        request.path = request.path_info = successor
        response = get_response(request)
        response["Deprecation"] = "true"
        response["Link"] = f'<{request.get_full_path()}>; rel="successor-version"'
        response["Sunset"] = _SUNSET
        return response

    return middleware
