"""Evaluations that a plan would leave running without a key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from llmctl.project_file.model import (
    Change,
    Entry,
    Position,
    Problem,
    Project,
    ProjectFile,
    Stored,
)
from llmctl.project_file.references import References

_MODEL = "model_configuration"


def stranded(
    file: ProjectFile, project: Project, references: References, changes: Collection[Change]
) -> Iterator[Problem]:
    """Yield a problem for each evaluation that runs with a key, and then would have none.

    An evaluation uses the key that it is pinned to, or else the active one, if that is for the
    provider of its model. Nothing is known where the key was not read.
    """
    configs = file.of("evaluation_config")
    new = _active(configs)
    old = _active(project.of("evaluation_config"))
    gone = {each.stored.id for each in changes if each.action == "delete" and each.stored}
    for stored in project.of("evaluations"):
        model = stored.values.get(_MODEL)
        if stored.id in gone or stored.values.get("enabled") is not True or not model:
            continue
        before = references.find_stored("provider_keys", model.get("provider_key") or old)
        if _provider(before, references, is_after=False) != model.get("provider"):
            continue
        entry = references.entry(stored)
        values = stored.values | (entry.values if entry else {})
        wanted = values.get(_MODEL)
        if values.get("enabled") is not True or not isinstance(wanted, dict):
            continue
        pin = wanted.get("provider_key")
        is_of_file = bool(entry and _MODEL in entry.values) if pin else bool(new)
        find = references.find if is_of_file else references.find_stored
        key = find("provider_keys", pin or new or old)
        provider = _provider(key, references, is_after=True)
        if provider not in (None, wanted.get("provider")):
            place = entry.at(_MODEL) if entry else None
            if place is None and configs and not pin:
                place = configs[0].at("active_provider_key")
            described = f"its key {pin!r}" if pin else f"the active key {new or old!r}"
            yield Problem(
                f"evaluation {stored.name!r} would have no key: its model is from "
                f"{wanted.get('provider')}, and {described} is for {provider}; "
                "change its model, pin it to a key with provider_key, or disable it",
                place or _place(key, references),
            )


def _active(configs: Sequence[Entry | Stored]) -> str:
    """Return the name of the active key; empty if there is none or it is not known."""
    name = configs[0].values.get("active_provider_key") if configs else None
    return name if isinstance(name, str) else ""


def _place(key: Stored | Entry | str | None, references: References) -> Position | None:
    """Return the place of the provider of a key in the file."""
    entry = references.entry(key) if isinstance(key, Stored) else key
    return entry.at("provider") if isinstance(entry, Entry) else None


def _provider(
    key: Stored | Entry | str | None, references: References, *, is_after: bool
) -> str | None:
    """Return the provider of a key, before or after the plan; None if it is not known."""
    if key is None or isinstance(key, str):
        return None
    entry = key if isinstance(key, Entry) else references.entry(key) if is_after else None
    stored = key.values if isinstance(key, Stored) else {}
    provider = (entry.values if entry else stored).get("provider", stored.get("provider"))
    return provider if isinstance(provider, str) else None
