"""Refuse an apply that affects a provider key while a rotation of it is pending."""

from __future__ import annotations

from collections.abc import Iterator

from llmctl.errors import ConflictError, Hint
from llmctl.project_file.model import Change, Plan, Project, ProjectFile, Stored
from llmctl.project_file.references import References
from llmctl.rotation import hints


def refuse_pending(plan: Plan, file: ProjectFile, project: Project) -> None:
    """Raise ConflictError if a rotation of a key that the plan affects is pending."""
    if not project.pending:
        return
    references = References(file, project)
    affected = {
        project.pending.get(key_id, key_id)
        for change in plan.changes
        for key_id in _keys(change, references)
    }
    names = {each.id: each.name for each in project.of("provider_keys")}
    for old in dict.fromkeys(project.pending.values()):
        if old in affected:
            finish = hints.finish("finish it", old)
            raise ConflictError(
                f"a rotation of provider key {names.get(old, old)!r} is pending",
                hint=hints.followed_by(
                    hints.followed_by(finish, hints.abort("or cancel it", old)),
                    Hint("then run this again"),
                ),
            )


def _keys(change: Change, references: References) -> Iterator[str]:
    """Yield the IDs of the provider keys that a change concerns."""
    table, stored = change.kind.table, change.stored
    if table == "provider_keys" and stored is not None:
        yield stored.id
    for each in change.fields:
        if table == "evaluation_config":
            named = [each.old, each.new]
        elif each.field == "model_configuration":
            named = [
                model.get("provider_key")
                for model in (each.old, each.new)
                if isinstance(model, dict)
            ]
        else:
            continue
        for reference in named:
            found = references.find("provider_keys", reference) if _is_text(reference) else None
            if isinstance(found, Stored):
                yield found.id


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
