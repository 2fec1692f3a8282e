"""D: the formats for programs, in any environment."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.fault_table import Got
from tests.faults.documents import DOCUMENTS
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page
from tests.terminal import acted_on, drawn, on_terminal

LIST = ["clustering-jobs", "list"]
GET = ["clustering-jobs", "get", JOB_ID]
FORMATS = ["table", "tsv", "csv", "json", "jsonl", "ids"]

SURROUNDINGS: list[dict[str, Any]] = [
    {"FORCE_COLOR": "1"},
    {"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1"},
    {"GITHUB_ACTIONS": "true", "CI": "true"},
    {"COLUMNS": "20", "TERM": None},
]


def test_d09_machine_formats_are_the_same_everywhere(run: Run, server: RecordingServer) -> None:
    hostile = JOB | {"name": "\x1b[31m\u202e\x9b[red]" + "x" * 100, "analysis_level": "ä日"}
    server.reply(page([JOB, hostile]))
    for number, output in enumerate(("json", "jsonl", "csv", "ids")):
        words = [*LIST, "-o", output]
        text = run(*words).out
        assert acted_on(text.replace("\r\n", "\n")) == set()
        assert on_terminal(*words, columns=20, **SURROUNDINGS[number]).text.replace(
            "\r", ""
        ) == text.replace("\r\n", "\n")
        if output == "json":
            assert json.loads(text) == [JOB, hostile]


def fits(value: Any, documented: Any) -> bool:
    """Return True if `value` has every documented field with its type; more fields are allowed."""
    if isinstance(documented, dict):
        return isinstance(value, dict) and all(
            key in value and fits(value[key], kind) for key, kind in documented.items()
        )
    if isinstance(documented, list):
        return isinstance(value, list) and all(fits(each, documented[0]) for each in value)
    return type(value).__name__ in documented.split("|")


def test_d10_documented_fields(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", "sk-proj-0123456789")
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    for command, documented in DOCUMENTS.items():
        result = run(*shlex.split(command), "-o", "json")
        document = json.loads(result.out or result.err)
        assert document
        assert fits(document, documented), command


def test_d11_a_table_in_a_pipe_is_for_programs(run: Run, server: RecordingServer) -> None:
    name = "n" * 300
    server.reply(page([JOB | {"name": name}, JOB | {"name": "日本語の名前" * 20}]))
    by_default = run(*LIST).out
    header = "id\tname\tanalysis_level\tenabled\tevent_filters\tupdated_at"
    assert by_default.splitlines()[0] == header
    assert by_default.count(JOB_ID) == 2
    assert name in by_default
    assert not re.search("[\u2500-\u257f]", by_default)
    assert name in run(*LIST, "-o", "table").out
    server.reply(page([JOB]))
    assert run(*LIST).out.splitlines()[0] == header


PLAIN: list[dict[str, Any]] = [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}]


@pytest.mark.parametrize("settings", PLAIN, ids=str)
def test_d12_no_escape_where_none_is_wanted(
    server: RecordingServer, got: Got, settings: dict[str, Any]
) -> None:
    link = f"{server.origin}/api/x/?offset=1"
    server.reply(page([JOB | {"id": "first"}], count=2, following=link), page([JOB], count=2))
    shown = drawn(*LIST, **settings)
    got(f"exit {shown.code}")
    assert re.findall(rf"first|{JOB_ID}", shown.text) == ["first", JOB_ID]
    assert "\x1b" not in shown.text


COMMANDS = ["::error::x", "##[error]x", "##vso[task.complete]x", " ::add-mask::x"]
INSIDE = ["x ##[add-path]/x", "x ###vso[task.setvariable variable=PATH]/x ##[error]"]
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)


def test_d13_no_line_is_a_command_to_a_ci(run: Run, server: RecordingServer) -> None:
    texts = [*COMMANDS, *INSIDE]
    rows = [JOB | {"id": text, "name": text, text: text} for text in texts]
    server.reply(page(rows))
    for output in FORMATS:
        columns = [] if output in ("json", "jsonl", "ids") else ["--columns", "name,id"]
        result = run(*LIST, "-o", output, *columns)
        assert result.code == 0
        assert not COMMAND.search(result.out)
        assert "x" in result.out
        if output == "json":
            assert json.loads(result.out) == rows
        if output == "csv":
            cells = [row[0] for row in csv.reader(io.StringIO(result.out))]
            assert cells[1:] == [shown(text) for text in texts]
    assert run(*LIST, "-o", "ids").out.startswith("\\x3a:error::x\n\\x23#[error]x\n")
    server.reply(Reply(400, {"detail": f"no\n{COMMANDS[0]}"}))
    assert run(*GET).err == "error: no\\n::error::x\n"


def shown(text: str) -> str:
    """The form in which cells show a CI command."""
    return re.sub(r"#(?=#(vso)?\[)", r"\\x23", re.sub(r"^(\s*):(?=:)", r"\1\\x3a", text))


@pytest.mark.parametrize("text", [*COMMANDS, *INSIDE])
def test_d13_no_error_or_note_is_a_command_to_a_ci(
    run: Run, server: RecordingServer, text: str
) -> None:
    detail = {"type": "validation_error", "code": text, "detail": text, "attr": text}
    server.reply(Reply(400, detail, headers={"X-Request-Id": text}))
    for output in ("table", "json"):
        result = run(*GET, "-v", "-o", output)
        assert result.code == ExitCode.REJECTED
        assert not COMMAND.search(result.err)
    assert json.loads(result.err.splitlines()[-1])["error"]["attr"] == text
    assert not COMMAND.search(run(text).err)
    dry = run("clustering-jobs", "create", "--name", text, "--dry-run").out
    assert not COMMAND.search(dry)
    words = shlex.split(dry)
    assert json.loads(words[words.index("-d") + 1]) == {"name": text}
