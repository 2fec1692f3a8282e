"""Provider keys. Reading only: the sandbox does not store keys yet."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from llmctl.sandbox.models import ProviderKey
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet

_AZURE = "azure_openai"


class ProviderKeySerializer(serializers.ModelSerializer[ProviderKey]):
    """A key without its secret."""

    api_key_masked = serializers.SerializerMethodField()
    azure_endpoint_display = serializers.SerializerMethodField()
    api_version_display = serializers.SerializerMethodField()
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = ProviderKey
        fields = [
            "id",
            "provider",
            "name",
            "state",
            "error_message",
            "api_key_masked",
            "azure_endpoint_display",
            "api_version_display",
            "created_at",
            "created_by",
            "last_used_at",
        ]

    def get_api_key_masked(self, key: ProviderKey) -> str:
        """First and last four characters of a secret of more than eight."""
        secret = key.secret
        return f"{secret[:4]}...{secret[-4:]}" if len(secret) > 8 else "****"

    def get_azure_endpoint_display(self, key: ProviderKey) -> str | None:
        """The endpoint of an Azure key."""
        return key.azure_endpoint if key.provider == _AZURE else None

    def get_api_version_display(self, key: ProviderKey) -> str | None:
        """The API version of an Azure key."""
        return key.api_version if key.provider == _AZURE else None

    def get_created_by(self, key: ProviderKey) -> dict[str, Any]:
        """The only user there is."""
        return USER


class ProviderKeyViewSet(ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The keys of the project, newest first."""

    scope_object = "llm_provider_key"
    queryset = ProviderKey.objects.all()
    serializer_class = ProviderKeySerializer
