"""`llmctl completion`: printing and installing the scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmctl.config.shells import Shell
from llmctl.reference.completion.generate import script
from tests.conftest import Run
from tests.conftest import Shell as RunShell
from tests.terminal import drawn


@pytest.mark.parametrize("shell", Shell)
def test_prints_the_script(run: Run, shell: Shell) -> None:
    result = run("completion", shell)
    assert (result.code, result.out, result.err) == (0, script(shell), "")


@pytest.mark.parametrize(
    ("shell", "where", "advice"),
    [
        ("bash", ".local/share/bash-completion/completions/llmctl", "~/.bashrc:\n  . /"),
        ("zsh", ".local/share/zsh/site-functions/_llmctl", "fpath=("),
        ("fish", ".config/fish/completions/llmctl.fish", "restart your shell"),
        ("powershell", ".local/share/llmctl/llmctl.ps1", "$PROFILE"),
    ],
)
def test_install_writes_it_where_the_shell_looks(
    run: Run, tmp_path: Path, shell: Shell, where: str, advice: str
) -> None:
    result = run("completion", shell, "--install")
    path = tmp_path / "home" / where
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith(f"wrote {path}\n")
    assert advice in result.err
    assert path.read_text() == script(Shell(shell))
    assert run("completion", shell, "--install").code == 0  # again: the new one in its place


BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
# How a shell shows that it has the completion; the line to add is in LINE.
_LOADED = {
    "bash": 'eval "$LINE"; complete -p llmctl',
    "zsh": 'eval "$LINE"; autoload -Uz compinit && compinit -D -u; whence -w _llmctl',
    "fish": "complete -C 'llmctl clustering-' | grep -q clustering-jobs; and echo _llmctl",
}


def ask_shell(shell: str, script: str, **settings: str) -> str:
    """What a real shell prints; the test is skipped where it is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    switches = {"bash": ["--norc"], "zsh": ["-f"]}.get(shell, [])
    done = subprocess.run(
        [shell, *switches, "-c", script],
        env=os.environ | settings | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("name", ["o'brien", "two words", 'a"b$HOME`x`', "a\\b"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_m11_homes_that_need_quotes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, name: str
) -> None:
    home = tmp_path / name
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    result = run("completion", shell, "--install")
    assert result.code == 0
    *_, line = result.err.splitlines()
    assert "_llmctl" in ask_shell(shell, _LOADED[shell], LINE=line)


def test_m11_quotes_in_powershell(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_DATA_DIR", str(tmp_path / "o'brien\u2019s"))
    result = run("completion", "powershell", "--install")
    assert result.err.endswith("/o''brien\u2019\u2019s/llmctl.ps1'\n")


@pytest.mark.parametrize("listed", ["{0}/a:{0}/b", ":{0}/a:{0}/b", "rel:{0}/a", "{0}/a:", "{0}/a/"])
def test_m11_list_of_directories(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    monkeypatch.setenv("BASH_COMPLETION_USER_DIR", listed.format(tmp_path))
    assert run("completion", "bash", "--install").code == 0
    assert (tmp_path / "a" / "completions" / "llmctl").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "home"]


@pytest.mark.parametrize(
    ("shell", "variable"),
    [
        ("bash", "BASH_COMPLETION_USER_DIR"),
        ("bash", "XDG_DATA_HOME"),
        ("bash", "HOME"),
        ("zsh", "HOME"),
        ("fish", "XDG_CONFIG_HOME"),
        ("fish", "HOME"),
    ],
)
@pytest.mark.parametrize("text", ["rel", "./rel", "~/rel"])
def test_m11_relative_directories_are_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    result = run("completion", shell, "--install")
    assert (result.code, result.out) == (3, "")
    if variable != "HOME":
        assert f"{variable} is not an absolute path: {text}\n" in result.err
    assert "omit --install" in result.err
    assert [path.name for path in tmp_path.rglob("*")] == ["home"]


@pytest.mark.parametrize("variable", ["BASH_COMPLETION_USER_DIR", "XDG_DATA_HOME"])
def test_m11_bash_completion_finds_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    if not BASH_COMPLETION.exists():
        pytest.skip("bash-completion is not installed")
    monkeypatch.setenv(variable, str(tmp_path / "own"))
    assert run("completion", "bash", "--install").code == 0
    script = f". {BASH_COMPLETION}; _completion_loader llmctl; complete -p llmctl"
    assert "_llmctl" in ask_shell("bash", script)


def test_m11_fish_finds_it_where_it_was_moved(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "a b"))
    assert run("completion", "fish", "--install").code == 0
    assert "_llmctl" in ask_shell("fish", _LOADED["fish"])


def test_m11_zsh_with_its_own_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative XDG_DATA_HOME is ignored, as its specification says: the line names the folder."""
    monkeypatch.setenv("ZDOTDIR", str(tmp_path / "zsh"))
    monkeypatch.setenv("XDG_DATA_HOME", "rel")
    result = run("completion", "zsh", "--install")
    assert f"add this line to {tmp_path}/zsh/.zshrc, before compinit" in result.err
    assert (tmp_path / "home/.local/share/zsh/site-functions/_llmctl").is_file()


def test_m11_the_line_to_add_is_not_broken(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / ("folder " * 20)
    for shell in ("bash", "zsh"):
        shown = drawn("completion", shell, "--install", columns=40, XDG_DATA_HOME=str(moved))
        assert str(moved) in shown.text.splitlines()[-1]


def test_install_keeps_a_link_into_a_folder_of_dotfiles(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "llmctl.fish"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "home/.config/fish/completions/llmctl.fish"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert run("completion", "fish", "--install").code == 0
    assert link.is_symlink()
    assert target.read_text() == script(Shell.FISH)


def test_it_needs_no_settings(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LLMCTL_OUTPUT", "nonsense")
    (tmp_path / "config.toml").write_text("= broken")
    assert run("completion", "bash").out == script(Shell.BASH)


def test_an_unknown_shell_is_refused(run: Run) -> None:
    result = run("completion", "tcsh")
    assert result.code == 2
    assert "'bash', 'zsh', 'fish', 'powershell'" in result.err


def test_a_place_that_cannot_be_written_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home" / ".local").write_text("")
    result = run("completion", "zsh", "--install")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("error: cannot write ")


def test_printing_needs_no_home(shell: RunShell) -> None:
    result = shell("env -u HOME llmctl completion bash | head -n1")
    assert (result.code, result.err) == (0, "")
