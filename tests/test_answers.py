"""What each kind of answer becomes: an exit code, a sentence, never a traceback."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page

READ = ["clustering-jobs", "get", JOB_ID]
LIST = ["clustering-jobs", "list"]
WRITE = ["clustering-jobs", "create", "--name", "x", "--analysis-level", "trace"]
DELETE = ["clustering-jobs", "delete", JOB_ID, "--yes"]

HTML = Reply(200, b"<html><b>login</b></html>", {"Content-Type": "text/html"})


def hog(detail: str, code: str = "invalid_input", attr: str | None = None) -> dict[str, Any]:
    return {"type": "validation_error", "code": code, "detail": detail, "attr": attr}


REFUSALS = [
    (401, hog("No.", "authentication_failed"), ExitCode.DENIED, "No."),
    (403, hog("API key missing required scope 'llm_analytics:read'"), ExitCode.DENIED, "scope"),
    (404, hog("Not found.", "not_found"), ExitCode.NOT_FOUND, "Not found."),
    (400, hog("This field is required.", "required", "name"), ExitCode.REJECTED, "name: This"),
    (400, {"detail": "Maximum of 5 clustering jobs per team."}, ExitCode.REJECTED, "Maximum of 5"),
    (409, {"error": "Only this."}, ExitCode.REJECTED, "Only this."),
    (405, None, ExitCode.REJECTED, "405"),
    (415, hog("Unsupported media type"), ExitCode.REJECTED, "Unsupported"),
]


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize(("status", "body", "code", "text"), REFUSALS)
def test_refusals(
    run: Run,
    server: RecordingServer,
    command: list[str],
    status: int,
    body: Any,
    code: ExitCode,
    text: str,
) -> None:
    server.reply(Reply(status, body))
    result = run(*command)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("error: ")
    assert text in result.err
    assert len(server.sent) == 1


def test_error_as_json(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, hog("This field is required.", "required", "name")))
    result = run(*WRITE, "-o", "json")
    assert json.loads(result.err) == {
        "error": {
            "code": "REJECTED",
            "message": "name: This field is required.",
            "hint": None,
            "status": 400,
            "attr": "name",
            "server_code": "required",
        }
    }


def test_scope_hint_names_the_scope(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(403, hog("API key missing required scope 'llm_analytics:write'")))
    assert "hint: add the scope llm_analytics:write" in run(*WRITE).err


def test_endpoint_closed_to_keys(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(403, hog("This action does not support personal API key access")))
    assert "the key itself is not at fault" in run(*READ).err


NOT_THE_API = [
    HTML,
    Reply(200, b'{"id": "a', {"Content-Type": "application/json"}),
    Reply(200, b'{"id": "a", "id": "b"}'),
    Reply(200, b'{"id": NaN}'),
    Reply(200, b'{"id": "a", "n": 1e999}'),
    Reply(200, b'{"id": "a", "n": ' + b"9" * 5000 + b"}"),
    Reply(200, b"[" * 200_000),
    Reply(200, b'{"id": "\xff"}'),
    Reply(200, b"\xef\xbb\xbf{}"),
    Reply(200, b"null"),
    Reply(200, b"[]"),
    Reply(200, b'"ok"'),
    Reply(200, {"id": None}),
    Reply(200, gzip.compress(b"x" * 64 * 1024 * 1024), {"Content-Encoding": "gzip"}),
    Reply(200, b"{}", {"Content-Encoding": "gzip, gzip, gzip"}),
    Reply(200, b"{}", {"Content-Encoding": "gzip"}),
    Reply(202, {"id": "a"}),
    Reply(204),
    Reply(304),
    Reply(500, hog("A server error occurred.")),
    Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
]


@pytest.mark.parametrize("reply", NOT_THE_API, ids=range(len(NOT_THE_API)))
def test_read_that_is_not_answered(run: Run, server: RecordingServer, reply: Reply) -> None:
    server.reply(reply)
    result = run(*READ, "--timeout", "3")
    expected = ExitCode.CONFIG if reply.status == 304 else ExitCode.UNAVAILABLE
    assert (result.code, result.out) == (expected, "")
    assert "<" not in result.err


@pytest.mark.parametrize("reply", NOT_THE_API, ids=range(len(NOT_THE_API)))
def test_write_of_unknown_outcome(run: Run, server: RecordingServer, reply: Reply) -> None:
    server.reply(reply)
    result = run(*WRITE)
    expected = ExitCode.CONFIG if reply.status == 304 else ExitCode.UNKNOWN
    assert (result.code, result.out) == (expected, "")
    assert len(server.sent) == 1
    if expected is ExitCode.UNKNOWN:
        assert "llmctl clustering-jobs list" in result.err


@pytest.mark.parametrize(
    "body", [[JOB], {"count": 1}, {"results": [1]}, {"results": [{"id": None}]}, {"results": {}}]
)
def test_list_without_its_envelope(run: Run, server: RecordingServer, body: Any) -> None:
    server.reply(body)
    result = run(*LIST, "-o", "json")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")


def test_fields_missing_unknown_and_new_values_are_shown(run: Run, server: RecordingServer) -> None:
    odd = {"id": JOB_ID, "analysis_level": "galaxy", "brand_new": {"a": [1]}, "enabled": "maybe"}
    for output in ("table", "tsv", "csv", "json", "jsonl", "ids"):
        server.reply(odd)
        assert run(*READ, "-o", output).code == 0
        server.reply(page([odd]))
        assert run(*LIST, "-o", output).code == 0
    assert json.loads(run(*LIST, "-o", "json").out) == [odd]


def test_later_page_fails(run: Run, server: RecordingServer) -> None:
    link = f"{server.origin}/api/x/?limit=1&offset=1"
    first = page([JOB], count=2, following=link)
    server.reply(first, Reply(500, hog("A server error occurred.")))
    whole = run(*LIST, "-o", "json")
    assert (whole.code, whole.out) == (ExitCode.UNAVAILABLE, "")
    server.reply(first, Reply(500, hog("A server error occurred.")))
    streamed = run(*LIST, "-o", "ids")
    assert (streamed.code, streamed.out) == (ExitCode.UNAVAILABLE, f"{JOB_ID}\n")
    assert "(1 of 2 printed)" in streamed.err


def test_next_link_to_another_server(run: Run, server: RecordingServer) -> None:
    server.reply(page([JOB], count=2, following="http://127.0.0.1:1/api/x/?offset=1"))
    result = run(*LIST, "-o", "json")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert len(server.sent) == 1


@pytest.mark.parametrize("rows", [[JOB], []])
def test_pages_that_do_not_end(run: Run, server: RecordingServer, rows: list[Any]) -> None:
    server.reply(page(rows, count=9, following=f"{server.origin}/api/x/?offset=1"))
    assert run(*LIST, "-o", "json").code == ExitCode.UNAVAILABLE
    assert len(server.sent) <= 2


def test_delete_answered_by_anything_but_204(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(200, {"id": "a"}))
    assert run(*DELETE).code == ExitCode.UNKNOWN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(run: Run, server: RecordingServer, status: int) -> None:
    server.reply(Reply(status, None, {"Location": f"{server.origin}/elsewhere/"}))
    result = run(*WRITE)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert f"redirects to {server.origin}" in result.err
    assert len(server.sent) == 1


def test_reads_are_tried_again_and_writes_are_not(run: Run, server: RecordingServer) -> None:
    busy = Reply(503, hog("Busy."), {"Retry-After": "0"})
    server.reply(busy, busy, JOB)
    assert run(*READ).code == 0
    assert len(server.sent) == 3
    server.sent.clear()
    server.reply(busy)
    assert run(*WRITE).code == ExitCode.UNKNOWN
    assert len(server.sent) == 1


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
def test_retries_turned_off(run: Run, server: RecordingServer, command: list[str]) -> None:
    server.reply(Reply(429, hog("Request was throttled."), {"Retry-After": "0"}))
    assert run(*command, "--retries", "0").code == ExitCode.UNAVAILABLE
    assert len(server.sent) == 1


def test_throttled_write_is_tried_again(run: Run, server: RecordingServer) -> None:
    throttled = Reply(429, hog("Request was throttled."), {"Retry-After": "0"})
    server.reply(throttled, Reply(201, JOB))
    result = run(*WRITE)
    assert result.code == 0
    assert "too many requests; trying again" in result.err


@pytest.mark.parametrize(("after", "tries"), [("86400", 1), ("abc", 3), ("-5", 3), ("1.5", 3)])
def test_absurd_retry_after(run: Run, server: RecordingServer, after: str, tries: int) -> None:
    server.reply(Reply(429, hog("Request was throttled."), {"Retry-After": after}))
    assert run(*READ).code == ExitCode.UNAVAILABLE
    assert len(server.sent) == tries
