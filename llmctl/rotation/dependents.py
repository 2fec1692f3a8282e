"""What hangs on a provider key."""

from __future__ import annotations

from llmctl.api.resources import TAGGERS
from llmctl.errors import ConfigError, DeniedError, NotFoundError
from llmctl.rotation.snapshot import Api, Key, State, read_rows


def dependents(api: Api, state: State, key: Key) -> list[str]:
    """What hangs on a key, one line each."""
    active = "the active key" if state.active == key.id else "not the active key"
    lines = [f"{key.provider} key {key.id} ({key.name}, {key.mask}, {key.state}): {active}"]
    for evaluation in state.pinned(key.id):
        enabled = "enabled" if evaluation.enabled else "disabled"
        lines.append(f"pinned to it: evaluation {evaluation.id} ({evaluation.name}, {enabled})")
    names = taggers(api, key.id)
    if names is None:
        lines.append("taggers may be pinned to it, too: they cannot be read here")
    for name in names or []:
        lines.append(f"pinned to it: tagger {name}; the server moves it with the delete")
    return lines


def taggers(api: Api, key_id: str) -> list[str] | None:
    """The names of the taggers that are pinned to a key; None where they cannot be read.

    Only newer servers have taggers; a 404 that is not the API's says nothing.
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
