"""One rotation from the command's point of view: what was asked, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from llmctl.errors import ConflictError, NotFoundError
from llmctl.rotation import steps
from llmctl.rotation.decide import Job, back, forward
from llmctl.rotation.plan import plan
from llmctl.rotation.run import Report, check_mask, drive, in_place
from llmctl.rotation.select import Selector, Target, finished, gone, select, taggers
from llmctl.rotation.state import Api, Key, State
from llmctl.rotation.steps import Step
from llmctl.secret import Secret

Confirm = Callable[[str], bool]


class Strategy(StrEnum):
    """How a key gets a new secret."""

    IN_PLACE = "in-place"
    REPLACE = "replace"


class Way(StrEnum):
    """What a run of the replace strategy is for."""

    ALL = "all"
    KEEP_OLD = "keep-old"
    FINISH = "finish"
    BACK = "back"


@dataclass(frozen=True)
class Wish:
    """What the user asked for. `secret` is None where the way needs none."""

    selector: Selector
    secret: Secret | None
    strategy: Strategy = Strategy.IN_PLACE
    way: Way = Way.ALL
    expect_mask: str | None = None


@dataclass
class Outcome:
    """What came of it. `summary` is for people; `is_retired`: the old secret is out of use."""

    old: Key | None
    new: Key | None
    summary: str
    was_active: bool = False
    moved: list[str] = field(default_factory=list)
    deleted: bool = False
    resumed: bool = False
    changed: bool = True
    is_retired: bool = False

    def shown(self) -> dict[str, Any]:
        """The result for output."""
        return {
            "id": self.new.id if self.new else None,
            "old_key": self.old.shown() if self.old else None,
            "new_key": self.new.shown() if self.new else None,
            "was_active": self.was_active,
            "moved_evaluations": self.moved,
            "deleted": self.deleted,
            "resumed": self.resumed,
            "changed": self.changed,
        }


def rotate(api: Api, wish: Wish, report: Report, confirm: Confirm, *, patience: int = 5) -> Outcome:
    """Do what was asked, after `confirm` was shown what that means; it says whether it asked.

    The state is read first: with nothing to do nothing is asked and nothing is written.
    """
    state = State(api)
    target = select(state, wish.selector)
    if wish.secret is not None:
        done = finished(state, target, wish.secret)
        if done is not None:
            return _nothing(state, done)
    if wish.strategy is Strategy.IN_PLACE:
        return _in_place(api, state, target, wish, report, confirm)
    return _replace(api, state, target, wish, report, confirm, patience)


def preview(api: Api, wish: Wish) -> tuple[list[str], list[Step]]:
    """What `rotate` would do: facts about what hangs on the key, and the writes in order."""
    state = State(api)
    target = select(state, wish.selector)
    done = finished(state, target, wish.secret) if wish.secret is not None else None
    if done is not None:
        return [_nothing(state, done).summary], []
    key = state.key(target.old_id)
    if key is not None:
        check_mask(key, wish.expect_mask)
    if wish.strategy is Strategy.IN_PLACE:
        key = _plain_key(state, target)
        assert wish.secret is not None
        return dependents(api, state, key), [steps.set_secret(key, wish.secret)]
    decide = back if wish.way is Way.BACK else forward
    facts = dependents(api, state, key) if key else []
    return facts, plan(state, _job(wish, target), decide)


def dependents(api: Api, state: State, key: Key) -> list[str]:
    """What hangs on a key, one line each."""
    active = "the active key" if state.active == key.id else "not the active key"
    lines = [f"{key.provider} key {key.id} ({key.name}, {key.mask}, {key.state}): {active}"]
    for evaluation in state.pinned(key.id):
        enabled = "enabled" if evaluation.enabled else "disabled"
        lines.append(f"pinned to it: evaluation {evaluation.id} ({evaluation.name}, {enabled})")
    names = taggers(api, key.id)
    if names is None:
        lines.append("taggers may be pinned to it, too: this key may not read them")
    for name in names or []:
        lines.append(f"pinned to it: tagger {name}; the server moves it with the delete")
    return lines


def _nothing(state: State, key: Key) -> Outcome:
    return Outcome(
        old=None,
        new=key,
        summary=f"nothing to do: key {key.id} ({key.name}) has this secret already ({key.mask})",
        was_active=state.active == key.id,
        changed=False,
    )


def _plain_key(state: State, target: Target) -> Key:
    key = state.key(target.old_id)
    pending = state.pending(target.old_id)
    if pending:
        raise ConflictError(
            f"a rotation of key {target.old_id} is pending: {pending[0][0].id}",
            hint=f"llmctl provider-keys rotate {target.old_id} --strategy replace, "
            "with --finish or --abort",
        )
    if key is None:
        raise gone(target.old_id)
    return key


def _in_place(
    api: Api, state: State, target: Target, wish: Wish, report: Report, confirm: Confirm
) -> Outcome:
    assert wish.secret is not None
    key = _plain_key(state, target)
    check_mask(key, wish.expect_mask)
    confirm(f"Swap the secret of {key.provider} key {key.id} ({key.name}, {key.mask})?")
    now, changed = in_place(api, key, wish.secret, report, expect_mask=wish.expect_mask)
    return Outcome(
        old=key,
        new=now,
        summary=f"key {key.id} ({key.name}) has the new secret: {key.mask} is now {now.mask}",
        was_active=state.active == key.id,
        changed=changed,
        is_retired=changed,
    )


def _replace(
    api: Api,
    state: State,
    target: Target,
    wish: Wish,
    report: Report,
    confirm: Confirm,
    patience: int,
) -> Outcome:
    old = state.key(target.old_id)
    pending = state.pending(target.old_id)
    if wish.way is Way.BACK:
        return _back(api, state, target, wish, report, confirm)
    if wish.secret is None and not pending:
        raise NotFoundError(
            f"no rotation of key {target.old_id} is pending"
            + ("" if old else ", and the key is gone"),
            hint="llmctl provider-keys list",
        )
    if old is not None:
        check_mask(old, wish.expect_mask)
        for line in dependents(api, state, old):
            report(line)
    what = "Replace" if wish.way is Way.ALL else "Finish replacing"
    if wish.way is Way.KEEP_OLD:
        what = "Put a new key beside, and into the place of,"
    asked = confirm(f"{what} key {target.old_id}{f' ({old.name}, {old.mask})' if old else ''}?")
    job = _job(wish, target)
    # While a person thought, the server may have changed.
    known = None if asked else state
    end = drive(api, job, forward, report, state=known, patience=patience)
    new = end.key(str(job.new_id))
    kept = end.key(target.old_id) is not None
    left = [key.id for key, _ in end.pending(target.old_id) if key.id != job.new_id]
    name = f"{new.id} ({new.tag.name if new.tag else new.name}, {new.mask})" if new else job.new_id
    return Outcome(
        old=job.old or old,
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
        is_retired=not kept,
    )


def _back(
    api: Api, state: State, target: Target, wish: Wish, report: Report, confirm: Confirm
) -> Outcome:
    old = state.key(target.old_id)
    pending = state.pending(target.old_id)
    if not pending and old is None:
        raise gone(target.old_id)
    if pending:
        ids = target.only_id or ", ".join(key.id for key, _ in pending)
        confirm(f"Go back to key {target.old_id} and delete the pending key {ids}?")
    job = _job(wish, target)
    end = drive(api, job, back, report)
    changed = bool(job.done)
    return Outcome(
        old=None,
        new=end.key(target.old_id),
        summary=f"key {target.old_id} is back in its place, and the pending key is deleted"
        if changed
        else f"nothing to do: no rotation of key {target.old_id} is pending",
        was_active=end.active == target.old_id,
        moved=job.moved,
        resumed=changed,
        changed=changed,
    )


def _job(wish: Wish, target: Target) -> Job:
    return Job(
        target.old_id,
        secret=wish.secret,
        keep_old=wish.way is Way.KEEP_OLD,
        only_id=target.only_id if wish.way is Way.BACK else None,
        undo=f"llmctl provider-keys rotate {target.old_id} --strategy replace --abort",
    )
