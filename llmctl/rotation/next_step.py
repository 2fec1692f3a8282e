"""From the server's state to the next write towards the new key. Nothing here talks to anybody."""

from __future__ import annotations

import dataclasses
import shlex

from llmctl.errors import ConflictError, NotFoundError, UnfinishedError, UnknownOutcomeError
from llmctl.rotation import steps
from llmctl.rotation.conflicts import refuse_successor, renamed
from llmctl.rotation.rotation_run import Disputed, Job, usable
from llmctl.rotation.snapshot import Key, State
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import MAX_NAME, Tag, mark_of_mask
from llmctl.safe.secret import Secret

Pending = list[tuple[Key, Tag]]


def forward(state: State, job: Job) -> Step | None:
    """The next write towards the new key; None where all is done.

    ConflictError where somebody else rotates the key or has changed it; nothing is overwritten.
    """
    old = state.key(job.old_id)
    _remember(state, job, old)
    mine = state.key(job.new_id) if job.new_id else None
    if mine is not None and mine.tag is None:
        if old is not None:
            raise renamed(mine, old)
        return _judge(job, mine, None)
    pending = state.pending(job.old_id)
    if not pending:
        return _without_pending(state, job, old)
    (new, tag), *others = pending
    mark = job.mark() or _the_only_mark(pending)
    if tag.mark != mark:
        return _give_way(state, job, new, [key for key, each in pending if each.mark == mark])
    job.new_id = new.id
    job.was_active = job.was_active or tag.was_active
    mending = _judge(job, new, old)
    if mending is not None:
        return mending
    for key, each in others:
        if each.mark == mark:
            return _retire(state, key, new, what="a second copy,")
    if old is None:
        return _without_old(state, job, new, tag)
    return _switch(state, job, old, new, tag, others)


def _remember(state: State, job: Job, old: Key | None) -> None:
    """Note what is so now; ConflictError where the old key is not the one that was rotated."""
    job.is_old_gone = old is None
    if old is None:
        return
    seen = job.old or old
    if (seen.mask, seen.provider) != (old.mask, old.provider):
        raise ConflictError(
            f"key {old.id} was changed by somebody else meanwhile: its mask is {old.mask} now",
            hint=job.new_key_hint,
        )
    job.old = old
    job.was_active = job.was_active or state.active == old.id
    job.had_active = state.active is not None


def _retire(state: State, key: Key, into: Key, *, what: str) -> Step:
    """Delete a pending key that is not the active one; what is pinned to it moves first."""
    for evaluation in state.pinned(key.id):
        return steps.move(evaluation, into)
    return steps.delete(key, into, what=what)


def _left_no_active_key(state: State, job: Job) -> bool:
    """Whether the delete of the old key cleared the active key: older servers do so."""
    return (job.was_active or (job.had_active and job.has_deleted)) and state.active is None


def _without_pending(state: State, job: Job, old: Key | None) -> Step | None:
    twin = _same_secret(state, job.secret) if old is None and job.secret is not None else None
    if twin is not None:
        job.new_id = twin.id
        return None
    if job.new_id is None and job.has_created:
        raise UnknownOutcomeError(
            "the new key was sent and its answer was lost; it is not there, or not there yet"
        )
    if job.new_id is not None:
        if old is not None and job.was_active and state.active is None:
            return steps.activate(usable(old))
        job.deleted.add(job.new_id)
        raise ConflictError(
            f"this run's new key is gone ({job.new_id}): "
            + ("the old key is as it was" if old else _who_won(state, job)),
            hint="llmctl provider-keys list",
        )
    if old is None:
        raise NotFoundError(f"there is no key {job.old_id}", hint="llmctl provider-keys list")
    return _begin(state, job, old)


def _begin(state: State, job: Job, old: Key) -> Step:
    mark = job.mark()
    if job.secret is None or mark is None:
        raise NotFoundError(f"no rotation of key {old.id} is pending", hint="rotate it first")
    if job.was_active and state.active not in (None, old.id):
        raise ConflictError(
            f"somebody else made {state.active} the active key meanwhile; nothing was changed"
        )
    refuse_successor(state, old, job.secret)
    tag = Tag(old.name, old.id, mark, job.was_active, mark_of_mask(old.mask))
    return steps.create(old, tag, job.secret)


def _who_won(state: State, job: Job) -> str:
    active = state.key(state.active) if state.active and job.was_active else None
    if active is None:
        return "the old key is gone, too"
    return f"another rotation has won, with key {active.id} ({active.name}, {active.mask})"


def _the_only_mark(pending: Pending) -> str:
    marks = {tag.mark for _, tag in pending}
    if len(marks) > 1:
        ids = ", ".join(key.id for key, _ in pending)
        raise ConflictError(
            f"several rotations of the key are pending: {ids}",
            hint="remove one: llmctl provider-keys rotate PENDING_ID --strategy replace --abort",
        )
    return marks.pop()


