"""The initial objects of the project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from llmctl.sandbox.models import (
    ClusteringJob,
    Evaluation,
    EvaluationConfig,
    EvaluationReport,
    EvaluationReportRun,
    ProviderKey,
    new_id,
)
from llmctl.sandbox.report_content import Counts, content, metrics


def seed(generation: Generation) -> None:
    """Create the three default jobs, an evaluation, and two provider keys, one of them invalid.

    In v3, the evaluation has its report, with some runs.
    """
    jobs = {
        "traces": ("trace", defaults.TRACES_JOB_ID),
        "generations": ("generation", defaults.GENERATIONS_JOB_ID),
        "evaluations": ("evaluation", defaults.EVALUATIONS_JOB_ID),
    }
    for name, (level, job_id) in jobs.items():
        ClusteringJob.objects.create(id=job_id, name=f"Default - {name}", analysis_level=level)
    ProviderKey.objects.create(
        id=defaults.INVALID_KEY_ID,
        provider="anthropic",
        name="Old Anthropic",
        state="invalid",
        error_message="Invalid API key",
        secret="sk-ant-invalid-0000-dead",  # noqa: S106 - made up
    )
    active = ProviderKey.objects.create(
        id=defaults.ACTIVE_KEY_ID,
        provider="openai",
        name="Production OpenAI",
        state="ok",
        secret="sk-proj-sandbox-0000-beef",  # noqa: S106 - made up
        last_used_at=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2),
    )
    EvaluationConfig.objects.create(pk=1, active_provider_key=active, trial_evals_used=12)
    create_evaluation(
        generation,
        report_id=defaults.REPORT_ID,
        id=defaults.EVALUATION_ID,
        name="Answer relevance",
        description="Does the answer address the question?",
        enabled=True,
        evaluation_type="llm_judge",
        evaluation_config={"prompt": "Is the answer relevant to the question?"},
        output_type="boolean",
        conditions=[{"id": "all", "rollout_percentage": 100, "properties": []}],
        model_provider="openai",
        model_name="gpt-5-mini",
        provider_key=active,
    )
    if generation is Generation.V3:
        _create_history()


def create_evaluation(
    generation: Generation, report_id: str | None = None, **fields: Any
) -> Evaluation:
    """Create an evaluation; in v3 with its report, if it can have one."""
    status = "active" if fields.get("enabled") else "paused"
    evaluation = Evaluation.objects.create(**{"status": status, **fields})
    if generation is Generation.V3 and evaluation.supports_reports:
        EvaluationReport.objects.create(id=report_id or new_id(), evaluation=evaluation)
    return evaluation


def create_run(
    report: UUID | str = defaults.REPORT_ID,
    *,
    counts: Counts | None = None,
    previous: Counts | None = None,
    output_type: str = "boolean",
    age: timedelta = timedelta(),
    title: str = "Report",
    sections: Mapping[str, str] | None = None,
    citations: list[dict[str, str]] | None = None,
    **fields: Any,
) -> EvaluationReportRun:
    """Create a run of a report, `age` ago, about the day before.

    `counts` and `previous` are numbers of results, for instance `{"pass": 9, "fail": 1, "na": 2}`.
    Without `counts`, the metrics could not be calculated. `sections` are Markdown by title.
    `fields` set any field of the run as it is stored, for instance `delivery_status`, or `content`
    and `metadata` of an old run. RUN_SHAPES has arguments for every shape:

        create_run(report_id, age=timedelta(hours=1), **RUN_SHAPES["no applicable result"])
    """
    now = datetime.now(UTC) - age
    period = (now - timedelta(days=1), now)
    found = None if counts is None else metrics(output_type, counts, period, previous)
    stored = {
        "content": content(title, "generation", found, sections, citations),
        "metadata": found or {},
        "period_start": period[0],
        "period_end": period[1],
        "delivery_status": "generated",
        "created_at": now,
    }
    return EvaluationReportRun.objects.create(report_id=report, **(stored | fields))


_MIXED = {"pass": 90, "fail": 10, "na": 20}

# Arguments of create_run for each shape that a run can have, by name.
RUN_SHAPES: dict[str, dict[str, Any]] = {
    "complete": {"counts": _MIXED, "previous": {"pass": 95, "fail": 5, "na": 0}},
    "first": {"counts": _MIXED},  # nothing to compare with
    "no applicable result": {"counts": {"na": 30}, "previous": _MIXED},  # pass_rate is 0.0
    "no result": {"counts": {}},  # pass_rate is 0.0
    "all failed": {"counts": {"fail": 30}},  # pass_rate is 0.0, but measured
    "previous without applicable result": {"counts": _MIXED, "previous": {"na": 5}},
    "metrics unavailable": {},
    "metrics only in metadata": {
        "content": {"title": "Old report"},
        "metadata": {"total_runs": 120, "result_counts": _MIXED, "pass_rate": 90.0},
    },
    "old counts in metadata": {
        "content": {"title": "Old report"},
        "metadata": {"total_runs": 120, "pass_count": 90, "fail_count": 10, "na_count": 20},
    },
    "old counts in content": {
        "content": {
            "title": "Old report",
            "metrics": {
                "total_runs": 120,
                "pass_count": 90,
                "fail_count": 10,
                "na_count": 20,
                "pass_rate": 90.0,
                "previous_total_runs": 100,
                "previous_pass_rate": 95.0,
            },
        }
    },
    "empty metadata": {"content": {"title": "Old report"}},  # shown as zeros
    "no metadata": {"content": {}, "metadata": None},
    "sentiment": {
        "output_type": "sentiment",
        "counts": {"positive": 60, "neutral": 30, "negative": 10},
        "previous": {"positive": 50, "neutral": 30, "negative": 20},
    },
    "numeric": {"output_type": "numeric", "counts": _MIXED, "previous": _MIXED},
    "categorical": {"output_type": "categorical", "counts": _MIXED},
    "pending": {"counts": _MIXED, "delivery_status": "pending"},
    "delivered": {"counts": _MIXED, "delivery_status": "delivered"},
    "partial failure": {
        "counts": _MIXED,
        "delivery_status": "partial_failure",
        "delivery_errors": ["Failed to send Slack message to #evals: channel_not_found"],
    },
    "failed": {
        "counts": _MIXED,
        "delivery_status": "failed",
        "delivery_errors": [
            "Failed to send Slack message to #evals: channel_not_found",
            "Failed to send email to team@example.com: connection refused",
        ],
    },
    "unknown status": {"counts": _MIXED, "delivery_status": "queued"},
}

# Passed, failed and not applicable, in the order of defaults.RUN_IDS.
_HISTORY = [(106, 6, 4), (101, 8, 5), (110, 5, 3), (98, 9, 7), (92, 12, 6), (104, 7, 5)]
_TITLES = [
    "Steady after the first week",
    "A few more answers miss the question",
    "Best result so far",
    "Follow-up questions are answered less well",
    "Refund questions pull the pass rate down",
    "Refund questions recover after the prompt change",
]
_SECTIONS = {
    "Summary": "The pass rate rose from **88.46%** to **93.69%**. Most of the gain comes from "
    "questions about refunds, which were answered with the general terms before.",
    "What still fails": "- Questions with *two parts*: only the first one is answered.\n"
    "- Questions in another language than the page.\n\n"
    "| Topic | Failed | Before |\n|---|---:|---:|\n| Refunds | 2 | 8 |\n| Delivery | 5 | 4 |",
    "Next step": "1. Add an example with two questions to the prompt.\n"
    "2. Compare again after 100 results.",
}


def _create_history() -> None:
    """Create runs of the initial report, one per day, the last one three hours ago."""
    days = len(_HISTORY)
    since = datetime.now(UTC) - timedelta(days=days + 1)
    for model in (Evaluation, EvaluationReport):
        model._default_manager.update(created_at=since)
    before: Counts | None = None
    for number, (run_id, results, title) in enumerate(
        zip(defaults.RUN_IDS, _HISTORY, _TITLES, strict=True), start=1
    ):
        counts = dict(zip(("pass", "fail", "na"), results, strict=True))
        create_run(
            id=run_id,
            counts=counts,
            previous=before,
            age=timedelta(days=days - number, hours=3),
            title=title,
            sections=_SECTIONS if number == days else {"Summary": f"{title}."},
            citations=_CITATIONS if number == days else [],
        )
        before = counts


_CITATIONS = [
    {
        "generation_id": f"01990000-0000-7000-8000-00000000005{number}",
        "trace_id": f"01990000-0000-7000-8000-00000000006{number}",
        "reason": reason,
    }
    for number, reason in enumerate(("second question ignored", "answered in English"), start=1)
]
