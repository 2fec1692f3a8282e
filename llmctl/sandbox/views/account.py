"""The user, the organization, the project and the key of the request; one of each."""

from __future__ import annotations

from collections.abc import Mapping
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
    """A list of fixed objects, each found by any of its names."""

    items: Mapping[str, dict[str, Any]] = {}  # by each name

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET: a page with the objects."""
        assert self.paginator is not None
        rows = {item["id"]: item for item in self.items.values()}
        page = self.paginator.paginate_queryset([*rows.values()], request, self)
        return self.get_paginated_response(page)

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """GET: the object by one of its names."""
        if kwargs["id"] not in self.items:
            raise NotFound
        return Response(self.items[kwargs["id"]])


class OrganizationViewSet(_FixedViewSet):
    """The organization."""

    scope_object = "organization"
    items = dict.fromkeys(("@current", defaults.ORGANIZATION_ID), _ORGANIZATION)


class ProjectViewSet(_FixedViewSet):
    """The project."""

    scope_object = "project"
    items = dict.fromkeys(("@current", str(defaults.PROJECT_ID)), _PROJECT)


def _integration(number: int, kind: str, name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "kind": kind,
        "config": config,
        "created_at": _CREATED,
        "created_by": USER,
        "errors": "",
        "display_name": name,
    }


_SLACK = _integration(
    defaults.SLACK_INTEGRATION_ID,
    "slack",
    "Sandbox",
    {
        "app_id": "A0SANDBOX",
        "authed_user": {"id": "U0SANDBOX"},
        "bot_user_id": "U0SANDBOXBOT",
        "scope": "channels:read,chat:write",
        "team": {"id": "T0SANDBOX", "name": "Sandbox"},
        "token_type": "bot",
    },
)
_GITHUB = _integration(
    defaults.GITHUB_INTEGRATION_ID,
    "github",
    "sandbox",
    {"account": {"name": "sandbox", "type": "Organization"}, "installation_id": "1"},
)


class IntegrationViewSet(_FixedViewSet):
    """The project's integrations: a Slack workspace, which reports can be sent to, and GitHub."""

    scope_object = "integration"
    items = {str(each["id"]): each for each in (_SLACK, _GITHUB)}


_ACCOUNT = {
    **USER,
    "team": _PROJECT,
    "organization": _ORGANIZATION,
    "organizations": [
        {key: _ORGANIZATION[key] for key in ("id", "name", "slug", "membership_level")}
    ],
}


class UserViewSet(_FixedViewSet):
    """The user, with project and organization."""

    scope_object = "user"
    items = dict.fromkeys(("@me", defaults.USER_UUID), _ACCOUNT)


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
