"""One rotation in one project, with either strategy and in any mode."""

from __future__ import annotations

from llmctl.rotation import steps
from llmctl.rotation.already_done import outcome_if_done
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Confirm, OnKeys, Report
from llmctl.rotation.conflicts import conflict_notes, refuse_if_active_key_changed
from llmctl.rotation.dependents import describe_dependents
from llmctl.rotation.find_key import RotationTarget, Selector, find_key
from llmctl.rotation.in_place import key_without_rotation, rotate_in_place
from llmctl.rotation.next_step import next_step
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.plan import plan
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reader import read_snapshot, with_key
from llmctl.rotation.replace import replace_key
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rollback import next_rollback_step, roll_back
from llmctl.rotation.rotation_run import start_run
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step
from llmctl.rotation.strategy import Strategy


def _ignore_keys(keys: list[Key]) -> None:
    pass


def rotate(
    api: Api,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
    on_keys: OnKeys = _ignore_keys,
    *,
    patience: Patience | None = None,
) -> Outcome:
    """Ask with `confirm`, rotate as requested, and return the result.

    The project is read first. If there is nothing to do, no question is asked and nothing is
    written. `patience` limits the wait for changes that the server does not show yet.
    """
    patience = patience or Patience()
    snapshot = _read(api, request.selector, on_keys, patience)
    target, done = _find_work(snapshot, request)
    if done is not None:
        return done
    for line in conflict_notes(snapshot, target, request):
        report(line)
    rotation = PreparedRotation(api, request, snapshot, target, report, confirm, patience)
    if request.strategy is Strategy.IN_PLACE:
        return rotate_in_place(rotation)
    if request.mode is Mode.ROLLBACK:
        return roll_back(rotation)
    return replace_key(rotation)


def preview(api: Api, request: RotationRequest) -> tuple[list[str], list[Step]]:
    """Return what depends on the key, one line each, and the writes that `rotate` would make."""
    snapshot = _read(api, request.selector, _ignore_keys, Patience())
    target, done = _find_work(snapshot, request)
    if done is not None:
        return [done.summary], []
    key = snapshot.key(target.old_id)
    facts = [
        *(describe_dependents(api, snapshot, key) if key else []),
        *conflict_notes(snapshot, target, request),
    ]
    if request.strategy is Strategy.IN_PLACE:
        assert request.secret is not None
        return facts, [steps.set_secret(key_without_rotation(snapshot, target), request.secret)]
    decide = next_rollback_step if request.mode is Mode.ROLLBACK else next_step
    return facts, plan(snapshot, start_run(request, target, snapshot), decide)


def _read(api: Api, selector: Selector, on_keys: OnKeys, patience: Patience) -> Snapshot:
    snapshot = read_snapshot(api, now=patience.now)
    on_keys(list(snapshot.keys))
    if selector.key_id is None:
        return snapshot
    snapshot = with_key(api, snapshot, selector.key_id)
    on_keys(list(snapshot.keys))
    return snapshot


def _find_work(
    snapshot: Snapshot, request: RotationRequest
) -> tuple[RotationTarget, Outcome | None]:
    """Return the key to rotate, and the outcome if there is nothing to do."""
    target = find_key(snapshot, request.selector, request.secret)
    refuse_if_active_key_changed(snapshot, target, request)
    return target, outcome_if_done(snapshot, target, request)
