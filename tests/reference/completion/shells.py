"""Real shells on a pseudo-terminal: keys go in, and the resulting line comes out.

Nothing sleeps. A key is bound in each shell that prints the line between markers and empties it;
keys are handled in order, so the marker shows that all keys before it are done, and the output
before it is theirs.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from pathlib import Path
from typing import NamedTuple

import pytest

BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")

_SECONDS = 20.0
_SHOW = "\x18\x10"  # Ctrl-X Ctrl-P
_PROMPT = "ready> "
_LINE = re.compile(f"<<(.*?)>>.*?{_PROMPT}", re.DOTALL)

_BASH = rf"""
PS1='{_PROMPT}'
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind 'set show-all-if-ambiguous on'
bind 'set enable-bracketed-paste off'
bind -x '"\C-x\C-p": printf "<<%s>>" "$READLINE_LINE"; READLINE_LINE='
. "$SCRIPT"
"""
_ZSH = rf"""
PS1='{_PROMPT}'
fpath=("$SCRIPT:h" $fpath)
autoload -Uz compinit && compinit -D -u
setopt no_beep
LISTMAX=0
show() {{ zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }}
zle -N show
bindkey '^X^P' show
"""
_FISH = rf"""
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; printf '{_PROMPT}'; end
function fish_title; end
function show
    set -l line (commandline)
    printf '\n<<%s>>\n' "$line"
    commandline ''
    commandline -f repaint
end
function fish_user_key_bindings; bind \cx\cp show; end
"""
# The start-up file of each shell, and the keys after which it has shown all there is.
KINDS = {
    "bash": (_BASH, "\t"),
    "bash and bash-completion": (_BASH.replace("$SCRIPT", str(BASH_COMPLETION)), "\t"),
    "zsh": (_ZSH, "\t\t"),
    "fish": (_FISH, "\t"),
}


class Shown(NamedTuple):
    """The line after the keys, and the screen until then."""

    line: str
    screen: str


class Terminal:
    """One of KINDS on its own terminal, in `folder`, with only dummy programs in PATH. `script` is
    the path to which `llmctl completion SHELL --install` wrote the script.
    """

    def __init__(self, kind: str, folder: Path, script: Path) -> None:
        shell = kind.partition(" ")[0]
        program = need(shell)
        if kind != shell and not BASH_COMPLETION.exists():
            pytest.skip("the package bash-completion is not installed")
        self._folder = folder
        start_up, self.tab = KINDS[kind]
        command = [program, "-i"]
        if shell == "bash":
            (folder / "bashrc").write_text(start_up)
            command = [program, "--noprofile", "--rcfile", str(folder / "bashrc"), "-i"]
        elif shell == "zsh":
            (folder / ".zshrc").write_text(start_up)
        else:
            (script.parent.parent / "config.fish").write_text(start_up)
            # Without it fish starts a program of its own, once.
            (script.parents[3] / ".local/share/fish/generated_completions").mkdir(parents=True)
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in ("HOME", "K") or name.startswith(("LLMCTL_", "POSTHOG_", "XDG_"))
        } | {
            "PATH": str(_programs(folder)),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            "SCRIPT": str(script),
            "ZDOTDIR": str(folder),
        }
        self._master, self._slave = pty.openpty()
        termios.tcsetwinsize(self._slave, (100, 200))
        # The first terminal that the leader of a session opens becomes its own.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&0', os.ttyname(self._slave), *command],
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        self._wait_for(re.compile(_PROMPT))

    def press(self, keys: str) -> Shown:
        """Press keys on an empty line."""
        os.write(self._master, (keys + _SHOW).encode())
        seen = self._wait_for(_LINE)
        found = _LINE.search(seen)
        assert found is not None
        return Shown(found[1], seen[: found.start()])

    def ran(self) -> list[str]:
        """The programs that were started."""
        trace = self._folder / "ran"
        return trace.read_text().splitlines() if trace.exists() else []

    def close(self) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)
        os.close(self._slave)

    def _wait_for(self, pattern: re.Pattern[str]) -> str:
        """The shell's output up to the pattern."""
        end = time.monotonic() + _SECONDS
        seen = b""
        while not pattern.search(seen.decode("utf-8", "replace")):
            ready = select.select([self._master], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"{pattern.pattern!r} did not come: {seen!r}"
            seen += os.read(self._master, 65536)
        return seen.decode("utf-8", "replace")


def need(program: str) -> str:
    """The program's path; the test is skipped if it is absent."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def _programs(folder: Path) -> Path:
    """A directory for PATH in which each program leaves a trace and does nothing else."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("llmctl", "python", "python3", "touch"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "$0 $*" >>{folder}/ran\n')
        program.chmod(0o755)
    return programs
