"""The user, the organization, the project and the key of the request; one of each."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import defaults
from llmctl.sandbox.access import KEYS
from llmctl.sandbox.views.base import ResourceViewSet

_CREATED = "2026-01-01T00:00:00Z"
_ADMIN = 8  # PostHog's number for an organization's administrators

USER: dict[str, Any] = {
    "id": 1,
    "uuid": defaults.USER_UUID,
    "distinct_id": "sandbox-user",
    "first_name": "Ada",
    "last_name": "Sandbox",
    "email": "ada@sandbox.example",
    "is_email_verified": True,
    "hedgehog_config": None,
    "role_at_organization": "engineering",
}
_PROJECT: dict[str, Any] = {
    "id": defaults.PROJECT_ID,
    "uuid": defaults.PROJECT_UUID,
    "organization": defaults.ORGANIZATION_ID,
    "project_id": defaults.PROJECT_ID,
    "api_token": "phc_sandbox",
    "name": "Sandbox",
    "timezone": "UTC",
    "created_at": _CREATED,
}
_ORGANIZATION: dict[str, Any] = {
    "id": defaults.ORGANIZATION_ID,
    "name": "Sandbox",
    "slug": "sandbox",
    "created_at": _CREATED,
    "updated_at": _CREATED,
    "membership_level": _ADMIN,
    "teams": [_PROJECT],
    "projects": [
        {
            "id": defaults.PROJECT_ID,
            "organization_id": defaults.ORGANIZATION_ID,
            "name": "Sandbox",
        }
    ],
}


class _FixedViewSet(ResourceViewSet):
    """A list of one object, found by any of its `names`."""

    item: dict[str, Any] = {}
    names: set[str] = set()

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET: a page with the object."""
        assert self.paginator is not None
        rows = self.paginator.paginate_queryset([self.item], request, self)
        return self.get_paginated_response(rows)

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """GET: the object by one of its names."""
        if kwargs["id"] not in self.names:
            raise NotFound
        return Response(self.item)


class OrganizationViewSet(_FixedViewSet):
    """The organization."""

    scope_object = "organization"
    item = _ORGANIZATION
    names = {"@current", defaults.ORGANIZATION_ID}


class ProjectViewSet(_FixedViewSet):
    """The project."""

    scope_object = "project"
    item = _PROJECT
    names = {"@current", str(defaults.PROJECT_ID)}


class IntegrationViewSet(_FixedViewSet):
    """The project's only integration, which reports can be sent to."""

    scope_object = "integration"
    item = {
        "id": defaults.SLACK_INTEGRATION_ID,
        "kind": "slack",
        "config": {"team": {"id": "T0SANDBOX", "name": "Sandbox"}},
        "created_at": _CREATED,
        "created_by": USER,
        "errors": "",
        "display_name": "Sandbox",
    }


class UserViewSet(_FixedViewSet):
    """The user, with project and organization."""

    scope_object = "user"
    item = {
        **USER,
        "team": _PROJECT,
        "organization": _ORGANIZATION,
        "organizations": [
            {key: _ORGANIZATION[key] for key in ("id", "name", "slug", "membership_level")}
        ],
    }
    names = {"@me", defaults.USER_UUID}


class PersonalKeyViewSet(ResourceViewSet):
    """The key of the request."""

    scope_object = "user"

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """GET: the key's label and scopes, never its value."""
        key = str(request.auth)
        return Response(
            {
                "id": key.rpartition("_")[2],
                "label": key,
                "value": None,
                "mask_value": f"{key[:4]}...{key[-4:]}",
                "created_at": _CREATED,
                "last_used_at": None,
                "last_rolled_at": None,
                "user_id": USER["id"],
                "scopes": sorted(KEYS[key]),
                "scoped_teams": [],
                "scoped_organizations": [],
            }
        )
