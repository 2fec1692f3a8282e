"""Evaluations: what is judged, how, and with which provider key."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import CONCURRENCY, RATE, Paging, connect
from llmctl.api.resources import EVALUATIONS
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    ConcurrencyOption,
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
    examples,
)
from llmctl.input.values import parse_id
from llmctl.output import Column, View
from llmctl.sandbox import defaults

COLUMNS = (
    Column("id", whole=True),
    Column("name"),
    Column("evaluation_type", "type"),
    Column("target"),
    Column("enabled"),
    Column("status"),
    *(
        Column(key, shown=False)
        for key in (
            "description",
            "evaluation_config",
            "output_type",
            "output_config",
            "conditions",
            "target_config",
            "model_configuration",
            "directory_id",
            "status_reason",
            "status_reason_detail",
            "created_at",
            "updated_at",
            "created_by",
            "deleted",
            "user_access_level",
        )
    ),
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "list",
    epilog=examples(
        "llmctl evaluations list -p sandbox",
        "llmctl evaluations list --search relevance --enabled -o ids -p sandbox",
    ),
)
def list_(
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="In name or description.")
    ] = None,
    enabled: Annotated[
        bool | None,
        typer.Option(
            "--enabled/--disabled", help="Only enabled, or only disabled ones.", show_default=False
        ),
    ] = None,
    evaluation_type: Annotated[
        str | None,
        typer.Option("--evaluation-type", metavar="TYPE", help="llm_judge, hog, sentiment, ..."),
        completers.words("llm_judge", "hog", "sentiment"),
    ] = None,
    order_by: Annotated[
        str | None,
        typer.Option(
            "--order-by", metavar="FIELD", help="A field; prefix it with - for descending order."
        ),
    ] = None,
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
    """List the evaluations, newest first."""
    view = View(COLUMNS, output, columns)
    query = {
        "search": search,
        "enabled": None if enabled is None else str(enabled).lower(),
        "evaluation_type": evaluation_type,
        "order_by": order_by,
    }
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    rows = client.list(EVALUATIONS, Paging(limit, offset, concurrency, rate), query=query)
    view.rows(rows)
    client.remember(rows)


@app.command("get", epilog=examples(f"llmctl evaluations get {defaults.EVALUATION_ID} -p sandbox"))
def get(
    evaluation_id: IdArgument,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show one evaluation."""
    view = View(COLUMNS, output, columns)
    parse_id(evaluation_id)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(EVALUATIONS, evaluation_id))
