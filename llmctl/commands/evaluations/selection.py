"""Select the evaluations to change: by name or ID, or --all, narrowed by filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from llmctl.api.find import Found, read_all
from llmctl.api.resources import EVALUATIONS
from llmctl.cli import completers
from llmctl.cli.dependencies import filters
from llmctl.cli.injection import Depends
from llmctl.cli.objects import References, find_all, given_objects
from llmctl.commands.evaluations.columns import COLUMNS
from llmctl.commands.evaluations.fields import SearchOption
from llmctl.errors import Hint, UsageError
from llmctl.input.values import parse_reference
from llmctl.output import NotePrinter
from llmctl.output.criteria import Criteria

if TYPE_CHECKING:
    from llmctl.api.client import Client

EvaluationsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME|ID...]",
        help="One or several; - reads them from standard input, one per line.",
        show_default=False,
        parser=parse_reference,
    ),
    completers.OWN_IDS,
]
AllOption = Annotated[
    bool, typer.Option("--all", help="All evaluations, or all that match --filter and --search.")
]


class SelectedEvaluations(NamedTuple):
    """The evaluations to change, and those of --all that are as asked already."""

    to_change: list[Found]
    unchanged: list[Found]


class Selection(NamedTuple):
    """The objects that were named; if `is_all`, those that pass the criteria and the search."""

    objects: References
    is_all: bool
    criteria: Criteria
    search: str | None


def _selection(
    criteria: Annotated[Criteria, filters(COLUMNS)],
    references: EvaluationsArgument = None,
    every: AllOption = False,
    search: SearchOption = None,
) -> Selection:
    narrowing = "--filter" if criteria.filters else "--search" if search is not None else None
    if references and (every or narrowing):
        option = "--all" if every else narrowing
        raise UsageError(f"{option} cannot be combined with names or IDs")
    if narrowing and not every:
        raise UsageError(f"{narrowing} needs --all")
    if search is not None and not search.strip():
        raise UsageError("--search is empty: it would select all evaluations")
    if not (every or references):
        raise UsageError(
            "give names or IDs, or --all", hint=Hint("", (EVALUATIONS.command, "list"))
        )
    objects = given_objects(references) if references else References((), are_several=True)
    return Selection(objects, every, criteria, search)


Selected = Annotated[Selection, Depends(_selection)]


def find_selected(
    client: Client, selection: Selection, out: NotePrinter, *, enabled: bool
) -> SelectedEvaluations:
    """Return the evaluations to enable or disable: of --all, those that are not `enabled` so.

    A note says how many are so already.
    """
    if not selection.is_all:
        return SelectedEvaluations(find_all(client, EVALUATIONS, selection.objects, out), [])
    rows = read_all(client, EVALUATIONS, selection.criteria, {"search": selection.search})
    found = SelectedEvaluations([], [])
    for row in rows:
        group = found.unchanged if row.get("enabled") is enabled else found.to_change
        group.append(Found(str(row.get("id")), str(row.get("name"))))
    if not rows:
        out.note("nothing to do: no evaluations found")
    elif found.unchanged:
        state = "enabled" if enabled else "disabled"
        out.note(f"{len(found.unchanged)} of {len(rows)} evaluations already {state}")
    return found
