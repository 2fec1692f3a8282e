"""The rules of `gate`, and the check of a run against them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from llmctl.commands.evaluation_reports.metrics import Metrics, read_metrics
from llmctl.output.text import counted

_SKEW = timedelta(hours=1)  # by which the clocks of a server may differ


class Rules(NamedTuple):
    """The rules that were given; None for the others.

    Rates in percent, drops in percentage points. `min_results` counts applicable results.
    """

    min_pass_rate: float | None = None
    max_drop: float | None = None
    min_results: int | None = None
    max_age: timedelta | None = None


class Verdict(StrEnum):
    """The verdict on a run: below a limit is failed; too few, too old or no results is no data."""

    PASSED = "passed"
    FAILED = "failed"
    NO_DATA = "no_data"


class Unmet(NamedTuple):
    """A rule that is not met. `value` is what was measured: None if that is not known.

    `is_failure`: measured, and below the limit. `text` says so; it is empty if a reason that
    concerns the whole run says it already.
    """

    rule: str
    limit: float
    value: float | None
    text: str
    is_failure: bool = False


class Judgement(NamedTuple):
    """The verdict on a run, with its reasons and the measured values: None without a run."""

    verdict: Verdict
    reasons: tuple[str, ...]
    unmet: tuple[Unmet, ...]
    metrics: Metrics | None
    age: timedelta | None


def judge(run: dict[str, Any] | None, rules: Rules, now: datetime) -> Judgement:
    """Check the latest run of a report; `run` is None if there is none.

    The rate of too few or too old results does not count: there is no data. Delivery does not
    matter.
    """
    metrics = None if run is None else read_metrics(run)
    age = None
    if metrics is not None and metrics.period_end is not None:
        age = now - metrics.period_end
    missing = _missing(run, metrics)
    unfit = [*_too_few(rules, metrics), *_too_old(rules, age)]
    age = None if age is None or age < -_SKEW else max(age, timedelta(0))
    measured = [*_too_low(rules, metrics), *_too_much_lower(rules, metrics)]
    failures = [each for each in measured if each.is_failure]
    if missing or unfit:
        verdict = Verdict.NO_DATA
    elif failures:
        verdict = Verdict.FAILED
    else:
        verdict = Verdict.NO_DATA if measured else Verdict.PASSED
    unmet = (*unfit, *sorted(measured, key=lambda each: not each.is_failure))
    texts = [missing, *(each.text for each in unmet if each.value is not None or not missing)]
    return Judgement(verdict, tuple(text for text in texts if text), unmet, metrics, age)


def duration(time: timedelta) -> str:
    """Return a time in its two largest units: `45m`, `30h 12m`, `2d 6h`."""
    minutes = int(time.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    parts = {"h": hours, "m": minutes % 60} if hours < 48 else {"d": days, "h": hours % 24}
    return " ".join(f"{number}{unit}" for unit, number in parts.items() if number) or "0m"


def _missing(run: dict[str, Any] | None, metrics: Metrics | None) -> str:
    """Return why there is nothing to judge; empty if there is."""
    if run is None or metrics is None:
        return "the report has no runs"
    if not metrics.is_available:
        if run.get("delivery_status") == "pending":
            return "the latest run is still pending"
        return "the latest run has no metrics"
    if metrics.total == 0:
        return "no results in the period"
    return "all results are N/A" if metrics.applicable == 0 else ""


def _too_few(rules: Rules, metrics: Metrics | None) -> list[Unmet]:
    least = rules.min_results
    found = None if metrics is None else metrics.applicable
    if least is None or (found is not None and found >= least):
        return []
    text = "the number of applicable results is unknown"
    if found is not None:
        text = f"{counted(found, 'result')}, fewer than {least}"
    return [Unmet("min_results", least, found, text)]


def _too_old(rules: Rules, age: timedelta | None) -> list[Unmet]:
    most = rules.max_age
    if most is None or (age is not None and -_SKEW <= age <= most):
        return []
    text, seconds = "the end of the period is unknown", None
    if age is not None and age < -_SKEW:
        text = "the period ends in the future"
    elif age is not None:
        text = f"the period ended {duration(age)} ago, more than {duration(most)}"
        seconds = int(age.total_seconds())
    return [Unmet("max_age", int(most.total_seconds()), seconds, text)]


def _too_low(rules: Rules, metrics: Metrics | None) -> list[Unmet]:
    least = rules.min_pass_rate
    found = None if metrics is None else metrics.pass_rate
    if least is None or (found is not None and found >= least):
        return []
    if found is None:
        return [Unmet("min_pass_rate", least, None, _no_rate(metrics))]
    text = f"pass rate {found:g}% is below {least:g}%"
    return [Unmet("min_pass_rate", least, found, text, is_failure=True)]


def _too_much_lower(rules: Rules, metrics: Metrics | None) -> list[Unmet]:
    most = rules.max_drop
    change = None if metrics is None else metrics.change
    if most is None or (change is not None and -change <= most):
        return []
    if metrics is None or change is None:
        text = "no pass rate for the previous period"
        if metrics is None or metrics.pass_rate is None:
            text = "" if rules.min_pass_rate is not None else _no_rate(metrics)
        return [Unmet("max_drop", most, None, text)]
    text = (
        f"pass rate fell by {-change:g} points, more than {most:g}: "
        f"from {metrics.previous_pass_rate:g}% to {metrics.pass_rate:g}%"
    )
    return [Unmet("max_drop", most, -change, text, is_failure=True)]


def _no_rate(metrics: Metrics | None) -> str:
    if metrics is None or metrics.output_type == "boolean":
        return "the latest run has no pass rate"
    return f"{metrics.output_type} results have no pass rate"
