"""The routes. A trailing slash is optional; environments and projects are synonyms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, re_path

from llmctl.sandbox.views.account import (
    OrganizationViewSet,
    PersonalKeyViewSet,
    ProjectViewSet,
    UserViewSet,
)
from llmctl.sandbox.views.base import ResourceViewSet
from llmctl.sandbox.views.clustering import ClusteringConfigViewSet, ClusteringJobViewSet
from llmctl.sandbox.views.evaluation_config import EvaluationConfigViewSet
from llmctl.sandbox.views.evaluation_reports import EvaluationReportViewSet
from llmctl.sandbox.views.evaluations import EvaluationViewSet
from llmctl.sandbox.views.provider_keys import (
    ModelViewSet,
    ProviderKeyValidationViewSet,
    ProviderKeyViewSet,
)

_PROJECT = r"^api/(?:environments|projects)/(?P<project>[^/]+)/"
_ANALYTICS = _PROJECT + "llm_analytics/"
_ID = "(?P<pk>[^/]+)"
_READ_LIST = {"get": "list"}
_READ_ITEM = {"get": "retrieve"}
_LIST = {"get": "list", "post": "create"}
_ITEM = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}


def _route(path: str, view: type[ResourceViewSet], actions: dict[str, Any]) -> URLPattern:
    return re_path(f"{path}/?$", view.as_view(actions))


urlpatterns = [
    _route(f"{_ANALYTICS}clustering_config", ClusteringConfigViewSet, _READ_LIST),
    _route(
        f"{_ANALYTICS}clustering_config/set_event_filters",
        ClusteringConfigViewSet,
        {"post": "set_event_filters"},
    ),
    _route(f"{_ANALYTICS}clustering_jobs", ClusteringJobViewSet, _LIST),
    _route(f"{_ANALYTICS}clustering_jobs/{_ID}", ClusteringJobViewSet, _ITEM),
    _route(f"{_ANALYTICS}evaluation_config", EvaluationConfigViewSet, _READ_LIST),
    _route(
        f"{_ANALYTICS}evaluation_config/set_active_key",
        EvaluationConfigViewSet,
        {"post": "set_active_key"},
    ),
    _route(f"{_ANALYTICS}evaluation_reports", EvaluationReportViewSet, _LIST),
    _route(f"{_ANALYTICS}evaluation_reports/{_ID}", EvaluationReportViewSet, _ITEM),
    _route(f"{_ANALYTICS}provider_keys", ProviderKeyViewSet, _LIST),
    _route(f"{_ANALYTICS}provider_keys/{_ID}", ProviderKeyViewSet, _ITEM),
    _route(f"{_ANALYTICS}provider_keys/{_ID}/validate", ProviderKeyViewSet, {"post": "validate"}),
    _route(
        f"{_ANALYTICS}provider_keys/{_ID}/dependent_configs",
        ProviderKeyViewSet,
        {"get": "dependent_configs"},
    ),
    _route(
        f"{_ANALYTICS}provider_key_validations", ProviderKeyValidationViewSet, {"post": "create"}
    ),
    _route(f"{_ANALYTICS}models", ModelViewSet, _READ_LIST),
    _route(f"{_PROJECT}evaluations", EvaluationViewSet, _READ_LIST),
    _route(
        f"{_PROJECT}evaluations/{_ID}",
        EvaluationViewSet,
        _READ_ITEM | {"patch": "partial_update"},
    ),
    _route("^api/users/(?P<id>@me)", UserViewSet, _READ_ITEM),
    _route("^api/organizations", OrganizationViewSet, _READ_LIST),
    _route("^api/organizations/(?P<id>[^/]+)", OrganizationViewSet, _READ_ITEM),
    _route("^api/(?:environments|projects)", ProjectViewSet, _READ_LIST),
    _route("^api/(?:environments|projects)/(?P<id>[^/]+)", ProjectViewSet, _READ_ITEM),
    _route("^api/personal_api_keys/@current", PersonalKeyViewSet, _READ_ITEM),
]


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


handler404 = not_found
handler400 = bad_request
handler500 = server_error
