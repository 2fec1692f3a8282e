"""The clustering configuration and the clustering jobs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import transaction
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import defaults
from llmctl.sandbox.models import ClusteringConfig, ClusteringJob
from llmctl.sandbox.views.base import (
    ResourceViewSet,
    WritesInTransactions,
    bare_error,
    save_or_conflict,
)

_CLUSTERS = "ai_observability_clusters"  # the scope object in v3
DEFAULT_PREFIX = "Default - "


class ClusteringConfigSerializer(serializers.ModelSerializer[ClusteringConfig]):
    """The configuration."""

    class Meta:
        model = ClusteringConfig
        fields = ["event_filters", "created_at", "updated_at"]


class ClusteringConfigSerializerV3(ClusteringConfigSerializer):
    """The configuration. Elements that are not objects cannot be shown, as on PostHog's server."""

    event_filters = serializers.ListField(child=serializers.DictField())


class ClusteringConfigViewSet(ResourceViewSet):
    """The configuration, created on first access."""

    scope_object = "llm_analytics"
    action_scopes = {"set_event_filters": "write"}
    serializer_class: type[ClusteringConfigSerializer] = ClusteringConfigSerializer

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET."""
        config, _ = ClusteringConfig.objects.get_or_create(pk=1)
        return Response(self.get_serializer(config).data)

    def set_event_filters(self, request: Request, **kwargs: Any) -> Response:
        """POST: replace the list. Its elements are not checked."""
        body: Any = request.data
        event_filters = body.get("event_filters")
        if event_filters is None:
            return bare_error("event_filters is required.")
        if not isinstance(event_filters, list):
            return bare_error("event_filters must be a list.")
        with transaction.atomic():
            config, _ = ClusteringConfig.objects.get_or_create(pk=1)
            config.event_filters = event_filters
            config.save()
        return Response(self.get_serializer(config).data)


class ClusteringConfigViewSetV3(ClusteringConfigViewSet):
    """The configuration in v3."""

    scope_object = _CLUSTERS
    serializer_class = ClusteringConfigSerializerV3


class ClusteringJobSerializer(serializers.ModelSerializer[ClusteringJob]):
    """A job. The view, not the serializer, reports a name that is taken."""

    event_filters = serializers.JSONField(required=False)

    class Meta:
        model = ClusteringJob
        fields = [
            "id",
            "name",
            "analysis_level",
            "event_filters",
            "enabled",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id"]
        # As on PostHog's server, a taken name is found when the job is stored.
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}


class ClusteringJobSerializerV3(ClusteringJobSerializer):
    """A job. Its filters may only name cohorts of the project."""

    def validate_event_filters(self, filters: Any) -> Any:
        """Refuse unknown cohorts. Anything but a list of objects fails, as on PostHog's server."""
        missing = sorted({*_cohorts(filters)} - {defaults.COHORT_ID})
        if missing:
            raise serializers.ValidationError(f"Cohort(s) not found or deleted: {missing}")
        return filters


def _cohorts(filters: Any) -> Iterator[int]:
    for each in filters:
        is_cohort = each.get("type") in ("cohort", "static-cohort", "precalculated-cohort")
        value = each.get("value")
        if is_cohort and isinstance(value, int | str):
            with contextlib.suppress(ValueError):
                yield int(value)


class ClusteringJobViewSet(
    WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet
):
    """The jobs of the project, oldest first."""

    scope_object = "llm_analytics"
    queryset = ClusteringJob.objects.all()
    serializer_class: type[ClusteringJobSerializer] = ClusteringJobSerializer
    max_jobs = 5

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """POST. The limit is checked before the body."""
        if ClusteringJob.objects.count() >= self.max_jobs:
            return bare_error(f"Maximum of {self.max_jobs} clustering jobs per team.")
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if not save_or_conflict(serializer):
            return _name_taken()
        job: Any = serializer.instance
        ClusteringJob.objects.filter(
            name__startswith=DEFAULT_PREFIX, analysis_level=job.analysis_level, enabled=True
        ).exclude(pk=job.pk).update(enabled=False)
        return Response(serializer.data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """PATCH. (PUT does not handle a taken name, and fails.)"""
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data) if save_or_conflict(serializer) else _name_taken()


class ClusteringJobViewSetV3(ClusteringJobViewSet):
    """The jobs in v3."""

    scope_object = _CLUSTERS
    serializer_class = ClusteringJobSerializerV3
    max_jobs = 10


def _name_taken() -> Response:
    return bare_error("A clustering job with this name already exists.")
