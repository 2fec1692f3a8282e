"""Check that the enabled evaluations and taggers of a project have a working key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmctl.commands.doctor.check import Check, Group, Status, failed, passed, skipped, warned
from llmctl.commands.doctor.rights import Verdict
from llmctl.errors import DeniedError, ExitCode, Hint, LlmctlError
from llmctl.output.text import counted
from llmctl.rotation.dependents import PAUSED_OR_STOPPED, listed
from llmctl.rotation.key_resolution import is_stopped_by_key, key_used_by, may_be_stopped
from llmctl.rotation.project_state import ProjectState, read_state
from llmctl.rotation.snapshot import Dependent

if TYPE_CHECKING:
    from llmctl.api.client import Client

_GROUP, _NAME = Group.EVALUATIONS, "working keys"
_AUDIT = Hint("for details", ("provider-keys", "audit"))


def check_evaluations(client: Client, keys: Verdict) -> Iterator[Check]:
    """Yield the checks. `keys` is the right to read provider keys."""
    if keys in (Verdict.NO, Verdict.CLOSED):
        yield skipped(_GROUP, _NAME, "the key may not read provider keys")
        return
    try:
        state = read_state(client)
    except DeniedError as error:
        yield skipped(_GROUP, _NAME, error.message)
        return
    except LlmctlError as error:
        yield failed(_GROUP, _NAME, error)
        return
    yield from _working(state)
    for what, why in state.unread.items():
        yield skipped(_GROUP, what.removeprefix("the "), f"cannot be read: {why.message}")
    stopped = [*filter(is_stopped_by_key, state.dependents)]
    if stopped:
        start = Hint("start those whose key works now", ("evaluations", "recover"))
        yield _failure("stopped", f"stopped because of a key: {listed(stopped)}", start)
    unclear = [*filter(may_be_stopped, state.dependents)]
    if unclear:
        yield warned(_GROUP, "disabled", f"{PAUSED_OR_STOPPED}: {listed(unclear)}", _AUDIT)


def _working(state: ProjectState) -> Iterator[Check]:
    enabled = [each for each in state.dependents if each.needs_key]
    lost: list[Dependent] = []
    outage: list[Dependent] = []
    for each in enabled:
        key_id = key_used_by(each, state.active)
        key = None if key_id is None else state.snapshot.key(key_id)
        if key is None or key.state not in ("ok", "error"):
            lost.append(each)
        elif key.state == "error":
            outage.append(each)
    if lost:
        yield _failure(_NAME, f"no working key: {listed(lost)}", _AUDIT)
    if outage:
        detail = f"the provider did not respond when the key was validated: {listed(outage)}"
        code = ExitCode.UNAVAILABLE
        yield Check(_GROUP, _NAME, Status.FAILED, detail, _AUDIT, code)
    if not lost and not outage:
        yield passed(_GROUP, _NAME, _all_work(enabled))


def _all_work(enabled: Sequence[Dependent]) -> str:
    counts = {noun: sum(each.noun == noun for each in enabled) for noun in ("evaluation", "tagger")}
    parts = [counted(count, f"enabled {noun}") for noun, count in counts.items() if count]
    if not parts:
        return "no enabled evaluation or tagger needs a key"
    return f"{' and '.join(parts)} {'has' if len(enabled) == 1 else 'have'} a working key"


def _failure(name: str, detail: str, hint: Hint) -> Check:
    return Check(_GROUP, name, Status.FAILED, detail, hint, ExitCode.REJECTED)
