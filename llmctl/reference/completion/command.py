"""completion: the script that completes llmctl's command line in a shell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from llmctl import paths
from llmctl.cli.options import examples
from llmctl.errors import ConfigError
from llmctl.output import note, write
from llmctl.reference.completion import FILES, Shell, script
from llmctl.safe.private_file import write_private

app = typer.Typer(rich_markup_mode=None)


@app.command(
    "completion",
    epilog=examples("llmctl completion bash", "llmctl completion zsh --install"),
)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
    install: Annotated[
        bool, typer.Option("--install", help="Write it where the shell looks for it.")
    ] = False,
) -> None:
    """Print the script that completes commands, options, ids and profiles at TAB.

    It starts no process: ids and names are those that the last `list` showed.
    """
    text = script(shell)
    if not install:
        write(text)
        return
    path, advice = _place(shell)
    write_private(path, text.encode(), durable=False)
    note(f"wrote {path}")
    note(advice)


def _place(shell: Shell) -> tuple[Path, str]:
    """Where the shell looks for the user's own scripts, and what else is needed."""
    if shell is Shell.BASH:
        moved = os.environ.get("BASH_COMPLETION_USER_DIR")
        own = (
            Path(moved)
            if moved
            else _directory("XDG_DATA_HOME", ".local/share") / "bash-completion"
        )
        path = own / "completions" / "llmctl"
        return path, (
            "new shells have it if the package bash-completion is installed; "
            f"else add to ~/.bashrc: . '{path}'"
        )
    if shell is Shell.ZSH:
        functions = _directory("XDG_DATA_HOME", ".local/share") / "zsh" / "site-functions"
        return functions / FILES[shell], (
            f"new shells have it if ~/.zshrc says, before compinit: fpath=('{functions}' $fpath)"
        )
    if shell is Shell.FISH:
        own = _directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions"
        return own / FILES[shell], "new shells have it"
    path = paths.data_dir() / FILES[shell]
    return path, f"new shells have it once your $PROFILE says: . '{path}'"


def _directory(variable: str, default: str) -> Path:
    """One of the XDG base directories."""
    moved = os.environ.get(variable)
    if moved and Path(moved).is_absolute():
        return Path(moved)
    try:
        return Path.home() / default
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to install into",
            hint="llmctl completion SHELL prints the script",
        ) from None
