"""Read a project as a file has it: from lists, with references by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from llmctl.api import generations
from llmctl.api.provider_fields import provider_fields
from llmctl.api.resources import (
    EVALUATION_DIRECTORIES,
    PROJECTS,
    SLACK_INTEGRATIONS,
    Object,
    Resource,
)
from llmctl.errors import ConfigError, DeniedError, Hint, LlmctlError, NotFoundError
from llmctl.output.text import counted
from llmctl.project_file.kinds import BY_TABLE, Field, Kind
from llmctl.project_file.model import Project, Stored
from llmctl.rotation.reader import read_rows, read_taggers
from llmctl.rotation.snapshot import Tagger
from llmctl.rotation.tag import plain_names, read_name

if TYPE_CHECKING:
    from llmctl.api.client import Client

Generation = Literal["v1", "v3"]
T = TypeVar("T")

_REFERENCES = {  # objects that a file only refers to
    "evaluation_directories": EVALUATION_DIRECTORIES,
    "integrations": SLACK_INTEGRATIONS,
}
_UNREAD = {  # notes
    "provider_keys": "cannot read the provider keys, so references to them are IDs: {}",
    "evaluations": "cannot read the evaluations, so references to them are IDs: {}",
    "integrations": "cannot read the integrations, so references to them are IDs: {}",
    "evaluation_directories": "cannot read the directories, so references to them are IDs: {}",
}


def read_project(
    client: Client, tables: Collection[str] = tuple(BY_TABLE), *, also: Collection[str] = ()
) -> Project:
    """Read tables of the project, and the names of the objects that they refer to.

    Each list is read once, and no object by its ID. `also` are more lists to read: `taggers`,
    `integrations` or `evaluation_directories`. DeniedError if one of the tables cannot be read.
    Other lists that cannot be read are `unread`, and references to their objects are IDs.
    """
    lists = _Lists(client, frozenset(tables))
    keys = lists.of("provider_keys", needed_by={"evaluation_config", "evaluations"})
    evaluations = _existing(lists.of("evaluations", needed_by={"evaluation_reports"}))
    reports = _existing(lists.of("evaluation_reports"))
    jobs = lists.of("clustering_jobs")
    singles = {table: lists.single(table) for table in ("evaluation_config", "clustering_config")}
    generation = generation_of(singles["evaluation_config"], evaluations, reports)
    if generation is None and lists.wanted & {"evaluations", "evaluation_reports"}:
        generation = generation_of(lists.single("evaluation_config", is_needed=True))
    generation = generation or "v1"
    if generation == "v3" and (
        "evaluation_directories" in also or any(map(_directory, evaluations))
    ):
        lists.reference("evaluation_directories")
    if "integrations" in also or any(map(_has_slack, reports)):
        lists.reference("integrations")
    taggers = lists.taggers() if "taggers" in also else ()

    key_names = plain_names(keys)
    pending = _pending(keys, key_names)
    view = _View(
        generation,
        {
            "provider_keys": _Names(_resource("provider_keys"), key_names, pending),
            "evaluations": _Names(_resource("evaluations"), _names(evaluations)),
            **{name: _Names(_REFERENCES[name], each) for name, each in lists.references.items()},
        },
    )
    reports, notes = _with_evaluation(reports, evaluations if "evaluations" in lists.read else None)
    objects = {
        "provider_keys": view.named("provider_keys", keys, key_names),
        "evaluations": view.named("evaluations", evaluations, _names(evaluations)),
        "evaluation_reports": view.reports(reports),
        "clustering_jobs": view.named("clustering_jobs", jobs, _names(jobs)),
        **{table: (view.single(table, row),) for table, row in singles.items() if row},
    }
    return Project(
        origin=client.origin,
        number=_number(client),
        generation=generation,
        stored={table: objects[table] for table in objects if table in lists.read},
        references=lists.references,
        pending=pending,
        owing=frozenset(_id(row) for row in keys if read_name(_name(row)).owed),
        tagged=frozenset(each.key_id for each in taggers if each.key_id is not None),
        unread=lists.unread,
        notes=(
            *(_pending_note(key_names[old]) for old in dict.fromkeys(pending.values())),
            *(
                _UNREAD[table].format(lists.unread[table])
                for table in _UNREAD
                if table in lists.unread
            ),
            *notes,
        ),
    )


def generation_of(
    config: Object, evaluations: Iterable[Object] = (), reports: Iterable[Object] = ()
) -> Generation | None:
    """Return the generation of the server that sent these objects; None if it is unknown.

    `v3` if any of them has fields of the newest servers. `config` is the evaluation configuration;
    empty if it was not read.
    """
    shown = [
        generations.of_evaluation_config(config),
        *map(generations.of_evaluation, evaluations),
        *map(generations.of_report, reports),
    ]
    if not any(shown):
        return None
    return "v3" if "v3" in shown else "v1"


class _Lists:
    """The lists and single objects of a project, each read once.

    `wanted` are the tables that must be read, `read` those that have been read.
    """

    def __init__(self, client: Client, wanted: frozenset[str]) -> None:
        self._client = client
        self.wanted = wanted
        self.read: set[str] = set()
        self.unread: dict[str, str] = {}
        self.references: dict[str, dict[str, str]] = {}

    def of(self, table: str, needed_by: Collection[str] = ()) -> list[Object]:
        """Return the rows of a table that is wanted, or needed by one that is; else none."""
        if table not in self.wanted and not self.wanted & frozenset(needed_by):
            return []
        return self._attempt(table, lambda: read_rows(self._client, _resource(table)), [])

    def single(self, table: str, *, is_needed: bool = False) -> Object:
        """Return the single object of a table that is wanted or needed; else an empty one."""
        if table not in self.wanted and not is_needed:
            return {}
        return self._attempt(table, lambda: self._client.get(_resource(table)), {})

    def reference(self, table: str) -> None:
        """Read a list that a file only refers to, and keep the names of its objects."""
        resource = _REFERENCES[table]
        rows: list[Object] = self._attempt(table, lambda: read_rows(self._client, resource), [])
        rows = [row for row in rows if all(row.get(key) == text for key, text in resource.only)]
        if table in self.read:
            self.references[table] = {_id(row): str(resource.label_of(row) or "") for row in rows}

    def taggers(self) -> tuple[Tagger, ...]:
        """Return the taggers; none if the server has no such list."""
        return self._attempt("taggers", lambda: read_taggers(self._client), ())

    def _attempt(self, table: str, read: Callable[[], T], otherwise: T) -> T:
        """Return what `read` returns. If that is denied, raise only if the table is wanted."""
        try:
            found = read()
        except (DeniedError, ConfigError, NotFoundError) as error:
            if table in self.wanted or error.status == 401:
                raise _with_only(error, table) from None
            self.unread[table] = error.message
            return otherwise
        self.read.add(table)
        return found


def _with_only(error: LlmctlError, table: str) -> LlmctlError:
    """Return the error of a table that cannot be read, with the hint to leave it out."""
    if table not in BY_TABLE or error.status != 403:
        return error
    without = Hint(f"or leave {table.replace('_', '-')} out with --only")
    hint = error.hint or Hint("use a key with this scope")
    if hint.also is None:
        hint = Hint(hint.text, hint.command, also=without)
    return error.restated(error.message, hint)


class _Names:
    """The names of objects by ID. `moved` maps IDs to the IDs that replace them.

    `unique` are the IDs of objects with a unique name that does not look like an ID.
    """

    def __init__(
        self, resource: Resource, names: Mapping[str, str], moved: Mapping[str, str] | None = None
    ) -> None:
        self._names = names
        self._moved = moved or {}
        count = Counter(name.strip() for name in names.values())
        self.unique = {
            each
            for each, name in names.items()
            if count[name.strip()] == 1 and name.strip() and not resource.is_id(name.strip())
        }

    def reference(self, object_id: str) -> str:
        """Return the name of an object if it is unique, else its ID."""
        object_id = self._moved.get(object_id, object_id)
        return self._names[object_id] if object_id in self.unique else object_id


class _View:
    """The objects of the API as a file has them."""

    def __init__(self, generation: Generation, names: Mapping[str, _Names]) -> None:
        self._generation = generation
        self._names = names

    def single(self, table: str, row: Object) -> Stored:
        """Return the single object of a table."""
        if table == "evaluation_config":  # it is set by its ID
            row = {**row, "key_id": (row.get("active_provider_key") or {}).get("id")}
        return Stored(BY_TABLE[table], "", table, row, self._values(BY_TABLE[table], row))

    def named(
        self, table: str, rows: Iterable[Object], names: Mapping[str, str]
    ) -> tuple[Stored, ...]:
        """Return the objects of a table that have one of the names, in the order of the file."""
        unique = _Names(_resource(table), names).unique
        return self._stored(
            table, {_id(row): row for row in rows if _id(row) in names}, names, unique
        )

    def reports(self, rows: Iterable[Object]) -> tuple[Stored, ...]:
        """Return reports, named after their evaluations, in the order of the file."""
        by_id = {_id(row): row for row in rows}
        names = {
            each: self._reference("evaluations", str(row.get("evaluation")))
            for each, row in by_id.items()
        }
        count = Counter(names.values())
        unique = {each for each, name in names.items() if count[name] == 1}
        return self._stored("evaluation_reports", by_id, names, unique)

    def _stored(
        self,
        table: str,
        rows: Mapping[str, Object],
        names: Mapping[str, str],
        unique: Collection[str],
    ) -> tuple[Stored, ...]:
        kind = BY_TABLE[table]
        stored = [
            Stored(
                kind,
                each,
                names[each],
                row,
                {**self._values(kind, row), kind.label: names[each]},
                each in unique,
            )
            for each, row in rows.items()
        ]
        return tuple(sorted(stored, key=lambda each: (each.name.casefold(), each.name, each.id)))

    def _reference(self, table: str, object_id: str) -> str:
        return self._names[table].reference(object_id) if table in self._names else object_id

    def _values(self, kind: Kind, row: Object) -> Object:
        values = {
            field.name: self._value(field, row[field.key])
            for field in kind.fields
            if field.key in row and field.only in ("", self._generation)
        }
        if kind.table == "provider_keys":
            values |= dict(sorted(provider_fields(row).items()))
        return values

    def _value(self, field: Field, value: Any) -> Any:
        if field.name == "model_configuration" and isinstance(value, dict):
            return self._model(value)
        if field.name == "delivery_targets" and isinstance(value, list):
            return [self._target(each) for each in value]
        if field.refers_to and isinstance(value, str):
            return self._reference(field.refers_to, value)
        return _without(value, field.made_by_server)

    def _model(self, model: Object) -> Object:
        key_id = model.get("provider_key_id")
        shown: Object = _without(model, ("provider_key_id", "provider_key_name"))
        if isinstance(key_id, str):
            shown["provider_key"] = self._reference("provider_keys", key_id)
        return shown

    def _target(self, target: Any) -> Any:
        if not isinstance(target, dict) or "integration_id" not in target:
            return target
        given = str(target["integration_id"])
        if not SLACK_INTEGRATIONS.is_id(given):
            return target
        return {
            ("integration" if name == "integration_id" else name): (
                self._reference("integrations", given) if name == "integration_id" else value
            )
            for name, value in target.items()
        }


def _without(value: Any, names: Collection[str]) -> Any:
    """Return an object, or an array of objects, without the fields of these names."""
    if not names:
        return value
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in names}
    return value


def _pending(keys: Iterable[Object], names: Mapping[str, str]) -> dict[str, str]:
    """Return the new key of each pending rotation with the key that it replaces."""
    olds = {}
    for row in keys:
        tag = read_name(_name(row)).tag
        if tag is not None and _id(row) not in names:
            olds[_id(row)] = tag.old_id
    found = {}
    for new in olds:
        old, seen = olds[new], {new}
        while old in olds and old not in seen:  # of a rotation that is itself pending
            seen.add(old)
            old = olds[old]
        if old in names:
            found[new] = old
    return found


def _pending_note(name: str) -> str:
    return (
        f"a rotation of provider key {name!r} is pending: its new key is left out, and references "
        "to it are shown as references to the old key"
    )


def _with_evaluation(
    reports: list[Object], evaluations: list[Object] | None
) -> tuple[list[Object], list[str]]:
    """Return the reports whose evaluation exists, and a note about the others.

    Return all reports if the evaluations are unknown.
    """
    if evaluations is None:
        return reports, []
    existing = {_id(row) for row in evaluations}
    kept = [row for row in reports if str(row.get("evaluation")) in existing]
    orphans = len(reports) - len(kept)
    if not orphans:
        return kept, []
    return kept, [f"left out {counted(orphans, 'report')} of deleted evaluations"]


def _names(rows: Iterable[Object]) -> dict[str, str]:
    return {_id(row): _name(row) for row in rows}


def _name(row: Object) -> str:
    return str(row.get("name") or "")


def _resource(table: str) -> Resource:
    return BY_TABLE[table].resource


def _existing(rows: Iterable[Object]) -> list[Object]:
    return [row for row in rows if row.get("deleted") is not True]


def _id(row: Object) -> str:
    return str(row.get("id"))


def _directory(evaluation: Object) -> bool:
    return evaluation.get("directory_id") is not None


def _has_slack(report: Object) -> bool:
    targets = report.get("delivery_targets")
    return isinstance(targets, list) and any(
        isinstance(each, dict) and "integration_id" in each for each in targets
    )


def _number(client: Client) -> str:
    """Return the project's number; `@current` if the key may not read it."""
    if client.project != "@current":
        return client.project
    try:
        return str(client.get(PROJECTS, "@current").get("id", "@current"))
    except DeniedError as error:
        if error.status == 401:
            raise
        return "@current"
