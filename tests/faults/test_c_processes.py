"""Keys in running processes: bugs, command lines, hostile folders, core files, debug output."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from llmctl.errors import ExitCode
from tests.canaries import found_in
from tests.conftest import Shell, complete
from tests.fault_table import Got
from tests.support import JOB, PROVIDER_KEY, RecordingServer, Reply, Sent

ROOT = Path(__file__).parents[2]
CREATE = "llmctl provider-keys create --name n --provider openai"

LEAKS = """
import os
import subprocess
import sys
from tests.support import KEY, PROVIDER_KEY

def test_output():
    code = "from tests.support import KEY; print(KEY)"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

def test_error_output():
    code = "from tests.support import PROVIDER_KEY; raise SystemExit(PROVIDER_KEY)"
    subprocess.run([sys.executable, "-c", code], capture_output=True)

def test_file(tmp_path):
    (tmp_path / "leak.txt").write_text(f"the key is {PROVIDER_KEY}")

def test_command_line():
    subprocess.run(["true", KEY], check=True)

def test_command_line_of_a_grandchild():
    environment = {"PATH": os.environ["PATH"], "HIDDEN": KEY}
    subprocess.run(["sh", "-c", 'sh -c "sleep 0.5" "$HIDDEN"; true'], env=environment, check=True)

def test_process_that_stays():
    subprocess.Popen(["sleep", "60"]).returncode = 0  # as if nobody had to wait for it

def test_clean(tmp_path):
    (tmp_path / "clean.txt").write_text("nothing")
    subprocess.run(["true"], capture_output=True, check=True)
