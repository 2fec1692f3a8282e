"""Evaluations that a plan would leave running without a key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from llmctl.project_file.model import Change, Entry, Problem, Project, ProjectFile, Stored
from llmctl.project_file.references import References

_MODEL = "model_configuration"


def stranded(
    file: ProjectFile, project: Project, references: References, changes: Collection[Change]
) -> Iterator[Problem]:
    """Yield a problem for each evaluation that runs with a key, and then would have none.

    An evaluation that is not pinned uses the active key if it is for the provider of its model.
    Nothing is known of them if the project's active key was not read.
    """
    configs = file.of("evaluation_config")
    stored_configs = project.of("evaluation_config")
    if not stored_configs:
        return
    old = stored_configs[0].values.get("active_provider_key")
    new = configs[0].values.get("active_provider_key") if configs else None
    before = after = None
    if isinstance(old, str):
        key = references.find_stored("provider_keys", old)
        before = _provider(key, references, is_after=False)
        after = _provider(key, references, is_after=True)
    if isinstance(new, str):
        after = _provider(references.find("provider_keys", new), references, is_after=True)
    if before is None or after is None:
        return
    gone = {each.stored.id for each in changes if each.action == "delete" and each.stored}
    for stored in project.of("evaluations"):
        entry = references.entry(stored)
        model = stored.values.get(_MODEL)
        runs = _has_key(model, before) and stored.values.get("enabled") is True
        if stored.id in gone or not runs:
            continue
        values = stored.values | (entry.values if entry else {})
        wanted = values.get(_MODEL)
        if values.get("enabled") is not True or not isinstance(wanted, dict):
            continue
        if not _has_key(wanted, after):
            place = entry.at(_MODEL) if entry else None
            if place is None and configs:
                place = configs[0].at("active_provider_key")
            yield Problem(
                f"evaluation {stored.name!r} would have no key: its model is from "
                f"{wanted.get('provider')}, and the active key {new or old!r} is for {after}; "
                "change its model, pin it to a key with provider_key, or disable it",
                place,
            )


def _has_key(model: Any, provider: str) -> bool:
    """Return True if an evaluation with this model is pinned, or can use an active key for the
    provider."""
    return isinstance(model, dict) and (
        model.get("provider_key") is not None or model.get("provider") == provider
    )


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
