"""completion: print or install the script for tab completion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from llmctl import paths
from llmctl.cli.options import examples
from llmctl.errors import ConfigError, Hint
from llmctl.output import note, write
from llmctl.reference.completion import FILES, Shell
from llmctl.reference.completion.generate import script
from llmctl.safe.private_file import write_private

app = typer.Typer(rich_markup_mode=None)


@app.command(
    "completion",
    epilog=examples("llmctl completion bash", "llmctl completion zsh --install"),
)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
    install: Annotated[bool, typer.Option("--install", help="Install it for this user.")] = False,
) -> None:
    """Print the script for tab completion of commands, options, IDs and profiles.

    Completion starts no process. IDs and names come from the last `list`, which stores them, but no
    secrets, in the cache directory.
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
    """Return the path at which the shell looks for the user's own script, and the steps left to the
    user."""
    if shell is Shell.BASH:
        moved = os.environ.get("BASH_COMPLETION_USER_DIR")
        own = (
            Path(moved)
            if moved
            else _directory("XDG_DATA_HOME", ".local/share") / "bash-completion"
        )
        path = own / "completions" / "llmctl"
        return path, (
            "restart your shell to use it; without the package bash-completion, "
            f"first add this line to ~/.bashrc: . '{path}'"
        )
    if shell is Shell.ZSH:
        functions = _directory("XDG_DATA_HOME", ".local/share") / "zsh" / "site-functions"
        return functions / FILES[shell], (
            "add this line to ~/.zshrc, before compinit, and restart your shell: "
            f"fpath=('{functions}' $fpath)"
        )
    if shell is Shell.FISH:
        own = _directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions"
        return own / FILES[shell], "restart your shell to use it"
    path = paths.data_dir() / FILES[shell]
    return path, f"add this line to your $PROFILE and restart your shell: . '{path}'"


def _directory(variable: str, default: str) -> Path:
    """Return one of the XDG base directories. ConfigError if there is no home directory."""
    moved = os.environ.get(variable)
    if moved and Path(moved).is_absolute():
        return Path(moved)
    try:
        return Path.home() / default
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to install into",
            hint=Hint("print the script instead", ("completion", "SHELL")),
        ) from None
