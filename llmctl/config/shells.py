"""The shells with tab completion, and where each looks for the user's own script."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

from llmctl import paths
from llmctl.errors import ConfigError, Hint


class Shell(StrEnum):
    """The shells with a completion script."""

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
# Where an installed llmctl has put the scripts, below the directory that it is installed in.
_INSTALLED = {
    Shell.BASH: "share/bash-completion/completions/llmctl",
    Shell.ZSH: "share/zsh/site-functions/_llmctl",
    Shell.FISH: "share/fish/vendor_completions.d/llmctl.fish",
}

_PRINT_INSTEAD = Hint("omit --install to print the script")


def own_script(shell: Shell) -> Path:
    """Return where the shell looks for the user's own script.

    ConfigError if there is no home directory, or if the shell looks in a relative directory.
    """
    if shell is Shell.BASH:
        return _bash_completion() / "completions" / "llmctl"
    if shell is Shell.ZSH:
        share = _home_directory("XDG_DATA_HOME", ".local/share")
        return share / "zsh" / "site-functions" / FILES[shell]
    if shell is Shell.FISH:
        _refuse_relative("XDG_CONFIG_HOME", os.environ.get("XDG_CONFIG_HOME"))
        return _home_directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / FILES[shell]
    return paths.data_dir() / FILES[shell]


def found_scripts(shell: Shell) -> list[Path]:
    """Return the scripts for a shell that are there: the user's own, and the installed one."""
    places = [own_script(shell)]
    if shell in _INSTALLED:
        places += [Path(root) / _INSTALLED[shell] for root in (sys.prefix, "/usr/local", "/usr")]
    return [place for place in places if place.is_file()]


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
