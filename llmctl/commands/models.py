"""Models that a provider offers for evaluations."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api.find import find
from llmctl.api.resources import MODELS, PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Selection, selects
from llmctl.cli.injection import Depends, command
from llmctl.cli.options import ColumnsOption, OutputOption, reference_parser, word_parser
from llmctl.errors import UnavailableError
from llmctl.output import Column, LocalRows, Printer
from llmctl.output.criteria import Criteria

COLUMNS = (
    Column("id", whole=True),
    Column("provider", in_text=False),
    Column("posthog_available", shown=False),
)
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
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key-id",
        metavar="NAME|ID",
        help="List the models available to this provider key.",
        parser=reference_parser("--key-id"),
    ),
    completers.ids("provider-keys"),
]


def _printer(
    selection: Selection,
    provider: ProviderOption = None,
    key_id: KeyOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> Printer:
    """Return the printer; the provider is shown if the list has several."""
    is_one = provider is not None or key_id is not None
    fields = [each._replace(in_table=not is_one or each.key != "provider") for each in COLUMNS]
    return Printer(fields, output, columns, selection.words)


ModelPrinter = Annotated[Printer, Depends(_printer)]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(app, "list", "llmctl models list --provider openai -p sandbox")
def list_(
    client: Client,
    out: ModelPrinter,
    criteria: Annotated[Criteria, selects(COLUMNS)],
    provider: ProviderOption = None,
    key_id: KeyOption = None,
) -> None:
    """List the models of a provider."""
    from llmctl.rotation.tag import plain_names

    if key_id is not None:
        key_id = find(client, PROVIDER_KEYS, key_id, aliases=plain_names).id
    if key_id is not None and provider is None:
        # Older servers require the provider along with the key; newer ones check that they match.
        provider = client.get(PROVIDER_KEYS, key_id).get("provider")
    rows = client.get(MODELS, query={"provider": provider, "key_id": key_id}).get("models")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnavailableError("unexpected response: no list of models")
    out.rows(LocalRows(criteria.select(rows)))
