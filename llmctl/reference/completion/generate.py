"""The scripts in `completions/`, made from the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llmctl.reference.completion import FILES, Shell, bash, fish, grammar, powershell, zsh

FOLDER = Path(__file__).parents[3] / "completions"
_RENDER = {
    Shell.BASH: bash.render,
    Shell.ZSH: zsh.render,
    Shell.FISH: fish.render,
    Shell.POWERSHELL: powershell.render,
}


def scripts() -> Iterator[tuple[Path, str]]:
    """Yield the path of each script with its text as it should be."""
    groups = grammar.groups()
    for shell, name in FILES.items():
        yield FOLDER / name, _RENDER[shell](groups)
