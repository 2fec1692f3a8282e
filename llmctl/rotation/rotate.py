"""One rotation from the command's point of view, in either strategy and every way."""

from __future__ import annotations

from collections.abc import Callable

from llmctl.errors import ConflictError, DeniedError, NotFoundError
from llmctl.rotation import in_place, steps
from llmctl.rotation.conflicts import beside, ending, refuse_moved_active
from llmctl.rotation.dependents import dependents
from llmctl.rotation.find_key import Target, finished, gone, select
from llmctl.rotation.next_step import forward
from llmctl.rotation.plan import plan
from llmctl.rotation.reconcile import Report, drive
from llmctl.rotation.request import Outcome, RotationRequest, Way
from llmctl.rotation.rollback import back
from llmctl.rotation.rotation_run import Job
from llmctl.rotation.snapshot import Api, Key, State
from llmctl.rotation.steps import Step
from llmctl.rotation.strategy import Strategy

Confirm = Callable[[str], bool]
Found = Callable[[list[Key]], None]


def rotate(
    api: Api,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
    found: Found = lambda keys: None,
    *,
    patience: int = 5,
) -> Outcome:
    """Do what was asked, after `confirm` was shown what that means; it says whether it asked.

    The state is read first, and `found` gets the keys of the project: with nothing to do nothing
    is asked and nothing is written.
    """
    state = State(api)
    found(state.keys)
    target = select(state, request.selector)
    refuse_moved_active(state, target, request)
    done = _finished(state, target, request)
    if done is not None:
        return done
    for line in beside(state, target, request):
        report(line)
    if request.strategy is Strategy.IN_PLACE:
        return _in_place(api, state, target, request, report, confirm)
    if request.way is Way.BACK:
        return _back(api, state, target, request, report, confirm)
    return _replace(api, state, target, request, report, confirm, patience)


def preview(api: Api, request: RotationRequest) -> tuple[list[str], list[Step]]:
    """What `rotate` would do: facts about what hangs on the key, and the writes in order."""
    state = State(api)
    target = select(state, request.selector)
    refuse_moved_active(state, target, request)
    done = _finished(state, target, request)
    if done is not None:
        return [done.summary], []
    key = state.key(target.old_id)
    facts = [*(dependents(api, state, key) if key else []), *beside(state, target, request)]
    if request.strategy is Strategy.IN_PLACE:
        assert request.secret is not None
        return facts, [steps.set_secret(_plain_key(state, target), request.secret)]
    decide = back if request.way is Way.BACK else forward
    return facts, plan(state, _job(request, target, state), decide)


def _finished(state: State, target: Target, request: RotationRequest) -> Outcome | None:
    """That all is done, where it is; None where this way has something to start from.

    NotFoundError where it has not, ConflictError where the old key has an unexpected mask.
    """
    key, pending = state.key(target.old_id), state.pending(target.old_id)
    is_in_place = request.strategy is Strategy.IN_PLACE
    if key is None and not pending and (is_in_place or request.way is Way.BACK):
        raise gone(target.old_id)
    if request.secret is not None:
        is_by_id = request.selector.key_id is not None
        makes_new_id = not is_in_place and not is_by_id
        done = finished(state, target, request.secret, makes_new_id=makes_new_id)
        if done is not None:
            return _has_mask(state, done)
    if request.way is Way.FINISH and not pending:
        if key is not None and request.secret is None:
            return _none_pending(state, key)
        raise NotFoundError(
            f"no rotation of key {target.old_id} is pending"
            + ("" if key else ", and the key is gone"),
            hint="llmctl provider-keys list",
        )
    if key is not None:
        _check_mask(key, request.expect_mask)
    return None


def _check_mask(key: Key, expected: str | None) -> None:
    """ConflictError where the key is not the one that the caller has in mind."""
    if expected is not None and key.mask != expected:
        raise ConflictError(
            f"the mask of key {key.id} is {key.mask}, not {expected}; nothing was changed"
        )


def _none_pending(state: State, key: Key) -> Outcome:
    return Outcome(
        old=key,
        new=None,
        summary=f"nothing to do: no rotation of key {key.id} is pending",
        was_active=state.active == key.id,
        changed=False,
    )


def _has_mask(state: State, key: Key) -> Outcome:
    return Outcome(
        old=None,
        new=key,
        summary=f"nothing to do: key {key.id} ({key.name}) has the new secret's mask already "
        f"({key.mask})",
        was_active=state.active == key.id,
        changed=False,
        is_told_by_mask=True,
    )


def _plain_key(state: State, target: Target) -> Key:
    key = state.key(target.old_id)
    pending = state.pending(target.old_id)
    if pending:
        raise ConflictError(
            f"a rotation of key {target.old_id} is pending: {pending[0][0].id}",
            hint=ending(state, target.old_id),
        )
    if key is None:
        raise gone(target.old_id)
    return key


