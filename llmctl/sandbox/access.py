"""Authentication with personal API keys, and permission by scope and project."""

from __future__ import annotations

import re
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
)
from rest_framework.permissions import BasePermission
from rest_framework.request import Request, is_form_media_type

from llmctl.sandbox import defaults

KEYS: dict[str, frozenset[str]] = {
    defaults.ALL_SCOPES_KEY: frozenset({"*"}),
    defaults.READ_ONLY_KEY: frozenset(
        f"{name}:read"
        for name in (
            "llm_analytics",
            "ai_observability_clusters",
            "evaluation",
            "tagger",
            "llm_provider_key",
            "integration",
            "user",
            "project",
            "organization",
        )
    ),
}

PROJECT_SECRET_PREFIX = "phs_"  # noqa: S105 - of project secret API keys

READ_ACTIONS = {"list", "retrieve", "metadata"}  # metadata: OPTIONS
WRITE_ACTIONS = {"create", "update", "partial_update", "destroy"}


class PersonalKeyAuthentication(BaseAuthentication):
    """Accept a key in the header, else in the body, else in the query; the first one counts."""

    def authenticate(self, request: Request) -> tuple[None, str] | None:
        """Return no user, and the key as `request.auth`. Raise AuthenticationFailed if unknown."""
        found = self._find(request)
        if found is None:
            return None
        key, source = found
        if key not in KEYS and not key.startswith(PROJECT_SECRET_PREFIX):
            raise AuthenticationFailed(f"Personal API key found in request {source} is invalid.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Make the framework respond 401 instead of 403; the error handler sends no header."""
        return "Bearer"

    def _find(self, request: Request) -> tuple[str, str] | None:
        match = re.match(r"Bearer\s+(\S.+)$", request.headers.get("Authorization", ""))
        if match:
            return match[1].strip(), "Authorization header"
        if request.headers.get("Content-Length", "0") not in ("", "0"):
            body: Any = request.data
            if isinstance(body, dict) and body.get("personal_api_key"):
                return str(body["personal_api_key"]), "body"
        text = request.query_params.get("personal_api_key")
        return (text, "query string") if text else None


class ScopePermission(BasePermission):
    """Require an existing project, and a key with the scope that the view's action needs.

    A view declares `scope_object`, and `action_scopes` for custom actions: `read` or `write`, or a
    scope of another object.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return True, or raise the error that PostHog's server responds with."""
        if not request.auth:
            raise NotAuthenticated
        if str(request.auth).startswith(PROJECT_SECRET_PREFIX):
            raise PermissionDenied("This action does not support project secret API key access")
        needed = _needed_scope(view, str(request.method))
        if needed is None:
            raise PermissionDenied("This action does not support personal API key access")
        project = view.kwargs.get("project")
        if project is not None and _names_a_project_token(request):
            raise AuthenticationFailed
        refused = _refused(project, needed, str(request.auth))
        if refused is not None:
            _ = request.data  # an unreadable body is refused first
            raise refused
        return True


def _names_a_project_token(request: Request) -> bool:
    """Return True if a form, or the query of a GET, has a field for a project's token."""
    fields: Any
    if request.method == "GET":
        fields = request.query_params
    elif is_form_media_type(request.content_type):
        fields = request.data
    else:
        return False
    return any(fields.get(name) for name in ("api_key", "token"))


def _refused(project: str | None, needed: str, key: str) -> APIException | None:
    """Return the reason why the key may not do this, or None if it may."""
    if project not in (None, "@current", str(defaults.PROJECT_ID)):
        return NotFound("Project not found.")
    write = f"{needed.partition(':')[0]}:write"
    if not KEYS[key] & {"*", needed, write}:
        return PermissionDenied(f"API key missing required scope '{needed}'")
    return None


def _needed_scope(view: Any, method: str) -> str | None:
    """Return the scope that the action needs; None if it declares none."""
    access = _access(view, method)
    return access if access is None or ":" in access else f"{view.scope_object}:{access}"


def _access(view: Any, method: str) -> str | None:
    """Return `read`, `write` or a scope; None if the action declares none."""
    own: dict[str, str] = getattr(view, "action_scopes", {})
    action: str | None = view.action
    mapped: set[str] = set(view.action_map.values())
    if action is None and mapped and mapped <= own.keys():
        return own[mapped.pop()]  # wrong method on such a path: the scope comes before the 405
    if action in own:
        return own[action]
    if action in READ_ACTIONS:
        return "read"
    if action in WRITE_ACTIONS or (action is None and method == "PATCH"):
        return "write"
    return None
