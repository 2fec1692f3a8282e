"""list, get, create and update."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.compare import same
from llmctl.api.find import Found
from llmctl.api.paging import Paging
from llmctl.api.provider_check import explaining_refusal
from llmctl.api.provider_fields import provider_fields, specific_fields, with_stored_fields
from llmctl.api.resources import PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, KeySource, Writer, pages
from llmctl.cli.injection import Depends, command
from llmctl.cli.objects import Objects, find_all, print_each, show_each
from llmctl.cli.options import DryRunOption
from llmctl.commands.provider_keys.fields import (
    COLUMNS,
    KeyChanges,
    KeyPrinter,
    NewKey,
    secret_before_command,
)
from llmctl.errors import DeniedError, ExitCode, Hint, UsageError
from llmctl.output import note
from llmctl.output.columns import find_column
from llmctl.output.criteria import Filter
from llmctl.output.sanitize import typed

StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="A,B", help="Filter by state: unknown, ok, invalid, error."),
    completers.STATES,
]

app = typer.Typer()


def _paging(paging: Annotated[Paging, pages(COLUMNS)], state: StateOption = None) -> Paging:
    """Return the part of the list to show, with the states in a comma-separated list.

    UsageError for an unknown one: a misspelt state would match nothing, and a script would not
    notice.
    """
    if state is None:
        return paging
    known = completers.STATES.words
    states = {name.strip() for name in state.split(",")} - {""}
    for unknown in sorted(states - {*known}) or ([] if states else [""]):
        raise UsageError(
            f"--state: unknown state {typed(unknown)!r}", hint=Hint(f"states: {', '.join(known)}")
        )
    column = find_column(COLUMNS, "state", option="--state")
    return paging.matching(Filter(column, tuple(states)))


@command(
    app,
    "list",
    "llmctl provider-keys list -p sandbox",
    "llmctl provider-keys list --state invalid,error -o ids -p sandbox",
)
def list_(paging: Annotated[Paging, Depends(_paging)], client: Client, out: KeyPrinter) -> None:
    """List provider keys, newest first."""
    from llmctl.rotation.tag import plain_names

    out.rows(client.list(PROVIDER_KEYS, paging, names_of=plain_names))


@command(app, "get", "llmctl provider-keys get 'Production OpenAI' -p sandbox")
def get(keys: Objects, client: Client, out: KeyPrinter) -> ExitCode:
    """Show provider keys. Their secrets are masked."""
    from llmctl.rotation.tag import plain_names

    return show_each(client, PROVIDER_KEYS, keys, out, aliases=plain_names)


@command(
    app,
    "create",
    "K=sk-123456789 llmctl provider-keys create --provider openai --name B "
    "--api-key-env K -p sandbox",
)
def create(
    body: NewKey,
    key_source: KeySource,
    client: Writer,
    out: KeyPrinter,
    dry_run: DryRunOption = False,
) -> None:
    """Create a provider key. The server validates it with the provider first.

    You need --provider, --name and the secret, plus --azure-endpoint for azure_openai and
    --base-url for openai_compatible; --set gives any other field of a provider. With
    --set-as-active, evaluations and taggers that this leaves without a key are named.

    The secret is read from a hidden prompt; in scripts, use --api-key-file, --api-key-env or
    --api-key-command, which does not run with --dry-run.
    """
    from llmctl.cli.without_key import note_without_key
    from llmctl.rotation.dependents import read_dependents

    body["api_key"] = secret_before_command(key_source, client)
    is_activated = not same(body.get("set_as_active", False), stored=False)
    dependents = read_dependents(client) if is_activated else None
    if dependents is not None and dry_run:
        note_without_key(out, dependents, str(body["provider"]))
    if key_source.is_command and not dry_run:
        body["api_key"] = key_source.read_provider_secret([client])
    with explaining_refusal(client, body, "the key was not created"):
        created = client.create(PROVIDER_KEYS, body)
    if dependents is not None:
        note_without_key(out, dependents, str(created.get("provider")))
    out.item(created)


@command(
    app,
    "update",
    "llmctl provider-keys update 'Old Anthropic' --name 'Old key' -p sandbox",
)
def update(
    changes: KeyChanges,
    keys: Objects,
    key_source: KeySource,
    client: Writer,
    out: KeyPrinter,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Update the given fields of provider keys.

    To change the secret, prefer `rotate`: it verifies the change and is safe to run again. Changing
    the provider's URL or version without the secret sets the key's state to unknown; some servers
    require the secret as well. The other fields of the provider stay as they are.
    """
    from llmctl.rotation.tag import plain_names

    secret = secret_before_command(key_source, client) if key_source.is_given else None

    needs_provider = secret is not None and "provider" not in changes
    reads_before = needs_provider or bool(specific_fields(changes))
    reads_before = reads_before or (secret is not None and not dry_run)

    def update_one(key: Found) -> dict[str, Any]:
        body = dict(changes)
        before: dict[str, Any] | None = None
        if reads_before:
            before = _read_before(client, key.id, is_optional=not needs_provider)
        if before is not None:
            body = with_stored_fields(body, before)
        if secret is not None:
            body["api_key"] = secret
            if before is not None:
                # Without a provider, older servers validate the secret with OpenAI.
                body.setdefault("provider", before.get("provider"))
            if key_source.is_command and not dry_run:
                from llmctl.rotation.preflight import check_key_permission

                check_key_permission(client)
                body["api_key"] = key_source.read_provider_secret([client])
        if "name" in body:
            body["name"] = _keeping_owed(body["name"], client, key.id, before)
        stored = provider_fields(before or {})
        with explaining_refusal(client, stored | body, f"key {key.id}"):
            return client.update(PROVIDER_KEYS, key.id, body, before=before)

    found = find_all(client, PROVIDER_KEYS, keys, out, aliases=plain_names)
    return print_each(client, keys, found, update_one, out)


def _keeping_owed(name: str, client: Client, key_id: str, before: dict[str, Any] | None) -> str:
    """Return the new name with the secrets to revoke that the old one lists, if any."""
    from llmctl.rotation.tag import fitting_name, read_name

    key = before or _read_before(client, key_id, is_optional=True) or {}
    owed = read_name(str(key.get("name", ""))).owed
    return fitting_name(read_name(name).owing(owed), key_id) if owed else name


def _read_before(client: Client, key_id: str, *, is_optional: bool) -> dict[str, Any] | None:
    """Return the key before its secret changes; None if it is optional and access is denied."""
    try:
        return client.get(PROVIDER_KEYS, key_id)
    except DeniedError as error:
        if not is_optional or error.status != 403:
            raise
        note(f"cannot read the key before the update: {error.message}")
        return None
