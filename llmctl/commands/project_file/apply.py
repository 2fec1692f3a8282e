"""apply: apply a file to a project."""

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
    typer.Option("--force", help="Overwrite what others have changed since the plan."),
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
    """Apply a file to the project. Safe to interrupt: run it again to finish.

    Shows the same plan as diff, then asks. What the file does not mention stays as it is, and
    nothing is deleted without --prune. Evaluations are enabled last; running ones are not paused,
    and always have a key.

    The secret of a new provider key is read from its api_key_env, api_key_file or api_key_command.
    Existing keys keep their secrets.

    Each object is read again before it is changed. If someone else has changed it since the plan,
    apply stops with exit code 10. The server cannot compare before it writes: a change in the
    moment between this read and the write is lost.
    """
    from llmctl import config
    from llmctl.commands.project_file.apply_projects import ApplyOptions, run

    config.check_seconds(command_timeout, "--command-timeout")
    options = ApplyOptions(connections, confirm, prune, drop_unsupported, force, command_timeout)
    return run(options, file, out)
