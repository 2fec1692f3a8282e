"""A run of an evaluation report as a document for people."""

from __future__ import annotations

from typing import Any

from llmctl.commands.evaluation_reports.metrics import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    Metrics,
    read_metrics,
)
from llmctl.output import cell_text
from llmctl.output.document import Bar, Document

_STYLES = {
    PASS: "green",
    FAIL: "red",
    NOT_APPLICABLE: "dim",
    "positive": "green",
    "negative": "red",
}


def write_run(document: Document, run: dict[str, Any], evaluation: str) -> None:
    """Write a run: delivery errors first, then what it measured, its sections and citations.

    Every field of its content may be missing, or have another shape than it should.
    """
    content = run.get("content")
    content = content if isinstance(content, dict) else {}
    metrics = read_metrics(run)
    _write_problems(document, run)
    document.title(cell_text(content.get("title")) or "Evaluation report")
    document.fields(
        [
            ("evaluation", evaluation),
            ("period_start", run.get("period_start")),
            ("period_end", run.get("period_end")),
            ("status", run.get("delivery_status")),
            *_measured(metrics),
            ("run", run.get("id")),
        ]
    )
    bars = [
        Bar(
            "N/A" if name == NOT_APPLICABLE else name,
            metrics.rates.get(name),
            metrics.counts.get(name),
            _STYLES.get(name, ""),
        )
        for name in dict.fromkeys([*metrics.counts, *metrics.rates])
    ]
    if bars and metrics.total != 0:
        document.bars(bars)
    for section in _objects(content.get("sections")):
        if section.get("title"):
            document.heading(cell_text(section["title"]))
        text = section.get("content")
        document.markdown(text if isinstance(text, str) else cell_text(text))
    citations = [_citation(each) for each in _objects(content.get("citations"))]
    if citations:
        document.heading("Citations")
        document.numbered(citations)


def delivery_errors(run: dict[str, Any]) -> list[str]:
    """Return why a run was not delivered, or not to everyone."""
    errors = run.get("delivery_errors")
    return [cell_text(each) for each in errors] if isinstance(errors, list) else []


def _write_problems(document: Document, run: dict[str, Any]) -> None:
    status, errors = run.get("delivery_status"), delivery_errors(run)
    if status == "partial_failure":
        document.problem("Not delivered to every recipient", errors)
    elif status == "failed" or errors:
        document.problem("Not delivered", errors)


def _measured(metrics: Metrics) -> list[tuple[str, object]]:
    if not metrics.is_available:
        return [("metrics", "not available")]
    fields: list[tuple[str, object]] = []
    if metrics.total is not None:
        others = metrics.counts.get(NOT_APPLICABLE)
        fields.append(("results", f"{metrics.total} ({others} N/A)" if others else metrics.total))
    if metrics.pass_rate is not None:
        fields.append(("pass_rate", f"{metrics.pass_rate:.1f}%{_change(metrics)}"))
    elif metrics.output_type == "boolean":
        fields.append(("pass_rate", "N/A (no applicable result)"))
    return fields


def _change(metrics: Metrics) -> str:
    if metrics.change is None:
        return ""
    return f" ({metrics.change:+.1f} points, from {metrics.previous_pass_rate:.1f}%)"


def _citation(citation: dict[str, Any]) -> str:
    ids = ", ".join(
        f"{name.removesuffix('_id')} {cell_text(value)}"
        for name, value in citation.items()
        if name.endswith("_id") and value
    )
    reason = cell_text(citation.get("reason"))
    return f"{reason} ({ids})" if reason and ids else reason or ids or cell_text(citation)


def _objects(value: object) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, dict)]
