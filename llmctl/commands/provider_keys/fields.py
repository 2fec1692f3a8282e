"""The fields of a provider key: columns, options, and request bodies."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.cli import completers
from llmctl.cli.dependencies import Client, KeyOptions, KeySource, shows
from llmctl.cli.injection import Depends
from llmctl.cli.objects import Objects, refuse_for_several
from llmctl.cli.options import (
    DataOption,
    ObjectsArgument,
    name_parser,
    reference_parser,
    text_parser,
    word_parser,
)
from llmctl.errors import Hint, UsageError
from llmctl.input.secret_source import KEY_OPTIONS
from llmctl.input.values import (
    KEY_FIELDS,
    key_in_option,
    one_reader_of_stdin,
    request_body,
    require_changes,
    stdin_of_fields,
)
from llmctl.output import ID, Column, Printer
from llmctl.safe.secret import Secret, SecretToCome


def marked_name(key: dict[str, Any]) -> str:
    """The name of a key, with a mark in place of a rotation's tag: `Production (rotating)`."""
    from llmctl.rotation.tag import read_name

    name = read_name(str(key.get("name") or "-"))
    marks = {
        "rotating": name.tag is not None,
        "kept": name.replaced_by is not None,
        "to revoke": bool(name.owed),
    }
    found = [mark for mark, is_there in marks.items() if is_there]
    return f"{name.plain} ({', '.join(found)})" if found else name.plain


COLUMNS = (
    ID,
    Column("name", cell=marked_name, least=28),
    Column("provider", rank=1),
    Column("state"),
    Column("api_key_masked", "mask", rank=2),
    Column("last_used_at", "last used", rank=3),
    *(
        Column(key, shown=False)
        for key in (
            "error_message",
            "azure_endpoint_display",
            "api_version_display",
            "base_url_display",
            "created_at",
            "created_by",
        )
    ),
)

KeyPrinter = Annotated[Printer, shows(COLUMNS)]

KeyArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME|ID]",
        show_default=False,
        parser=reference_parser("NAME|ID"),
    ),
    completers.OWN_IDS,
]
ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="openai, anthropic, gemini, azure_openai, openrouter, ...",
        parser=word_parser("--provider", "a provider"),
    ),
    completers.PROVIDERS,
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="Up to 255 characters.",
        parser=name_parser("--name"),
    ),
]
AzureEndpointOption = Annotated[
    str | None,
    typer.Option(
        "--azure-endpoint",
        metavar="URL",
        help="Resource URL, for azure_openai.",
        parser=text_parser("--azure-endpoint", "a URL"),
    ),
]
ApiVersionOption = Annotated[
    str | None,
    typer.Option(
        "--api-version",
        metavar="VERSION",
        help="Up to 20 characters, for azure_openai.",
        parser=text_parser("--api-version", "a version"),
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="API URL, for openai_compatible.",
        parser=text_parser("--base-url", "a URL"),
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Another field of the provider: text, JSON, @FILE or -; repeatable.",
        parser=text_parser("--set", "a value"),
    ),
    completers.AT_FILE,
]
SetAsActiveOption = Annotated[
    bool | None,
    typer.Option("--set-as-active", help="Make it the active key."),
]


def body_without_key(
    data: str | None, fields: dict[str, Any], assignments: list[str]
) -> dict[str, Any]:
    """Return the request's body, as `request_body` does. UsageError if a key is in it."""
    hint = Hint(f"use {KEY_OPTIONS}")
    body = request_body(data, fields, hint, assignments)
    if not KEY_FIELDS.isdisjoint(body):  # from a file
        is_set = any(text.partition("=")[0] in KEY_FIELDS for text in assignments)
        raise key_in_option("--set" if is_set else "--data", hint)
    return body


def _body(
    *,
    provider: ProviderOption = None,
    name: NameOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
    base_url: BaseUrlOption = None,
    set_field: SetOption = None,
    key_source: KeySource,
    data: DataOption = None,
) -> dict[str, Any]:
    one_reader_of_stdin(
        api_key_file=key_source.api_key_file, set=stdin_of_fields(set_field or []), data=data
    )
    return body_without_key(
        data,
        {
            "provider": provider,
            "name": name,
            "azure_endpoint": azure_endpoint,
            "api_version": api_version,
            "base_url": base_url,
        },
        set_field or [],
    )


GivenFields = Annotated[dict[str, Any], Depends(_body)]


def _new(body: GivenFields, set_as_active: SetAsActiveOption = None) -> dict[str, Any]:
    require_provider(body.get("provider"))
    return body if set_as_active is None else body | {"set_as_active": set_as_active}


def _check_stdin(
    references: ObjectsArgument,
    key_source: KeySource,
    set_field: SetOption = None,
    data: DataOption = None,
) -> None:
    one_reader_of_stdin(
        references,
        api_key_file=key_source.api_key_file,
        set=stdin_of_fields(set_field or []),
        data=data,
    )


def _changes(
    keys: Objects,
    body: GivenFields,
    key_source: KeySource,
    _: Annotated[None, Depends(_check_stdin, is_first=True)],
) -> dict[str, Any]:
    sources = ("api_key_file", "api_key_env", "api_key_command")
    given = {name: getattr(key_source, name) for name in sources}
    given = body | {name: source for name, source in given.items() if source is not None}
    refuse_for_several(keys, given, "name", "set_as_active", *sources)
    return body if key_source.is_given else require_changes(body)


# Request bodies, without the secret: it is read last.
NewKey = Annotated[dict[str, Any], Depends(_new)]
KeyChanges = Annotated[dict[str, Any], Depends(_changes)]


def secret_before_command(key_source: KeyOptions, client: Client) -> Secret:
    """Read the secret; SecretToCome stands for one that a command prints, which runs last."""
    return SecretToCome() if key_source.is_command else key_source.read_provider_secret([client])


def read_last(key_source: KeyOptions, client: Client, *, dry_run: bool) -> Secret:
    """Read the secret; in a dry run, SecretToCome stands for one that a command prints."""
    if dry_run:
        return secret_before_command(key_source, client)
    return key_source.read_provider_secret([client])


def require_provider(provider: object) -> None:
    """Raise UsageError if no provider is given, before a key is prompted for."""
    if not provider:
        raise UsageError(
            "--provider is required",
            hint=Hint("add --provider openai, or anthropic, gemini, azure_openai, ..."),
        )
