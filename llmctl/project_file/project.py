"""Read a project as the file has it: from lists, with references by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from llmctl.api.provider_fields import provider_fields
from llmctl.api.resources import (
    EVALUATION_DIRECTORIES,
    PROJECTS,
    SLACK_INTEGRATIONS,
    TAGGERS,
    Object,
    Resource,
)
from llmctl.errors import ConfigError, DeniedError, Hint, LlmctlError, NotFoundError
from llmctl.project_file.kinds import BY_TABLE, Field, Kind
from llmctl.project_file.model import Project, Stored
from llmctl.rotation.reader import read_rows
from llmctl.rotation.tag import plain_names, read_name

if TYPE_CHECKING:
    from llmctl.api.client import Client

Generation = Literal["v1", "v3"]

_REFERENCES = {  # what the file refers to and does not hold
    "evaluation_directories": EVALUATION_DIRECTORIES,
    "integrations": SLACK_INTEGRATIONS,
    "taggers": TAGGERS,
}


def read_project(
    client: Client, tables: Collection[str] = tuple(BY_TABLE), *, also: Collection[str] = ()
) -> Project:
    """Read tables of the project, and the names of what their objects refer to.

    Each list is read once, and no object by its ID. `also` names what else to read: `taggers`,
    `integrations` or `evaluation_directories`. DeniedError if one of the tables cannot be read; the
    other lists are then `unread`, and references to their objects are IDs.
    """
    wanted = frozenset(tables)
    lists = _Lists(client, wanted)
    keys = lists.of("provider_keys", {"evaluation_config", "evaluations"})
    evaluations = _existing(lists.of("evaluations", {"evaluation_reports"}))
    reports = _existing(lists.of("evaluation_reports"))
    config = lists.single("evaluation_config")
    generation = generation_of(config, evaluations, reports)
    if generation is None and wanted & {"evaluations", "evaluation_reports"}:
        generation = generation_of(lists.single("evaluation_config", is_wanted=True))
    is_v3 = generation == "v3"
    if is_v3 and ("evaluation_directories" in also or any(map(_directory, evaluations))):
        lists.reference("evaluation_directories")
    if "integrations" in also or any(map(_has_slack, reports)):
        lists.reference("integrations")
    taggers = lists.reference("taggers") if "taggers" in also else []

    key_names = plain_names(keys)
    pending = _pending(keys, key_names)
    evaluation_names = {_id(row): str(row.get("name") or "") for row in evaluations}
    names = {
        "provider_keys": _Names(BY_TABLE["provider_keys"].resource, key_names, pending),
        "evaluations": _Names(BY_TABLE["evaluations"].resource, evaluation_names),
        **{table: _Names(_REFERENCES[table], found) for table, found in lists.references.items()},
    }
    view = _View(names, generation or "v1")
    stored: dict[str, tuple[Stored, ...]] = {}
    notes = [_pending_note(key_names[old]) for old in dict.fromkeys(pending.values())]
    if "provider_keys" in lists.read:
        stored["provider_keys"] = view.named(
            "provider_keys", [row for row in keys if _id(row) in key_names], key_names
        )
    if "evaluation_config" in lists.read:
        active = config.get("active_provider_key") or {}
        row = {**config, **({"key_id": active["id"]} if active.get("id") else {})}
        stored["evaluation_config"] = (view.single("evaluation_config", row),)
    if "evaluations" in lists.read:
        stored["evaluations"] = view.named("evaluations", evaluations, evaluation_names)
    if "evaluation_reports" in lists.read:
        are_known = "evaluations" in lists.read
        orphans = [row for row in reports if str(row.get("evaluation")) not in evaluation_names]
        if are_known and orphans:
            reports = [row for row in reports if row not in orphans]
            notes += [
                f"evaluation report {_id(row)} is left out: its evaluation is deleted"
                for row in orphans
            ]
        labels = {
            _id(row): view.reference("evaluations", str(row.get("evaluation"))) for row in reports
        }
        stored["evaluation_reports"] = view.named("evaluation_reports", reports, labels)
    if "clustering_config" in wanted:
        stored["clustering_config"] = (
            view.single("clustering_config", lists.single("clustering_config")),
        )
    if "clustering_jobs" in wanted:
        jobs = lists.of("clustering_jobs")
        job_names = {_id(row): str(row.get("name") or "") for row in jobs}
        stored["clustering_jobs"] = view.named("clustering_jobs", jobs, job_names)
    return Project(
        origin=client.origin,
        number=_number(client),
        generation=generation or "v1",
        stored=stored,
        references=lists.references,
        pending=pending,
        owing=frozenset(_id(row) for row in keys if read_name(str(row.get("name") or "")).owed),
        tagged=frozenset(filter(None, map(_pinned_key, taggers))),
        unread=lists.unread,
        notes=tuple(notes),
    )


def generation_of(
    config: Object, evaluations: Iterable[Object] = (), reports: Iterable[Object] = ()
) -> Generation | None:
    """Return the generation of the server that sent these objects; None if they do not show it.

    `v3` if any of them has fields of the newest servers. `config` is the evaluation configuration;
    empty if it was not read.
    """
    shown = [
        *(["trial_eval_limit" not in config] if "active_provider_key" in config else []),
        *("directory_id" in row for row in evaluations),
        *("generated_report_count" in row for row in reports),
    ]
    if not shown:
        return None
    return "v3" if any(shown) else "v1"


class _Lists:
    """The lists and single objects of a project, each read once."""

    def __init__(self, client: Client, wanted: frozenset[str]) -> None:
        self._client = client
        self._wanted = wanted
        self._singles: dict[str, Object] = {}
        self.read: set[str] = set()
        self.unread: dict[str, str] = {}
        self.references: dict[str, dict[str, str]] = {}

    def of(self, table: str, needed_by: Collection[str] = ()) -> list[Object]:
        """Return the rows of a table that is wanted, or needed by one that is; else none."""
        if table not in self._wanted and not self._wanted & frozenset(needed_by):
            return []
        try:
            rows = read_rows(self._client, BY_TABLE[table].resource)
        except (DeniedError, ConfigError, NotFoundError) as error:
            self._record(table, error)
            return []
        self.read.add(table)
        return rows

    def single(self, table: str, *, is_wanted: bool = False) -> Object:
        """Return a single object; an empty one if it is not wanted or cannot be read."""
        if table not in self._wanted and not is_wanted:
            return {}
        if table not in self._singles:
            try:
                self._singles[table] = self._client.get(BY_TABLE[table].resource)
            except (DeniedError, ConfigError, NotFoundError) as error:
                self._record(table, error)
                return {}
            if table in self._wanted:
                self.read.add(table)
        return self._singles[table]

    def reference(self, table: str) -> list[Object]:
        """Read what the file refers to and does not hold, and keep the names."""
        resource = _REFERENCES[table]
        try:
            rows = read_rows(self._client, resource)
        except (DeniedError, ConfigError, NotFoundError) as error:
            self._record(table, error)
            return []
        rows = [row for row in rows if all(row.get(key) == text for key, text in resource.only)]
        if table != "taggers":
            self.references[table] = {_id(row): str(resource.label_of(row) or "") for row in rows}
        return rows

    def _record(self, table: str, error: LlmctlError) -> None:
        """Record that a list cannot be read; raise the error if the table itself is wanted."""
        if error.status == 401:
            raise error
        if table in self._wanted:
            command = BY_TABLE[table].resource.command
            without = Hint(f"or leave {command} out with --only")
            hint = (
                without
                if error.hint is None
                else Hint(error.hint.text, error.hint.command, also=error.hint.also or without)
            )
            raise error.restated(error.message, hint) from None
        self.unread[table] = error.message


class _Names:
    """The names of objects by ID. `moved` maps IDs to those that are named in their place."""

    def __init__(
        self, resource: Resource, names: Mapping[str, str], moved: Mapping[str, str] | None = None
    ) -> None:
        self._names = names
        self._moved = moved or {}
        count = Counter(name.strip() for name in names.values())
        self._unique = {
            each
            for each, name in names.items()
            if count[name.strip()] == 1 and name.strip() and not resource.is_id(name.strip())
        }

    def is_unique(self, object_id: str) -> bool:
        """Return True if the name identifies the object, and cannot be taken for an ID."""
        return object_id in self._unique

    def reference(self, object_id: str) -> str:
        """Return the name of an object if it is unique, else its ID."""
        object_id = self._moved.get(object_id, object_id)
        return self._names[object_id] if object_id in self._unique else object_id


class _View:
    """The objects of the API as the file has them."""

    def __init__(self, names: Mapping[str, _Names], generation: Generation) -> None:
        self._names = names
        self._generation = generation

    def reference(self, table: str, object_id: str) -> str:
        """Return what the file calls an object of a table."""
        return self._names[table].reference(object_id) if table in self._names else object_id

    def single(self, table: str, row: Object) -> Stored:
        """Return the single object of a table."""
        kind = BY_TABLE[table]
        return Stored(kind, "", table, row, self._values(kind, row))

    def named(
        self, table: str, rows: Iterable[Object], names: Mapping[str, str]
    ) -> tuple[Stored, ...]:
        """Return the objects of a table by their names, in the order of the file."""
        kind = BY_TABLE[table]
        found = _Names(kind.resource, names)
        is_report = table == "evaluation_reports"  # an ID may stand for its evaluation
        count = Counter(names.values())
        stored = [
            Stored(
                kind,
                _id(row),
                names[_id(row)],
                row,
                {**self._values(kind, row), kind.label: names[_id(row)]},
                count[names[_id(row)]] == 1 if is_report else found.is_unique(_id(row)),
            )
            for row in rows
        ]
        return tuple(sorted(stored, key=lambda each: (each.name.casefold(), each.name, each.id)))

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
            return self.reference(field.refers_to, value)
        return _without(value, field.made_by_server)

    def _model(self, model: Object) -> Object:
        key_id = model.get("provider_key_id")
        shown = {
            name: value
            for name, value in model.items()
            if name not in ("provider_key_id", "provider_key_name")
        }
        if isinstance(key_id, str):
            shown["provider_key"] = self.reference("provider_keys", key_id)
        return shown

    def _target(self, target: Any) -> Any:
        if not isinstance(target, dict) or "integration_id" not in target:
            return target
        given = str(target["integration_id"])
        if not SLACK_INTEGRATIONS.is_id(given):
            return target
        return {
            ("integration" if name == "integration_id" else name): (
                self.reference("integrations", given) if name == "integration_id" else value
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
        tag = read_name(str(row.get("name") or "")).tag
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
        f"provider key {name!r} is being rotated: its new key is left out, and references to the "
        "new key are shown as references to the old one"
    )


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


def _pinned_key(tagger: Object) -> str | None:
    model = tagger.get("model_configuration")
    key_id = model.get("provider_key_id") if isinstance(model, dict) else None
    return key_id if isinstance(key_id, str) else None


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
