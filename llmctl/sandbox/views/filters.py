"""The filters of the lists of evaluations and taggers, with the errors of django-filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from llmctl.sandbox import evaluation_configs as configs
from llmctl.sandbox.models import LLMCaller

_Caller = TypeVar("_Caller", bound=LLMCaller)

_ORDERS = [f"{sign}{name}" for name in ("created_at", "updated_at", "name") for sign in ("", "-")]


class _Several(forms.Field):
    """Values of another field, separated by commas."""

    def __init__(self, each: forms.Field) -> None:
        super().__init__(required=False)
        self._each = each

    def to_python(self, value: str | None) -> list[Any]:
        return [self._each.clean(text) for text in value.split(",")] if value else []


def _choices(values: list[str]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(value, value) for value in values], required=False)


class Filters(forms.Form):
    """The filters of taggers. A flag is `true` or `false`; any other text is ignored."""

    id__in = _Several(forms.UUIDField(required=False))
    enabled = forms.NullBooleanField()
    search = forms.CharField(required=False)
    order_by = _Several(_choices(_ORDERS))

    def apply(self, found: QuerySet[_Caller]) -> QuerySet[_Caller]:
        """Return what matches, in the order asked for. Raise ValidationError for bad values."""
        if not self.is_valid():
            raise serializers.ValidationError(
                {
                    name: [ErrorDetail(error.messages[0], error.code) for error in errors]
                    for name, errors in self.errors.as_data().items()
                }
            )
        values = self.cleaned_data
        if text := values["search"]:
            found = found.filter(Q(name__icontains=text) | Q(description__icontains=text))
        if ids := values["id__in"]:
            found = found.filter(pk__in=filter(None, ids))
        for name in self.fields.keys() - {"search", "id__in", "order_by"}:
            if values[name] not in (None, ""):
                found = found.filter(**{name: values[name]})
        orders = values["order_by"]
        return found.order_by(*filter(None, orders)) if orders else found


class EvaluationFilters(Filters):
    """The filters of evaluations."""

    evaluation_type = _choices(list(configs.TYPES))
    # Of the errors, of which only the first is told.
    field_order: Sequence[str] = ("id__in", "enabled", "evaluation_type")


class EvaluationFiltersV3(EvaluationFilters):
    """The filters of evaluations in v3, with those of directories."""

    directory_id = forms.UUIDField(required=False)
    directory_id__isnull = forms.NullBooleanField()
    field_order = (*EvaluationFilters.field_order, "search", "directory_id", "directory_id__isnull")
