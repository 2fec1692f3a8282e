"""Find evaluations that a plan would leave enabled without a key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from llmctl.api.resources import Object
from llmctl.project_file.model import Change, Entry, Problem, Project, ProjectFile, Stored
from llmctl.project_file.references import References, provider_of

_MODEL = "model_configuration"


def stranded(
    file: ProjectFile, project: Project, references: References, changes: Collection[Change]
) -> Iterator[Problem]:
    """Yield a problem for each evaluation that the plan would leave enabled without a key.

    An evaluation that is not pinned uses the active key if that is for its model's provider. Yield
    nothing if the project's active key was not read.
    """
    stored_configs = project.of("evaluation_config")
    if not stored_configs:
        return
    configs = file.of("evaluation_config")
    old = stored_configs[0].values.get("active_provider_key")
    new = (configs[0].values.get("active_provider_key") if configs else None) or old
    old_key = references.find_stored("provider_keys", old) if old else None
    new_key = references.find("provider_keys", new) if new else None
    before = provider_of(old_key, references, is_after=False)
    after = provider_of(new_key, references, is_after=True)
    if (old and before is None) or (new and after is None):
        return  # not known
    active = f"the active key {new!r} is for {after}" if new else "there is no active key"
    for stored, entry, wanted in _running(project, references, changes):
        if _has_key(stored.values.get(_MODEL), before) and not _has_key(wanted, after):
            place = entry.at(_MODEL) if entry else None
            if place is None and configs:
                place = configs[0].at("active_provider_key")
            yield Problem(
                f"evaluation {stored.name!r} would have no key: its model is from "
                f"{wanted.get('provider')}, and {active}; "
                "change its model, pin it to a key with provider_key, or disable it",
                place,
            )
    for change in changes:
        if change.kind.table == "provider_keys" and change.entry and change.stored:
            yield from _users(change, old_key, _running(project, references, changes), references)


def _running(
    project: Project, references: References, changes: Collection[Change]
) -> Iterator[tuple[Stored, Entry | None, Object]]:
    """Yield the evaluations that are enabled before and after the plan, with their new model."""
    gone = {each.stored.id for each in changes if each.action == "delete" and each.stored}
    for stored in project.of("evaluations"):
        entry = references.entry(stored)
        values = stored.values | (entry.values if entry else {})
        is_enabled = stored.values.get("enabled") is True and values.get("enabled") is True
        if is_enabled and stored.id not in gone and isinstance(values.get(_MODEL), dict):
            yield stored, entry, values[_MODEL]


def _users(
    change: Change,
    active: Stored | None,
    running: Iterable[tuple[Stored, Entry | None, Object]],
    references: References,
) -> Iterator[Problem]:
    """Yield a problem if the plan changes the provider of a key that enabled evaluations use.

    They would have no key until their model is changed.
    """
    key, entry = change.stored, change.entry
    provider = next((each for each in change.fields if each.field == "provider"), None)
    if provider is None or entry is None:
        return
    names = []
    for stored, _, _ in running:
        model = stored.values.get(_MODEL) or {}
        pin = model.get("provider_key")
        used = references.find_stored("provider_keys", pin) if pin else active
        if used is key and (pin or model.get("provider") == provider.old):
            names.append(repr(stored.name))
    if names:
        yield Problem(
            f"provider key {change.name!r} is used by evaluation {', '.join(names)}, so its "
            f"provider cannot change; add another key for {provider.new}",
            entry.at("provider"),
        )


def _has_key(model: Any, provider: str | None) -> bool:
    """Return True if an evaluation with this model is pinned, or can use an active key for the
    provider."""
    return isinstance(model, dict) and (
        model.get("provider_key") is not None or model.get("provider") == provider
    )
