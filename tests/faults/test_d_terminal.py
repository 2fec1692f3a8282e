"""D: text from a server, on a terminal, in a pipe and in a log."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from rich.cells import cell_len

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply, page
from tests.terminal import acted_on, drawn, on_terminal

LIST = ["clustering-jobs", "list"]
GET = ["clustering-jobs", "get", JOB_ID]
FORMATS = ["table", "tsv", "csv", "json", "jsonl", "ids"]

MARKUP = [
    "[red]x[/red]",
    "[conceal]x[/conceal]",
    "[link=https://example.com]x[/link]",
    ":skull:",
    "[not a style]x",
]
UNBALANCED = ["prod[/]", "a[/bold]", "x\\", "\\[red]", "[", "]"]
SEQUENCES = {
    "\x1b[2J": r"\x1b[2J",
    "\x1b[31mred": r"\x1b[31mred",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x1b]8;;https://example.com\x1b\\x": r"\x1b]8;;https://example.com\x1b\x",
    "\x1b]52;c;cm0=\x07": r"\x1b]52;c;cm0=\x07",
    "\x1b]52;c;cm0=\x1b\\": r"\x1b]52;c;cm0=\x1b" + "\\",
}
CONTROLS = {
    "\x9b2J": r"\x9b2J",
    "a\x00b": r"a\x00b",
    "a\x7fb": r"a\x7fb",
    "a\x08b": r"a\x08b",
    "a\x07b": r"a\x07b",
}
MISLEADING = {
    "\u202egnp.exe": r"\u202egnp.exe",
    "a\u2066b\u2069": r"a\u2066b\u2069",
    "a\u200bb": r"a\u200bb",
    "\ufeffa": r"\ufeffa",
    "a\U000e0041b": r"a\U000e0041b",
    "a\u061cb": r"a\u061cb",
}
BREAKS = {
    "a\rb": r"a\rb",
    "a\nb": r"a\nb",
    "a\r\nb": r"a\r\nb",
    "a\tb": r"a\tb",
    "a\x0bb": r"a\x0bb",
    "a\x0cb": r"a\x0cb",
    "a\x85b": r"a\x85b",
    "a\u2028b": r"a\u2028b",
    "a\u2029b": r"a\u2029b",
}


def answer(server: RecordingServer, names: list[str]) -> None:
    server.reply(page([JOB | {"name": name} for name in names]))


def check_literal(run: Run, server: RecordingServer, names: list[str]) -> None:
    """Every name is shown as it is, in a pipe and on a terminal."""
    answer(server, names)
    for output in ("table", "tsv"):
        result = run(*LIST, "-o", output)
        assert result.code == 0
        assert all(f"{name} " in result.out.replace("\t", " ") for name in names)
    assert [row[1] for row in csv.reader(io.StringIO(run(*LIST, "-o", "csv").out))][1:] == names
    assert [row["name"] for row in json.loads(run(*LIST, "-o", "json").out)] == names
    shown = drawn(*LIST, columns=200)
    assert shown.code == 0
    rows = re.sub(r"\x1b\[\d*m", "", shown.text).splitlines()
    assert all(any(row.startswith(f"{name}  ") for row in rows) for name in names)
    assert acted_on(shown.text) == set()


def check_escaped(run: Run, server: RecordingServer, shown_as: dict[str, str]) -> None:
    """Every name is shown by its escapes, one row an object, in each format and on a terminal."""
    answer(server, list(shown_as))
    for output in FORMATS:
        result = run(*LIST, "-o", output)
        assert result.code == 0
        assert acted_on(result.out.replace("\r\n", "\n").replace("\t", "")) == set()
        if output in ("table", "tsv", "csv"):
            assert all(text in result.out for text in shown_as.values())
    assert len(run(*LIST, "-o", "tsv").out.splitlines()) == 1 + len(shown_as)
    assert len(run(*LIST, "-o", "jsonl").out.splitlines()) == len(shown_as)
    assert [row["name"] for row in json.loads(run(*LIST, "-o", "json").out)] == list(shown_as)
    rows = drawn(*LIST, columns=200).text.splitlines()[2:]
    for row, text in zip(rows, shown_as.values(), strict=True):
        assert re.search(rf"^{re.escape(text)} +trace .*{JOB_ID}$", re.sub(r"\x1b\[\d*m", "", row))
        assert acted_on(row) == set()


def test_d01_markup_is_shown_as_it_is(run: Run, server: RecordingServer) -> None:
    check_literal(run, server, MARKUP)


def test_d02_unbalanced_markup_is_shown_as_it_is(run: Run, server: RecordingServer) -> None:
    check_literal(run, server, UNBALANCED)


def test_d03_escape_sequences(run: Run, server: RecordingServer) -> None:
    check_escaped(run, server, SEQUENCES)


def test_d04_control_characters(run: Run, server: RecordingServer) -> None:
    check_escaped(run, server, CONTROLS)


def test_d05_misleading_characters(run: Run, server: RecordingServer) -> None:
    check_escaped(run, server, MISLEADING)


def test_d06_line_breaks(run: Run, server: RecordingServer) -> None:
    check_escaped(run, server, BREAKS)


@pytest.mark.parametrize("output", FORMATS)
def test_d06_hostile_text_in_every_field(run: Run, server: RecordingServer, output: str) -> None:
    hostile = "".join([*SEQUENCES, *CONTROLS, *MISLEADING, *BREAKS, *UNBALANCED, "\ud83d\ude00 \\"])
    row = {hostile: hostile, "id": hostile, "name": [hostile], "enabled": {hostile: hostile}}
    server.reply(page([row]))
    listed = run(*LIST, "-o", output)
    server.reply(row)
    for result in (listed, run(*GET, "-o", output)):
        assert result.code == 0
        assert acted_on(result.out.replace("\r\n", "\n").replace("\t", "")) == set()
    if output == "csv":
        assert len(list(csv.reader(io.StringIO(listed.out)))) == 2


WIDE = [
    "日本語の名前" * 4,
    "e\u0301" * 30,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 9,
    "🇩🇪👍🏽" * 9,
]


@pytest.mark.parametrize(
    ("columns", "options"), [(60, []), (80, []), (80, ["--columns", "id,name,level,enabled"])]
)
def test_d07_wide_and_joined_characters(
    server: RecordingServer, got: Got, columns: int, options: list[str]
) -> None:
    answer(server, WIDE)
    shown = drawn(*LIST, *options, columns=columns, NO_COLOR="1")
    got(f"exit {shown.code}")
    lines = shown.text.splitlines()
    assert max(map(cell_len, lines)) <= columns
    # The column behind the names starts in the same place in every row.
    rows = [line for line in lines if re.search(r"\btrue\b", line)]
    assert len({cell_len(line.partition("true")[0]) for line in rows}) == 1
    # No line starts with what belongs to the character before it, nor ends within one.
    names = "".join(re.findall("[^\x00-\x7f─…]", "".join(lines)))
    for line in lines:
        assert not re.match("[ ]*[\u0301\u200d\U0001f3fb-\U0001f3ff]", line)
        assert not line.rstrip().endswith("\u200d")
        assert line.count("🇩") == line.count("🇪")
    if (columns, options) == (80, []):  # names are shortened, each to the same width
        assert 0 < names.count("日") < 4
        assert len(lines) == 2 + len(WIDE)
    else:
        assert all(name.replace("e", "") in names for name in WIDE)


HOSTILE = "\x1b]0;owned\x07 \u202e\n::error::"
SHOWN = r"\x1b]0;owned\x07 \u202e\n::error::"


def test_d08_an_error_of_the_server(run: Run, server: RecordingServer) -> None:
    detail = {"type": "validation_error", "code": HOSTILE, "detail": HOSTILE, "attr": HOSTILE}
    server.reply(Reply(400, detail, reason="\x1b[2J", headers={"X-Request-Id": "\x1b[2J\x9b"}))
    result = run(*GET, "-v")
    assert result.code == ExitCode.REJECTED
    assert acted_on(result.err) == set()
    first, second = result.err.splitlines()
    assert r"request id \x1b[2J\x9b" in first
    assert second == f"error: {SHOWN}: {SHOWN}"
    as_json = run(*GET, "-o", "json").err
    assert acted_on(as_json) == set()
    assert json.loads(as_json)["error"]["attr"] == HOSTILE


def test_d08_argv(run: Run, server: RecordingServer) -> None:
    for words in ([HOSTILE], [*LIST, HOSTILE], [*LIST, f"--{HOSTILE}"], [*LIST, "-o", HOSTILE]):
        result = run(*words)
        assert result.code == ExitCode.USAGE
        assert acted_on(result.err) == set()
    words = ["clustering-jobs", "create", "--name", f"{HOSTILE}\x7f", "--dry-run"]
    assert acted_on(run(*words).out) == set()


def test_d08_questions_and_notes(server: RecordingServer) -> None:
    server.reply({"organization": {"projects": [{"id": n, "name": HOSTILE} for n in (1, 2)]}})
    words = ["profiles", "add", "work", "--host", server.origin, "--api-key-env", "LLMCTL_API_KEY"]
    shown = on_terminal(*words, answers={"Project:": "2\n"})
    assert shown.code == 0
    assert f"1  {SHOWN}" in shown.text
    assert acted_on(shown.text) == set()
    assert KEY not in shown.text


def key_row(key_id: str, name: str) -> dict[str, Any]:
    texts = {"provider": "openai", "state": "ok", "api_key_masked": "****"}
    return {"id": key_id, "name": name, **texts}


def test_d08_plans_of_a_rotation(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)

    def rows(sent: Any) -> Reply:
        if "evaluation_config" in sent.target:
            return Reply(body={"active_provider_key": key_row(JOB_ID, HOSTILE)})
        if "provider_keys" in sent.target:
            return Reply(body=page([key_row(JOB_ID, HOSTILE)]))
        model = {"provider_key_id": JOB_ID, "model": f"{HOSTILE}\x7f"}
        return Reply(body=page([{"id": "e", "name": HOSTILE, "model_configuration": model}]))

    server.reply(rows)
    words = ["provider-keys", "rotate", JOB_ID, "--strategy", "replace", "--dry-run"]
    result = run(*words, "--api-key-env", "NEW")
    assert result.code == 0
    assert SHOWN in result.out
    assert acted_on(result.out + result.err) == set()
