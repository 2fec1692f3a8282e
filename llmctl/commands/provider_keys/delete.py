"""delete: delete a key; its dependents move to a replacement, or stop."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.cli import completers
from llmctl.cli.dependencies import Confirm, EngineWriter, Notes
from llmctl.cli.injection import command
from llmctl.cli.options import DryRunOption, IdArgument, YesOption, id_parser
from llmctl.commands.provider_keys.dry_run import print_plan
from llmctl.errors import Hint, UsageError
from llmctl.sandbox.defaults import INVALID_KEY_ID

ReplacementOption = Annotated[
    str | None,
    typer.Option(
        "--replacement",
        metavar="KEY_ID",
        help="Key that takes over from this one.",
        parser=id_parser("--replacement"),
    ),
    completers.ids("provider-keys"),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Delete it even if in use; its evaluations stop.")
]
RevokedOption = Annotated[
    bool, typer.Option("--revoked", help="Its old secrets are revoked; forget them.")
]

app = typer.Typer()


@command(app, "delete", f"llmctl provider-keys delete {INVALID_KEY_ID} --yes -p sandbox")
def delete(
    key_id: IdArgument,
    confirm: Confirm,
    client: EngineWriter,
    out: Notes,
    replacement: ReplacementOption = None,
    force: ForceOption = False,
    revoked: RevokedOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Delete a provider key, after showing what depends on it.

    With --replacement, that key takes over first: evaluations move to it, and it becomes the
    active key if this one was. Without a terminal, deleting a key in use needs --yes and either
    --replacement or --force.
    """
    from llmctl.rotation.removal import Removal

    removal = Removal(client, key_id, replacement, is_revoked=revoked)
    if dry_run:
        print_plan(client, removal.dependents, removal.plan())
        return
    for line in removal.dependents:
        out.note(line)
    if removal.stops_something and not force and yes:
        raise UsageError(
            f"key {key_id} {'is' if removal.is_used else 'may be'} in use; nothing was changed",
            hint=Hint("add --replacement KEY_ID, or --force to stop everything that uses it"),
        )
    confirm(f"Delete provider key {key_id}{removal.consequence}?")
    removal.run(out.note)
    if removal.stops_something:
        out.note(f"everything that used key {key_id} stops")
