"""After a write whose answer was lost: whether the server shows that it was done.

Only a yes is certain. What is not there may come a moment later, so that everything else stays
unknown, and nothing is ever sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from llmctl.api.resources import (
    CLUSTERING_JOBS,
    EVALUATION_REPORTS,
    PROVIDER_KEYS,
    Resource,
    Target,
)
from llmctl.errors import NotFoundError
from llmctl.safe.secret import Secret

Object = dict[str, Any]

_CREATED_IN = (CLUSTERING_JOBS, EVALUATION_REPORTS, PROVIDER_KEYS)
_SHOWN_AS = {"azure_endpoint": "azure_endpoint_display", "api_version": "api_version_display"}
_CLOCK_STEP = timedelta(seconds=1)  # a Date header has whole seconds


class Lost(NamedTuple):
    """A write whose answer did not come, and how many seconds ago it was sent.

    `before` is the object as it was read before the write; None where it was not.
    """

    method: str
    target: Target
    body: Mapping[str, Any]
    seconds: float
    before: Object | None = None


class FirstPage(NamedTuple):
    """The first page of a list, and what time the server says it is."""

    rows: list[Object]
    time: datetime | None


class Reader(Protocol):
    """The part of the client that looking needs."""

    def get(self, resource: Resource, object_id: str | None = None) -> Object: ...

    def first_page(self, resource: Resource) -> FirstPage: ...


def read_back(client: Reader, lost: Lost) -> Object | None:
    """The object as the server has it if that shows that the write was done; None otherwise.

    Raises what the client raises where nobody can look.
    """
    resource, object_id, action = lost.target
    if action == "set_event_filters":
        return _if_carried(client.get(resource), lost.body)
    if action == "set_active_key":
        config = client.get(resource)
        active = config.get("active_provider_key")
        is_active = isinstance(active, dict) and active.get("id") == lost.body.get("key_id")
        return config if is_active else None
    if lost.method == "POST":
        return _created(client, lost) if resource in _CREATED_IN else None
    if not can_show(lost.body, lost.before):
        return None
    try:
        found = client.get(resource, object_id)
    except NotFoundError as error:
        is_gone = lost.method == "DELETE" or lost.body.get("deleted") is True
        return dict(lost.body) if is_gone and error.is_of_object else None
    return _if_carried(found, lost.body) if lost.method == "PATCH" else None


def can_show(body: Mapping[str, Any], before: Object | None) -> bool:
    """Whether the object, after a change by `body`, can show that the change was done.

    Fields that are shown in full always can: the object is then as was asked, whoever did it. A
    secret is shown by its mask, which others share: it can where the mask did not fit before.
    """
    mask = (before or {}).get("api_key_masked")
    return all(
        isinstance(mask, str) and value.fits_mask(mask) is False
        for value in body.values()
        if isinstance(value, Secret)
    )


def _created(client: Reader, lost: Lost) -> Object | None:
    """The one object that has what was sent, and was made since: by the server's own clock."""
    rows, now = client.first_page(lost.target.resource)
    if now is None:
        return None
    sent = now - timedelta(seconds=lost.seconds) - _CLOCK_STEP
    rows = [row for row in rows if _is_since(row.get("created_at"), sent)]
    fitting = [row for row in rows if _if_carried(row, lost.body)]
    return fitting[0] if len(fitting) == 1 else None


def _if_carried(found: Object, body: Mapping[str, Any]) -> Object | None:
    """The object, if every field of the request is in it as it was sent."""
    if not all(_is_shown(name, value, found) for name, value in body.items()):
        return None
    return found


def _is_shown(name: str, value: Any, found: Object) -> bool:
    if isinstance(value, Secret):
        mask = found.get("api_key_masked")
        return isinstance(mask, str) and value.fits_mask(mask) is True
    if name == "set_as_active":
        return value is False  # the object does not say whether it is the active one
    shown = found.get(_SHOWN_AS.get(name, name))
    if isinstance(value, str) and isinstance(shown, str):
        return value.strip() == shown or _is_same_time(value, shown)
    return type(shown) is type(value) and shown == value


def _is_same_time(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except (ValueError, TypeError):  # no times, or only one of them has an offset
        return False


def _is_since(created_at: object, moment: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(created_at)) >= moment
    except (ValueError, TypeError):
        return False
