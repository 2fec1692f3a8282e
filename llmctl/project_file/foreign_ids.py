"""IDs in a file that belong to another project, from which it was exported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import Entry, Owner, Problem, Project, ProjectFile
from llmctl.project_file.references import references
from llmctl.safe.secret_forms import is_uuid

_COHORTS = ("cohort", "static-cohort", "precalculated-cohort")


def foreign_ids(file: ProjectFile, project: Project, source: Owner) -> Iterator[Problem]:
    """Yield a problem for each literal ID in a file from another project.

    The values of variables belong to this project, and so do the UUIDs of its objects.
    """
    own = {each.id for table in BY_TABLE for each in project.of(table)}
    own |= {each for names in project.references.values() for each in names if is_uuid(each)}
    own |= project.pending.keys()
    where = f"project {source.project} at {source.host}"
    for entry in file.entries:
        for path, what, found, advice in _ids(entry):
            if found.lower() in own or _is_variable(entry, path):
                continue
            yield Problem(
                f"{entry.kind.called(entry.name)}: {what} {found} belongs to {where}; {advice}",
                entry.at(path),
            )


def _ids(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    """Yield the path of each ID, what it identifies, the ID, and advice."""
    variable = "a variable such as ${vars.NAME}"
    if entry.id is not None:
        name = (
            "and keep one report for the evaluation"
            if entry.kind.table == "evaluation_reports"
            else "and give the object a unique name"
        )
        yield "id", "ID", entry.id, f"remove it {name}"
    for path, table, reference in references(entry, entry.values):
        if table == "integrations":
            if re.fullmatch("[0-9]+", reference):
                yield path, "Slack integration", reference, f"use its name or {variable}"
        elif is_uuid(reference):
            noun = BY_TABLE[table].resource.noun if table in BY_TABLE else "directory"
            yield path, noun, reference, f"use its name or {variable}"
    for path, cohort in _cohorts("", entry.values):
        yield path, "cohort", cohort, f"use {variable}"


def _cohorts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.get("type") in _COHORTS:
            cohort = value.get("value")
            is_number = isinstance(cohort, int) and not isinstance(cohort, bool)
            if is_number or (isinstance(cohort, str) and cohort.strip().isdecimal()):
                yield f"{path}.value", str(cohort).strip()
        for key, each in value.items():
            yield from _cohorts(f"{path}.{key}" if path else key, each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _cohorts(f"{path}.{number}", each)


def _is_variable(entry: Entry, path: str) -> bool:
    """Return True if a variable stands for the value at a path, or for a value around it.

    `from_variables` has a field even if a variable stands for only a part of it.
    """
    field = path.partition(".")[0]
    parts = {each for each in entry.from_variables if each.startswith(f"{field}.")}
    wanted = parts or entry.from_variables
    while path and path not in wanted:
        path = path.rpartition(".")[0]
    return bool(path)
