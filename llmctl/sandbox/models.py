"""The data of the project: one model per resource."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from llmctl.sandbox.report_content import content, delivery, metrics
from llmctl.sandbox.schedule import next_delivery


def new_id() -> uuid.UUID:
    """Return a UUID version 7, which sorts by time, as the server does."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64 | 2 << 62
    return uuid.UUID(int=value | random & (1 << 62) - 1)


class ClusteringConfig(models.Model):
    """The event filters of the automated clustering; a single row."""

    event_filters = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class ClusteringJob(models.Model):
    """A clustering job, with a name that is unique in the project."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=100)
    analysis_level = models.CharField(
        max_length=20, choices=[(level, level) for level in ("trace", "generation", "evaluation")]
    )
    event_filters = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="unique_job_name")]
        ordering = ["created_at", "id"]


class ProviderKey(models.Model):
    """A key of an LLM provider."""

    id = models.UUIDField(primary_key=True, default=new_id)
    provider = models.CharField(max_length=50)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=20, default="unknown")
    error_message = models.TextField(null=True)
    secret = models.TextField()
    azure_endpoint = models.URLField(null=True)
    api_version = models.CharField(max_length=20, null=True)
    base_url = models.URLField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]


class EvaluationConfig(models.Model):
    """Trial counters and the active provider key; a single row."""

    trial_eval_limit = models.IntegerField(default=100)
    trial_evals_used = models.IntegerField(default=0)
    active_provider_key = models.ForeignKey(ProviderKey, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class LLMCaller(models.Model):
    """An object that calls an LLM, with its model and the provider key it is pinned to, if any."""

    model_provider = models.CharField(max_length=50, null=True)
    model_name = models.CharField(max_length=100, null=True)
    provider_key = models.ForeignKey(ProviderKey, null=True, on_delete=models.SET_NULL)

    class Meta:
        abstract = True

    @property
    def model_configuration(self) -> dict[str, Any] | None:
        """Provider, model and pinned key, or None if no model is set."""
        if self.model_provider is None:
            return None
        return {
            "provider": self.model_provider,
            "model": self.model_name,
            "provider_key_id": self.provider_key_id,
            "provider_key_name": self.provider_key and self.provider_key.name,
        }

    def set_model_configuration(self, values: dict[str, Any] | None) -> None:
        """Replace model and pinned key as a whole. Raise KeyError without provider or model."""
        self.model_provider = values["provider"] if values else None
        self.model_name = values["model"] if values else None
        self.provider_key_id = values.get("provider_key_id") if values else None


class EvaluationDirectory(models.Model):
    """A directory of evaluations, in v3. Directories are not nested."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=400)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]


# In v3, the output types that can have reports, by target. A score needs a passing rule.
_SCORES = ("numeric", "categorical")
_REPORTABLE = {
    "generation": ("boolean", "sentiment", *_SCORES),
    "trace": ("boolean", *_SCORES),
    "session": ("boolean", *_SCORES),
}


class Evaluation(LLMCaller):
    """An evaluation."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=400)
    description = models.TextField(default="", blank=True)
    directory = models.ForeignKey(
        EvaluationDirectory, null=True, on_delete=models.SET_NULL, related_name="evaluations"
    )
    enabled = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="active")
    status_reason = models.CharField(max_length=50, null=True)
    status_reason_detail = models.TextField(null=True)
    evaluation_type = models.CharField(max_length=50)
    evaluation_config = models.JSONField(default=dict)
    output_type = models.CharField(max_length=50)
    output_config = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    target = models.CharField(max_length=20, default="generation")
    target_config = models.JSONField(default=dict)
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    @property
    def supports_reports(self) -> bool:
        """True if it can have reports, in v3."""
        has_rule = self.output_type not in _SCORES or self.output_config.get("passing_rule")
        return bool(has_rule) and self.output_type in _REPORTABLE.get(self.target, ())

    @staticmethod
    def reportable(prefix: str) -> Q:
        """Return the query for `supports_reports`, for fields with a prefix."""
        scores = Q(**{f"{prefix}output_type__in": _SCORES})
        has_rule = Q(**{f"{prefix}output_config__has_key": "passing_rule"})
        found = Q()
        for target, outputs in _REPORTABLE.items():
            found |= Q(**{f"{prefix}target": target, f"{prefix}output_type__in": outputs})
        return found & (~scores | has_rule & ~Q(**{f"{prefix}output_config__passing_rule": None}))

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Start (`active`), pause or stop (`error`) it, as v3 does."""
        self.status, self.status_reason, self.status_reason_detail = status, reason, None
        self.enabled = status == "active"
        self.save()
        self.disable_reports()

    def disable_reports(self) -> None:
        """Disable its reports if it does not run, and delete them with it, as v3 does."""
        reports = EvaluationReport.objects.filter(evaluation=self, deleted=False)
        if self.deleted:
            reports.update(deleted=True, enabled=False)
        elif not self.enabled:
            reports.update(enabled=False)


