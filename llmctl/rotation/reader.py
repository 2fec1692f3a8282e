"""Read snapshots and taggers from the server, with as few requests as a decision needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from llmctl.api.error_details import ENDPOINT_NOT_FOUND
from llmctl.api.provider_fields import provider_fields
from llmctl.api.resources import (
    EVALUATION_CONFIG,
    EVALUATIONS,
    PROVIDER_KEYS,
    TAGGERS,
    Object,
    Resource,
)
from llmctl.errors import ConfigError, DeniedError, Hint, NotFoundError, UnavailableError
from llmctl.rotation import patience
from llmctl.rotation.api import Api
from llmctl.rotation.snapshot import Evaluation, Key, Snapshot, Tagger
from llmctl.rotation.steps import Step

MAX_READS = 3  # of a list that changes while it is read
_ABSENT = (ENDPOINT_NOT_FOUND, "Not found.")  # messages of servers without the list
_WITHOUT_LLM = ("hog", "sentiment")  # types of evaluations and taggers that call no LLM


def read_snapshot(
    api: Api, *, watched: tuple[str | None, ...] = (), now: Callable[[], float] = patience.now
) -> Snapshot:
    """Read the keys; the rest is read on demand.

    Each of the `watched` keys that the list lacks is looked up by its id. `now` is the run's clock.
    """
    read_at = now()
    rows, time = _read_list(api, PROVIDER_KEYS)
    snapshot = Snapshot(
        tuple(parse_key(row) for row in rows),
        cache(partial(_read_active, api)),
        cache(partial(read_evaluations, api)),
        read_at=read_at,
        time=time,
    )
    for key_id in watched:
        if key_id is not None:
            snapshot = with_key(api, snapshot, key_id)
    return snapshot


def with_key(api: Api, snapshot: Snapshot, key_id: str) -> Snapshot:
    """Return the snapshot with a key that its list lacks but the server has.

    A list longer than a page can miss a key when another one is deleted at the same time.
    """
    if snapshot.key(key_id) is not None:
        return snapshot
    row = _get_if_there(api, PROVIDER_KEYS, key_id)
    if row is None:
        return snapshot
    return dataclasses.replace(snapshot, keys=(*snapshot.keys, parse_key(row)))


def _get_if_there(api: Api, resource: Resource, object_id: str) -> Object | None:
    """Return the object; None if the server does not have it."""
    try:
        return api.get(resource, object_id)
    except NotFoundError as error:
        if not error.is_of_object:
            raise
        return None


def still_fits(api: Api, snapshot: Snapshot, step: Step) -> bool:
    """Return True if a move still fits the server, by the two objects that it concerns.

    An evaluation must not be moved to a key that has stopped working in the meantime, nor be given
    the model that it had before another client changed it.
    """
    planned = snapshot.key(step.moves_to)
    found = _get_if_there(api, PROVIDER_KEYS, step.moves_to)
    if found is None or planned is None or not planned.is_like(parse_key(found)):
        return False
    try:
        row = _get_if_there(api, EVALUATIONS, step.subject)
    except DeniedError:
        return True  # the move will be denied as well, which does not stop the others
    evaluation = None if row is None or not _is_judge(row) else _parse_evaluation(row)
    before = next(each for each in snapshot.evaluations if each.id == step.subject)
    return evaluation is not None and (evaluation.key_id, evaluation.model) == (
        before.key_id,
        before.model,
    )


def refresh(
    api: Api,
    snapshot: Snapshot,
    *,
    watched: tuple[str | None, ...] = (),
    now: Callable[[], float] = patience.now,
) -> Snapshot:
    """Read again what is stale."""
    fresh = read_snapshot(api, watched=watched, now=now)
    if snapshot.stale == "all":
        return fresh
    return dataclasses.replace(fresh, read_evaluations=snapshot.read_evaluations)


def read_rows(api: Api, resource: Resource) -> list[Object]:
    """Return all rows of a list, each once.

    Raise UnavailableError if the list changes during each of three readings.
    """
    rows, _ = _read_list(api, resource)
    return rows


def _read_list(api: Api, resource: Resource) -> tuple[list[Object], datetime | None]:
    """Return the rows of a list and the server's clock when it began to list them."""
    for _ in range(MAX_READS):
        listing = api.list(resource)
        rows = {row.get("id"): row for row in listing}
        if not listing.changed_while_reading:
            return list(rows.values()), listing.time
    raise UnavailableError("the list keeps changing while it is read", hint=Hint("try again"))


