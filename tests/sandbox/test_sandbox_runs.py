"""Report runs in v3: their shapes, and generating one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.sandbox.conftest import Ask

pytestmark = pytest.mark.generation("v3")

REPORTS = "evaluation_reports/"
REPORT = f"{REPORTS}{defaults.REPORT_ID}/"
RUNS, GENERATE = f"{REPORT}runs/", f"{REPORT}generate/"


def shown(ask: Ask, shape: str) -> Any:
    """The newest run, of this shape."""
    from llmctl.sandbox.seed import RUN_SHAPES, create_run

    made = create_run(**RUN_SHAPES[shape])
    newest = ask("GET", RUNS).body["results"][0]
    assert newest["id"] == str(made.pk)
    return newest


def test_initial_history(ask: Ask) -> None:
    runs = ask("GET", RUNS).body["results"]
    assert [run["id"] for run in runs] == defaults.RUN_IDS[::-1]
    newest, *others = runs
    assert list(newest) == [
        "id", "report", "content", "metadata", "period_start", "period_end", "delivery_status",
        "delivery_errors", "created_at",
    ]  # fmt: skip
    assert list(newest["content"]) == [
        "evaluation_target", "title", "sections", "citations", "metrics", "generation_status"
    ]  # fmt: skip
    for run, before in zip(runs, others, strict=False):
        now, then = run["content"]["metrics"], before["content"]["metrics"]
        assert now["previous_pass_rate"] == then["pass_rate"]
        assert now["previous_total_runs"] == then["total_runs"]
        assert run["metadata"] == now
    assert newest["content"]["metrics"]["pass_rate"] == 93.69
    assert newest["content"]["sections"][1]["content"].startswith("- Questions with *two parts*")
    assert list(newest["content"]["citations"][0]) == ["generation_id", "trace_id", "reason"]
    age = datetime.now(UTC) - datetime.fromisoformat(newest["created_at"])
    assert timedelta(hours=3) <= age < timedelta(hours=4)
    page = ask("GET", f"{RUNS}?limit=2&offset=5").body
    assert (page["count"], len(page["results"])) == (6, 1)


VERDICTS = {"pass": 90, "fail": 10, "na": 20}
RATES = {"pass": 75.0, "fail": 8.33, "na": 16.67}
ZEROS = {"pass": 0, "fail": 0, "na": 0}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            "complete",
            {
                "output_type": "boolean",
                "total_runs": 120,
                "result_counts": VERDICTS,
                "result_rates": RATES,
                "previous_total_runs": 100,
                "previous_result_counts": {"pass": 95, "fail": 5, "na": 0},
                "previous_result_rates": {"pass": 95.0, "fail": 5.0, "na": 0.0},
                "pass_rate": 90.0,
                "previous_pass_rate": 95.0,
            },
        ),
        ("first", {"pass_rate": 90.0, "previous_pass_rate": None, "previous_total_runs": None}),
        (
            "no applicable result",
            {"total_runs": 30, "result_counts": ZEROS | {"na": 30}, "pass_rate": 0.0},
        ),
        ("no result", {"total_runs": 0, "result_counts": ZEROS, "pass_rate": 0.0}),
        ("all failed", {"total_runs": 30, "pass_rate": 0.0}),
        (
            "previous without applicable result",
            {
                "pass_rate": 90.0,
                "previous_pass_rate": None,
                "previous_total_runs": 5,
                "previous_result_rates": {"pass": 0.0, "fail": 0.0, "na": 100.0},
            },
        ),
        (
            "old counts in content",
            {
                "output_type": "boolean",
                "result_counts": VERDICTS,
                "pass_rate": 90.0,
                "previous_pass_rate": 95.0,
            },
        ),
        (
            "sentiment",
            {
                "result_counts": {"positive": 60, "neutral": 30, "negative": 10},
                "previous_result_rates": {"positive": 50.0, "neutral": 30.0, "negative": 20.0},
            },
        ),
        ("numeric", {"output_type": "numeric", "result_counts": VERDICTS}),
        ("categorical", {"output_type": "categorical", "result_counts": VERDICTS}),
    ],
)
def test_metrics(ask: Ask, shape: str, expected: dict[str, Any]) -> None:
    metrics = shown(ask, shape)["content"]["metrics"]
    assert {name: metrics[name] for name in expected} == expected
    assert ("pass_rate" in metrics) is (metrics["output_type"] == "boolean")
    assert not {"pass_count", "fail_count", "na_count"} & metrics.keys()


@pytest.mark.parametrize(
    ("shape", "counts", "rate"),
    [
        ("metrics only in metadata", VERDICTS, 90.0),
        ("old counts in metadata", VERDICTS, 90.0),
        ("empty metadata", ZEROS, 0.0),
    ],
)
def test_metrics_of_old_runs(ask: Ask, shape: str, counts: dict[str, int], rate: float) -> None:
    run = shown(ask, shape)
    assert run["content"] == {"title": "Old report", "generation_status": "completed"}
    assert (run["metadata"]["result_counts"], run["metadata"]["pass_rate"]) == (counts, rate)


def test_stored_metrics_win(ask: Ask) -> None:
    """What the server does not know stays; rates are completed, not calculated again."""
    from llmctl.sandbox.seed import create_run

    stored = {
        "result_counts": {"pass": 1, "fail": 1},
        "result_rates": {"pass": 49.0},
        "pass_rate": None,
        "previous_result_counts": {"pass": 0},
        "metrics_available": False,
    }
    create_run(content={"metrics": stored})
    metrics = ask("GET", RUNS).body["results"][0]["content"]["metrics"]
    assert metrics["metrics_available"] is False
    assert metrics["result_rates"] == {"pass": 49.0, "fail": 50.0, "na": 0.0}
    assert (metrics["pass_rate"], metrics["previous_pass_rate"]) == (50.0, None)
    assert metrics["previous_result_rates"] is None


def test_metrics_that_are_missing(ask: Ask) -> None:
    run = shown(ask, "metrics unavailable")
    assert run["content"]["metrics"] is None
    assert run["content"]["generation_status"] == "metrics_unavailable"
    assert shown(ask, "no metadata")["metadata"] is None


@pytest.mark.parametrize(
    ("shape", "status", "errors"),
    [
        ("pending", "pending", 0),
        ("delivered", "delivered", 0),
        ("partial failure", "partial_failure", 1),
        ("failed", "failed", 2),
        ("complete", "generated", 0),
    ],
)
def test_delivery(ask: Ask, shape: str, status: str, errors: int) -> None:
    run = shown(ask, shape)
    assert (run["delivery_status"], len(run["delivery_errors"])) == (status, errors)


def slack(channel: str) -> dict[str, Any]:
    return {
        "type": "slack",
        "integration_id": defaults.SLACK_INTEGRATION_ID,
        "channel": channel,
    }


EMAIL = {"type": "email", "value": "a@example.com"}


@pytest.mark.parametrize(
    ("targets", "status"),
    [
        ([], "generated"),
        ([EMAIL], "delivered"),
        ([EMAIL, slack("#evals")], "delivered"),
        ([EMAIL, slack("#missing")], "partial_failure"),
        ([slack("#missing")], "failed"),
    ],
)
def test_generate(ask: Ask, targets: list[dict[str, Any]], status: str) -> None:
    ask("PATCH", REPORT, {"delivery_targets": targets})
    before = ask("GET", RUNS).body["results"]
    started = ask("POST", GENERATE)
    assert (started.status, started.body) == (202, None)
    new, *old = ask("GET", RUNS).body["results"]
    assert old == before
    assert new["delivery_status"] == status
    assert ["channel_not_found" in error for error in new["delivery_errors"]] == (
        [True] if "fail" in status else []
    )
    metrics = new["content"]["metrics"]
    assert (metrics["total_runs"], metrics["pass_rate"]) == (0, 0.0)
    assert new["period_start"] == before[0]["period_end"]
    report = ask("GET", REPORT).body
    assert (report["generated_report_count"], report["last_generated_at"]) == (
        7, new["created_at"]
    )  # fmt: skip
    assert (report["last_delivered_at"] is None) is (status in ("generated", "failed"))


def test_generate_again_in_the_same_minute(ask: Ask) -> None:
    from llmctl.sandbox.models import EvaluationReport

    def requested(ago: timedelta) -> None:
        EvaluationReport.objects.update(last_requested_at=datetime.now(UTC) - ago)

    requested(timedelta(0))
    assert ask("POST", GENERATE).status == 202
    assert ask("GET", RUNS).body["count"] in (6, 7)  # the minute may have passed
    before = ask("GET", RUNS).body["count"]
    requested(timedelta(minutes=1))
    assert ask("POST", GENERATE).status == 202
    assert ask("GET", RUNS).body["count"] == before + 1


def test_runs_created_in_the_profile_sandbox(run: Run, create_run: Any) -> None:
    create_run(counts={"pass": 1}, title="From a test")
    listed = run("evaluation-reports", "get", defaults.REPORT_ID, "-p", "sandbox", "-o", "json")
    assert '"generated_report_count": 7' in listed.out
