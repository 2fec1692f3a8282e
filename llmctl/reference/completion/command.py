"""completion: print or install the script for tab completion."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from llmctl import paths
from llmctl.cli.help_layout import HelpCommand
from llmctl.cli.options import examples
from llmctl.errors import ConfigError, Hint
from llmctl.output import note, write
from llmctl.reference.completion import FILES, Shell
from llmctl.reference.completion.generate import script
from llmctl.safe.private_file import write_private

app = typer.Typer(rich_markup_mode=None)

_PRINT_INSTEAD = Hint("omit --install to print the script")


@app.command(
    "completion",
    cls=HelpCommand,
    epilog=examples("llmctl completion bash", "llmctl completion zsh --install"),
)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
    install: Annotated[bool, typer.Option("--install", help="Install it for this user.")] = False,
) -> None:
    """Print the script for tab completion of commands, options, names, IDs and profiles.

    Completion starts no process. Names and IDs come from the last `list`, which stores them, but no
    secrets, in the cache directory.
    """
    text = script(shell)
    if not install:
        write(text)
        return
    place = _place(shell)
    write_private(place.path, text.encode(), durable=False)
    note(f"wrote {place.path}", wrap=False)
    note(place.advice)
    if place.line:
        note(f"  {place.line}", wrap=False)


class _Place(NamedTuple):
    """The path of the script, what the user still has to do, and the line to add, if any."""

    path: Path
    advice: str
    line: str = ""


def _place(shell: Shell) -> _Place:
    """Return where the shell looks for the user's own script.

    ConfigError if there is no home directory, or if the shell looks in a relative directory.
    """
    if shell is Shell.BASH:
        path = _bash_completion() / "completions" / "llmctl"
        return _Place(
            path,
            "restart your shell to use it; if that does not help, add this line to ~/.bashrc:",
            f". {shlex.quote(str(path))}",
        )
    if shell is Shell.ZSH:
        functions = _home_directory("XDG_DATA_HOME", ".local/share") / "zsh" / "site-functions"
        folder = os.environ.get("ZDOTDIR", "~")
        return _Place(
            functions / FILES[shell],
            f"add this line to {folder}/.zshrc, before compinit, and restart your shell:",
            f"fpath=({shlex.quote(str(functions))} $fpath)",
        )
    if shell is Shell.FISH:
        _refuse_relative("XDG_CONFIG_HOME", os.environ.get("XDG_CONFIG_HOME"))
        own = _home_directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions"
        return _Place(own / FILES[shell], "restart your shell to use it")
    path = paths.data_dir() / FILES[shell]
    # Typographic quotes end a string in PowerShell, too; each is doubled.
    quoted = re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", str(path))
    return _Place(path, "add this line to your $PROFILE and restart your shell:", f". '{quoted}'")


def _bash_completion() -> Path:
    """Return the user's directory of the package bash-completion."""
    listed = os.environ.get("BASH_COMPLETION_USER_DIR")
    if listed:  # a list since version 2.12
        absolute = [Path(each) for each in listed.split(os.pathsep) if Path(each).is_absolute()]
        if not absolute:
            _refuse_relative("BASH_COMPLETION_USER_DIR", listed)
        return absolute[0]
    _refuse_relative("XDG_DATA_HOME", os.environ.get("XDG_DATA_HOME"))
    return _home_directory("XDG_DATA_HOME", ".local/share") / "bash-completion"


def _home_directory(variable: str, default: str) -> Path:
    """Return one of the XDG base directories. ConfigError if there is no home directory."""
    moved = os.environ.get(variable)
    if moved and Path(moved).is_absolute():
        return Path(moved)
    try:
        home = Path.home()
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to install into", hint=_PRINT_INSTEAD
        ) from None
    _refuse_relative("HOME", str(home))
    return home / default


def _refuse_relative(variable: str, directory: str | None) -> None:
    """Raise ConfigError for a relative directory: the shell would look in the current one."""
    if directory and not Path(directory).is_absolute():
        raise ConfigError(f"{variable} is not an absolute path: {directory}", hint=_PRINT_INSTEAD)
