"""The initial objects of the project."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from llmctl.sandbox.models import (
    ClusteringJob,
    Evaluation,
    EvaluationConfig,
    EvaluationReport,
    ProviderKey,
    new_id,
)


def seed(generation: Generation) -> None:
    """Create the three default jobs, an evaluation, and two provider keys, one of them invalid.

    In v3, the evaluation has its report.
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


def create_evaluation(
    generation: Generation, report_id: str | None = None, **fields: Any
) -> Evaluation:
    """Create an evaluation; in v3 with its report, if it can have one."""
    status = "active" if fields.get("enabled") else "paused"
    evaluation = Evaluation.objects.create(**{"status": status, **fields})
    if generation is Generation.V3 and evaluation.supports_reports:
        EvaluationReport.objects.create(id=report_id or new_id(), evaluation=evaluation)
    return evaluation
