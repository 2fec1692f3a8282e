"""Find the evaluations that a key stopped, decide which of them can run again, and start them.

No server starts them by itself, even if the key works again. Newer servers refuse to enable an
evaluation without a working key; older ones check nothing, so it is checked here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from llmctl.api.resources import EVALUATIONS
from llmctl.errors import (
    DeniedError,
    ExitCode,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    PartialError,
    RejectedError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.dependents import PAUSED_OR_STOPPED
from llmctl.rotation.hints import start_again
from llmctl.rotation.key_resolution import is_stopped_by_key, key_used_by, may_be_stopped
from llmctl.rotation.problems import key_for, repair_hint, state_of, why_not_active
from llmctl.rotation.reader import read_all_evaluations, read_snapshot, with_key
from llmctl.rotation.snapshot import Evaluation, Key, Snapshot
from llmctl.rotation.steps import Step

_REFUSED = (ExitCode.REJECTED, ExitCode.DENIED, ExitCode.NOT_FOUND)


@dataclass(frozen=True)
class Candidate:
    """An evaluation that may have to be started.

    `key` is the one that it would use. `resolves`: that key works; None if it uses no key.
    `obstacle` says why it is not to be started, and `hint` what to do about it; None if it can be.
    `is_failure`: it should run, and cannot be started.
    """

    evaluation: Evaluation
    key: Key | None = None
    resolves: bool | None = None
    obstacle: str | None = None
    hint: Hint | None = None
    is_failure: bool = False

    @property
    def is_running(self) -> bool:
        """True if it runs already."""
        return self.evaluation.enabled

    @property
    def can_start(self) -> bool:
        """True if it does not run and is to be started."""
        return not self.is_running and self.obstacle is None

    @property
    def is_unclear(self) -> bool:
        """True if the server does not say whether it was paused or stopped, and no user does."""
        return self.obstacle == PAUSED_OR_STOPPED

    def as_output(self) -> dict[str, Any]:
        """Return it as shown in a result, in which nothing is done yet."""
        return {
            "id": self.evaluation.id,
            "name": self.evaluation.name,
            "status_reason": self.evaluation.stop_reason,
            "key": self.key and self.key.as_output(),
            "resolves": self.resolves,
            "result": "running" if self.is_running else "not started",
            "message": self.obstacle,
        }


def find_candidates(api: Api, named: Collection[str] | None = None) -> list[Candidate]:
    """Return the stopped evaluations, or those with the IDs in `named`, whatever their state."""
    ids = None if named is None else {each.lower() for each in named}
    found = [
        each
        for each in read_all_evaluations(api)
        if (_is_stopped(each) if ids is None else each.id.lower() in ids)
    ]
    if all(each.enabled for each in found):
        return [Candidate(each) for each in found]
    snapshot, active, unread = read_keys(api, found)
    return [examine(each, snapshot, active, unread, is_named=ids is not None) for each in found]


def _is_stopped(evaluation: Evaluation) -> bool:
    """Return True unless it runs or a user paused it, as far as the server says."""
    may_be_by_key = may_be_stopped(evaluation) and evaluation.calls_llm
    return evaluation.stop_reason is not None or may_be_by_key


def read_keys(
    api: Api, evaluations: Collection[Evaluation]
) -> tuple[Snapshot, Key | None, DeniedError | None]:
    """Read the keys that evaluations use: all of them, the active one, and why that is unknown."""
    snapshot = read_snapshot(api)
    active_id, unread = None, None
    if any(each.key_id is None and each.calls_llm for each in evaluations):
        try:
            active_id = snapshot.active
        except DeniedError as error:
            if error.status == 401:
                raise
            unread = error
    for key_id in dict.fromkeys([active_id, *(each.key_id for each in evaluations)]):
        if key_id is not None:
            snapshot = with_key(api, snapshot, key_id)
    return snapshot, snapshot.key(active_id) if active_id else None, unread


def examine(
    evaluation: Evaluation,
    snapshot: Snapshot,
    active: Key | None,
    unread: DeniedError | None = None,
    *,
    is_named: bool = False,
) -> Candidate:
    """Decide whether to start an evaluation.

    `active` is the active key; `unread` the reason why that is unknown. `is_named`: a user named
    the evaluation. That is needed where the server does not say why it does not run.
    """
    if evaluation.enabled:
        return Candidate(evaluation)
    found = _with_key(Candidate(evaluation), snapshot, active, unread)
    reason = evaluation.stop_reason
    if is_stopped_by_key(evaluation) or (
        is_named and evaluation.calls_llm and may_be_stopped(evaluation)
    ):
        return dataclasses.replace(found, is_failure=not found.can_start)
    if may_be_stopped(evaluation) and evaluation.calls_llm:
        return dataclasses.replace(found, obstacle=PAUSED_OR_STOPPED, hint=None)
    if reason is not None:
        obstacle = f"it was not stopped by a key ({reason})"
        hint = Hint("to see why", ("evaluations", "get", evaluation.id))
    else:
        obstacle = "it was not stopped by a key"
        hint = Hint("to enable it", ("evaluations", "enable", evaluation.id))
    return dataclasses.replace(found, obstacle=obstacle, hint=hint, is_failure=is_named)


def _with_key(
    found: Candidate, snapshot: Snapshot, active: Key | None, unread: DeniedError | None
) -> Candidate:
    """Return the candidate with the key that it would use, and what is wrong with that."""
    evaluation = found.evaluation
    if evaluation.key_id is None and not evaluation.calls_llm:
        return found
    if evaluation.key_id is None and unread is not None:
        obstacle = f"the active key cannot be read: {unread.message}"
        return dataclasses.replace(found, obstacle=obstacle, hint=unread.hint)
    key_id = key_used_by(evaluation, active)
    key = None if key_id is None else snapshot.key(key_id)
    if key is not None and key.state == "ok":
        return dataclasses.replace(found, key=key, resolves=True)
    if key is not None:
        obstacle = f"key {key.plain_name} ({key.id}) does not work: {state_of(key)}"
        hint = repair_hint(key, "what it stopped" if is_stopped_by_key(evaluation) else "")
    else:
        obstacle = (
            f"it is not pinned to a key, and {why_not_active(evaluation.provider, active)}"
            if key_id is None
            else f"it is pinned to key {key_id}, which does not exist"
        )
        hint = key_for([evaluation], snapshot, active)
    return dataclasses.replace(found, key=key, resolves=False, obstacle=obstacle, hint=hint)


@dataclass
class Recovery:
    """The progress of starting evaluations; `failed` has the errors of those that stay stopped."""

    started: list[Evaluation] = field(default_factory=list)
    failed: list[tuple[Evaluation, LlmctlError]] = field(default_factory=list)

    def run(self, api: Api, candidates: Iterable[Candidate], report: Report) -> None:
        """Start those that can be started. One failure does not stop the others; a signal does."""
        for each in candidates:
            try:
                if each.obstacle is not None:
                    raise RejectedError(each.obstacle, hint=each.hint)
                step = steps.start(each.evaluation)
                _send(api, step)
            except InterruptedWriteError:
                raise
            except LlmctlError as error:
                self.failed.append((each.evaluation, error))
            else:
                self.started.append(each.evaluation)
                report(step.done_text)

    @property
    def error(self) -> LlmctlError | None:
        """The error after a rotation that names all that could not be started, if any.

        RejectedError if they were refused, UnfinishedError if a rerun may start them.
        """
        if not self.failed:
            return None
        is_refused = all(error.exit_code in _REFUSED for _, error in self.failed)
        kind = RejectedError if is_refused else UnfinishedError
        named = "; ".join(f"{each}: {error.message}" for each, error in self.failed)
        count = len(self.failed)
        what = "an evaluation" if count == 1 else f"{count} evaluations"
        hint = start_again("it" if count == 1 else "them", lead="fix the cause, then ")
        return kind(f"the rotation is done, but {what} could not be started: {named}", hint=hint)


def _send(api: Api, step: Step) -> None:
    """Enable an evaluation. If the response is lost, check whether it was done.

    PartialError if the server accepts the request and the evaluation does not run.
    """
    try:
        stored = step.send(api) or {}
    except UnknownOutcomeError:
        stored = api.get(EVALUATIONS, step.subject)
        if stored.get("enabled") is not True:
            raise
    if stored.get("enabled") is not True:
        raise PartialError("the server accepted the request, but the evaluation is not enabled")
