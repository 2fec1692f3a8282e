"""gate: check evaluation results against rules, for CI."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import typer

from llmctl.api.compare import as_time
from llmctl.api.find import Found, find_by_label, find_each
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_REPORTS, Object
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Confirmation, Writer, shows
from llmctl.cli.injection import Depends, command
from llmctl.cli.objects import all_found, described, with_name
from llmctl.cli.options import DryRunOption, YesOption, number_parser, reference_parser
from llmctl.commands.evaluation_reports.find_run import runs_of
from llmctl.commands.evaluation_reports.gate_rows import COLUMNS, measured, unmeasured
from llmctl.commands.evaluation_reports.generate import (
    facts,
    generate_and_wait,
    generation_of,
    wait_limit,
)
from llmctl.commands.evaluation_reports.rules import (
    Rules,
    Verdict,
    judge,
)
from llmctl.errors import (
    DryRun,
    ExitCode,
    GateError,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    RejectedError,
    UnavailableError,
    UsageError,
    most_serious,
)
from llmctl.input.values import is_id, parse_age, parse_percentage
from llmctl.output import LocalRows, NotePrinter, Printer, note

ReportsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME|ID...]",
        help="One or several reports. A report has the name of its evaluation.",
        show_default=False,
        parser=reference_parser("NAME|ID"),
    ),
    completers.OWN_IDS,
]
EvaluationsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--evaluation",
        metavar="NAME|ID",
        help="Evaluation to check; repeatable.",
        parser=reference_parser("--evaluation"),
    ),
    completers.ids("evaluations"),
]
MinPassRateOption = Annotated[
    float | None,
    typer.Option(
        "--min-pass-rate",
        metavar="PERCENT",
        help="Minimum pass rate, 0 to 100.",
        parser=functools.partial(parse_percentage, option="--min-pass-rate"),
    ),
]
MaxDropOption = Annotated[
    float | None,
    typer.Option(
        "--max-drop",
        metavar="POINTS",
        help="Maximum drop of the pass rate since the previous period.",
        parser=functools.partial(parse_percentage, option="--max-drop"),
    ),
]
MinResultsOption = Annotated[
    int | None,
    typer.Option(
        "--min-results",
        metavar="N",
        help="Minimum number of results, without N/A.",
        parser=number_parser("--min-results", 1),
    ),
]
MaxAgeOption = Annotated[
    timedelta | None,
    typer.Option(
        "--max-age",
        metavar="AGE",
        help="Maximum time since the end of the period: 90m, 24h, 2d.",
        parser=functools.partial(parse_age, option="--max-age"),
    ),
]

GenerateOption = Annotated[
    bool,
    typer.Option("--generate", help="Generate and send each report first."),
]
WaitTimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--wait-timeout",
        metavar="SECONDS",
        help="Time limit for each report with --generate (default: 300).",
    ),
]

app = typer.Typer()


def _confirmation(
    generate: GenerateOption = False, yes: YesOption = False, dry_run: DryRunOption = False
) -> Confirmation:
    return Confirmation(yes or not generate, dry_run)


def _rules(
    min_pass_rate: MinPassRateOption = None,
    max_drop: MaxDropOption = None,
    min_results: MinResultsOption = None,
    max_age: MaxAgeOption = None,
) -> Rules:
    rules = Rules(min_pass_rate, max_drop, min_results, max_age)
    if rules == Rules():
        raise UsageError("give --min-pass-rate, --max-drop, --min-results or --max-age")
    if min_pass_rate is not None and 0 < min_pass_rate < 1:
        raise UsageError(
            f"--min-pass-rate is in percent: {min_pass_rate:g} is less than 1%; "
            f"did you mean {100 * min_pass_rate:g}?"
        )
    return rules


@command(
    app,
    "gate",
    "llmctl evaluation-reports gate 'Answer relevance' --min-pass-rate 90 --max-drop 3 "
    "--min-results 50 --max-age 24h -p sandbox",
)
def gate(
    rules: Annotated[Rules, Depends(_rules)],
    confirm: Annotated[Confirmation, Depends(_confirmation)],
    client: Writer,
    out: Annotated[Printer, shows(COLUMNS)],
    reports: ReportsArgument = None,
    evaluations: EvaluationsOption = None,
    generate: GenerateOption = False,
    wait_timeout: WaitTimeoutOption = None,
) -> ExitCode:
    """Check evaluation results against rules, for CI.

    Checks the latest run of each report, even if it was not delivered. N/A results do not count
    towards the pass rate. With --generate, it generates each report first, which calls an LLM and
    sends the report to its recipients, and checks the new run.

    Exits 0 if all rules are met, 13 if the pass rate is too low or dropped too far, 6 if there are
    no results, too few, or only old ones, and 7 if the server cannot be reached or no run appears
    in time. With several evaluations, 13 takes precedence, then 7, then 6.
    """
    seconds = wait_limit(wait_timeout, "--generate", is_given=generate)
    found = _find_reports(client, reports or [], evaluations or [], out)
    if generate and confirm.dry_run:
        raise DryRun("\n".join(client.curl("POST", generation_of(each)) for each in found))
    if generate and confirm.asks:
        _confirm_generation(confirm, client, found)

    def read(report: Found) -> _Latest:
        if generate:
            return _generated(
                generate_and_wait(client, report, out, wait_timeout=seconds, until_delivered=False)
            )
        return _latest(client, report)

    checked = [_check(report, rules, read) for report in found]
    out.rows(LocalRows(row for row, _ in checked))
    errors = [error for _, error in checked if error is not None]
    for error in errors:
        out.error(error)
    codes = {error.exit_code for error in errors}
    # A broken rule takes precedence, whatever happened to the other evaluations.
    return ExitCode.GATE if ExitCode.GATE in codes else most_serious(codes)


def _find_reports(
    client: Client, reports: Sequence[str], evaluations: Sequence[str], out: NotePrinter
) -> list[Found]:
    """Return the reports that are named by themselves or by their evaluations, each once.

    A report has the name of its evaluation, so that names are found together.
    """
    if not reports and not evaluations:
        hint = Hint("list the names and IDs", (EVALUATION_REPORTS.command, "list"))
        raise UsageError("give a report or --evaluation", hint=hint)
    names = [*reports, *(each for each in evaluations if not is_id(each))]
    evaluation_ids = [each for each in evaluations if is_id(each)]
    results = find_each(client, EVALUATION_REPORTS, names)
    return all_found([*results, *find_by_label(client, EVALUATION_REPORTS, evaluation_ids)], out)


def _confirm_generation(confirm: Confirmation, client: Client, reports: Sequence[Found]) -> None:
    named = [
        described(EVALUATION_REPORTS, with_name(client, EVALUATION_REPORTS, each))
        for each in reports
    ]
    for name, report in zip(named, reports, strict=True):
        if len(reports) > 1:
            note(f"{name}:")
        for fact in facts(client, report):
            note(fact)
    which = named[0] if len(named) == 1 else f"these {len(named)} evaluation reports"
    confirm(f"Generate and send {which} now?")


class _Latest(NamedTuple):
    """The run to check, if there is one, and the time by the server's clock."""

    run: Object | None
    now: datetime


