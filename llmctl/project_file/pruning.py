"""Decide what --prune deletes: what a file does not name, unless something still needs it."""

from __future__ import annotations

from collections.abc import Iterator

from llmctl.api.resources import Object
from llmctl.project_file.kinds import Kind
from llmctl.project_file.model import (
    Change,
    Entry,
    FieldChange,
    Project,
    ProjectFile,
    Stored,
)
from llmctl.project_file.references import References


class Pruning:
    """The objects that a file does not name. `notes` say which ones are kept, and why."""

    def __init__(self, file: ProjectFile, project: Project, references: References) -> None:
        self._file = file
        self._project = project
        self._references = references
        self.notes: list[str] = []

    def changes(self, kind: Kind) -> Iterator[Change]:
        """Yield what to do with the objects of a kind that the file does not name."""
        for stored in self._project.of(kind.table):
            if self._references.entry(stored) is not None:
                continue
            if kind.table == "evaluation_reports":
                yield from self._report(stored)
                continue
            reason = self._reason_to_keep(stored)
            if reason:
                self.notes.append(f"{kind.called(stored.name)} is kept: {reason}")
            else:
                yield Change("delete", kind, stored.name, stored=stored)

    def _report(self, stored: Stored) -> Iterator[Change]:
        """Yield how a report goes. It goes with its evaluation, and alone only on older servers."""
        evaluation = next(
            (
                each
                for each in self._project.of("evaluations")
                if each.id == stored.row.get("evaluation")
            ),
            None,
        )
        if evaluation is not None and self._is_deleted(evaluation):
            return
        if self._project.generation == "v1":
            yield Change("delete", stored.kind, stored.name, stored=stored)
        elif stored.values.get("enabled") is not False and _sends(stored):
            disabled = (FieldChange("enabled", stored.values.get("enabled"), False),)
            yield Change("disable", stored.kind, stored.name, disabled, stored=stored)

    def _is_deleted(self, evaluation: Stored) -> bool:
        return (
            "evaluations" in self._file.tables
            and self._references.entry(evaluation) is None
            and not self._reason_to_keep(evaluation)
        )

    def _reason_to_keep(self, stored: Stored) -> str:
        """Return why an object is not deleted; empty if it is."""
        match stored.kind.table:
            case "provider_keys":
                return self._reason_to_keep_key(stored)
            case "evaluations":
                for report in self._file.of("evaluation_reports"):
                    found = self._references.find("evaluations", report.name)
                    if found is stored:
                        return "a report in the file is about it"
        return ""

    def _reason_to_keep_key(self, key: Stored) -> str:
        project = self._project
        for table in ("evaluation_config", "evaluations", "taggers"):
            if table in project.unread:
                return f"cannot read what uses it: {project.unread[table]}"
        if self._active() is key:
            return "it is the active key"
        pinned = list(self._pinned_evaluations(key))
        if pinned:
            return f"used by evaluation {', '.join(map(repr, pinned))}"
        if key.id in project.tagged:
            return "used by a tagger"
        if key.id in project.pending.values():
            return "its rotation is not finished"
        if key.id in project.owing:
            return "its old secret is still to be revoked"
        return ""

    def _active(self) -> Stored | Entry | str | None:
        """Return the active key as it is after the plan."""
        for entry in self._file.of("evaluation_config"):
            if isinstance(name := entry.values.get("active_provider_key"), str):
                return self._references.find("provider_keys", name)
        for stored in self._project.of("evaluation_config"):
            if isinstance(name := stored.values.get("active_provider_key"), str):
                return self._references.find_stored("provider_keys", name)
        return None

    def _pinned_evaluations(self, key: Stored) -> Iterator[str]:
        """Yield the names of the evaluations that are pinned to a key after the plan."""
        references = self._references
        for entry in self._file.of("evaluations"):
            pin = _pin(entry.values)
            if pin is not None and references.find("provider_keys", pin) is key:
                yield entry.name
        for stored in self._project.of("evaluations"):
            own = references.entry(stored)
            is_said = own is not None and "model_configuration" in own.values
            pin = None if is_said or self._is_deleted(stored) else _pin(stored.values)
            if pin is not None and references.find_stored("provider_keys", pin) is key:
                yield stored.name


def _pin(values: Object) -> str | None:
    model = values.get("model_configuration")
    name = model.get("provider_key") if isinstance(model, dict) else None
    return name if isinstance(name, str) else None


def _sends(report: Stored) -> bool:
    """Return True unless nobody has set up a report, which servers create with an evaluation."""
    return report.row.get("created_by") is not None or bool(report.values.get("delivery_targets"))
