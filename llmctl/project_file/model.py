"""What the modules of the project file hand to each other: a file, a project, and a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self

from llmctl.api.resources import Object
from llmctl.errors import Hint, UsageError
from llmctl.project_file.kinds import Kind


class Position(NamedTuple):
    """A place in a file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """An error in a file, with the place if it has one."""

    message: str
    position: Position | None = None

    def __str__(self) -> str:
        return f"{self.position}: {self.message}" if self.position else self.message

    def as_json(self) -> Object:
        """Return the message, and the file, line and column; null if it has no place."""
        file, line, column = self.position or (None, None, None)
        return {"message": self.message, "file": file, "line": line, "column": column}


class FileError(UsageError):
    """The file has errors, which are all told at once; no request was sent."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error with another message; a hint is in the problems."""
        return type(self)([Problem(line) for line in message.splitlines()])

    @property
    def lines(self) -> Sequence[str]:
        """The problems, one a line."""
        return [str(problem) for problem in self.problems]

    @property
    def json_fields(self) -> dict[str, Any]:
        """The problems, with their places."""
        return {"problems": [problem.as_json() for problem in self.problems]}

    def of_profile(self, profile: str) -> FileError:
        """Return the error for one of several profiles, which is named in each problem."""
        return FileError(
            [each._replace(message=f"{profile}: {each.message}") for each in self.problems]
        )


@dataclass(frozen=True)
class SecretSource:
    """Where the secret of a missing provider key comes from: one of three, none read yet."""

    variable: str | None = None
    file: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Entry:
    """An object as the file describes it.

    `values` are JSON values by the names of the fields in the file; only those that the file
    mentions. `positions` are the places of the fields, of values in them by dotted paths such as
    `delivery_targets.0.channel`, and that of the entry under `""`. `id` is given where the name is
    not unique. `secret` is for provider keys. `from_variables` are the fields in which a variable
    stands, and its dotted path: their ids were chosen for the project.
    """

    kind: Kind
    values: Object
    positions: Mapping[str, Position] = field(default_factory=dict)
    id: str | None = None
    secret: SecretSource | None = None
    from_variables: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What identifies it among the entries of its kind; the table's name for a single one."""
        return str(self.values.get(self.kind.label, self.kind.table))

    def at(self, field: str = "") -> Position | None:
        """Return the place of a field or of a value in it, or else of what is around it."""
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

    `tables` are the tables that they contain, empty ones included: --prune looks at these only.
    `source` is the project of an export; `target` the only one that it may be applied to.
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
        """Return the file with these tables alone."""
        entries = tuple(entry for entry in self.entries if entry.kind.table in tables)
        return replace(self, entries=entries, tables=self.tables.intersection(tables))


@dataclass(frozen=True)
class Stored:
    """An object of the project.

    `name` is what the file calls it: without a rotation's tag, the evaluation's name for a report.
    `is_unique`: no other object of its kind has this name. `values` are its fields as the file has
    them, references by name.
    """

    kind: Kind
    id: str
    name: str
    row: Object
    values: Object
    is_unique: bool = True


class FieldChange(NamedTuple):
    """A field of the file, as it is on the server and as the file has it; `old` may be ABSENT."""

    field: str
    old: Any
    new: Any


ABSENT: Any = object()  # no value, not even null

Action = Literal["create", "change", "delete", "disable"]


@dataclass(frozen=True)
class Change:
    """What is to be done with one object. `stored` is None for one to create, `entry` for one to
    delete or, where the server deletes none, to disable."""

    action: Action
    kind: Kind
    name: str
    fields: tuple[FieldChange, ...] = ()
    entry: Entry | None = None
    stored: Stored | None = None


class Dropped(NamedTuple):
    """A field, or a value in it, that is left out because this server does not support it.

    `field` is empty for a whole object that cannot do without it.
    """

    entry: Entry
    field: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """All that an apply would do, in the order of the file. `unchanged` counts objects."""

    changes: tuple[Change, ...]
    unchanged: int = 0
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project as it was read, from lists only.

    `generation` is `v1` or `v3`: V3 is assumed where its fields are seen. `stored` holds the
    objects of each table. `references` are the names, by ID, of what the file refers to and does
    not hold: `integrations` and `evaluation_directories`. `pending` maps the new key of each
    pending rotation, which is not among the stored ones, to the old key. `owing` are the IDs of
    keys with a secret to revoke, `tagged` those that taggers are pinned to. `unread` are the tables
    that the key may not read, with the reason.
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
