"""`evaluation-reports generate`: the question, which run is the one, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.commands.test_report_runs import EVALUATION, EVALUATION_ID, REPORT, REPORT_ID, RUN
from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, call, page

GENERATE = ["evaluation-reports", "generate", REPORT_ID]
WAIT = [*GENERATE, "--yes", "--wait"]
OLD, NEW = ("01890a5d-ac96-774b-bcce-b3020000005" + number for number in "12")
TARGETS = [
    {"type": "email", "value": "a@b.example"},
    {"type": "slack", "integration_id": 1, "channel": "#llm"},
]
DONE = {"delivery_status": "delivered", "delivery_errors": []}


def run_of(run_id: str, *, age: timedelta = timedelta(), **fields: Any) -> dict[str, Any]:
    """A run that was created so long ago, at the end of its period."""
    times = dict.fromkeys(("period_end", "created_at"), str(datetime.now(UTC) - age))
    return RUN | DONE | {"id": run_id} | times | fields


# Its period ends later: a test that takes it may run long after this.
PENDING = run_of(NEW, age=timedelta(days=-1), delivery_status="pending")

Api = Callable[..., None]


@pytest.fixture
def api(server: RecordingServer) -> Api:
    """Plan the lists of runs in order (the last one repeats), and the answer to generate."""

    def plan(
        *lists: list[Any] | Reply, accepted: Reply | None = None, targets: list[Any] = TARGETS
    ) -> None:
        left = list(lists)

        def reply(sent: Sent) -> Reply:
            last = sent.path.strip("/").split("/")[-1]
            if last == "generate":
                return accepted or Reply(202)
            if last == "runs":
                found = left.pop(0) if len(left) > 1 else left[0]
                return found if isinstance(found, Reply) else Reply(200, page(found))
            objects = {
                REPORT_ID: REPORT | {"delivery_targets": targets},
                EVALUATION_ID: EVALUATION,
                "evaluation_reports": page([REPORT]),
                "evaluations": page([EVALUATION]),
            }
            return Reply(200, objects[last])

        server.reply(reply)

    return plan


def verbs(server: RecordingServer) -> list[str]:
    return [f"{each.method} {each.path.strip('/').split('/')[-1]}" for each in server.sent]


def test_without_waiting(run: Run, server: RecordingServer, api: Api) -> None:
    api([])
    result = run("evaluation-reports", "generate", "Answer relevance", "--yes", "-o", "json")
    assert (result.code, result.out) == (0, "")
    assert result.err == (
        "report requested; its run appears within minutes; to see it: "
        "llmctl evaluation-reports runs 'Answer relevance'\n"
    )
    assert verbs(server) == ["GET evaluation_reports", "GET evaluations", "POST generate"]
    assert server.sent[-1].body == b""


def test_question(run: Run, server: RecordingServer, api: Api) -> None:
    result = run(*GENERATE)
    assert (result.code, server.sent) == (2, [])
    assert "add --yes" in result.err

    api([])
    code, out, err = call(GENERATE, is_terminal=True, typed="n\n")
    assert (code, out) == (2, "")
    said = " ".join(err.split())
    assert f"project 42 at {server.origin} cost: an LLM writes the report" in said
    assert "recipients: a@b.example, #llm" in said
    assert (
        f"Generate and send evaluation report {REPORT_ID} of 'Answer relevance' now? [y/N]" in said
    )
    assert "POST generate" not in verbs(server)
    assert call(GENERATE, is_terminal=True, typed="y\n")[0] == 0
    assert verbs(server)[-1] == "POST generate"


@pytest.mark.parametrize("words", [[], ["--wait"]])
def test_dry_run(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*GENERATE, *words, "--dry-run")
    assert (result.code, server.sent) == (0, [])
    assert result.out.startswith("curl -X POST")
    assert f"evaluation_reports/{REPORT_ID}/generate/" in result.out


def test_wait_until_it_is_delivered(run: Run, server: RecordingServer, api: Api) -> None:
    old, new = run_of(OLD, age=timedelta(days=1)), run_of(NEW)
    api([old], [old], [new | {"delivery_status": "pending"}, old], [new, old])
    result = run(*WAIT, "-o", "json")
    assert result.code == 0
    assert json.loads(result.out) == new
    assert result.err == (f"requested a report on {REPORT_ID}\nwaiting up to 300 s for its run\n")
    assert verbs(server) == [
        "GET runs", "POST generate", "GET runs", "GET runs", f"GET {REPORT_ID}", "GET runs"
    ]  # fmt: skip


def test_wait_shows_the_run(run: Run, api: Api) -> None:
    api([], [run_of(NEW)])
    result = run(*WAIT)
    assert result.code == 0
    assert "Refunds pull the pass rate down\n\nevaluation    Answer relevance\n" in result.out


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("generated", 0, ""),
        ("a new status", 0, ""),
        ("failed", 6, "the report was generated, but not delivered: channel_not_found"),
        ("partial_failure", 6, "but not delivered to every recipient: channel_not_found"),
    ],
)
def test_status(run: Run, api: Api, status: str, code: int, said: str) -> None:
    new = run_of(NEW, delivery_status=status, delivery_errors=["channel_not_found"])
    api([], [new])
    result = run(*WAIT, "-o", "json")
    assert (result.code, json.loads(result.out)) == (code, new)
    assert said in result.err


def test_of_several_new_runs_the_first_counts(run: Run, api: Api) -> None:
    scheduled = run_of(OLD, delivery_status="pending")
    api([], [scheduled, run_of(NEW)])
    assert json.loads(run(*WAIT, "-o", "json").out)["id"] == NEW


def test_request_that_was_merged_with_an_earlier_one(run: Run, api: Api) -> None:
    api([run_of(OLD)])
    result = run(*WAIT, "--wait-timeout", "0.3", "-o", "ids")
    assert (result.code, result.out) == (0, f"{OLD}\n")
    assert "the server merges requests within a minute" in result.err
    # The run of an earlier minute is not meant.
    api([run_of(OLD, age=timedelta(minutes=2))])
    assert run(*WAIT, "--wait-timeout", "0.3").code == 7
    # What is a minute is decided by the server's clock.
    then = Reply(202, headers={"Date": "Tue, 11 Aug 2026 12:01:59 GMT"})
    times = {"period_end": "2026-08-11T12:01:01Z", "created_at": "2026-08-11T12:01:02Z"}
    api([RUN | DONE | times], accepted=then)
    assert run(*WAIT, "--wait-timeout", "0.3").code == 0


def test_run_on_schedule_that_appears_meanwhile(run: Run, api: Api) -> None:
    # It began minutes ago, and took some time.
    scheduled = run_of(OLD, period_end=str(datetime.now(UTC) - timedelta(minutes=2)))
    api([], [scheduled], [run_of(NEW), scheduled])
    assert run(*WAIT, "-o", "ids").out == f"{NEW}\n"
    # The one that was requested has failed: it leaves no run.
    api([], [scheduled])
    result = run(*WAIT, "--wait-timeout", "0.3")
    assert (result.code, result.out) == (7, "")
    assert "no run appeared within 0.3 s" in result.err


def test_run_without_recipients_that_stays_pending(
    run: Run, server: RecordingServer, api: Api
) -> None:
    pending = run_of(NEW, delivery_status="pending")
    api([], [pending], targets=[])
    result = run(*WAIT, "-o", "json")
    assert (result.code, json.loads(result.out)) == (0, pending)
    assert len(verbs(server)) == 4


@pytest.mark.parametrize(
    ("lists", "said", "hint"),
    [
        ([[]], "no run appeared within 0.2 s", "runs"),
        ([[], [PENDING]], "still pending after 0.2 s", "show-run"),
        ([[], Reply(500)], "its runs cannot be read: http", "runs"),
    ],
)
def test_not_in_time(run: Run, api: Api, lists: list[Any], said: str, hint: str) -> None:
    api(*lists)
    result = run(*WAIT, "--wait-timeout", "0.2")
    assert (result.code, result.out) == (7, "")
    assert said in result.err
    assert f"hint: look again later: llmctl evaluation-reports {hint} {REPORT_ID}" in result.err


def test_reading_that_fails_meanwhile(run: Run, api: Api) -> None:
    api([], Reply(500), [run_of(NEW)])
    assert run(*WAIT).code == 0


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (
            Reply(
                400,
                {
                    "type": "validation_error",
                    "code": "invalid_input",
                    "detail": "Reports are not supported for this evaluation.",
                    "attr": "evaluation",
                },
            ),
            6,
            "evaluation: Reports are not supported for this evaluation.",
        ),
        (
            Reply(403, {"detail": "This action does not support personal API key access"}),
            4,
            "This action does not support personal API key access",
        ),
        (Reply(404, {"code": "not_found", "detail": "Not found."}), 5, f"report {REPORT_ID}: Not"),
        (
            Reply(500, {"error": "Failed to trigger report generation"}),
            8,
            "Failed to trigger report generation",
        ),
        (
            Reply(503, {"error": "Report generation is not yet available on this deployment."}),
            8,
            "Report generation is not yet available on this deployment.",
        ),
        (Reply(202, {"id": NEW}), 8, "unexpected response"),
        (Reply(200, {}), 8, "unexpected status 200"),
    ],
)
@pytest.mark.parametrize("words", [[], ["--wait"]])
def test_refused(
    run: Run,
    server: RecordingServer,
    api: Api,
    reply: Reply,
    code: int,
    said: str,
    words: list[str],
) -> None:
    api([], accepted=reply)
    result = run(*GENERATE, "--yes", *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    if code == 8:
        command = f"llmctl evaluation-reports runs {REPORT_ID}"
        assert f"hint: check whether it happened: {command}" in result.err
    assert verbs(server)[-1] == "POST generate", "it is never sent twice, nor read back"


def test_options(run: Run, server: RecordingServer) -> None:
    assert "--wait-timeout needs --wait" in run(*GENERATE, "--yes", "--wait-timeout", "5").err
    assert run(*WAIT, "--wait-timeout", "0").code == 2
    assert server.sent == []


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_in_the_sandbox(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["evaluation-reports", "generate", "Answer relevance", "-p", "sandbox", "--yes"]
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", "POST generate: status 202")  # it leaves no run
    assert run(*words, "--wait", "--wait-timeout", "0.2").code == 7
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", "GET runs: lag 0.5s")
    result = run(*words, "--wait", "-o", "json")
    assert result.code == 0
    assert json.loads(result.out)["id"] not in defaults.RUN_IDS


@pytest.mark.generation("v1")
@pytest.mark.usefixtures("sandbox")
def test_server_that_does_not_let_keys_generate(run: Run) -> None:
    create = ["--evaluation", "Answer relevance", "--trigger-threshold", "500", "-p", "sandbox"]
    assert run("evaluation-reports", "create", *create).code == 0
    words = ["evaluation-reports", "generate", "Answer relevance", "-p", "sandbox", "--yes"]
    for each in (words, [*words, "--wait"]):
        result = run(*each)
        assert result.code == 4
        assert "This action does not support personal API key access" in result.err
        assert "simulate the newest server: llmctl sandbox reset --generation v3\n" in result.err
