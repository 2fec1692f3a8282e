"""After a write without a valid response: read the object, which may show that it happened.

Only a yes is certain. A change that is not there may still appear a moment later, so every other
outcome stays unknown, and nothing is ever sent twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from llmctl.api.compare import compare
from llmctl.api.operation import Operation
from llmctl.api.page import parse_page
from llmctl.api.resources import (
    CLUSTERING_JOBS,
    EVALUATION_REPORTS,
    PROVIDER_KEYS,
    Object,
    Target,
)
from llmctl.errors import Hint, LlmctlError, NotFoundError, UnknownOutcomeError
from llmctl.http import Response
from llmctl.safe.secret import Secret

_CREATED_IN = (CLUSTERING_JOBS, EVALUATION_REPORTS, PROVIDER_KEYS)
_MASK_IS_SILENT = Hint(
    "run the same command again: the key's mask does not tell which secret is stored"
)
_CLOCK_STEP = timedelta(seconds=1)  # a Date header has whole seconds


class ReadBack:
    """Reads the object back after a write whose outcome is unknown.

    `report` is called with one line if the write turns out to have succeeded.
    """

    def __init__(
        self,
        send: Callable[[Operation, float], Response],
        *,
        origin: str,
        report: Callable[[str], None],
    ) -> None:
        self._send = send
        self._origin = origin
        self._report = report

    def send(self, operation: Operation, deadline: float) -> Response:
        """Return the response, or the object as it was read back, within the same deadline.

        UnknownOutcomeError if the object cannot show that the write happened.
        """
        start = time.monotonic()
        try:
            return self._send(operation, deadline)
        except UnknownOutcomeError as error:
            if operation.method == "PATCH" and not _can_show(operation.body, operation.before):
                raise error.restated(error.message, _MASK_IS_SILENT) from None
            if time.monotonic() >= deadline:
                raise
            found = None
            with contextlib.suppress(LlmctlError):
                found = self._find(operation, deadline, time.monotonic() - start)
            if found is None:
                raise
            self._report(
                f"no valid response to the {operation.method}, but the server shows that it "
                "succeeded"
            )
            is_created = operation.method == "POST" and operation.target.action is None
            return Response(201 if is_created else 200, body=found)

    def _find(self, operation: Operation, deadline: float, seconds: float) -> Object | None:
        """Return the object if it shows that the write happened `seconds` ago, else None."""
        resource, object_id, action = operation.target
        body = operation.body or {}
        if operation.is_deferred:
            return None
        if action is not None:
            return _if_shown(self._get(Target(resource, object_id), deadline).body, body)
        if operation.method == "POST":
            if resource not in _CREATED_IN:
                return None
            page = parse_page(self._get(Target(resource), deadline), self._origin)
            return _created(page.rows, body, page.time, seconds)
        try:
            found = self._get(Target(resource, object_id), deadline).body
        except NotFoundError as error:
            is_gone = operation.method == "DELETE" or body.get("deleted") is True
            return dict(body) if is_gone and error.is_of_object else None
        return _if_shown(found, body) if operation.method == "PATCH" else None

    def _get(self, target: Target, deadline: float) -> Response:
        return self._send(Operation("GET", target), deadline)


def _can_show(body: Object | None, before: Object | None) -> bool:
    """Return True if reading the object can show that an update with `body` happened.

    Fields that are shown in full always can: if they match, the object is as requested, whoever
    wrote it. A secret is shown as a mask, which other secrets may share: it can only if the mask
    did not fit before.
    """
    mask = (before or {}).get("api_key_masked")
    return all(
        isinstance(mask, str) and value.fits_mask(mask) is False
        for value in (body or {}).values()
        if isinstance(value, Secret)
    )


def _created(
    rows: list[Object], body: Mapping[str, Any], now: datetime | None, seconds: float
) -> Object | None:
    """Return the one row that has what was sent, and was created since, by the server's clock."""
    if now is None:
        return None
    sent = now - timedelta(seconds=seconds) - _CLOCK_STEP
    rows = [row for row in rows if _is_since(row.get("created_at"), sent)]
    fitting = [row for row in rows if compare(body, row).is_proof]
    return fitting[0] if len(fitting) == 1 else None


def _if_shown(found: Object, body: Mapping[str, Any]) -> Object | None:
    """Return the object if it has every field of the request as sent, else None."""
    return found if compare(body, found).is_proof else None


def _is_since(created_at: object, moment: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(created_at)) >= moment
    except (ValueError, TypeError):
        return False
