"""Fault table, part M: numbers that Python would write differently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, RecordingServer, Reply, Sent
from tests.terminal import drawn

NUMBERS = [
    "-0",
    "-0.0",
    "1E5",
    "1e-400",
    "1.10",
    "0.1234567890123456789",
    "123456789012345678901234567890",
]
ALL = f"[{','.join(NUMBERS)}]"
GET = ["clustering-jobs", "get", JOB_ID]
UPDATE = ["clustering-jobs", "update", JOB_ID]


def job(filters: str, more: str = "0") -> bytes:
    return (
        json.dumps(JOB | {"event_filters": "F", "new": "N"})
        .replace('"F"', filters)
        .replace('"N"', more)
        .encode()
    )


def words(text: str) -> str:
    """The text without spaces, line breaks and the quotes of CSV."""
    return "".join(text.split()).replace('"', "")


@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "tsv", "table"])
def test_m08_numbers_of_an_object(run: Run, server: RecordingServer, output: str, got: Got) -> None:
    server.reply(Reply(200, job(ALL, "1E5")))
    shown = run(*GET, "-o", output).out
    got(output)
    assert ALL in words(shown)
    assert not output.startswith("json") or "new:1E5" in words(shown)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "tsv"])
def test_m08_numbers_of_a_list(run: Run, server: RecordingServer, output: str, number: str) -> None:
    """A number that is a cell by itself, and one within a cell."""
    row = b'{"id":"a","trigger_threshold":%s,"delivery_targets":[{"x":%s}]}'
    rows = row % (number.encode(), number.encode())
    server.reply(Reply(200, b'{"count":1,"next":null,"previous":null,"results":[%s]}' % rows))
    columns = ["--columns", "trigger_threshold,delivery_targets"] * (output in ("csv", "tsv"))
    shown = words(run("evaluation-reports", "list", "-o", output, *columns).out)
    assert f"[{{x:{number}}}]" in shown
    assert f"trigger_threshold:{number}," in shown or f"delivery_targets{number}" in shown


def test_m08_numbers_on_a_terminal(server: RecordingServer) -> None:
    server.reply(Reply(200, job(ALL, "1E5")))
    shown = drawn(*GET, NO_COLOR="1").text
    assert ALL in words(shown)
    assert "new1E5" in words(shown)


@pytest.mark.parametrize("way", ["option", "file", "stdin", "data", "data-file"])
def test_m08_numbers_that_are_sent(
    run: Run, server: RecordingServer, tmp_path: Path, way: str
) -> None:
    file = tmp_path / "numbers.json"
    data = f'{{"event_filters": {ALL}}}'
    file.write_text(data if way == "data-file" else ALL)
    given = {
        "option": ["--event-filters", ALL],
        "file": ["--event-filters", f"@{file}"],
        "stdin": ["--event-filters", "-"],
        "data": ["--data", data],
        "data-file": ["--data", f"@{file}"],
    }[way]
    server.reply(Reply(200, job(ALL)))
    result = run(*UPDATE, *given, "-o", "json", stdin=ALL)
    assert result.code == 0
    assert words(server.sent[-1].body.decode()) == f"{{event_filters:{ALL}}}"
    assert ALL in words(result.out)
    assert ALL in words(run(*UPDATE, *given, "--dry-run", stdin=ALL).out)


def test_m08_numbers_of_delivery_targets(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(200, b'{"id":"a"}'))
    run("evaluation-reports", "update", JOB_ID, "--delivery-targets", '[{"integration_id":1E0}]')
    assert b'"integration_id": 1E0' in server.sent[0].body


def test_m08_number_in_an_error(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, b'{"detail":{"limit":[1E5,-0]}}'))
    assert '{"limit": [1E5, -0]}' in run(*GET).err


def test_m08_numbers_are_compared_by_value(run: Run, server: RecordingServer) -> None:
    """The server may write what it stored in another way."""

    def answer(sent: Sent) -> Reply:
        if sent.method == "PATCH":
            return Reply(503, {"detail": "No."})
        return Reply(200, job("[100000, 0, 0.12345678901234568]"))

    server.reply(answer)
    result = run(*UPDATE, "--event-filters", "[1E5, -0, 0.1234567890123456789]")
    assert result.code == 0
    assert "the server shows that it succeeded" in result.err
    assert run(*UPDATE, "--event-filters", "[1E6, -0, 0.1]").code == 8


def test_m08_text_that_looks_like_a_number(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(200, job('["1E5", "-0"]')))
    assert json.loads(run(*GET, "-o", "json").out)["event_filters"] == ["1E5", "-0"]
