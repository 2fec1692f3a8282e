"""Keys on disk: permissions and links."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmctl.config import Profile, ProfileStore
from llmctl.errors import ExitCode
from llmctl.safe.private_file import LOCK_NAME
from llmctl.safe.secret import Secret
from tests.conftest import Run, Shell
from tests.fault_table import Got
from tests.support import KEY, RecordingServer, Reply, page

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.fixture
def directory() -> Path:
    path = ProfileStore().directory
    path.mkdir(parents=True)
    return path


def store(number: int = 0) -> None:
    ProfileStore().add(
        Profile("work", "https://us.posthog.com", str(number)), Secret(KEY), replace=True
    )


def test_c11_umask_000(shell: Shell, server: RecordingServer, key_file: str, got: Got) -> None:
    server.reply(Reply(404, {"detail": "Endpoint not found."}), page([]))
    words = f"--host {server.origin} --project 1 --api-key-file {key_file} --no-check"
    result = shell(
        f"umask 000; llmctl profiles add work {words} && "
        "llmctl clustering-jobs list && llmctl clustering-jobs list -p sandbox"
    )
    assert result.code == 0, result.err
    home = Path(os.environ["HOME"])
    modes = {
        path.relative_to(home).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in home.rglob("*")
    }
    got(f"{len(modes)} files and directories")
    assert {"credentials.toml", "config.toml", LOCK_NAME, "prefixes.json"} <= {
        Path(name).name for name in modes
    }
    assert all(mode in (0o600, 0o700) for mode in modes.values()), modes


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_c12_credentials_that_others_can_read(run: Run, mode: int) -> None:
    store()
    file = ProfileStore().directory / "credentials.toml"
    file.chmod(mode)
    before = file.read_bytes()
    for words in (
        ["clustering-jobs", "list"],
        ["profiles", "show"],
        ["profiles", "remove", "work", "--yes"],
    ):
        result = run(*words)
        assert result.code == ExitCode.CONFIG
        assert f"hint: chmod 600 {file}" in result.err
    assert file.read_bytes() == before


def test_c12_credentials_of_posthogs_own_cli(run: Run) -> None:
    file = Path(os.environ["HOME"]) / ".posthog" / "credentials.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"host": "https://eu.posthog.com", "token": KEY, "env_id": "7"}))
    for mode, said in {0o644: f"chmod 600 {file}", 0o600: ""}.items():
        file.chmod(mode)
        result = run("profiles", "add", f"m{mode}", "--from-posthog-cli", "--no-check")
        assert result.code == 0
        assert said in result.err
        assert ("other users can read" in result.err) == bool(said)


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration directory that other users can look into, as if created carelessly."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("LLMCTL_CONFIG_DIR", folder)
        yield Path(folder)


WATCHER = """
import os, sys
folder, looks, read = sys.argv[1], 0, set()
os.setgroups([])
os.setresgid(54321, 54321, 54321)
os.setresuid(54321, 54321, 54321)
print("ready", flush=True)
while not os.path.exists(os.path.join(folder, "stop")):
    for name in os.listdir(folder):
        looks += 1
        try:
            with open(os.path.join(folder, name)) as file:
                file.read()
            read.add(name)
        except OSError:
            pass
print(looks, *sorted(read - {"stop"}))
"""


@needs_root
@pytest.mark.parametrize("rewrites", [30, pytest.param(500, marks=pytest.mark.complete)])
def test_c13_another_user_watches(reachable: Path, rewrites: int, got: Got) -> None:
    (reachable / "decoy").write_text("everybody may read this")
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, str(reachable)], stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "ready\n"
        try:
            for number in range(rewrites):
                store(number)
        finally:
            (reachable / "stop").write_text("")
        looks, *read = watcher.stdout.readline().split()
    got(f"{rewrites} rewrites, {looks} looks, read: {' '.join(read)}")
    assert read == ["decoy"]


@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_c14_link_into_a_dotfiles_folder(
    run: Run, directory: Path, tmp_path: Path, name: str
) -> None:
    dotfile = tmp_path / "dotfiles" / name
    dotfile.parent.mkdir()
    dotfile.write_text("")
    dotfile.chmod(0o600)
    (directory / name).symlink_to(dotfile)
    store()
    assert (directory / name).is_symlink()
    assert "work" in dotfile.read_text()
    assert [path.name for path in dotfile.parent.iterdir()] == [name]
    assert run("profiles", "show").code == 0


def test_c14_link_to_nothing_yet(directory: Path, tmp_path: Path) -> None:
    (directory / "credentials.toml").symlink_to(tmp_path / "dotfiles" / "credentials.toml")
    store()
    assert (directory / "credentials.toml").is_symlink()
    assert stat.S_IMODE((tmp_path / "dotfiles" / "credentials.toml").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "directory"])
def test_c15_planted_lock(run: Run, directory: Path, tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    planted = directory / LOCK_NAME
    if kind == "link":
        planted.symlink_to(victim)
    elif kind == "second name":
        planted.hardlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(planted)
    else:
        planted.mkdir()
    result = run("profiles", "use", "sandbox")
    assert result.code == ExitCode.CONFIG
    assert "lock" in result.err
    assert victim.read_text() == "precious"
    assert not (directory / "config.toml").exists()


def test_c15_planted_temporary_file(run: Run, directory: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (directory / ".llmctl-planted").symlink_to(victim)
    assert run("profiles", "use", "sandbox").code == 0
    assert victim.read_text() == "precious"
    assert sorted(path.name for path in directory.iterdir()) == [LOCK_NAME, "config.toml"]
