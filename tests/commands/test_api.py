"""`api`: any request, only to the profile's host, with the same guards as other commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmctl import paths
from llmctl.errors import ExitCode
from llmctl.output.formats import OutputFormat
from tests.conftest import Run
from tests.support import (
    JOB,
    JOB_ID,
    KEY,
    PROVIDER_KEY,
    RecordingServer,
    Reply,
    Sent,
    call,
    page,
)

PROJECT = "/api/environments/42"
JOBS = "llm_analytics/clustering_jobs/"


# Requests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (f"GET {JOBS}", f"GET {PROJECT}/{JOBS}"),
        (f"get {JOBS}", f"GET {PROJECT}/{JOBS}"),
        ("GET integrations", f"GET {PROJECT}/integrations"),
        ("GET /api/users/@me/", "GET /api/users/@me/"),
        ("GET /api/projects/@current/x/", "GET /api/projects/@current/x/"),
        ("GET x/?a=1&a=2&b=%20c&d=", f"GET {PROJECT}/x/?a=1&a=2&b=+c&d="),
        ("GET x/?a=1 -f b=true -f c=null -f d=7", f"GET {PROJECT}/x/?a=1&b=true&c=null&d=7"),
        ("GET x/ -f b=[1]", f"GET {PROJECT}/x/?b=%5B1%5D"),
        ("GET x/a%20b/", f"GET {PROJECT}/x/a%20b/"),
        (f"GET x/{JOB_ID}/", f"GET {PROJECT}/x/{JOB_ID}/"),
        ("PUT x/ -f a=1", f"PUT {PROJECT}/x/"),
        ("DELETE x/?replacement_key_id=y --yes", f"DELETE {PROJECT}/x/?replacement_key_id=y"),
    ],
)  # fmt: skip
def test_request(run: Run, server: RecordingServer, words: str, line: str) -> None:
    server.reply({"ok": True})
    result = run("api", *words.split())
    assert (result.code, json.loads(result.out), result.err) == (0, {"ok": True}, "")
    assert server.lines == [line]
    assert server.sent[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ([], None),
        (["--field", "a=text", "-f", "b="], {"a": "text", "b": ""}),
        (["-f", "a=true", "-f", "b=null", "-f", "c=-12", "-f", "d=007"],
         {"a": True, "b": None, "c": -12, "d": "007"}),
        (["-f", 'a={"b": [1]}', "-f", "c=x=y"], {"a": {"b": [1]}, "c": "x=y"}),
        (["-f", "a=@file"], {"a": "from a file\n"}),
        (["-f", "a=-"], {"a": "piped"}),
        (["--data", '{"a": 1, "b": 2}', "-f", "b=3"], {"a": 1, "b": 3}),
        (["--data", "[1, null]"], [1, None]),
        (["--data", '"text"'], "text"),
        (["--data", "@json"], {"c": 1}),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_body(
    run: Run, server: RecordingServer, tmp_path: Path, method: str, words: list[str], body: Any
) -> None:
    Path("file").write_text("from a file\n")
    Path("json").write_text('{"c": 1}')
    server.reply({})
    assert run("api", method, "x/", *words, stdin="piped").code == 0
    assert server.sent[0].json == body
    assert ("Content-Type" in server.sent[0].headers) == (body is not None)


def test_null_is_a_body(run: Run, server: RecordingServer) -> None:
    server.reply({})
    assert run("api", "POST", "x/", "--data", "null").code == 0
    assert server.sent[0].body == b"null"
    assert "-d null" in run("api", "POST", "x/", "--data", "null", "--dry-run").out


def test_numbers_keep_their_digits(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(200, b'{"a": 1.10, "b": 1E5, "c": 12345678901234567890}'))
    result = run("api", "POST", "x/", "--data", '{"z": 2.50}')
    assert '"a": 1.10,\n  "b": 1E5,\n  "c": 12345678901234567890' in result.out
    assert server.sent[0].body == b'{"z": 2.50}'


# Refusals: nothing is sent ------------------------------------------------------------------------

BAD_PATHS = [
    "https://evil.example/api/projects/1/", "HTTP://evil.example", "//evil.example/x", "x:y",
    "/etc/", "/", "", "api/projects/", "a//b", "/api//evil.example", "../x", "x/../y", "x/..",
    "./x", "x/%2e%2e/y", "x/%2E%2e", "x/%2f", "x/%5c", "x/%252e", "x/%0d%0aHost:", "x\\y",
    "x\r\nHost: evil", "x y", "x#y", "ü", "x/%zz", "x/%", "x/?a=\r\nb", "x/?a=%ff",
    f"x/{KEY}/", f"/api/users/{KEY}", f"x/?a={KEY}", "x/?api_key=a", "x/?personal_api_key=a",
    "x/?token=a", f"x/?cursor={PROVIDER_KEY}",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_paths_are_refused(run: Run, server: RecordingServer, method: str, path: str) -> None:
    result = run("api", method, path)
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    assert "error: PATH" in result.err
    assert PROVIDER_KEY not in result.err


def test_a_path_never_names_a_host(run: Run, server: RecordingServer) -> None:
    server.reply({})
    run("api", "GET", "@evil.example/")
    assert server.lines == [f"GET {PROJECT}/@evil.example/"]


def test_cursor_may_look_random(run: Run, server: RecordingServer) -> None:
    server.reply({})
    assert run("api", "GET", "x/?cursor=cD0yMDI2LTA4LTExVDEyOjAw").code == 0


@pytest.mark.parametrize(
    "words",
    [
        "FETCH x/", "GET", "", "GET x/ --data {}", "POST x/ --paginate", "GET x/ --paginate -i",
        "POST x/ -f a", "POST x/ -f =a", "POST x/ -f a=1 -f a=2", "POST x/ --data [] -f a=1",
        "POST x/ -f a=- --data -", "POST x/ -f a=- -f b=-", "POST x/ --data {",
        "POST x/ -f a=@none",
        "POST x/ -f api_key=abc", "POST x/ --data {\"a\":[{\"api_key\":\"abc\"}]}",
        "POST x/ --data {\"personal_api_key\":\"abc\"}", "POST x/ -f a={\"api_key\":1}",
        f"POST x/ -f a={PROVIDER_KEY}", f"POST x/ -f {PROVIDER_KEY}=a", "GET x/ -f api_key=@key",
        "GET x/ -f token=abc", "GET x/ --columns a -o json", "GET x/ --columns a -o ids",
        "DELETE x/", "POST evaluation_runs/", f"POST evaluation_reports/{JOB_ID}/generate",
        "POST x/generat%65/ -f a=1",
    ],
)  # fmt: skip
def test_refused(run: Run, server: RecordingServer, words: str) -> None:
    Path("key").write_text(PROVIDER_KEY)
    result = run("api", *words.split())
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    assert result.err
    assert PROVIDER_KEY not in result.err


def test_unknown_method_suggests_the_nearest_one(run: Run) -> None:
    assert "hint: did you mean PATCH; methods: GET, " in run("api", "pathc", "x/").err
    result = run("api", JOBS)
    assert result.code == ExitCode.USAGE
    assert result.err.endswith(f"hint: did you mean: llmctl api GET {JOBS}\n")


# Secrets ------------------------------------------------------------------------------------------


@pytest.mark.allow_canary("key", "json")
@pytest.mark.parametrize("words", [["-f", "api_key=@key"], ["--data", "@json"]])
def test_a_key_comes_from_a_file_and_is_shown_nowhere(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    Path("key").write_text(PROVIDER_KEY + "\n")
    Path("json").write_text(json.dumps({"a": [{"api_key": PROVIDER_KEY}]}))
    shown = run("api", "POST", "x/", *words, "--dry-run")
    assert (shown.code, server.sent) == (0, [])
    assert PROVIDER_KEY not in shown.out
    assert '"api_key": "***"' in shown.out
    server.reply(lambda sent: Reply(400, {"detail": f"bad: {sent.body.decode()}"}))
    result = run("api", "POST", "x/", *words, "-v")
    assert f'"api_key": "{PROVIDER_KEY}"' in server.sent[0].body.decode()
    assert result.code == ExitCode.REJECTED
    assert PROVIDER_KEY not in result.out + result.err


# Answers ------------------------------------------------------------------------------------------

ROWS: list[Any] = [{"id": 1, "name": "a", "extra": {"b": 1}}, {"id": 2, "name": "c", "more": None}]


@pytest.mark.parametrize("answer", [ROWS, page(ROWS)], ids=["array", "page"])
def test_formats_of_a_list(run: Run, server: RecordingServer, answer: Any) -> None:
    server.reply(answer)

    def out(*words: str) -> str:
        result = run("api", "GET", "x/", *words)
        assert (result.code, result.err) == (0, "")
        return result.out

    assert json.loads(out()) == answer
    assert out() == out("-o", "json") == json.dumps(answer, indent=2) + "\n"
    assert [json.loads(line) for line in out("-o", "jsonl").splitlines()] == ROWS
    assert out("-o", "ids") == "1\n2\n"
    assert out("-o", "tsv") == 'id\tname\textra\tmore\n1\ta\t{"b":1}\t\n2\tc\t\t\n'
    assert out("-o", "csv").splitlines()[1] == '1,a,"{""b"":1}",'
    assert out("--columns", "name,extra.b,none") == "name\textra.b\tnone\na\t1\t\nc\t\t\n"
    assert out("-o", "table").splitlines()[0].split() == ["name", "extra", "more", "id"]


@pytest.mark.parametrize("output", OutputFormat)
@pytest.mark.parametrize(
    "answer", [{"id": 1, "a": [2]}, {}, [], [{}], [1, "b"], "text", 5, None, [None]]
)
def test_any_answer_in_any_format(
    run: Run, server: RecordingServer, answer: Any, output: OutputFormat
) -> None:
    server.reply(Reply(200, json.dumps(answer).encode()))
    result = run("api", "GET", "x/", "-o", output)
    assert result.code == 0
    if output is OutputFormat.JSON:
        assert json.loads(result.out) == answer
    assert (result.out == "1\n") == (output is OutputFormat.IDS and answer == {"id": 1, "a": [2]})


def test_default_format_on_a_terminal(server: RecordingServer) -> None:
    server.reply({"a": 1})
    assert call(["api", "GET", "x/"], is_terminal=True)[1] == '{\n  "a": 1\n}\n'
    assert "a  1" in call(["api", "GET", "x/", "--columns", "a"], is_terminal=True)[1]


def test_default_format_of_the_environment(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_OUTPUT", "csv")
    server.reply({"a": 1})
    assert run("api", "GET", "x/").out == "a\r\n1\r\n"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_no_content(run: Run, server: RecordingServer, status: int) -> None:
    server.reply(Reply(status))
    result = run("api", "POST", "x/generate/", "--yes", "-o", "json")
    assert (result.code, result.out) == (0, "")
    assert result.err == f"the server returned {status} without content\n"


def test_include(run: Run, server: RecordingServer) -> None:
    headers = {"X-Request-Id": "r1", "Set-Cookie": "session=abc", "X-Odd": f"\x1b[2J{KEY}"}
    server.reply(Reply(202, {"a": 1}, headers))
    head, body = run("api", "POST", "x/", "-i").out.split("\n\n", 1)
    assert head.startswith("HTTP/1.1 202 Accepted\n")
    assert "X-Request-Id: r1\nSet-Cookie: ***\nX-Odd: \\x1b[2J***" in head
    assert json.loads(body) == {"a": 1}
    server.reply(Reply(404, {"detail": "Not here."}, headers))
    result = run("api", "GET", "x/", "--include")
    assert result.code == ExitCode.NOT_FOUND
    assert result.out.startswith("HTTP/1.1 404 Not Found\n")
    assert result.out.endswith("\n\n")
    assert "error: Not here." in result.err


def test_a_table_on_a_terminal_fits(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply([JOB | {f"field_{number}": "x" * 30 for number in range(9)}])
    code, out, _ = call(["api", "GET", "x/", "-o", "table"], is_terminal=True)
    assert code == 0
    assert len(out.splitlines()) == 3
    assert max(map(len, out.splitlines())) <= 80
    assert JOB_ID in out


# Pages --------------------------------------------------------------------------------------------


def list_of(count: int, server: RecordingServer, *, size: int = 100) -> None:
    """Plan the pages of a list; `limit` is the size of one."""

    def reply(sent: Sent) -> Reply:
        from urllib.parse import parse_qsl, urlencode

        query = dict(parse_qsl(sent.target.partition("?")[2]))
        limit, offset = int(query.get("limit", size)), int(query.get("offset", 0))
        rows = [{"id": number} for number in range(offset, min(offset + limit, count))]
        following = None
        if offset + limit < count:
            more = query | {"limit": str(limit), "offset": str(offset + limit)}
            following = f"{server.origin}{sent.path}?{urlencode(sorted(more.items()))}"
        return Reply(200, page(rows, count=count, following=following))

    server.reply(reply)


@pytest.mark.parametrize("output", ["json", "jsonl", "ids", "tsv"])
def test_all_pages(run: Run, server: RecordingServer, output: str) -> None:
    list_of(950, server)
    result = run("api", "GET", "x/?search=a", "--paginate", "-o", output)
    assert (result.code, result.err) == (0, "")
    numbers = range(950)
    if output == "json":
        assert json.loads(result.out) == [{"id": number} for number in numbers]
    elif output == "jsonl":
        assert result.out == "".join(f'{{"id":{number}}}\n' for number in numbers)
    else:
        head = "id\n" if output == "tsv" else ""
        assert result.out == head + "".join(f"{number}\n" for number in numbers)
    assert all("search=a" in sent.target for sent in server.sent)
    assert not (paths.cache_dir() / "ids").exists()


def test_page_size_and_start_are_kept(run: Run, server: RecordingServer) -> None:
    list_of(25, server)
    result = run("api", "GET", "x/?limit=10&offset=3", "--paginate", "-f", "a=1", "-o", "ids")
    assert (result.err, result.out.split()) == ("", [str(number) for number in range(3, 25)])
    assert server.lines[0] == f"GET {PROJECT}/x/?a=1&limit=10&offset=3"
    assert len(server.sent) == 3


def test_only_the_first_page_without_paginate(run: Run, server: RecordingServer) -> None:
    list_of(950, server)
    assert json.loads(run("api", "GET", "x/").out)["count"] == 950
    assert len(server.sent) == 1


def test_a_bare_array_is_one_page(run: Run, server: RecordingServer) -> None:
    server.reply(ROWS)
    assert json.loads(run("api", "GET", "evaluation_directories/", "--paginate").out) == ROWS


@pytest.mark.parametrize("answer", [{"a": 1}, "text", [1], {"results": {}}])
def test_pages_of_something_else(run: Run, server: RecordingServer, answer: Any) -> None:
    server.reply(Reply(200, json.dumps(answer).encode()))
    result = run("api", "GET", "x/", "--paginate")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert "expected a list" in result.err


def test_a_link_to_another_host_is_not_followed(run: Run, server: RecordingServer) -> None:
    server.reply(page(ROWS, count=900, following="https://evil.example/api/?offset=2"))
    result = run("api", "GET", "x/", "--paginate")
    assert result.code == ExitCode.UNAVAILABLE
    assert "leaves" in result.err


# Failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [
        ("GET", 400, ExitCode.REJECTED),
        ("POST", 409, ExitCode.REJECTED),
        ("GET", 401, ExitCode.DENIED),
        ("PUT", 403, ExitCode.DENIED),
        ("GET", 404, ExitCode.NOT_FOUND),
        ("GET", 500, ExitCode.UNAVAILABLE),
        ("POST", 500, ExitCode.UNKNOWN),
        ("PATCH", 408, ExitCode.UNKNOWN),
        ("POST", 429, ExitCode.UNAVAILABLE),
        ("GET", 302, ExitCode.UNAVAILABLE),
    ],
)
def test_statuses(
    run: Run, server: RecordingServer, method: str, status: int, code: ExitCode
) -> None:
    server.reply(Reply(status, {"detail": "Said so."}))
    result = run("api", method, "x/", "--retries", "0")
    assert (result.code, result.out) == (code, "")
    assert len(server.sent) == 1
    if code is ExitCode.UNKNOWN:
        assert "hint: check whether it happened: llmctl api GET x/\n" in result.err


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_is_no_answer(run: Run, server: RecordingServer, method: str) -> None:
    server.reply(Reply(200, b"<html></html>", {"Content-Type": "text/html"}))
    result = run("api", method, "x/")
    assert result.code == (ExitCode.UNAVAILABLE if method == "GET" else ExitCode.UNKNOWN)
    assert "an HTML page" in result.err


def test_a_read_is_tried_again_and_a_write_is_not_read_back(
    run: Run, server: RecordingServer
) -> None:
    server.reply(Reply(503), {"a": 1})
    assert run("api", "GET", "x/").code == 0
    server.sent.clear()
    server.reply(Reply(503), {"a": 1})
    assert run("api", "POST", f"{JOBS}", "-f", "name=x").code == ExitCode.UNKNOWN
    assert len(server.sent) == 1


def test_a_missing_field_names_the_option(run: Run, server: RecordingServer) -> None:
    refusal = {"detail": "This field is required.", "code": "required", "attr": "name"}
    server.reply(Reply(400, refusal))
    assert "hint: give --field name=VALUE\n" in run("api", "POST", "x/", "--data", "[]").err
    server.reply(Reply(400, refusal | {"attr": "api_key"}))
    assert "hint: give --field api_key=@FILE\n" in run("api", "POST", "x/").err


def test_the_prefix_is_switched(run: Run, server: RecordingServer) -> None:
    def reply(sent: Sent) -> Reply:
        if "/environments/" in sent.path:
            target = sent.target.replace("environments", "projects")
            return Reply(307, None, {"Location": server.origin + target})
        return Reply(200, {"stored": sent.json})

    server.reply(reply)
    result = run("api", "POST", "x/?a=1", "-f", "name=x")
    assert json.loads(result.out) == {"stored": {"name": "x"}}
    assert server.lines == [f"POST {PROJECT}/x/?a=1", "POST /api/projects/42/x/?a=1"]
    assert server.sent[1].json == {"name": "x"}
    assert run("api", "GET", "x/").code == 0
    assert server.lines[-1] == "GET /api/projects/42/x/", "it is remembered"


def test_a_whole_path_is_redirected_to_the_other_prefix(run: Run, server: RecordingServer) -> None:
    moved = "/api/projects/7/x/?a=1"
    server.reply(Reply(307, None, {"Location": server.origin + moved}), {"id": 1})
    assert run("api", "POST", "/api/environments/7/x/?a=1", "-f", "name=x").code == 0
    assert server.lines == ["POST /api/environments/7/x/?a=1", f"POST {moved}"]
    assert server.sent[1].json == {"name": "x"}
    server.reply(Reply(307, None, {"Location": f"{server.origin}/api/projects/8/x/"}))
    result = run("api", "GET", "/api/environments/7/x/")
    assert (result.code, len(server.sent)) == (ExitCode.CONFIG, 3)


def test_no_project_is_needed_below_the_host(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLMCTL_PROJECT")
    server.reply({"id": 1})
    assert run("api", "GET", "/api/users/@me/").code == 0
    result = run("api", "GET", "x/")
    assert (result.code, len(server.sent)) == (ExitCode.CONFIG, 1)
    assert "no project is set" in result.err


# Questions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("DELETE x/", "Send DELETE x/ in project 42 to {}? This cannot be undone."),
        ("DELETE /api/x/", "Send DELETE /api/x/ to {}? This cannot"),
        (
            "POST x/generate/",
            "Send POST x/generate/ in project 42 to {}? This may send mail and cost",
        ),
        ("POST x/%67enerate", "Send POST x/%67enerate in project 42 to {}? This may send mail"),
        (
            "PUT x/Generate.json/",
            "Send PUT x/Generate.json/ in project 42 to {}? This may send mail",
        ),
        (
            "POST /api/projects/1/evaluations/2/backfills?a=1",
            "Send POST /api/projects/1/evaluations/2/backfills?a=1 to {}? This may send mail",
        ),
    ],
)
@pytest.mark.parametrize("answer", ["y", "n"])
def test_question(server: RecordingServer, words: str, question: str, answer: str) -> None:
    server.reply(Reply(204))
    code, _, err = call(["api", *words.split()], is_terminal=True, typed=f"{answer}\n")
    assert question.format(server.origin) in " ".join(err.split())
    assert code == (0 if answer == "y" else ExitCode.USAGE)
    assert len(server.sent) == (answer == "y")


def test_dry_run_of_a_read_and_of_a_delete(run: Run, server: RecordingServer) -> None:
    result = run("api", "GET", "x/", "-f", "a=b c", "--paginate", "--dry-run")
    assert result.out.endswith(f"  '{server.origin}{PROJECT}/x/?a=b+c'\n")
    assert "curl -X DELETE" in run("api", "DELETE", "x/", "--dry-run").out
    assert server.sent == []


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
def test_lifecycle_of_a_job(run: Run) -> None:
    fields = ["--field", "name=raw", "-f", "analysis_level=trace", "-f", "enabled=false"]
    created = run("api", "POST", JOBS, *fields, "-p", "sandbox")
    assert created.code == 0
    job = json.loads(created.out)
    assert (job["name"], job["enabled"]) == ("raw", False)
    path = f"{JOBS}{job['id']}/"
    changed = run("api", "PATCH", path, "--data", '{"name": "new"}', "-o", "tsv", "-p", "sandbox")
    assert changed.out.splitlines()[1].split("\t")[:2] == [job["id"], "new"]
    deleted = run("api", "DELETE", path, "--yes", "-p", "sandbox")
    assert (deleted.code, deleted.out) == (0, "")
    assert run("api", "GET", path, "-p", "sandbox").code == ExitCode.NOT_FOUND
