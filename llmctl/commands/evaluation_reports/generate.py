"""generate: generate and send a report now, and wait for its run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.compare import as_time
from llmctl.api.find import Found, find
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_REPORTS, Object, Target
from llmctl.cli.dependencies import Confirm, Writer
from llmctl.cli.injection import command
from llmctl.cli.objects import described, with_name
from llmctl.cli.options import ObjectArgument
from llmctl.commands.evaluation_reports.fields import recipients
from llmctl.commands.evaluation_reports.find_run import runs_of
from llmctl.commands.evaluation_reports.run_document import delivery_errors
from llmctl.commands.evaluation_reports.show_run import RunPrinter, print_run
from llmctl.errors import Hint, RejectedError, UnavailableError, UsageError
from llmctl.output import NotePrinter, note

if TYPE_CHECKING:
    from llmctl.api.client import Client

WAIT_TIMEOUT = 300.0
_NEWEST = Paging(limit=20)  # of a report's runs: more than can be new
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_MINUTE = timedelta(minutes=1)  # without a new run: the request was merged with an earlier one
_NEVER = datetime.min.replace(tzinfo=UTC)

WaitOption = Annotated[bool, typer.Option("--wait", help="Wait for the run, and show it.")]
WaitTimeoutOption = Annotated[
    float | None,
    typer.Option("--wait-timeout", metavar="SECONDS", help="Time limit for --wait (default: 300)."),
]

app = typer.Typer()


@command(
    app,
    "generate",
    "llmctl evaluation-reports generate 'Answer relevance' --wait --yes -p sandbox",
)
def generate(
    report: ObjectArgument,
    confirm: Confirm,
    client: Writer,
    out: RunPrinter,
    wait: WaitOption = False,
    wait_timeout: WaitTimeoutOption = None,
) -> None:
    """Generate an evaluation report and send it to its recipients.

    With --wait, exits 6 if the report was not delivered to everyone, and 7 if no run appears in
    time.
    """
    seconds = wait_limit(wait_timeout, "--wait", is_given=wait)
    found = find(client, EVALUATION_REPORTS, report)
    if confirm.asks:
        found = with_name(client, EVALUATION_REPORTS, found)
        for fact in facts(client, found):
            note(fact)
        confirm(f"Generate and send {described(EVALUATION_REPORTS, found)} now?")
    if not wait or confirm.dry_run:
        client.start(generation_of(found))
        runs = ("evaluation-reports", "runs", found.name or found.id)
        out.note("report requested; its run appears within minutes", Hint("to see it", runs))
        return
    run = generate_and_wait(client, found, out, wait_timeout=seconds)
    print_run(client, found, run, out)
    check_delivery(run)


def wait_limit(wait_timeout: float | None, option: str, *, is_given: bool) -> float:
    """Return the time limit in seconds, of --wait-timeout or the default.

    UsageError if it is out of range, or given without the option that waits.
    """
    from llmctl import config

    if wait_timeout is None:
        return WAIT_TIMEOUT
    if not is_given:
        raise UsageError(f"--wait-timeout needs {option}")
    config.check_seconds(wait_timeout, "--wait-timeout")
    return wait_timeout


def facts(client: Client, report: Found) -> list[str]:
    """Return the facts for the question: the project, the cost and the recipients."""
    targets = recipients(client.get(EVALUATION_REPORTS, report.id)) or "none"
    return [
        client.described,
        "cost: an LLM writes the report",
        f"recipients: {targets}",
    ]


def check_delivery(run: Object) -> None:
    """Raise RejectedError if a run was not delivered to everyone."""
    status = run.get("delivery_status")
    if status not in ("failed", "partial_failure"):
        return
    errors = "; ".join(delivery_errors(run)) or "the server gives no reason"
    extent = "" if status == "failed" else " to every recipient"
    raise RejectedError(f"the report was generated, but not delivered{extent}: {errors}")


def generate_and_wait(
    client: Client,
    report: Found,
    out: NotePrinter,
    *,
    wait_timeout: float,
    until_delivered: bool = True,
) -> Object:
    """Generate a report, and return its run; by default once it is delivered.

    The server does not say which run it will be: the first that was not there before. It merges the
    requests of one minute, so that an earlier run of this minute counts if no other one appears.
    A run whose period ended earlier does not.

    UnavailableError if there is none within `wait_timeout` seconds.
    """
    before = {run.get("id") for run in client.list(runs_of(report.id), _NEWEST)}
    started = client.start(generation_of(report)) or datetime.now(UTC)
    given = report.name or report.id
    out.note(f"requested a report on {given}")
    from llmctl.output.progress import waiting

    run = problem = None
    pause = _FIRST_PAUSE
    start = time.monotonic()
    with waiting(f"waiting up to {wait_timeout:g} s for its run"):
        while True:
            passed = time.monotonic() - start
            try:
                rows = list(client.list(runs_of(report.id), _NEWEST))
                can_be_merged = passed >= min(_MINUTE.total_seconds(), wait_timeout)
                run, problem = _run_of(rows, before, started, can_be_merged=can_be_merged), None
                if run is not None and not _is_pending(client, report, run, until_delivered):
                    break
            except UnavailableError as error:
                problem = error
            if passed >= wait_timeout:
                raise _not_in_time(given, run, problem, wait_timeout)
            time.sleep(min(pause, wait_timeout - passed))
            pause = min(1.5 * pause, _LONGEST_PAUSE)
    if run.get("id") in before:
        out.note("no new run: the server merges requests within a minute; showing their run")
    return run


def generation_of(report: Found) -> Target:
    """Return the action that generates a report."""
    return Target(EVALUATION_REPORTS, report.id, "generate")


def _run_of(
    rows: Sequence[Object], before: set[object], started: datetime, *, can_be_merged: bool
) -> Object | None:
    """Return the run of a request at `started`; None if there is none yet."""
    # The period ends when the server begins: an earlier end is that of a run on schedule.
    begun = [row for row in rows if (_time(row, "period_end") or started) >= started - _MINUTE]
    new = [row for row in begun if row.get("id") not in before]
    if new:
        return new[-1]
    if not can_be_merged:
        return None
    minute = started.replace(second=0, microsecond=0)
    return next((row for row in begun if (_time(row, "created_at") or _NEVER) >= minute), None)


def _time(run: Object, field: str) -> datetime | None:
    return as_time(str(run.get(field)))


def _is_pending(client: Client, report: Found, run: Object, until_delivered: bool) -> bool:
    """Return True if a run may still change: its content, or its delivery `until_delivered`."""
    if run.get("delivery_status") != "pending":
        return False
    if not run.get("content"):
        return True
    # On older servers a run without recipients is pending for good.
    return until_delivered and bool(recipients(client.get(EVALUATION_REPORTS, report.id)))


def _not_in_time(
    given: str, run: Object | None, problem: UnavailableError | None, wait_timeout: float
) -> UnavailableError:
    """Return the error if there is no run, or only a pending one, when the time is over."""
    runs = Hint("look again later", ("evaluation-reports", "runs", given))
    if problem is not None:
        message = f"the report was requested, but its runs cannot be read: {problem.message}"
        return problem.restated(message, runs)
    if run is None:
        return UnavailableError(
            f"the report was requested, but no run appeared within {wait_timeout:g} s", hint=runs
        )
    show = ("evaluation-reports", "show-run", given, str(run.get("id")))
    return UnavailableError(
        f"the run is still pending after {wait_timeout:g} s", hint=Hint("look again later", show)
    )
