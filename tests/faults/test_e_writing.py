"""Writing the configuration files: rivals, kills, full disks, locks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from llmctl import paths
from llmctl.config import Profile, ProfileStore
from llmctl.errors import ExitCode
from llmctl.safe import private_file
from llmctl.safe.private_file import LOCK_NAME, UNLOCKED_PREFIX
from llmctl.safe.secret import Secret
from tests.conftest import Run, Shell
from tests.fault_table import Got
from tests.support import KEY, RecordingServer, Reply, page

ROOT = Path(__file__).parents[2]
COUNTS = [10, pytest.param(50, marks=pytest.mark.complete)]

WRITER = """
import os, sys
from llmctl.app import main
for number in range(int(sys.argv[2])):
    name = os.environ["KEY"] = f"{sys.argv[1]}-{number}"
    code = main(["profiles", "add", name, "--api-key-env", "KEY", "--no-check"])
    if code != 0:
        sys.exit(code)
"""


@pytest.mark.parametrize("count", COUNTS)
def test_e01_writers_at_once(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    """Cache and settings in one directory: the cache has no lock and is written next to them."""
    for name in ("LLMCTL_CONFIG_DIR", "LLMCTL_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "llmctl"))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, str(count)]) for name in "abcd"
    ]
    assert [writer.wait() for writer in writers] == [0] * 4
    store = ProfileStore()
    keys = {name: key.secret for name, key in store.keys().items()}
    assert keys == {profile.name: Secret(profile.name) for profile in store.profiles()}
    assert len(keys) == 4 * count
    got(f"4 writers of {count} profiles each: {len(keys)} profiles")


def test_e07_leftovers_of_writers_without_the_lock(run: Run) -> None:
    """Such a writer may be active: only files older than a minute are leftovers."""
    assert run("profiles", "use", "sandbox").code == 0
    cache = paths.cache_dir()
    old, new = (cache / f"{UNLOCKED_PREFIX}{name}" for name in ("old", "new"))
    for leftover in (old, new):
        leftover.touch()
    os.utime(old, (time.time() - 61,) * 2)
    assert run("profiles", "use", "sandbox").code == 0
    assert not old.exists()
    assert new.exists()


@cache
def killed_writers(how: str, number: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_writer", how, str(number)],
        cwd=ROOT, stdout=subprocess.PIPE, timeout=120, check=True,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.complete
@pytest.mark.parametrize("step", [3, 1])
def test_e02_killed_before_a_line(step: int, got: Got) -> None:
    report = killed_writers("lines", step)
    got(f"{report['killed']} writers killed before a line, every {step}: {report}")
    assert report["old"] + report["new"] + report["key only"] == report["killed"]
    assert report["old"] > 0 < report["new"]


@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.complete)])
def test_e02_killed_at_any_time(count: int, got: Got) -> None:
    report = killed_writers("times", count)
    got(f"{report['killed']} writers killed at any time: {report}")
    assert report["old"] + report["new"] + report["key only"] == report["killed"] == count


def test_e07_leftovers_are_swept(got: Got) -> None:
    report = killed_writers("lines", 3)
    assert (report["modes"], report["left"]) == ([0o600], [])
    got("left with mode 0600, swept by the next writer")


def test_e07_leftovers_beside_the_target_of_a_link(run: Run, tmp_path: Path) -> None:
    directory, dotfiles = ProfileStore().directory, tmp_path / "dotfiles"
    directory.mkdir(parents=True)
    dotfiles.mkdir()
    (directory / "config.toml").symlink_to(dotfiles / "config.toml")
    (dotfiles / ".llmctl-left").write_text("half of a file")
    assert run("profiles", "use", "sandbox").code == 0
    assert [path.name for path in dotfiles.iterdir()] == ["config.toml"]


@contextmanager
def holder() -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is killed."""
    code = (
        "from llmctl.config import ProfileStore; from llmctl.safe.private_file import locked\n"
        "with locked(ProfileStore().directory): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("seconds", [0.1, pytest.param(10.0, marks=pytest.mark.complete)])
def test_e05_lock_held(run: Run, monkeypatch: pytest.MonkeyPatch, seconds: float, got: Got) -> None:
    assert private_file.LOCK_SECONDS == 10.0
    monkeypatch.setattr(private_file, "LOCK_SECONDS", seconds)
    with holder() as process:
        start = time.monotonic()
        result = run("profiles", "use", "sandbox")
        took = time.monotonic() - start
        assert result.code == ExitCode.CONFIG
        assert f"another llmctl (process {process.pid})" in result.err
        assert run("profiles", "list").code == 0
    assert seconds <= took < seconds + 2
    got(f"after {took:.1f} s of {seconds:g}")


def test_e06_holder_killed(run: Run) -> None:
    with holder() as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (ProfileStore().directory / LOCK_NAME).read_text() == str(process.pid)
        assert run("profiles", "use", "sandbox").code == 0


@pytest.fixture
def mounts(tmp_path: Path) -> None:
    """Skip the test if file systems cannot be mounted privately."""
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    try:
        subprocess.run(probe, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount file systems in a namespace of our own")


@pytest.fixture
def store() -> ProfileStore:
    store = ProfileStore()
    store.add(Profile("work", "https://us.posthog.com", "1"), Secret(KEY), replace=False)
    return store


ADD = "llmctl profiles add second --no-check --api-key-file"


def test_e03_full_disk(
    shell: Shell, store: ProfileStore, key_file: str, mounts: None, got: Got
) -> None:
    """The files are copied onto a file system of 64 kB, which is then filled to the last byte."""
    folder = store.directory
    result = shell(f"""unshare -m bash -euc '
        cp -a {folder}/. {folder}.copy; mount -t tmpfs -o size=64k none {folder}
        cp -a {folder}.copy/. {folder}
        dd if=/dev/zero of={folder}/filler bs=1k 2>/dev/null || true
        {ADD} {key_file} || echo "exit $?"
        llmctl profiles use sandbox || echo "exit $?"
        diff -r -x filler -x {LOCK_NAME} {folder} {folder}.copy && ls -A {folder}
        rm -r {folder}/filler {folder}.copy; {ADD} {key_file} && echo well'""")
    lines = result.out.splitlines()
    got(f"{lines[0]}, the old file whole, nothing left")
    assert lines[:2] == [f"exit {ExitCode.CONFIG}"] * 2, result
    assert result.err.count("No space left on device") == 2
    assert sorted(lines[2:-1]) == [LOCK_NAME, "config.toml", "credentials.toml", "filler"]
    assert lines[-1] == "well"


def test_e03_file_size_limit(shell: Shell, store: ProfileStore, key_file: str) -> None:
    """The same without permission to mount: the size limit for files is zero."""
    before = {path: path.read_bytes() for path in store.directory.iterdir()}
    result = shell(f"ulimit -f 0; {ADD} {key_file}")
    assert result.code == ExitCode.CONFIG
    assert "File too large" in result.err
    before.pop(store.directory / LOCK_NAME)
    after = {path: path.read_bytes() for path in store.directory.iterdir()}
    after.pop(store.directory / LOCK_NAME)
    assert after == before


def test_e04_read_only(
    shell: Shell, server: RecordingServer, key_file: str, mounts: None, got: Got
) -> None:
    """HOME is read-only, and the server's response would normally be cached."""
    moved = {"Deprecation": "true", "Link": '</api/projects/1/x/>; rel="successor-version"'}
    server.reply(Reply(404, {"detail": "Endpoint not found."}), Reply(body=page([]), headers=moved))
    home = os.environ["HOME"]
    result = shell(f"""{ADD} {key_file} --host {server.origin} --project 1 2>/dev/null
        unshare -m bash -uc '
        mount --bind {home} {home}; mount -o remount,ro,bind {home}; touch {home}/x 2>/dev/null
        llmctl profiles list >/dev/null; echo list $?
        llmctl profiles show >/dev/null; echo show $?
        llmctl clustering-jobs list; echo stored key $?
        LLMCTL_HOST={server.origin} LLMCTL_PROJECT=1 LLMCTL_API_KEY=$(cat {key_file}) \\
            llmctl clustering-jobs list; echo key of the environment $?
        llmctl profiles use sandbox; echo use $?
        llmctl profiles remove second --yes; echo remove $?
        llmctl clustering-jobs list -p sandbox; echo sandbox $?'""")
    lines = [line for line in result.out.splitlines() if line[-1:].isdigit()]
    got("; ".join(lines))
    assert lines == [
        "list 0", "show 0", "stored key 0", "key of the environment 0",
        "use 3", "remove 3", "sandbox 3",
    ]  # fmt: skip
    assert "Read-only file system" in result.err
    for name in ("CONFIG", "DATA"):
        assert f"hint: set LLMCTL_{name}_DIR to another directory\n" in result.err
    assert not (Path(home) / "x").exists()
