"""M: variables of shells and terminals, and paths that shells do not expand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, Shell
from tests.support import JOB, JOB_ID, KEY, PROVIDER_KEY, RecordingServer, page, storing
from tests.terminal import drawn, on_terminal

LIST = ["clustering-jobs", "list"]
FILTERS = [{"key": "a", "value": 1}]


@pytest.fixture
def home(server: RecordingServer) -> Path:
    server.reply(storing(JOB))
    return Path(os.environ["HOME"])


@pytest.mark.parametrize(
    "words",
    [
        ["--event-filters", "@~/f.json"],
        ["--event-filters=@~/f.json"],
        ["--data", "@~/d.json"],
        ["--data=@~/d.json"],
        ["-d", "@~/d.json"],
        ["-d@~/d.json"],
        ["--data", "@~//sub/../d.json"],
    ],
    ids=" ".join,
)
def test_m10_files_below_home(
    run: Run, server: RecordingServer, home: Path, words: list[str]
) -> None:
    (home / "sub").mkdir()
    (home / "f.json").write_text(json.dumps(FILTERS))
    (home / "d.json").write_text(json.dumps({"event_filters": FILTERS}))
    assert run("clustering-jobs", "create", *words).code == 0
    assert server.sent[0].json == {"event_filters": FILTERS}


@pytest.mark.parametrize("words", [["--api-key-file", "~/key"], ["--api-key-file=~/key"]])
def test_m10_key_below_home(
    run: Run, server: RecordingServer, home: Path, words: list[str]
) -> None:
    (home / "key").write_text(f"{PROVIDER_KEY}\n")
    create = ["provider-keys", "create", "--provider", "openai", "--name", "x"]
    assert run(*create, *words).code == 0
    assert server.sent[-1].json["api_key"] == PROVIDER_KEY
    (home / "key").write_text(f"{KEY}\n")
    add = ["profiles", "add", "p", "--host", server.origin, "--project", "1", "--no-check"]
    assert run(*add, *words).code == 0


def test_m10_guidance_below_home(run: Run, server: RecordingServer, home: Path) -> None:
    (home / "text").write_text("be brief")
    update = ["evaluation-reports", "update", JOB_ID]
    assert run(*update, "--report-prompt-guidance", "@~/text").code == 0
    assert server.sent[0].json == {"report_prompt_guidance": "be brief"}


@pytest.mark.parametrize("text", ["~/none", "~nobody-has-this-name/none", "~\0", "~"])
def test_m10_files_that_are_not_there(
    run: Run, server: RecordingServer, home: Path, text: str
) -> None:
    result = run("clustering-jobs", "create", "--data", f"@{text}")
    assert (result.code, server.sent) == (ExitCode.USAGE, [])
    assert result.err.startswith("error: --data: cannot read ~")


def test_m10_file_without_at(run: Run, server: RecordingServer, home: Path) -> None:
    (home / "f.json").write_text("[]")
    result = run("clustering-jobs", "create", "--event-filters=~/f.json")
    assert result.code == ExitCode.USAGE
    assert "hint: to read the file, use '@~/f.json'\n" in result.err


@pytest.mark.parametrize("value", ["x", "1", "complete_bash", "source_zsh", "complete_nope", "_"])
@pytest.mark.parametrize(
    "words", ["clustering-jobs list", "--help", "--version", "completion bash"]
)
def test_m12_completion_of_typer_never_runs(
    run: Run,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    value: str,
) -> None:
    server.reply(page([JOB]))
    expected = run(*words.split())
    for name in (
        "_LLMCTL_COMPLETE",
        "_TYPER_COMPLETE_ARGS",
        "_TYPER_COMPLETE_FISH_ACTION",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE",
        "_TYPER_FORCE_DISABLE_TERMINAL",
        "_TYPER_STANDARD_TRACEBACK",
        "TYPER_USE_RICH",
        "COMP_WORDS",
        "COMP_CWORD",
    ):
        monkeypatch.setenv(name, value)
    result = run(*words.split())
    assert (result.code, result.out, result.err) == (0, expected.out, "")


def test_m12_in_a_process(shell: Shell, run: Run) -> None:
    plain = run("help", "output")
    for program in ("llmctl", "python -m llmctl"):
        for value in ("complete_bash", "source_bash"):
            variables = f"_LLMCTL_COMPLETE={value} __MAIN___COMPLETE={value} COMP_WORDS=llmctl"
            result = shell(f"{variables} COMP_CWORD=1 {program} help output")
            assert (result.code, result.out, result.err) == (0, plain.out, "")


COLORS: list[tuple[dict[str, Any], bool]] = [
    ({"FORCE_COLOR": "0"}, False),
    ({"FORCE_COLOR": "false"}, False),
    ({"FORCE_COLOR": "False"}, False),
    ({"FORCE_COLOR": " 0 "}, False),
    ({"FORCE_COLOR": "0", "TERM": "dumb"}, False),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ({"FORCE_COLOR": "", "NO_COLOR": "1"}, False),
    ({"FORCE_COLOR": ""}, True),
    ({"FORCE_COLOR": "", "TERM": "dumb"}, False),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ({"FORCE_COLOR": "3"}, True),
    ({"FORCE_COLOR": "true"}, True),
    ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, False),
    ({"CLICOLOR_FORCE": "1", "FORCE_COLOR": "0"}, False),
]


@pytest.mark.parametrize(("settings", "has_color"), COLORS, ids=str)
def test_m13_colours_of_tables(
    server: RecordingServer, settings: dict[str, Any], has_color: bool
) -> None:
    server.reply(page([JOB]))
    assert ("\x1b" in drawn(*LIST, **settings).text) is has_color


@pytest.mark.parametrize("value", ["0", "false", "1", ""])
def test_m13_pipes(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", value)
    server.reply(page([JOB]))
    assert ("\x1b" in run(*LIST, "-o", "table").out) is (value == "1")
    assert ("\x1b" in run(*LIST, "--nope").err) is (value == "1")
    for words in ([*LIST, "--help"], [*LIST, "-o", "tsv"], ["help", "output"]):
        result = run(*words)
        assert "\x1b" not in result.out + result.err


def test_m13_no_bar_without_colours(server: RecordingServer) -> None:
    link = f"{server.origin}/api/x/?offset=1"
    for value, has_bar in (("0", False), (None, True)):
        server.reply(page([JOB | {"id": "1"}], count=2, following=link), page([JOB], count=2))
        assert ("\x1b" in on_terminal(*LIST, FORCE_COLOR=value).text) is has_bar
