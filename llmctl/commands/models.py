"""Models: what a provider offers to run evaluations on."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import connect
from llmctl.api.resources import MODELS, PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    HostOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.errors import UnavailableError
from llmctl.input.values import parse_optional_id
from llmctl.output import Column, LocalRows, View

COLUMNS = (
    Column("id", whole=True),
    Column("provider", shown=False),
    Column("posthog_available", shown=False),
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list", epilog=examples("llmctl models list --provider openai -p sandbox"))
def list_(
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider", metavar="NAME", help="openai, anthropic, gemini, ... (the key's)"
        ),
        completers.PROVIDERS,
    ] = None,
    key_id: Annotated[
        str | None,
        typer.Option("--key-id", metavar="ID", help="As this provider key sees them."),
        completers.ids("provider-keys"),
    ] = None,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """List the models of a provider."""
    view = View(COLUMNS, output, columns)
    parse_optional_id(key_id, option="--key-id")
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    if key_id is not None and provider is None:
        # Older servers ask for it beside the key; newer ones check that both fit.
        provider = client.get(PROVIDER_KEYS, key_id).get("provider")
    rows = client.get(MODELS, query={"provider": provider, "key_id": key_id}).get("models")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnavailableError("the answer holds no list of models, so it is not the API's")
    view.rows(LocalRows(rows))
