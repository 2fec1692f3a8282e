"""Evaluations. Reading only: the sandbox has the one it starts with."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from llmctl.sandbox.models import Evaluation
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet

_ORDERS = {"name", "created_at", "updated_at"}


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    """An evaluation, with the model it runs on."""

    model_configuration = serializers.SerializerMethodField()
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = Evaluation
        fields = [
            "id",
            "name",
            "description",
            "enabled",
            "status",
            "status_reason",
            "evaluation_type",
            "evaluation_config",
            "output_type",
            "output_config",
            "conditions",
            "target",
            "target_config",
            "model_configuration",
            "created_at",
            "updated_at",
            "created_by",
            "deleted",
        ]

    def get_model_configuration(self, evaluation: Evaluation) -> dict[str, Any] | None:
        """Provider, model and pinned key; null where no model is set."""
        if evaluation.model_provider is None:
            return None
        key = evaluation.provider_key_id
        return {
            "provider": evaluation.model_provider,
            "model": evaluation.model_name,
            "provider_key_id": None if key is None else str(key),
        }

    def get_created_by(self, evaluation: Evaluation) -> dict[str, Any]:
        """The only user there is."""
        return USER


class EvaluationViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The evaluations of the project, newest first."""

    scope_object = "evaluation"
    queryset = Evaluation.objects.filter(deleted=False)
    serializer_class = EvaluationSerializer

    def get_queryset(self) -> QuerySet[Evaluation]:
        """The evaluations that the query's filters leave."""
        query = self.request.query_params
        found = Evaluation.objects.filter(deleted=False)
        if search := query.get("search"):
            found = found.filter(Q(name__icontains=search) | Q(description__icontains=search))
        if enabled := query.get("enabled"):
            found = found.filter(enabled=enabled.lower() in ("true", "1"))
        if kind := query.get("evaluation_type"):
            found = found.filter(evaluation_type=kind)
        if ids := query.get("id__in"):
            found = found.filter(pk__in=[uuid.UUID(text) for text in ids.split(",")])
        order = query.get("order_by", "")
        return found.order_by(order) if order.removeprefix("-") in _ORDERS else found
