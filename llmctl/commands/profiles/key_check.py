"""Whether a key is one of the server's, and which projects it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.api.resources import CURRENT_USER, PROJECTS
from llmctl.errors import DeniedError, LlmctlError, UnavailableError

if TYPE_CHECKING:
    from llmctl.api.client import Client


class Project(NamedTuple):
    """A project's number and name."""

    id: str
    name: str


def check_key(client: Client) -> list[Project]:
    """The projects that the key sees, as far as it may say; raises what the server says of it.

    A missing scope proves the key: the server knows it, and names what it lacks for the question.
    DeniedError where it is refused for something else and may not list projects either.
    """
    denied = None
    try:
        user = client.get(CURRENT_USER)
    except DeniedError as error:
        if error.status != 403:
            error.hint = str(error.hint or "").partition(";")[0]  # no settings are in play yet
            raise
        denied = error
    else:
        if "email" not in user and "organization" not in user:
            raise UnavailableError("what /api/users/@me/ answers is no user, so it is not the API")
        organization = user.get("organization")
        found = _projects(organization.get("projects")) if isinstance(organization, dict) else []
        if found:
            return found
    try:
        return _projects(list(client.list(PROJECTS)))
    except LlmctlError as error:  # not every key may list projects; the user may still name one
        is_about_scopes = any("required scope" in each.message for each in (denied, error) if each)
        if denied and not is_about_scopes:
            raise denied from None
        return []


def _projects(rows: Any) -> list[Project]:
    if not isinstance(rows, list):
        return []
    return [
        Project(str(row["id"]), str(row.get("name") or ""))
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), int)
    ]
