"""The evaluations that a rotation's key stopped: a new secret does not start them again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import NamedTuple

from llmctl.rotation.key_resolution import is_stopped_by_key, key_used_by, may_be_stopped
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reader import read_evaluations
from llmctl.rotation.recovery import Candidate, examine
from llmctl.rotation.snapshot import Evaluation, Key


class Stopped(NamedTuple):
    """Evaluations that the server stopped because of a key, and those that may be."""

    by_key: list[Evaluation]
    unclear: list[Evaluation]


def find_stopped(rotation: PreparedRotation, outcome: Outcome, *, read_again: bool) -> Stopped:
    """Return the stopped evaluations that use the key of a rotation that succeeded.

    `read_again` if time has passed since the project was read.
    """
    return _stopped(_evaluations(rotation, read_again=read_again), *_keys(outcome))


def stopped_before(rotation: PreparedRotation) -> list[Evaluation]:
    """Return the evaluations that the key of a rotation stopped, as they were before it."""
    if rotation.done is not None:
        return find_stopped(rotation, rotation.done, read_again=False).by_key
    snapshot, old = rotation.snapshot, rotation.old_key
    keys = [*([] if old is None else [old])]
    keys += [key for key, _ in snapshot.pending(rotation.target.old_id)]
    active = next((key for key in keys if snapshot.is_active(key)), None)
    return _stopped(snapshot.evaluations, keys, active).by_key


def candidates(
    rotation: PreparedRotation, outcome: Outcome, stopped: Iterable[Evaluation]
) -> list[Candidate]:
    """Return the stopped evaluations, each with whether its key works after the rotation."""
    keys, active = _keys(outcome)
    if outcome.deleted:
        keys = keys[:1]
    snapshot = dataclasses.replace(rotation.snapshot, keys=tuple(keys))
    return [examine(each, snapshot, active) for each in stopped]


def _keys(outcome: Outcome) -> tuple[list[Key], Key | None]:
    """Return the keys of a rotation, the one in use first, and the active one of them."""
    keys = [key for key in (outcome.new, outcome.old) if key is not None]
    return keys, keys[0] if keys and outcome.was_active else None


def _stopped(evaluations: Iterable[Evaluation], keys: Iterable[Key], active: Key | None) -> Stopped:
    ids = {key.id for key in keys}
    users = [each for each in evaluations if key_used_by(each, active) in ids]
    return Stopped([*filter(is_stopped_by_key, users)], [*filter(may_be_stopped, users)])


def _evaluations(rotation: PreparedRotation, *, read_again: bool) -> tuple[Evaluation, ...]:
    """Return the evaluations, read again if they may be outdated."""
    run = rotation.runs[-1] if rotation.runs else None
    if run is not None and run.evaluations is not None:
        return run.evaluations
    return read_evaluations(rotation.api) if read_again else rotation.snapshot.evaluations
