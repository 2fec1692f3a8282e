"""Read the text of one or several files as one: their objects, source, target and variables."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmctl.api.resources import Object
from llmctl.config.origin import parse_host, parse_project
from llmctl.errors import ConfigError, UsageError
from llmctl.input.files import read_file, read_stdin, shown_path
from llmctl.input.text import NotTextError, decode
from llmctl.input.values import MAX_BYTES
from llmctl.output.sanitize import typed
from llmctl.project_file.check import read_tables
from llmctl.project_file.entry import nearest, required
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import FileError, Owner, Position, Problem, ProjectFile
from llmctl.project_file.source import Source, Text
from llmctl.project_file.toml_places import Path
from llmctl.project_file.variables import NAME, Variables, has_variables

_OWNERS = ("source", "target")
_VARS = "vars"
_STDIN = "standard input"


def read_texts(paths: Sequence[str]) -> list[Text]:
    """Read files, the `.toml` files of directories in the order of their names, and `-`.

    FileError, with every path that cannot be read.
    """
    texts: list[Text] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for path in paths:
        try:
            names = _files(path)
        except UsageError as error:
            problems.append(Problem(error.message))
            continue
        for name in names:
            key = name if name == "-" else os.path.realpath(os.path.expanduser(name))
            if key in seen:
                problems.append(Problem(f"{shown_path(name)} is given twice"))
                continue
            seen.add(key)
            try:
                texts.append(_read(name))
            except FileError as error:
                problems += error.problems
            except UsageError as error:
                problems.append(Problem(error.message))
    if problems:
        raise FileError(problems)
    return texts


def parse(texts: Sequence[Text], given: Mapping[str, str], profile: str | None) -> ProjectFile:
    """Return what the texts say together, for a profile and the variables of `--var`.

    FileError, with everything that is wrong in them.
    """
    sources = [Source(text) for text in texts]
    variables = Variables(given, *_read_variables(sources, profile), profile)
    used = [_substitute(source, variables) for source in sources]
    owners: dict[str, tuple[Owner, Position]] = {}
    for source in sources:
        _refuse_unknown(source)
        for name in _OWNERS:
            _read_owner(source, name, owners)
    entries, tables = read_tables(sources, used)
    problems = variables.unknown() if all(source.is_toml for source in sources) else []
    for source in sources:
        problems += sorted(source.problems, key=_place)
    if problems:
        raise FileError(list(dict.fromkeys(problems)))
    read_from, target = owners.get("source"), owners.get("target")
    return ProjectFile(
        entries,
        tables,
        source=read_from[0] if read_from else None,
        target=target[0] if target else None,
        target_position=target[1] if target else None,
    )


def _place(problem: Problem) -> tuple[int, int]:
    return problem.position[1:] if problem.position else (0, 0)


def _files(path: str) -> list[str]:
    folder = os.path.expanduser(path)
    if path == "-" or not os.path.isdir(folder):
        return [path]
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))
    except OSError as error:
        raise UsageError(f"cannot read {shown_path(path)}: {error.strerror}") from None
    if not names:
        raise UsageError(f"{shown_path(path)} has no .toml file")
    return [os.path.join(path, name) for name in names]


def _read(path: str) -> Text:
    if path == "-":
        name, data = _STDIN, read_stdin(MAX_BYTES, "--file")
    else:
        name = shown_path(path)
        data = read_file(path, MAX_BYTES, f"cannot read {name}")
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES} bytes")
    try:
        return Text(name, decode(data))
    except NotTextError as error:
        if error.line is None:
            raise UsageError(f"{name} {error.reason}") from None
        line = data.split(b"\n")[error.line - 1].removeprefix(codecs.BOM_UTF8)
        column = len(line.decode(errors="replace").partition("\ufffd")[0]) + 1
        raise FileError(
            [Problem(f"the file {error.reason}", Position(name, error.line, column))]
        ) from None


def _read_variables(sources: Sequence[Source], profile: str | None) -> tuple[Object, Object]:
    """Return the variables of `[vars]`, and those of the `[vars.PROFILE]` of a profile."""
    tables: dict[str | None, Object] = {None: {}, profile: {}}
    places: dict[Path, Position] = {}
    for source in sources:
        declared = source.values.get(_VARS, {})
        if not isinstance(declared, dict):
            source.refuse((_VARS,), "vars must be a table: [vars]")
            continue
        for name, value in declared.items():
            if isinstance(value, dict):
                for each, inner in value.items():
                    _check_variable(source, (_VARS, name, each), inner, places)
                    tables.setdefault(name, {})[each] = inner
            else:
                _check_variable(source, (_VARS, name), value, places)
                tables[None][name] = value
    return tables[None], {} if profile is None else tables[profile]


def _check_variable(source: Source, path: Path, value: Any, places: dict[Path, Position]) -> None:
    name = str(path[-1])
    if not re.fullmatch(NAME, name):
        source.refuse(path, "variable names may only contain letters, digits, _ and -")
    if has_variables(value):
        source.refuse(path, "variables cannot refer to other variables")
    here = source.position(path)
    first = places.setdefault(path, here)
    if first != here:
        source.refuse(path, f"variable {typed(name)} is already defined at {first}")


def _substitute(source: Source, variables: Variables) -> list[Path]:
    """Put the variables into the values of a source; return the paths where there was one.

    No variable stands for a whole table.
    """
    found: list[Path] = []
    for path, table in _tables(source.values):
        values, used = variables.substitute(table, path, source.refuse)
        table.update(values)
        found += used
    return found


def _tables(values: Object) -> Iterator[tuple[Path, Object]]:
    """Yield the tables of a file with their paths, but not the variables."""
    for name, value in values.items():
        if isinstance(value, dict) and name != _VARS:
            yield (name,), value
        elif isinstance(value, list):
            yield from (
                ((name, at), each) for at, each in enumerate(value) if isinstance(each, dict)
            )


def _refuse_unknown(source: Source) -> None:
    known = [*_OWNERS, _VARS, *BY_TABLE]
    for name in source.values:
        if name not in known:
            source.refuse((name,), f"unknown table: {typed(name)}{nearest(name, known)}")


def _read_owner(source: Source, name: str, owners: dict[str, tuple[Owner, Position]]) -> None:
    """Read `source` or `[target]`; several files may have the same source."""
    if name not in source.values:
        return
    here, value = source.position((name,)), source.values[name]
    owner = _owner(source, name, value)
    if name not in owners:
        if owner is not None:
            owners[name] = owner, here
        return
    first, there = owners[name]
    if name == "target":
        source.refuse((name,), f"target is already defined at {there}")
    elif owner is not None and owner != first:
        source.refuse((name,), f"source differs from the one at {there}")


def _owner(source: Source, name: str, value: Any) -> Owner | None:
    """Return a host and a project; None if they are refused."""
    if not isinstance(value, dict):
        source.refuse((name,), f"{name} must be a table with host and project")
        return None
    for each in value:
        if each not in Owner._fields:
            message = f"unknown field: {typed(each)}{nearest(each, Owner._fields)}"
            source.refuse((name, each), message)
    missing = [each for each in Owner._fields if each not in value]
    if missing:
        source.refuse((name,), f"{name}: {required(missing)}")
        return None
    parsed = []
    for each, parser in (("host", parse_host), ("project", _parse_number)):
        try:
            parsed.append(parser(str(value[each]), source=f"{name}.{each}"))
        except ConfigError as error:
            source.refuse((name, each), error.message)
    return Owner(*parsed) if len(parsed) == len(Owner._fields) else None


def _parse_number(text: str, *, source: str) -> str:
    """Return a project's number. `@current` is refused: it names no certain project."""
    project = parse_project(text, source=source)
    if project == "@current":
        raise ConfigError(f"{source} must be the project's number")
    return project
