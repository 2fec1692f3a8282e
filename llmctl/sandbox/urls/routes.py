"""The routes that the generations share. A trailing slash is optional."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import URLPattern, re_path

from llmctl.sandbox.views.account import (
    IntegrationViewSet,
    OrganizationViewSet,
    PersonalKeyViewSet,
    ProjectViewSet,
    UserViewSet,
)
from llmctl.sandbox.views.base import ResourceViewSet

PROJECT = r"^api/(?:environments|projects)/(?P<project>[^/]+)/"
ANALYTICS = PROJECT + "llm_analytics/"
ID = "(?P<pk>[^/]+)"
READ_LIST = {"get": "list"}
READ_ITEM = {"get": "retrieve"}
LIST = {"get": "list", "post": "create"}
ITEM = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}


class ViewSets(NamedTuple):
    """The view sets of a generation."""

    clustering_config: type[ResourceViewSet]
    clustering_jobs: type[ResourceViewSet]
    evaluation_config: type[ResourceViewSet]
    evaluation_reports: type[ResourceViewSet]
    evaluations: type[ResourceViewSet]
    models: type[ResourceViewSet]
    provider_keys: type[ResourceViewSet]
    provider_key_validations: type[ResourceViewSet]


def route(path: str, view: type[ResourceViewSet], actions: dict[str, Any]) -> URLPattern:
    """Return the route to a view set, with the action for each method."""
    return re_path(f"{path}/?$", view.as_view(actions))


def routes(views: ViewSets) -> list[URLPattern]:
    """Return the routes that every generation has."""
    config, reports, keys = views.evaluation_config, views.evaluation_reports, views.provider_keys
    return [
        route(f"{ANALYTICS}clustering_config", views.clustering_config, READ_LIST),
        route(
            f"{ANALYTICS}clustering_config/set_event_filters",
            views.clustering_config,
            {"post": "set_event_filters"},
        ),
        route(f"{ANALYTICS}clustering_jobs", views.clustering_jobs, LIST),
        route(f"{ANALYTICS}clustering_jobs/{ID}", views.clustering_jobs, ITEM),
        route(f"{ANALYTICS}evaluation_config", config, READ_LIST),
        route(f"{ANALYTICS}evaluation_config/set_active_key", config, {"post": "set_active_key"}),
        route(f"{ANALYTICS}evaluation_reports", reports, LIST),
        route(f"{ANALYTICS}evaluation_reports/{ID}", reports, ITEM),
        route(f"{ANALYTICS}evaluation_reports/{ID}/runs", reports, {"get": "runs"}),
        route(f"{ANALYTICS}evaluation_reports/{ID}/generate", reports, {"post": "generate"}),
        route(f"{ANALYTICS}provider_keys", keys, LIST),
        route(f"{ANALYTICS}provider_keys/{ID}", keys, ITEM),
        route(f"{ANALYTICS}provider_keys/{ID}/validate", keys, {"post": "validate"}),
        route(
            f"{ANALYTICS}provider_keys/{ID}/dependent_configs", keys, {"get": "dependent_configs"}
        ),
        route(
            f"{ANALYTICS}provider_key_validations",
            views.provider_key_validations,
            {"post": "create"},
        ),
        route(f"{ANALYTICS}models", views.models, READ_LIST),
        route(f"{PROJECT}evaluations", views.evaluations, LIST),
        route(f"{PROJECT}evaluations/test_hog", views.evaluations, {"post": "test_hog"}),
        route(f"{PROJECT}evaluations/{ID}", views.evaluations, ITEM),
        route(f"{PROJECT}integrations", IntegrationViewSet, READ_LIST),
        route(f"{PROJECT}integrations/(?P<id>[^/]+)", IntegrationViewSet, READ_ITEM),
        route("^api/users/(?P<id>@me)", UserViewSet, READ_ITEM),
        route("^api/organizations", OrganizationViewSet, READ_LIST),
        route("^api/organizations/(?P<id>[^/]+)", OrganizationViewSet, READ_ITEM),
        route("^api/organizations/[^/]+/projects", ProjectViewSet, READ_LIST),
        route("^api/organizations/[^/]+/projects/(?P<id>[^/]+)", ProjectViewSet, READ_ITEM),
        route("^api/(?:environments|projects)", ProjectViewSet, READ_LIST),
        route("^api/(?:environments|projects)/(?P<id>[^/]+)", ProjectViewSet, READ_ITEM),
        route("^api/personal_api_keys/@current", PersonalKeyViewSet, READ_ITEM),
    ]
