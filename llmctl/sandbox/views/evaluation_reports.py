"""Evaluation reports, with their validation rules and soft delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import defaults
from llmctl.sandbox.models import Evaluation, EvaluationReport, EvaluationReportRun
from llmctl.sandbox.report_content import shown_content, shown_metrics
from llmctl.sandbox.schedule import parse_rule
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import (
    ForbidsDestroy,
    ResourceViewSet,
    ShortForAgents,
    WritesInTransactions,
)

_INT32 = {"min_value": -(2**31), "max_value": 2**31 - 1}


class EvaluationReportSerializer(serializers.ModelSerializer[EvaluationReport]):
    """The settings of a report. Rules across fields apply only if each field is valid."""

    evaluation: serializers.PrimaryKeyRelatedField[Evaluation] = serializers.PrimaryKeyRelatedField(
        queryset=Evaluation.objects.all()
    )
    delivery_targets = serializers.JSONField(required=False)
    needed_by_frequency: ClassVar = {
        "every_n": ["trigger_threshold"],
        "scheduled": ["rrule", "starts_at"],
    }

    class Meta:
        model = EvaluationReport
        fields = [
            "id",
            "evaluation",
            "frequency",
            "rrule",
            "starts_at",
            "timezone_name",
            "next_delivery_date",
            "delivery_targets",
            "max_sample_size",
            "enabled",
            "deleted",
            "last_delivered_at",
            "report_prompt_guidance",
            "trigger_threshold",
            "cooldown_minutes",
            "daily_run_cap",
            "created_by",
            "created_at",
        ]
        read_only_fields = ["id", "next_delivery_date", "last_delivered_at", "created_by"]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "starts_at": {"required": False},
            "max_sample_size": _INT32,
            "trigger_threshold": {"min_value": 10, "max_value": 10_000, "required": False},
            "cooldown_minutes": {"min_value": 60, "max_value": 1440},
            "daily_run_cap": {"min_value": 1, "max_value": 24},
        }

    def validate_rrule(self, text: str) -> str:
        """Accept any single rule that dateutil can parse, without DTSTART."""
        if not text:
            return text
        try:
            if "DTSTART" in text:
                raise ValueError("starts_at is a separate field")
            parse_rule(text)
        except Exception:  # dateutil raises various exceptions
            raise serializers.ValidationError("Invalid recurrence rule.") from None
        return text

    def validate_delivery_targets(self, targets: Any) -> Any:
        """Accept targets that each have a valid recipient; return them unchanged."""
        if not isinstance(targets, list):
            raise serializers.ValidationError("Delivery targets must be a list.")
        integrations = [_check_target(target) for target in targets]
        unknown = sorted({each for each in integrations if each is not None} - {_SLACK})
        if unknown:
            raise serializers.ValidationError(
                f"Slack integration(s) not found for this team: {unknown}."
            )
        return targets

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require the fields for the frequency, in the request or stored."""
        frequency = self._value(attrs, "frequency", "every_n")
        for name in self.needed_by_frequency[frequency]:
            value = self._value(attrs, name)
            if not value and value != 0:
                raise serializers.ValidationError(
                    {name: f"Required when frequency is '{frequency}'."}
                )
        return attrs

    def _value(self, attrs: dict[str, Any], name: str, default: Any = None) -> Any:
        stored = getattr(self.instance, name) if self.instance else default
        return attrs.get(name, stored)


