"""One rotation in one project, with either strategy and in any mode."""

from __future__ import annotations

import dataclasses

from llmctl.errors import ConflictError
from llmctl.rotation.already_done import outcome_if_done
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Confirm, Report
from llmctl.rotation.conflicts import (
    conflict_notes,
    refuse_if_active_key_changed,
    refuse_if_mark_is_lost,
)
from llmctl.rotation.find_key import Selector, find_key
from llmctl.rotation.in_place import key_without_rotation, rotate_in_place, set_secret
from llmctl.rotation.next_step import next_step
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.plan import plan
from llmctl.rotation.preflight import check_evaluation_permission, check_permissions
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.progress import Progress
from llmctl.rotation.question import describe_uses, question
from llmctl.rotation.reader import read_snapshot, with_key
from llmctl.rotation.replace import replace_key
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rollback import next_rollback_step, roll_back
from llmctl.rotation.rotation_run import start_run
from llmctl.rotation.snapshot import Snapshot
from llmctl.rotation.steps import Step, start
from llmctl.rotation.stopped import stopped_before
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret

# Stands for the secret that a command will print. It is in plans only, where it is not shown.
_PLACEHOLDER = Secret("secret-from-the-command")


def prepare(
    api: Api,
    request: RotationRequest,
    report: Report,
    *,
    patience: Patience | None = None,
    is_preview: bool = False,
) -> PreparedRotation:
    """Read the project and check whatever can be checked without a write.

    If the secret comes later, `prepare_again` must follow; then the plan and the permissions are
    checked here, the latter with requests that change nothing, unless it is a preview.
    `patience` limits the wait for changes that the server does not show yet.
    """
    patience = patience or Patience()
    snapshot = _read(api, request.selector, patience)
    target = find_key(snapshot, request.selector, request.secret)
    refuse_if_mark_is_lost(snapshot, target)
    refuse_if_active_key_changed(snapshot, target, request)
    done = outcome_if_done(snapshot, target, request)
    rotation = PreparedRotation(api, request, snapshot, target, report, patience, done)
    if request.recovers and stopped_before(rotation) and not is_preview:
        check_evaluation_permission(api)
    if done is not None:
        return rotation
    for line in conflict_notes(snapshot, target, request):
        report(line)
    if request.strategy is Strategy.IN_PLACE and rotation.leftover is None:
        key_without_rotation(rotation)
    if request.strategy is Strategy.REPLACE and request.mode is not Mode.ROLLBACK:
        rotation.start_run()  # reads the active key now: the user confirms what was seen
    if request.secret_follows and not is_preview:
        if not snapshot.pending(target.old_id):
            planned_steps(rotation)  # the names must fit
        check_permissions(api, snapshot, rotation.start_run(), None)
    return rotation


def prepare_again(rotation: PreparedRotation, secret: Secret | None) -> PreparedRotation:
    """Prepare the rotation again, some time after it was confirmed, with the secret if it follows.

    Raise ConflictError if the key has changed meanwhile and the rotation is not done.
    """
    request = dataclasses.replace(rotation.request, secret=secret, secret_follows=False)
    again = prepare(rotation.api, request, rotation.report, patience=rotation.patience)
    before, now = rotation.old_key, again.old_key
    is_same = (before and (before.id, before.mask)) == (now and (now.id, now.mask))
    if again.done is None and not is_same:
        is_waiting = rotation.request.secret_follows
        meanwhile = "the command ran" if is_waiting else "other projects were rotated"
        raise ConflictError(
            f"key {rotation.target.old_id} was changed while {meanwhile}; this run changed nothing"
        )
    return again


def carry_out(rotation: PreparedRotation, *, read_again: bool = False) -> Outcome:
    """Rotate and return the result. `read_again` if time has passed since the project was read."""
    if rotation.done is not None:
        return rotation.done
    if rotation.request.mode is Mode.ROLLBACK:
        return roll_back(rotation)
    if rotation.request.strategy is Strategy.IN_PLACE and rotation.leftover is None:
        return rotate_in_place(rotation, read_again=read_again)
    return replace_key(rotation, read_again=read_again)


def rotate(
    api: Api,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
    *,
    patience: Patience | None = None,
) -> Outcome:
    """Prepare a rotation, ask with `confirm`, and carry it out.

    The project is read first. If there is nothing to do, no question is asked and nothing is
    written.
    """
    rotation = prepare(api, request, report, patience=patience)
    was_asked = rotation.done is None and confirm(question(rotation))
    return carry_out(rotation, read_again=was_asked)


def preview(api: Api, request: RotationRequest) -> tuple[list[str], list[Step]]:
    """Return what depends on the key, one line each, and the writes that `rotate` would make."""
    notes: list[str] = []
    rotation = prepare(api, request, notes.append, is_preview=True)
    if rotation.done is not None:
        return [rotation.done.summary], planned_steps(rotation)
    return [*describe_uses(rotation), *notes], planned_steps(rotation)


def planned_steps(rotation: PreparedRotation) -> list[Step]:
    """Return the writes in order, provided that nothing interferes."""
    recovery = [*map(start, stopped_before(rotation))] if rotation.request.recovers else []
    return [*_steps_of_rotation(rotation), *recovery]


def _steps_of_rotation(rotation: PreparedRotation) -> list[Step]:
    request = rotation.request
    if rotation.done is not None:
        return []
    if request.strategy is Strategy.IN_PLACE and rotation.leftover is None:
        secret = request.secret or _PLACEHOLDER
        return [set_secret(rotation, key_without_rotation(rotation), secret)]
    if request.secret_follows and not rotation.snapshot.pending(rotation.target.old_id):
        request = dataclasses.replace(request, secret=_PLACEHOLDER)
    decide = next_rollback_step if request.mode is Mode.ROLLBACK else next_step
    run = start_run(request, rotation.target, rotation.snapshot, Progress())
    return plan(rotation.snapshot, run, decide)


def _read(api: Api, selector: Selector, patience: Patience) -> Snapshot:
    snapshot = read_snapshot(api, now=patience.now)
    return snapshot if selector.key_id is None else with_key(api, snapshot, selector.key_id)