def parse_key(row: object) -> Key:
    """Return the key in an API object. Raise UnavailableError if the object is not a key."""
    texts = ("id", "name", "provider", "state", "api_key_masked")
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in texts):
        raise UnavailableError("unexpected response: a provider key lacks a required field")
    message = row.get("error_message")
    return Key(
        id=row["id"],
        name=row["name"],
        provider=row["provider"],
        state=row["state"],
        mask=row["api_key_masked"],
        created_at=str(row.get("created_at") or ""),
        last_used_at=row.get("last_used_at"),
        specific=tuple(provider_fields(row).items()),
        error_message=message if isinstance(message, str) else None,
    )


def _read_active(api: Api) -> str | None:
    config = api.get(EVALUATION_CONFIG)
    if "active_provider_key" not in config:
        raise UnavailableError(
            "unexpected response: the evaluation configuration has no active_provider_key"
        )
    key = config["active_provider_key"]
    return None if key is None else parse_key(key).id


def read_evaluations(api: Api) -> tuple[Evaluation, ...]:
    """Return the evaluations that need a provider key."""
    return tuple(_parse_evaluation(row) for row in read_rows(api, EVALUATIONS) if _is_judge(row))


def read_all_evaluations(api: Api) -> tuple[Evaluation, ...]:
    """Return all evaluations, including those that need no provider key."""
    return tuple(map(_parse_evaluation, read_rows(api, EVALUATIONS)))


def read_taggers(api: Api) -> tuple[Tagger, ...]:
    """Return the taggers that need a provider key; none if the server has no taggers.

    Raise ConfigError for a 404 that did not come from the API.
    """
    try:
        rows = read_rows(api, TAGGERS)
    except NotFoundError as error:
        if not error.is_of_object and error.message not in _ABSENT:
            raise ConfigError(error.message, hint=error.hint, status=error.status) from None
        return ()
    return tuple(
        Tagger(**_fields(row, row.get("tagger_type")))
        for row in rows
        if _needs_key(row, row.get("tagger_type"), "llm")
    )


def _is_judge(row: Object) -> bool:
    """Return True for an evaluation that needs a provider key."""
    return _needs_key(row, row.get("evaluation_type"), "llm_judge")


def _parse_evaluation(row: Object) -> Evaluation:
    is_stopped = row.get("enabled") is not True and row.get("status") == "error"
    reason = row.get("status_reason") if is_stopped else None
    return Evaluation(
        **_fields(row, row.get("evaluation_type")),
        stop_reason=reason if isinstance(reason, str) else None,
        # Older servers lack this field; the others give a reason whenever they stop one.
        has_reasons="status_reason_detail" in row,
    )


def _needs_key(row: Object, kind: object, llm: str) -> bool:
    """Return True for the kind `llm`, for a pinned one, and for an unknown kind with a model."""
    model = _model(row)
    is_pinned = model.get("provider_key_id") is not None
    return kind == llm or is_pinned or (bool(model) and kind not in _WITHOUT_LLM)


def _model(row: Object) -> Object:
    model = row.get("model_configuration")
    return model if isinstance(model, dict) else {}


def _fields(row: Object, kind: object) -> dict[str, Any]:
    """Return the fields that evaluations and taggers share."""
    model = _model(row)
    key_id = model.get("provider_key_id")
    return {
        "id": str(row.get("id")),
        "name": str(row.get("name")),
        "key_id": key_id if isinstance(key_id, str) else None,
        "model": tuple(model.items()),
        "enabled": row.get("enabled") is True,
        "calls_llm": kind not in _WITHOUT_LLM,
    }
