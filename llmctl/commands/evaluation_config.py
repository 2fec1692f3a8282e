"""The evaluation configuration: trial counters and the provider key that evaluations use."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import connect
from llmctl.api.resources import EVALUATION_CONFIG
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
from llmctl.input.values import parse_id
from llmctl.output import Column, View
from llmctl.sandbox import defaults

COLUMNS = (
    Column("trial_eval_limit"),
    Column("trial_evals_used"),
    Column("trial_evals_remaining"),
    Column("trial_grandfathered", shown=False),
    Column("trial_deprecation_date", shown=False),
    Column("active_provider_key"),
    Column("created_at", "created"),
    Column("updated_at", "updated"),
)
BLOCKS = {
    "active_provider_key": "no active provider key; "
    "activate one: llmctl evaluation-config set-active-key KEY_ID"
}

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("get", epilog=examples("llmctl evaluation-config get -p sandbox"))
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
    """Show the evaluation configuration and the active key."""
    view = View(COLUMNS, output, columns, blocks=BLOCKS)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(EVALUATION_CONFIG))


@app.command(
    "set-active-key",
    epilog=examples(f"llmctl evaluation-config set-active-key {defaults.ACTIVE_KEY_ID} -p sandbox"),
)
def set_active_key(
    key_id: Annotated[
        str,
        typer.Argument(
            metavar="KEY_ID", help="As `llmctl provider-keys list` shows it.", show_default=False
        ),
        completers.ids("provider-keys"),
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
    """Make a provider key the one that evaluations use. Its state must be ok."""
    view = View(COLUMNS, output, columns, blocks=BLOCKS)
    body = {"key_id": parse_id(key_id, option="KEY_ID")}
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    view.item(client.act(EVALUATION_CONFIG, "set_active_key", body))
