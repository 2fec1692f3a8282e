"""The evaluation configuration and its active provider key."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox.models import EvaluationConfig, ProviderKey
from llmctl.sandbox.views.base import ResourceViewSet, bare_error
from llmctl.sandbox.views.provider_keys import ProviderKeySerializer, ProviderKeySerializerV3


class EvaluationConfigSerializer(serializers.ModelSerializer[EvaluationConfig]):
    """The configuration, with the active key or null."""

    trial_evals_remaining = serializers.SerializerMethodField()
    active_provider_key = ProviderKeySerializer()

    class Meta:
        model = EvaluationConfig
        fields = [
            "trial_eval_limit",
            "trial_evals_used",
            "trial_evals_remaining",
            "active_provider_key",
            "created_at",
            "updated_at",
        ]

    def get_trial_evals_remaining(self, config: EvaluationConfig) -> int:
        """Return the number of trial evaluations left."""
        return max(0, config.trial_eval_limit - config.trial_evals_used)


class EvaluationConfigSerializerV3(serializers.ModelSerializer[EvaluationConfig]):
    """The configuration without trial counters."""

    active_provider_key = ProviderKeySerializerV3()

    class Meta:
        model = EvaluationConfig
        fields = ["active_provider_key", "created_at", "updated_at"]


class ActiveKeySerializer(serializers.Serializer[Any]):
    """The body of set_active_key."""

    key_id = serializers.UUIDField()


class EvaluationConfigViewSet(ResourceViewSet):
    """The configuration, created on first access."""

    scope_object = "evaluation"
    action_scopes = {"set_active_key": "evaluation:write"}
    serializer_class: type[serializers.ModelSerializer[EvaluationConfig]] = (
        EvaluationConfigSerializer
    )

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET."""
        config, _ = EvaluationConfig.objects.get_or_create(pk=1)
        return Response(self.get_serializer(config).data)

    @transaction.atomic
    def set_active_key(self, request: Request, **kwargs: Any) -> Response:
        """POST: activate a key, whose state must be ok."""
        body = ActiveKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        key = ProviderKey.objects.filter(pk=body.validated_data["key_id"]).first()
        if key is None:
            return bare_error("Key not found.", status.HTTP_404_NOT_FOUND)
        if key.state != "ok":
            return bare_error(
                f"Cannot activate key with state '{key.state}'. Please validate the key first."
            )
        config, _ = EvaluationConfig.objects.get_or_create(pk=1)
        config.active_provider_key = key
        config.save()
        return Response(self.get_serializer(config).data)


class EvaluationConfigViewSetV3(EvaluationConfigViewSet):
    """The configuration in v3."""

    scope_object = "llm_analytics"
    serializer_class = EvaluationConfigSerializerV3
