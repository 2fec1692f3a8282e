"""Checks before the first write: permissions, and the new secret with its provider."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from llmctl.api.provider_check import ask_provider, changing_nothing, judge
from llmctl.api.resources import EVALUATIONS, NIL_ID, PROVIDER_KEYS, SET_ACTIVE_KEY
from llmctl.errors import DeniedError, NotFoundError, RejectedError
from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step
from llmctl.safe.secret import Secret


def check_permissions(api: Api, snapshot: Snapshot, run: RotationRun, first: Step | None) -> None:
    """Check the permissions of the personal API key with requests that change nothing.

    `first` is the first write, None if it is not known yet. Before a new key is created, its secret
    is checked with the provider. Raise DeniedError with every missing permission. Permissions on
    single evaluations cannot be checked.
    """
    probes: list[tuple[str, Callable[[], object]]] = [
        ("write provider keys", lambda: _probe_keys(api, run, first))
    ]
    if run.was_active and snapshot.active != run.new_id:
        probes.append(("set the active key", lambda: _probe(lambda: api.act(SET_ACTIVE_KEY, {}))))
    if _has_pinned(snapshot, run):
        probes.append(
            ("write evaluations", lambda: _probe(lambda: api.update(EVALUATIONS, NIL_ID, {})))
        )
    _send_all(probes)


def _has_pinned(snapshot: Snapshot, run: RotationRun) -> bool:
    """Return True if an evaluation is pinned to one of the run's keys.

    If evaluations cannot be read, raise DeniedError if the run moves them, else return False.
    """
    keys = [run.old_id, *([run.new_id] if run.new_id else [])]
    try:
        return any(snapshot.pinned(key_id) for key_id in keys)
    except DeniedError:
        if run.moves_evaluations:
            raise
        return False


def check_key_permission(api: Api) -> None:
    """Check the permission to write provider keys with a request that changes nothing."""
    write = partial(api.update, PROVIDER_KEYS, NIL_ID, {})
    _send_all([("write provider keys", lambda: _probe(write))])


def check_evaluation_permission(api: Api) -> None:
    """Check the permission to write evaluations with a request that changes nothing."""
    write = partial(api.update, EVALUATIONS, NIL_ID, {})
    _send_all([("write evaluations", lambda: _probe(write))])


def _send_all(probes: list[tuple[str, Callable[[], object]]]) -> None:
    """Send the probes. Raise DeniedError with every permission that is missing."""
    refused: list[tuple[str, DeniedError]] = []
    for what, probe in probes:
        try:
            probe()
        except DeniedError as error:
            refused.append((what, error))
    if refused:
        named = " or ".join(f"{what} ({error.message})" for what, error in refused)
        raise DeniedError(
            f"nothing was changed: the personal API key cannot {named}",
            hint=refused[0][1].hint,
            status=refused[0][1].status,
        )


def _probe_keys(api: Api, run: RotationRun, first: Step | None) -> None:
    if (
        first is not None
        and first.kind == "create"
        and run.old_key is not None
        and run.secret is not None
    ):
        _check_secret(api, run.old_key, run.secret)  # it needs the same permission
    else:
        _probe(partial(api.update, PROVIDER_KEYS, NIL_ID, {}))


def _probe(send: Callable[[], object]) -> None:
    """Send an empty request. A server that permits it rejects it as invalid or not found."""
    with changing_nothing(), contextlib.suppress(NotFoundError, RejectedError):
        send()


def _check_secret(api: Api, old: Key, secret: Secret) -> None:
    """Raise RejectedError if the secret is invalid, UnavailableError if the provider cannot
    tell."""
    try:
        answer = ask_provider(api, dict(steps.check(old, secret).body or {}))
    except NotFoundError:
        return  # an older server, which checks the key only when it is created
    judge(answer)
