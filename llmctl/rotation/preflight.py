"""Before the first write: whether the key may do all of it, and what the provider says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from llmctl.api.provider_check import ask_provider, changing_nothing, judge
from llmctl.api.resources import EVALUATION_CONFIG, EVALUATIONS, PROVIDER_KEYS
from llmctl.errors import DeniedError, NotFoundError, RejectedError
from llmctl.rotation import steps
from llmctl.rotation.rotation_run import Job
from llmctl.rotation.snapshot import Api, Key, State
from llmctl.rotation.steps import Step
from llmctl.safe.secret import Secret

NIL_ID = "00000000-0000-0000-0000-000000000000"


def check_rights(api: Api, state: State, job: Job, first: Step) -> None:
    """Whether the key may do all that will be needed, by requests that change nothing.

    `first` is the first write; before a new key is created the provider judges its secret.
    DeniedError names every right that is missing. Rights on single evaluations cannot be tested.
    """
    probes: list[tuple[str, Callable[[], object]]] = [
        ("write provider keys", lambda: _probe_keys(api, job, first))
    ]
    if job.was_active and state.active != job.new_id:
        probes.append(
            (
                "set the active key",
                lambda: _probe(lambda: api.act(EVALUATION_CONFIG, "set_active_key", {})),
            )
        )
    keys = [job.old_id, *([job.new_id] if job.new_id else [])]
    if any(state.pinned(key_id) for key_id in keys):
        probes.append(
            ("write evaluations", lambda: _probe(lambda: api.update(EVALUATIONS, NIL_ID, {})))
        )
    refused: list[tuple[str, DeniedError]] = []
    for what, probe in probes:
        try:
            probe()
        except DeniedError as error:
            refused.append((what, error))
    if refused:
        named = "; ".join(f"{what}: {error.message}" for what, error in refused)
        raise DeniedError(
            f"the key lacks rights that the rotation needs, and nothing was changed: {named}",
            hint=refused[0][1].hint,
            status=refused[0][1].status,
        )


def _probe_keys(api: Api, job: Job, first: Step) -> None:
    if first.kind == "create" and job.old is not None and job.secret is not None:
        _check_secret(api, job.old, job.secret)  # it needs the same right
    else:
        _probe(partial(api.update, PROVIDER_KEYS, NIL_ID, {}))


def _probe(send: Callable[[], object]) -> None:
    """An empty request, which every server refuses for another reason than a missing right."""
    with changing_nothing(), contextlib.suppress(NotFoundError, RejectedError):
        send()


def _check_secret(api: Api, old: Key, secret: Secret) -> None:
    """RejectedError where the secret is invalid, UnavailableError where nobody can say."""
    try:
        answer = ask_provider(api, dict(steps.check(old, secret).body or {}))
    except NotFoundError:
        return  # an older server: creating the key checks it as well
    judge(answer)
