"""What a rotation would do: the same decisions, over a copy of the state."""

from __future__ import annotations

import dataclasses

from llmctl.rotation import steps
from llmctl.rotation.reconcile import Decide
from llmctl.rotation.rotation_run import Job
from llmctl.rotation.snapshot import Evaluation, Key, State
from llmctl.rotation.steps import Step

NEW_ID = "NEW_KEY_ID"


def plan(state: State, job: Job, decide: Decide) -> list[Step]:
    """The writes in their order, as they come when nobody and nothing interferes."""
    known = State.of(list(state.keys), state.active, list(state.evaluations))
    planned: list[Step] = []
    while (step := decide(known, job)) is not None:
        if step.kind == "create" and job.old is not None and job.secret is not None:
            planned.append(steps.check(job.old, job.secret))
        planned.append(step)
        known = after(known, step)
    return planned


def after(state: State, step: Step) -> State:
    """The state once the step is done."""
    keys, active, evaluations = list(state.keys), state.active, list(state.evaluations)
    body = dict(step.body or {})
    if step.kind == "create":
        keys.append(Key(NEW_ID, body["name"], body["provider"], "ok", "", created_at="~"))
    elif step.kind == "activate":
        active = step.subject
    elif step.kind == "move":
        key_id = body["model_configuration"]["provider_key_id"]
        evaluations = [_pinned(each, step.subject, key_id) for each in evaluations]
    elif step.kind == "delete":
        keys = [key for key in keys if key.id != step.subject]
    elif step.kind == "rename":
        keys = [_changed(key, step.subject, name=body["name"]) for key in keys]
    elif step.kind == "set-secret":
        keys = [_changed(key, step.subject, state="ok") for key in keys]
    return State.of(keys, active, evaluations)


def _pinned(evaluation: Evaluation, subject: str, key_id: str) -> Evaluation:
    if evaluation.id != subject:
        return evaluation
    return dataclasses.replace(evaluation, key_id=key_id)


def _changed(key: Key, subject: str, **values: str) -> Key:
    return dataclasses.replace(key, **values) if key.id == subject else key
