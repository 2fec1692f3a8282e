"""The reports of evaluations that start or stop: newer servers disable them with these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.objects import SIGNALS, ask_about, for_each, in_turn
from llmctl.commands.evaluations.questions import ENABLE
from llmctl.errors import ExitCode, Hint, LlmctlError
from llmctl.output import NotePrinter
from llmctl.output.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmctl.api.client import Client
    from llmctl.cli.dependencies import Confirmation
    from llmctl.rotation.reports import Report

ReportsOption = Annotated[
    bool, typer.Option("--reports", help="Also enable their disabled reports.")
]


def costs(disabled: Sequence[Report]) -> str:
    """Return the consequence of starting evaluations and enabling reports, for the question."""
    if not disabled:
        return ENABLE.consequence
    reports = counted(len(disabled), "disabled report")
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

    reports = [each for each in readable_reports(client, evaluations, out) if not each.enabled]
    if reports:
        out.note(*describe_disabled(reports))


def note_switched_off(
    client: Client, before: Sequence[Report], names: Mapping[str, str], out: NotePrinter
) -> None:
    """Name the reports that were enabled `before` and are not any more, and how to undo that."""
    enabled = {each.id for each in before}
    reports = readable_reports(client, names, out) if enabled else []
    off = [each for each in reports if each.id in enabled and not each.enabled]
    if off:
        ids = dict.fromkeys(each.evaluation_id for each in off)
        again = Hint("to start again with reports", ("evaluations", "enable", *ids, "--reports"))
        out.note(f"the server also disabled {', '.join(map(str, off))}", again)


def readable_reports(client: Client, names: Mapping[str, str], out: NotePrinter) -> list[Report]:
    """Return the reports of evaluations; none, with a note, if they cannot be read."""
    from llmctl.rotation.reports import read_reports

    try:
        return read_reports(client, names)
    except LlmctlError as error:
        if error.status == 401:
            raise
        out.note(f"cannot read the evaluation reports: {error.message}")
        return []
