"""`llmctl completion`: printing and installing the scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmctl.reference.completion import Shell
from llmctl.reference.completion.generate import script
from tests.conftest import Run
from tests.conftest import Shell as RunShell


@pytest.mark.parametrize("shell", Shell)
def test_prints_the_script(run: Run, shell: Shell) -> None:
    result = run("completion", shell)
    assert (result.code, result.out, result.err) == (0, script(shell), "")


@pytest.mark.parametrize(
    ("shell", "where", "advice"),
    [
        ("bash", ".local/share/bash-completion/completions/llmctl", "~/.bashrc: . '"),
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
