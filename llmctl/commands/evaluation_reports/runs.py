"""runs: list the runs of a report, with the trend of the pass rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from llmctl.api.find import find
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.dependencies import Client, pages, shows
from llmctl.cli.injection import command
from llmctl.cli.options import ObjectArgument
from llmctl.commands.evaluation_reports.find_run import runs_of
from llmctl.commands.evaluation_reports.metrics import read_metrics
from llmctl.output import ID, Column, Printer, cell_text

Run = dict[str, Any]

_MOST_BARS = 40


def _status(run: Run) -> str:
    return cell_text(run.get("delivery_status")).removesuffix("_failure") or "-"


def _pass_rate(run: Run) -> str:
    rate = read_metrics(run).pass_rate
    return "   N/A" if rate is None else f"{rate:5.1f}%"


def _change(run: Run) -> str:
    change = read_metrics(run).change
    return "" if change is None else f"{change:+6.1f}"


def _results(run: Run) -> str:
    total = read_metrics(run).total
    return "    N/A" if total is None else f"{total:7}"


COLUMNS = (
    ID,
    Column("period_start", in_table=False),
    Column("period_end", "ended"),
    Column("delivery_status", "status", cell=_status, rank=1),
    Column("results", cell=_results, compute=lambda run: read_metrics(run).total, rank=3),
    Column("pass_rate", "passed", cell=_pass_rate, compute=lambda run: read_metrics(run).pass_rate),
    Column("change", cell=_change, compute=lambda run: read_metrics(run).change, rank=2),
    *(
        Column(key, shown=False)
        for key in ("report", "content", "metadata", "delivery_errors", "created_at")
    ),
)

app = typer.Typer()


@command(
    app,
    "runs",
    "llmctl evaluation-reports runs 'Answer relevance' -p sandbox",
)
def runs(
    report: ObjectArgument,
    client: Client,
    paging: Annotated[Paging, pages(COLUMNS)],
    out: Annotated[Printer, shows(COLUMNS)],
) -> None:
    """List the runs of an evaluation report, newest first.

    The change is in percentage points. The pass rate is N/A if no result applies.
    """
    report_id = find(client, EVALUATION_REPORTS, report).id
    out.rows(client.list(runs_of(report_id), paging), below=_trend)


def _trend(rows: Sequence[Run]) -> str:
    """Return the pass rates of the newest runs, oldest first, as a line; empty without two."""
    from llmctl.output.sparkline import sparkline

    start = datetime.min.replace(tzinfo=UTC)
    measured = sorted(map(read_metrics, rows), key=lambda each: each.period_end or start)
    rates = [each.pass_rate for each in measured][-_MOST_BARS:]
    known = [rate for rate in rates if rate is not None]
    if len(known) < 2:
        return ""
    return f"passed  {sparkline(rates)}  {min(known):.1f}% to {max(known):.1f}%, oldest first"
