"""Plan the changes that make a project match a file. Pure: nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from llmctl.api.resources import Object
from llmctl.config.origin import origin_or_none
from llmctl.errors import ConfigError, Hint
from llmctl.project_file import generation
from llmctl.project_file.comparison import differs
from llmctl.project_file.foreign_ids import foreign_ids
from llmctl.project_file.kinds import BY_TABLE, KINDS, NULL_BY_DEFAULT, Field, Type
from llmctl.project_file.model import (
    ABSENT,
    Change,
    Dropped,
    Entry,
    FieldChange,
    FileError,
    Owner,
    Plan,
    Position,
    Problem,
    Project,
    ProjectFile,
    Stored,
)
from llmctl.project_file.pruning import Pruning
from llmctl.project_file.references import References, references
from llmctl.project_file.stranded import stranded

DEFAULT_JOB = "Default - "  # prefix of the names of jobs that every project has


def make_plan(
    file: ProjectFile,
    project: Project,
    *,
    prune: bool = False,
    drop_unsupported: bool = False,
    needs_secrets: bool = False,
    now: datetime | None = None,
) -> Plan:
    """Return the changes that make the project match the file.

    `prune`: delete objects that are not in the file, in the tables that it has. `drop_unsupported`:
    drop fields that the server does not support. `needs_secrets`: provider keys to create must have
    a source of their secret. FileError with all problems.
    """
    planner = _Planner(file, project, prune=prune, drops=drop_unsupported, now=now)
    plan = planner.plan()
    problems = [*planner.problems, *(planner.missing_secrets(plan) if needs_secrets else ())]
    if problems:
        raise FileError(sorted(dict.fromkeys(problems), key=_place))
    return plan


def _place(problem: Problem) -> Position:
    return problem.position or Position("", 0, 0)


def check_target(file: ProjectFile, origin: str, number: str) -> None:
    """Raise ConfigError if [target] names another host or project."""
    if file.target is None or is_owner(file.target, origin, number):
        return
    where = f"{file.target_position}: " if file.target_position else ""
    raise ConfigError(
        f"{where}[target] is project {file.target.project} at {file.target.host}, "
        f"not project {number} at {origin}",
        hint=Hint("select that project's profile with -p"),
    )


def is_owner(owner: Owner, origin: str, number: str) -> bool:
    """Return True if this is the project at that origin."""
    return owner.project == number and (origin_or_none(owner.host) or owner.host) == origin


def tables_to_read(file: ProjectFile) -> frozenset[str]:
    """Return the tables of the project that a plan needs: the file's, and those of key users."""
    if file.tables.isdisjoint({"evaluation_config", "provider_keys"}):
        return file.tables
    return file.tables | {"provider_keys", "evaluation_config", "evaluations"}


def also_to_read(file: ProjectFile, *, prune: bool) -> frozenset[str]:
    """Return the other lists that a plan needs: of objects that the file only refers to."""
    found = {"taggers"} if prune and "provider_keys" in file.tables else set()
    found |= {
        table
        for entry in file.entries
        for _, table, _ in references(entry, entry.values)
        if table not in BY_TABLE
    }
    return frozenset(found)


