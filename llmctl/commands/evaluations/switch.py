"""enable, disable: start and stop evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATION_REPORTS, EVALUATIONS
from llmctl.cli.dependencies import Confirm, Writer
from llmctl.cli.injection import command
from llmctl.cli.objects import (
    SIGNALS,
    ask_about,
    confirm_each,
    described,
    for_each,
    in_turn,
    print_each,
)
from llmctl.commands.evaluations.commands import EvaluationPrinter
from llmctl.commands.evaluations.questions import DISABLE, ENABLE
from llmctl.commands.evaluations.selection import Selected, find_selected
from llmctl.errors import ExitCode, Hint, LlmctlError
from llmctl.output import NotePrinter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmctl.api.client import Client
    from llmctl.api.resources import Object
    from llmctl.cli.dependencies import Confirmation
    from llmctl.rotation.reports import Report

ReportsOption = Annotated[
    bool, typer.Option("--reports", help="Also enable their disabled reports.")
]

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
    before = [each for each in _reports(client, names, out) if each.enabled]
    try:
        code = print_each(client, selected.objects, found, disable_one, out)
    except SIGNALS:
        theirs = [each for each in before if each.evaluation_id in sent]
        if theirs:
            out.note(f"the server may also have disabled {', '.join(map(str, theirs))}")
        raise
    _note_switched_off(client, before, names, out)
    return code


def costs(disabled: Sequence[Report]) -> str:
    """Return the consequence of starting evaluations and enabling reports, for the question."""
    if not disabled:
        return ENABLE.consequence
    reports = "1 disabled report" if len(disabled) == 1 else f"{len(disabled)} disabled reports"
    return f"{ENABLE.consequence}; {reports} will be enabled, too"


def disabled_reports(client: Client, evaluations: Mapping[str, str]) -> list[Report]:
    """Return the disabled reports of evaluations, which are given as id -> name."""
    from llmctl.rotation.reports import read_reports

    return [each for each in read_reports(client, evaluations) if not each.enabled]


def confirm_reports(confirm: Confirmation, client: Client, disabled: Sequence[Report]) -> None:
    """Ask before reports are enabled whose evaluations all run already."""
    about = [str(each) for each in disabled]
    ask_about(confirm, client, EVALUATION_REPORTS, about, "will be delivered", ENABLE.verb)


def enable_with_reports(
    client: Client,
    enable_evaluations: Callable[[], ExitCode],
    disabled: Sequence[Report],
    running: Mapping[str, str],
    out: NotePrinter,
) -> ExitCode:
    """Enable evaluations, and then the `disabled` reports of those that are `running` by then.

    `running` maps IDs to names. After a signal, the reports that stay disabled are named.
    """
    from llmctl.rotation.reports import describe_disabled

    def theirs() -> list[Report]:
        return [
            each._replace(evaluation=running[each.evaluation_id])
            for each in disabled
            if each.evaluation_id in running
        ]

    def first() -> ExitCode:
        try:
            return enable_evaluations()
        except SIGNALS:
            if left := theirs():
                out.note(*describe_disabled(left))
            raise

    return in_turn(first, lambda: _enable_reports(client, theirs(), out))


def _enable_reports(client: Client, reports: Sequence[Report], out: NotePrinter) -> ExitCode:
    """Enable reports, and report each."""

    def enable_one(found: Found) -> None:
        client.update(EVALUATION_REPORTS, found.id, {"enabled": True})
        client.confirm_writes()
        out.note(f"enabled {found.name}")

    return for_each([Found(each.id, str(each)) for each in reports], enable_one, out)


def note_disabled_reports(client: Client, evaluations: Mapping[str, str], out: NotePrinter) -> None:
    """Name the disabled reports of evaluations that were started, given as id -> name."""
    from llmctl.rotation.reports import describe_disabled

    reports = [each for each in _reports(client, evaluations, out) if not each.enabled]
    if reports:
        out.note(*describe_disabled(reports))


def _note_switched_off(
    client: Client, before: Sequence[Report], names: Mapping[str, str], out: NotePrinter
) -> None:
    """Name the reports that were enabled `before` and are not any more, and how to undo that."""
    enabled = {each.id for each in before if each.enabled}
    reports = _reports(client, names, out) if enabled else []
    off = [each for each in reports if each.id in enabled and not each.enabled]
    if off:
        ids = dict.fromkeys(each.evaluation_id for each in off)
        again = Hint("to start again with reports", ("evaluations", "enable", *ids, "--reports"))
        out.note(f"the server also disabled {', '.join(map(str, off))}", again)


def _reports(client: Client, names: Mapping[str, str], out: NotePrinter) -> list[Report]:
    """Return the reports of evaluations; none, with a note, if they cannot be read."""
    from llmctl.rotation.reports import read_reports

    try:
        return read_reports(client, names)
    except LlmctlError as error:
        if error.status == 401:
            raise
        out.note(f"cannot read the evaluation reports: {error.message}")
        return []


def _names(found: Sequence[Found]) -> dict[str, str]:
    return {each.id.lower(): each.name or each.id for each in found}
