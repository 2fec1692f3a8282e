"""The group of commands, and what its rooms share."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.output import Column

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

ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider", metavar="NAME", help="openai, anthropic, gemini, azure_openai, openrouter..."
    ),
]
AzureEndpointOption = Annotated[
    str | None,
    typer.Option("--azure-endpoint", metavar="URL", help="For azure_openai: the resource's URL."),
]
ApiVersionOption = Annotated[
    str | None,
    typer.Option("--api-version", metavar="VERSION", help="For azure_openai, up to 20 characters."),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
