"""Clustering jobs: what is clustered, at which level, with which filters."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from llmctl.api import CONCURRENCY, RATE, Paging, connect
from llmctl.api.resources import CLUSTERING_JOBS
from llmctl.cli import completers
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
from llmctl.input.values import (
    one_reader_of_stdin,
    parse_id,
    read_json,
    request_body,
    require_changes,
)
from llmctl.output import Column, View, cell_text, confirm, note
from llmctl.sandbox import defaults


def _filters(job: dict[str, Any]) -> str:
    """The filters as a person says them, where they have the usual shape; else as JSON."""
    filters = job.get("event_filters")
    if not filters:
        return "-"
    if isinstance(filters, list) and all(
        isinstance(each, dict) and "key" in each for each in filters
    ):
        words = [[each["key"], each.get("operator", "="), each.get("value")] for each in filters]
        return "; ".join(" ".join(cell_text(word) for word in row) for row in words)
    return cell_text(filters)


COLUMNS = (
    Column("id", whole=True),
    Column("name"),
    Column("analysis_level", "level"),
    Column("enabled"),
    Column("event_filters", "filters", cell=_filters),
    Column("created_at", "created", shown=False),
    Column("updated_at", "updated"),
)


class AnalysisLevel(StrEnum):
    """What a job clusters."""

    TRACE = "trace"
    GENERATION = "generation"
    EVALUATION = "evaluation"


LevelOption = Annotated[
    AnalysisLevel | None, typer.Option("--analysis-level", help="What is clustered.")
]
NameOption = Annotated[
    str | None,
    typer.Option("--name", metavar="TEXT", help="Unique in the project, 1-100 characters."),
]
FiltersOption = Annotated[
    str | None,
    typer.Option("--event-filters", metavar="JSON", help="Which events: a JSON array, @FILE or -."),
    completers.AT_FILE,
]
EnabledOption = Annotated[
    bool | None, typer.Option("--enabled/--disabled", help="Whether it runs.", show_default=False)
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "list",
    epilog=examples(
        "llmctl clustering-jobs list -p sandbox",
        "llmctl clustering-jobs list --columns id,name --limit 2 -o csv -p sandbox",
    ),
)
def list_(
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
    """List the clustering jobs, oldest first."""
    view = View(COLUMNS, output, columns)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    rows = client.list(CLUSTERING_JOBS, Paging(limit, offset, concurrency, rate))
    view.rows(rows)
    client.remember(rows)


@app.command(
    "get", epilog=examples(f"llmctl clustering-jobs get {defaults.TRACES_JOB_ID} -p sandbox")
)
def get(
    job_id: IdArgument,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show one clustering job."""
    view = View(COLUMNS, output, columns)
    parse_id(job_id)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(CLUSTERING_JOBS, job_id))


@app.command(
    "create",
    epilog=examples(
        "llmctl clustering-jobs create --name 'GPT-4 traces' --analysis-level trace -p sandbox"
    ),
)
def create(
    name: NameOption = None,
    analysis_level: LevelOption = None,
    event_filters: FiltersOption = None,
    enabled: EnabledOption = None,
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
    """Create a clustering job.

    The enabled default job of the same level is disabled by the server.
    """
    view = View(COLUMNS, output, columns)
    body = _body(name, analysis_level, event_filters, enabled, data)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.create(CLUSTERING_JOBS, body))


@app.command(
    "update",
    epilog=examples(
        f"llmctl clustering-jobs update {defaults.TRACES_JOB_ID} --disabled -p sandbox"
    ),
)
def update(
    job_id: IdArgument,
    name: NameOption = None,
    analysis_level: LevelOption = None,
    event_filters: FiltersOption = None,
    enabled: EnabledOption = None,
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
    """Change the given fields of a clustering job, and no others."""
    view = View(COLUMNS, output, columns)
    parse_id(job_id)
    body = require_changes(_body(name, analysis_level, event_filters, enabled, data))
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.update(CLUSTERING_JOBS, job_id, body))


@app.command(
    "delete",
    epilog=examples(f"llmctl clustering-jobs delete {defaults.TRACES_JOB_ID} --yes -p sandbox"),
)
def delete(
    job_id: IdArgument,
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
    """Delete a clustering job. It cannot be restored."""
    parse_id(job_id)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    confirm(f"Delete clustering job {job_id}?", yes=yes or dry_run)
    client.delete(CLUSTERING_JOBS, job_id)
    note(f"deleted clustering job {job_id}")


def _body(
    name: str | None,
    analysis_level: AnalysisLevel | None,
    event_filters: str | None,
    enabled: bool | None,
    data: str | None,
) -> dict[str, Any]:
    one_reader_of_stdin(event_filters=event_filters, data=data)
    return request_body(
        data,
        {
            "name": name,
            "analysis_level": analysis_level,
            "event_filters": read_json(event_filters, option="--event-filters", kind=list),
            "enabled": enabled,
        },
    )
