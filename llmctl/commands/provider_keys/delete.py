"""delete: what depends on the key is shown, and goes to a replacement or stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api import connect
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    DryRunOption,
    HostOption,
    IdArgument,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
    examples,
)
from llmctl.commands.provider_keys.group import app
from llmctl.commands.provider_keys.plans import show_plan
from llmctl.errors import UsageError
from llmctl.input.values import parse_id, parse_optional_id
from llmctl.output import confirm, note
from llmctl.output.messages import require_terminal
from llmctl.sandbox import defaults

if TYPE_CHECKING:
    from llmctl.api.client import Client


@app.command(
    "delete",
    epilog=examples(f"llmctl provider-keys delete {defaults.INVALID_KEY_ID} --yes -p sandbox"),
)
def delete(
    key_id: IdArgument,
    replacement: Annotated[
        str | None,
        typer.Option(
            "--replacement",
            metavar="KEY_ID",
            help="Key that takes over everything that uses this one.",
        ),
        completers.ids("provider-keys"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Delete a key in use; evaluations stop.")
    ] = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Delete a provider key, after showing what depends on it.

    With --replacement that key becomes the active one first if the old one was, and takes over the
    evaluations. Without a terminal a key in use needs --yes and --replacement or --force.
    """
    parse_id(key_id)
    parse_optional_id(replacement, option="--replacement")
    if not dry_run:
        require_terminal(yes=yes)
    client = connect(
        profile, host, project, timeout=timeout, retries=retries, verbose=verbose, reads_back=False
    )
    _delete(client, key_id, replacement, force=force, yes=yes, dry_run=dry_run)


def _delete(
    client: Client, key_id: str, replacement: str | None, *, force: bool, yes: bool, dry_run: bool
) -> None:
    from llmctl.rotation.removal import Removal

    removal = Removal(client, key_id, replacement)
    if dry_run:
        show_plan(client, removal.dependents, removal.plan())
        return
    for line in removal.dependents:
        note(line)
    if removal.stops_something and not force and yes:
        raise UsageError(
            f"key {key_id} is in use; nothing was changed",
            hint="give --replacement KEY_ID, or --force to stop what uses it",
        )
    confirm(f"Delete provider key {key_id}{removal.consequence}?", yes=yes)
    removal.run(note)
    note(f"deleted provider key {key_id}")
