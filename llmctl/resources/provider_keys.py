"""Provider keys: the keys of LLM providers that evaluations run with."""

from __future__ import annotations

import typer

from llmctl.client import connect
from llmctl.options import (
    ColumnsOption,
    HostOption,
    IdArgument,
    LimitOption,
    OffsetOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.output import Column, View
from llmctl.sandbox import defaults
from llmctl.values import parse_id

PATH = "llm_analytics/provider_keys/"
COLUMNS = (
    Column("id", whole=True),
    Column("name"),
    Column("provider"),
    Column("state"),
    Column("api_key_masked", "mask"),
    Column("last_used_at", "last used"),
    *(
        Column(key, shown=False)
        for key in (
            "error_message",
            "azure_endpoint_display",
            "api_version_display",
            "created_at",
            "created_by",
        )
    ),
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list", epilog=examples("llmctl provider-keys list -p sandbox"))
def list_(
    limit: LimitOption = None,
    offset: OffsetOption = None,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    verbose: VerboseOption = False,
) -> None:
    """List the provider keys, newest first."""
    view = View(COLUMNS, output, columns)
    client = connect(profile=profile, host=host, project=project, timeout=timeout, verbose=verbose)
    view.rows(client.list(PATH, limit=limit, offset=offset))


@app.command(
    "get", epilog=examples(f"llmctl provider-keys get {defaults.ACTIVE_KEY_ID} -p sandbox")
)
def get(
    key_id: IdArgument,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Show one provider key."""
    view = View(COLUMNS, output, columns)
    path = f"{PATH}{parse_id(key_id)}/"
    client = connect(profile=profile, host=host, project=project, timeout=timeout, verbose=verbose)
    view.item(client.get(path))
