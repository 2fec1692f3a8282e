"""Carry out a plan, one write at a time. Each object is read again before it is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from llmctl.api.compare import as_text
from llmctl.api.provider_fields import with_stored_fields
from llmctl.api.resources import EVALUATION_CONFIG, PROVIDER_KEYS, Object, Resource
from llmctl.errors import (
    ConflictError,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    NotFoundError,
    OutdatedError,
    PartialError,
    RejectedError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.input.values import KEY_FIELDS
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import ABSENT, Project
from llmctl.project_file.plan import DEFAULT_JOB
from llmctl.project_file.request_bodies import NewId, fits, is_equal, writable
from llmctl.project_file.steps import Step
from llmctl.rotation.api import Api, Listing
from llmctl.rotation.dependents import listed, read_dependents
from llmctl.rotation.hints import RERUN, followed_by
from llmctl.rotation.key_resolution import use_of
from llmctl.rotation.patience import MAX_AGE, Patience
from llmctl.rotation.reader import parse_key, read_rows
from llmctl.rotation.stop import NOT_DONE
from llmctl.rotation.tag import fitting_name, read_name
from llmctl.safe.secret import Secret

MAX_NAMES = 5  # of what is left, in a message
MAX_TRIES = 3  # of a write that cannot be taken back, while reading takes too long

Report = Callable[[str], None]
Query = dict[str, str | None]


class Writer(Api, Protocol):
    """The client. `confirm_writes` raises PartialError if a server did not store what was sent."""

    def confirm_writes(self) -> None: ...

    def list(
        self, resource: Resource, *, query: dict[str, str | None] | None = None
    ) -> Listing: ...


@dataclass
class Progress:
    """The steps that are done, and those that are left.

    A step that another client has done already is done, without a write. `has_written`: at least
    one write was sent and not refused. `partial` are the errors of writes that were not stored as
    sent.
    """

    left: list[Step] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    partial: list[PartialError] = field(default_factory=list)
    has_written: bool = False

    def describe(self) -> str:
        """Return a summary such as `4 of 19 steps are done. Left: delete …`."""
        total = len(self.done) + len(self.left)
        names = [each.text for each in self.left[:MAX_NAMES]]
        more = len(self.left) - len(names)
        left = "; ".join([*names, *([f"and {more} more"] if more else [])])
        return f"{len(self.done)} of {total} steps are done. Left: {left}."


@dataclass
class ApplyRun:
    """One run of a plan's steps in a project.

    `report` prints each step that is done. With `force`, changes by other clients since the plan
    are overwritten. `secrets` are those of the provider keys to create, by name.
    """

    api: Writer
    project: Project
    report: Report
    force: bool = False
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self._ids: dict[NewId, str] = {}
        self._lists: dict[tuple[str, str], tuple[float, list[Object]]] = {}
        # States of each object that are no conflict: as in the plan, or as this run left it.
        self._known: dict[tuple[str, str], list[Object]] = {
            (table, each.id): [self._writable(each.kind.table, each.row)]
            for table, stored in self.project.stored.items()
            for each in stored
        }

    def run(self, steps: Iterable[Step]) -> None:
        """Run the steps in order.

        UnfinishedError if the run stopped partway, UnknownOutcomeError if the outcome of a write is
        unknown, else the error of the first step; ConflictError if another client has changed an
        object since the plan. PartialError if all is done, but not stored as sent. Errors and
        interruptions list what is done and what is left.
        """
        self.progress.left = list(steps)
        try:
            while self.progress.left:
                step = self.progress.left[0].with_ids(self._ids)
                self._do(step)
                self.progress.done.append(self.progress.left.pop(0))
        except LlmctlError as error:
            raise _stop_error(error, self.progress) from error
        except BaseException:  # a signal or a bug
            if self.progress.has_written:
                self.report(f"stopped partway. {self.progress.describe()} {_AGAIN}")
            raise
        if self.progress.partial:
            raise _together(self.progress.partial)

    def _do(self, step: Step) -> None:
        try:
            if step.kind == "create":
                self._create(step)
            elif step.kind == "act":
                self._act(step)
            else:
                self._change(step)
        except (RejectedError, NotFoundError) as error:
            message = f"{_where(step, error)}: {error.message}"
            raise error.restated(message, _hint(error)) from error

    def _create(self, step: Step) -> None:
        twin = self._twin(step)
        if twin is None:
            body = self._body(step)
            made = self._send(step, lambda: self.api.create(step.subject.resource, body))
            self._remember(step, made)
            self.report(f"{step.done_text} ({made.get('id')})")
            return
        table, object_id = step.subject.table, str(twin["id"])
        self._ids[step.new_id] = object_id
        found = self._writable(table, twin)
        self._known.setdefault((table, object_id), []).append(found)
        body = {
            key: value
            for key, value in step.body.items()
            if not (fits(step.subject, key, found, value) or _fits_later(step, key, found))
        }
        if not body:
            self.report(f"already exists: {_what(step)} ({object_id})")
            return
        if not _is_untouched(table, twin):
            text = f"{_what(step)} ({object_id}) was created by another client: "
            self._refuse(text + _described(body, found))
        made = self._send(step, lambda: self.api.update(step.subject.resource, object_id, body))
        self._remember(step, made)
        self.report(f"changed {_what(step)} ({object_id}): {', '.join(body)}")

    def _twin(self, step: Step) -> Object | None:
        """Return the object that another client has created under the same name, if any.

        ConflictError if there are several.
        """
        rows = self._twins(step)
        if len(rows) > 1:
            ids = ", ".join(str(row.get("id")) for row in rows)
            raise ConflictError(f"another client created {_what(step)} more than once: {ids}")
        return rows[0] if rows else None

    def _twins(self, step: Step) -> list[Object]:
        table = step.subject.table
        planned = {each.id for each in self.project.of(table)}
        self.patience.renew_for(step.new_id)
        while True:
            found = [
                row
                for row in self._rows(step)
                if row.get("id") not in planned
                and row.get("deleted") is not True
                and _is_named(row, step)
            ]
            # Newer servers create the report of a new evaluation, which may take a moment to show.
            is_awaited = (
                table == "evaluation_reports"
                and self.project.generation == "v3"
                and step.wanted["evaluation"] in self._ids.values()
            )
            if found or not is_awaited or not self.patience.pause():
                return found
            self._lists.clear()

    def _rows(self, step: Step) -> list[Object]:
        """Return the list that a new object will be in, read at most MAX_AGE seconds ago."""
        resource = step.subject.resource
        query: Query = {}
        if step.subject.table == "evaluation_reports":
            query = {"evaluation": str(step.wanted["evaluation"])}
        key = (resource.path, str(query))
        read_at, rows = self._lists.get(key, (None, []))
        if read_at is None or self.patience.now() - read_at > MAX_AGE:
            read_at = self.patience.now()
            rows = (
                [*self.api.list(resource, query=query)] if query else read_rows(self.api, resource)
            )
            self._lists[key] = (read_at, rows)
        return rows

    def _act(self, step: Step) -> None:
        found = self._writable(step.subject.table, self.api.get(step.subject.resource))
        if self._differing(step, found):
            self._send(step, lambda: self.api.act(step.target, step.body))
            self.report(step.done_text)
        else:
            self.report(f"already done: {step.text}")

    def _change(self, step: Step) -> None:
        object_id, table = str(step.object_id), step.subject.table
        for tries_left in reversed(range(MAX_TRIES)):
            read_at = self.patience.now()
            found = self._get(step)
            if found is None:
                if step.kind == "delete":
                    self.report(f"already done: {step.text}")
                    return
                raise ConflictError(f"{_what(step)} ({object_id}) was deleted by another client")
            body = self._differing(step, self._writable(table, found))
            if not body and step.kind != "delete":
                self.report(f"already done: {step.text}")
                return
            if step.method == "DELETE" and table == "provider_keys":
                self._check_unused(step, found)
            try:
                self._write(step, object_id, body, found, read_at)
            except OutdatedError:
                if not tries_left:
                    raise
                continue
            self.report(step.done_text)
            return

    def _write(
        self, step: Step, object_id: str, body: Object, found: Object, read_at: float
    ) -> None:
        resource = step.subject.resource

        def is_current() -> bool:
            return self.patience.is_recent(read_at)

        if step.method == "DELETE":
            try:
                self._send(
                    step, lambda: self.api.delete(resource, object_id, is_current=is_current)
                )
            except NotFoundError as error:
                if not error.is_of_object:
                    raise
            return
        if step.subject.takes_more:
            body = with_stored_fields(body, found)
        if resource is PROVIDER_KEYS and "name" in body:
            name = replace(read_name(str(found.get("name"))), plain=body["name"])
            body = {**body, "name": fitting_name(name, object_id)}
        made = self._send(step, lambda: self.api.update(resource, object_id, body))
        self._remember(step, made)

    def _get(self, step: Step) -> Object | None:
        """Return the object as it is now; None if it is gone."""
        object_id = str(step.object_id)
        while True:
            try:
                found = self.api.get(step.subject.resource, object_id)
            except NotFoundError as error:
                if not error.is_of_object:
                    raise
                # Reads may lag behind the write that created it.
                if object_id in self._ids.values() and self.patience.pause():
                    continue
                return None
            return None if found.get("deleted") is True else found

    def _differing(self, step: Step, found: Object) -> Object:
        """Return the fields to send: those that the object does not have as wanted.

        ConflictError if another client has changed a field in the meantime to something else.
        """
        kind = step.subject
        known = self._known.get((kind.table, str(step.object_id or "")), [])
        changed = {
            key: step.wanted.get(key, ABSENT)
            for key in dict.fromkeys([*found, *(key for row in known for key in row)])
            if not any(is_equal(kind, key, found, row) for row in known)
            and not (key in step.wanted and fits(kind, key, found, step.wanted[key]))
        }
        if changed:
            before = known[0] if known else {}
            text = f"{_what(step)} was changed by another client: "
            self._refuse(text + _described(changed, found, before))
        return {
            key: value
            for key, value in step.body.items()
            if key in step.undoes or not fits(kind, key, found, value)
        }

    def _refuse(self, text: str) -> None:
        """Raise ConflictError; with --force, report what is overwritten instead."""
        if not self.force:
            hint = Hint("run it again for a new plan, or overwrite the change with --force")
            raise ConflictError(text, hint=hint)
        self.report(f"{text}; overwriting it")

    def _check_unused(self, step: Step, row: Object) -> None:
        """Raise ConflictError if anything uses the provider key that is to be deleted."""
        config = self.api.get(EVALUATION_CONFIG).get("active_provider_key")
        active = None if config is None else parse_key(config)
        users = use_of(str(step.object_id), read_dependents(self.api, tolerated=()).found, active)
        if active is not None and active.id == step.object_id:
            raise ConflictError(f"{_what(step)} is now the active key, so it was not deleted")
        if users.pinned:
            who = listed(users.pinned)
            raise ConflictError(f"{_what(step)} is now used by {who}, so it was not deleted")
        tags = [read_name(str(each.get("name"))).tag for each in read_rows(self.api, PROVIDER_KEYS)]
        is_replaced = any(tag is not None and tag.old_id == step.object_id for tag in tags)
        if is_replaced or parse_key(row).parts.has_tag:
            raise ConflictError(f"{_what(step)} is being rotated, so it was not deleted")

    def _body(self, step: Step) -> Object:
        """Return the body of a create, with the secret of a provider key."""
        if step.subject.resource is not PROVIDER_KEYS:
            return step.body
        return {**step.body, "api_key": self.secrets[step.name]}

    def _send(self, step: Step, send: Callable[[], Object | None]) -> Object:
        """Send one write, and compare what is stored with what was sent."""
        has_written, self.progress.has_written = self.progress.has_written, True
        try:
            made = send()
        except NOT_DONE:
            self.progress.has_written = has_written
            raise
        self.patience.on_partial()
        try:
            self.api.confirm_writes()
        except PartialError as error:
            self.progress.partial.append(error)
            self.report(error.message)
        return made or {}

    def _remember(self, step: Step, made: Object) -> None:
        """Remember an object as a write left it, and the side effects on other objects."""
        table = step.subject.table
        object_id = str(made.get("id") if step.kind == "create" else step.object_id)
        if step.kind == "create":
            self._ids[step.new_id] = object_id
        self._known.setdefault((table, object_id), []).append(self._writable(table, made))
        if table == "clustering_jobs" and step.kind == "create":
            for (other, other_id), known in self._known.items():
                is_default = str(known[0].get("name")).startswith(DEFAULT_JOB)
                if other == table and other_id != object_id and is_default:
                    known.append({"enabled": False})
        if table == "evaluations" and made.get("enabled") is False:
            for report in self.project.of("evaluation_reports"):
                if report.row.get("evaluation") == object_id:
                    self._known["evaluation_reports", report.id].append({"enabled": False})

    def _writable(self, table: str, row: Object) -> Object:
        return writable(BY_TABLE[table], row, self.project.generation)


def _where(step: Step, error: LlmctlError) -> str:
    """Return the object that the server refused, after its position in the file if it has one."""
    field = (error.attr or "").replace("__", ".")
    position = step.entry.at(field) if step.entry else None
    return f"{position}: {_what(step)}" if position else _what(step)


def _hint(error: LlmctlError) -> Hint | None:
    """Return the hint for a refusal. Options of other commands are replaced by the file's field."""
    if error.hint is None or "--" not in error.hint.text:
        return error.hint
    field = (error.attr or "").replace("__", ".")
    if not error.hint.text.startswith("give ") or field in ("", *KEY_FIELDS):
        return None
    value = ' = "null"' if error.hint.text.endswith(" null") else ""
    return Hint(f"set {field}{value} in the file")