class _Planner:
    def __init__(
        self,
        file: ProjectFile,
        project: Project,
        *,
        prune: bool,
        drops: bool,
        now: datetime | None,
    ) -> None:
        self._file = file
        self._project = project
        self._prune = prune
        self._drops = drops
        self._now = now or datetime.now(UTC)
        self._references = References(file, project)
        self._dropped: list[Dropped] = []
        self._dropped_entries: list[Entry] = []
        self.problems: list[Problem] = []

    def plan(self) -> Plan:
        """Return the plan. It must not be applied if there are `problems`."""
        changes: list[Change] = []
        unchanged = 0
        source = self._file.source
        if source and not is_owner(source, self._project.origin, self._project.number):
            self._add(foreign_ids(self._file, self._project, source))
        self._add(self._references.problems)
        pruning = Pruning(self._file, self._project, self._references)
        for kind in KINDS:
            for entry in self._file.of(kind.table):
                values = self._supported(entry)
                if values is None:
                    self._dropped_entries.append(entry)
                    continue
                self._add(self._references.unresolved(entry, values))
                change = self._change(entry, values)
                unchanged += change is None
                changes += [change] if change else []
            if self._prune and kind.table in self._file.tables and not kind.is_single:
                changes += pruning.changes(kind)
        self.problems += stranded(self._file, self._project, self._references, changes)
        self._check_read()
        return Plan(
            tuple(changes),
            unchanged,
            tuple(self._dropped),
            (*self._notes(), *pruning.notes, *self._side_effects(changes)),
        )

    def _notes(self) -> Iterator[str]:
        if not self._file.tables:
            yield "the file has none of the tables that are compared"
        yield from self._project.notes

    def _add(self, problems: Iterable[Problem]) -> None:
        """Add problems, except at positions that already have one."""
        known = {each.position for each in self.problems if each.position}
        self.problems += [each for each in problems if each.position not in known]

    def missing_secrets(self, plan: Plan) -> Iterator[Problem]:
        """Yield a problem for each provider key to create that has no source of its secret."""
        for change in plan.changes:
            entry = change.entry
            if change.action != "create" or change.kind.table != "provider_keys":
                continue
            if entry is not None and entry.secret is None:
                yield Problem(
                    f"provider key {entry.name!r} does not exist in the project; to create it, add "
                    "api_key_env, api_key_file or api_key_command",
                    entry.at(),
                )

    def _check_read(self) -> None:
        for table in sorted(self._file.tables & self._project.unread.keys()):
            self.problems.append(Problem(f"cannot compare {table}: {self._project.unread[table]}"))

    def _supported(self, entry: Entry) -> Object | None:
        """Return the values that the server supports; None if the whole object is dropped.

        Unsupported values are dropped, or added to the problems.
        """
        stored = self._references.stored(entry)
        found = list(generation.unsupported(entry, stored, self._project))
        if entry.kind.table == "evaluation_reports":
            evaluation = self._references.find("evaluations", str(entry.values.get("evaluation")))
            if any(each is evaluation for each in self._dropped_entries):
                self._dropped.append(Dropped(entry, "", "its evaluation is dropped"))
                return None
        if not self._drops:
            self.problems += [
                Problem(
                    f"{entry.kind.called(entry.name)}: {each.reason} (--drop-unsupported drops "
                    f"{'the whole object' if each.of_object else 'it'})",
                    entry.at(each.path),
                )
                for each in found
            ]
        elif of_object := [each for each in found if each.of_object]:
            self._dropped += [Dropped(entry, "", each.reason) for each in of_object]
            return None
        else:
            self._dropped += [Dropped(entry, each.path, each.reason) for each in found]
        values = generation.without(entry, {each.path for each in found}, self._project)
        return values | self._beginning(values, stored)

    def _beginning(self, values: Object, stored: Stored | None) -> Object:
        """Return the start of a schedule, if the server requires one and has none.

        Newer servers set it to the current hour.
        """
        before = stored.values if stored else {}
        if (
            self._project.generation == "v3"
            or values.get("frequency", before.get("frequency")) != "scheduled"
            or "starts_at" in values
            or before.get("starts_at") is not None
        ):
            return {}
        hour = self._now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return {"starts_at": hour.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _change(self, entry: Entry, values: Object) -> Change | None:
        """Return the change of an entry's object; None if there is none."""
        kind = entry.kind
        stored = self._references.stored(entry)
        fields = {field.name: field for field in kind.fields}
        changes = []
        for name, value in values.items():
            field = fields.get(name) or Field(name, Type.STRING, "")
            old = ABSENT if stored is None else stored.values.get(name, ABSENT)
            if stored is None and value is None and _is_null_by_default(field):
                continue  # as it is without it
            if stored is not None and not self._differs(stored, field, old, value, values):
                continue
            changes.append(FieldChange(name, old, value))
        if stored is None and kind.is_single:
            return None  # could not be read, which is a problem of its own
        if stored is None:
            return Change("create", kind, entry.name, tuple(changes), entry)
        if not changes:
            return None
        return Change("change", kind, stored.name, tuple(changes), entry, stored)

    def _differs(self, stored: Stored, field: Field, old: Any, new: Any, values: Object) -> bool:
        target = values.get("target", stored.values.get("target"))
        if field.name == "target_config" and target == "generation":
            return False  # servers store none for a generation
        return differs(field, old, self._references.canonical(field, new))

    def _side_effects(self, changes: Sequence[Change]) -> Iterator[str]:
        """Yield a note for each object that the server disables as a side effect for good."""
        gone = {each.stored.id for each in changes if each.action == "delete" and each.stored}
        levels = {
            change.entry.values.get("analysis_level"): change
            for change in reversed(changes)  # the first one of a level does it
            if change.kind.table == "clustering_jobs" and change.action == "create" and change.entry
        }
        for job in self._project.of("clustering_jobs"):
            created = levels.get(job.values.get("analysis_level"))
            is_default = job.name.startswith(DEFAULT_JOB) and job.id not in gone
            if created is not None and is_default and self._stays_disabled(job):
                yield (
                    f"creating {created.kind.called(created.name)} disables "
                    f"{job.kind.called(job.name)}"
                )
        paused = {
            change.stored.id
            for change in changes
            if change.kind.table == "evaluations"
            and change.stored
            and _pauses(change, change.stored)
        }
        for report in self._project.of("evaluation_reports"):
            is_paused = report.row.get("evaluation") in paused and self._project.generation == "v3"
            if is_paused and self._stays_disabled(report):
                yield f"changing evaluation {report.name!r} disables its report"

    def _stays_disabled(self, stored: Stored) -> bool:
        """Return True for an enabled object, unless the file sets `enabled`."""
        entry = self._references.entry(stored)
        return stored.values.get("enabled") is True and (
            entry is None or "enabled" not in entry.values
        )


def _pauses(change: Change, evaluation: Stored) -> bool:
    """Return True if a change pauses its evaluation, even if a later step enables it."""
    if any(each.field == "enabled" and each.new is False for each in change.fields):
        return True
    is_changed = any(each.field != "enabled" for each in change.fields)
    return is_changed and evaluation.values.get("enabled") is False


def _is_null_by_default(field: Field) -> bool:
    return field.name in NULL_BY_DEFAULT or not field.is_nullable