def _latest(client: Client, report: Found) -> _Latest:
    runs = client.list(runs_of(report.id), Paging(limit=1))
    return _Latest(next(iter(runs), None), runs.time or datetime.now(UTC))


def _generated(run: Object) -> _Latest:
    return _Latest(run, as_time(str(run.get("created_at"))) or datetime.now(UTC))


def _check(
    report: Found, rules: Rules, read: Callable[[Found], _Latest]
) -> tuple[Object, LlmctlError | None]:
    """Check the run of a report that `read` returns.

    Return its row, and the error unless it passed.
    """
    try:
        run, now = read(report)
    except InterruptedWriteError:
        raise
    except LlmctlError as unread:
        result = "unavailable" if isinstance(unread, UnavailableError) else "error"
        error = unread.restated(f"{_label(report)}: {unread.message}", unread.hint)
        return unmeasured(report, None, result, unread.message, unread.exit_code), error
    judgement = judge(run, rules, now)
    reason = "; ".join(judgement.reasons)
    failure = _failure(report, run, judgement.verdict, reason)
    code = ExitCode.OK if failure is None else failure.exit_code
    return unmeasured(report, run, judgement.verdict, reason, code) | measured(judgement), failure


def _failure(
    report: Found, run: Object | None, verdict: Verdict, reason: str
) -> LlmctlError | None:
    if verdict is Verdict.PASSED:
        return None
    if verdict is Verdict.FAILED:
        show = (EVALUATION_REPORTS.command, "show-run", report.id, str((run or {}).get("id")))
        return GateError(f"{_label(report)}: {reason}", hint=Hint("see the report", show))
    return RejectedError(f"{_label(report)}: no data: {reason}")


def _label(report: Found) -> str:
    return report.name or f"evaluation report {report.id}"
