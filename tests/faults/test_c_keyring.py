"""A key in the OS keyring: a working one, and every kind of failure."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.core import load_keyring
from keyring.errors import KeyringLocked

from llmctl.config import ProfileStore, keyring_store
from llmctl.config.installer import install_command
from llmctl.errors import ExitCode
from tests.conftest import Run, Shell
from tests.fault_table import Got
from tests.support import KEY, RecordingServer, page

ABSENT = "keyring.backends.fail.Keyring"
FORGETFUL = "keyring.backends.null.Keyring"
IN_KEYRING = "stored the key in the OS keyring"


class FakeKeyring(KeyringBackend):
    """Keeps passwords in memory; `trouble` is called first each time."""

    priority = 1

    kept: dict[tuple[str, str], str]
    trouble: Callable[[], None]

    def get_password(self, service: str, username: str) -> str | None:
        self.trouble()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.trouble()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.trouble()
        del self.kept[service, username]


@pytest.fixture
def fake() -> Iterator[FakeKeyring]:
    absent = load_keyring(ABSENT)
    backend = FakeKeyring()  # type: ignore[no-untyped-call] # keyring does not type its __init__
    backend.kept = {}
    backend.trouble = lambda: None
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(absent)


@pytest.fixture
def hanging(fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Make the keyring hang, and shorten llmctl's time limit."""
    monkeypatch.setattr(keyring_store, "SECONDS", 0.05)
    end = threading.Event()

    def wait() -> None:
        end.wait()

    yield wait
    end.set()
    fake.trouble = lambda: None
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join()


def locked() -> None:
    raise KeyringLocked("the password was phx_CANARY")


def broken() -> None:
    raise RuntimeError("the password was phx_CANARY")


@pytest.fixture
def add(key_file: str, server: RecordingServer) -> list[str]:
    server.reply(page([]))
    words = ["profiles", "add", "work", "--no-check", "--project", "1", "--host", server.origin]
    return [*words, "--api-key-file", key_file]


def credentials() -> str:
    return (ProfileStore().directory / "credentials.toml").read_text()


def place(run: Run) -> str:
    shown: str = json.loads(run("profiles", "list", "-o", "json").out)[0]["key"]
    return shown


def test_c16_key_lives_in_the_keyring(
    run: Run, add: list[str], fake: FakeKeyring, server: RecordingServer, got: Got
) -> None:
    result = run(*add, "--keyring")
    assert result.code == 0
    assert IN_KEYRING in result.err
    assert fake.kept == {("llmctl", f"work {server.origin}"): KEY}
    assert KEY not in credentials()
    assert server.origin in credentials()
    assert place(run) == "keyring"
    assert "the OS keyring (profile work)" in run("profiles", "show").out
    assert run("clustering-jobs", "list").code == 0
    assert server.sent[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert run("profiles", "remove", "work", "--yes").code == 0
    assert fake.kept == {}
    got("kept in the keyring and nowhere else")


def test_c16_key_in_the_keyring_goes_to_its_host_only(
    run: Run, add: list[str], fake: FakeKeyring, server: RecordingServer
) -> None:
    run(*add, "--keyring")
    assert run("clustering-jobs", "list", "-p", "work", "--host", "us").code == ExitCode.CONFIG
    config = ProfileStore().directory / "config.toml"
    config.write_text(config.read_text().replace(server.origin, "https://evil.example.com"))
    result = run("clustering-jobs", "list")
    assert result.code == ExitCode.CONFIG
    assert "another host" in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    ("words", "left"), [(["--host", "eu"], 0), (["--host", "eu", "--keyring"], 1)]
)
def test_c16_replaced_key_leaves_the_keyring(
    run: Run, add: list[str], fake: FakeKeyring, words: list[str], left: int
) -> None:
    run(*add, "--keyring")
    assert run(*add, "--replace", *words).code == 0
    assert [account for _, account in fake.kept] == ["work https://eu.posthog.com"] * left
    assert place(run) == ("keyring" if left else "file")


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        (ABSENT, "is not available on this machine"),
        (FORGETFUL, "did not store the key"),
        (locked, "is locked"),
        (broken, "failed (RuntimeError)"),
        (None, f"needs an optional package: {install_command('posthog-llmctl[keyring]')}"),
    ],
    ids=["absent", "forgetful", "locked", "broken", "not installed"],
)
def test_c16_file_instead(
    run: Run, add: list[str], fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch, got: Got,
    backend: str | Callable[[], None] | None, said: str,
) -> None:  # fmt: skip
    if backend is None:
        monkeypatch.setitem(sys.modules, "keyring", None)
    elif isinstance(backend, str):
        keyring.set_keyring(load_keyring(backend))
    else:
        fake.trouble = backend
    result = run(*add, "--keyring")
    assert result.code == 0
    assert f"the OS keyring {said}; storing the key in the file instead" in result.err
    assert "CANARY" not in result.err
    assert place(run) == "file"
    assert run("clustering-jobs", "list").code == 0
    got(said)


