"""`evaluation-reports gate`: the verdict on every form of a run's metrics, limits, several."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, call, page

GATE = ["evaluation-reports", "gate"]
NAMES = ["Answer relevance", "Tone", "Safety"]
EVALUATIONS = [
    {"id": f"01890a5d-ac96-774b-bcce-b30200000{number}00", "name": name}
    for number, name in enumerate(NAMES)
]
REPORTS = [
    {
        "id": f"01890a5d-ac96-774b-bcce-b30200000{number}99",
        "evaluation": evaluation["id"],
        "frequency": "every_n",
        "enabled": True,
    }
    for number, evaluation in enumerate(EVALUATIONS)
]
COUNTS = {"pass": 80, "fail": 18, "na": 2}
METRICS: dict[str, Any] = {
    "output_type": "boolean",
    "total_runs": 100,
    "result_counts": COUNTS,
    "result_rates": {"pass": 80.0, "fail": 18.0, "na": 2.0},
    "previous_total_runs": 90,
    "previous_result_counts": {"pass": 60, "fail": 20, "na": 10},
    "pass_rate": 81.63,
    "previous_pass_rate": 75.0,
}
OLDER: dict[str, Any] = {
    "total_runs": 100,
    "pass_count": 80,
    "fail_count": 18,
    "na_count": 2,
    "pass_rate": 81.63,
    "previous_total_runs": 90,
    "previous_pass_rate": 85.0,
}
NOTHING = {"pass": 0, "fail": 0, "na": 0}
EMPTY = METRICS | {"total_runs": 0, "result_counts": NOTHING, "result_rates": {}, "pass_rate": 0.0}
RUN_ID = "01890a5d-ac96-774b-bcce-b30200000777"
JsonRow = dict[str, Any]
Gate = Callable[..., tuple[int, JsonRow, str]]


def run_of(metrics: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """A run, an hour after the end of its period."""
    end = datetime.now(UTC) - timedelta(hours=1)
    content = {"metrics": METRICS if metrics is None else metrics}
    return {
        "id": RUN_ID,
        "content": content,
        "metadata": None,
        "period_end": end.isoformat(),
        "delivery_status": "delivered",
        "delivery_errors": [],
    } | others


def project(*runs: Any, reports: list[dict[str, Any]] | None = None) -> Callable[[Sent], Reply]:
    """The responses of a project whose reports have these latest runs, or failures instead."""

    def reply(sent: Sent) -> Reply:
        parts = sent.path.strip("/").split("/")
        if parts[-1] == "evaluations":
            return Reply(body=page(EVALUATIONS))
        if parts[-1] == "evaluation_reports":
            return Reply(body=page(REPORTS if reports is None else reports))
        assert parts[-1] == "runs"
        assert sent.target.endswith("?limit=1")
        [place] = [each for each, report in enumerate(REPORTS) if report["id"] == parts[-2]]
        run = runs[place]
        return run if isinstance(run, Reply) else Reply(body=page([] if run is None else [run]))

    return reply


@pytest.fixture
def gate(run: Run, server: RecordingServer) -> Gate:
    """Judge a run: exit code, the row as JSON, standard error."""

    def judged(latest: Any, *rules: str) -> tuple[int, JsonRow, str]:
        server.reply(project(latest))
        done = run(*GATE, NAMES[0], *rules, "--retries", "0", "-o", "json")
        [row] = json.loads(done.out)
        assert row["exit_code"] == done.code
        assert (row["evaluation"], row["report"]) == (NAMES[0], REPORTS[0]["id"])
        return done.code, row, done.err

    return judged


def reasons(row: JsonRow) -> str:
    return f"{row['result']}: {row['reason']}"


UNAVAILABLE = {"metrics": None, "generation_status": "metrics_unavailable"}
BELOW = ("--min-pass-rate", "90")
SHAPES: dict[str, tuple[Any, tuple[str, ...], int, str]] = {
    "passed": (run_of(), ("--min-pass-rate", "81.63", "--max-drop", "0"), 0, "passed: None"),
    "failed": (run_of(), BELOW, 13, "failed: pass rate 81.63% is below 90%"),
    "all failed": (
        run_of(METRICS | {"result_counts": {"pass": 0, "fail": 9, "na": 1}, "pass_rate": 0.0}),
        BELOW,
        13,
        "failed: pass rate 0% is below 90%",
    ),
    "older": (run_of(OLDER), BELOW, 13, "failed: pass rate 81.63% is below 90%"),
    "older, dropped": (
        run_of(OLDER),
        ("--max-drop", "3"),
        13,
        "failed: pass rate fell by 3.37 points, more than 3: from 85% to 81.63%",
    ),
    "in the metadata": (
        run_of(content={"title": "A report"}, metadata=OLDER),
        BELOW,
        13,
        "failed: pass rate 81.63% is below 90%",
    ),
    "empty metadata": (
        run_of(content={}, metadata={}),
        BELOW,
        6,
        "no_data: the latest run has no metrics",
    ),
    "metadata of zeros": (
        run_of(content={}, metadata=EMPTY),
        BELOW,
        6,
        "no_data: no results in the period",
    ),
    "metrics unavailable": (
        run_of(content=UNAVAILABLE),
        BELOW,
        6,
        "no_data: the latest run has no metrics",
    ),
    "metrics unavailable, with a copy of others": (
        run_of(content=UNAVAILABLE, metadata=METRICS),
        BELOW,
        6,
        "no_data: the latest run has no metrics",
    ),
    "results that are left out": (
        run_of({"total_runs": 9, "result_counts": {"fail": 9}, "pass_rate": 0.0}),
        ("--min-pass-rate", "90", "--min-results", "9"),
        13,
        "failed: pass rate 0% is below 90%",
    ),
    "flagged as unavailable": (
        run_of(EMPTY | {"metrics_available": False}),
        BELOW,
        6,
        "no_data: the latest run has no metrics",
    ),
    "pending": (
        run_of(content={}, delivery_status="pending"),
        BELOW,
        6,
        "no_data: the latest run is still pending",
    ),
    "pending delivery": (
        run_of(delivery_status="pending"),
        ("--min-pass-rate", "80"),
        0,
        "passed: None",
    ),
    "delivery failed": (
        run_of(delivery_status="failed", delivery_errors=["channel_not_found"]),
        ("--min-pass-rate", "80"),
        0,
        "passed: None",
    ),
    "no run": (None, BELOW, 6, "no_data: the report has no runs"),
    "no results": (run_of(EMPTY), BELOW, 6, "no_data: no results in the period"),
    "no results, no rate wanted": (
        run_of(EMPTY),
        ("--max-age", "24h"),
        6,
        "no_data: no results in the period",
    ),
    "only N/A": (
        run_of(METRICS | {"result_counts": {"pass": 0, "fail": 0, "na": 7}, "pass_rate": 0.0}),
        ("--min-pass-rate", "0"),
        6,
        "no_data: all results are N/A",
    ),
    "sentiment": (
        run_of(
            {"output_type": "sentiment", "total_runs": 9, "result_counts": {"positive": 9}},
        ),
        BELOW,
        6,
        "no_data: sentiment results have no pass rate",
    ),
    "sentiment, counted": (
        run_of({"output_type": "sentiment", "total_runs": 9, "result_counts": {"positive": 9}}),
        ("--min-results", "9", "--max-age", "90m"),
        0,
        "passed: None",
    ),
    "numeric without a rate": (
        run_of({"output_type": "numeric", "total_runs": 9}),
        ("--min-pass-rate", "1", "--max-drop", "3"),
        6,
        "no_data: numeric results have no pass rate",
    ),
    "categorical with a rate": (
        run_of({"output_type": "categorical", "total_runs": 9, "pass_rate": 50}),
        BELOW,
        13,
        "failed: pass rate 50% is below 90%",
    ),
    "no run before": (
        run_of(METRICS | {"previous_result_counts": None, "previous_pass_rate": None}),
        ("--min-pass-rate", "80", "--max-drop", "3"),
        6,
        "no_data: no pass rate for the previous period",
    ),
    "no applicable result before": (
        run_of(METRICS | {"previous_result_counts": NOTHING, "previous_pass_rate": 0.0}),
        ("--max-drop", "3"),
        6,
        "no_data: no pass rate for the previous period",
    ),
    "below, and no run before": (
        run_of(METRICS | {"previous_result_counts": None, "previous_pass_rate": None}),
        ("--min-pass-rate", "90", "--max-drop", "3"),
        13,
        "failed: pass rate 81.63% is below 90%; no pass rate for the previous period",
    ),
    "too few, and below": (
        run_of(),
        ("--min-pass-rate", "90", "--min-results", "99"),
        6,
        "no_data: 98 results, fewer than 99; pass rate 81.63% is below 90%",
    ),
    "unknown number": (
        run_of({"total_runs": 100, "pass_rate": 95}),
        ("--min-pass-rate", "90", "--min-results", "50"),
        6,
        "no_data: the number of applicable results is unknown",
    ),
    "unknown end": (
        run_of(period_end=None),
        ("--max-age", "24h"),
        6,
        "no_data: the end of the period is unknown",
    ),
    "nonsense": (
        run_of({"total_runs": "many", "pass_rate": [], "result_counts": 5}, period_end="soon"),
        BELOW,
        6,
        "no_data: the latest run has no pass rate",
    ),
}


@pytest.mark.parametrize(("latest", "rules", "code", "said"), SHAPES.values(), ids=[*SHAPES])
def test_every_form_of_a_run(
    gate: Gate, latest: Any, rules: tuple[str, ...], code: int, said: str
) -> None:
    got, row, err = gate(latest, *rules)
    assert (got, reasons(row)) == (code, said)
    assert bool(err) == bool(code)
    if code:
        error = json.loads(err)["error"]
        assert error["code"] == {13: "GATE", 6: "REJECTED"}[code]
        assert error["message"].startswith(NAMES[0])
        assert error["message"].endswith(row["reason"])


def test_json_has_the_numbers_and_the_rules_that_failed(gate: Gate) -> None:
    latest = run_of(METRICS | {"pass_rate": 70, "previous_pass_rate": 75.5})
    code, row, _ = gate(latest, "--min-pass-rate", "90", "--max-drop", "3", "--min-results", "9")
    seconds = row.pop("age_seconds")
    assert 3595 <= seconds < 3700
    assert row == {
        "evaluation": NAMES[0],
        "report": REPORTS[0]["id"],
        "run": RUN_ID,
        "result": "failed",
        "pass_rate": 70.0,
        "previous_pass_rate": 75.5,
        "drop": 5.5,
        "results": 98,
        "period_end": latest["period_end"],
        "failed_rules": [
            {"rule": "min_pass_rate", "limit": 90.0, "value": 70.0},
            {"rule": "max_drop", "limit": 3.0, "value": 5.5},
        ],
        "reason": "pass rate 70% is below 90%; "
        "pass rate fell by 5.5 points, more than 3: from 75.5% to 70%",
        "exit_code": 13,
    }
    assert code == 13


def test_without_a_run_every_rule_fails_without_a_value(gate: Gate) -> None:
    rules = ("--min-pass-rate", "90", "--max-drop", "3", "--min-results", "9", "--max-age", "2d")
    _, row, _ = gate(None, *rules)
    assert row["failed_rules"] == [
        {"rule": "min_results", "limit": 9, "value": None},
        {"rule": "max_age", "limit": 172_800, "value": None},
        {"rule": "min_pass_rate", "limit": 90.0, "value": None},
        {"rule": "max_drop", "limit": 3.0, "value": None},
    ]
    assert row["run"] is row["pass_rate"] is row["age_seconds"] is None


@pytest.mark.parametrize(
    ("before", "now", "most", "code"),
    [
        (90.0, 87.0, "3", 0),
        (90.0, 86.99, "3", 13),
        (90.1, 87.1, "3", 0),  # 2.9999999999999858 in binary fractions
        (99.7, 96.4, "3.3", 0),  # 3.299999999999997
        (64.1, 63.8, "0.3", 0),  # 0.30000000000000426
        (89.99999999999999, 87, "3", 0),
        (90, 86.99999999999999, "3", 0),
        (80, 80, "0", 0),
        (80, 79.99, "0", 13),
        (80, 100, "0", 0),
        (33.333333, 0.0, "33.33333", 0),
    ],
)
def test_a_drop_of_exactly_the_limit_passes(
    gate: Gate, before: float, now: float, most: str, code: int
) -> None:
    latest = run_of(METRICS | {"pass_rate": now, "previous_pass_rate": before})
    assert gate(latest, "--max-drop", most)[0] == code


@pytest.mark.parametrize(
    ("rate", "least", "code"),
    [
        (90, "90", 0),
        (89.99, "90", 13),
        (89.99999999999999, "90", 0),
        (100, "100", 0),
        (0.3, "0", 0),
        (33.333333, "33.333333", 0),
        (33.333333, "33.3334", 13),
        (99.5, "99.5", 0),
    ],
)
def test_a_rate_of_exactly_the_limit_passes(gate: Gate, rate: float, least: str, code: int) -> None:
    assert gate(run_of(METRICS | {"pass_rate": rate}), "--min-pass-rate", least)[0] == code


@pytest.mark.parametrize(("least", "code"), [("97", 0), ("98", 0), ("99", 6)])
def test_results_are_counted_without_na(gate: Gate, least: str, code: int) -> None:
    assert gate(run_of(), "--min-results", least)[0] == code


@pytest.mark.parametrize(
    ("hours", "most", "code", "reason"),
    [
        (23.9, "24h", 0, None),
        (24.1, "24h", 6, "the period ended 24h 6m ago, more than 24h"),
        (1.6, "90m", 6, "the period ended 1h 36m ago, more than 1h 30m"),
        (71, "2d", 6, "the period ended 2d 23h ago, more than 2d"),
        (167, "1w", 0, None),
        (-0.5, "1m", 0, None),  # by the server's clock, the period has not ended yet
        (24, "24h", 0, None),
        (-1, "1m", 0, None),
        (-1.1, "24h", 6, "the period ends in the future"),
        (-90_000, "24h", 6, "the period ends in the future"),
    ],
)
def test_the_age_is_by_the_servers_clock(
    run: Run, server: RecordingServer, hours: float, most: str, code: int, reason: str | None
) -> None:
    now = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
    end = now - timedelta(hours=hours)
    body = page([run_of(period_end=end.isoformat())])
    server.reply(Reply(body=body, headers={"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}))
    result = run(*GATE, str(REPORTS[0]["id"]), "--max-age", most, "-o", "json")
    [row] = json.loads(result.out)
    assert (result.code, row["reason"]) == (code, reason)
    assert row["age_seconds"] == (None if hours < -1 else max(hours, 0) * 3600)
    assert [each["value"] for each in row["failed_rules"]] == ([row["age_seconds"]] if code else [])


def test_several_evaluations_are_one_list_of_each_kind(run: Run, server: RecordingServer) -> None:
    server.reply(project(run_of(), run_of(METRICS | {"pass_rate": 95}), None))
    words = ["--evaluation", "Tone", NAMES[0], "--evaluation", NAMES[0], "--evaluation", "Safety"]
    result = run(*GATE, *words, "--min-pass-rate", "90", "-o", "json")
    assert result.code == 13
    assert [(row["evaluation"], row["result"]) for row in json.loads(result.out)] == [
        (NAMES[0], "failed"),
        ("Tone", "passed"),
        ("Safety", "no_data"),
    ]
    assert [json.loads(line)["error"]["message"] for line in result.err.splitlines()] == [
        "Answer relevance: pass rate 81.63% is below 90%",
        "Safety: no data: the report has no runs",
    ]
    assert len(server.sent) == 2 + 3


def test_evaluations_by_id_are_one_list(run: Run, server: RecordingServer) -> None:
    server.reply(project(run_of(), run_of()))
    ids = [str(each["id"]).upper() for each in EVALUATIONS[:2]]
    words = ["--evaluation", ids[0], "--evaluation", ids[1], str(REPORTS[1]["id"])]
    result = run(*GATE, *words, "--min-pass-rate", "80", "-o", "jsonl")
    assert (result.code, len(result.out.splitlines())) == (0, 2)
    assert len(server.sent) == 1 + 2


def test_a_report_by_id_costs_no_list(run: Run, server: RecordingServer) -> None:
    server.reply(project(run_of()))
    report = str(REPORTS[0]["id"])
    result = run(*GATE, report, "--min-pass-rate", "90", "-o", "table")
    assert result.code == 13
    assert report in result.out
    assert result.err == (
        f"error: evaluation report {report}: pass rate 81.63% is below 90%\n"
        f"hint: see the report: llmctl evaluation-reports show-run {report} {run_of()['id']}\n"
    )
    assert len(server.sent) == 1


LOST = Reply(503)
DENIED = Reply(403, {"detail": "This action does not support personal API key access"})
GONE = Reply(404, {"type": "invalid_request", "code": "not_found", "detail": "Not found."})
GOOD, BAD = run_of(METRICS | {"pass_rate": 95}), run_of()


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ((GOOD, GOOD, GOOD), 0),
        ((LOST, BAD, None), 13),
        ((None, LOST, GOOD), 7),
        ((None, GOOD, GOOD), 6),
        ((DENIED, BAD, GONE), 13),
        ((DENIED, LOST, GONE), 7),
        ((DENIED, None, GONE), 6),
        ((DENIED, GOOD, GONE), 5),
        ((DENIED, GOOD, GOOD), 4),
    ],
)
def test_13_takes_precedence_over_7_and_7_over_6(
    run: Run, server: RecordingServer, runs: tuple[Any, ...], code: int
) -> None:
    server.reply(project(*runs))
    result = run(*GATE, *NAMES, "--min-pass-rate", "90", "--retries", "0", "-o", "csv")
    assert result.code == code
    assert len(result.out.splitlines()) == 1 + 3
    codes = [int(line.rpartition(",")[2]) for line in result.out.splitlines()[1:]]
    assert code in codes
    assert result.err.count("error: ") == sum(1 for each in codes if each)


def test_a_server_that_keeps_runs_from_keys(gate: Gate) -> None:
    code, row, err = gate(DENIED, "--min-pass-rate", "90")
    text = "This action does not support personal API key access"
    assert (code, reasons(row)) == (4, f"error: {text}")
    error = json.loads(err)["error"]
    assert error["message"] == f"{NAMES[0]}: {text}"
    assert (error["status"], "whatever their scopes" in error["hint"]) == (403, True)


def test_runs_that_cannot_be_reached(gate: Gate) -> None:
    code, row, _ = gate(LOST, "--min-pass-rate", "90")
    assert (code, row["result"], row["failed_rules"]) == (7, "unavailable", [])


def test_a_list_that_cannot_be_reached(run: Run, server: RecordingServer) -> None:
    server.reply(LOST)
    result = run(*GATE, NAMES[0], "--min-pass-rate", "90", "--retries", "0")
    assert (result.code, result.out) == (7, "")


def test_nothing_is_checked_if_a_name_is_unknown(run: Run, server: RecordingServer) -> None:
    server.reply(project(BAD))
    result = run(*GATE, NAMES[0], "--evaluation", "Tones", "Safe", "--min-pass-rate", "90")
    assert (result.code, result.out) == (5, "")
    assert "no evaluation report belongs to evaluation 'Tones'" in result.err
    assert "did you mean 'Tone'" in result.err
    assert "no evaluation report belongs to evaluation 'Safe'" in result.err


def test_an_evaluation_without_a_report(run: Run, server: RecordingServer) -> None:
    server.reply(project(reports=REPORTS[:1]))
    evaluation = str(EVALUATIONS[1]["id"])
    result = run(*GATE, "--evaluation", evaluation, "--min-pass-rate", "90")
    assert result.code == 5
    assert f"no evaluation report belongs to evaluation '{evaluation}'" in result.err
    assert "did you mean" not in result.err


@pytest.mark.parametrize("reference", [NAMES[0], str(EVALUATIONS[0]["id"])])
def test_an_evaluation_with_several_reports(
    run: Run, server: RecordingServer, reference: str
) -> None:
    other = REPORTS[0] | {"id": REPORTS[1]["id"], "frequency": "scheduled", "enabled": False}
    server.reply(project(reports=[REPORTS[0], other]))
    result = run(*GATE, "--evaluation", reference, "--min-pass-rate", "90")
    assert (result.code, result.out) == (2, "")
    assert f"2 evaluation reports belong to evaluation '{reference}'" in result.err
    assert f"{REPORTS[0]['id']} (every_n, enabled)" in result.err
    assert f"{other['id']} (scheduled, not enabled)" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([NAMES[0]], "give --min-pass-rate, --max-drop, --min-results or --max-age"),
        (["--min-pass-rate", "90"], "give a report or --evaluation"),
        ([NAMES[0], "--min-pass-rate", "0.9"], "0.9 is less than 1%; did you mean 90?"),
        ([NAMES[0], "--min-pass-rate", "101"], "a number from 0 to 100"),
        ([NAMES[0], "--min-pass-rate", "nan"], "a number from 0 to 100"),
        ([NAMES[0], "--max-drop", "-3"], "a number from 0 to 100"),
        ([NAMES[0], "--max-drop", "3%"], "a number from 0 to 100"),
        ([NAMES[0], "--min-results", "0"], "--min-results"),
        ([NAMES[0], "--max-age", "24"], "a number followed by m, h, d or w"),
        ([NAMES[0], "--max-age", "1.5h"], "a number followed by m, h, d or w"),
    ],
)
def test_invalid_arguments(run: Run, server: RecordingServer, words: list[str], said: str) -> None:
    result = run(*GATE, *words)
    assert (result.code, result.out, server.sent) == (2, "", [])
    assert said in " ".join(result.err.split())


def test_columns_are_those_that_scripts_rely_on(run: Run, server: RecordingServer) -> None:
    server.reply(project(BAD))
    result = run(*GATE, NAMES[0], "--min-pass-rate", "90")
    header, row = (line.split("\t") for line in result.out.splitlines())
    assert header == [
        "evaluation",
        "report",
        "run",
        "result",
        "pass_rate",
        "previous_pass_rate",
        "drop",
        "results",
        "period_end",
        "age_seconds",
        "reason",
        "failed_rules",
        "exit_code",
    ]
    assert row[3:5] == ["failed", "81.63"]
    assert row[11] == '[{"rule":"min_pass_rate","limit":90.0,"value":81.63}]'
    assert result.err.startswith("error: Answer relevance: pass rate 81.63% is below 90%\nhint: ")


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_has_a_line_for_each_evaluation(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    end = (datetime.now(UTC) - timedelta(hours=2, seconds=200)).isoformat()
    server.reply(project(run_of(period_end=end), GOOD | {"period_end": end}, None))
    code, out, err = call([*GATE, *NAMES, "--min-pass-rate", "90"], is_terminal=True)
    lines = out.splitlines()
    assert (code, len(lines)) == (13, 2 + 3)
    assert max(map(len, lines)) <= width
    cells = [re.split("  +", line) for line in lines]
    expected = [
        ["evaluation", "result", "pass rate", "change", "results", "age", "not met"],
        ["Answer relevance", "failed", "81.63%", "+6.63", "98", "2h 3m", "pass rate < 90%"],
        ["Tone", "passed", "95%", "+20", "98", "2h 3m", "-"],
        ["Safety", "no data", "-", "-", "-", "-", "the report has no runs"],
    ]
    for row in expected if width == 80 else []:
        del row[5]
    assert [cells[0], *cells[2:]] == expected
    assert [line for line in err.splitlines() if line.startswith("error: ")] == [
        "error: Answer relevance: pass rate 81.63% is below 90%",
        "error: Safety: no data: the report has no runs",
    ]


def test_a_name_that_would_be_a_command_of_a_ci_system(run: Run, server: RecordingServer) -> None:
    name = "::error::x\n::set-output name=a::b"
    lists: dict[str, list[Any]] = {
        "evaluations": [EVALUATIONS[0] | {"name": name}],
        "evaluation_reports": REPORTS[:1],
    }

    def reply(sent: Sent) -> Reply:
        return Reply(body=page(lists.get(sent.path.strip("/").split("/")[-1], [])))

    server.reply(reply)
    evaluation = str(EVALUATIONS[0]["id"])
    result = run(*GATE, "--evaluation", evaluation, "--min-pass-rate", "90", "-o", "csv")
    assert result.code == 6
    assert not any(line.startswith("::") for line in (result.out + result.err).splitlines())


class Generating:
    """A project whose reports get a new run when one is requested: `latest`, by their place."""

    def __init__(self, *latest: Any) -> None:
        self._new = latest
        self._runs: dict[str, list[Any]] = {}
        self.generated: list[str] = []

    def __call__(self, sent: Sent) -> Reply:
        *_, report, last = sent.path.strip("/").split("/")
        if last == "evaluations":
            return Reply(body=page(EVALUATIONS))
        if report == "llm_analytics":
            return Reply(body=page(REPORTS))
        if last in [each["id"] for each in REPORTS]:
            targets = [{"type": "email", "value": "team@example.com"}]
            return Reply(body=REPORTS[0] | {"id": last, "delivery_targets": targets})
        runs = self._runs.setdefault(report, [GOOD])
        if last == "runs":
            return Reply(body=page(runs))
        self.generated.append(report)
        new = self._new[[each["id"] for each in REPORTS].index(report)]
        if isinstance(new, Reply):
            return new
        if new is not None:
            new_id = f"01890a5d-ac96-774b-bcce-b302000008{len(runs):02}"
            runs.insert(0, new | {"id": new_id, "period_end": datetime.now(UTC).isoformat()})
        return Reply(202)


GENERATE = ["--min-pass-rate", "90", "--generate"]


def test_generate_checks_the_new_run(run: Run, server: RecordingServer) -> None:
    replies = Generating(BAD, GOOD)
    server.reply(replies)
    result = run(*GATE, "Tone", NAMES[0], *GENERATE, "--yes", "-o", "json")
    assert result.code == 13
    rows = json.loads(result.out)
    assert [(row["evaluation"], row["result"]) for row in rows] == [
        ("Tone", "passed"),
        (NAMES[0], "failed"),
    ]
    assert all(row["run"].startswith("01890a5d-ac96-774b-bcce-b302000008") for row in rows)
    assert replies.generated == [REPORTS[1]["id"], REPORTS[0]["id"]]


@pytest.mark.parametrize("words", [[], ["-o", "json"]])
def test_generate_needs_yes_without_a_terminal(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    result = run(*GATE, NAMES[0], *GENERATE, *words)
    assert (result.code, result.out, server.sent) == (2, "", [])
    assert "add --yes" in result.err


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2)])
def test_generate_asks(server: RecordingServer, typed: str, code: int) -> None:
    replies = Generating(GOOD)
    server.reply(replies)
    words = [*GATE, NAMES[0], *GENERATE, "-o", "json"]
    got, _, err = call(words, is_terminal=True, typed=typed)
    assert (got, len(replies.generated)) == (code, 1 if code == 0 else 0)
    assert "recipients: team@example.com" in err
    assert f"{REPORTS[0]['id']} of 'Answer relevance' now? [y/N]" in " ".join(err.split())


def test_generate_asks_once_for_several(server: RecordingServer) -> None:
    replies = Generating(GOOD, GOOD)
    server.reply(replies)
    words = [*GATE, *NAMES[:2], *GENERATE, "-o", "json"]
    code, _, err = call(words, is_terminal=True, typed="y\n")
    assert (code, len(replies.generated)) == (0, 2)
    assert err.count("[y/N]") == 1
    assert "these 2 evaluation reports now?" in err
    assert err.count("recipients: team@example.com") == 2


def test_without_generate_nothing_is_asked_or_written(server: RecordingServer) -> None:
    server.reply(Generating())
    code, _, err = call([*GATE, NAMES[0], "--min-pass-rate", "90"], is_terminal=True)
    assert (code, err) == (0, "")
    assert {sent.method for sent in server.sent} == {"GET"}


def test_dry_run_shows_each_request_and_judges_nothing(run: Run, server: RecordingServer) -> None:
    server.reply(Generating(BAD, BAD))
    result = run(*GATE, *NAMES[:2], *GENERATE, "--dry-run")
    assert result.code == 0
    assert result.out.count("curl -X POST") == 2
    assert f"/llm_analytics/evaluation_reports/{REPORTS[1]['id']}/generate/" in result.out
    assert [sent.method for sent in server.sent] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("new", "code", "result", "said"),
    [
        (DENIED, 4, "error", "personal API key access"),
        (Reply(500), 8, "error", "may or may not have happened"),
        (None, 7, "unavailable", "no run appeared within"),
        (run_of(content={}, delivery_status="pending"), 7, "unavailable", "still pending"),
        (run_of(delivery_status="pending"), 13, "failed", "pass rate 81.63% is below 90%"),
        (run_of(delivery_status="failed"), 13, "failed", "pass rate 81.63% is below 90%"),
        (run_of(content=UNAVAILABLE), 6, "no_data", "the latest run has no metrics"),
    ],
)
def test_a_report_that_is_not_generated(
    run: Run, server: RecordingServer, new: Any, code: int, result: str, said: str
) -> None:
    server.reply(Generating(new))
    words = [*GENERATE, "--wait-timeout", "0.1", "--yes", "--retries", "0"]
    done = run(*GATE, NAMES[0], *words, "-o", "json")
    [row] = json.loads(done.out)
    assert (done.code, row["result"], row["exit_code"]) == (code, result, code)
    assert said in row["reason"]


def test_a_result_below_a_limit_precedes_a_lost_request(run: Run, server: RecordingServer) -> None:
    server.reply(Generating(Reply(500), BAD))
    result = run(*GATE, *NAMES[:2], *GENERATE, "--yes", "-o", "json")
    assert result.code == 13
    assert [row["exit_code"] for row in json.loads(result.out)] == [8, 13]


@pytest.mark.parametrize("seconds", ["0", "nan", "-1"])
def test_wait_timeout_is_a_time(run: Run, server: RecordingServer, seconds: str) -> None:
    result = run(*GATE, NAMES[0], *GENERATE, "--yes", "--wait-timeout", seconds)
    assert (result.code, server.sent) == (2, [])


def test_wait_timeout_needs_generate(run: Run, server: RecordingServer) -> None:
    result = run(*GATE, NAMES[0], "--min-pass-rate", "90", "--wait-timeout", "9")
    assert (result.code, server.sent) == (2, [])
    assert "--wait-timeout needs --generate" in result.err


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_in_the_sandbox(run: Run) -> None:
    def judged(*words: str) -> tuple[int, str]:
        result = run(*GATE, NAMES[0], *words, "-p", "sandbox", "-o", "json")
        [row] = json.loads(result.out)
        return result.code, row["result"]

    assert judged("--min-pass-rate", "90", "--max-drop", "3", "--max-age", "24h") == (0, "passed")
    assert judged("--min-pass-rate", "99") == (13, "failed")
    assert judged("--min-results", "5000") == (6, "no_data")
    assert judged("--max-age", "1h") == (6, "no_data")
    # It evaluates nothing, so that the new run has no results.
    assert judged("--max-age", "5m", "--generate", "--yes") == (6, "no_data")
