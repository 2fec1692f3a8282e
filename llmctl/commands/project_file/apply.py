"""apply: make a project as a file describes it."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.cli.dependencies import Confirm, WriterConnections, shows_projects
from llmctl.cli.injection import command
from llmctl.cli.options import COMMAND_TIMEOUT, CommandTimeoutOption
from llmctl.commands.project_file.diff import COLUMNS, COLUMNS_OF_SEVERAL
from llmctl.commands.project_file.options import DropUnsupportedOption, File, PruneOption
from llmctl.output import Printer

ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Overwrite what others change after the plan is made."),
]

app = typer.Typer(rich_markup_mode=None)


@command(
    app,
    "apply",
    "llmctl apply -f llm.toml --dry-run -p sandbox",
    "llmctl apply -f llm.toml --prune --yes -p sandbox",
)
def apply(
    file: File,
    connections: WriterConnections,
    out: Annotated[Printer, shows_projects(COLUMNS, COLUMNS_OF_SEVERAL, is_text=True)],
    confirm: Confirm,
    prune: PruneOption = False,
    drop_unsupported: DropUnsupportedOption = False,
    force: ForceOption = False,
    command_timeout: CommandTimeoutOption = COMMAND_TIMEOUT,
) -> int:
    """Make the project as a file describes it. Safe to interrupt: run it again to finish.

    The plan is that of diff. What the file does not mention is not changed, and nothing is deleted
    without --prune. Evaluations are enabled last; none that runs is paused or left without a key on
    the way.

    The secret of a new provider key is read from the variable, file or command that its
    api_key_env, api_key_file or api_key_command names. A key that exists keeps its secret.

    Each object is read again before it is changed. If another client has changed it since the plan
    was made, nothing of it is overwritten, and the exit code is 10. The server cannot check and
    write at once, so that a change in that moment can be lost.
    """
    from llmctl import config
    from llmctl.commands.project_file.apply_run import ApplyOptions, run

    config.check_seconds(command_timeout, "--command-timeout")
    options = ApplyOptions(connections, confirm, prune, drop_unsupported, force, command_timeout)
    return run(options, file, out)
