"""Every format side by side, for plain data and for hostile data."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.output.text import json_text
from llmctl.sanitize import visible
from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, page

LIST = ["clustering-jobs", "list"]
GET = ["clustering-jobs", "get", JOB_ID]
FILTERED = JOB | {"event_filters": [{"key": "$ai_model", "value": "gpt-4"}], "new": {"a": 1}}


def test_every_format(run: Run, server: RecordingServer) -> None:
    server.reply(page([FILTERED]))
    cell = '[{"key":"$ai_model","value":"gpt-4"}]'
    assert run(*LIST).out == (
        "id\tname\tanalysis_level\tenabled\tevent_filters\tupdated_at\n"
        f"{JOB_ID}\tGPT-4\ttrace\ttrue\t{cell}\t2026-08-11T12:00:00Z\n"
    )
    quoted = cell.replace('"', '""')
    assert run(*LIST, "-o", "csv").out == (
        "id,name,analysis_level,enabled,event_filters,updated_at\r\n"
        f'{JOB_ID},GPT-4,trace,true,"{quoted}",2026-08-11T12:00:00Z\r\n'
    )
    assert run(*LIST, "-o", "ids").out == f"{JOB_ID}\n"
    assert run(*LIST, "-o", "jsonl").out == json.dumps(FILTERED, separators=(",", ":")) + "\n"
    assert run(*LIST, "-o", "json").out == json.dumps([FILTERED], indent=2) + "\n"


def test_get_formats(run: Run, server: RecordingServer) -> None:
    server.reply(FILTERED)
    assert run(*GET, "-o", "json").out == json.dumps(FILTERED, indent=2) + "\n"
    assert run(*GET, "-o", "ids").out == f"{JOB_ID}\n"
    assert len(run(*GET).out.splitlines()) == 2
    assert run(*GET, "--columns", "name,created_at").out == (
        "name\tcreated_at\nGPT-4\t2026-08-11T12:00:00.123456Z\n"
    )
    table = run(*GET, "-o", "table").out
    assert re.search(r"^updated_at +2026-08-11 12:00 UTC$", table, re.MULTILINE)
    assert re.search(r'^new +\{"a":1\}$', table, re.MULTILINE)


def test_empty_list(run: Run, server: RecordingServer) -> None:
    server.reply(page([]))
    assert run(*LIST, "-o", "json").out == "[]\n"
    assert run(*LIST, "-o", "ids").out == ""
    table = run(*LIST, "-o", "table")
    assert (table.code, table.out, table.err) == (0, "", "nothing found\n")
    assert len(run(*LIST).out.splitlines()) == 1


def test_order_and_numbers_are_the_servers(run: Run, server: RecordingServer) -> None:
    row = {"z": 1, "id": "a", "b": 12345678901234567890123, "c": 1.5, "d": None, "é": "ü"}
    server.reply(page([row]))
    out = run(*LIST, "-o", "json").out
    assert list(json.loads(out)[0].items()) == list(row.items())
    assert "ü" in out


HOSTILE = "[red]x[/] [/bold] :skull: \x1b[31m\x9b2J\u202e\u2028\r\n\t\x7f\x00 \ud83d\ude00 \\"


@pytest.mark.parametrize("output", ["table", "tsv", "csv", "json", "jsonl", "ids"])
def test_hostile_text_reaches_no_terminal(run: Run, server: RecordingServer, output: str) -> None:
    row = JOB | {"id": f"id{HOSTILE}", "name": HOSTILE, "analysis_level": HOSTILE}
    server.reply(page([row]))
    result = run(*LIST, "-o", output)
    assert result.code == 0
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028\ud800-\udfff]", result.out.replace("\r\n", "\n")
    )
    if output == "json":
        assert json.loads(result.out)[0]["name"] == json.loads(json.dumps(HOSTILE))
    elif output in ("jsonl", "ids"):
        assert len(result.out.splitlines()) == 1
    else:
        assert (
            "[red]x[/] [/bold] :skull: \\x1b[31m" in result.out.replace("\n", " ")
            or output == "table"
        )
    if output == "csv":
        assert len(list(csv.reader(io.StringIO(result.out)))) == 2


def test_table_in_a_pipe_is_not_cut(run: Run, server: RecordingServer) -> None:
    name = "n" * 100
    server.reply(page([JOB | {"name": name}]))
    assert name in run(*LIST, "-o", "table").out


@given(st.text())
def test_visible_text(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", shown
    )
    shown.encode("utf-8")


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@given(JSON_VALUES, st.sampled_from([None, 2]), st.booleans())
def test_json_text_means_the_same(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json_text(value, indent=indent, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\ud800-\udfff]", text)
