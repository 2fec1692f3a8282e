"""enable, disable: start and stop evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATIONS
from llmctl.cli.dependencies import Confirm, Writer
from llmctl.cli.injection import command
from llmctl.cli.objects import SIGNALS, confirm_each, described, print_each
from llmctl.commands.evaluations.columns import EvaluationPrinter
from llmctl.commands.evaluations.questions import DISABLE, ENABLE
from llmctl.commands.evaluations.reports import (
    ReportsOption,
    confirm_reports,
    costs,
    disabled_reports,
    enable_with_reports,
    note_disabled_reports,
    note_switched_off,
    readable_reports,
)
from llmctl.commands.evaluations.selection import Selected, find_selected
from llmctl.errors import ExitCode, Hint

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

    Newer servers disable an evaluation's reports when it stops, and do not enable them when it
    starts. llmctl names those that are still disabled; --reports enables them, with --all also
    those of evaluations that are enabled already.
    """
    found, unchanged = find_selected(client, selected, out, enabled=True)
    everything = _names([*found, *unchanged])
    disabled = disabled_reports(client, everything) if reports else []
    if found:
        confirm_each(confirm, client, EVALUATIONS, found, costs(disabled), ENABLE.verb)
    else:
        confirm_reports(confirm, client, disabled)
    running = everything if confirm.dry_run else _names(unchanged)

    def enable_one(evaluation: Found) -> Object:
        stored = client.update(EVALUATIONS, evaluation.id, {"enabled": True})
        stored_name = str(stored.get("name"))
        if stored.get("deleted") is True:
            named = described(EVALUATIONS, evaluation._replace(name=stored_name))
            restore = (EVALUATIONS.command, "update", evaluation.id, "--not-deleted")
            out.note(f"{named} is deleted and does not score", Hint("restore it", restore))
        elif stored.get("enabled") is True:
            running[evaluation.id.lower()] = stored_name
        return stored

    code = enable_with_reports(
        client,
        lambda: print_each(client, selected.objects, found, enable_one, out),
        disabled,
        running,
        out,
    )
    if not reports:
        note_disabled_reports(client, running, out)
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

    Newer servers also disable an evaluation's reports, and do not enable them when it starts.
    llmctl names them.
    """

    sent: set[str] = set()

    def disable_one(evaluation: Found) -> Object:
        sent.add(evaluation.id.lower())
        stored = client.update(EVALUATIONS, evaluation.id, {"enabled": False})
        names[evaluation.id.lower()] = str(stored.get("name"))
        return stored

    found, _ = find_selected(client, selected, out, enabled=False)
    confirm_each(confirm, client, EVALUATIONS, found, DISABLE.consequence, DISABLE.verb)
    names = {} if confirm.dry_run else _names(found)
    before = [each for each in readable_reports(client, names, out) if each.enabled]
    try:
        code = print_each(client, selected.objects, found, disable_one, out)
    except SIGNALS:
        theirs = [each for each in before if each.evaluation_id in sent]
        if theirs:
            out.note(f"the server may also have disabled {', '.join(map(str, theirs))}")
        raise
    note_switched_off(client, before, names, out)
    return code


def _names(found: Sequence[Found]) -> dict[str, str]:
    return {each.id.lower(): each.name or each.id for each in found}
