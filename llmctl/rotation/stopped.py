"""Find evaluations that stay stopped after a rotation: a new secret does not start them again."""

from __future__ import annotations

from typing import NamedTuple

from llmctl.rotation.key_resolution import is_stopped_by_key, key_used_by, may_be_stopped
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reader import read_evaluations
from llmctl.rotation.snapshot import Evaluation


class Stopped(NamedTuple):
    """Evaluations that the server stopped because of a key, and those that may be."""

    by_key: list[Evaluation]
    unclear: list[Evaluation]


def find_stopped(rotation: PreparedRotation, outcome: Outcome, *, read_again: bool) -> Stopped:
    """Return the stopped evaluations that use the key of a rotation that succeeded.

    `read_again` if time has passed since the project was read.
    """
    keys = [key for key in (outcome.new, outcome.old) if key is not None]
    active = keys[0] if keys and outcome.was_active else None
    ids = {key.id for key in keys}
    users = [
        each
        for each in _evaluations(rotation, read_again=read_again)
        if key_used_by(each, active) in ids
    ]
    return Stopped([*filter(is_stopped_by_key, users)], [*filter(may_be_stopped, users)])


def _evaluations(rotation: PreparedRotation, *, read_again: bool) -> tuple[Evaluation, ...]:
    """Return the evaluations, read again if they may be outdated."""
    run = rotation.runs[-1] if rotation.runs else None
    if run is not None and run.evaluations is not None:
        return run.evaluations
    return read_evaluations(rotation.api) if read_again else rotation.snapshot.evaluations
