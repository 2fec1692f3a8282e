"""The project's clustering configuration: which events the automated pipelines look at."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import connect
from llmctl.api.resources import CLUSTERING_CONFIG
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    DryRunOption,
    HostOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.input.values import read_json
from llmctl.output import Column, View

COLUMNS = (
    Column("event_filters", "filters"),
    Column("created_at", "created"),
    Column("updated_at", "updated"),
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("get", epilog=examples("llmctl clustering-config get -p sandbox"))
def get(
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show the clustering configuration."""
    view = View(COLUMNS, output, columns)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(CLUSTERING_CONFIG))


@app.command(
    "set-event-filters",
    epilog=examples(
        "llmctl clustering-config set-event-filters --event-filters '[]' -p sandbox",
        "echo '[]' | llmctl clustering-config set-event-filters --event-filters - -p sandbox",
    ),
)
def set_event_filters(
    event_filters: Annotated[
        str,
        typer.Option(
            "--event-filters",
            metavar="JSON",
            help="The whole new list: a JSON array, @FILE or -. [] clears it.",
        ),
        completers.AT_FILE,
    ],
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
    """Replace the event filters."""
    view = View(COLUMNS, output, columns)
    filters = read_json(event_filters, option="--event-filters", kind=list)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.act(CLUSTERING_CONFIG, "set_event_filters", {"event_filters": filters}))
