"""Every format side by side, for plain data and for hostile data."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from llmctl.output.text import json_text
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


def test_columns_of_one_object_on_a_screen(run: Run, server: RecordingServer) -> None:
    server.reply(FILTERED)
    table = run(*GET, "-o", "table", "--columns", "name,id").out
    assert [line.split() for line in table.splitlines()] == [["name", "GPT-4"], ["id", JOB_ID]]


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


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@given(JSON_VALUES, st.sampled_from([None, 2]), st.booleans())
def test_json_text_has_the_same_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json_text(value, indent=indent, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\ud800-\udfff]", text)
