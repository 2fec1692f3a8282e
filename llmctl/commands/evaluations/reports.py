"""The reports of evaluations that start or stop: newer servers disable them with these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.objects import for_each
from llmctl.commands.evaluations.questions import ENABLE
from llmctl.errors import ExitCode, LlmctlError
from llmctl.output import NotePrinter
from llmctl.output.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmctl.api.client import Client
    from llmctl.rotation.reports import Report

ReportsOption = Annotated[
    bool, typer.Option("--reports", help="Enable their disabled reports as well.")
]


def costs(disabled: Sequence[Report]) -> str:
    """Return what starting evaluations and enabling their reports means, for the question."""
    if not disabled:
        return ENABLE.consequence
    reports = counted(len(disabled), "disabled report")
    return f"{ENABLE.consequence}; {reports} will be enabled as well"


def disabled_reports(client: Client, evaluations: Mapping[str, str]) -> list[Report]:
    """Return the disabled reports of evaluations, which are given as id -> name."""
    from llmctl.rotation.reports import read_reports

    return [each for each in read_reports(client, evaluations) if not each.enabled]


def enable_reports(
    client: Client, disabled: Sequence[Report], running: Mapping[str, str], out: NotePrinter
) -> ExitCode:
    """Enable the reports whose evaluations are `running`, and report each."""

    def enable_one(found: Found) -> None:
        client.update(EVALUATION_REPORTS, found.id, {"enabled": True})
        client.confirm_writes()
        out.note(f"enabled {reports[found.id]}")

    reports = {each.id: each for each in disabled if each.evaluation_id in running}
    found = [Found(each.id, str(each)) for each in reports.values()]
    return for_each(found, enable_one, out)


def note_disabled_reports(client: Client, evaluations: Mapping[str, str], out: NotePrinter) -> None:
    """Name the disabled reports of evaluations that were started, given as id -> name."""
    from llmctl.rotation.reports import describe_disabled

    reports = [each for each in readable_reports(client, evaluations, out) if not each.enabled]
    if reports:
        out.note(*describe_disabled(reports))


def note_switched_off(
    client: Client, before: Sequence[Report], names: Mapping[str, str], out: NotePrinter
) -> None:
    """Name the reports that were enabled `before` and are not any more."""
    enabled = {each.id for each in before if each.enabled}
    reports = readable_reports(client, names, out) if enabled else []
    off = [str(each) for each in reports if each.id in enabled and not each.enabled]
    if off:
        out.note(f"the server also disabled {', '.join(off)}")


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
