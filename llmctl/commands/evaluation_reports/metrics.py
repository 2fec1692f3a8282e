"""The metrics of a run of an evaluation report, in every form that servers send them.

Newer servers send `content.metrics` with `result_counts`; older ones `pass_count`, `fail_count` and
`na_count`; still older runs have their metrics in `metadata`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from llmctl.api.compare import as_number, as_time

PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "na"
_OLDER_COUNTS = {PASS: "pass_count", FAIL: "fail_count", NOT_APPLICABLE: "na_count"}
_MOST = 10**15  # results: a larger number is an error
_NOISE = 4  # digits of a rate; the server rounds to 2, the rest is that of binary fractions


class Metrics(NamedTuple):
    """The metrics of a run. None is a value that the server did not send.

    - `is_available`: False if the server could not measure; then all else is unknown.
    - `pass_rate`, `previous_pass_rate`: in percent of the applicable results of the period and of
      the one before. None without an applicable result, though servers then send 0.0.
    - `total`: all results; `applicable`: those other than N/A.
    - `counts`, `rates`: how many results, and which percentage of them, by result.
    - `period_end`: with a time zone.
    """

    output_type: str
    is_available: bool
    pass_rate: float | None
    previous_pass_rate: float | None
    total: int | None
    applicable: int | None
    counts: dict[str, int]
    rates: dict[str, float]
    period_end: datetime | None

    @property
    def change(self) -> float | None:
        """The pass rate's change from the period before, in percentage points."""
        if self.pass_rate is None or self.previous_pass_rate is None:
            return None
        return round(self.pass_rate - self.previous_pass_rate, _NOISE)


def read_metrics(run: dict[str, Any]) -> Metrics:
    """Return the metrics of a run as the API sent it. Values that cannot be right are unknown."""
    content = _object(run.get("content"))
    sent = _object(content.get("metrics")) or _object(run.get("metadata"))
    is_available = (
        bool(sent)
        and sent.get("metrics_available") is not False
        and content.get("generation_status") != "metrics_unavailable"
    )
    measured = sent if is_available else {}
    output_type = sent.get("output_type")
    if not isinstance(output_type, str) or not output_type:
        output_type = "boolean"
    period = _read_period(measured, output_type)
    before = _read_period(measured, output_type, "previous_")
    return Metrics(
        output_type,
        is_available,
        period.pass_rate,
        before.pass_rate,
        period.total,
        period.applicable,
        period.counts,
        period.rates,
        _time(run.get("period_end")) or _time(sent.get("period_end")),
    )


class _Period(NamedTuple):
    total: int | None
    applicable: int | None
    counts: dict[str, int]
    rates: dict[str, float]
    pass_rate: float | None


def _read_period(sent: dict[str, Any], output_type: str, prefix: str = "") -> _Period:
    """Return the results of the run's period, or of the one before if the fields have a prefix."""
    counts = {
        name: count
        for name, value in _object(sent.get(f"{prefix}result_counts")).items()
        if (count := _count(value)) is not None
    }
    if not counts and not prefix:
        older = {name: _count(sent.get(field)) for name, field in _OLDER_COUNTS.items()}
        counts = {name: count for name, count in older.items() if count is not None}
    total = _count(sent.get(f"{prefix}total_runs"))
    if output_type == "boolean" and {*counts} <= {*_OLDER_COUNTS} and total == sum(counts.values()):
        counts = dict.fromkeys(_OLDER_COUNTS, 0) | counts  # it is complete: what is left out is 0
    if total is None and counts:
        total = sum(counts.values())
    rates = {
        name: rate
        for name, value in _object(sent.get(f"{prefix}result_rates")).items()
        if (rate := _rate(value)) is not None
    }
    if not rates and any(counts.values()):
        results = sum(counts.values())
        rates = {name: round(100 * count / results, 2) for name, count in counts.items()}
    applicable = _applicable(counts, total, output_type)
    pass_rate = _rate(sent.get(f"{prefix}pass_rate"))
    if pass_rate is None and applicable and PASS in counts and FAIL in counts:
        pass_rate = round(100 * counts[PASS] / applicable, 2)
    # Without an applicable result servers send 0.0, which is also the rate if all results failed.
    if applicable == 0 or (applicable is None and not pass_rate and not rates.get(FAIL)):
        pass_rate = None
    return _Period(total, applicable, counts, rates, pass_rate)


def _applicable(counts: dict[str, int], total: int | None, output_type: str) -> int | None:
    """Return how many results are other than N/A; None if unknown."""
    if PASS in counts and FAIL in counts:
        return counts[PASS] + counts[FAIL]
    if total == 0:
        return 0
    if total is None or output_type == "boolean" or not counts:
        return None
    # Results of other types: several categories may apply to one, so the total counts.
    return max(total - counts.get(NOT_APPLICABLE, 0), 0)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    number = as_number(value)
    if number is None or not 0 <= number <= _MOST or number != number.to_integral_value():
        return None
    return int(number)


def _rate(value: object) -> float | None:
    number = as_number(value)
    return None if number is None or not 0 <= number <= 100 else round(float(number), _NOISE)


def _time(value: object) -> datetime | None:
    return as_time(value) if isinstance(value, str) else None
