"""Generate the completion scripts from the commands. `completions/` has those of a release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llmctl.config.shells import FILES, Shell
from llmctl.reference.completion import bash, fish, folder, grammar, powershell, zsh

FOLDER = Path(__file__).parents[3] / "completions"
_RENDER = {
    Shell.BASH: bash.render,
    Shell.ZSH: zsh.render,
    Shell.FISH: fish.render,
    Shell.POWERSHELL: powershell.render,
}


def script(shell: Shell) -> str:
    """Return the completion script for a shell; generate it if it is not in the package."""
    packaged = folder().joinpath(FILES[shell])
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return _RENDER[shell](grammar.groups())


def scripts() -> Iterator[tuple[Path, str]]:
    """Yield the path of each script with its text as it should be."""
    groups = grammar.groups()
    for shell, name in FILES.items():
        yield FOLDER / name, _RENDER[shell](groups)
