"""rotate: give a provider key a new secret, in one project or in many."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.cli.dependencies import Confirm, EngineConnections, shows_projects
from llmctl.cli.injection import Depends, command
from llmctl.cli.options import command_parser, word_parser
from llmctl.commands.provider_keys.fields import KeyArgument, ProviderOption
from llmctl.commands.provider_keys.new_secret import NewSecret
from llmctl.errors import Hint, UsageError
from llmctl.input.values import parse_age
from llmctl.output import ID, Column, Printer
from llmctl.rotation.strategy import Strategy

if TYPE_CHECKING:
    from llmctl.commands.provider_keys.project_rotation import RotateOptions
    from llmctl.rotation.request import RotationRequest

COLUMNS = (
    ID,
    Column("old_key", null=Hint("no old key")),
    Column("new_key", null=Hint("no new key")),
    Column("was_active"),
    Column("moved_evaluations"),
    Column("deleted"),
    Column("resumed"),
    Column("changed"),
)
COLUMNS_OF_SEVERAL = (
    Column("profile"),
    Column("project", shown=False),
    Column("result"),
    Column("exit_code", "code"),
    Column("id", "key", whole=True, at_end=True),
    Column("mask"),
    Column("message", below=True),
)

ActiveOption = Annotated[bool, typer.Option("--active", help="Rotate the active key.")]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="Rotate the key with this name.",
        parser=word_parser("--name", "a name"),
    ),
]
StrategyOption = Annotated[
    Strategy | None, typer.Option("--strategy", help="See above. Default: in-place.")
]
KeepOldOption = Annotated[
    bool, typer.Option("--keep-old", help="Replace, but keep the old key until --finish.")
]
FinishOption = Annotated[
    bool, typer.Option("--finish", help="Finish a replacement; delete the old key.")
]
RollbackOption = Annotated[
    bool,
    typer.Option("--rollback", help="Undo a replacement; delete the new key."),
]
AbortOption = Annotated[bool, typer.Option("--abort", help="Same as --rollback.")]
ExpectMaskOption = Annotated[
    str | None,
    typer.Option(
        "--expect-mask",
        metavar="MASK",
        help="Stop unless the current key has this mask.",
        parser=word_parser("--expect-mask", "a mask"),
    ),
]
WAIT_TIMEOUT = 3600.0
WaitTimeoutOption = Annotated[
    float,
    typer.Option(
        "--wait-timeout",
        metavar="SECONDS",
        help="Time limit for waiting while the server limits the rate.",
    ),
]
RevokeCommandOption = Annotated[
    str | None,
    typer.Option(
        "--revoke-command",
        metavar="CMD",
        help="Command to run after the old secret is no longer used.",
        parser=command_parser("--revoke-command"),
    ),
]
RecoverOption = Annotated[
    bool, typer.Option("--recover", help="Then start the evaluations that the key stopped.")
]
StaleAfterOption = Annotated[
    timedelta,
    typer.Option(
        "--stale-after",
        metavar="AGE",
        help="A replacement started longer ago than this was abandoned: 24h, 7d, 2w.",
        parser=functools.partial(parse_age, option="--stale-after"),
    ),
]
RevokedOption = Annotated[
    bool,
    typer.Option("--revoked", help="Only record that the old secrets of the key are revoked."),
]

app = typer.Typer()


def _request(
    key: KeyArgument = None,
    active: ActiveOption = False,
    name: NameOption = None,
    provider: ProviderOption = None,
    strategy: StrategyOption = None,
    keep_old: KeepOldOption = False,
    finish: FinishOption = False,
    rollback: RollbackOption = False,
    abort: AbortOption = False,
    expect_mask: ExpectMaskOption = None,
    stale_after: StaleAfterOption = "24h",  # type: ignore[assignment] # Typer parses it
) -> Any:  # a RotationRequest; its module is loaded late, because help does not need it
    from llmctl.rotation.find_key import Selector
    from llmctl.rotation.request import Mode, RotationRequest

    selector = Selector.of(key, active=active, name=name, provider=provider)
    given = [
        (keep_old, "--keep-old", Mode.KEEP_OLD),
        (finish, "--finish", Mode.FINISH),
        (rollback, "--rollback", Mode.ROLLBACK),
        (abort, "--abort", Mode.ROLLBACK),
    ]
    modes = [(option, mode) for is_given, option, mode in given if is_given]
    if len(modes) > 1:
        raise UsageError(f"{' and '.join(option for option, _ in modes)} cannot be combined")
    if modes and strategy is Strategy.IN_PLACE:
        raise UsageError(f"{modes[0][0]} cannot be combined with --strategy {strategy}")
    mode = modes[0][1] if modes else Mode.FULL
    strategy = strategy or (Strategy.REPLACE if modes else Strategy.IN_PLACE)
    return RotationRequest(selector, None, strategy, mode, expect_mask, stale_after=stale_after)


Request = Annotated["RotationRequest", Depends(_request)]


@command(
    app,
    "rotate",
    "NEW=sk-proj-0123456789 llmctl provider-keys rotate 'Production OpenAI' "
    "--api-key-env NEW --yes -p sandbox",
    "llmctl provider-keys rotate --active --strategy replace --abort --yes -p sandbox",
)
def rotate(
    request: Request,
    new_secret: NewSecret,
    connections: EngineConnections,
    out: Annotated[Printer, shows_projects(COLUMNS, COLUMNS_OF_SEVERAL)],
    confirm: Confirm,
    revoke_command: RevokeCommandOption = None,
    revoked: RevokedOption = False,
    recover: RecoverOption = False,
    wait_timeout: WaitTimeoutOption = WAIT_TIMEOUT,
) -> int:
    """Give a provider key a new secret. Safe to interrupt: run it again to finish.

    in-place (default) changes the secret of the key in one request, which the server validates with
    the provider. Nothing that uses the key has to change. It cannot be rolled back, because the old
    secret cannot be read.

    replace creates a new key, makes it active if the old one was, moves the evaluations, and
    deletes the old key. Until then, the rotation can be rolled back; with --keep-old, the old key
    is kept until you run the command with --finish.

    The new secret is read from a hidden prompt; in scripts, use --api-key-file, --api-key-env or
    --api-key-command. In their values, {profile} is replaced by the profile's name.

    The revoke command receives the old key in the variables LLMCTL_OLD_KEY_ID, LLMCTL_OLD_KEY_NAME,
    LLMCTL_OLD_KEY_MASK and LLMCTL_OLD_KEY_PROVIDER.

    With --recover, evaluations that the key stopped are started once it works, but not those that a
    user paused. The exit code is 6 if one cannot be started.
    """
    from llmctl import config
    from llmctl.commands.provider_keys.project_rotation import RotateOptions
    from llmctl.commands.provider_keys.rotate_many import rotate_many
    from llmctl.commands.provider_keys.rotate_one import rotate_one
    from llmctl.commands.provider_keys.settle import settle_by_hand

    config.check_seconds(wait_timeout, "--wait-timeout")
    longest = wait_timeout + new_secret.command_timeout
    if request.stale_after.total_seconds() <= longest:
        raise UsageError(
            "--stale-after must be longer than --wait-timeout and --command-timeout together "
            f"({longest:g} s): a rotation that still waits is not abandoned"
        )
    options = RotateOptions(
        request,
        new_secret,
        connections,
        confirm,
        revoke_command,
        recover,
        out.is_json,
        wait_timeout,
    )
    if revoked:
        _refuse_beside_revoked(options)
        return settle_by_hand(options, out)
    return rotate_many(options, out) if connections.are_several else rotate_one(options, out)


def _refuse_beside_revoked(options: RotateOptions) -> None:
    """Raise UsageError for an option that asks for a rotation."""
    from llmctl.rotation.request import Mode

    others = {
        "a new secret": options.new_secret.is_given,
        "--recover": options.recover,
        "--revoke-command": options.revoke_command is not None,
        "--strategy replace": options.request.strategy is Strategy.REPLACE,
        "several profiles": options.connections.are_several,
    }
    given = [what for what, is_given in others.items() if is_given]
    if options.request.mode is not Mode.FULL:
        given = [f"--{options.request.mode}"]
    if given:
        raise UsageError(f"--revoked cannot be combined with {given[0]}")
