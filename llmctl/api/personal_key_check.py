"""Check a personal API key with the server, and find the projects it can access."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.api.resources import CURRENT_USER, PROJECTS, Object
from llmctl.errors import DeniedError, Hint, LlmctlError, UnavailableError

if TYPE_CHECKING:
    from llmctl.api.client import Client


class Project(NamedTuple):
    """A project's ID and name."""

    id: str
    name: str


def check_key(client: Client) -> list[Project]:
    """Return the projects that the key can access; an empty list if it may not list them.

    An error about a missing scope proves that the key is valid. DeniedError if the server refuses
    the key for another reason.
    """
    denied = None
    try:
        user = client.get(CURRENT_USER)
    except DeniedError as error:
        if error.status != 403:
            # The other half of the hint, `profiles show`, knows nothing of this key yet.
            hint = error.hint and replace(error.hint, also=None)
            raise error.restated(error.message, hint) from None
        denied = error
    else:
        refuse_other(user)
        found = projects_of(user)
        if found:
            return found
    try:
        return _projects(list(client.list(PROJECTS)))
    except LlmctlError as error:  # a key without the scope to list projects is fine
        is_about_scopes = any("required scope" in each.message for each in (denied, error) if each)
        if denied and not is_about_scopes:
            raise denied from None
        return []


def refuse_other(user: Object) -> None:
    """Raise UnavailableError for an object that is no user: the server is not PostHog."""
    if "email" not in user and "organization" not in user:
        raise UnavailableError(
            "unexpected response: /api/users/@me/ returned no user",
            hint=Hint("is this a PostHog host?"),
        )


def projects_of(user: Object) -> list[Project]:
    """Return the projects of the organization that a user currently works in."""
    organization = user.get("organization")
    return _projects(organization.get("projects")) if isinstance(organization, dict) else []


def _projects(rows: Any) -> list[Project]:
    if not isinstance(rows, list):
        return []
    return [
        Project(str(row["id"]), str(row.get("name") or ""))
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), int)
    ]
