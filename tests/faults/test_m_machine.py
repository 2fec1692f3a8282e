"""M: unusual machines: time zones, encodings, installers, pasted keys, inaccessible directories."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipapp
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import llmctl
from llmctl import paths
from llmctl.config import ProfileStore
from llmctl.config.installer import install_command
from llmctl.config.shells import FILES, Shell
from llmctl.errors import ExitCode
from llmctl.reference.completion.generate import scripts
from llmctl.safe.private_file import locked
from tests.conftest import Run, complete
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply, page, storing
from tests.terminal import drawn, on_terminal

ADD = ["profiles", "add", "work", "--no-check", "--project", "1"]

# As root, become a user who owns nothing, once everything that the command imports was imported:
# Python itself may be out of that user's reach.
_AS_ANOTHER_USER = """
import contextlib, io, os, sys
from llmctl.app import main
before = dict(os.environ)
os.environ["HOME"] = sys.argv[1]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(sys.argv[2:])
os.environ.clear()
os.environ.update(before)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        for each in path.rglob("*"):
            if not each.is_symlink():
                each.chmod(0o700)


def as_another_user(home: Path, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run llmctl as a user with this home, who is not root: exit code and both outputs."""
    warm = home.parent / "warm"
    warm.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER_USER, str(warm), *words],
        env=os.environ | {"HOME": str(home)} | settings,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def _out_of_reach(home: Path) -> None:
    home.mkdir(mode=0)
    home.chmod(0)


def _read_only(home: Path) -> None:
    home.mkdir()
    home.chmod(0o555)


def _cache_out_of_reach(home: Path) -> None:
    home.mkdir()
    (home / ".cache").mkdir()
    (home / ".cache").chmod(0)
    home.chmod(0o755)


def _ids_out_of_reach(home: Path) -> None:
    (home / ".cache" / "llmctl" / "ids").mkdir(parents=True)
    for name in ("ids", "prefixes.json"):
        path = home / ".cache" / "llmctl" / name
        path.touch()
        path.chmod(0)


def with_deprecation(server: RecordingServer) -> Reply:
    """A list that names the successor of the path prefix, which llmctl remembers."""
    target = f"{server.origin}/api/projects/42/llm_analytics/clustering_jobs/"
    headers = {"Deprecation": "true", "Link": f'<{target}>; rel="successor-version"'}
    return Reply(200, page([JOB]), headers)


HOMES: dict[str, Callable[[Path], object]] = {
    "out of reach": _out_of_reach,
    "read-only": _read_only,
    "a file": lambda home: home.write_text(""),
    "missing": lambda home: None,
    "a broken link": lambda home: home.symlink_to("/nonexistent"),
    "a link to itself": lambda home: home.symlink_to(home),
    "the cache out of reach": _cache_out_of_reach,
    "what is in the cache out of reach": _ids_out_of_reach,
}


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="there are no user ids")
@pytest.mark.parametrize(
    "kind",
    [
        "out of reach",
        "read-only",
        "a link to itself",
        "what is in the cache out of reach",
        *map(complete, ["a file", "missing", "a broken link", "the cache out of reach"]),
    ],
)
def test_m01_home_out_of_reach(
    server: RecordingServer, elsewhere: Path, kind: str, got: Got
) -> None:
    """Also if something is to be stored in the cache."""
    home = elsewhere / "home"
    HOMES[kind](home)
    server.reply(with_deprecation(server))
    code, out, err = as_another_user(home, "clustering-jobs", "list", "-o", "table")
    assert (code, err) == (0, "")
    assert JOB_ID in out
    got(f"{kind}: exit 0")


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="there are no user ids")
@pytest.mark.parametrize("kind", ["out of reach", complete("a file")])
def test_m01_settings_out_of_reach(elsewhere: Path, kind: str) -> None:
    """Stored settings cannot be used; the error says why."""
    home = elsewhere / "home"
    HOMES[kind](home)
    for words, variable in (
        (["profiles", "use", "sandbox"], "LLMCTL_CONFIG_DIR"),
        (["clustering-jobs", "list"], "LLMCTL_CONFIG_DIR"),
        (["clustering-jobs", "list", "-p", "sandbox"], "LLMCTL_DATA_DIR"),
    ):
        code, out, err = as_another_user(home, *words)
        assert (code, out) == (ExitCode.CONFIG, ""), err
        assert err.splitlines()[1:] == [f"hint: set {variable} to another directory"]
        assert "[Errno" not in err


CACHES: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.write_text(""),
    "a full device": lambda path: path.symlink_to("/dev/full"),
    "a link to itself": lambda path: path.symlink_to(path),
    "not writable, whoever asks": lambda path: path.symlink_to("/proc"),
}


@pytest.mark.parametrize("variable", ["LLMCTL_CACHE_DIR", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("kind", CACHES)
def test_m01_odd_caches(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key_file: str,
    tmp_path: Path, kind: str, variable: str,
) -> None:  # fmt: skip
    CACHES[kind](tmp_path / "cache")
    monkeypatch.setenv(variable, str(tmp_path / "cache"))
    server.reply(page([JOB]))
    add = ["profiles", "add", "work", "--no-check", "--host", server.origin, "--project", "1"]
    for words in (
        [*add, "--api-key-file", key_file],
        ["profiles", "list"],
        ["clustering-jobs", "list"],
        ["profiles", "show"],
        ["profiles", "remove", "work", "--yes"],
    ):
        result = run(*words)
        assert result.code == 0, result.err
    monkeypatch.delenv(variable)
    assert not paths.cache_dir().exists()


@pytest.mark.parametrize("text", ["relative", "/proc/nothing", "\n", "/"])
def test_m01_odd_xdg_directories(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    server.reply(page([JOB]))
    for name in ("CONFIG", "CACHE", "DATA", "STATE", "RUNTIME"):
        monkeypatch.setenv(f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}", text)
    assert run("clustering-jobs", "list").code == 0


def test_m01_cache_that_is_locked(run: Run, server: RecordingServer, got: Got) -> None:
    """No command waits for a lock on the cache."""
    server.reply(with_deprecation(server))
    with locked(paths.cache_dir()):
        start = time.monotonic()
        assert run("clustering-jobs", "list").code == 0
        seconds = time.monotonic() - start
    got(f"{seconds:.1f} s")
    assert seconds < 5


ZONES = {
    "UTC+0530": "12:00 UTC",  # 530 hours: Python has no such time
    "UTC+25": "12:00 UTC",
    "CET-1CEST+200,M3.5.0,M10.5.0": "12:00 UTC",  # the summer time is the impossible one
    "/nonexistent": "12:00 UTC",
    "../../etc/passwd": "12:00 UTC",
    "<x y>-3": "12:00 UTC",
    ":": "12:00 UTC",
    "": "12:00 UTC",
    ":UTC": "12:00 UTC",
    "garbage": "12:00 garbage",  # what C makes of it
    "<+0530>-5:30": "17:30 +0530",
    "EST5EDT,M3.2.0,M11.1.0": "08:00 EDT",
}


@pytest.mark.parametrize("zone", ZONES)
def test_m02_odd_time_zones(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    server.reply(page([JOB | {"updated_at": "2026-08-11T12:00:00Z"}]))
    shown = drawn("clustering-jobs", "list", "-o", "table")
    assert shown.code == 0
    assert re.search(r" \d+[dy] ", shown.text)
    server.reply(JOB | {"updated_at": "2026-08-11T12:00:00Z"})
    shown = drawn("clustering-jobs", "get", JOB_ID, "-o", "table")
    assert (shown.code, f"2026-08-11 {ZONES[zone]}\n" in shown.text) == (0, True)


@pytest.mark.generation("v1")  # newer servers ignore the start
@pytest.mark.parametrize("zone", ["UTC+0530", "/nonexistent", ""])
def test_m02_the_sandbox_in_odd_time_zones(
    run: Run, sandbox: None, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    evaluation = run("evaluations", "list", "-p", "sandbox", "-o", "ids").out.split()[0]
    create = ["evaluation-reports", "create", "--evaluation", evaluation, "-p", "sandbox"]
    schedule = ["--frequency", "scheduled", "--rrule", "FREQ=DAILY"]
    start = ["--starts-at", "2026-01-05T09:00:00+01:00", "--timezone-name", "Europe/Paris"]
    result = run(*create, *schedule, *start, "--email", "a@example.com", "-o", "table")
    assert result.code == 0, result.err
    for words in (["provider-keys", "audit", "--max-age", "1d"], ["evaluation-reports", "list"]):
        assert run(*words, "-p", "sandbox", "-o", "table").code == 0


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def encoded(text: str, encoding: str) -> bytes:
    """Return the text with a byte order mark."""
    mark = "\ufeff" if encoding.endswith(("-le", "-be")) else ""
    return (mark + text).encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_m04_json_with_a_byte_order_mark(
    run: Run, server: RecordingServer, tmp_path: Path, encoding: str
) -> None:
    server.reply(storing(JOB))
    file = tmp_path / "job.json"
    file.write_bytes(encoded('{"name": "GPT-4 \u00fc"}\r\n', encoding))
    for words, stdin in (
        (["--data", f"@{file}"], b""),
        (["--data", "-"], file.read_bytes()),
        (["--data", "@-"], file.read_bytes()),
    ):
        assert run("clustering-jobs", "create", *words, stdin=stdin).code == 0
        assert server.sent[-1].json == {"name": "GPT-4 \u00fc"}
    (tmp_path / "guidance").write_bytes(encoded("Be brief.", encoding))
    text = ["--report-prompt-guidance", f"@{tmp_path / 'guidance'}"]
    assert run("evaluation-reports", "update", JOB_ID, *text).code == 0
    assert server.sent[-1].json == {"report_prompt_guidance": "Be brief."}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", [complete("", id=""), pytest.param("\r\n", id="CRLF")])
def test_m04_key_with_a_byte_order_mark(
    run: Run, server: RecordingServer, tmp_path: Path, encoding: str, end: str
) -> None:
    server.reply({"id": JOB_ID})
    data = encoded(PROVIDER_KEY + end, encoding)
    (tmp_path / "key").write_bytes(data)
    create = ["provider-keys", "create", "--name", "n", "--provider", "openai"]
    for words in (
        ["--api-key-file", "key"],
        ["--api-key-file", "-"],
        ["--api-key-command", "cat key"],
    ):
        assert run(*create, *words, stdin=data).code == 0
        assert server.sent[-1].json["api_key"] == PROVIDER_KEY


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_m04_settings_with_a_byte_order_mark(
    run: Run, key_file: str, tmp_path: Path, encoding: str
) -> None:
    assert run(*ADD, "--api-key-file", key_file).code == 0
    for name in ("config.toml", "credentials.toml"):
        file = ProfileStore().directory / name
        file.write_bytes(encoded("# mine\n" + file.read_text(), encoding))
    assert "work" in run("profiles", "list").out
    assert "phx_...6789" in run("profiles", "show").out
    assert run(*ADD, "--replace", "--api-key-file", key_file).code == 0
    for name in ("config.toml", "credentials.toml"):
        assert (ProfileStore().directory / name).read_bytes().startswith(b"# mine\n")
    login = Path.home() / ".posthog" / "credentials.json"
    login.parent.mkdir()
    login.write_bytes(encoded(json.dumps({"token": KEY, "env_id": "7"}), encoding))
    assert run("profiles", "add", "cli", "--from-posthog-cli", "--no-check").code == 0


def test_m04_mark_in_the_value_of_an_option(run: Run, server: RecordingServer) -> None:
    """`--data "$(cat FILE)"` keeps the mark."""
    server.reply(storing(JOB))
    for words, stdin in (
        (["--data", '\ufeff{"name": "GPT-4"}'], ""),
        (["--data", "-"], '\ufeff\ufeff{"name": "GPT-4"}'),
    ):
        assert run("clustering-jobs", "create", *words, stdin=stdin).code == 0
        assert server.sent[-1].json == {"name": "GPT-4"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_m04_utf16_without_a_mark_is_named(
    run: Run, server: RecordingServer, tmp_path: Path, encoding: str, got: Got
) -> None:
    (tmp_path / "job.json").write_bytes('{"name": "x"}'.encode(encoding))
    (tmp_path / "key").write_bytes(PROVIDER_KEY.encode(encoding))
    key = ["--name", "n", "--provider", "openai", "--api-key-file", "key"]
    for words in (
        ["clustering-jobs", "create", "--data", "@job.json"],
        ["provider-keys", "create", *key],
    ):
        result = run(*words)
        assert (result.code, result.out) == (ExitCode.USAGE, "")
        assert "looks like UTF-16 without a byte order mark: save it as UTF-8\n" in result.err
    got("without a mark: exit 2, named")
    (tmp_path / "job.json").write_bytes(b"\xff\xfe{")
    result = run("clustering-jobs", "create", "--data", "@job.json")
    assert result.err == "error: job.json is not valid UTF-16 (byte 3)\n"
    assert server.sent == []


def test_m04_key_in_utf16_is_not_cut(run: Run, server: RecordingServer, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(encoded("x" * 3000, "utf-16"))
    for source in (["--api-key-file", "key"], ["--api-key-command", "cat key"]):
        result = run(*ADD, *source)
        assert result.code == ExitCode.USAGE
        assert "longer than 4096" in result.err


def test_m05_zipapp(tmp_path: Path, got: Got) -> None:
    """Only the package is in it, as in a clone: without the scripts that a release contains."""
    shutil.copytree(
        Path(llmctl.__file__).parent,
        tmp_path / "app" / "llmctl",
        ignore=shutil.ignore_patterns("__pycache__", "scripts"),
    )
    zipapp.create_archive(tmp_path / "app", tmp_path / "za.pyz", main="llmctl.runtime.process:run")
    shutil.rmtree(tmp_path / "app")

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "za.pyz", *words], capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done
        assert done.stderr in (b"", b"sandbox reset (generation v1)\n")
        return done.stdout.decode()

    made = {path.name: text for path, text in scripts()}
    assert run("completion", Shell.POWERSHELL) == made[FILES[Shell.POWERSHELL]]
    assert "ROTATION" in run("help", "rotation").upper()
    run("sandbox", "reset", "--yes")
    assert "Default - traces" in run("clustering-jobs", "list", "-p", "sandbox")
    got("completion, help and the sandbox work")


INSTALLERS = {
    "pipx": ("venvs/posthog-llmctl", "pipx_metadata.json",
             "pipx inject --force posthog-llmctl 'posthog-llmctl[sandbox]'"),
    "pipx with a suffix": ("venvs/posthog-llmctl-2", "pipx_metadata.json",
                           "pipx inject --force posthog-llmctl-2 'posthog-llmctl[sandbox]'"),
    "pipx run": (".cache/0123456789abcde", "pipx_metadata.json",
                 "pipx run --spec 'posthog-llmctl[sandbox]' llmctl ..."),
    "uv tool": ("tools/posthog-llmctl", "uv-receipt.toml",
                "uv tool install 'posthog-llmctl[sandbox]'"),
    "uvx": ("archive-v0/WCTlKOwhIHzgOOY1", "",
            "uvx --from 'posthog-llmctl[sandbox]' llmctl ..."),
    "uv pip": (".venv", "", f"uv pip install --python {sys.executable} 'posthog-llmctl[sandbox]'"),
}  # fmt: skip
OTHERS = {
    "pipx": "pipx inject posthog-llmctl 'requests[socks]'",
    "uv tool": "uv tool install posthog-llmctl --with 'requests[socks]'",
    "uvx": "uvx --from posthog-llmctl --with 'requests[socks]' llmctl ...",
}
PIP = f"{sys.executable} -m pip install 'posthog-llmctl[sandbox]'"


@pytest.mark.parametrize("installer", INSTALLERS)
def test_m06_installers(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installer: str, got: Got
) -> None:
    folder, receipt, command = INSTALLERS[installer]
    prefix = tmp_path / folder
    prefix.mkdir(parents=True)
    made_by = "uv = 0.13.9\n" if installer.startswith("uv") else ""
    (prefix / "pyvenv.cfg").write_text(f"home = /usr/bin\n{made_by}version_info = 3.11.7\n")
    if receipt:
        (prefix / receipt).write_text("")
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setitem(sys.modules, "waitress", None)
    for words in (
        ["clustering-jobs", "list", "-p", "sandbox"],
        ["sandbox", "serve"],
        ["sandbox", "reset", "--yes"],
        ["sandbox", "demo"],
    ):
        result = run(*words)
        assert result.code == ExitCode.CONFIG
        assert result.err == f"error: the sandbox is not installed\nhint: add it with: {command}\n"
    if installer in OTHERS:
        assert install_command("requests[socks]") == OTHERS[installer]
    got(command)


def test_m06_pip_of_this_interpreter(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/nonexistent")
    monkeypatch.setitem(sys.modules, "waitress", None)
    assert f"hint: add it with: {PIP}\n" in run("models", "list", "-p", "sandbox").err


PASTED = {
    "bracketed paste": "\x1b[200~{}\x1b[201~",
    "with its line end": "\x1b[200~{}\r\x1b[201~",
    "spaces": "  {} \t",
    "spaces in a bracketed paste": "\x1b[200~ {} \x1b[201~ ",
    "only the end of a paste": "{}\x1b[201~",
}


@pytest.mark.parametrize("how", PASTED)
def test_m07_pasted_key(how: str, got: Got) -> None:
    typed = PASTED[how].format(KEY).replace("\r", "\x16\r")  # Ctrl-V: as part of the line
    shown = on_terminal(*ADD, answers={"(not shown): ": f"{typed}\n"})
    assert shown.code == 0, shown.text
    assert KEY not in shown.text
    stored = ProfileStore().keys()["work"].secret
    assert stored is not None
    assert stored.reveal() == KEY
    got(f"{how}: stored")


@pytest.mark.parametrize("typed", [complete(""), complete("  "), "\x1b[200~\x1b[201~"], ids=ascii)
def test_m07_nothing_pasted(typed: str) -> None:
    shown = on_terminal(*ADD, answers={"(not shown): ": f"{typed}\n"})
    assert shown.code == ExitCode.USAGE
    assert "error: the input is empty; expected a key" in shown.text


@pytest.mark.parametrize("text", [" {}\n", "{} \r\n", "\t{}\n\n"], ids=ascii)
def test_m07_spaces_in_a_file(run: Run, server: RecordingServer, tmp_path: Path, text: str) -> None:
    server.reply({"id": JOB_ID})
    (tmp_path / "key").write_text(text.format(PROVIDER_KEY))
    create = ["provider-keys", "create", "--name", "n", "--provider", "openai"]
    for words in (["--api-key-file", "key"], ["--api-key-command", "cat key"]):
        assert run(*create, *words).code == 0
        assert server.sent[-1].json["api_key"] == PROVIDER_KEY