_AGAIN = "Run the same command again to continue."


def _stop_error(error: LlmctlError, progress: Progress) -> LlmctlError:
    """Return the error that ends the run; before the first write, the error itself."""
    if not progress.has_written:
        return error
    message = f"stopped partway. {progress.describe()} Reason: {error.message}"
    if isinstance(error, NOT_DONE):
        again = "run the same command again"
        hint = followed_by(
            error.hint, Hint(f"then {again}" if error.hint else f"fix the cause and {again}")
        )
        return UnfinishedError(message, hint=hint, **error.details)
    if isinstance(error, UnknownOutcomeError | InterruptedWriteError):
        return error.restated(message, Hint(RERUN))
    return error.restated(message, error.hint)


def _together(errors: list[PartialError]) -> PartialError:
    if len(errors) == 1:
        return errors[0]
    return PartialError("; ".join(each.message for each in errors))


def _described(wanted: Object, found: Object, before: Object | None = None) -> str:
    """Return `enabled is now false (was true; the file has true)` for each field."""
    parts = []
    for key, value in wanted.items():
        others = [] if before is None else [f"was {_text(before.get(key, ABSENT))}"]
        others += [] if value is ABSENT else [f"the file has {_text(value)}"]
        more = f" ({'; '.join(others)})" if others else ""
        parts.append(f"{key} is now {_text(found.get(key, ABSENT))}{more}")
    return ", ".join(parts)


def _text(value: object) -> str:
    return "not set" if value is ABSENT else as_text(value)


def _what(step: Step) -> str:
    called = step.subject.called(step.name)
    return f"the {called}" if step.subject.is_single else called


def _is_named(row: Object, step: Step) -> bool:
    """Return True if a row of the list has the name of the object to create."""
    label = step.subject.label
    if step.subject.resource is PROVIDER_KEYS:
        name = read_name(str(row.get("name")))
        return name.tag is None and name.plain.strip() == step.name
    if step.subject.table == "evaluation_reports":
        return bool(row.get("evaluation") == step.wanted["evaluation"])
    return str(row.get(label)).strip() == step.name


def _is_untouched(table: str, row: Object) -> bool:
    """Return True for a report that the server created with its evaluation and nobody set up."""
    is_report = table == "evaluation_reports"
    has_targets = bool(row.get("delivery_targets"))
    return is_report and row.get("created_by") is None and not has_targets


def _fits_later(step: Step, key: str, found: Object) -> bool:
    """Return True if a field already has the value that a later step sets."""
    return key in step.wanted and fits(step.subject, key, found, step.wanted[key])