def _give_way(state: State, job: Job, winner: Key, mine: list[Key]) -> Step:
    if mine and (winner.state == "ok" or not state.pinned(mine[0].id)):
        return _retire(state, mine[0], winner, what="this run's own key")
    raise ConflictError(
        f"another rotation of key {job.old_id} goes on, with key {winner.id} ({winner.mask})",
        hint=f"wait for it, or if nobody ends it, {job.way_out}",
    )


def _judge(job: Job, new: Key, old: Key | None) -> Step | None:
    """What the new key needs to be usable. ConflictError where it has another secret."""
    if job.secret is not None and job.secret.fits_mask(new.mask) is False:
        raise ConflictError(
            f"somebody gave the new key {new.id} another secret meanwhile: its mask is {new.mask}",
            hint=job.new_key_hint if new.tag else f"llmctl provider-keys get {new.id}",
        )
    return None if new.state == "ok" else _mend(new, job, old)


def _mend(new: Key, job: Job, old: Key | None) -> Step:
    """The server validated the new key once; only writing the secret again does it anew."""
    if job.secret is None:
        stays = ", so the old one stays" if old is not None else ""
        way_back = f", or {job.way_out}" if old is not None else ""
        raise UnfinishedError(
            f"the new key {new.id} has the state {new.state!r}{stays}",
            hint=f"run the rotation again with the secret{way_back}",
        )
    text = f"give the new key {new.id} its secret again, as its state is {new.state!r}"
    return dataclasses.replace(steps.set_secret(new, job.secret), text=text)


def _switch(state: State, job: Job, old: Key, new: Key, tag: Tag, others: Pending) -> Step | None:
    """With one new key that is ok: make it active, move what is pinned, retire the old key."""
    if tag.old_mark and tag.old_mark != mark_of_mask(old.mask):
        raise ConflictError(
            f"key {old.id} was changed since its rotation began: its mask is {old.mask} now",
            hint=job.new_key_hint,
        )
    if job.was_active and state.active != new.id:
        if state.active in (None, old.id):
            return steps.activate(new)
        raise ConflictError(
            f"somebody else made {state.active} the active key meanwhile", hint=job.new_key_hint
        )
    for evaluation in state.pinned(old.id):
        return steps.move(evaluation, new)
    if job.keep_old:
        return None
    if others:
        key = others[0][0]
        raise Disputed(
            f"key {key.id} of another rotation of {old.id} is still there, so the old key was not "
            "deleted; the new one is in use",
            hint=f"llmctl provider-keys rotate {key.id} --strategy replace --abort, then run this "
            "again",
        )
    renamed = dataclasses.replace(tag, name=old.name)
    if renamed != tag and len(str(renamed)) <= MAX_NAME:
        return steps.rename(new, str(renamed))  # or the old key's latest name would be lost
    return steps.delete(old, new, what="the old key")


def _without_old(state: State, job: Job, new: Key, tag: Tag) -> Step:
    """The old key is gone: this rotation's own doing, or another's that has won."""
    if _left_no_active_key(state, job):
        return steps.activate(new)
    winner = _winner(state, job, new, tag)
    if winner is not None and new.id != state.active and not state.pinned(new.id):
        return steps.delete(new, winner, what="this run's own key")
    if winner is None and (not job.was_active or state.active == new.id):
        return steps.rename(new, tag.name)
    other_id = winner.id if winner is not None else state.active
    raise ConflictError(
        f"the old key {job.old_id} is gone, and somebody put key {other_id} in its place; this "
        f"rotation's new key {new.id} is still there",
        hint=f"to keep it: llmctl provider-keys update {new.id} --name {shlex.quote(tag.name)}; "
        f"to give way: llmctl provider-keys delete {new.id} --replacement {other_id}",
    )


def _winner(state: State, job: Job, new: Key, tag: Tag) -> Key | None:
    """The key of another rotation that has ended, where that and not this one took the old key.

    It has the old key's name, and the old key's place where it had one.
    """
    if job.has_deleted:
        return None
    named = [
        key
        for key in state.keys
        if (key.name, key.provider, key.state) == (tag.name, new.provider, "ok")
    ]
    if job.was_active:
        return next((key for key in named if key.id == state.active), None)
    twins = [key for key in named if job.secret and job.secret.fits_mask(key.mask)]
    if twins:
        return twins[0]  # this rotation was done already, and this is a copy that came late
    return named[0] if named and job.has_created else None


def _same_secret(state: State, secret: Secret) -> Key | None:
    """The key that another run with the same secret has brought to its end."""
    free = [key for key in state.keys if key.tag is None and key.state == "ok"]
    fitting = [key for key in free if secret.fits_mask(key.mask)]
    return fitting[0] if len(fitting) == 1 else None
