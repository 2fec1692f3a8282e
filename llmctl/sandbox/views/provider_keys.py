"""Provider keys, the validation of keys that are not stored, and the models of a provider."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError as BadValueError
from django.db import transaction
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from llmctl.sandbox import provider as providers
from llmctl.sandbox.models import Evaluation, EvaluationConfig, ProviderKey
from llmctl.sandbox.views.account import USER
from llmctl.sandbox.views.base import ResourceViewSet, WritesInTransactions, bare_error


class ProviderKeySerializer(serializers.ModelSerializer[ProviderKey]):
    """A key; its secret is write-only."""

    provider = serializers.ChoiceField(choices=list(providers.PROVIDERS))
    api_key = serializers.CharField(write_only=True, required=False)
    api_key_masked = serializers.SerializerMethodField()
    azure_endpoint = serializers.URLField(write_only=True, required=False)
    api_version = serializers.CharField(write_only=True, required=False, max_length=20)
    azure_endpoint_display = serializers.SerializerMethodField()
    api_version_display = serializers.SerializerMethodField()
    set_as_active = serializers.BooleanField(write_only=True, required=False, default=False)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = ProviderKey
        fields = [
            "id",
            "provider",
            "name",
            "state",
            "error_message",
            "api_key",
            "api_key_masked",
            "azure_endpoint",
            "api_version",
            "azure_endpoint_display",
            "api_version_display",
            "set_as_active",
            "created_at",
            "created_by",
            "last_used_at",
        ]
        read_only_fields = ["id", "state", "error_message", "created_at", "last_used_at"]

    def get_api_key_masked(self, key: ProviderKey) -> str:
        """Return the first and last four characters, or asterisks for at most eight."""
        secret = key.secret
        return f"{secret[:4]}...{secret[-4:]}" if len(secret) > 8 else "****"

    def get_azure_endpoint_display(self, key: ProviderKey) -> str | None:
        """Return the endpoint of an Azure key."""
        return key.azure_endpoint if key.provider == providers.AZURE else None

    def get_api_version_display(self, key: ProviderKey) -> str | None:
        """Return the API version of an Azure key."""
        return key.api_version if key.provider == providers.AZURE else None

    def get_created_by(self, key: ProviderKey) -> dict[str, Any]:
        """Return the only user."""
        return USER

    def validate_api_key(self, secret: str) -> str:
        """Check the prefix; OpenAI's if the request has no provider, as on PostHog's server."""
        prefixes, name, wanted = providers.PREFIXES.get(
            self.initial_data.get("provider", "openai"), ((), "", "")
        )
        if prefixes and not secret.startswith(prefixes):
            raise serializers.ValidationError(
                f"Invalid {name} API key format. Key should start with {wanted}."
            )
        return secret

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the fields together, then the secret with the provider."""
        stored = self.instance
        provider = stored.provider if isinstance(stored, ProviderKey) else attrs["provider"]
        endpoint = attrs.get("azure_endpoint")
        if stored is None and "api_key" not in attrs:
            raise serializers.ValidationError(
                {"api_key": "API key is required when creating a new provider key."}
            )
        if provider == providers.AZURE:
            if stored is None and not endpoint:
                raise serializers.ValidationError(
                    {"azure_endpoint": "Azure endpoint is required for Azure OpenAI."}
                )
            if endpoint and not providers.is_azure_endpoint(endpoint):
                raise serializers.ValidationError(
                    {"azure_endpoint": f"{providers.BAD_AZURE_ENDPOINT}."}
                )
        if "api_key" in attrs:
            known = stored.azure_endpoint if isinstance(stored, ProviderKey) else None
            outcome = providers.check(provider, attrs["api_key"], endpoint or known)
            if outcome.state != "ok":
                field = outcome.field or "api_key"
                raise serializers.ValidationError({field: outcome.message})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> ProviderKey:
        """Store a key that the provider has accepted, and activate it on request."""
        set_as_active = validated_data.pop("set_as_active", False)
        key: ProviderKey = super().create(_as_stored(validated_data))
        if set_as_active:
            config, _ = EvaluationConfig.objects.get_or_create(pk=1)
            config.active_provider_key = key
            config.save()
        return key

    def update(self, instance: ProviderKey, validated_data: dict[str, Any]) -> ProviderKey:
        """Change it. A new endpoint or version without a secret makes the state unknown."""
        validated_data.pop("set_as_active", None)
        if "api_key" not in validated_data and validated_data.keys() & {
            "azure_endpoint",
            "api_version",
        }:
            validated_data["state"] = "unknown"
            validated_data["error_message"] = None
        return super().update(instance, _as_stored(validated_data))


