"""The data of the project: one model per resource."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

from django.db import models

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


class Evaluation(models.Model):
    """An evaluation, and the provider key that it is pinned to, if any."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=400)
    description = models.TextField(default="")
    enabled = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="active")
    status_reason = models.CharField(max_length=50, null=True)
    evaluation_type = models.CharField(max_length=50)
    evaluation_config = models.JSONField(default=dict)
    output_type = models.CharField(max_length=50)
    output_config = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    target = models.CharField(max_length=20, default="generation")
    target_config = models.JSONField(default=dict)
    model_provider = models.CharField(max_length=50, null=True)
    model_name = models.CharField(max_length=100, null=True)
    provider_key = models.ForeignKey(ProviderKey, null=True, on_delete=models.SET_NULL)
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]


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
