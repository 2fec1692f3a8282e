"""Whether a key is one of the server's, and which projects it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.errors import DeniedError, LlmctlError

if TYPE_CHECKING:
    from llmctl.client.client import Client


class Project(NamedTuple):
    """A project's number and name."""

    id: str
    name: str


def check_key(client: Client) -> list[Project]:
    """The projects that the key sees, as far as it may say; raises what the server says of it.

    A 403 proves the key: the server knows it, it only lacks the scope for the question.
    """
    try:
        user = client.get("/api/users/@me/")
    except DeniedError as error:
        if error.status != 403:
            raise
    else:
        organization = user.get("organization")
        found = _projects(organization.get("projects")) if isinstance(organization, dict) else []
        if found:
            return found
    try:
        return _projects(list(client.list("/api/projects/")))
    except LlmctlError:  # not every key may list projects; the user may still name one
        return []


def _projects(rows: Any) -> list[Project]:
    if not isinstance(rows, list):
        return []
    return [
        Project(str(row["id"]), str(row.get("name") or ""))
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), int)
    ]
