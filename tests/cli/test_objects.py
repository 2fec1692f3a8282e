"""Commands take one object or several, by name or ID, or from standard input."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, RecordingServer, Reply, Sent, page
from tests.terminal import on_terminal

API = "/api/environments/42/llm_analytics"
JOBS = f"{API}/clustering_jobs/"
REPORTS = f"{API}/evaluation_reports/"
EVALUATIONS = "/api/environments/42/evaluations/"
A, B, C, MISSING = [f"01890a5d-ac96-774b-bcce-b302099a805{digit}" for digit in range(4)]
LIST = f"GET {JOBS}?limit=1000"
ROWS = {key: JOB | {"id": key, "name": name} for key, name in ((A, "a"), (B, "b"), (C, "c"))}
EVALUATION = {"id": C, "name": "Relevance"}
REPORT = {"id": A, "evaluation": C, "enabled": True}


def of(*rows: dict[str, Any], **special: Reply) -> Callable[[Sent], Reply]:
    """The responses of a server that has these objects; `special`: the response to a write, by the
    name of the object."""
    known = {row["id"]: row for row in rows}

    def reply(sent: Sent) -> Reply:
        last = sent.path.strip("/").split("/")[-1]
        if last in ("clustering_jobs", "evaluation_reports", "evaluations"):
            mine = [row for row in rows if (row is EVALUATION) == (last == "evaluations")]
            if sent.method == "POST":
                return Reply(201, {"id": MISSING} | sent.json)
            return Reply(200, page(mine))
        if last not in known:
            return Reply(404, {"type": "invalid_request", "detail": "Not found."})
        row = known[last]
        if sent.method != "GET" and row.get("name") in special:
            return special[row["name"]]
        if sent.method == "DELETE":
            return Reply(204)
        return Reply(200, row | (sent.json or {}))

    return reply


@pytest.fixture
def jobs(server: RecordingServer) -> RecordingServer:
    server.reply(of(*ROWS.values()))
    return server


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (f"clustering-jobs get {A}", [f"GET {JOBS}{A}/"]),
        (f"clustering-jobs get {A.upper()}", [f"GET {JOBS}{A.upper()}/"]),
        (f"clustering-jobs update {A} --disabled", [f"PATCH {JOBS}{A}/"]),
        (f"clustering-jobs delete {A} --yes", [f"DELETE {JOBS}{A}/"]),
        (f"evaluations get {C}", [f"GET {EVALUATIONS}{C}/"]),
        (f"evaluation-reports get {A}", [f"GET {REPORTS}{A}/"]),
        (f"evaluation-reports update {A} --disabled", [f"PATCH {REPORTS}{A}/"]),
        (f"evaluation-reports delete {A} --yes", [f"PATCH {REPORTS}{A}/"]),
        (f"evaluation-reports list --evaluation {C}", [f"GET {REPORTS}?evaluation={C}"]),
        (
            f"evaluation-reports create --evaluation {B} --email a@example.com",
            [f"GET {REPORTS}?evaluation={B}&limit=1000", f"POST {REPORTS}"],
        ),
    ],
)
def test_an_id_costs_no_request(
    run: Run, server: RecordingServer, words: str, lines: list[str]
) -> None:
    server.reply(of(REPORT, EVALUATION, ROWS[B]))
    run(*words.split())
    assert server.lines == lines


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["get"], f"GET {JOBS}{B}/"),
        (["update", "--disabled"], f"PATCH {JOBS}{B}/"),
        (["delete", "--yes"], f"DELETE {JOBS}{B}/"),
    ],
)
def test_a_name_costs_one_list(
    run: Run, jobs: RecordingServer, words: list[str], line: str
) -> None:
    by_name = run("clustering-jobs", *words, "b", "-o", "json")
    assert jobs.lines == [LIST, line]
    by_id = run("clustering-jobs", *words, B, "-o", "json")
    assert (by_name.code, by_name.out) == (by_id.code, by_id.out) == (0, by_id.out)
    assert by_name.err.replace(f"'b' ({B})", B) == by_id.err


def test_a_report_by_the_name_of_its_evaluation(run: Run, server: RecordingServer) -> None:
    server.reply(of(REPORT, EVALUATION))
    result = run("evaluation-reports", "delete", "Relevance", "--yes")
    assert result.err.startswith(f"deleted evaluation report {A} of 'Relevance'; restore it: ")
    two_lists = [f"GET {REPORTS}?limit=1000", f"GET {EVALUATIONS}?limit=1000"]
    assert server.lines == [*two_lists, f"PATCH {REPORTS}{A}/"]


def test_an_evaluation_by_name(run: Run, server: RecordingServer) -> None:
    server.reply(of(EVALUATION))
    run("evaluation-reports", "list", "--evaluation", "Relevance")
    run("evaluation-reports", "create", "--evaluation", "Relevance", "--trigger-threshold", "100")
    found = f"GET {EVALUATIONS}?limit=1000"
    assert server.lines == [
        *(found, f"GET {REPORTS}?evaluation={C}"),
        *(found, f"GET {REPORTS}?evaluation={C}&limit=1000", f"POST {REPORTS}"),
    ]
    assert server.sent[-1].json == {"evaluation": C, "trigger_threshold": 100}


@pytest.mark.parametrize("stdin", ["a\nb", "a\r\n\r\n b \r\n", "\ufeffa\n\nb\na\n"])
def test_standard_input(run: Run, jobs: RecordingServer, stdin: str) -> None:
    result = run("clustering-jobs", "get", "-", "-o", "json", stdin=stdin)
    assert (result.code, json.loads(result.out)) == (0, [ROWS[A], ROWS[B]])
    assert jobs.lines == [LIST, f"GET {JOBS}{A}/", f"GET {JOBS}{B}/"]


def test_several_are_a_list(run: Run, jobs: RecordingServer) -> None:
    for words in (["get"], ["update", "--enabled"]):
        documents = [
            json.loads(run("clustering-jobs", *words, *given, "-o", "json").out)
            for given in ([B, A], ["b", "a", B])
        ]
        assert documents == [[ROWS[B], ROWS[A]]] * 2
        assert run("clustering-jobs", *words, A, C, "-o", "ids").out == f"{A}\n{C}\n"
    one = run("clustering-jobs", "get", "-", "-o", "json", stdin=A)
    assert json.loads(one.out) == json.loads(run("clustering-jobs", "get", A, A, "-o", "json").out)
    assert json.loads(one.out) == [ROWS[A]]


def test_nothing_on_standard_input(run: Run, jobs: RecordingServer) -> None:
    for words in (["get"], ["update", "--enabled"], ["delete", "--yes"]):
        result = run("clustering-jobs", *words, "-", "-o", "json", stdin="\n \r\n")
        assert (result.code, result.err) == (0, "standard input names no objects\n")
        assert result.out == ("" if words[0] == "delete" else "[]\n")
    assert jobs.sent == []


@pytest.mark.parametrize("words", [["update", "--enabled"], ["delete", "--yes"]])
def test_nothing_is_changed_if_a_name_is_missing(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    server.reply(of(*ROWS.values(), ROWS[C] | {"id": MISSING}))
    result = run("clustering-jobs", *words, "a", "bb", "c", "-o", "json")
    assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")
    assert server.lines == [LIST]
    first, second = (json.loads(line)["error"] for line in result.err.splitlines())
    assert first["message"].startswith("2 clustering jobs are named 'c': ")
    assert second["message"] == "no clustering job is named 'bb'; nothing was changed"
    assert second["hint"].startswith("did you mean 'b'; ")


def test_get_shows_the_others(run: Run, jobs: RecordingServer) -> None:
    result = run("clustering-jobs", "get", "a", "nope", MISSING, "c", "-o", "json")
    assert (result.code, json.loads(result.out)) == (ExitCode.NOT_FOUND, [ROWS[A], ROWS[C]])
    messages = [json.loads(line)["error"]["message"] for line in result.err.splitlines()]
    assert messages[0] == "no clustering job is named 'nope'"
    assert MISSING in messages[1]


def test_one_failure_does_not_stop_the_others(run: Run, server: RecordingServer) -> None:
    refused = Reply(400, {"type": "validation_error", "detail": "No.", "attr": "enabled"})
    server.reply(of(*ROWS.values(), a=refused, b=Reply(200, ROWS[B])))
    result = run("clustering-jobs", "update", "a", B, "c", MISSING, "--disabled", "-o", "ids")
    assert (result.code, result.out) == (ExitCode.PARTIAL, f"{B}\n{C}\n")
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    assert errors[0].startswith("error: 'a': enabled: No.")
    assert errors[1].startswith(f"error: clustering job {B} was not stored as sent: enabled: ")
    assert MISSING in errors[2]
    result = run("clustering-jobs", "delete", "a", MISSING, "c", "--yes")
    assert result.code == ExitCode.REJECTED
    assert result.err.endswith(f"deleted clustering job 'c' ({C})\n")


def test_what_is_for_one_object(run: Run, jobs: RecordingServer) -> None:
    for fields in (["--name", "x"], ["--data", '{"name": "x"}']):
        result = run("clustering-jobs", "update", A, B, *fields)
        assert (result.code, result.out) == (ExitCode.USAGE, "")
        assert "--name can only be given for one object; nothing was changed" in result.err
    assert run("clustering-jobs", "update", "-", "--name", "x", stdin="a").code == 0


@pytest.mark.parametrize(
    "words",
    [
        "clustering-jobs update - --data -",
        "clustering-jobs update --event-filters - -",
        "evaluation-reports update - --report-prompt-guidance -",
        "clustering-jobs get - -",
    ],
)
def test_one_reader_of_standard_input(run: Run, jobs: RecordingServer, words: str) -> None:
    result = run(*words.split(), stdin='{"name": "x"}')
    assert (result.code, jobs.sent) == (ExitCode.USAGE, [])
    assert "standard input" in result.err
    assert "JSON" not in result.err


def test_what_is_no_name(run: Run, jobs: RecordingServer) -> None:
    secret = "sk-proj-CANARY0123456789"
    for text in ("", " ", "a\nb", "a\tb", "\x1b[0m", secret):
        for command in ("get", "delete --yes", "update --disabled"):
            result = run("clustering-jobs", *command.split(), text, "a")
            assert (result.code, result.out) == (ExitCode.USAGE, ""), text
            assert secret not in result.err
    result = run("clustering-jobs", "get", "-", stdin=f"a\n{secret}\n")
    assert result.err == (
        "error: line 2 of standard input: this looks like a secret, not a name or an ID; "
        "nothing was sent\n"
    )
    assert jobs.sent == []


@pytest.mark.parametrize(
    "command", ["clustering-jobs get", "evaluation-reports delete --yes", "evaluations get"]
)
def test_a12_a_name_never_becomes_part_of_a_path(
    run: Run, server: RecordingServer, command: str
) -> None:
    server.reply(page([]))
    for text in ("a/b", "..", "../../users/@me", "a?x=1", "a#f", "%2e%2e", "é", "x" * 10_000):
        result = run(*command.split(), text)
        assert (result.code, result.out.count("\n")) == (ExitCode.NOT_FOUND, 0), text
        assert result.err.count("\n") <= 2
    assert {sent.target for sent in server.sent} <= {
        f"{path}?limit=1000" for path in (JOBS, REPORTS, EVALUATIONS)
    }


def test_dry_run_shows_each_request(run: Run, jobs: RecordingServer) -> None:
    for words, method in ((["update", "--disabled"], "PATCH"), (["delete"], "DELETE")):
        result = run("clustering-jobs", *words, "a", C, "--dry-run")
        assert (result.code, result.err) == (0, "")
        assert result.out.count(f"curl -X {method}") == 2
        assert [f"{JOBS}{key}/" in result.out for key in ROWS] == [True, False, True]
    assert jobs.lines == [LIST, LIST]


def test_a_signal_stops_after_what_was_done(run: Run, jobs: RecordingServer) -> None:
    answer = of(*ROWS.values())

    def reply(sent: Sent) -> Reply:
        if sent.method == "PATCH" and B in sent.path:
            os.kill(os.getpid(), signal.SIGINT)
        return answer(sent)

    jobs.reply(reply)
    result = run("clustering-jobs", "update", A, B, "c", "--disabled", "-o", "json")
    assert result.code == ExitCode.INTERRUPTED
    assert [row["id"] for row in json.loads(result.out)] == [A]
    assert "stopped before c" in result.err
    assert f"PATCH {JOBS}{C}/" not in jobs.lines


def test_the_question_names_each_object(server: RecordingServer) -> None:
    server.reply(of(*ROWS.values(), EVALUATION))
    shown = on_terminal("clustering-jobs", "delete", B, answers={"[y/N] ": "y\n"}, columns=200)
    where = f"project 42 at {server.origin}"
    question = f"Delete clustering job 'b' ({B})? It cannot be restored. [y/N] y"
    assert (shown.code, shown.text.splitlines()[:2]) == (0, [where, question])
    assert server.lines == [f"GET {JOBS}{B}/", f"DELETE {JOBS}{B}/"]
    shown = on_terminal("clustering-jobs", "delete", "a", B, answers={"[y/N] ": "n\n"})
    assert shown.text.splitlines()[:4] == [
        where,
        f"  clustering job 'a' ({A})",
        f"  clustering job 'b' ({B})",
        "Delete these 2 clustering jobs? They cannot be restored. [y/N] n",
    ]
    assert shown.code == ExitCode.USAGE


def test_a_question_without_the_right_to_read(server: RecordingServer) -> None:
    def reply(sent: Sent) -> Reply:
        return Reply(403, {"detail": "No."}) if sent.method == "GET" else Reply(200, REPORT)

    server.reply(reply)
    shown = on_terminal("evaluation-reports", "delete", A, answers={"[y/N] ": "n\n"}, columns=200)
    first, _, question = shown.text.splitlines()[:3]
    assert first.startswith(f"cannot read the name of evaluation report {A}: ")
    assert question.startswith(f"Delete evaluation report {A}? It can be restored with ")