def _as_stored(values: dict[str, Any]) -> dict[str, Any]:
    if "api_key" in values:
        values["secret"] = values.pop("api_key")
        values["state"] = "ok"
        values["error_message"] = None
    if "azure_endpoint" in values:
        values.setdefault("api_version", providers.AZURE_API_VERSION)
    return values


class ProviderKeyViewSet(WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The keys of the project, newest first."""

    scope_object = "llm_provider_key"
    queryset = ProviderKey.objects.all()
    serializer_class = ProviderKeySerializer

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE. Evaluations pinned to the key move to the replacement, or are paused.

        If it was the active key, that becomes null in either case.
        """
        key: ProviderKey = self.get_object()
        replacement = None
        if asked := request.query_params.get("replacement_key_id"):
            replacement = ProviderKey.objects.filter(pk=uuid.UUID(asked)).first()
            if replacement is None:
                return bare_error("Replacement key not found")
            if replacement.provider != key.provider:
                return bare_error("Replacement key must be from the same provider")
        pinned = Evaluation.objects.filter(provider_key=key)
        if replacement is not None:
            pinned.update(provider_key=replacement)
        else:
            pinned.update(enabled=False, status="paused")
        key.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def validate(self, request: Request, **kwargs: Any) -> Response:
        """POST: not available to personal keys, since no scope is declared."""
        raise NotImplementedError

    def dependent_configs(self, request: Request, **kwargs: Any) -> Response:
        """GET: not available to personal keys, since no scope is declared."""
        raise NotImplementedError


class ProviderKeyValidationViewSet(ResourceViewSet):
    """Validation of a key with its provider; nothing is stored."""

    scope_object = "llm_provider_key"

    def create(self, request: Request, **kwargs: Any) -> Response:
        """POST: respond 200, whatever the outcome."""
        body: Any = request.data
        secret = body.get("api_key")
        provider = body.get("provider", "openai")
        if not secret:
            return bare_error("API key is required.")
        if provider not in providers.PROVIDERS:
            known = ", ".join(providers.PROVIDERS)
            return bare_error(f"Invalid provider. Must be one of: {known}")
        outcome = providers.check(provider, str(secret), body.get("azure_endpoint"))
        return Response(
            {
                "state": outcome.state,
                "error_message": outcome.message,
                "error_field": outcome.field,
            }
        )


class ModelViewSet(ResourceViewSet):
    """The models of a provider."""

    scope_object = "llm_provider_key"

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET: the models of the `provider` in the query, which may name one of its keys."""
        provider = request.query_params.get("provider")
        if not provider:
            return bare_error("provider query param is required")
        if provider not in providers.PROVIDERS:
            known = ", ".join(providers.PROVIDERS)
            return bare_error(f"Invalid provider. Must be one of: {known}")
        if key_id := request.query_params.get("key_id"):
            key = _find(key_id)
            if key is None:
                return bare_error("Key not found", status.HTTP_404_NOT_FOUND)
            if key.provider != provider:
                return bare_error(
                    f"Key provider '{key.provider}' does not match requested provider '{provider}'"
                )
        rows = [{"id": name, "posthog_available": False} for name in providers.models(provider)]
        return Response({"models": rows})


def _find(key_id: str) -> ProviderKey | None:
    try:
        return ProviderKey.objects.filter(pk=key_id).first()
    except (ValueError, BadValueError):
        return None
