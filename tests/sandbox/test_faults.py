"""Fault rules, in-process and over HTTP."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from llmctl.sandbox.adapter import SandboxAdapter
from tests.conftest import Run
from tests.support import serving

JOBS = "clustering_jobs/"
JOB = f"{JOBS}{defaults.TRACES_JOB_ID}/"
NAME = "Default - traces"

Send = Callable[..., requests.Response]
Start = Callable[[str], Send]


@pytest.fixture(params=["in-process", "HTTP"])
def start(
    request: pytest.FixtureRequest, database: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """Start a sandbox with rules, and return a client for it. Paths are below llm_analytics/."""
    with contextlib.ExitStack() as stack:

        def call(rules: str) -> Send:
            session = stack.enter_context(requests.Session())
            session.headers["Authorization"] = f"Bearer {defaults.ALL_SCOPES_KEY}"
            origin = defaults.ORIGIN
            if request.param == "HTTP":
                origin = stack.enter_context(serving(database, *rules.split(";")))
            else:
                monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", rules)
                session.mount(origin, SandboxAdapter(database))

            def send(method: str, path: str, body: Any = None) -> requests.Response:
                url = f"{origin}/api/environments/1/llm_analytics/{path}"
                return session.request(method, url, json=body, timeout=30)

            return send

        yield call


def name(send: Send) -> str:
    return str(send("GET", JOB).json()["name"])


def names(send: Send) -> list[str]:
    return [job["name"] for job in send("GET", JOBS).json()["results"]]


def create(send: Send, called: str) -> requests.Response:
    return send("POST", JOBS, {"name": called, "analysis_level": "trace"})


def test_reads_lag_by_a_number_of_reads(start: Start) -> None:
    send = start("GET clustering_jobs: lag 2")
    assert send("PATCH", JOB, {"name": "new"}).json()["name"] == "new"
    assert [name(send) for _ in range(4)] == [NAME, NAME, "new", "new"]
    # Writes become visible one by one, and other reads neither lag nor count.
    send("PATCH", JOB, {"name": "newer"})
    assert name(send) == "new"
    send("PATCH", JOB, {"name": "newest"})
    assert send("GET", "clustering_config/").ok
    assert [name(send) for _ in range(3)] == ["new", "newer", "newest"]


def test_objects_that_lag_do_not_exist_yet_or_still(start: Start) -> None:
    send = start("GET /: lag 2")
    made = create(send, "late").json()
    assert send("GET", f"{JOBS}{made['id']}/").status_code == 404
    assert "late" not in names(send)
    assert "late" in names(send)
    send("DELETE", f"{JOBS}{made['id']}/")
    assert send("GET", f"{JOBS}{made['id']}/").ok


def test_reads_lag_by_seconds(start: Start) -> None:
    send = start("GET clustering_jobs: lag 0.5s")
    sent = time.monotonic()
    send("PATCH", JOB, {"name": "new"})
    first = name(send)
    assert first == NAME or time.monotonic() - sent > 0.5
    time.sleep(0.5)
    assert name(send) == "new"


def test_lag_of_one_read(start: Start) -> None:
    send = start("GET clustering_jobs #2: lag 5")
    send("PATCH", JOB, {"name": "new"})
    assert [name(send) for _ in range(3)] == ["new", NAME, "new"]


def test_write_that_is_carried_out_after_more_requests(start: Start) -> None:
    send = start("POST clustering_jobs #1: drop-late 2; GET /: lag 1")
    with pytest.raises(requests.ConnectionError):
        create(send, "late")
    assert ["late" in names(send) for _ in range(4)] == [False, False, False, True]
    assert create(send, "next").status_code == 201
    assert names(send).count("late") == 1


def test_write_that_is_carried_out_after_seconds(start: Start) -> None:
    send = start("PATCH clustering_jobs: drop-late 0.3s")
    with pytest.raises(requests.ConnectionError):
        send("PATCH", JOB, {"name": "late"})
    time.sleep(0.3)
    assert name(send) == "late"


def test_object_whose_writes_fail(start: Start) -> None:
    send = start(f'PATCH {JOB}: status 400 Cannot be changed: it is 100% "in use".')
    for _ in range(2):
        refused = send("PATCH", JOB, {"name": "new"})
        assert refused.status_code == 400
        assert refused.json()["detail"] == 'Cannot be changed: it is 100% "in use".'
    assert name(send) == NAME
    other = f"{JOBS}{create(send, 'other').json()['id']}/"
    assert send("PATCH", other, {"name": "new"}).ok


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("GET", "invalid rule"),
        ("GET /", "invalid rule"),
        ("GET / #0: lag 1", "invalid rule"),
        ("GET /: lags 3", "there is no action lags"),
        ("GET /: lag", "lag needs a number of requests or seconds"),
        ("GET /: lag 1.5", "lag needs a number of requests or seconds"),
        ("GET /: lag s", "lag needs a number of requests or seconds"),
        ("PATCH /: lag 1", "lag only works with GET"),
        ("* /: lag 1", "lag only works with GET"),
        ("POST /: drop-late", "drop-late needs a number of requests or seconds"),
        ("POST /: drop-late -1", "drop-late needs a number of requests or seconds"),
        ("POST /: drop-after 1", "drop-after takes no argument"),
        ("POST /: status", "status needs a status code"),
        ("POST /: status 600", "status needs a status code"),
        ("POST /: delay", "delay needs a number of seconds"),
        ("POST /: kill-after HUP", "kill-after takes INT, TERM or KILL"),
    ],
)
def test_invalid_rules(run: Run, monkeypatch: pytest.MonkeyPatch, rule: str, said: str) -> None:
    served = run("sandbox", "serve", "--port", "0", "--fault", rule)
    assert (served.code, served.out) == (ExitCode.USAGE, "")
    assert f"--fault: {said}" in served.err
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", f"GET /: delay 0; {rule}")
    listed = run("clustering-jobs", "list", "-p", "sandbox")
    assert (listed.code, listed.out) == (ExitCode.USAGE, "")
    assert f"LLMCTL_SANDBOX_FAULTS: {said}" in listed.err


RUNS = f"evaluation_reports/{defaults.REPORT_ID}/runs/"
GENERATE = f"evaluation_reports/{defaults.REPORT_ID}/generate/"


def runs(send: Send) -> int:
    return int(send("GET", RUNS).json()["count"])


@pytest.mark.generation("v3")
def test_report_that_fails_leaves_no_run(start: Start) -> None:
    send = start("POST generate #1: status 202")
    accepted = send("POST", GENERATE)
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert runs(send) == 6
    assert send("POST", GENERATE).status_code == 202
    assert runs(send) == 7


@pytest.mark.generation("v3")
def test_report_that_takes_time(start: Start) -> None:
    send = start("GET runs: lag 2")
    assert send("POST", GENERATE).status_code == 202
    assert [runs(send) for _ in range(3)] == [6, 6, 7]


@pytest.mark.generation("v1")
@pytest.mark.parametrize("error", [{"error": "Failed to trigger report generation"}, {}])
def test_body_of_an_error(start: Start, error: dict[str, str]) -> None:
    send = start(f"POST generate: status 500 {json.dumps(error)}")
    answer = send("POST", GENERATE)
    assert (answer.status_code, answer.json()) == (500, error)


@pytest.mark.generation("v1")
def test_text_that_is_almost_json(start: Start) -> None:
    send = start("POST generate: status 503 {later")
    assert send("POST", GENERATE).json()["detail"] == "{later"
