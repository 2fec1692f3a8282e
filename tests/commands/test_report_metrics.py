"""The metrics of report runs, in every form that servers send them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.commands.evaluation_reports.metrics import Metrics, read_metrics
from llmctl.safe import strict_json

END = "2026-07-02T00:00:00Z"
BOOLEAN: dict[str, Any] = {
    "output_type": "boolean",
    "total_runs": 100,
    "result_counts": {"pass": 80, "fail": 18, "na": 2},
    "result_rates": {"pass": 80.0, "fail": 18.0, "na": 2.0},
    "period_start": "2026-07-01T00:00:00+00:00",
    "period_end": "2026-07-02T00:00:00+00:00",
    "previous_total_runs": 90,
    "previous_result_counts": {"pass": 60, "fail": 20, "na": 10},
    "previous_result_rates": {"pass": 66.67, "fail": 22.22, "na": 11.11},
    "pass_rate": 81.63,
    "previous_pass_rate": 75.0,
}
NO_COUNTS = {"pass": 0, "fail": 0, "na": 0}
OLDER: dict[str, Any] = {
    "total_runs": 100,
    "pass_count": 80,
    "fail_count": 18,
    "na_count": 2,
    "pass_rate": 81.63,
    "period_start": "",
    "period_end": "",
    "previous_total_runs": 90,
    "previous_pass_rate": 75.0,
}


def measured(metrics: dict[str, Any], **others: Any) -> Metrics:
    """Return the metrics of a run whose content has `metrics`."""
    return read_metrics({"content": {"metrics": metrics}, "period_end": END, **others})


def test_a_boolean_evaluation() -> None:
    metrics = measured(BOOLEAN)
    assert metrics == read_metrics({"content": {}, "metadata": BOOLEAN, "period_end": END})
    assert metrics.output_type == "boolean"
    assert metrics.is_available
    assert (metrics.pass_rate, metrics.previous_pass_rate, metrics.change) == (81.63, 75.0, 6.63)
    assert (metrics.total, metrics.applicable) == (100, 98)
    assert metrics.counts == {"pass": 80, "fail": 18, "na": 2}
    assert metrics.rates == {"pass": 80.0, "fail": 18.0, "na": 2.0}
    assert metrics.period_end == datetime(2026, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize("place", ["content", "metadata"])
def test_an_older_run_has_a_count_for_each_result(place: str) -> None:
    run = {"content": {"metrics": OLDER}} if place == "content" else {"metadata": OLDER}
    metrics = read_metrics({**run, "period_end": END})
    assert metrics == measured(OLDER)
    assert (metrics.pass_rate, metrics.change, metrics.applicable) == (81.63, 6.63, 98)
    assert metrics.counts == {"pass": 80, "fail": 18, "na": 2}
    assert metrics.rates == {"pass": 80.0, "fail": 18.0, "na": 2.0}


@pytest.mark.parametrize(
    "run",
    [
        {"content": {"metrics": None, "generation_status": "metrics_unavailable"}},
        {
            "content": {"metrics": None, "generation_status": "metrics_unavailable"},
            "metadata": {**BOOLEAN, "total_runs": 0, "result_counts": NO_COUNTS, "pass_rate": 0.0},
        },
        {"content": {"metrics": {**BOOLEAN, "metrics_available": False}}},
        {"content": {"metrics": None}, "metadata": None},
        {"content": {}, "metadata": {}},
        {"content": None},
        {},
    ],
)
def test_without_metrics_nothing_is_known_but_the_period(run: dict[str, Any]) -> None:
    metrics = read_metrics({**run, "period_end": END})
    assert not metrics.is_available
    assert metrics.pass_rate is metrics.previous_pass_rate is metrics.change is None
    assert metrics.total is metrics.applicable is None
    assert (metrics.counts, metrics.rates) == ({}, {})
    assert metrics.period_end == datetime(2026, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "results",
    [
        {"total_runs": 0, "result_counts": NO_COUNTS},
        {"total_runs": 3, "result_counts": {"pass": 0, "fail": 0, "na": 3}},
        {"total_runs": 0, "result_counts": None, "result_rates": None},
        {"total_runs": 5, "result_counts": None, "result_rates": None},  # all failed, or all N/A
    ],
)
def test_a_rate_of_zero_without_an_applicable_result_is_none(results: dict[str, Any]) -> None:
    metrics = measured({**BOOLEAN, **results, "pass_rate": 0.0})
    assert metrics.is_available
    assert metrics.pass_rate is None
    assert metrics.change is None
    assert not metrics.applicable


def test_a_rate_of_zero_is_one_if_results_failed() -> None:
    counts = {"pass": 0, "fail": 4, "na": 0}
    assert measured({**BOOLEAN, "result_counts": counts, "pass_rate": 0.0}).pass_rate == 0.0
    without_counts = {"total_runs": 4, "result_rates": {"fail": 100.0}, "pass_rate": 0.0}
    assert measured(without_counts).pass_rate == 0.0


@pytest.mark.parametrize(
    "previous",
    [
        {"previous_result_counts": {"pass": 0, "fail": 0, "na": 9}, "previous_pass_rate": 0.0},
        {"previous_total_runs": 0, "previous_result_counts": None, "previous_pass_rate": 0.0},
        {
            "previous_total_runs": None,
            "previous_result_counts": None,
            "previous_result_rates": None,
            "previous_pass_rate": None,
        },
    ],
)
def test_without_an_applicable_result_before_there_is_no_change(previous: dict[str, Any]) -> None:
    metrics = measured({**BOOLEAN, **previous})
    assert metrics.pass_rate == 81.63
    assert metrics.previous_pass_rate is metrics.change is None


def test_rates_that_the_server_left_out_come_from_the_counts() -> None:
    sent = ("output_type", "total_runs", "result_counts", "previous_result_counts")
    metrics = measured({name: BOOLEAN[name] for name in sent})
    assert (metrics.pass_rate, metrics.previous_pass_rate) == (81.63, 75.0)
    assert metrics.rates == BOOLEAN["result_rates"]


def test_a_rate_without_counts() -> None:
    metrics = measured({"total_runs": 100, "pass_rate": 81.5})
    assert (metrics.pass_rate, metrics.applicable, metrics.total) == (81.5, None, 100)


@pytest.mark.parametrize(
    ("counts", "rate", "applicable"),
    [
        ({"pass": 4}, 100.0, 4),
        ({"fail": 4}, 0.0, 4),
        ({"na": 4}, None, 0),
        ({"pass": 3, "na": 1}, 100.0, 3),
        ({"pass": 3}, None, None),  # one is missing
        ({"other": 4}, None, None),
    ],
)
def test_a_result_that_complete_counts_leave_out_is_zero(
    counts: dict[str, int], rate: float | None, applicable: int | None
) -> None:
    metrics = measured({"total_runs": 4, "result_counts": counts})
    assert (metrics.pass_rate, metrics.applicable) == (rate, applicable)
    assert metrics.counts.items() >= counts.items()
    before = {"previous_total_runs": 4, "previous_result_counts": counts}
    assert measured({**BOOLEAN, **before, "previous_pass_rate": rate}).previous_pass_rate == rate


def test_sentiment_has_no_pass_rate() -> None:
    counts = {"positive": 2, "neutral": 1, "negative": 1}
    metrics = measured({"output_type": "sentiment", "total_runs": 4, "result_counts": counts})
    assert metrics.output_type == "sentiment"
    assert metrics.pass_rate is None
    assert (metrics.total, metrics.applicable) == (4, 4)
    assert metrics.rates == {"positive": 50.0, "neutral": 25.0, "negative": 25.0}


@pytest.mark.parametrize("output_type", ["numeric", "categorical"])
def test_other_types_have_a_pass_rate_if_the_server_sends_one(output_type: str) -> None:
    sent = {
        "output_type": output_type,
        "total_runs": 10,
        "result_counts": {"tone": 6, "length": 5, "na": 2},
    }
    metrics = measured(sent)
    assert (metrics.pass_rate, metrics.applicable) == (None, 8)
    assert measured({**sent, "pass_rate": 75, "previous_pass_rate": 80}).change == -5


@pytest.mark.parametrize("output_type", ["numeric", "categorical"])
def test_other_types_have_a_pass_rate_if_results_pass_and_fail(output_type: str) -> None:
    counts = {"pass": 6, "fail": 2, "na": 2}
    metrics = measured({"output_type": output_type, "total_runs": 10, "result_counts": counts})
    assert (metrics.pass_rate, metrics.applicable) == (75.0, 8)


def test_noise_of_binary_fractions_is_rounded_away() -> None:
    metrics = measured({**BOOLEAN, "pass_rate": 89.99999999999999})
    assert metrics.pass_rate == 90.0
    assert measured({**BOOLEAN, "pass_rate": 87.1, "previous_pass_rate": 90.1}).change == -3


def test_numbers_are_read_as_json_has_them() -> None:
    sent = strict_json.parse('{"total_runs": 1E1, "pass_rate": 81.50, "pass_count": -0}')
    metrics = measured(sent)
    assert (metrics.total, metrics.pass_rate, metrics.counts) == (10, 81.5, {"pass": 0})


@pytest.mark.parametrize("bad", [None, "many", "", [], {}, True, -1, 10**40, "1e999999999", 1e300])
def test_values_that_cannot_be_right_are_unknown(bad: Any) -> None:
    metrics = measured(
        {
            "output_type": bad,
            "total_runs": bad,
            "result_counts": {"pass": bad, "fail": bad},
            "result_rates": bad,
            "pass_rate": bad,
            "previous_pass_rate": bad,
            "period_end": bad,
        },
        period_end=bad,
    )
    assert metrics.pass_rate is metrics.total is metrics.applicable is None
    assert metrics.period_end is None
    assert metrics.counts == metrics.rates == {}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=4), SCALARS)
RESULTS = st.dictionaries(st.sampled_from(["pass", "fail", "na", "tone"]), SCALARS)
SENT = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys((*BOOLEAN, *OLDER, "metrics_available"), ANYTHING | RESULTS),
)
CONTENT = st.fixed_dictionaries({}, optional={"metrics": SENT, "generation_status": ANYTHING})


@given(content=CONTENT | ANYTHING, metadata=SENT | ANYTHING, end=ANYTHING)
def test_whatever_a_server_sends_is_read(content: Any, metadata: Any, end: Any) -> None:
    metrics = read_metrics({"content": content, "metadata": metadata, "period_end": end})
    for rate in (metrics.pass_rate, metrics.previous_pass_rate, *metrics.rates.values()):
        assert rate is None or 0 <= rate <= 100
    for count in (metrics.total, metrics.applicable, *metrics.counts.values()):
        assert count is None or count >= 0
    assert metrics.pass_rate is None or metrics.applicable != 0
    assert metrics.period_end is None or metrics.period_end.tzinfo is not None
