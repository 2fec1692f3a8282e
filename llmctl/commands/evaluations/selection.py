"""The evaluations that a command changes: those that are named, or --all, or some of these."""

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
    bool, typer.Option("--all", help="All evaluations, or those that --filter and --search leave.")
]


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
        raise UsageError(f"{narrowing} selects some of --all", hint=Hint("add --all"))
    if not (every or references):
        raise UsageError(
            "give names or IDs, or --all", hint=Hint("", (EVALUATIONS.command, "list"))
        )
    objects = given_objects(references) if references else References((), are_several=True)
    return Selection(objects, every, criteria, search)


Selected = Annotated[Selection, Depends(_selection)]


def find_selected(
    client: Client, selection: Selection, out: NotePrinter, *, enabled: bool
) -> list[Found]:
    """Return the evaluations to enable or disable: of --all, those that are not `enabled` so.

    A note says how many there are.
    """
    if not selection.is_all:
        return find_all(client, EVALUATIONS, selection.objects, out)
    rows = read_all(client, EVALUATIONS, selection.criteria, {"search": selection.search})
    found = [
        Found(str(row.get("id")), str(row.get("name")))
        for row in rows
        if row.get("enabled") is not enabled
    ]
    state = "enabled" if enabled else "disabled"
    if not rows:
        out.note("nothing to do: no evaluation was found")
    elif not found:
        out.note(f"nothing to do: already {state}: {len(rows)} of {len(rows)} evaluations")
    elif already := len(rows) - len(found):
        out.note(f"already {state}: {already} of {len(rows)} evaluations")
    return found
