"""validate: a provider's word about a key that is not stored."""

from __future__ import annotations

from llmctl.api import connect
from llmctl.api.provider_check import ask_provider, judge
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    DryRunOption,
    HostOption,
    KeyCommandOption,
    KeyEnvOption,
    KeyFileOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.commands.provider_keys.group import (
    ApiVersionOption,
    AzureEndpointOption,
    ProviderOption,
    app,
    require_provider,
    typed_fields,
)
from llmctl.input.secret_source import read_key
from llmctl.input.values import request_body
from llmctl.output import Column, View

COLUMNS = (Column("state"), Column("error_message"), Column("error_field"))


@app.command(
    "validate",
    epilog=examples(
        "K=sk-0123456789 llmctl provider-keys validate --provider openai --api-key-env K -p sandbox"
    ),
)
def validate(
    provider: ProviderOption = None,
    api_key_file: KeyFileOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_command: KeyCommandOption = None,
    azure_endpoint: AzureEndpointOption = None,
    api_version: ApiVersionOption = None,
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
    """Let the provider judge a key; nothing is stored. Exit 6: invalid, 7: it cannot say."""
    view = View(COLUMNS, output, columns)
    require_provider(provider)
    fields = typed_fields(provider, None, azure_endpoint, api_version)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, dry_run=dry_run
    )
    key = read_key(
        file=api_key_file, variable=api_key_env, command=api_key_command, what="provider key"
    )
    answer = ask_provider(client, request_body(None, fields) | {"api_key": key})
    view.item(answer)
    judge(answer)
