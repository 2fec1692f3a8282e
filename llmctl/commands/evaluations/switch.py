"""enable, disable: start and stop evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATIONS
from llmctl.cli.dependencies import Confirm, Writer
from llmctl.cli.injection import command
from llmctl.cli.objects import confirm_each, in_turn, print_each
from llmctl.commands.evaluations.columns import EvaluationPrinter
from llmctl.commands.evaluations.questions import DISABLE, ENABLE
from llmctl.commands.evaluations.reports import (
    ReportsOption,
    costs,
    disabled_reports,
    enable_reports,
    note_disabled_reports,
    note_switched_off,
    readable_reports,
)
from llmctl.commands.evaluations.selection import Selected, find_selected
from llmctl.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmctl.api.resources import Object


app = typer.Typer()


@command(
    app,
    "enable",
    "llmctl evaluations enable 'Answer relevance' --yes -p sandbox",
    "llmctl evaluations enable --all --search relevance --yes -p sandbox",
)
def enable(
    selected: Selected,
    confirm: Confirm,
    client: Writer,
    out: EvaluationPrinter,
    reports: ReportsOption = False,
) -> ExitCode:
    """Enable evaluations. They score new events, which can cost money.

    With --all, only those that are disabled are changed. One failure does not stop the others.

    Newer servers disable the reports of an evaluation when it stops, and do not enable them with
    it. Those that are still disabled are named; --reports enables them.
    """
    found = find_selected(client, selected, out, enabled=True)
    disabled = disabled_reports(client, _names(found)) if reports else []
    confirm_each(confirm, client, EVALUATIONS, found, costs(disabled), ENABLE.verb)
    names = _names(found) if confirm.dry_run else {}

    def enable_one(evaluation: Found) -> Object:
        stored = client.update(EVALUATIONS, evaluation.id, {"enabled": True})
        if stored.get("enabled") is True:
            names[evaluation.id.lower()] = str(stored.get("name"))
        return stored

    code = in_turn(
        lambda: print_each(client, selected.objects, found, enable_one, out),
        lambda: enable_reports(client, disabled, names, out),
    )
    if not reports:
        note_disabled_reports(client, names, out)
    return code


@command(
    app,
    "disable",
    "llmctl evaluations disable 'Answer relevance' --yes -p sandbox",
    "llmctl evaluations disable --all --filter 'name=*tone*' --yes -p sandbox",
)
def disable(
    selected: Selected, confirm: Confirm, client: Writer, out: EvaluationPrinter
) -> ExitCode:
    """Disable evaluations. They stop scoring.

    With --all, only those that are enabled are changed. One failure does not stop the others.

    Newer servers disable the reports of an evaluation with it. Those are named: enabling the
    evaluation does not enable them.
    """

    def disable_one(evaluation: Found) -> Object:
        stored = client.update(EVALUATIONS, evaluation.id, {"enabled": False})
        names[evaluation.id.lower()] = str(stored.get("name"))
        return stored

    found = find_selected(client, selected, out, enabled=False)
    confirm_each(confirm, client, EVALUATIONS, found, DISABLE.consequence, DISABLE.verb)
    names = {} if confirm.dry_run else _names(found)
    before = readable_reports(client, names, out)
    code = print_each(client, selected.objects, found, disable_one, out)
    note_switched_off(client, before, names, out)
    return code


def _names(found: Sequence[Found]) -> dict[str, str]:
    return {each.id.lower(): each.name or each.id for each in found}
