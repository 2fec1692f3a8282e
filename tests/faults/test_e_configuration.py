"""The content and the location of the configuration files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from llmctl.config import Profile, ProfileStore
from llmctl.errors import ExitCode
from llmctl.safe.secret import Secret
from tests.conftest import Run
from tests.fault_table import Got
from tests.support import JOB, KEY, RecordingServer, page

US = "https://us.posthog.com"


@pytest.fixture
def directory() -> Path:
    path = ProfileStore().directory
    path.mkdir(parents=True)
    return path


def add(run: Run, key_file: str, name: str, *words: str) -> int:
    given = ["--api-key-file", key_file, "--no-check", "--project", "1"]
    return run("profiles", "add", *given, *words, "--", name).code


def test_e08_unknown_settings_are_kept(run: Run, directory: Path, key_file: str) -> None:
    unknown = """
    mine = 1
    when = 2026-01-02T03:04:05.678+01:00
    odd = [inf, 0x1f, "a\\u0000b", [[1], ["x"]]]
    [profiles.a]
    host = "https://a.example.com"
    extra = {deep = {deeper = true}}
    [[tools]]
    name = "ü"
    """
    config, credentials = directory / "config.toml", directory / "credentials.toml"
    config.write_text(unknown)
    credentials.write_text('other = "x"\n[keys.a]\nhost = "h"\nnote = "mine"\n')
    credentials.chmod(0o600)
    assert add(run, key_file, "b") == 0
    kept = tomllib.loads(config.read_text())
    assert kept.pop("profiles").pop("a") == tomllib.loads(unknown)["profiles"]["a"]
    assert (
        kept.items() >= {k: v for k, v in tomllib.loads(unknown).items() if k != "profiles"}.items()
    )
    kept = tomllib.loads(credentials.read_text())
    assert (kept["other"], kept["keys"]["a"]) == ("x", {"host": "h", "note": "mine"})


@pytest.mark.parametrize("version", ["2", '"next"', "1.5"])
@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_e08_newer_files_are_read_and_not_written(
    run: Run, directory: Path, key_file: str, name: str, version: str
) -> None:
    file = directory / name
    file.write_text(f"version = {version}\n")
    file.chmod(0o600)
    assert run("profiles", "list").code == 0
    assert add(run, key_file, "work") == ExitCode.CONFIG
    assert file.read_text() == f"version = {version}\n"
    assert sorted(path.name for path in directory.iterdir()) == sorted({".llmctl.lock", name})


BROKEN = {
    "UTF-16 without a mark": ("a = 1".encode("utf-16-le"), "looks like UTF-16"),
    "a key twice": (b"a = 1\n\na = 2", "line 3"),
    "cut": (b"a = 1\n[profiles", "line 2"),
    "cut in a key": (b'[keys.work]\napi_key = "' + KEY.encode(), "line 2"),
    "NUL": (b"a = 1\nb = \x00", "line 2"),
    "latin-1": (b"a = 1\nb = 1\nc = '\xff'", "line 3"),
    "no table": (b"profiles = 1\nkeys = 1", "is not a table"),
    "a number of 5,000 digits": (b"a = " + b"9" * 5000, "too long"),
    "5,000 brackets": (b"a = " + b"[" * 5000, "too deeply"),
    "2 MiB": (b"a = 1\n" * 350_000, "larger than"),
}


@pytest.mark.allow_canary("config.toml")
@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
@pytest.mark.parametrize("fault", BROKEN)
def test_e09_broken_file(
    run: Run, directory: Path, key_file: str, name: str, fault: str, got: Got
) -> None:
    content, said = BROKEN[fault]
    if name == "credentials.toml":
        ProfileStore().add(Profile("work", US), Secret(KEY), replace=False)
    (directory / name).write_bytes(content)
    (directory / name).chmod(0o600)
    for words in (
        ["profiles", "list"],
        ["profiles", "use", "work"],
        ["profiles", "remove", "work", "--yes"],
        ["profiles", "add", "x", "--api-key-file", key_file, "--no-check"],
        ["clustering-jobs", "list", "-p", "work"],
    ):
        if name == "credentials.toml" and words[1] == "use":
            continue  # it has nothing to do with the keys
        result = run(*words)
        assert (result.code, result.out) == (ExitCode.CONFIG, ""), words
        assert result.err.count("\n") == 1
        assert said in result.err
        assert str(directory / name) in result.err
    assert (directory / name).read_bytes() == content
    got(f"{fault}: {said}")


def test_e09_profile_that_is_no_table(run: Run, directory: Path) -> None:
    (directory / "config.toml").write_text("profiles.work = 1\nprofiles.other.host = 'us'\n")
    for words in (["profiles", "list"], ["profiles", "show", "-p", "work"]):
        result = run(*words)
        assert result.code == ExitCode.CONFIG
        assert "profile work is not a table" in result.err
    assert run("profiles", "remove", "work", "--yes").code == 0
    assert run("profiles", "list").code == 0


def test_e09_lines_that_end_in_crlf(run: Run, directory: Path) -> None:
    (directory / "config.toml").write_bytes(
        b'[profiles.work]\r\nhost = "https://a.example.com"\r\n'
    )
    assert "a.example.com" in run("profiles", "list").out


@pytest.mark.parametrize("kind", ["directory", "pipe", "device"])
@pytest.mark.parametrize("name", ["config.toml", "credentials.toml", ""])
def test_e10_not_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_file: str, name: str, kind: str
) -> None:
    """In the place of a file, or of the whole directory."""
    path = tmp_path / "settings" / name
    (tmp_path / "settings").mkdir() if name else None
    monkeypatch.setenv("LLMCTL_CONFIG_DIR", str(tmp_path / "settings"))
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    for words in (
        ["profiles", "list"],
        ["profiles", "add", "x", "--api-key-file", key_file, "--no-check"],
    ):
        result = run(*words)
        if kind == "directory" and not name:
            assert result.code == 0  # that is what it should be
        else:
            assert result.code == ExitCode.CONFIG
            assert str(path) in result.err


ANONYMOUS = ["setpriv", "--ruid", "54321"]  # nobody's user id: there is no home to look up


def anonymous(home: str | None, *words: str, **settings: str) -> tuple[int, str]:
    """Run llmctl as a user without an entry, with nothing but these variables."""
    environment = settings if home is None else settings | {"HOME": home}
    done = subprocess.run(
        [*ANONYMOUS, sys.executable, "-m", "llmctl", *words],
        env=environment, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("setpriv") is None,
    reason="only root can become a user without an entry, with setpriv",
)
def test_e11_no_home_and_no_entry(server: RecordingServer, got: Got) -> None:
    code, said = anonymous(None, "profiles", "list")
    got(f"exit {code}")
    assert code == ExitCode.CONFIG
    assert said.count("\n") == 2
    assert "LLMCTL_CONFIG_DIR" in said
    server.reply(page([]))
    settings = {"LLMCTL_API_KEY": KEY, "LLMCTL_HOST": server.origin, "LLMCTL_PROJECT": "1"}
    assert anonymous(None, "clustering-jobs", "list", **settings)[0] == 0
    settings["POSTHOG_CLI_TOKEN"] = settings.pop("LLMCTL_API_KEY")
    assert anonymous(None, "clustering-jobs", "list", **settings)[0] == 0
    assert anonymous("relative", "profiles", "list")[0] == ExitCode.CONFIG
    code, said = anonymous(None, "completion", "bash", "--install")
    assert (code, said.partition("\n")[0]) == (
        ExitCode.CONFIG,
        "error: there is no home directory to install into",
    )
    assert anonymous("/", "profiles", "list")[0] == 0
    # Not even root can make a directory there.
    assert anonymous("/proc", "profiles", "use", "sandbox")[0] == ExitCode.CONFIG
    got("by environment: exit 0")


def test_e11_relative_home(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The home comes from the password database, or it is exit 3; it is never the current
    folder."""
    server.reply(page([]))
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "relative")
    assert run("clustering-jobs", "list").code == 0
    assert run("profiles", "list").code in (ExitCode.OK, ExitCode.CONFIG)
    assert not Path("relative").exists()


