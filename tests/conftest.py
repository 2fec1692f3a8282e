"""Isolation: a separate home and folder for each test, no settings, no network but loopback; and
the shared fixtures."""

from __future__ import annotations

import functools
import gc
import io
import itertools
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from llmctl import paths
from llmctl.app import main
from llmctl.sandbox.generation import Generation
from tests.support import KEY, PROJECT, RecordingServer

if TYPE_CHECKING:
    from tests.fault_table import Got

pytest_plugins = ["tests.fault_table", "tests.canaries", "tests.processes", "tests.warm.plugin"]


@dataclass(frozen=True)
class Result:
    """The result of a command."""

    code: int
    out: str
    err: str


OTHERS_SETTINGS = ("LLMCTL_", "POSTHOG_", "XDG_", "BASH_COMPLETION_")

# The same cases in each run, and none is too slow: the machine may be.
settings.register_profile(
    "llmctl", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("llmctl")


def pytest_configure() -> None:
    """Keep the bytecode: otherwise each of several hundred processes would compile everything
    again."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    _listen_to_signals()
    _clean_environment()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _clean_environment() -> None:
    """Remove the settings of whoever runs the tests, and set what all tests have."""
    for name in [*os.environ]:
        if name.startswith(OTHERS_SETTINGS) or name.lower().endswith("_proxy"):
            del os.environ[name]
    for name in ("NETRC", "FORCE_COLOR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name, None)
    os.environ |= {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "TZ": "UTC",
    }


def _listen_to_signals() -> None:
    """Stop ignoring signals: a run in the background or under nohup ignores them, and so would its
    children; the tests of signals need them to react."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


# A line without anything that only a shell understands, nor a fault that would kill pytest.
_TEXT = r"(?:'[^']*'|[^'|;&<>$`()])*"
_PLAIN = re.compile(rf"(?!.*kill-)(?:export \w+={_TEXT}|(?:[A-Z_]+=\S+ +)*llmctl {_TEXT})")

# A parametrised case of the complete run only; the normal run has a similar one.
complete = functools.partial(pytest.param, marks=pytest.mark.complete)

Run = Callable[..., Result]
Shell = Callable[[str], Result]


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folders of the tests. Pytest's own search all that there are before they make another."""
    base = tmp_path_factory.getbasetemp()
    return (base / f"test-{number}" for number in itertools.count(1))


@pytest.fixture
def tmp_path(_folders: Iterator[Path]) -> Path:
    """A new folder."""
    folder = next(_folders)
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def _isolation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = dict(os.environ)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    time.tzset()
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback)
    yield
    monkeypatch.undo()
    after = dict(os.environ)
    for name in after.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before.items() - after.items())
    time.tzset()


_connect = socket.socket.connect


def _connect_to_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        assert str(address[0]) in ("127.0.0.1", "::1"), f"a test must not reach {address}"
    _connect(self, address)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, got: Got) -> Run:
    """Run llmctl in this process; `stdin` is what is piped into it."""

    def call(*argv: str, stdin: str | bytes = b"") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        capsys.readouterr()
        code = main(list(argv))
        captured = capsys.readouterr()
        got(f"exit {code}")
        assert KEY not in captured.out + captured.err, "the key was printed"
        assert "Traceback" not in captured.err
        return Result(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def shell(got: Got, with_llmctl: Callable[[], dict[str, str]]) -> Shell:
    """Run a bash script in which `llmctl` is the command."""

    def call(script: str) -> Result:
        done = subprocess.run(
            ["bash", "-uo", "pipefail", "-c", script],
            stdin=subprocess.DEVNULL,
            env=os.environ | with_llmctl(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        got(f"exit {done.returncode}")
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        assert "Traceback" not in err
        return Result(done.returncode, out, err)

    return call


@pytest.fixture
def printed(run: Run, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run a bash script of the documentation, up to the first paragraph that fails.

    Paragraphs of nothing but exports and llmctl commands run in this process, where none of the
    commands may fail; the others run in bash.
    """

    def do(statement: str) -> Result:
        words = shlex.split(statement, comments=True)
        if words[0] == "export":
            monkeypatch.setenv(*words[1].split("=", 1))
            return Result(0, "", "")
        assignments = list(itertools.takewhile(lambda word: word != "llmctl", words))
        with monkeypatch.context() as during:
            for assignment in assignments:
                during.setenv(*assignment.split("=", 1))
            return run(*words[len(assignments) + 1 :])

    def call(script: str) -> Result:
        code, out, err = 0, "", ""
        for paragraph in textwrap.dedent(script).replace("\\\n", " ").split("\n\n"):
            statements = [line for line in paragraph.splitlines() if line and line[0] != "#"]
            is_plain = all(map(_PLAIN.fullmatch, statements))
            for result in map(do, statements) if is_plain else [shell(paragraph)]:
                code, out, err = result.code, out + result.out, err + result.err
                if code != 0:
                    return Result(code, out, err)
        return Result(code, out, err)

    return call


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of the sandbox in both generations, unless they are marked."""
    if "generation" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("generation")
    names = marker.args if marker else [*Generation]
    chosen = [pytest.param(Generation(name), id=str(name)) for name in names]
    if marker and "complete" in marker.kwargs:
        other = Generation(marker.kwargs["complete"])
        chosen.append(pytest.param(other, id=str(other), marks=pytest.mark.complete))
    metafunc.parametrize("generation", chosen)


@pytest.fixture(scope="session")
def fresh_databases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Generation], Path]:
    """The sandbox's initial database, made once for each generation to copy from."""
    from llmctl.sandbox.app import wsgi_application

    @functools.cache
    def database(generation: Generation) -> Path:
        found = tmp_path_factory.mktemp("fresh") / "sandbox.sqlite3"
        wsgi_application(found, generation)
        return found

    return database


@pytest.fixture
def fresh_database(fresh_databases: Callable[[Generation], Path], generation: Generation) -> Path:
    """The sandbox's initial database, in the test's generation."""
    return fresh_databases(generation)


@pytest.fixture
def sandbox(fresh_database: Path) -> None:
    """The new project of the profile `sandbox`, in both generations unless the test is marked."""
    database = paths.sandbox_database()
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(fresh_database, database)


@pytest.fixture
def create_run(sandbox: None) -> Callable[..., Any]:
    """Create a run of a report in the sandbox: `llmctl.sandbox.seed.create_run`."""
    from llmctl.sandbox.app import wsgi_application

    wsgi_application(paths.sandbox_database())
    from llmctl.sandbox.seed import create_run

    return create_run


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    """A recording server that the environment's settings point to."""
    recording = RecordingServer()
    monkeypatch.setenv("LLMCTL_API_KEY", KEY)
    monkeypatch.setenv("LLMCTL_HOST", recording.origin)
    monkeypatch.setenv("LLMCTL_PROJECT", PROJECT)
    yield recording
    recording.close()


@pytest.fixture
def key_file(tmp_path: Path, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key in a file, without settings in the environment."""
    for name in ("LLMCTL_API_KEY", "LLMCTL_HOST", "LLMCTL_PROJECT"):
        monkeypatch.delenv(name)
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    return str(file)
