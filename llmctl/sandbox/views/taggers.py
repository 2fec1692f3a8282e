"""Taggers, which only v3 has and which can only be read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from llmctl.sandbox.models import Tagger
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet
from llmctl.sandbox.views.evaluations import ModelConfigurationSerializerV3
from llmctl.sandbox.views.filters import Filters


class TaggerSerializer(serializers.ModelSerializer[Tagger]):
    """A tagger, with its model."""

    model_configuration = ModelConfigurationSerializerV3(read_only=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = Tagger
        fields = [
            "id",
            "name",
            "description",
            "enabled",
            "tagger_type",
            "tagger_config",
            "conditions",
            "model_configuration",
            "created_at",
            "updated_at",
            "created_by",
            "deleted",
        ]

    def get_created_by(self, tagger: Tagger) -> dict[str, Any]:
        """Return the only user."""
        return USER


class TaggerViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The taggers of the project, newest first."""

    scope_object = "tagger"
    queryset = Tagger.objects.filter(deleted=False)
    serializer_class = TaggerSerializer

    def get_queryset(self) -> QuerySet[Tagger]:
        """Return the taggers that match the query."""
        return Filters(self.request.query_params).apply(Tagger.objects.filter(deleted=False))
