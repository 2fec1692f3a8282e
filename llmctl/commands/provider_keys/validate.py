"""validate: check a key with its provider, without storing it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.provider_check import ask_provider, judge
from llmctl.cli.dependencies import KeySource, Writer, shows
from llmctl.cli.injection import Depends, command
from llmctl.cli.options import DryRunOption
from llmctl.commands.provider_keys.fields import (
    ApiVersionOption,
    AzureEndpointOption,
    ProviderOption,
    read_last,
    require_provider,
)
from llmctl.input.values import request_body
from llmctl.output import Column, Printer

COLUMNS = (Column("state"), Column("error_message"), Column("error_field"))

app = typer.Typer()


def _body(
    provider: ProviderOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
) -> dict[str, Any]:
    require_provider(provider)
    fields = {"azure_endpoint": azure_endpoint, "api_version": api_version}
    return request_body(None, {"provider": provider, **fields})


@command(
    app,
    "validate",
    "K=sk-0123456789 llmctl provider-keys validate --provider openai --api-key-env K -p sandbox",
)
def validate(
    body: Annotated[dict[str, Any], Depends(_body)],
    key_source: KeySource,
    client: Writer,
    out: Annotated[Printer, shows(COLUMNS)],
    dry_run: DryRunOption = False,
) -> None:
    """Check a key with its provider, without storing it.

    Exits 6 if the key is invalid, 7 if the provider could not validate it.
    """
    body["api_key"] = read_last(key_source, client, dry_run=dry_run)
    answer = ask_provider(client, body)
    out.item(answer)
    judge(answer)
