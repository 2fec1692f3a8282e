"""Tab completion that starts no process: scripts for the shells, made from the commands.

They are checked in as `completions/` and made by `python -m llmctl.reference.completion`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class Shell(StrEnum):
    """The shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


FILES = {
    Shell.BASH: "llmctl.bash",
    Shell.ZSH: "_llmctl",
    Shell.FISH: "llmctl.fish",
    Shell.POWERSHELL: "llmctl.ps1",
}


def folder() -> Path:
    """Where the scripts are: in the package, or at the top of a clone."""
    here = Path(__file__).parent
    packaged = here / "scripts"
    return packaged if packaged.is_dir() else here.parents[2] / "completions"


def script(shell: Shell) -> str:
    """The script for a shell."""
    return (folder() / FILES[shell]).read_text(encoding="utf-8")
