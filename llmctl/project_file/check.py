"""Check the tables of a file and make their entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from llmctl.output.sanitize import typed
from llmctl.project_file.entry import EntryReader
from llmctl.project_file.kinds import KINDS, Kind
from llmctl.project_file.model import Entry, Position
from llmctl.project_file.source import Source
from llmctl.project_file.toml_places import Path


def read_tables(
    sources: Sequence[Source], variables: Sequence[Collection[Path]]
) -> tuple[tuple[Entry, ...], frozenset[str]]:
    """Return the entries of all sources, kind by kind, and the names of the tables.

    `variables` are the paths of the variables in each source. Errors are added to the problems of
    the sources.
    """
    entries: list[Entry] = []
    tables = set()
    for kind in KINDS:
        found: list[tuple[Source, Path, Entry]] = []
        for source, used in zip(sources, variables, strict=True):
            if kind.table in source.values:
                tables.add(kind.table)
                found += _read_table(source, kind, used)
        _refuse_duplicates(kind, found)
        entries += [entry for _, _, entry in found]
    return tuple(entries), frozenset(tables)


def _read_table(
    source: Source, kind: Kind, used: Collection[Path]
) -> Iterator[tuple[Source, Path, Entry]]:
    value, path = source.values[kind.table], (kind.table,)
    if kind.is_single:
        if isinstance(value, dict):
            yield source, path, EntryReader(source, kind, path, used).read(value)
        else:
            source.refuse(path, f"{kind.table} must be a table: [{kind.table}]")
        return
    if not isinstance(value, list):
        source.refuse(path, f"{kind.table} must be an array of tables: [[{kind.table}]]")
        return
    for index, each in enumerate(value):
        at = (kind.table, index)
        if isinstance(each, dict):
            yield source, at, EntryReader(source, kind, at, used).read(each)
        else:
            source.refuse(at, f"{kind.table} must contain only tables")


def _refuse_duplicates(kind: Kind, found: Iterable[tuple[Source, Path, Entry]]) -> None:
    """Refuse a second entry for an object: with the same ID, or the same name without an ID."""
    names: dict[str, list[tuple[str | None, Position]]] = {}
    ids: dict[str, Position] = {}
    for source, path, entry in found:
        label = entry.values.get(kind.label, "" if kind.is_single else None)
        if not isinstance(label, str):
            continue
        at = (*path, kind.label) if kind.label else path
        here = source.position(at)
        shown = f"{kind.resource.noun} '{typed(label.strip())}'" if label else f"[{kind.table}]"
        others = names.setdefault(label.strip(), [])
        if entry.id is not None and entry.id.lower() in ids:
            source.refuse((*path, "id"), f"this id is already used at {ids[entry.id.lower()]}")
        elif others and (entry.id is None or others[0][0] is None):
            advice = "" if kind.is_single else "; if there are two, give each its id"
            source.refuse(at, f"{shown} is already defined at {others[0][1]}{advice}")
        others.append((entry.id, here))
        if entry.id is not None:
            ids.setdefault(entry.id.lower(), here)
