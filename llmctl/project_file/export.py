"""Write a project as a file: TOML for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from llmctl.api.resources import Object
from llmctl.config.origin import REGIONS
from llmctl.errors import Hint, UnavailableError
from llmctl.project_file.kinds import BY_TABLE, KINDS, NULL_BY_DEFAULT, Kind
from llmctl.project_file.model import Project, Stored
from llmctl.project_file.toml_text import inline, table
from llmctl.project_file.toml_values import encode
from llmctl.project_file.variables import escape_variables
from llmctl.safe import strict_json

SCHEMA_LINE = "#:schema ./llmctl.schema.json"
_HEAD = """\
# LLM analytics of a PostHog project, exported by llmctl. See: llmctl help as-code
# For completion in editors: llmctl schema > llmctl.schema.json
"""
# Always tables of their own, so that a longer text does not move them.
_OWN_TABLES = ("evaluation_config",)


def to_toml(
    project: Project, tables: Collection[str] = tuple(BY_TABLE), *, schema_line: str = SCHEMA_LINE
) -> str:
    """Return tables of a project as TOML.

    UnavailableError if TOML cannot represent a value: text with a lone surrogate.
    """
    head = f"{schema_line}\n{_HEAD}" if schema_line else _HEAD
    blocks = [head, *(f"{name} = {inline(each)}\n" for name, each in _source(project).items())]
    # They must stand before the first table: what follows one belongs to it.
    empty = [each.table for each in KINDS if each.table in tables and _is_empty(each, project)]
    if empty:
        comment = "# Tables without objects; with --prune, apply deletes those of the project.\n"
        blocks.append(comment + "".join(f"{name} = []\n" for name in empty))
    for kind in KINDS:
        if kind.table in tables:
            blocks += _blocks(kind, project.of(kind.table))
    return "\n".join(blocks)


def to_json(project: Project, tables: Collection[str] = tuple(BY_TABLE)) -> Object:
    """Return tables of a project as JSON values: the same as the TOML, with real nulls."""
    found = _source(project)
    for kind in KINDS:
        if kind.table in tables:
            objects = [_values(stored) for stored in project.of(kind.table)]
            found[kind.table] = objects[0] if kind.is_single and objects else objects
    return found


def _is_empty(kind: Kind, project: Project) -> bool:
    return not kind.is_single and not project.of(kind.table)


def _source(project: Project) -> Object:
    """Return `source`; nothing if the project's number is not known."""
    if project.number == "@current":
        return {}
    names = {origin: name for name, origin in REGIONS.items()}
    host = names.get(project.origin, project.origin)
    return {"source": {"host": host, "project": project.number}}


def _blocks(kind: Kind, objects: Collection[Stored]) -> Iterator[str]:
    comment = f"# {kind.explanation}\n"
    header = f"[{kind.table}]" if kind.is_single else f"[[{kind.table}]]"
    for stored in objects:
        values = _encoded(_values(stored), stored)
        if values:
            yield comment + table(header, values, _OWN_TABLES)
            comment = ""


def _values(stored: Stored) -> Object:
    """Return the fields to export, with the ID after a name that is not unique."""
    values: Object = {}
    for name, value in stored.values.items():
        if value is not None or name not in NULL_BY_DEFAULT:
            values[name] = value
        if name == stored.kind.label and not stored.is_unique:
            values["id"] = stored.id
    return values


def _encoded(values: Object, stored: Stored) -> Object:
    encoded: Object = encode(escape_variables(values))
    for name, value in values.items():
        try:
            strict_json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise UnavailableError(
                f"unexpected response: {name} of {stored.kind.resource.noun} {stored.id} is not "
                "valid Unicode, so TOML cannot represent it",
                hint=Hint("use -o json"),
            ) from None
    return encoded