_SCHEDULE_FIELDS = ("frequency", "rrule", "starts_at", "timezone_name")


class EvaluationReport(models.Model):
    """The schedule and the recipients of reports about an evaluation."""

    id = models.UUIDField(primary_key=True, default=new_id)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE)
    frequency = models.CharField(
        max_length=20,
        default="every_n",
        choices=[(name, name) for name in ("scheduled", "every_n")],
    )
    rrule = models.TextField(default="", blank=True)
    starts_at = models.DateTimeField(null=True)
    timezone_name = models.CharField(max_length=64, default="UTC")
    next_delivery_date = models.DateTimeField(null=True)
    delivery_targets = models.JSONField(default=list)
    max_sample_size = models.IntegerField(default=200)
    enabled = models.BooleanField(default=True)
    deleted = models.BooleanField(default=False)
    last_delivered_at = models.DateTimeField(null=True)
    report_prompt_guidance = models.TextField(default="", blank=True)
    trigger_threshold = models.IntegerField(null=True, default=100)
    cooldown_minutes = models.IntegerField(default=60)
    daily_run_cap = models.IntegerField(default=10)
    created_by = models.IntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_requested_at = models.DateTimeField(null=True)  # not part of the API

    class Meta:
        ordering = ["-created_at", "-id"]

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._stored_schedule = None if self._state.adding else self._schedule()

    def _schedule(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _SCHEDULE_FIELDS)

    def save(self, *args: Any, **options: Any) -> None:
        """Save; compute the next delivery if there is none or the schedule changed."""
        if self.next_delivery_date is None or self._schedule() != self._stored_schedule:
            self.next_delivery_date = None
            if self.frequency == "scheduled" and self.rrule and self.starts_at:
                self.next_delivery_date = next_delivery(
                    self.rrule, self.starts_at, self.timezone_name
                )
        super().save(*args, **options)
        self._stored_schedule = self._schedule()

    def restart(self) -> None:
        """Start counting again, after a time in which the evaluation could have no reports."""
        self.last_delivered_at = self.next_delivery_date = None
        if self.frequency == "every_n":
            self.starts_at = datetime.now(UTC)
        self.save()

    def generate(self) -> None:
        """Generate and deliver a report, unless one was requested in this minute (UTC).

        It has no results: the sandbox runs no evaluations.
        """
        now = datetime.now(UTC)
        minute = now.replace(second=0, microsecond=0)
        if self.last_requested_at and self.last_requested_at >= minute:
            return
        last = self.runs.first()
        start = last.period_end if last else self.created_at
        empty = metrics(self.evaluation.output_type, {}, (start, now))
        status, errors = delivery(self.delivery_targets)
        self.runs.create(
            content=content("No results in this period", self.evaluation.target, empty),
            metadata=empty,
            period_start=start,
            period_end=now,
            delivery_status=status,
            delivery_errors=errors,
            created_at=now,
        )
        delivered = {} if status in ("generated", "failed") else {"last_delivered_at": now}
        EvaluationReport.objects.filter(pk=self.pk).update(last_requested_at=now, **delivered)


class EvaluationReportRun(models.Model):
    """A generated report."""

    id = models.UUIDField(primary_key=True, default=new_id)
    report = models.ForeignKey(EvaluationReport, on_delete=models.CASCADE, related_name="runs")
    content = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict, null=True)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    delivery_status = models.CharField(max_length=20, default="pending")
    delivery_errors = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]


class Tagger(LLMCaller):
    """A tagger."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=400)
    description = models.TextField(default="")
    enabled = models.BooleanField(default=False)
    tagger_type = models.CharField(max_length=20, default="llm")
    tagger_config = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
