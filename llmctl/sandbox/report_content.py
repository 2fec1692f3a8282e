"""The content of report runs. What older versions stored is shown in today's fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

UNAVAILABLE = "metrics_unavailable"

_VERDICTS = ("pass", "fail", "na")
_LABELS = {
    "boolean": _VERDICTS,
    "numeric": _VERDICTS,
    "categorical": _VERDICTS,
    "sentiment": ("positive", "neutral", "negative"),
}

Counts = Mapping[str, int]


def metrics(
    output_type: str,
    counts: Counts,
    period: tuple[datetime, datetime],
    previous: Counts | None = None,
) -> dict[str, Any]:
    """Return the metrics of a period. Only those of booleans have a pass rate.

    `counts` has a number for each result (`pass`, `fail`, `na`; `positive`, `neutral`, `negative`),
    0 by default; `previous` are those of the period before.
    """
    stored: dict[str, Any] = {
        "output_type": output_type,
        "total_runs": sum(counts.values()),
        "result_counts": dict(counts),
        "period_start": period[0].isoformat(),
        "period_end": period[1].isoformat(),
    }
    if previous is not None:
        stored["previous_total_runs"] = sum(previous.values())
        stored["previous_result_counts"] = dict(previous)
    return shown_metrics(stored)


def shown_metrics(stored: dict[str, Any]) -> dict[str, Any]:
    """Return stored metrics as the server shows them: complete, in today's fields.

    Old ones have counts as `pass_count`, `fail_count` and `na_count`; nothing at all is shown as
    zeros. Fields that the server does not know stay as they are.
    """
    output_type = stored.get("output_type", "boolean")
    counts = stored.get("result_counts") or {
        label: stored.get(f"{label}_count", 0) for label in _VERDICTS
    }
    counts = _complete(output_type, counts)
    previous = stored.get("previous_result_counts")
    previous = None if previous is None else _complete(output_type, previous)
    shown = {
        "output_type": output_type,
        "total_runs": stored.get("total_runs", 0),
        "result_counts": counts,
        "result_rates": _rates(counts) | (stored.get("result_rates") or {}),
        "period_start": stored.get("period_start", ""),
        "period_end": stored.get("period_end", ""),
        "previous_total_runs": stored.get("previous_total_runs"),
        "previous_result_counts": previous,
        "previous_result_rates": stored.get("previous_result_rates"),
    }
    if shown["previous_result_rates"] is None and previous and any(previous.values()):
        shown["previous_result_rates"] = _rates(previous)
    if output_type == "boolean":
        rates = {
            "pass_rate": _pass_rate(counts) or 0.0,
            "previous_pass_rate": _pass_rate(previous or {}),
        }
        for name, rate in rates.items():
            shown[name] = rate if stored.get(name) is None else stored[name]
    known = {*shown, *(f"{label}_count" for label in _VERDICTS), "pass_rate", "previous_pass_rate"}
    return {name: value for name, value in stored.items() if name not in known} | shown


def shown_content(stored: dict[str, Any]) -> dict[str, Any]:
    """Return stored content as the server shows it, with the status of its metrics."""
    if stored.get("generation_status") == UNAVAILABLE:
        return stored | {"metrics": None}
    shown = stored | {"generation_status": "completed"}
    if stored.get("metrics") is not None:
        shown["metrics"] = shown_metrics(stored["metrics"])
    return shown


def _complete(output_type: str, counts: Counts) -> dict[str, int]:
    return {label: counts.get(label, 0) for label in _LABELS[output_type]}


def _rates(counts: Counts) -> dict[str, float]:
    total = sum(counts.values())
    return {label: _percent(count, total) or 0.0 for label, count in counts.items()}


def _pass_rate(counts: Counts) -> float | None:
    """Return the percentage of passes, or None if no result was applicable."""
    passed = counts.get("pass", 0)
    return _percent(passed, passed + counts.get("fail", 0))


def _percent(part: int, total: int) -> float | None:
    return round(part / total * 100, 2) if total else None


def content(
    title: str,
    target: str = "generation",
    metrics: dict[str, Any] | None = None,
    sections: Mapping[str, str] | None = None,
    citations: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Return the content of a run; without `metrics`, it could not calculate them.

    `sections` are Markdown by title.
    """
    return {
        "evaluation_target": target,
        "title": title,
        "sections": [
            {"title": heading, "content": text} for heading, text in (sections or {}).items()
        ],
        "citations": citations or [],
        "metrics": metrics,
        "generation_status": UNAVAILABLE if metrics is None else "completed",
    }


def delivery(targets: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Return the status and the errors of the simulated delivery.

    A Slack channel that contains `missing` does not exist; all other targets are reached.
    """
    errors = [
        f"Failed to send Slack message to {channel}: The request to the Slack API failed. "
        "The server responded with: {'ok': False, 'error': 'channel_not_found'}"
        for channel in (str(target.get("channel", "")) for target in targets)
        if "missing" in channel
    ]
    if not targets:
        return "generated", []
    if not errors:
        return "delivered", []
    return "failed" if len(errors) == len(targets) else "partial_failure", errors
