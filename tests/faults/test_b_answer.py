"""B. Responses: which are the API's, and the error for every other one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.faults.conftest import StartRaw, StartTLS
from tests.faults.servers import sending
from tests.faults.tls import Authority
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page

READ = ["clustering-jobs", "get", JOB_ID, "--retries", "0"]
LIST = ["clustering-jobs", "list", "--retries", "0"]
WRITE = ["clustering-jobs", "create", "--name", "x", "--retries", "0"]
DELETE = ["clustering-jobs", "delete", JOB_ID, "--yes", "--retries", "0"]
FORMATS = ["table", "tsv", "csv", "json", "jsonl", "ids"]

HTML = {"Content-Type": "text/html"}


def hog(detail: str, code: str = "error") -> dict[str, Any]:
    return {"type": "server_error", "code": code, "detail": detail, "attr": None}


def not_the_api(run: Run, server: RecordingServer, reply: Reply, said: str) -> None:
    """A read and a list end with exit 7, a write with exit 8 after one POST; all say so."""
    server.reply(reply)
    for command in (READ, LIST):
        result = run(*command)
        assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
        assert said in result.err
        assert result.err.count("\n") == 1
    result = run(*WRITE)
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert said in result.err
    assert "llmctl clustering-jobs list" in result.err
    assert [sent.method for sent in server.sent].count("POST") == 1


@pytest.mark.parametrize("body", [b'{"id": "a", "id": "b"}', b'{"id": "a", "x": [{"y":1, "y":1}]}'])
def test_b19_key_twice(run: Run, server: RecordingServer, body: bytes) -> None:
    not_the_api(run, server, Reply(200, body), "not JSON (an object has the same key twice)")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000])
def test_b20_numbers_that_are_none(run: Run, server: RecordingServer, number: str) -> None:
    reply = Reply(200, b'{"id": "a", "n": %s}' % number.encode())
    not_the_api(run, server, reply, "number")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"id": "\xff"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"id": "a"}', "not JSON"),
        ('{"id": "a"}'.encode("utf-16"), "not UTF-8"),
        ('{"id": "a"}'.encode("utf-16-le"), "not JSON"),
    ],
)
def test_b21_encodings(run: Run, server: RecordingServer, body: bytes, said: str) -> None:
    not_the_api(run, server, Reply(200, body), said)


@pytest.mark.parametrize("output", FORMATS)
def test_b21_lone_surrogate(run: Run, server: RecordingServer, output: str) -> None:
    server.reply(Reply(200, b'{"id": "a", "name": "x\\ud800y", "event_filters": ["\\udfff"]}'))
    result = run(*READ, "-o", output)
    assert result.code == 0
    assert output == "ids" or "x\\ud800y" in result.out
    assert result.out.isascii()


@pytest.mark.parametrize("depth", [101, 5_000, 200_000])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":', "}")])
def test_b22_nested_too_deeply(
    run: Run, server: RecordingServer, depth: int, brackets: tuple[str, str]
) -> None:
    opening, closing = brackets
    deep = opening * depth + "1" + closing * depth
    reply = Reply(200, f'{{"id": "a", "x": {deep}}}'.encode())
    not_the_api(run, server, reply, "not JSON (it is nested too deeply)")


@pytest.mark.parametrize("output", FORMATS)
def test_b22_nested_deeply(run: Run, server: RecordingServer, output: str) -> None:
    server.reply(JOB | {"event_filters": json.loads("[" * 90 + "]" * 90)})
    assert run(*READ, "-o", output).code == 0


@pytest.mark.parametrize("body", [b"null", b"[]", b'"ok"', b"1", b'{"id": null}', b'{"id": [1]}'])
def test_b23_no_object(run: Run, server: RecordingServer, body: bytes) -> None:
    not_the_api(run, server, Reply(200, body), "not an object")


@pytest.mark.parametrize(
    "body",
    [
        [JOB],
        {"count": 1},
        {"results": [1]},
        {"results": [{"id": None}]},
        {"results": {}},
        {"results": [], "next": 1},
    ],
)
def test_b23_no_page(run: Run, server: RecordingServer, body: Any) -> None:
    server.reply(body)
    result = run(*LIST, "-o", "json")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")


def test_b23_unknown_fields_and_values_are_shown(run: Run, server: RecordingServer) -> None:
    odd = {"id": JOB_ID, "analysis_level": "galaxy", "brand_new": {"a": [1]}, "enabled": "maybe"}
    for output in FORMATS:
        server.reply(odd)
        assert run(*READ, "-o", output).code == 0
        server.reply(page([odd]))
        assert run(*LIST, "-o", output).code == 0
    assert json.loads(run(*LIST, "-o", "json").out) == [odd]


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"<html><b>login</b></html>", "text/html", "an HTML page"),
        (b'{"count": 0, "next": null, "results": []}', "text/html; charset=utf-8", "an HTML page"),
        (b"<!doctype html>", "text/plain", "an HTML page"),
        (b'{"count": 0, "next": null, "results": []}', "text/plain", "not JSON"),
        (b"<html>", "application/json", "not JSON"),
    ],
)
def test_b24_page_instead_of_the_api(
    run: Run, server: RecordingServer, body: bytes, content_type: str, said: str
) -> None:
    not_the_api(run, server, Reply(200, body, {"Content-Type": content_type}), f": {said}")


@pytest.mark.parametrize("status", [502, 504])
def test_b25_gateway_page(run: Run, server: RecordingServer, status: int) -> None:
    page_of_the_gateway = b"<html>" + b"<p>Bad gateway</p>" * 1000
    reply = Reply(status, page_of_the_gateway, HTML | {"X-Request-Id": "gw-42"})
    not_the_api(run, server, reply, f"server error ({status}, request id gw-42)")
    for command in (READ, WRITE):
        result = run(*command)
        assert "<" not in result.err
        assert all(len(line) < 250 for line in result.err.splitlines())


def test_b26_nothing_for_a_delete_and_for_a_list(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(204))
    assert run(*DELETE).code == 0
    not_the_api(run, server, Reply(204), "unexpected status 204")


def test_b26_something_for_a_delete(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(200, {"id": "a"}))
    assert run(*DELETE).code == ExitCode.UNKNOWN


@pytest.mark.parametrize("status", [202, 206, 304, 300, 302, 307, 999])
def test_b27_other_statuses(run: Run, server: RecordingServer, status: int) -> None:
    body = None if status == 304 else page([JOB])
    not_the_api(run, server, Reply(status, body), f"unexpected status {status} from ")


@pytest.mark.parametrize("early", [b"103 Early Hints\r\nLink: </x>", b"102 Processing"])
def test_b27_early_answer(run: Run, raw: StartRaw, early: bytes) -> None:
    final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
    raw(sending(b"HTTP/1.1 " + early + b"\r\n\r\n" + final + b'{"id": "a"}'))
    result = run(*READ, "-o", "ids")
    assert (result.code, result.out) in ((0, "a\n"), (ExitCode.UNAVAILABLE, ""))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, hog("Personal API key is invalid."), "does not recognise this key"),
        (403, hog("API key missing required scope 'llm_provider_key:write'"),
         "hint: add the scope llm_provider_key:write to the key"),
        (403, hog("You do not have access."), "You do not have access."),
        (403, None, "returned 403 with no error message"),
        (403, b"<html>blocked</html>", "returned 403 with an unexpected body (an HTML page)"),
    ],
)  # fmt: skip
def test_b29_denied(run: Run, server: RecordingServer, status: int, body: Any, said: str) -> None:
    server.reply(Reply(status, body, HTML if isinstance(body, bytes) else {}))
    delete = ["provider-keys", "delete", JOB_ID, "--yes"]
    for command in (READ, WRITE, delete):
        result = run(*command)
        assert (result.code, result.out) == (ExitCode.DENIED, "")
        assert said in result.err
        assert "<" not in result.err
    # What was refused is not sent again, and the delete stops at its first read.
    assert [sent.method for sent in server.sent] == ["GET", "POST", "GET"]


def test_b30_endpoint_closed_to_keys(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(403, hog("This action does not support personal API key access")))
    result = run(*READ)
    assert result.code == ExitCode.DENIED
    assert "this endpoint does not accept personal API keys, whatever their scopes" in result.err


def test_b31_not_found(run: Run, server: RecordingServer) -> None:
    for command in (READ, WRITE):
        server.reply(Reply(404, b"<html>nothing here</html>", HTML))
        wrong = run(*command)
        assert (wrong.code, wrong.out) == (ExitCode.CONFIG, "")
        assert "with an unexpected body (an HTML page)" in wrong.err
        assert "hint: check the host" in wrong.err
        server.reply(Reply(404, hog("Not found.", "not_found")))
        missing = run(*command)
        assert (missing.code, missing.out) == (ExitCode.NOT_FOUND, "")
        assert ": Not found.\n" in missing.err
    assert len(server.sent) == 4


@pytest.mark.parametrize("output", FORMATS)
def test_b32_second_page_fails(run: Run, server: RecordingServer, output: str) -> None:
    first = page([JOB], count=2, following=f"{server.origin}/api/x/?limit=1&offset=1")
    server.reply(first, Reply(500, hog("A server error occurred.")))
    result = run(*LIST, "-o", output)
    assert result.code == ExitCode.UNAVAILABLE
    if output in ("tsv", "jsonl", "csv", "ids"):
        assert JOB_ID in result.out
        assert "(1 of 2 printed)" in result.err
    else:
        assert result.out == ""


@pytest.mark.parametrize("status", [401, 403, 404, 400, 302])
def test_b32_second_page_is_refused(run: Run, server: RecordingServer, status: int) -> None:
    first = page([JOB], count=2, following=f"{server.origin}/api/x/?limit=1&offset=1")
    refused = Reply(status, hog("Not for you."), {"Location": "/login"} if status == 302 else {})
    server.reply(first, refused)
    result = run(*LIST, "-o", "ids")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, f"{JOB_ID}\n")
    assert "(1 of 2 printed)" in result.err
    server.reply(first, refused)
    error = json.loads(run(*LIST, "-o", "json").err)["error"]
    assert error["code"] != "UNAVAILABLE"
    assert error["status"] == status


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("20200101000000Z", "20250101000000Z", "certificate has expired"),
        ("20980101000000Z", "20991231000000Z", "certificate is not yet valid"),
    ],
)
def test_b33_clock_and_certificate_disagree(
    run: Run,
    authority: Authority,
    tls: StartTLS,
    monkeypatch: pytest.MonkeyPatch,
    start: str,
    end: str,
    said: str,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    server = tls(authority.server(start=start, end=end))
    result = run(*READ)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert f"its TLS certificate was rejected: {said}" in result.err
    assert "hint: check this machine's clock, then the server's certificate" in result.err
    assert server.sent == []
