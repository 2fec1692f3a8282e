"""IDs in a file that belong to the project that it was exported from."""

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
    """Yield a problem for each ID that is written out in a file from another project.

    An ID that a variable stands for was given for this project. So was a UUID that an object of
    this project has: there are no two with the same.
    """
    own = {each.id for table in BY_TABLE for each in project.of(table)}
    own |= {each for names in project.references.values() for each in names if is_uuid(each)}
    own |= project.pending.keys()
    where = f"project {source.project} at {source.host}"
    for entry in file.entries:
        for path, what, found, way_out in _ids(entry):
            if found.lower() in own or _is_variable(entry, path):
                continue
            yield Problem(
                f"{entry.kind.called(entry.name)}: the {what} {found} belongs to {where}; "
                f"{way_out}",
                entry.at(path),
            )


def _ids(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    """Yield the path of each ID, what it is an ID of, the ID, and what to write instead."""
    variable = "use a variable, such as ${vars.NAME}"
    if entry.id is not None:
        name = (
            "and keep one report for the evaluation"
            if entry.kind.table == "evaluation_reports"
            else "and give the object a name of its own"
        )
        yield "id", "id", entry.id, f"remove it, {name}"
    for path, table, reference in references(entry, entry.values):
        if table == "integrations":
            if re.fullmatch("[0-9]+", reference):
                yield path, "Slack integration", reference, f"use its name, or {variable[4:]}"
        elif is_uuid(reference):
            noun = BY_TABLE[table].resource.noun if table in BY_TABLE else "directory"
            yield path, noun, reference, f"use its name, or {variable[4:]}"
    for path, cohort in _cohorts("", entry.values):
        yield path, "cohort", cohort, variable


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
    """Return True if a variable stands for the value at a path, or for what is around it.

    A field is among the variables as well if one stands for a part of it only.
    """
    field = path.partition(".")[0]
    parts = {each for each in entry.from_variables if each.startswith(f"{field}.")}
    wanted = parts or entry.from_variables
    while path and path not in wanted:
        path = path.rpartition(".")[0]
    return bool(path)
