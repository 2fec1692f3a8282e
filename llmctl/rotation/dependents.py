"""The objects that depend on a provider key."""

from __future__ import annotations

from llmctl.api.resources import TAGGERS
from llmctl.errors import ConfigError, DeniedError, NotFoundError
from llmctl.rotation.api import Api
from llmctl.rotation.reader import read_rows
from llmctl.rotation.snapshot import Key, Snapshot


def describe_dependents(api: Api, snapshot: Snapshot, key: Key) -> list[str]:
    """Return the key and what depends on it, one line each."""
    active = "the active key" if snapshot.active == key.id else "not the active key"
    lines = [f"{key.provider} key {key.id} ({key.plain_name}, {key.mask}, {key.state}): {active}"]
    for evaluation in snapshot.pinned(key.id):
        enabled = "enabled" if evaluation.enabled else "disabled"
        lines.append(f"pinned to it: evaluation {evaluation.id} ({evaluation.name}, {enabled})")
    names = tagger_names(api, key.id)
    if names is None:
        lines.append("taggers may be pinned to it, too; they could not be read")
    for name in names or []:
        lines.append(f"pinned to it: tagger {name}; the server moves it when the key is deleted")
    return lines


def tagger_names(api: Api, key_id: str) -> list[str] | None:
    """Return the names of the taggers that are pinned to a key; None if they cannot be read.

    Older servers have no taggers. A 404 that did not come from the API counts as unreadable.
    """
    try:
        rows = read_rows(api, TAGGERS)
    except NotFoundError:
        return []
    except (DeniedError, ConfigError):
        return None
    return [
        str(row.get("name"))
        for row in rows
        if isinstance(row.get("model_configuration"), dict)
        and row["model_configuration"].get("provider_key_id") == key_id
    ]
