"""Evaluations, and the directories that v3 has for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import evaluation_configs as configs
from llmctl.sandbox import hog
from llmctl.sandbox.models import (
    Evaluation,
    EvaluationConfig,
    EvaluationDirectory,
    EvaluationReport,
    ProviderKey,
)
from llmctl.sandbox.provider import PROVIDERS, PROVIDERS_V3, WITH_DEFAULT_MODEL
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import (
    ForbidsDestroy,
    ResourceViewSet,
    ShortForAgents,
    WritesInTransactions,
)
from llmctl.sandbox.views.filters import EvaluationFilters, EvaluationFiltersV3
from llmctl.sandbox.views.hog_tests import HogTestSerializer, HogTestSerializerV3, tried


class ModelConfigurationSerializer(serializers.Serializer[Any]):
    """The model of an evaluation, and the key that it uses, with its name."""

    provider = serializers.ChoiceField(choices=list(PROVIDERS))
    model = serializers.CharField(max_length=100)
    provider_key_id = serializers.UUIDField(allow_null=True, required=False)
    provider_key_name = serializers.CharField(read_only=True)


class ModelConfigurationSerializerV3(ModelConfigurationSerializer):
    """The model in v3. A change must name provider and model, too."""

    provider = serializers.ChoiceField(choices=list(PROVIDERS_V3))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require both fields, in a PATCH as well."""
        missing = {name: _REQUIRED for name in ("provider", "model") if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return attrs


_REQUIRED = "This field is required."


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition in v3: which events are evaluated, and how many of them."""

    id = serializers.CharField(max_length=100)
    rollout_percentage = serializers.FloatField(default=100, min_value=0, max_value=100)
    properties = serializers.ListField(child=serializers.DictField(), default=list)


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    """An evaluation, with its model."""

    evaluation_type = serializers.ChoiceField(choices=list(configs.TYPES))
    evaluation_config = serializers.JSONField(required=False)
    output_type = serializers.ChoiceField(choices=list(configs.OUTPUTS))
    output_config: Any = serializers.JSONField(required=False)
    conditions: Any = serializers.JSONField(required=False)
    target = serializers.ChoiceField(choices=configs.TARGETS, required=False)
    target_config = serializers.JSONField(required=False)
    model_configuration = ModelConfigurationSerializer(allow_null=True, required=False)
    created_by = serializers.SerializerMethodField()
    output_checks: ClassVar[Mapping[str, configs.Check]] = configs.OUTPUTS
    sentiment_target_error = (
        "Sentiment evaluations can't target a whole trace. Use the 'generation' target."
    )

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
        read_only_fields = ["id", "status", "status_reason"]

    def get_created_by(self, evaluation: Evaluation) -> dict[str, Any]:
        """Return the only user."""
        return USER

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the configurations with the types, those of the request or the stored ones."""
        names = ("evaluation_type", "output_type", "evaluation_config", "output_config")
        if self.instance is None or attrs.keys() & {*names}:
            kind, output = (self.value(attrs, name) for name in names[:2])
            config = self.value(attrs, "evaluation_config", {})
            output_config = self.whole_output_config(attrs)
            try:
                checked = configs.checked_configs(
                    self.output_checks, kind, output, config, output_config
                )
            except ValueError as error:
                raise serializers.ValidationError({"config": str(error)}) from None
            attrs["evaluation_config"], attrs["output_config"] = checked
        target = self.value(attrs, "target", "generation")
        if self.value(attrs, "evaluation_type") == "sentiment" and target != "generation":
            raise serializers.ValidationError({"target": self.sentiment_target_error})
        if self.instance is None or attrs.keys() & {"target", "target_config"}:
            try:
                attrs["target_config"] = configs.checked_target_config(
                    target, self.whole_target_config(attrs)
                )
            except ValueError as error:
                raise serializers.ValidationError({"target_config": str(error)}) from None
        return attrs

    def value(self, attrs: dict[str, Any], name: str, default: Any = None) -> Any:
        """Return the value in the request, else the stored one."""
        return attrs.get(name, getattr(self.instance, name, default))

    def whole_output_config(self, attrs: dict[str, Any]) -> Any:
        """Return the whole output configuration to check."""
        return self.value(attrs, "output_config", {})

    def whole_target_config(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the target's configuration to check: the stored one is for the stored target."""
        given = attrs.get("target_config")
        if given is None and attrs.get("target") in (None, getattr(self.instance, "target", None)):
            given = getattr(self.instance, "target_config", None)
        return given or {}

    def create(self, validated_data: dict[str, Any]) -> Evaluation:
        """Create it, running or paused."""
        return self.update(Evaluation(), validated_data)

    def update(self, instance: Evaluation, validated_data: dict[str, Any]) -> Evaluation:
        """Change it. The model is replaced as a whole; null leaves it as it is."""
        if model := validated_data.pop("model_configuration", None):
            self.set_model(instance, model)
        self.compile(validated_data.get("evaluation_config", {}).get("source", ""))
        if "conditions" in validated_data:
            validated_data["conditions"] = [
                {
                    **each,
                    "bytecode": configs.bytecode(each.get("properties", [])),
                    "bytecode_error": None,
                }
                for each in validated_data["conditions"]
            ]
        is_new = instance._state.adding
        enabled = validated_data.get("enabled", False if is_new else instance.enabled)
        if is_new or enabled != instance.enabled:
            instance.status = "active" if enabled else "paused"
            instance.status_reason = instance.status_reason_detail = None
        return super().update(instance, validated_data)

    def compile(self, source: str) -> None:
        """Raise the server's error for a source that is not Hog: a plain one, so that it is 500."""
        hog.Program(source)

    def set_model(self, evaluation: Evaluation, model: dict[str, Any] | None) -> None:
        """Set or remove the model. Raise ValidationError if its key is unknown.

        A key for another provider is a plain error, so that the response is 500.
        """
        if model and model.get("provider_key_id"):
            key = ProviderKey.objects.filter(pk=model["provider_key_id"]).first()
            if key is None:
                raise serializers.ValidationError(
                    {"model_configuration": {"provider_key_id": "Provider key not found"}}
                )
            if key.provider != model["provider"]:
                raise ValueError(f"the key is for {key.provider}")
        evaluation.set_model_configuration(model)


class EvaluationSerializerV3(EvaluationSerializer):
    """An evaluation in v3. A judge needs a model, and starts only with a key that works."""

    directory_id: Any = serializers.PrimaryKeyRelatedField(
        source="directory",
        queryset=EvaluationDirectory.objects.all(),
        allow_null=True,
        required=False,
    )
    output_type = serializers.ChoiceField(choices=list(configs.OUTPUTS_V3))
    output_config = serializers.DictField(
        child=serializers.JSONField(allow_null=True), required=False
    )
    conditions = ConditionSerializer(many=True, required=False)
    target = serializers.ChoiceField(choices=configs.TARGETS_V3, required=False)
    model_configuration = ModelConfigurationSerializerV3(allow_null=True, required=False)
    user_access_level = serializers.SerializerMethodField()
    output_checks = configs.OUTPUTS_V3
    sentiment_target_error = (
        "Sentiment evaluations can only target each generation. Choose the 'generation' target."
    )

    class Meta(EvaluationSerializer.Meta):
        fields = [*EvaluationSerializer.Meta.fields, "user_access_level"]
        fields.insert(fields.index("enabled"), "directory_id")
        fields.insert(fields.index("evaluation_type"), "status_reason_detail")
        read_only_fields = [*EvaluationSerializer.Meta.read_only_fields, "status_reason_detail"]

    def get_user_access_level(self, evaluation: Evaluation) -> str:
        """Return the access level of an administrator."""
        return "manager"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check output type, model and configurations, and that it can run if it is to start."""
        stored: Any = self.instance
        output = self.value(attrs, "output_type")
        if (
            stored
            and output != stored.output_type
            and configs.SCORES & {output, stored.output_type}
        ):
            raise serializers.ValidationError(
                {"output_type": "Create a new evaluation to change its output type."}
            )
        model = self.value(attrs, "model_configuration")
        self._check_model(attrs, model)
        attrs = super().validate(attrs)
        starts = attrs.get("enabled") and not (stored and stored.enabled)
        if starts and self.value(attrs, "evaluation_type") == configs.JUDGE:
            _require_working_key(model)
            _require_cause_removed(stored, model)
        return attrs

    def _check_model(self, attrs: dict[str, Any], model: dict[str, Any] | None) -> None:
        """Require a model for a judge only; one that never had any may stay as it is."""
        stored: Any = self.instance
        is_judge = self.value(attrs, "evaluation_type") == configs.JUDGE
        if model is not None and not is_judge:
            raise serializers.ValidationError(
                {"model_configuration": "This evaluation type does not use model configuration."}
            )
        was_without = (
            stored and stored.evaluation_type == configs.JUDGE and stored.model_provider is None
        )
        if is_judge and model is None and not was_without:
            raise serializers.ValidationError(
                {
                    "model_configuration": "Select a provider and model for this LLM judge "
                    "evaluation."
                }
            )

    def whole_output_config(self, attrs: dict[str, Any]) -> Any:
        """Return the whole output configuration: a PATCH changes only the fields it has."""
        given = super().whole_output_config(attrs)
        return {**self.instance.output_config, **given} if self.partial and self.instance else given

    def compile(self, source: str) -> None:
        """Raise ValidationError for a source that is not Hog."""
        try:
            hog.Program(source)
        except hog.DoesNotCompileError as error:
            raise serializers.ValidationError(
                {"evaluation_config": f"Failed to compile Hog code: {error}"}
            ) from None

    def update(self, instance: Evaluation, validated_data: dict[str, Any]) -> Evaluation:
        """Change it, with its reports: one appears once it can have one, and all stop with it."""
        if "model_configuration" in validated_data:
            self.set_model(instance, validated_data.pop("model_configuration"))
        is_new = instance._state.adding
        had_reports = not is_new and instance.supports_reports
        evaluation = super().update(instance, validated_data)
        evaluation.disable_reports()
        if evaluation.supports_reports and not had_reports and (is_new or not evaluation.deleted):
            report, is_created = EvaluationReport.objects.get_or_create(evaluation=evaluation)
            if not is_created:
                report.restart()
        return evaluation


def _require_working_key(model: dict[str, Any] | None) -> None:
    """Raise ValidationError unless an evaluation with this model has a key in state ok.

    That is the key it is pinned to, else the active key if it is for the same provider.
    """
    pinned = model and model.get("provider_key_id")
    key = ProviderKey.objects.filter(pk=pinned).first() if pinned else _active_key()
    if key is None or (model and key.provider != model["provider"] and not pinned):
        raise serializers.ValidationError(
            {"enabled": "Add a provider API key to enable this evaluation."}
        )
    if key.state != "ok":
        raise serializers.ValidationError(
            {"enabled": "Attach a working provider API key to enable this evaluation."}
        )
    if model is None and key.provider not in WITH_DEFAULT_MODEL:
        raise serializers.ValidationError(
            {
                "enabled": "This evaluation's provider has no default model. "
                "Set a model on the evaluation before enabling it."
            }
        )


def _require_cause_removed(evaluation: Evaluation | None, model: dict[str, Any] | None) -> None:
    """Raise ValidationError if it was stopped for want of a model, and still has none."""
    errors = {
        "model_not_found": "Choose an available model before re-enabling this evaluation.",
        "no_default_model": "This evaluation's provider has no default model. "
        "Set a model on the evaluation before re-enabling.",
    }
    error = errors.get((evaluation and evaluation.status_reason) or "")
    if error and model is None:
        raise serializers.ValidationError({"enabled": error})


def _active_key() -> ProviderKey | None:
    config = EvaluationConfig.objects.first()
    return config.active_provider_key if config else None


class EvaluationViewSet(
    ForbidsDestroy, WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet
):
    """The evaluations of the project, newest first; deleted ones can only be updated."""

    scope_object = "evaluation"
    action_scopes = {"test_hog": "read"}
    queryset = Evaluation.objects.all()
    serializer_class: type[EvaluationSerializer] = EvaluationSerializer
    hog_test_class: type[HogTestSerializer] = HogTestSerializer
    filters_class = EvaluationFilters

    def test_hog(self, request: Request, **kwargs: Any) -> Response:
        """POST: try Hog code on recent generations."""
        return tried(self.hog_test_class(data=request.data))

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the evaluations that match the query."""
        found = Evaluation.objects.all()
        if self.action not in ("update", "partial_update"):
            found = found.filter(deleted=False)
        return self.filters_class(self.request.query_params).apply(found)


class EvaluationViewSetV3(ShortForAgents, EvaluationViewSet):
    """The evaluations in v3."""

    heavy = frozenset(
        {
            "evaluation_config",
            "output_config",
            "conditions",
            "model_configuration",
            "created_by",
            "deleted",
        }
    )
    serializer_class = EvaluationSerializerV3
    hog_test_class = HogTestSerializerV3
    filters_class = EvaluationFiltersV3

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


class EvaluationDirectorySerializer(serializers.ModelSerializer[EvaluationDirectory]):
    """A directory, with the number of its evaluations."""

    created_by = serializers.SerializerMethodField()
    evaluation_count = serializers.SerializerMethodField()

    class Meta:
        model = EvaluationDirectory
        fields = ["id", "name", "created_at", "updated_at", "created_by", "evaluation_count"]

    def get_created_by(self, directory: EvaluationDirectory) -> dict[str, Any]:
        """Return the only user."""
        return USER

    def get_evaluation_count(self, directory: EvaluationDirectory) -> int:
        """Return the number of evaluations that are not deleted."""
        return directory.evaluations.filter(deleted=False).count()

    def validate_name(self, name: str) -> str:
        """Refuse a name that another directory has, in any case."""
        others = EvaluationDirectory.objects.filter(name__iexact=name)
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise serializers.ValidationError("A directory with this name already exists.")
        return name


class EvaluationDirectoryViewSet(
    WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet
):
    """The directories of evaluations in v3, by name and without pages."""

    scope_object = "evaluation"
    queryset = EvaluationDirectory.objects.all()
    serializer_class = EvaluationDirectorySerializer
    pagination_class = None

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE: its evaluations move to the top."""
        self.get_object().evaluations.update(directory=None, updated_at=datetime.now(UTC))
        return super().destroy(request, *args, **kwargs)