class EvaluationReportSerializerV3(EvaluationReportSerializer):
    """The settings of the only report of an evaluation; the server sets the time itself."""

    generated_report_count = serializers.SerializerMethodField()
    last_generated_at = serializers.SerializerMethodField()
    needed_by_frequency: ClassVar = {"every_n": ["trigger_threshold"], "scheduled": ["rrule"]}
    is_new = False

    class Meta(EvaluationReportSerializer.Meta):
        fields = [*EvaluationReportSerializer.Meta.fields]
        fields[-6:-6] = ["generated_report_count", "last_generated_at"]
        read_only_fields = [
            *EvaluationReportSerializer.Meta.read_only_fields,
            "starts_at",
            "timezone_name",
            "deleted",
        ]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            **EvaluationReportSerializer.Meta.extra_kwargs,
            "trigger_threshold": {"min_value": 100, "max_value": 10_000, "required": False},
        }

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields: a report stays with its evaluation."""
        fields = super().get_fields()
        fields["evaluation"].read_only = self.instance is not None
        return fields

    def get_generated_report_count(self, report: EvaluationReport) -> int:
        """Return the number of runs."""
        return report.runs.count()

    def get_last_generated_at(self, report: EvaluationReport) -> str | None:
        """Return the time of the last run."""
        last = report.runs.first()
        return serializers.DateTimeField().to_representation(last.created_at) if last else None

    def validate_evaluation(self, evaluation: Evaluation) -> Evaluation:
        """Accept an evaluation that can have reports."""
        if not evaluation.supports_reports:
            raise serializers.ValidationError(NOT_SUPPORTED)
        return evaluation

    def validate_rrule(self, text: str) -> str:
        """Accept FREQ=DAILY, or FREQ=WEEKLY with days."""
        if text and not _is_daily_or_weekly(text):
            raise serializers.ValidationError(
                "Scheduled reports support daily or weekly cadences. "
                "Use 'FREQ=DAILY' or 'FREQ=WEEKLY;BYDAY=MO,FR'."
            )
        return text

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to move or delete it, require the fields for the frequency, and set the time."""
        given: Any = self.initial_data
        report = self.instance
        if report and str(given.get("evaluation", report.evaluation_id)) != str(
            report.evaluation_id
        ):
            raise serializers.ValidationError(
                {"evaluation": "Report configs cannot be moved to another evaluation."}
            )
        is_deleted = report.deleted if report else False
        if _boolean(given.get("deleted", is_deleted), "deleted") != is_deleted:
            raise serializers.ValidationError(
                {
                    "deleted": "Report configs are deleted only when their evaluation is deleted. "
                    "Disable delivery with enabled=false."
                }
            )
        attrs = super().validate(attrs)
        if self._value(attrs, "frequency") == "scheduled":
            attrs["timezone_name"] = "UTC"
            if report is None or report.starts_at is None:
                attrs["starts_at"] = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> EvaluationReport:
        """Create it, or write the given fields to the existing one of the evaluation."""
        evaluation = validated_data.pop("evaluation")
        creator = validated_data.pop("created_by")
        report = EvaluationReport.objects.filter(evaluation=evaluation).first()
        self.is_new = report is None
        report = report or EvaluationReport(evaluation=evaluation)
        report.created_by = report.created_by or creator
        return self.update(report, validated_data)


NOT_SUPPORTED = "Reports are not supported for this evaluation."
_WEEKDAYS = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"}


def _is_daily_or_weekly(rule: str) -> bool:
    parts = [part.partition("=") for part in rule.split(";")]
    values = {key: value for key, _, value in parts}
    days = values.get("BYDAY", "").split(",")
    if len(values) < len(parts):
        return False
    if values.keys() == {"FREQ", "BYDAY"}:
        return values["FREQ"] == "WEEKLY" and {*days} <= _WEEKDAYS and len({*days}) == len(days)
    return values == {"FREQ": "DAILY"}


def _boolean(value: Any, name: str) -> bool:
    """Return the boolean that the value, or a form's text, stands for. Else ValidationError."""
    try:
        return bool(serializers.BooleanField().to_internal_value(value))
    except serializers.ValidationError as error:
        raise serializers.ValidationError({name: error.detail}) from None


_SLACK = defaults.SLACK_INTEGRATION_ID


def _check_target(target: Any) -> int | None:
    """Return the id of a target's Slack integration, or None for email."""
    if not isinstance(target, dict):
        raise serializers.ValidationError("Each delivery target must be an object.")
    kind = target.get("type")
    if kind == "email":
        if not target.get("value"):
            raise serializers.ValidationError("Email delivery target must include a 'value' field.")
        return None
    if kind != "slack":
        raise serializers.ValidationError(f"Invalid delivery target type: {kind}")
    if not target.get("integration_id") or not target.get("channel"):
        raise serializers.ValidationError(
            "Slack delivery target must include 'integration_id' and 'channel'."
        )
    try:
        return int(target["integration_id"])
    except (TypeError, ValueError, OverflowError):
        raise serializers.ValidationError("Slack integration_id must be an integer.") from None


