"""validate: check a stored key again, or a secret without storing it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.find import find
from llmctl.api.provider_check import ask_provider, judge
from llmctl.api.resources import PROVIDER_KEYS, Target
from llmctl.cli.dependencies import Client, Confirmation, KeySource, Selection, Writer
from llmctl.cli.injection import Depends, command
from llmctl.cli.objects import described
from llmctl.cli.options import ColumnsOption, DryRunOption, OutputOption, YesOption
from llmctl.commands.provider_keys.fields import COLUMNS as KEY_COLUMNS
from llmctl.commands.provider_keys.fields import (
    ApiVersionOption,
    AzureEndpointOption,
    BaseUrlOption,
    KeyArgument,
    ProviderOption,
    SetOption,
    body_without_key,
    read_last,
    require_provider,
)
from llmctl.errors import Hint, UsageError
from llmctl.input.secret_source import refuse_several
from llmctl.input.values import one_reader_of_stdin, stdin_of_fields
from llmctl.output import Column, Printer

COLUMNS = (Column("state"), Column("error_message"), Column("error_field"))

app = typer.Typer()


def _body(
    key: KeyArgument = None,
    provider: ProviderOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
    base_url: BaseUrlOption = None,
    set_field: SetOption = None,
    *,
    key_source: KeySource,
) -> dict[str, Any]:
    """Return the body of a validation of a secret, which is read last; empty for a stored key."""
    fields = {
        "provider": provider,
        "azure_endpoint": azure_endpoint,
        "api_version": api_version,
        "base_url": base_url,
    }
    source = (key_source.api_key_file, key_source.api_key_env, key_source.api_key_command)
    if key is not None:
        given = [f"--{name.replace('_', '-')}" for name, text in fields.items() if text is not None]
        given += ["--set"] * bool(set_field)
        given += [option for option in [refuse_several(*source)] if option]
        if given:
            raise UsageError(
                f"{given[0]} cannot be combined with a stored key: the server validates what it "
                "has stored"
            )
        return {}
    one_reader_of_stdin(api_key_file=key_source.api_key_file, set=stdin_of_fields(set_field or []))
    body = body_without_key(None, fields, set_field or [])
    if not body and not any(source):
        raise UsageError(
            "give a stored key, or --provider and a secret",
            hint=Hint("list the stored keys", (PROVIDER_KEYS.command, "list")),
        )
    require_provider(body.get("provider"))
    return body


def _printer(
    selection: Selection,
    key: KeyArgument = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> Printer:
    """Return the printer of a stored key, or of a verdict."""
    fields = COLUMNS if key is None else KEY_COLUMNS
    return Printer(fields, output, columns, selection.words)


def _confirm(
    key: KeyArgument = None, yes: YesOption = False, dry_run: DryRunOption = False
) -> Confirmation:
    """Return the confirmation, which only the validation of a stored key needs."""
    return Confirmation(yes or key is None, dry_run)


@command(
    app,
    "validate",
    "K=sk-0123456789 llmctl provider-keys validate --provider openai --api-key-env K -p sandbox",
    "llmctl provider-keys validate 'Production OpenAI' --dry-run -p sandbox",
)
def validate(
    body: Annotated[dict[str, Any], Depends(_body)],
    key_source: KeySource,
    confirm: Annotated[Confirmation, Depends(_confirm)],
    client: Writer,
    out: Annotated[Printer, Depends(_printer)],
    key: KeyArgument = None,
    dry_run: DryRunOption = False,
) -> None:
    """Check a secret or a stored key with its provider.

    To check a secret without storing it, give --provider and the secret.

    To check a stored key again, give its name or ID. This overwrites its state, which becomes error
    if the provider is down. Older servers do not let personal API keys do this (exit code 4).

    Exits 6 if the secret is invalid, and 7 if the provider could not validate it.
    """
    if key is not None:
        _validate_stored(key, confirm, client, out)
        return
    body["api_key"] = read_last(key_source, client, dry_run=dry_run)
    answer = ask_provider(client, body)
    out.item(answer)
    judge(answer)


def _validate_stored(key: str, confirm: Confirmation, client: Client, out: Printer) -> None:
    from llmctl.rotation.tag import plain_names, read_name

    found = find(client, PROVIDER_KEYS, key, aliases=plain_names)
    if confirm.asks:
        row = client.get(PROVIDER_KEYS, found.id)
        named = found._replace(name=read_name(str(row.get("name", ""))).plain)
        confirm(
            f"Validate {described(PROVIDER_KEYS, named)} with {row.get('provider')} again? Its "
            f"state ({row.get('state')}) is overwritten, and becomes error if the provider is down."
        )
    row = client.act(Target(PROVIDER_KEYS, found.id, "validate"), {})
    out.item(row)
    hints = {
        "invalid": Hint("give it a new secret", ("provider-keys", "rotate", found.id)),
        "error": Hint("validate it again later", ("provider-keys", "validate", found.id)),
    }
    judge(row, hints.get(str(row.get("state"))))
