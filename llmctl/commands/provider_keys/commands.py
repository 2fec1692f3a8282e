"""list, get, create and update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.api import CONCURRENCY, RATE, Paging, connect
from llmctl.api.read_back import can_show
from llmctl.api.resources import PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    ConcurrencyOption,
    DataOption,
    DryRunOption,
    HostOption,
    IdArgument,
    KeyCommandOption,
    KeyEnvOption,
    KeyFileOption,
    LimitOption,
    OffsetOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.commands.provider_keys.group import (
    COLUMNS,
    ApiVersionOption,
    AzureEndpointOption,
    ProviderOption,
    app,
    key_body,
    require_provider,
    typed_fields,
)
from llmctl.errors import DeniedError, UnknownOutcomeError, UsageError
from llmctl.input.secret_source import has_key_option, read_key
from llmctl.input.values import one_reader_of_stdin, parse_id, require_changes
from llmctl.output import View, note
from llmctl.sandbox import defaults

if TYPE_CHECKING:
    from llmctl.api.client import Client

NameOption = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="Up to 255 characters.")
]


@app.command(
    "list",
    epilog=examples(
        "llmctl provider-keys list -p sandbox",
        "llmctl provider-keys list --state invalid,error -o ids -p sandbox",
    ),
)
def list_(
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="A,B", help="Only these: unknown, ok, invalid, error."),
        completers.STATES,
    ] = None,
    limit: LimitOption = None,
    offset: OffsetOption = None,
    concurrency: ConcurrencyOption = CONCURRENCY,
    rate: RateOption = RATE,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """List the provider keys, newest first."""
    view = View(COLUMNS, output, columns)
    wanted = _parse_states(state)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    bounds = (limit, offset) if state is None else (None, None)
    rows = client.list(PROVIDER_KEYS, Paging(*bounds, concurrency, rate))
    if state is None:
        view.rows(rows)
    else:
        view.rows(rows.filtered(lambda row: row.get("state") in wanted, limit=limit, offset=offset))
    client.remember(rows)


def _parse_states(text: str | None) -> set[str]:
    """The states in a list with commas. UsageError for another one: a misspelt state would find
    nothing, and a script would take that for good."""
    wanted = {name.strip() for name in (text or "").split(",")} - {""}
    if (text is not None and not wanted) or wanted - {*completers.STATES.words}:
        known = ", ".join(completers.STATES.words)
        raise UsageError("--state: there is no such state", hint=f"states: {known}")
    return wanted


@app.command(
    "get", epilog=examples(f"llmctl provider-keys get {defaults.ACTIVE_KEY_ID} -p sandbox")
)
def get(
    key_id: IdArgument,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show one provider key."""
    view = View(COLUMNS, output, columns)
    parse_id(key_id)
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    view.item(client.get(PROVIDER_KEYS, key_id))


@app.command(
    "create",
    epilog=examples(
        "K=sk-123456789 llmctl provider-keys create --provider openai --name B "
        "--api-key-env K -p sandbox",
    ),
)
def create(
    provider: ProviderOption = None,
    name: NameOption = None,
    api_key_file: KeyFileOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_command: KeyCommandOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
    set_as_active: Annotated[
        bool | None,
        typer.Option("--set-as-active", help="Make it the key that evaluations use."),
    ] = None,
    data: DataOption = None,
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
    """Store a provider key. The server lets the provider judge it first.

    The server asks for --provider, --name and the key, and for azure_openai --azure-endpoint.
    You are prompted for the key (input hidden), or give --api-key-file, --api-key-env or
    --api-key-command.
    """
    view = View(COLUMNS, output, columns)
    one_reader_of_stdin(api_key_file=api_key_file, data=data)
    fields = typed_fields(provider, name, azure_endpoint, api_version)
    body = key_body(data, fields | {"set_as_active": set_as_active})
    require_provider(body.get("provider"))
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    key = read_key(
        file=api_key_file, variable=api_key_env, command=api_key_command, what="provider key"
    )
    view.item(client.create(PROVIDER_KEYS, body | {"api_key": key}))


@app.command(
    "update",
    epilog=examples(
        f"llmctl provider-keys update {defaults.INVALID_KEY_ID} --name 'Old key' -p sandbox"
    ),
)
def update(
    key_id: IdArgument,
    provider: ProviderOption = None,
    name: NameOption = None,
    api_key_file: KeyFileOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_command: KeyCommandOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
    data: DataOption = None,
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
    """Change the given fields of a provider key, and no others.

    For a new secret `rotate` is safer: it reads back and can be run again. A new Azure endpoint
    or version without the secret leaves the key's state unknown.
    """
    view = View(COLUMNS, output, columns)
    parse_id(key_id)
    one_reader_of_stdin(api_key_file=api_key_file, data=data)
    body = key_body(data, typed_fields(provider, name, azure_endpoint, api_version))
    sources = (api_key_file, api_key_env, api_key_command)
    has_key = has_key_option(*sources)
    if not has_key:
        require_changes(body)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    before: dict[str, Any] | None = None
    if has_key:
        body["api_key"] = read_key(file=sources[0], variable=sources[1], command=sources[2])
        if "provider" not in body or not dry_run:
            before = _read_before(client, key_id, is_optional="provider" in body)
        if before is not None:
            # Without a provider older servers take the secret for OpenAI's.
            body.setdefault("provider", before.get("provider"))
    try:
        changed = client.update(PROVIDER_KEYS, key_id, body, before=before)
    except UnknownOutcomeError as error:
        if not can_show(body, before):
            error.hint = (
                "run the same command again: the key's mask cannot show which secret is stored"
            )
        raise
    view.item(changed)


def _read_before(client: Client, key_id: str, *, is_optional: bool) -> dict[str, Any] | None:
    """The key before its secret changes; None where it is optional and may not be read."""
    try:
        return client.get(PROVIDER_KEYS, key_id)
    except DeniedError as error:
        if not is_optional or error.status != 403:
            raise
        note(f"the key could not be read before the update: {error.message}")
        return None
