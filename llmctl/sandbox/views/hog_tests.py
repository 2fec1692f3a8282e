"""The trial of Hog code on recent generations, which stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from rest_framework import serializers, status
from rest_framework.response import Response

from llmctl.sandbox import evaluation_configs as configs
from llmctl.sandbox import hog

DAYS = 7
_PREVIEW = 200


class HogTestSerializer(serializers.Serializer[Any]):
    """The body of test_hog."""

    source: Any = serializers.CharField(min_length=1)
    sample_count = serializers.IntegerField(default=5, min_value=1, max_value=10)
    allows_na = serializers.BooleanField(default=False)
    conditions = serializers.ListField(child=serializers.DictField(), default=list)

    sample_fields: ClassVar[tuple[str, ...]] = ("event_uuid",)

    def filters(self) -> list[list[dict[str, Any]]]:
        """Return the filters of each condition that has some: one without does not count."""
        found = (each.get("properties") for each in self.validated_data["conditions"])
        return [filters for filters in found if filters]

    def checked(self) -> tuple[str, dict[str, Any]]:
        """Return output type and output configuration."""
        return "boolean", {"allows_na": self.validated_data["allows_na"]}


class _TargetConfigSerializer(serializers.Serializer[Any]):
    window_seconds = serializers.IntegerField(required=False, min_value=10, max_value=7200)
    quiet_period_seconds = serializers.IntegerField(default=3600, min_value=10, max_value=86_400)


class HogTestSerializerV3(HogTestSerializer):
    """The body of test_hog in v3, with any target and any output but sentiment."""

    output_type = serializers.ChoiceField(
        choices=["boolean", "numeric", "categorical"], default="boolean"
    )
    output_config = serializers.DictField(
        child=serializers.JSONField(allow_null=True), default=dict
    )
    target = serializers.ChoiceField(choices=configs.TARGETS_V3, default="generation")
    target_config = _TargetConfigSerializer(default=dict)

    sample_fields = ("sample_id", "sample_type", "event_uuid")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the output configuration, in which `allows_na` wins over the field."""
        given = {"allows_na": attrs["allows_na"], **attrs["output_config"]}
        try:
            _, attrs["output_config"] = configs.checked_configs(
                configs.OUTPUTS_V3, "hog", attrs["output_type"], {"source": attrs["source"]}, given
            )
        except ValueError as error:
            raise serializers.ValidationError({"output_config": str(error)}) from None
        return attrs

    def filters(self) -> list[list[dict[str, Any]]]:
        """Return the filters of each condition: one without matches all."""
        return [each.get("properties") or [] for each in self.validated_data["conditions"]]

    def checked(self) -> tuple[str, dict[str, Any]]:
        """Return output type and output configuration."""
        return self.validated_data["output_type"], self.validated_data["output_config"]


def tried(request: HogTestSerializer) -> Response:
    """Return the response to a request: a result for each sample, or the error (400).

    The sandbox has some generations, but no traces or sessions.
    """
    if not request.is_valid():
        return _refused(request.errors)
    values = request.validated_data
    try:
        program = hog.Program(values["source"])
    except hog.DoesNotCompileError as error:
        return _refused(f"Compilation error: {error}")
    target = values.get("target", "generation")
    if target != "generation":
        return Response({"results": [], "message": _nothing(target, values)})
    try:
        samples = [*_matching(request.filters())][: values["sample_count"]]
    except hog.HogError as error:
        return _refused(str(error))
    if not samples:
        return Response({"results": [], "message": _nothing(target, values)})
    return Response({"results": [_result(request, program, sample) for sample in samples]})


def _refused(error: Any) -> Response:
    return Response({"error": error}, status=status.HTTP_400_BAD_REQUEST)


def _nothing(target: str, values: dict[str, Any]) -> str:
    """Return why there is no sample."""
    if target == "session":
        seconds = values["target_config"].get("quiet_period_seconds", 3600)
        return (
            f"No sessions have been quiet for {_span(seconds)} in the last {DAYS} days, "
            "so there is nothing to preview yet."
        )
    units = "traces" if target == "trace" else "events"
    return f"No recent AI {units} found in the last {DAYS} days"


def _span(seconds: int) -> str:
    """Return whole hours, minutes or seconds in words."""
    if seconds >= 3600 and seconds % 3600 == 0:
        number, unit = seconds // 3600, "hour"
    elif seconds >= 60:
        number, unit = seconds // 60, "minute"
    else:
        number, unit = seconds, "second"
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _matching(sets: list[list[dict[str, Any]]]) -> Iterator[hog.Generation]:
    """Yield the generations that match all filters of any of the sets; all if there is no set."""
    for sample in hog.GENERATIONS:
        if not sets or any(all(_matches(sample, each) for each in filters) for filters in sets):
            yield sample


def _matches(sample: hog.Generation, wanted: dict[str, Any]) -> bool:
    """Return True if the filter matches. Raise HogError for other operators than `exact`."""
    if wanted.get("operator", "exact") != "exact":
        raise hog.HogError("The sandbox filters only with the operator exact.")
    value = wanted.get("value")
    values = value if isinstance(value, list) else [value]
    return sample.properties.get(str(wanted.get("key"))) in values


def _result(
    request: HogTestSerializer, program: hog.Program, sample: hog.Generation
) -> dict[str, Any]:
    output_type, output_config = request.checked()
    value, reasoning, error = None, "", None
    try:
        returned, reasoning = program.run(sample)
        value = hog.checked_result(returned, output_type, output_config)
    except hog.HogError as problem:
        error = str(problem)
    ids = {"sample_id": sample.uuid, "sample_type": "generation", "event_uuid": sample.uuid}
    scores = {"numeric": "score", "categorical": "categories"}
    return {
        **{name: ids[name] for name in request.sample_fields},
        "trace_id": sample.properties["$ai_trace_id"],
        "input_preview": sample.input[:_PREVIEW],
        "output_preview": sample.output[:_PREVIEW],
        "result": value if output_type == "boolean" else None,
        **({scores[output_type]: value} if output_type in scores else {}),
        "reasoning": reasoning,
        "error": error,
    }
