"""Evaluations: read and change; the sandbox has one initially."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox.models import Evaluation, EvaluationConfig, LLMCaller, ProviderKey
from llmctl.sandbox.provider import PROVIDERS, PROVIDERS_V3, WITHOUT_DEFAULT_MODEL
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ForbidsDestroy, ResourceViewSet

_ORDERS = {"name", "created_at", "updated_at"}

_Caller = TypeVar("_Caller", bound=LLMCaller)


def model_configuration(caller: LLMCaller) -> dict[str, Any] | None:
    """Return provider, model and pinned key, or None if no model is set."""
    if caller.model_provider is None:
        return None
    key = caller.provider_key_id
    return {
        "provider": caller.model_provider,
        "model": caller.model_name,
        "provider_key_id": None if key is None else str(key),
    }


def model_configuration_v3(caller: LLMCaller) -> dict[str, Any] | None:
    """Return provider, model and pinned key with its name, or None if no model is set."""
    found = model_configuration(caller)
    return found and found | {"provider_key_name": caller.provider_key and caller.provider_key.name}


def filtered(found: QuerySet[_Caller], query: QueryDict) -> QuerySet[_Caller]:
    """Return what matches the filters `search`, `enabled` and `id__in`, by `order_by`."""
    if search := query.get("search"):
        found = found.filter(Q(name__icontains=search) | Q(description__icontains=search))
    if enabled := query.get("enabled"):
        found = found.filter(enabled=enabled.lower() in ("true", "1"))
    if ids := query.get("id__in"):
        found = found.filter(pk__in=[uuid.UUID(text) for text in ids.split(",")])
    orders = query.get("order_by", "").split(",")
    is_known = {each.removeprefix("-") for each in orders} <= _ORDERS
    return found.order_by(*orders) if is_known else found


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
        return model_configuration(evaluation)

    def get_created_by(self, evaluation: Evaluation) -> dict[str, Any]:
        """Return the only user."""
        return USER


class EvaluationSerializerV3(EvaluationSerializer):
    """An evaluation, with the name of its key and why it was stopped."""

    directory_id = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()

    class Meta(EvaluationSerializer.Meta):
        fields = [*EvaluationSerializer.Meta.fields, "user_access_level"]
        fields.insert(fields.index("enabled"), "directory_id")
        fields.insert(fields.index("evaluation_type"), "status_reason_detail")

    def get_model_configuration(self, evaluation: Evaluation) -> dict[str, Any] | None:
        """Return provider, model and pinned key, or null if no model is set."""
        return model_configuration_v3(evaluation)

    def get_directory_id(self, evaluation: Evaluation) -> None:
        """Return null: the sandbox has no directories."""

    def get_user_access_level(self, evaluation: Evaluation) -> str:
        """Return the right of an administrator."""
        return "manager"


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


class ModelConfigurationSerializerV3(ModelConfigurationSerializer):
    """The model of an evaluation in v3."""

    provider = serializers.ChoiceField(choices=list(PROVIDERS_V3))


class EvaluationChangeSerializerV3(EvaluationChangeSerializer):
    """The fields of an evaluation that can be changed in v3. Starting it requires a key."""

    model_configuration = ModelConfigurationSerializerV3(allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a model for a judge only, and a working key to start one."""
        evaluation: Any = self.instance
        is_judge = evaluation.evaluation_type == "llm_judge"
        model = attrs.get("model_configuration", model_configuration(evaluation))
        if model and not is_judge:
            raise serializers.ValidationError(
                {"model_configuration": "This evaluation type does not use model configuration."}
            )
        if is_judge and model is None and evaluation.model_provider is not None:
            raise serializers.ValidationError(
                {
                    "model_configuration": "Select a provider and model for this LLM judge "
                    "evaluation."
                }
            )
        if is_judge and attrs.get("enabled") and not evaluation.enabled:
            _require_working_key(model)
        return attrs

    def update(self, instance: Evaluation, validated_data: dict[str, Any]) -> Evaluation:
        """Change the evaluation. Its reports are disabled with it, and stay so."""
        was_enabled, status = instance.enabled, instance.status
        evaluation = super().update(instance, validated_data)
        if evaluation.enabled == was_enabled:
            evaluation.status = status
        else:
            evaluation.status_reason = evaluation.status_reason_detail = None
        evaluation.save()
        evaluation.disable_reports()
        return evaluation


def _require_working_key(model: dict[str, Any] | None) -> None:
    """Raise ValidationError unless an evaluation with this model has a key in state ok.

    That is the key it is pinned to, else the active key if it is for the same provider.
    """
    pinned = model and model.get("provider_key_id")
    key = ProviderKey.objects.filter(pk=pinned).first() if pinned else active_key()
    if key is None or (model and key.provider != model["provider"] and not pinned):
        raise serializers.ValidationError(
            {"enabled": "Add a provider API key to enable this evaluation."}
        )
    if key.state != "ok":
        raise serializers.ValidationError(
            {"enabled": "Attach a working provider API key to enable this evaluation."}
        )
    if model is None and key.provider in WITHOUT_DEFAULT_MODEL:
        raise serializers.ValidationError(
            {
                "enabled": "This evaluation's provider has no default model. "
                "Set a model on the evaluation before enabling it."
            }
        )


def active_key() -> ProviderKey | None:
    """Return the active key, if any."""
    config = EvaluationConfig.objects.first()
    return config.active_provider_key if config else None


class EvaluationViewSet(ForbidsDestroy, ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The evaluations of the project, newest first; deleted ones can only be updated."""

    scope_object = "evaluation"
    queryset = Evaluation.objects.all()
    serializer_class: type[EvaluationSerializer] = EvaluationSerializer
    change_class: type[EvaluationChangeSerializer] = EvaluationChangeSerializer

    @transaction.atomic
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """PATCH."""
        evaluation = self.get_object()
        change = self.change_class(evaluation, data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        return Response(self.get_serializer(change.save()).data)

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the evaluations that match the query."""
        found = Evaluation.objects.all()
        if self.action != "partial_update":
            found = found.filter(deleted=False)
        if kind := self.request.query_params.get("evaluation_type"):
            found = found.filter(evaluation_type=kind)
        return filtered(found, self.request.query_params)


class EvaluationViewSetV3(EvaluationViewSet):
    """The evaluations in v3."""

    serializer_class = EvaluationSerializerV3
    change_class = EvaluationChangeSerializerV3

    def get_object(self) -> Evaluation:
        """Return the evaluation of the path."""
        try:
            found: Evaluation = super().get_object()
        except Http404:
            raise NotFound(
                f"No evaluation '{self.kwargs['pk']}' in this project. "
                "List the project's evaluations to look one up by name."
            ) from None
        return found

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the evaluations that match the query. No evaluation is in a directory."""
        query = self.request.query_params
        found = super().get_queryset()
        top_only = query.get("directory_id__isnull", "true").lower() in ("true", "1")
        return found if top_only and not query.get("directory_id") else found.none()


class EvaluationDirectoryViewSet(ResourceViewSet):
    """The directories of evaluations in v3."""

    scope_object = "evaluation"

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET: an array without pages. The sandbox has no directories."""
        return Response([])
