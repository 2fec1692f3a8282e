"""completion: print or install the script for tab completion."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from llmctl.cli.help_layout import HelpCommand
from llmctl.cli.options import examples
from llmctl.config.shells import Shell, own_script
from llmctl.output import note, write
from llmctl.reference.completion.generate import script
from llmctl.safe.private_file import write_private

app = typer.Typer(rich_markup_mode=None)


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
    """Return the place of the user's own script. ConfigError if there is none."""
    path = own_script(shell)
    if shell is Shell.BASH:
        return _Place(
            path,
            "restart your shell to use it; if that does not help, add this line to ~/.bashrc:",
            f". {shlex.quote(str(path))}",
        )
    if shell is Shell.ZSH:
        folder = os.environ.get("ZDOTDIR", "~")
        return _Place(
            path,
            f"add this line to {folder}/.zshrc, before compinit, and restart your shell:",
            f"fpath=({shlex.quote(str(path.parent))} $fpath)",
        )
    if shell is Shell.FISH:
        return _Place(path, "restart your shell to use it")
    # Typographic quotes end a string in PowerShell, too; each is doubled.
    quoted = re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", str(path))
    return _Place(path, "add this line to your $PROFILE and restart your shell:", f". '{quoted}'")
