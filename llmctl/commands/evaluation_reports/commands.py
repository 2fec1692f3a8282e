"""`llmctl evaluation-reports`: the commands."""

from __future__ import annotations

import typer

from llmctl.api import CONCURRENCY, RATE, Paging, connect
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    ConcurrencyOption,
    DataOption,
    DryRunOption,
    HostOption,
    IdArgument,
    LimitOption,
    OffsetOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
    examples,
)
from llmctl.commands.evaluation_reports.fields import (
    COLUMNS,
    CapOption,
    CooldownOption,
    DeletedOption,
    EmailOption,
    EnabledOption,
    EvaluationOption,
    FrequencyOption,
    GuidanceOption,
    RruleOption,
    SampleOption,
    SlackOption,
    StartsAtOption,
    TargetsOption,
    ThresholdOption,
    TimezoneOption,
    report_body,
)
from llmctl.commands.evaluation_reports.times import time_notes
from llmctl.input.values import parse_id, parse_optional_id, require_changes
from llmctl.output import View, confirm, note
from llmctl.output.messages import selection, with_selection
from llmctl.sandbox import defaults

EXAMPLE_EVALUATION = defaults.EVALUATION_ID
EACH_REPORT = "llmctl evaluation-reports list -o ids --limit 1 -p sandbox | xargs -rn1 \\"


app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "list",
    epilog=examples(
        "llmctl evaluation-reports list -p sandbox",
        f"llmctl evaluation-reports list --evaluation {EXAMPLE_EVALUATION} -p sandbox",
    ),
)
def list_(
    evaluation: EvaluationOption = None,
    limit: LimitOption = None,
    offset: OffsetOption = None,
    concurrency: ConcurrencyOption = CONCURRENCY,
    rate: RateOption = RATE,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """List the evaluation reports, newest first."""
    view = View(COLUMNS, output, columns)
    query = {"evaluation": parse_optional_id(evaluation, option="--evaluation")}
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    rows = client.list(EVALUATION_REPORTS, Paging(limit, offset, concurrency, rate), query=query)
    view.rows(rows)
    client.remember(rows)


@app.command("get", epilog=examples(EACH_REPORT, "  llmctl evaluation-reports get -p sandbox"))
def get(
    report_id: IdArgument,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show one evaluation report's settings."""
    view = View(COLUMNS, output, columns)
    parse_id(report_id)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(EVALUATION_REPORTS, report_id))


@app.command(
    "create",
    epilog=examples(
        f"llmctl evaluation-reports create --evaluation {EXAMPLE_EVALUATION} "
        "--trigger-threshold 500 --email team@example.com -p sandbox",
    ),
)
def create(
    evaluation: EvaluationOption = None,
    frequency: FrequencyOption = None,
    trigger_threshold: ThresholdOption = None,
    rrule: RruleOption = None,
    starts_at: StartsAtOption = None,
    timezone_name: TimezoneOption = None,
    delivery_targets: TargetsOption = None,
    email: EmailOption = None,
    slack: SlackOption = None,
    report_prompt_guidance: GuidanceOption = None,
    max_sample_size: SampleOption = None,
    cooldown_minutes: CooldownOption = None,
    daily_run_cap: CapOption = None,
    enabled: EnabledOption = None,
    deleted: DeletedOption = None,
    data: DataOption = None,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Create an evaluation report.

    The server asks for --evaluation, and for --trigger-threshold (every_n, the default) or for
    --rrule and --starts-at (scheduled). Newer servers keep one report per evaluation and change
    that one.

    --slack wants the id of the project's Slack integration: GET /api/projects/ID/integrations/
    shows it, with a key of scope integration:read. The sandbox has 1.
    """
    view = View(COLUMNS, output, columns)
    body = report_body(
        evaluation=evaluation,
        frequency=frequency,
        trigger_threshold=trigger_threshold,
        rrule=rrule,
        starts_at=starts_at,
        timezone_name=timezone_name,
        delivery_targets=delivery_targets,
        email=email,
        slack=slack,
        report_prompt_guidance=report_prompt_guidance,
        max_sample_size=max_sample_size,
        cooldown_minutes=cooldown_minutes,
        daily_run_cap=daily_run_cap,
        enabled=enabled,
        deleted=deleted,
        data=data,
    )
    for text in time_notes(body):
        note(text)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.create(EVALUATION_REPORTS, body))


@app.command(
    "update",
    epilog=examples(EACH_REPORT, "  llmctl evaluation-reports update --disabled -p sandbox"),
)
def update(
    report_id: IdArgument,
    evaluation: EvaluationOption = None,
    frequency: FrequencyOption = None,
    trigger_threshold: ThresholdOption = None,
    rrule: RruleOption = None,
    starts_at: StartsAtOption = None,
    timezone_name: TimezoneOption = None,
    delivery_targets: TargetsOption = None,
    email: EmailOption = None,
    slack: SlackOption = None,
    report_prompt_guidance: GuidanceOption = None,
    max_sample_size: SampleOption = None,
    cooldown_minutes: CooldownOption = None,
    daily_run_cap: CapOption = None,
    enabled: EnabledOption = None,
    deleted: DeletedOption = None,
    data: DataOption = None,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Change the given fields of an evaluation report, and no others.

    --email, --slack and --delivery-targets replace all targets: name those that stay as well.
    `llmctl evaluation-reports create --help` says where the id of a Slack integration is.
    """
    view = View(COLUMNS, output, columns)
    parse_id(report_id)
    body = require_changes(
        report_body(
            evaluation=evaluation,
            frequency=frequency,
            trigger_threshold=trigger_threshold,
            rrule=rrule,
            starts_at=starts_at,
            timezone_name=timezone_name,
            delivery_targets=delivery_targets,
            email=email,
            slack=slack,
            report_prompt_guidance=report_prompt_guidance,
            max_sample_size=max_sample_size,
            cooldown_minutes=cooldown_minutes,
            daily_run_cap=daily_run_cap,
            enabled=enabled,
            deleted=deleted,
            data=data,
        )
    )
    for text in time_notes(body):
        note(text)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.update(EVALUATION_REPORTS, report_id, body))


@app.command(
    "delete", epilog=examples(EACH_REPORT, "  llmctl evaluation-reports delete --yes -p sandbox")
)
def delete(
    report_id: IdArgument,
    yes: YesOption = False,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Delete an evaluation report. update --not-deleted restores it.

    Newer servers refuse it: there a report goes with its evaluation; disable it instead.
    """
    parse_id(report_id)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    confirm(f"Delete evaluation report {report_id}?", yes=yes or dry_run)
    client.update(
        EVALUATION_REPORTS, report_id, {"deleted": True}
    )  # the server answers DELETE with 405
    undo = f"llmctl evaluation-reports update {report_id} --not-deleted"
    undo = with_selection(undo, selection(profile, host, project))
    note(f"deleted evaluation report {report_id}; restore it: {undo}")