def _in_place(
    api: Api,
    state: State,
    target: Target,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
) -> Outcome:
    assert request.secret is not None
    key = _plain_key(state, target)
    was_active = _is_active(state, key)
    if confirm(f"Swap the secret of {key.provider} key {key.id} ({key.name}, {key.mask})?"):
        _refuse_changed(key, in_place.read_key(api, key))
    now = in_place.swap(api, key, request.secret, report)
    return Outcome(
        old=key,
        new=now,
        summary=f"key {key.id} ({key.name}) has the new secret: {key.mask} is now {now.mask}",
        was_active=was_active,
        retired=_retired(key, now, state),
    )


def _is_active(state: State, key: Key) -> bool | None:
    """Whether it is the active key; None where that may not be read, which swapping survives."""
    try:
        return state.active == key.id
    except DeniedError:
        return None


def _refuse_changed(key: Key, now: Key) -> None:
    """ConflictError where the key is another than the user was asked about."""
    if (now.mask, now.provider) != (key.mask, key.provider):
        raise ConflictError(
            f"key {key.id} was changed while you were asked: its mask is {now.mask} now; "
            "nothing was changed by this run"
        )


def _retired(old: Key | None, new: Key | None, state: State) -> Key | None:
    """The old key, where its secret is certainly another one than all that the project has."""
    if old is None or new is None:
        return None
    masks = {new.mask} | {key.mask for key in state.keys if key.id not in (old.id, new.id)}
    return None if old.mask in masks else old


def _replace(
    api: Api,
    state: State,
    target: Target,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
    patience: int,
) -> Outcome:
    old = state.key(target.old_id)
    pending = state.pending(target.old_id)
    if old is not None:
        for line in dependents(api, state, old):
            report(line)
    what = "Replace" if request.way is Way.ALL else "Finish replacing"
    if request.way is Way.KEEP_OLD:
        what = "Put a new key beside, and into the place of,"
    asked = confirm(f"{what} key {target.old_id}{f' ({old.name}, {old.mask})' if old else ''}?")
    job = _job(request, target, state)
    # While a person thought, the server may have changed: `job` knows what was agreed to.
    known = None if asked else state
    end = drive(api, job, forward, report, state=known, patience=patience)
    new = end.key(str(job.new_id))
    kept = end.key(target.old_id) is not None
    left = [key.id for key, _ in end.pending(target.old_id) if key.id != job.new_id]
    name = f"{new.id} ({new.tag.name if new.tag else new.name}, {new.mask})" if new else job.new_id
    # Where an earlier run has deleted it, the tag still says which key it was.
    gone_key = job.old or (_named_in(pending[0][0]) if pending else None)
    return Outcome(
        old=gone_key,
        new=new,
        summary=f"key {name} is in use; the old key {target.old_id} is kept until --finish"
        if kept
        else f"key {name} has replaced {target.old_id}"
        + (f"; another rotation's key is still there: {', '.join(left)}" if left else ""),
        was_active=job.was_active,
        moved=job.moved,
        deleted=not kept,
        resumed=bool(pending),
        changed=bool(job.done),
        retired=None if kept else _retired(gone_key, new, end),
    )


def _named_in(new: Key) -> Key | None:
    """The old key as far as the tag of the new one says it: its mask is not known any more."""
    if new.tag is None:
        return None
    return Key(new.tag.old_id, new.tag.name, new.provider, "deleted", "")


def _back(
    api: Api,
    state: State,
    target: Target,
    request: RotationRequest,
    report: Report,
    confirm: Confirm,
) -> Outcome:
    pending = state.pending(target.old_id)
    if pending:
        ids = target.only_id or ", ".join(key.id for key, _ in pending)
        confirm(f"Go back to key {target.old_id} and delete the pending key {ids}?")
    job = _job(request, target, state)
    end = drive(api, job, back, report)
    changed = bool(job.done)
    return Outcome(
        old=end.key(target.old_id),
        new=None,
        summary=f"key {target.old_id} is back in its place, and the pending key is deleted"
        if changed
        else f"nothing to do: no rotation of key {target.old_id} is pending",
        was_active=end.active == target.old_id,
        moved=job.moved,
        resumed=changed,
        changed=changed,
    )


def _job(request: RotationRequest, target: Target, state: State) -> Job:
    old = state.key(target.old_id)
    return Job(
        target.old_id,
        secret=request.secret,
        keep_old=request.way is Way.KEEP_OLD,
        only_id=target.only_id if request.way is Way.BACK else None,
        old=old,
        was_active=old is not None and request.way is not Way.BACK and state.active == old.id,
    )
