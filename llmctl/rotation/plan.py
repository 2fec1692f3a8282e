"""Plan a rotation: make the same decisions on a snapshot, to which each step is applied."""

from __future__ import annotations

import dataclasses
from typing import Any

from llmctl.rotation import steps
from llmctl.rotation.reconcile import Decide
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step

NEW_ID = "NEW_KEY_ID"


def plan(snapshot: Snapshot, run: RotationRun, decide: Decide) -> list[Step]:
    """Return the writes in order, provided that nothing interferes."""
    planned: list[Step] = []
    while (step := decide(snapshot, run)) is not None:
        if step.kind == "create" and run.old_key is not None and run.secret is not None:
            planned.append(steps.check(run.old_key, run.secret))
        planned.append(step)
        snapshot = _apply(snapshot, step)
    return planned


def _apply(snapshot: Snapshot, step: Step) -> Snapshot:
    """Return the snapshot once the step is done."""
    keys = snapshot.keys
    body = dict(step.body or {})
    if step.kind == "activate":
        return snapshot.after_activation(step.subject)
    if step.kind == "move":
        return snapshot.after_move(step.subject, step.moves_to)
    if step.kind == "create":
        new = Key(NEW_ID, body["name"], body["provider"], "ok", "", created_at="~")
        keys = (*keys, new)
    elif step.kind == "delete":
        keys = tuple(key for key in keys if key.id != step.subject)
    elif step.kind == "rename":
        keys = tuple(_changed(key, step.subject, name=body["name"]) for key in keys)
    elif step.kind == "set-secret":
        name = {"name": body["name"]} if "name" in body else {}
        keys = tuple(_changed(key, step.subject, state="ok", mask="", **name) for key in keys)
    return dataclasses.replace(snapshot, keys=keys)


def _changed(key: Key, subject: str, **values: Any) -> Key:
    return dataclasses.replace(key, **values) if key.id == subject else key
