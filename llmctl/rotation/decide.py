"""From the server's state to the next write. Nothing here talks to anybody."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmctl.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation import steps
from llmctl.rotation.state import Key, State
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import Tag, mark_of, mask_fits
from llmctl.secret import Secret


@dataclass
class Job:
    """One run: what is wanted, and what the run has seen and done so far.

    `secret` is None for a run that finishes or takes back what another began. `only_id` names the
    one pending key that is to be taken back. `lost` is a write whose answer did not come; `undo`
    the command that goes back.
    """

    old_id: str
    secret: Secret | None = None
    keep_old: bool = False
    only_id: str | None = None
    new_id: str | None = None
    old: Key | None = None
    was_active: bool = False
    has_created: bool = False
    has_deleted: bool = False
    lost: Step | None = None
    moved: list[str] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    undo: str | None = None

    def mark(self) -> str | None:
        """The fingerprint of this run's secret."""
        return None if self.secret is None else mark_of(self.secret, self.old_id)


class Disputed(UnfinishedError):
    """Another rotation's key is still there; whoever lost removes it soon, unless it died."""


def forward(state: State, job: Job) -> Step | None:
    """The next write towards the new key; None where all is done.

    ConflictError where somebody else rotates the key or has changed it; nothing is overwritten.
    """
    old = state.key(job.old_id)
    _remember(state, job, old)
    mine = state.key(job.new_id) if job.new_id else None
    if old is None and mine is not None and mine.tag is None:
        return None
    pending = state.pending(job.old_id)
    if not pending:
        return _without_pending(state, job, old)
    (new, tag), *others = pending
    mark = job.mark() or _the_only_mark(pending)
    if tag.mark != mark:
        return _give_way(job, new, [key for key, each in pending if each.mark == mark])
    job.new_id = new.id
    job.was_active = job.was_active or tag.was_active
    for key, each in others:
        if each.mark == mark:
            return steps.delete(key, new, what="a second copy,")
    if new.state != "ok":
        return _mend(new, job)
    return _switch(state, job, old, new, tag, others)


def back(state: State, job: Job) -> Step | None:
    """The next write back to the old key; None where no pending key is left."""
    old = state.key(job.old_id)
    _remember(state, job, old)
    pending = [
        (key, tag)
        for key, tag in state.pending(job.old_id)
        if job.only_id is None or key.id == job.only_id
    ]
    if not pending:
        return None
    if old is None:
        raise RejectedError(
            f"key {job.old_id} is gone, so there is no way back",
            hint=f"llmctl provider-keys rotate {job.old_id} --strategy replace --finish",
        )
    job.new_id = pending[0][0].id
    ids = [key.id for key, _ in pending]
    lost = state.active is None and any(tag.was_active for _, tag in pending)
    if state.active in ids or lost:
        return steps.activate(_usable(old))
    for key_id in ids:
        for evaluation in state.pinned(key_id):
            return steps.move(evaluation, _usable(old))
    return steps.delete(pending[0][0], old, what="the pending key")


def _remember(state: State, job: Job, old: Key | None) -> None:
    if old is None:
        return
    if job.old is None:
        job.old = old
        job.was_active = state.active == old.id
    elif (job.old.mask, job.old.provider) != (old.mask, old.provider):
        raise ConflictError(
            f"key {old.id} was changed by somebody else meanwhile: its mask is {old.mask} now",
            hint=_pending_hint(job),
        )


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
        raise ConflictError(
            "this run's new key is gone; "
            + ("the old key is as it was" if old else _who_won(state, job)),
            hint="llmctl provider-keys list",
        )
    if old is None:
        raise NotFoundError(f"there is no key {job.old_id}", hint="llmctl provider-keys list")
    mark = job.mark()
    if job.secret is None or mark is None:
        raise NotFoundError(f"no rotation of key {old.id} is pending", hint="rotate it first")
    tag = Tag(old.name, old.id, mark, was_active=state.active == old.id)
    return steps.create(old, tag, job.secret)


def _who_won(state: State, job: Job) -> str:
    active = state.key(state.active) if state.active and job.was_active else None
    if active is None:
        return "the old key is gone, too"
    return f"another rotation has won, with key {active.id} ({active.name}, {active.mask})"


def _the_only_mark(pending: list[tuple[Key, Tag]]) -> str:
    marks = {tag.mark for _, tag in pending}
    if len(marks) > 1:
        ids = ", ".join(key.id for key, _ in pending)
        raise ConflictError(
            f"several rotations of the key are pending: {ids}",
            hint="remove one: llmctl provider-keys rotate PENDING_ID --strategy replace --abort",
        )
    return marks.pop()


def _give_way(job: Job, winner: Key, mine: list[Key]) -> Step:
    if mine:
        return steps.delete(mine[0], winner, what="this run's own key")
    raise ConflictError(
        f"another rotation of key {job.old_id} goes on, with key {winner.id} ({winner.mask})",
        hint="wait for it, or if nobody finishes it: "
        f"llmctl provider-keys rotate {job.old_id} --strategy replace --abort",
    )


def _mend(new: Key, job: Job) -> Step:
    """The server validated the new key once; only writing the secret again does it anew."""
    if job.secret is None:
        raise UnfinishedError(
            f"the new key {new.id} has the state {new.state!r}, so the old one stays",
            hint="run the rotation again with the secret, or take it back with --abort",
        )
    return steps.set_secret(new, job.secret)


def _switch(
    state: State,
    job: Job,
    old: Key | None,
    new: Key,
    tag: Tag,
    others: list[tuple[Key, Tag]],
) -> Step | None:
    """With one new key that is ok: make it active, move what is pinned, retire the old key."""
    if job.was_active and state.active != new.id:
        if state.active in (None, job.old_id):
            return steps.activate(new)
        if old is not None:
            raise ConflictError(
                f"somebody else made {state.active} the active key meanwhile",
                hint=_pending_hint(job),
            )
    if old is None:
        winner = _winner(state, job, new, tag)
        if winner is not None:
            return steps.delete(new, winner, what="this run's own key")
        return steps.rename(new, tag.name)
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
    return steps.delete(old, new, what="the old key")


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
    return named[0] if named and job.has_created else None


def _same_secret(state: State, secret: Secret) -> Key | None:
    """The key that another run with the same secret has brought to its end."""
    free = [key for key in state.keys if key.tag is None and key.state == "ok"]
    fitting = [key for key in free if mask_fits(key.mask, secret)]
    return fitting[0] if len(fitting) == 1 else None


def _usable(old: Key) -> Key:
    if old.state != "ok":
        raise RejectedError(
            f"the old key {old.id} has the state {old.state!r}, so nothing can go back to it",
            hint="llmctl provider-keys rotate gives it a good secret",
        )
    return old


def _pending_hint(job: Job) -> str | None:
    if job.new_id is None:
        return None
    return (
        f"key {job.new_id} is this rotation's new key; take it back with: "
        f"llmctl provider-keys rotate {job.old_id} --strategy replace --abort"
    )