class EvaluationReportViewSet(
    ForbidsDestroy, WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet
):
    """The reports of the project, newest first; deleted ones can only be updated."""

    scope_object = "llm_analytics"
    queryset = EvaluationReport.objects.all()
    serializer_class: type[EvaluationReportSerializer] = EvaluationReportSerializer

    def get_queryset(self) -> QuerySet[EvaluationReport]:
        """Return the reports for this action; `?evaluation=` filters for every action."""
        reports = EvaluationReport.objects.all()
        if self.action in ("list", "retrieve"):
            reports = reports.filter(deleted=False)
        evaluation = self.request.query_params.get("evaluation")
        return reports.filter(evaluation_id=evaluation) if evaluation else reports

    def perform_create(self, serializer: serializers.BaseSerializer[EvaluationReport]) -> None:
        """Save it with the only user as its creator."""
        serializer.save(created_by=USER["id"])

    def runs(self, request: Request, **kwargs: Any) -> Response:
        """GET: not available to personal keys, since no scope is declared."""
        raise NotImplementedError

    def generate(self, request: Request, **kwargs: Any) -> Response:
        """POST: not available to personal keys, since no scope is declared."""
        raise NotImplementedError


class EvaluationReportRunSerializer(serializers.ModelSerializer[EvaluationReportRun]):
    """A generated report; what an older version stored is shown in today's fields."""

    content = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField()

    class Meta:
        model = EvaluationReportRun
        fields = [
            "id",
            "report",
            "content",
            "metadata",
            "period_start",
            "period_end",
            "delivery_status",
            "delivery_errors",
            "created_at",
        ]

    def get_content(self, run: EvaluationReportRun) -> dict[str, Any]:
        """Return the content."""
        return shown_content(run.content)

    def get_metadata(self, run: EvaluationReportRun) -> dict[str, Any] | None:
        """Return the copy of the metrics, which is all that old runs have."""
        return None if run.metadata is None else shown_metrics(run.metadata)


class _EvaluationFilter(serializers.Serializer[Any]):
    evaluation = serializers.UUIDField()


class EvaluationReportViewSetV3(ShortForAgents, EvaluationReportViewSet):
    """The reports in v3: one per evaluation, created with it."""

    heavy = frozenset(
        {
            "rrule",
            "starts_at",
            "timezone_name",
            "delivery_targets",
            "max_sample_size",
            "deleted",
            "report_prompt_guidance",
            "cooldown_minutes",
            "daily_run_cap",
            "created_by",
        }
    )
    scope_object = "evaluation"
    action_scopes = {"runs": "read", "generate": "write"}
    serializer_class = EvaluationReportSerializerV3

    def get_queryset(self) -> QuerySet[EvaluationReport]:
        """Return the reports for this action."""
        reports = EvaluationReport.objects.all()
        if self.action != "generate":
            reports = reports.filter(Evaluation.reportable("evaluation__"))
        if self.action not in ("update", "partial_update"):
            reports = reports.filter(deleted=False)
        if self.request.query_params.get("evaluation"):
            query = _EvaluationFilter(data=self.request.query_params)
            query.is_valid(raise_exception=True)
            reports = reports.filter(evaluation=query.validated_data["evaluation"])
        return reports

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """POST: create the report of an evaluation (201), or update the existing one (200)."""
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        code = status.HTTP_201_CREATED if serializer.is_new else status.HTTP_200_OK
        return Response(serializer.data, status=code)

    def runs(self, request: Request, **kwargs: Any) -> Response:
        """GET: the generated reports, newest first."""
        page = self.paginate_queryset(self.get_object().runs.all())
        return self.get_paginated_response(EvaluationReportRunSerializer(page, many=True).data)

    @transaction.atomic
    def generate(self, request: Request, **kwargs: Any) -> Response:
        """POST: generate a report now, at most once a minute."""
        report: EvaluationReport = self.get_object()
        if not report.evaluation.supports_reports:
            raise serializers.ValidationError({"evaluation": NOT_SUPPORTED})
        report.generate()
        return Response(status=status.HTTP_202_ACCEPTED)
