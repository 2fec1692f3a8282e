"""The data that the modules of a project file share: a file, a project and a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self

from llmctl.api.resources import Object
from llmctl.errors import Hint, UsageError
from llmctl.project_file.kinds import Kind


class Position(NamedTuple):
    """A position in a file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """An error in a file, with its position if it has one."""

    message: str
    position: Position | None = None

    def __str__(self) -> str:
        return f"{self.position}: {self.message}" if self.position else self.message

    def as_json(self) -> Object:
        """Return the message, file, line and column; they are null without a position."""
        file, line, column = self.position or (None, None, None)
        return {"message": self.message, "file": file, "line": line, "column": column}


class FileError(UsageError):
    """All errors in a file. Nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error with another message, without a hint: the problems have advice."""
        return type(self)([Problem(line) for line in message.splitlines()])

    @property
    def lines(self) -> Sequence[str]:
        """The problems, one per line."""
        return [str(problem) for problem in self.problems]

    @property
    def json_fields(self) -> dict[str, Any]:
        """The problems, with their positions."""
        return {"problems": [problem.as_json() for problem in self.problems]}

    def of_profile(self, profile: str) -> FileError:
        """Return the error with the name of a profile in each problem."""
        return FileError(
            [each._replace(message=f"{profile}: {each.message}") for each in self.problems]
        )


@dataclass(frozen=True)
class SecretSource:
    """The source of the secret of a new provider key: one of the three."""

    variable: str | None = None
    file: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Entry:
    """An object as the file describes it.

    `values` are JSON values by the file's field names; only fields that the file mentions.
    `positions` are those of fields, of values in them by dotted paths such as
    `delivery_targets.0.channel`, and that of the entry under `""`. `id` is given if the name is not
    unique. `secret` is for provider keys. `from_variables` are the fields that contain variables,
    and the dotted paths of the variables: IDs in them were chosen for the project.
    """

    kind: Kind
    values: Object
    positions: Mapping[str, Position] = field(default_factory=dict)
    id: str | None = None
    secret: SecretSource | None = None
    from_variables: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name that identifies it in its table; the table's name for a single one."""
        return str(self.values.get(self.kind.label, self.kind.table))

    def at(self, field: str = "") -> Position | None:
        """Return the position of a field or a value in it, or of the nearest value around it."""
        while field and field not in self.positions:
            field = field.rpartition(".")[0]
        return self.positions.get(field)


class Owner(NamedTuple):
    """A project: its host, as an origin or `us`/`eu`, and its number."""

    host: str
    project: str


@dataclass(frozen=True)
class ProjectFile:
    """One or several files together.

    `tables` are the tables that they contain, including empty ones: --prune is limited to these.
    `source` is the exported project, `target` the only project that the file may be applied to.
    """

    entries: tuple[Entry, ...]
    tables: frozenset[str]
    source: Owner | None = None
    target: Owner | None = None
    target_position: Position | None = None

    def of(self, table: str) -> tuple[Entry, ...]:
        """Return the entries of a table."""
        return tuple(entry for entry in self.entries if entry.kind.table == table)

    def only(self, tables: Collection[str]) -> ProjectFile:
        """Return the file with only these tables."""
        entries = tuple(entry for entry in self.entries if entry.kind.table in tables)
        return replace(self, entries=entries, tables=self.tables.intersection(tables))


@dataclass(frozen=True)
class Stored:
    """An object of the project.

    `name` is its name in the file: without a rotation's tag; for a report, the evaluation's name.
    `is_unique`: no other object of its kind has this name. `values` are its fields as in the file,
    with references by name.
    """

    kind: Kind
    id: str
    name: str
    row: Object
    values: Object
    is_unique: bool = True


class FieldChange(NamedTuple):
    """A field with its values on the server and in the file; `old` may be ABSENT."""

    field: str
    old: Any
    new: Any


ABSENT: Any = object()  # no value, not even null

Action = Literal["create", "change", "delete", "disable"]


@dataclass(frozen=True)
class Change:
    """The change of one object. `stored` is None for a create, `entry` for a delete or a disable.

    Objects that the server cannot delete are disabled.
    """

    action: Action
    kind: Kind
    name: str
    fields: tuple[FieldChange, ...] = ()
    entry: Entry | None = None
    stored: Stored | None = None


class Dropped(NamedTuple):
    """A field, or a value in it, that is dropped because the server does not support it.

    `field` is empty for a whole object.
    """

    entry: Entry
    field: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """The changes of an apply, in the order of the file. `unchanged` is a number of objects."""

    changes: tuple[Change, ...]
    unchanged: int = 0
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project, read from lists.

    `generation` is `v3` if any object has fields of the newest servers. `stored` are the objects of
    each table. `references` are the names, by ID, of objects that a file only refers to:
    `integrations` and `evaluation_directories`. `pending` maps the new key of each pending
    rotation, which is not in `stored`, to the old key. `owing` are the IDs of keys with a secret to
    revoke, `tagged` those of keys that taggers are pinned to. `unread` are the tables that the key
    cannot read, with the reason.
    """

    origin: str
    number: str
    generation: Literal["v1", "v3"]
    stored: Mapping[str, tuple[Stored, ...]]
    references: Mapping[str, Mapping[str, str]]
    pending: Mapping[str, str] = field(default_factory=dict)
    owing: frozenset[str] = frozenset()
    tagged: frozenset[str] = frozenset()
    unread: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, table: str) -> tuple[Stored, ...]:
        """Return the objects of a table."""
        return self.stored.get(table, ())
