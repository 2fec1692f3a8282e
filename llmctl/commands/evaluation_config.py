"""The evaluation configuration: the active provider key, and the trial evaluations left."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api.find import find
from llmctl.api.resources import EVALUATION_CONFIG, PROVIDER_KEYS, SET_ACTIVE_KEY
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Writer, shows
from llmctl.cli.injection import command
from llmctl.cli.options import DryRunOption, reference_parser
from llmctl.errors import Hint
from llmctl.output import Column, Printer

COLUMNS = (
    Column("trial_eval_limit"),
    Column("trial_evals_used"),
    Column("trial_evals_remaining"),
    Column("trial_grandfathered", shown=False),
    Column("trial_deprecation_date", shown=False),
    Column(
        "active_provider_key",
        null=Hint(
            "no active provider key; set one", ("evaluation-config", "set-active-key", "KEY_ID")
        ),
    ),
    Column("created_at", "created"),
    Column("updated_at", "updated"),
)
ConfigPrinter = Annotated[Printer, shows(COLUMNS)]
KeyArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME|ID",
        help="Provider key.",
        show_default=False,
        parser=reference_parser("NAME|ID"),
    ),
    completers.ids("provider-keys"),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(app, "get", "llmctl evaluation-config get -p sandbox")
def get(client: Client, out: ConfigPrinter) -> None:
    """Show the configuration and the active provider key."""
    out.item(client.get(EVALUATION_CONFIG))


@command(
    app,
    "set-active-key",
    "llmctl evaluation-config set-active-key 'Production OpenAI' -p sandbox",
)
def set_active_key(
    key: KeyArgument, client: Writer, out: ConfigPrinter, dry_run: DryRunOption = False
) -> None:
    """Set the provider key that evaluations use. Its state must be ok.

    Evaluations and taggers that are not pinned to a key use the active key, but only if it is for
    the provider of their model. Those left without a key are named.
    """
    from llmctl.cli.without_key import note_without_key
    from llmctl.rotation.dependents import read_dependents
    from llmctl.rotation.tag import plain_names

    key_id = find(client, PROVIDER_KEYS, key, aliases=plain_names).id
    dependents = read_dependents(client)
    if dry_run:
        note_without_key(out, dependents, str(client.get(PROVIDER_KEYS, key_id).get("provider")))
    config = client.act(SET_ACTIVE_KEY, {"key_id": key_id})
    active = config.get("active_provider_key")
    if isinstance(active, dict):
        note_without_key(out, dependents, str(active.get("provider")))
    out.item(config)
