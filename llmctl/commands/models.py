"""Models that a provider offers for evaluations."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api.resources import MODELS, PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, selects, shows
from llmctl.cli.injection import command
from llmctl.cli.options import id_parser, word_parser
from llmctl.errors import UnavailableError
from llmctl.output import Column, LocalRows, Printer
from llmctl.output.criteria import Criteria

COLUMNS = (
    Column("id", whole=True),
    Column("provider", shown=False),
    Column("posthog_available", shown=False),
)
ModelPrinter = Annotated[Printer, shows(COLUMNS)]
ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="openai, anthropic, ...; default: the key's provider.",
        parser=word_parser("--provider", "a provider"),
    ),
    completers.PROVIDERS,
]
KeyIdOption = Annotated[
    str | None,
    typer.Option(
        "--key-id",
        metavar="ID",
        help="List the models available to this provider key.",
        parser=id_parser("--key-id"),
    ),
    completers.ids("provider-keys"),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(app, "list", "llmctl models list --provider openai -p sandbox")
def list_(
    client: Client,
    out: ModelPrinter,
    criteria: Annotated[Criteria, selects(COLUMNS)],
    provider: ProviderOption = None,
    key_id: KeyIdOption = None,
) -> None:
    """List the models of a provider."""
    if key_id is not None and provider is None:
        # Older servers require the provider along with the key; newer ones check that they match.
        provider = client.get(PROVIDER_KEYS, key_id).get("provider")
    rows = client.get(MODELS, query={"provider": provider, "key_id": key_id}).get("models")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnavailableError("unexpected response: no list of models")
    out.rows(LocalRows(criteria.select(rows)))