def test_c16_hanging_keyring(
    run: Run, add: list[str], fake: FakeKeyring, hanging: Callable[[], None], got: Got
) -> None:
    fake.trouble = hanging
    result = run(*add, "--keyring")
    assert result.code == 0
    assert "the OS keyring did not respond within 0.05 seconds; storing the key" in result.err
    assert place(run) == "file"
    got("a keyring that hangs: the file, after the seconds it is given")


@pytest.mark.parametrize("trouble", ["hanging", "locked", "emptied", "not installed"])
def test_c16_key_that_the_keyring_does_not_give(
    run: Run, add: list[str], fake: FakeKeyring, hanging: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch, server: RecordingServer, trouble: str,
) -> None:  # fmt: skip
    run(*add, "--keyring")
    if trouble == "emptied":
        fake.kept.clear()
    elif trouble == "not installed":
        monkeypatch.setitem(sys.modules, "keyring", None)
    else:
        fake.trouble = {"hanging": hanging, "locked": locked}[trouble]
    result = run("clustering-jobs", "list")
    assert (result.code, result.out, server.sent) == (ExitCode.CONFIG, "", [])
    assert "LLMCTL_API_KEY" in result.err
    assert "profiles add work --replace" in result.err
    # The way out that the hint names, and nothing is forgotten silently.
    result = run(*add, "--replace")
    assert result.code == 0
    assert ("service llmctl, account work http" in result.err) == (trouble != "emptied")
    assert run("clustering-jobs", "list").code == 0


def test_c16_removed_profile_of_a_locked_keyring(
    run: Run, add: list[str], fake: FakeKeyring, server: RecordingServer
) -> None:
    run(*add, "--keyring")
    fake.trouble = locked
    result = run("profiles", "remove", "work", "--yes")
    assert result.code == 0
    account = f"service llmctl, account work {server.origin}"
    assert f"is locked; the keyring may still hold the key: {account}" in result.err
    assert ProfileStore().profiles() == []


BACKEND = """
import json, os, time
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1
    path = os.environ["FAKE_KEYRING"]

    def kept(self):
        time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
        return json.load(open(self.path)) if os.path.exists(self.path) else {}

    def get_password(self, service, username):
        return self.kept().get(f"{service} {username}")

    def set_password(self, service, username, password):
        json.dump(self.kept() | {f"{service} {username}": password}, open(self.path, "w"))

    def delete_password(self, service, username):
        kept = self.kept()
        del kept[f"{service} {username}"]
        json.dump(kept, open(self.path, "w"))
"""


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A backend for other processes, and the file in which it keeps passwords."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "fake_backend.py").write_text(BACKEND)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_backend.Keyring")
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "key-ring.json"))
    return tmp_path / "key-ring.json"


def test_c16_backend_of_the_users_choice(shell: Shell, add: list[str], outside: Path) -> None:
    assert shell(f"llmctl {' '.join(add)} --keyring && llmctl clustering-jobs list").code == 0
    assert KEY in outside.read_text()
    assert KEY not in credentials()
    assert shell("llmctl profiles remove work --yes").code == 0
    assert json.loads(outside.read_text()) == {}


@pytest.mark.complete
def test_c16_hanging_keyring_takes_three_seconds(
    shell: Shell, add: list[str], outside: Path, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "60")
    start = time.monotonic()
    result = shell(f"llmctl {' '.join(add)} --keyring")
    seconds = time.monotonic() - start
    got(f"{seconds:.1f} s, the start of Python included")
    assert result.code == 0
    assert "did not respond within 3 seconds" in result.err
    assert 3 <= seconds < 6
