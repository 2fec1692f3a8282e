"""rotate: give a provider key a new secret, in one project or in many."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.cli import completers
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
    YesOption,
    examples,
)
from llmctl.commands.provider_keys.group import ProviderOption, app
from llmctl.input.values import parse_optional_id
from llmctl.output import View
from llmctl.output.messages import require_terminal
from llmctl.rotation.strategy import Strategy


@app.command(
    "rotate",
    epilog=examples(
        "NEW=sk-proj-0123456789 llmctl provider-keys rotate --active --api-key-env NEW --yes "
        "-p sandbox",
        "llmctl provider-keys rotate --active --strategy replace --abort --yes -p sandbox",
    ),
)
def rotate(
    key_id: Annotated[
        str | None, typer.Argument(metavar="[KEY_ID]", show_default=False), completers.OWN_IDS
    ] = None,
    active: Annotated[
        bool, typer.Option("--active", help="Rotate the key that evaluations use.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="Rotate the key of this name.")
    ] = None,
    provider: ProviderOption = None,
    api_key_file: KeyFileOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_command: KeyCommandOption = None,
    strategy: Annotated[
        Strategy, typer.Option("--strategy", help="How: see above.")
    ] = Strategy.IN_PLACE,
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="replace: stop before the old key is deleted.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="replace: do the rest of a rotation.")
    ] = False,
    rollback: Annotated[
        bool,
        typer.Option("--rollback", help="replace: remove the new key, while the old one is there."),
    ] = False,
    abort: Annotated[
        bool,
        typer.Option("--abort", help="replace: the same as --rollback."),
    ] = False,
    expect_mask: Annotated[
        str | None,
        typer.Option(
            "--expect-mask", metavar="MASK", help="Refuse unless the current key has this mask."
        ),
    ] = None,
    revoke_command: Annotated[
        str | None,
        typer.Option("--revoke-command", metavar="CMD", help="Run when the old secret is unused."),
    ] = None,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", metavar="A,B,C", help="In each of these projects."),
        completers.PROFILES,
    ] = None,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="In the project of every stored profile.")
    ] = False,
    yes: YesOption = False,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Give a provider key a new secret. Whatever dies, running it again finishes the job.

    in-place (default) swaps the secret under the same id in one request that the server validates:
    the safest way, and everything that uses the key stays as it is. It has no way back, as nobody
    can read the old secret.

    replace creates a new key, makes it active if the old one was, moves the evaluations, and
    deletes the old key: with a way back until then, and with --keep-old as long as you like.

    You are prompted for the new secret (input hidden), or give --api-key-file,
    --api-key-env or --api-key-command; there {profile} stands for the profile's name.
    --revoke-command finds the old key in LLMCTL_OLD_KEY_ID, LLMCTL_OLD_KEY_NAME,
    LLMCTL_OLD_KEY_MASK and LLMCTL_OLD_KEY_PROVIDER.
    """
    from llmctl.commands.provider_keys import rotate_many, rotate_one
    from llmctl.commands.provider_keys.rotate_one import Call, KeySource
    from llmctl.rotation.find_key import Selector

    selector = Selector(parse_optional_id(key_id, option="KEY_ID"), active, name, provider)
    selector.check()
    in_many = profiles is not None or all_profiles
    way = rotate_one.choose_way(
        strategy, keep_old=keep_old, finish=finish, rollback=rollback, abort=abort
    )
    rotate_one.check_profiles(profiles, all_profiles, profile, host, project)
    blocks = {"old_key": "no old key", "new_key": "no new key"}
    view = View(
        rotate_many.COLUMNS if in_many else rotate_one.COLUMNS, output, columns, blocks=blocks
    )
    if not dry_run:
        require_terminal(yes=yes)
    call = Call(
        selector=selector,
        strategy=strategy,
        way=way,
        source=KeySource(api_key_file, api_key_env, api_key_command),
        expect_mask=expect_mask,
        revoke_command=revoke_command,
        yes=yes,
        dry_run=dry_run,
        timeout=timeout,
        retries=retries,
        verbose=verbose,
    )
    if in_many:
        chosen = rotate_many.chosen_profiles(profiles)
        rotate_many.note_ignored_variables("--all-profiles" if all_profiles else "--profiles")
        return rotate_many.rotate_in_many(call, chosen, view)
    return call.in_one(profile, host, project, view)
