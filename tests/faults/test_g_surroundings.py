"""G: locales, widths, missing folders; and the exit code of each failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, Shell, complete
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, PROVIDER_KEY, RecordingServer, Reply, page
from tests.terminal import drawn

LIST = ["clustering-jobs", "list"]
GET = ["clustering-jobs", "get", JOB_ID]
CREATE = ["clustering-jobs", "create", "--name", "x"]

NARROW = "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0"
ENCODINGS = [
    ("PYTHONIOENCODING=ascii", "table"),
    complete("PYTHONIOENCODING=latin-1", "csv"),
    complete(NARROW, "table"),
    (NARROW, "json"),
]


@pytest.mark.parametrize(("settings", "output"), ENCODINGS)
def test_g10_narrow_encodings(
    shell: Shell, server: RecordingServer, settings: str, output: str
) -> None:
    server.reply(page([JOB | {"name": "ä€😀"}]))
    done = shell(f"{settings} llmctl clustering-jobs list -o {output}")
    assert (done.code, done.err) == (0, "")
    assert "\\u20ac" in done.out
    if output == "json":
        assert json.loads(done.out)[0]["name"] == "ä€😀"


def test_g10_errors_in_a_narrow_encoding(shell: Shell, server: RecordingServer) -> None:
    server.reply(Reply(400, {"detail": "ä€😀"}))
    done = shell(f"{NARROW} llmctl clustering-jobs list")
    assert (done.code, done.err) == (ExitCode.REJECTED, "error: \\xe4\\u20ac\\U0001f600\n")


@pytest.mark.parametrize("encoding", [complete("idna"), "undefined"])
def test_g10_encoding_that_cannot_encode(
    shell: Shell, server: RecordingServer, encoding: str
) -> None:
    server.reply(Reply(400, {"detail": "ä€😀"}), page([JOB | {"name": "ä€😀"}]))
    done = shell(f"PYTHONIOENCODING={encoding} llmctl clustering-jobs list")
    assert (done.code, done.err) == (ExitCode.REJECTED, "error: ä€😀\n")
    done = shell(f"PYTHONIOENCODING={encoding} llmctl clustering-jobs list")
    assert (done.code, done.err) == (0, "")
    assert "ä€😀" in done.out


@pytest.mark.parametrize("columns", ["1", "0", "-1", "abc"])
def test_g11_odd_widths(server: RecordingServer, got: Got, columns: str) -> None:
    server.reply(page([JOB] * 2))
    shown = drawn(*LIST, COLUMNS=columns, NO_COLOR="1")
    got(f"exit {shown.code}")
    assert shown.code == 0
    assert shown.text.count(JOB_ID) == 2
    assert "trace" in shown.text


def test_g11_width_of_a_pipe_does_not_matter(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply(page([JOB]))
    before = [run(*LIST, "-o", output).out for output in ("table", "tsv")]
    monkeypatch.setenv("COLUMNS", "1")
    assert [run(*LIST, "-o", output).out for output in ("table", "tsv")] == before
    assert all(JOB_ID in text for text in before)


def test_g13_deleted_folder_and_empty_environment(
    shell: Shell, server: RecordingServer, tmp_path: Path
) -> None:
    server.reply(JOB)
    done = shell(
        f"mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir {tmp_path}/gone; "
        f"llmctl clustering-jobs get {JOB_ID} -o ids"
    )
    assert (done.code, done.out) == (0, f"{JOB_ID}\n")
    done = shell(
        'env -i LLMCTL_API_KEY="$LLMCTL_API_KEY" LLMCTL_HOST="$LLMCTL_HOST" LLMCTL_PROJECT=1 '
        f'"$(command -v llmctl)" clustering-jobs get {JOB_ID} -o ids'
    )
    assert (done.code, done.out) == (0, f"{JOB_ID}\n")


BUSY = Reply(429, {"detail": "Slowly."}, {"Retry-After": "99999"})
NEW = ["--api-key-env", "PROVIDER_SECRET", "--yes"]
FAILURES: list[tuple[list[str], Any, ExitCode]] = [
    (["clustering-jobs", "get", ""], None, ExitCode.USAGE),
    ([*LIST, "--limit", "x"], None, ExitCode.USAGE),
    ([*LIST, "-p", "nowhere"], None, ExitCode.CONFIG),
    (GET, Reply(302, None, {"Location": "https://example.com/"}), ExitCode.CONFIG),
    (GET, Reply(401, {"detail": "No."}), ExitCode.DENIED),
    (GET, Reply(403, {"detail": "No."}), ExitCode.DENIED),
    (GET, Reply(404, {"detail": "Not found."}), ExitCode.NOT_FOUND),
    (CREATE, Reply(400, {"detail": "No."}), ExitCode.REJECTED),
    (GET, BUSY, ExitCode.UNAVAILABLE),
    (CREATE, BUSY, ExitCode.UNAVAILABLE),
    (GET, Reply(200, b"<p>", {"Content-Type": "text/html"}), ExitCode.UNAVAILABLE),
    (CREATE, Reply(500, {"detail": "Oops."}), ExitCode.UNKNOWN),
    (
        ["provider-keys", "rotate", "n", "--expect-mask", "sk-x...0000", *NEW],
        page([{"id": "a", "name": "n", "provider": "p", "state": "ok", "api_key_masked": "m"}]),
        ExitCode.CONFLICT,
    ),
]


@pytest.mark.parametrize(
    ("words", "reply", "code"),
    FAILURES,
    ids=[f"{row[2].name}-{n}" for n, row in enumerate(FAILURES)],
)
def test_g14_each_failure_has_its_exit_code(
    run: Run,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    reply: Any,
    code: ExitCode,
) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", PROVIDER_KEY)
    server.reply(reply)
    for output in ("json", "table", "tsv"):
        result = run(*words, "-o", output)
        has_document = "rotate" in words and output == "json"
        assert (result.code, bool(result.out)) == (code, has_document)
        if output == "json":
            assert json.loads(result.err.splitlines()[-1])["error"]["code"] == code.name
        else:
            assert "error: " in result.err


NO_NETWORK = """
import os, sys
sys.addaudithook(lambda event, args: os._exit(99) if event.startswith("socket.") else None)
"""


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], [*LIST, "--help"], ["completion", "bash"]], ids=" ".join
)
def test_g16_help_needs_nothing(
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    got: Got,
    words: list[str],
) -> None:
    for name in ("CONFIG", "CACHE", "DATA"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.toml").write_text("[[broken")
        monkeypatch.setenv(f"LLMCTL_{name}_DIR", str(folder))
    monkeypatch.setenv("LLMCTL_PROFILE", "no such one")
    monkeypatch.setenv("LLMCTL_OUTPUT", "nonsense")
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    before = sorted(tmp_path.rglob("*"))
    python = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for environment in [os.environ | python, python][: 2 if words == ["--help"] else 1]:
        done = subprocess.run(
            [sys.executable, "-m", "llmctl", *words],
            capture_output=True,
            text=True,
            env=environment,
            timeout=20,
            check=False,
        )
        got(f"exit {done.returncode}")
        assert (done.returncode, done.stderr) == (0, "")
        assert "llmctl" in done.stdout
    assert server.sent == []
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.cold
def test_g16_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, llmctl.app; print(set(sys.modules) & "
        "{'requests', 'rich', 'django', 'tomllib', 'platformdirs', 'typer', 'urllib3'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
