"""delete: delete a key; its dependents move to a replacement, or stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.find import Found, find
from llmctl.api.resources import PROVIDER_KEYS
from llmctl.cli import completers
from llmctl.cli.dependencies import Confirm, Confirmation, EngineWriter, Notes
from llmctl.cli.injection import command
from llmctl.cli.objects import Objects, find_all, for_each
from llmctl.cli.options import DryRunOption, YesOption, reference_parser
from llmctl.commands.provider_keys.dry_run import print_plan
from llmctl.errors import ExitCode, Hint, UsageError, most_serious
from llmctl.output import NotePrinter

if TYPE_CHECKING:
    from llmctl.rotation.removal import Removal

ReplacementOption = Annotated[
    str | None,
    typer.Option(
        "--replacement",
        metavar="NAME|ID",
        help="Key that takes over from this one.",
        parser=reference_parser("--replacement"),
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


@command(app, "delete", "llmctl provider-keys delete 'Old Anthropic' --yes -p sandbox")
def delete(
    keys: Objects,
    confirm: Confirm,
    client: EngineWriter,
    out: Notes,
    replacement: ReplacementOption = None,
    force: ForceOption = False,
    revoked: RevokedOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Delete provider keys, after showing what depends on them. They cannot be restored.

    With --replacement, that key takes over first: evaluations move to it, and it becomes the
    active key if this one was. Without a terminal, deleting a key in use needs --yes and either
    --replacement or --force.
    """
    from llmctl.rotation.removal import Removal
    from llmctl.rotation.tag import plain_names

    def prepare(key: Found) -> None:
        removal = Removal(client, key.id, replacement_id, is_revoked=revoked)
        if dry_run:
            print_plan(client, removal.dependents, removal.plan())
            return
        for line in removal.dependents:
            out.note(line)
        if removal.stops_something and not force and yes:
            raise UsageError(
                f"key {key.id} {'is' if removal.is_used else 'may be'} in use; it was not deleted",
                hint=Hint("add --replacement KEY, or --force to stop everything that uses it"),
            )
        removals[key] = removal

    def delete_one(key: Found) -> None:
        removals[key].run(out.note)
        if removals[key].stops_something:
            out.note(f"everything that used key {key.id} stops")

    removals: dict[Found, Removal] = {}
    found = find_all(client, PROVIDER_KEYS, keys, out, aliases=plain_names)
    replacement_id = None
    if replacement is not None and found:
        replacement_id = find(client, PROVIDER_KEYS, replacement, aliases=plain_names).id
        if len(found) > 1 and replacement_id.lower() in [key.id.lower() for key in found]:
            raise UsageError("--replacement must not be a key to delete; nothing was changed")
    refused = for_each(found, prepare, out)
    if removals and confirm.asks:
        _ask(confirm, list(removals.values()), out)
    return most_serious({refused, for_each(list(removals), delete_one, out)})


def _ask(confirm: Confirmation, removals: list[Removal], out: NotePrinter) -> None:
    """Ask once before all of the keys are deleted, naming each one."""
    each = [f"{removal.described}{removal.consequence}" for removal in removals]
    if len(each) == 1:
        confirm(f"Delete {each[0]}? It cannot be restored.")
        return
    for text in each:
        out.note(f"  delete {text}")
    confirm(f"Delete these {len(each)} provider keys? They cannot be restored.")
