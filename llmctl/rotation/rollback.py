"""The way back: from the server's state to the next write towards the old key."""

from __future__ import annotations

from llmctl.errors import ConflictError, RejectedError
from llmctl.rotation import steps
from llmctl.rotation.rotation_run import Job, usable
from llmctl.rotation.snapshot import State
from llmctl.rotation.steps import Step


def back(state: State, job: Job) -> Step | None:
    """The next write back to the old key; None where no pending key is left."""
    old = state.key(job.old_id)
    pending = [
        (key, tag)
        for key, tag in state.pending(job.old_id)
        if job.only_id is None or key.id == job.only_id
    ]
    ids = [key.id for key, _ in pending]
    job.old = old or job.old
    job.was_active = (
        job.was_active or state.active in ids or any(tag.was_active for _, tag in pending)
    )
    # Older servers leave no active key behind when somebody activates a key that we delete.
    is_lost = job.was_active and state.active is None
    job.is_old_gone = old is None
    if pending:
        job.new_id = ids[0]
    if old is None:
        # With a write done, or no pending key any more, somebody else ended the rotation just now.
        kind = ConflictError if job.done or not pending else RejectedError
        raise kind(
            f"key {job.old_id} is gone, so there is no way back",
            hint=job.way_out if pending else "llmctl provider-keys list",
        )
    if not pending:
        return steps.activate(usable(old)) if is_lost else None
    if state.active in ids or is_lost:
        return steps.activate(usable(old))
    for key_id in ids:
        for evaluation in state.pinned(key_id):
            return steps.move(evaluation, usable(old))
    return steps.delete(pending[0][0], old, what="the pending key")
