"""The content of a generated report. It has no results: the sandbox runs no evaluations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_RESULTS = {
    "boolean": ("pass", "fail", "na"),
    "sentiment": ("positive", "neutral", "negative"),
}


def empty_report(output_type: str, target: str, start: datetime, end: datetime) -> dict[str, Any]:
    """Return the content of a report about a period without results."""
    results = _RESULTS.get(output_type, ())
    metrics: dict[str, Any] = {
        "output_type": output_type,
        "total_runs": 0,
        "result_counts": dict.fromkeys(results, 0),
        "result_rates": dict.fromkeys(results, 0.0),
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "previous_total_runs": None,
        "previous_result_counts": None,
        "previous_result_rates": None,
    }
    if output_type == "boolean":
        metrics |= {"pass_rate": 0.0, "previous_pass_rate": None}
    return {
        "evaluation_target": target,
        "title": "No results in this period",
        "sections": [],
        "citations": [],
        "generation_status": "completed",
        "metrics": metrics,
    }
