"""Evaluation reports, with their validation rules and soft delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import defaults
from llmctl.sandbox.models import Evaluation, EvaluationReport
from llmctl.sandbox.schedule import parse_rule
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet, WritesInTransactions

_INT32 = {"min_value": -(2**31), "max_value": 2**31 - 1}


class EvaluationReportSerializer(serializers.ModelSerializer[EvaluationReport]):
    """The settings of a report. Rules across fields apply only if each field is valid."""

    evaluation: serializers.PrimaryKeyRelatedField[Evaluation] = serializers.PrimaryKeyRelatedField(
        queryset=Evaluation.objects.all()
    )
    delivery_targets = serializers.JSONField(required=False)

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
        extra_kwargs = {
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
        report = self.instance

        def value(name: str, default: Any = None) -> Any:
            return attrs.get(name, getattr(report, name) if report else default)

        needed = ["trigger_threshold"]
        if value("frequency", "every_n") == "scheduled":
            needed = ["rrule", "starts_at"]
        for name in needed:
            if not value(name) and value(name) != 0:
                frequency = value("frequency", "every_n")
                raise serializers.ValidationError(
                    {name: f"Required when frequency is '{frequency}'."}
                )
        return attrs


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
    WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet
):
    """The reports of the project, newest first; deleted ones can only be updated."""

    scope_object = "llm_analytics"
    queryset = EvaluationReport.objects.all()
    serializer_class = EvaluationReportSerializer

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

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE: not allowed, whatever the id; clients PATCH `deleted` instead."""
        return Response(status=status.HTTP_405_METHOD_NOT_ALLOWED)
