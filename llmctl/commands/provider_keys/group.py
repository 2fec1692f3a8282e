"""The group of commands, and what its rooms share."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.cli import completers
from llmctl.errors import UsageError
from llmctl.input.values import request_body
from llmctl.output import Column

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
    completers.PROVIDERS,
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


def key_body(data: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """The request body as `request_body` makes it, still without the secret."""
    body = request_body(data, fields)
    if "api_key" in body:
        raise UsageError(
            "--data holds an api_key, and a secret is never an option's value",
            hint="use --api-key-file PATH (- is standard input), --api-key-env VARIABLE "
            "or --api-key-command 'CMD'",
        )
    return body


def require_provider(provider: object) -> None:
    """UsageError where nothing says whose key it is: before the key is asked for."""
    if not provider:
        raise UsageError(
            "--provider is required: it says whose key it is",
            hint="add --provider openai, or anthropic, gemini, azure_openai, ...",
        )


def typed_fields(
    provider: str | None, name: str | None, azure_endpoint: str | None, api_version: str | None
) -> dict[str, Any]:
    """The request fields of the options that create, update and validate share."""
    return {
        "provider": provider,
        "name": name,
        "azure_endpoint": azure_endpoint,
        "api_version": api_version,
    }