"""


@pytest.mark.complete  # it runs pytest itself
@pytest.mark.allow_canary("argv", "leak.txt")
def test_c05_the_check_of_every_test_finds_leaks(tmp_path: Path, got: Got) -> None:
    """`tests/canaries.py` looks for the keys after each test; here are tests that leak."""
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    report = tmp_path / "key-report.xml"
    options = f"-q -c {os.devnull} --rootdir {tmp_path} -p tests.canaries -p tests.processes "
    options += f"--basetemp {tmp_path}/inner --junitxml {report} -p no:cacheprovider "
    with (tmp_path / "key-output").open("w+") as output:
        subprocess.run(
            [sys.executable, "-m", "pytest", *options.split(), f"{tmp_path}/test_leaks.py"],
            cwd=ROOT, stdout=output, timeout=60, check=False,
        )  # fmt: skip
        output.seek(0)
        said = output.read()
    reasons = {
        str(case.get("name")): "".join(str(child.get("message")) for child in case)
        for case in ElementTree.parse(report).iter("testcase")
    }
    assert "the output of" in reasons["test_output"]
    assert "the output of" in reasons["test_error_output"]
    assert "leak.txt" in reasons["test_file"]
    assert "a command line" in reasons["test_command_line"]
    assert "a command line: sh -c sleep" in reasons["test_command_line_of_a_grandchild"]
    assert reasons["test_process_that_stays"] == reasons["test_clean"] == ""
    assert "error: a process outlived the test that started it" in said
    assert "sleep 60 (test_leaks.py::test_process_that_stays" in said
    got("leaks into output, a file and a command line are found; every test is looked at")


def test_c06_bug_is_one_line(monkeypatch: pytest.MonkeyPatch, got: Got) -> None:
    code = (
        "import llmctl.app, llmctl.runtime.process, sys; "
        "llmctl.app.load = lambda name: 1 / 0; sys.argv = ['llmctl', 'evaluations', 'list']; "
        "llmctl.runtime.process.run()"
    )
    for debug in ("0", "1"):
        monkeypatch.setenv("LLMCTL_DEBUG", debug)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        got(f"exit {done.returncode}")
        assert done.returncode == ExitCode.INTERNAL
        assert "error: a bug in llmctl (ZeroDivisionError)" in done.stderr
        assert ("app.py:" in done.stderr) == (debug == "1")
        assert "1 / 0" not in done.stderr


@pytest.mark.cold  # its command line is its own
def test_c10_command_lines_during_a_run(
    shell: Shell, server: RecordingServer, key_file: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, got: Got,
) -> None:  # fmt: skip
    """All command lines, at the two moments when the keys are in use."""
    seen: list[bytes] = []

    def look(_: Sent) -> Reply:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue
        return Reply(body={"id": "a"})

    server.reply(look)
    monkeypatch.setenv("LLMCTL_API_KEY", Path(key_file).read_text())
    monkeypatch.setenv("LLMCTL_HOST", server.origin)
    monkeypatch.setenv("LLMCTL_PROJECT", "1")
    (tmp_path / "key-new").write_text(PROVIDER_KEY)
    lines = tmp_path / "lines"
    command = f"cat /proc/[0-9]*/cmdline > {lines} 2>/dev/null; cat {tmp_path}/key-new"
    result = shell(f'{CREATE} --api-key-command "{command}"')
    assert result.code == 0, result.err
    assert any(b"provider-keys" in line for line in seen)
    assert b"provider-keys" in lines.read_bytes()
    assert not any(found_in(line) for line in [*seen, lines.read_bytes()])
    got(f"{len(seen)} command lines, none with a key")


HOSTILE = [
    "requests.py",
    "typer.py",
    "platformdirs.py",
    "json.py",
    "sitecustomize.py",
    "keyring.py",
]


@pytest.mark.cold
@pytest.mark.parametrize("program", ["llmctl", f"{sys.executable} -m llmctl"])
def test_c19_hostile_folder(
    shell: Shell, server: RecordingServer, tmp_path: Path, program: str
) -> None:
    server.reply(JOB)
    for name in HOSTILE:
        (tmp_path / name).write_text("raise SystemExit('loaded')")
    (tmp_path / ".env").write_text("LLMCTL_HOST=https://evil.example.com\n")
    (tmp_path / "llmctl.toml").write_text("[profiles.work]\nhost = 'https://evil.example.com'\n")
    (tmp_path / "config.toml").write_text("current = 'evil'\n")
    result = shell(f"cd {tmp_path}; {program} clustering-jobs get {JOB['id']} -o json")
    assert result.code == 0, result.err
    assert "loaded" not in result.out + result.err
    assert len(server.sent) == 1


def test_c20_abort_during_a_rotation(
    server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    limits: list[str] = []
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    script = (
        f"ulimit -c unlimited; exec {sys.executable} -m llmctl "
        "provider-keys rotate x --api-key-env NEW --yes"
    )

    def abort(_: Sent) -> Reply:
        limits.append(Path(f"/proc/{process.pid}/limits").read_text())
        process.send_signal(signal.SIGABRT)
        process.wait()
        return Reply(body={})

    server.reply(abort)
    with subprocess.Popen(["bash", "-c", script], cwd=tmp_path) as process:
        assert process.wait() == -signal.SIGABRT
    assert re.search(r"Max core file size +0 +0 ", limits[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    got("ended by SIGABRT, no core file")


SWITCHED_ON = """
import http.client, logging, sys
http.client.HTTPConnection.debuglevel = 1
logging.basicConfig(level=logging.DEBUG)
print("debugging", file=sys.stderr)
"""


@pytest.mark.parametrize("status", [200, complete(400), complete(500)])
def test_c21_debug_variables(
    shell: Shell, server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:  # fmt: skip
    (tmp_path / "switched-on").mkdir()
    (tmp_path / "switched-on" / "sitecustomize.py").write_text(SWITCHED_ON)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "switched-on"))
    for name in ("LLMCTL_DEBUG", "PYTHONDEVMODE", "PYTHONVERBOSE", "PYTHONFAULTHANDLER", "DEBUG"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    server.reply(Reply(status, {"id": "a", "detail": "no"}))
    result = shell(f"{CREATE} --api-key-env NEW -v")
    assert "debugging" in result.err
    assert "urllib3" in result.err
    assert server.sent[0].json["api_key"] == PROVIDER_KEY
    assert not found_in(result.out + result.err)