@pytest.mark.parametrize("text", ["relative", "./x", "~nobody-of-that-name/x"])
def test_e11_relative_directories(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    """Keys must not land in the folder in which a command happens to run."""
    server.reply(page([JOB]))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"LLMCTL_{name}_DIR", text)
    assert run("clustering-jobs", "list").code == 0
    result = run("profiles", "use", "sandbox")
    assert result.code == ExitCode.CONFIG
    assert result.err == f"error: LLMCTL_CONFIG_DIR is not an absolute path: {text}\n"
    for name in ("LLMCTL_HOST", "LLMCTL_PROJECT"):
        monkeypatch.delenv(name)
    result = run("clustering-jobs", "list", "-p", "sandbox")
    assert result.code == ExitCode.CONFIG
    assert "LLMCTL_DATA_DIR" in result.err
    assert list((tmp_path / "here").iterdir()) == []


def test_e11_directories_below_the_home(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A quoted ~, or one from a file of settings."""
    server.reply(page([JOB]))
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"LLMCTL_{name}_DIR", f"~/{name}")
    assert run("clustering-jobs", "list").code == 0
    assert run("profiles", "use", "sandbox").code == 0
    for name in ("LLMCTL_HOST", "LLMCTL_PROJECT"):
        monkeypatch.delenv(name)
    assert run("clustering-jobs", "list", "-p", "sandbox").code == 0
    assert {each.name for each in (tmp_path / "home").iterdir()} == {"CONFIG", "CACHE", "DATA"}


@pytest.mark.parametrize(
    "name",
    [
        "", "a b", "a/b", "..", ".", "a\nb", "[x]", "x" * 65, "x" * 10_000, "sandbox", "-a", "ä",
        "a\x00", '"',
    ],
    ids=lambda name: ascii(name)[:12],
)  # fmt: skip
def test_e12_names_that_are_refused(run: Run, key_file: str, name: str) -> None:
    assert add(run, key_file, name) == ExitCode.USAGE
    assert run("profiles", "remove", "--yes", "--", name).code == ExitCode.USAGE
    assert not ProfileStore().directory.exists()
    if name != "sandbox":
        assert run("clustering-jobs", "list", f"--profile={name}").code == ExitCode.CONFIG


@pytest.mark.parametrize("name", ["a.b", "a..b", "1", "a-b_c.", "x" * 64, "version", "profiles"])
def test_e12_names_that_come_back(run: Run, key_file: str, name: str, got: Got) -> None:
    assert add(run, key_file, name) == 0
    assert f"\n{name}," in f"\n{run('profiles', 'list', '-o', 'csv').out}"
    assert f"profile {name}" in run("profiles", "show", "-p", name).out
    assert run("profiles", "remove", name, "--yes").code == 0
    assert ProfileStore().profiles() == []
    got("stored, read back, removed")
