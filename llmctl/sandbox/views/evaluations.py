"""Evaluations: read and change; the sandbox has one initially."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox.models import Evaluation, ProviderKey
from llmctl.sandbox.provider import PROVIDERS
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet

_ORDERS = {"name", "created_at", "updated_at"}


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    """An evaluation, with its model."""

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
        """Return provider, model and pinned key, or null if no model is set."""
        if evaluation.model_provider is None:
            return None
        key = evaluation.provider_key_id
        return {
            "provider": evaluation.model_provider,
            "model": evaluation.model_name,
            "provider_key_id": None if key is None else str(key),
        }

    def get_created_by(self, evaluation: Evaluation) -> dict[str, Any]:
        """Return the only user."""
        return USER


class ModelConfigurationSerializer(serializers.Serializer[Any]):
    """The model of an evaluation, and the key that it uses."""

    provider = serializers.ChoiceField(choices=list(PROVIDERS))
    model = serializers.CharField(max_length=100)
    provider_key_id = serializers.UUIDField(allow_null=True, required=False, default=None)

    def validate_provider_key_id(self, key_id: uuid.UUID | None) -> uuid.UUID | None:
        """Accept null, or a key of this project."""
        if key_id is not None and not ProviderKey.objects.filter(pk=key_id).exists():
            raise serializers.ValidationError("Provider key not found")
        return key_id


class EvaluationChangeSerializer(serializers.ModelSerializer[Evaluation]):
    """The fields of an evaluation that can be changed."""

    model_configuration = ModelConfigurationSerializer(allow_null=True, required=False)

    class Meta:
        model = Evaluation
        fields = ["name", "description", "enabled", "model_configuration", "deleted"]

    def update(self, instance: Evaluation, validated_data: dict[str, Any]) -> Evaluation:
        """Change the evaluation; the model is replaced as a whole."""
        if "model_configuration" in validated_data:
            model = validated_data.pop("model_configuration") or {}
            instance.model_provider = model.get("provider")
            instance.model_name = model.get("model")
            instance.provider_key_id = model.get("provider_key_id")
        if "enabled" in validated_data:
            instance.status = "active" if validated_data["enabled"] else "paused"
        return super().update(instance, validated_data)


class EvaluationViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The evaluations of the project, newest first."""

    scope_object = "evaluation"
    queryset = Evaluation.objects.filter(deleted=False)
    serializer_class = EvaluationSerializer

    @transaction.atomic
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """PATCH."""
        evaluation = self.get_object()
        change = EvaluationChangeSerializer(evaluation, data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        return Response(EvaluationSerializer(change.save()).data)

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the evaluations that match the query."""
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
