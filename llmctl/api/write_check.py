"""Check after each write that the server stored what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from llmctl.api.compare import Difference, as_text, compare, same
from llmctl.api.operation import Operation
from llmctl.api.resources import (
    EVALUATION_CONFIG,
    EVALUATION_REPORTS,
    PROVIDER_KEY_VALIDATIONS,
    Object,
    Target,
)
from llmctl.errors import Hint, LlmctlError, PartialError
from llmctl.http import Response
from llmctl.safe.secret import Secret, without_secrets

_KEEP_ONE = (EVALUATION_REPORTS,)  # a POST may change an existing object: 200, not 201
_PAUSE_SECONDS = 1.0
_PAUSES = 5  # reads may lag behind writes


class WriteCheck:
    """Compares the object in the response to each write with what was sent.

    `send` reads what the response does not show. `report` is called with a line about fields that
    cannot be compared. Messages contain neither the `key` nor a secret that was sent.
    """

    def __init__(
        self,
        send: Callable[[Operation, float], Response],
        *,
        key: Secret,
        report: Callable[[str], None],
    ) -> None:
        self._send = send
        self._key = key
        self._report = report
        self._written: list[tuple[Operation, Response]] = []

    def record(self, operation: Operation, response: Response) -> None:
        """Remember a write to compare, unless it stores nothing."""
        if operation.target.resource is not PROVIDER_KEY_VALIDATIONS:
            self._written.append((operation, response))

    def confirm(self, deadline: float) -> None:
        """Compare what was written since the last call.

        PartialError if the server ignored or changed a field, or changed an existing object.
        """
        written, self._written = self._written, []
        errors = [error for each in written if (error := self._compare(*each, deadline))]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise PartialError("; ".join(error.message for error in errors))

    def _compare(
        self, operation: Operation, response: Response, deadline: float
    ) -> PartialError | None:
        sent = without_secrets([self._key], operation.body or {})
        stored = response.body
        different, not_shown, _ = compare(sent, stored)
        if not same(sent.get("set_as_active", False), stored=False):
            different += self._not_activated(stored.get("id"), deadline)
        if not_shown:
            names = ", ".join(not_shown)
            self._report(f"the response does not show {names}: cannot tell if it was stored")
        said = _overwritten(operation, response)
        if different:
            said.append("was not stored as sent: " + "; ".join(map(str, different)))
        if not said:
            return None
        target = _written(operation, stored)
        return PartialError(
            f"{target.name or f'the {target.resource.noun}'} {', and '.join(said)}",
            hint=Hint("see what is stored", target.read_command),
            status=response.status,
            attr=different[0].field if different else None,
        )

    def _not_activated(self, key_id: object, deadline: float) -> list[Difference]:
        """Return the difference if the key does not become the active one in time."""
        found: list[Difference] = []
        for pauses_left in reversed(range(_PAUSES + 1)):
            try:
                config = self._send(Operation("GET", Target(EVALUATION_CONFIG)), deadline).body
            except LlmctlError as error:
                self._report(f"cannot check that the key is active: {error.message}")
                break
            result = compare({"key_id": key_id}, config)
            if result.not_shown:
                self._report("cannot check that the key is active: the response does not show it")
            found = result.different
            if not (found and pauses_left and time.monotonic() + _PAUSE_SECONDS < deadline):
                break
            time.sleep(_PAUSE_SECONDS)
        return [Difference("set_as_active", "true", f"active key {each.stored}") for each in found]


def _written(operation: Operation, stored: Object) -> Target:
    """Return the object that was written; the id of a new one is in the response."""
    target = operation.target
    if target.resource.is_single:
        return Target(target.resource)
    object_id = target.object_id or stored.get("id")
    return Target(target.resource, object_id if isinstance(object_id, str) else None)


def _overwritten(operation: Operation, response: Response) -> list[str]:
    """Return what happened if the server changed an existing object instead of creating one."""
    is_create = operation.method == "POST" and operation.target.action is None
    if not is_create or response.status != 200 or operation.target.resource not in _KEEP_ONE:
        return []
    before, now = operation.before, response.body
    if before is None or before.get("id") != now.get("id"):
        then = "its previous settings are unknown"
    else:
        changed = [name for name, value in before.items() if now.get(name) != value]
        was = [f"{name} was {as_text(before[name])}" for name in changed]
        then = ", ".join(was) or "none of its settings changed"
    return [f"already existed, and the server changed it instead of creating a new one ({then})"]
