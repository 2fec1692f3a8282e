"""The writes of an apply, in order. Pure: nothing is sent.

A provider key is created before what uses it; evaluations are disabled first and enabled last; a
job is deleted before a create that needs its slot or its name; keys are deleted last. The plan is
made from the project as it is, so the next run completes an interrupted one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

from llmctl.api.provider_fields import with_stored_fields
from llmctl.api.resources import Object, Target
from llmctl.project_file import generation
from llmctl.project_file.kinds import Kind
from llmctl.project_file.model import Change, Entry, Plan, Project, ProjectFile, Stored
from llmctl.project_file.plan import DEFAULT_JOB
from llmctl.project_file.references import References, provider_of
from llmctl.project_file.request_bodies import NewId, request_body, resolve
from llmctl.safe.secret import Secret

StepKind = Literal["create", "change", "act", "delete"]
_ACTIONS = {"evaluation_config": "set_active_key", "clustering_config": "set_event_filters"}
_MODEL = "model_configuration"


@dataclass(frozen=True)
class Step:
    """One write and its request.

    `text` is what it does (`create evaluation 'A'`), `done_text` the same in the past. `object_id`
    is None for a create, and a NewId for an object that an earlier step creates. `body` may hold a
    NewId anywhere. `stored` is the object that the plan was made from, if there was one. `wanted`
    are all fields of the file's entry as requests send them. `undoes` are the fields that the
    server changes as a side effect of an earlier step: they are sent even if a read shows them as
    wanted.
    """

    kind: StepKind
    text: str
    done_text: str
    subject: Kind
    name: str
    object_id: str | NewId | None = None
    body: Object = field(default_factory=dict)
    stored: Stored | None = None
    entry: Entry | None = None
    wanted: Object = field(default_factory=dict)
    undoes: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        """The method of its request."""
        if self.kind in ("create", "act"):
            return "POST"
        return "DELETE" if self.kind == "delete" and not self.body else "PATCH"

    @property
    def target(self) -> Target:
        """The target of its request."""
        action = _ACTIONS[self.subject.table] if self.kind == "act" else None
        object_id = None if self.object_id is None else str(self.object_id)
        return Target(self.subject.resource, object_id, action)

    @property
    def shown_body(self) -> Object | None:
        """The body of its request for display, without a secret; None if it has none."""
        if self.method == "DELETE":
            return None
        is_new_key = self.kind == "create" and self.subject.table == "provider_keys"
        body = {**self.body, **({"api_key": Secret("")} if is_new_key else {})}
        shown: Object = _filled(body, str)
        return shown

    @property
    def new_id(self) -> NewId:
        """The placeholder for the ID of the object that it creates."""
        return NewId(self.subject.table, self.name)

    def with_ids(self, ids: Mapping[NewId, str]) -> Step:
        """Return the step with the IDs of objects that earlier steps created."""

        def known(new: NewId) -> str | NewId:
            return ids.get(new, new)

        return dataclasses.replace(
            self,
            object_id=_filled(self.object_id, known),
            body=_filled(self.body, known),
            wanted=_filled(self.wanted, known),
        )


def _filled(value: Any, fill: Callable[[NewId], Any]) -> Any:
    """Return a value with what `fill` returns for each ID that is not known yet."""
    if isinstance(value, NewId):
        return fill(value)
    if isinstance(value, dict):
        return {name: _filled(each, fill) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, fill) for each in value]
    return value


def steps_of(plan: Plan, file: ProjectFile, project: Project) -> list[Step]:
    """Return the writes of a plan in order.

    Jobs and reports that the server disables as a side effect are re-enabled if the file says so.
    """
    return list(_Order(plan, file, project).steps())


class _Order:
    """Puts the changes of a plan in order."""

    def __init__(self, plan: Plan, file: ProjectFile, project: Project) -> None:
        self._plan = plan
        self._file = file
        self._project = project
        self._references = References(file, project)

    def steps(self) -> Iterator[Step]:
        """Yield the writes."""
        yield from map(self._create, self._of("provider_keys", "create"))
        yield from map(self._change, self._of("provider_keys", "change"))
        stopped = [each for each in self._of("evaluations", "change") if _sets(each, enabled=False)]
        yield from map(self._change, stopped)
        activations = self._of("evaluation_config", "change")
        # One that uses the active key and is to go would otherwise run without a key until then.
        deletes = self._of("evaluations", "delete") if activations else []
        early = [each for each in deletes if _runs_unpinned(each)]
        yield from map(self._delete, early)
        moves = self._moves(stopped, activations)
        yield from (step for _, step in moves)
        yield from map(self._act, activations)
        yield from (_unpin(change, step) for change, step in moves if _is_pinned_for_a_while(step))
        for change in self._of("evaluations", "create"):
            yield self._create(change, is_enabled_later=True)
        for change in self._of("evaluations", "change"):
            if not any(change is each for each in (*stopped, *(moved for moved, _ in moves))):
                yield from self._change_but_enabled(change)
        yield from self._reports(stopped)
        yield from self._jobs()
        yield from map(self._act, self._of("clustering_config", "change"))
        for change in self._of("evaluations", "create", "change"):
            if _sets(change, enabled=True):
                yield self._enable(change)
        yield from self._reports_again(stopped)
        for table in ("evaluation_reports", "evaluations", "provider_keys"):
            for change in self._of(table, "delete", "disable"):
                if not any(change is each for each in early):
                    yield self._delete(change)

    def _of(self, table: str, *actions: str) -> list[Change]:
        return [
            each
            for each in self._plan.changes
            if each.kind.table == table and each.action in actions
        ]

    def _moves(self, stopped: list[Change], activations: list[Change]) -> list[tuple[Change, Step]]:
        """Return the changes of running evaluations that come before that of the active key.

        One that is not pinned, and whose model changes with the provider of the active key, is
        pinned to the new key until that is active.
        """
        moves = []
        for activation in activations:
            for change in self._of("evaluations", "change"):
                is_stopped = any(change is each for each in stopped)
                step = None if is_stopped else self._move(change, activation)
                if step is not None:
                    moves.append((change, step))
        return moves

    def _move(self, change: Change, activation: Change) -> Step | None:
        """Return the step that gives a running evaluation its new model before the active key
        changes; None if it may, or must, wait."""
        stored = change.stored
        new_model = next((each.new for each in change.fields if each.field == _MODEL), None)
        if stored is None or not stored.values.get("enabled") or not isinstance(new_model, dict):
            return None
        old_model = stored.values.get(_MODEL) or {}
        if old_model.get("provider_key") is not None:
            return None  # pinned: the active key does not matter to it
        step = self._change(change, without=("enabled",))
        if new_model.get("provider_key") is not None:
            return step
        new_key = activation.fields[0].new
        key = self._references.find("provider_keys", new_key)
        provider = provider_of(key, self._references, is_after=True)
        if new_model.get("provider") != provider or old_model.get("provider") == provider:
            return None
        key_id = resolve(self._references, "provider_keys", new_key)
        model = {**step.wanted[_MODEL], "provider_key_id": key_id}
        what = f"{_named(change)} to provider key {new_key!r}: {', '.join(step.body)}"
        return dataclasses.replace(
            step,
            text=f"pin {what}",
            done_text=f"pinned {what}",
            body={**step.body, _MODEL: model},
        )

    def _change_but_enabled(self, change: Change) -> Iterator[Step]:
        if any(each.field != "enabled" for each in change.fields):
            yield self._change(change, without=("enabled",))

    def _enable(self, change: Change) -> Step:
        what = _named(change)
        stored = change.stored
        return Step(
            "change",
            f"enable {what}",
            f"enabled {what}",
            change.kind,
            change.name,
            NewId(change.kind.table, change.name.strip()) if stored is None else stored.id,
            {"enabled": True},
            stored,
            change.entry,
            self._wanted(change.entry, change),
        )

    def _reports(self, stopped: list[Change]) -> Iterator[Step]:
        yield from map(self._create, self._of("evaluation_reports", "create"))
        for change in self._of("evaluation_reports", "change"):
            step = self._change(change)
            is_disabled = change.stored is not None and self._is_disabled_with(
                change.stored, [*stopped, *self._saved()]
            )
            if is_disabled and step.wanted.get("enabled") is True:
                step = _undoing(step, "enabled")
            yield step

    def _reports_again(self, stopped: list[Change]) -> Iterator[Step]:
        """Yield the steps that re-enable reports that the server disables with their evaluation.

        Newer servers may do so whenever they save an evaluation that is disabled.
        """
        changed = _stored_ids(self._of("evaluation_reports", "change"))
        for entry, stored in self._unchanged("evaluation_reports", changed):
            if entry.values.get("enabled") is not True:
                continue
            if self._is_disabled_with(stored, stopped):
                yield self._enable_again(entry, stored)
            elif self._is_disabled_with(stored, self._saved()):
                yield dataclasses.replace(self._enable_again(entry, stored), undoes=frozenset())

    def _saved(self) -> list[Change]:
        """Return the changes of evaluations that are disabled in the project."""
        return [
            each
            for each in self._of("evaluations", "change")
            if each.stored is not None and each.stored.values.get("enabled") is not True
        ]

    def _is_disabled_with(self, report: Stored, changes: list[Change]) -> bool:
        """Return True if the server may disable a report when it saves its evaluation."""
        return self._project.generation == "v3" and _evaluation(report) in _stored_ids(changes)

    def _jobs(self) -> Iterator[Step]:
        """Yield the changes of jobs: each create after a delete, if there is one."""
        creates = self._of("clustering_jobs", "create")
        changes = self._of("clustering_jobs", "change")
        taken = {_new_name(each) for each in (*creates, *changes)}
        deletes = self._of("clustering_jobs", "delete")
        in_the_way = [each for each in deletes if each.name in taken]
        deletes = [each for each in deletes if each.name not in taken]
        yield from map(self._delete, in_the_way)
        renamed = []
        for change, step in self._renames(changes, taken):
            renamed.append(change)
            yield step
        for delete, create in zip_longest(deletes[: len(creates)], creates):
            if delete is not None:
                yield self._delete(delete)
            yield self._create(create)
        levels = [_level(each) for each in creates]
        for change in changes:
            is_renamed = any(change is each for each in renamed)
            yield from self._change_of_job(change, levels, is_renamed=is_renamed)
        for entry, stored in self._unchanged("clustering_jobs", _stored_ids(changes)):
            if entry.values.get("enabled") is True and _is_switched_off(stored, levels):
                yield self._enable_again(entry, stored)
        yield from self._created_defaults(creates)
        yield from map(self._delete, deletes[len(creates) :])

    def _renames(
        self, changes: Iterable[Change], taken: Collection[str]
    ) -> Iterator[tuple[Change, Step]]:
        """Yield, in order, the renames that free names which other jobs get.

        Names are unique: if jobs swap names, one of them gets a temporary name.
        """
        waiting = {each.name: each for each in changes if _new_name(each)}
        last = []
        while waiting:
            free = next((each for each in waiting.values() if _new_name(each) not in waiting), None)
            if free is not None:
                del waiting[free.name]
                if free.name in taken:
                    yield free, self._rename(free, _new_name(free))
                continue
            _, change = waiting.popitem()
            last.append(change)
            yield change, self._rename(change, f"renaming {change.stored and change.stored.id}")
        for change in last:
            yield change, self._rename(change, _new_name(change))

    def _rename(self, change: Change, name: str) -> Step:
        what = f"{_named(change)} to {name!r}"
        step = self._change(change)
        return dataclasses.replace(
            step, text=f"rename {what}", done_text=f"renamed {what}", body={"name": name}
        )

    def _change_of_job(
        self, change: Change, levels: Collection[object], *, is_renamed: bool
    ) -> Iterator[Step]:
        """Yield the change of a job. It is re-enabled if a create disabled it."""
        entry, stored = change.entry, change.stored
        assert entry is not None
        assert stored is not None
        is_off = _is_switched_off(stored, levels, change) and entry.values.get("enabled") is True
        if is_renamed and len(change.fields) == 1:
            if is_off:
                yield self._enable_again(entry, stored)
            return
        step = self._change(change, without=("name",) if is_renamed else ())
        yield _undoing(step, "enabled") if is_off else step

    def _created_defaults(self, creates: list[Change]) -> Iterator[Step]:
        """Yield the steps that re-enable new default jobs that a later create disables."""
        for number, change in enumerate(creates):
            is_enabled = change.entry is not None and change.entry.values.get("enabled", True)
            later = [_level(each) for each in creates[number + 1 :]]
            if change.name.startswith(DEFAULT_JOB) and is_enabled and _level(change) in later:
                yield _undoing(self._enable(change), "enabled")

    def _unchanged(self, table: str, changed: set[str]) -> Iterator[tuple[Entry, Stored]]:
        """Yield the entries of a table whose stored object the plan leaves as it is."""
        left_out = [each.entry for each in self._plan.dropped if not each.field]
        for entry in self._file.of(table):
            stored = self._references.stored(entry)
            if any(entry is each for each in left_out):
                continue
            if stored is not None and stored.id not in changed:
                yield entry, stored

    def _enable_again(self, entry: Entry, stored: Stored) -> Step:
        what = entry.kind.called(stored.name)
        return Step(
            "change",
            f"re-enable {what}",
            f"re-enabled {what}",
            entry.kind,
            entry.name,
            stored.id,
            {"enabled": True},
            stored,
            entry,
            self._wanted(entry),
            frozenset({"enabled"}),
        )

    def _create(self, change: Change, *, is_enabled_later: bool = False) -> Step:
        assert change.entry is not None
        values = {each.field: each.new for each in change.fields}
        body = request_body(change.entry, values, self._references)
        if is_enabled_later and body.get("enabled"):
            body["enabled"] = False
        what = _named(change)
        return Step(
            "create",
            f"create {what}",
            f"created {what}",
            change.kind,
            change.name.strip(),
            None,
            body,
            None,
            change.entry,
            self._wanted(change.entry, change),
        )

    def _change(self, change: Change, *, without: tuple[str, ...] = ()) -> Step:
        stored, entry = change.stored, change.entry
        assert stored is not None
        assert entry is not None
        values = {each.field: each.new for each in change.fields if each.field not in without}
        body = request_body(entry, values, self._references)
        if change.kind.takes_more:
            body = with_stored_fields(body, stored.row)
        what = f"{_named(change)}: {', '.join(values)}"
        text, done_text = f"change {what}", f"changed {what}"
        if _sets(change, enabled=False) and change.kind.table == "evaluations":
            others = ", ".join(name for name in values if name != "enabled")
            what = _named(change)
            text = f"disable {what}" + (f" and change {others}" if others else "")
            done_text = f"disabled {what}" + (f" and changed {others}" if others else "")
        step = Step(
            "change",
            text,
            done_text,
            change.kind,
            change.name,
            stored.id,
            body,
            stored,
            change.entry,
            self._wanted(change.entry, change),
        )
        if "target" in body and "target_config" in step.wanted:
            step = _undoing(step, "target_config")  # a new target resets it
        return step

    def _act(self, change: Change) -> Step:
        """Return the change of a single object."""
        new = change.fields[0].new
        if change.kind.table == "evaluation_config":
            what = f"provider key {new!r} the active key"
            text, done_text = f"make {what}", f"made {what}"
        else:
            text = done_text = "set the event filters"
        wanted = self._wanted(change.entry, change)
        return Step(
            "act",
            text,
            done_text,
            change.kind,
            change.name,
            body=wanted,
            stored=change.stored,
            entry=change.entry,
            wanted=wanted,
        )

    def _delete(self, change: Change) -> Step:
        stored = change.stored
        assert stored is not None
        table = change.kind.table
        body: Object = {}
        if table in ("evaluations", "evaluation_reports"):
            body = {"enabled": False} if change.action == "disable" else {"deleted": True}
        verb = "disable" if change.action == "disable" else "delete"
        what = f"{change.kind.called(stored.name)} ({stored.id})"
        return Step(
            "change" if change.action == "disable" else "delete",
            f"{verb} {what}",
            f"{verb}d {what}",
            change.kind,
            change.name,
            stored.id,
            body,
            stored,
            None,
            body if change.action == "disable" else {},
        )

    def _wanted(self, entry: Entry | None, change: Change | None = None) -> Object:
        """Return all fields of an entry as requests send them."""
        if entry is None:
            return {}
        dropped = {each.field for each in self._plan.dropped if each.entry is entry}
        planned = {each.field: each.new for each in change.fields} if change else {}
        values = generation.without(entry, dropped, self._project) | planned
        return request_body(entry, values, self._references)


def _is_pinned_for_a_while(step: Step) -> bool:
    return bool(step.body[_MODEL] != step.wanted[_MODEL])


def _unpin(change: Change, moved: Step) -> Step:
    what = f"{_named(change)}, so that it uses the active key"
    return dataclasses.replace(
        moved,
        text=f"unpin {what}",
        done_text=f"unpinned {what}",
        body={_MODEL: moved.wanted[_MODEL]},
    )


def _undoing(step: Step, name: str) -> Step:
    body = {**step.body, name: step.wanted.get(name, True)}
    return dataclasses.replace(step, body=body, undoes=step.undoes | {name})


def _sets(change: Change, *, enabled: bool) -> bool:
    """Return True if a change enables, or disables, its object; a create counts."""
    if change.action == "create":
        return change.entry is not None and change.entry.values.get("enabled") is enabled
    return any(each.field == "enabled" and each.new is enabled for each in change.fields)


def _runs_unpinned(change: Change) -> bool:
    """Return True for an evaluation with a model that is enabled, and not pinned to a key."""
    values = change.stored.values if change.stored else {}
    model = values.get(_MODEL)
    is_unpinned = isinstance(model, dict) and model.get("provider_key") is None
    return values.get("enabled") is True and is_unpinned


def _is_switched_off(job: Stored, levels: Collection[object], change: Change | None = None) -> bool:
    """Return True if a create of one of these levels disables the job, which may be renamed."""
    names = (job.name, _new_name(change) if change else "")
    is_default = any(name.startswith(DEFAULT_JOB) for name in names)
    return is_default and job.row.get("analysis_level") in levels


def _new_name(change: Change) -> str:
    """Return the name that a change gives an object; empty if it keeps its own."""
    return next((str(each.new).strip() for each in change.fields if each.field == "name"), "")


def _level(change: Change) -> Any:
    return None if change.entry is None else change.entry.values.get("analysis_level")


def _stored_ids(changes: Iterable[Change]) -> set[str]:
    return {each.stored.id for each in changes if each.stored is not None}


def _evaluation(report: Stored) -> Any:
    return report.row.get("evaluation")


def _named(change: Change) -> str:
    """Return the noun and name of an object, with its ID if the name is not unique."""
    called, stored = change.kind.called(change.name.strip()), change.stored
    if change.kind.is_single:
        return f"the {called}"
    return called if stored is None or stored.is_unique else f"{called} ({stored.id})"
