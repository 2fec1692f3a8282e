"""The responses to requests that reach no view, and to errors outside of one."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Respond to a path without a route."""
    return _error("invalid_request", "not_found", "Endpoint not found.", 404)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Respond to a foreign Host header."""
    return _error("invalid_request", "bad_request", "Bad request.", 400)


def server_error(request: HttpRequest) -> JsonResponse:
    """Respond to an exception outside the framework's handler."""
    return _error("server_error", "error", "A server error occurred.", 500)


def _error(kind: str, code: str, detail: str, status: int) -> JsonResponse:
    body = {"type": kind, "code": code, "detail": detail, "attr": None}
    return JsonResponse(body, status=status)


# Under the names that Django looks for in a module of routes.
handler400, handler404, handler500 = bad_request, not_found, server_error
