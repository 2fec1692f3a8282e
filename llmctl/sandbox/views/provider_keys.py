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
from llmctl.sandbox.models import Evaluation, EvaluationConfig, ProviderKey, Tagger
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
        return _mask(key.secret) if len(key.secret) > 8 else "****"

    def get_azure_endpoint_display(self, key: ProviderKey) -> str | None:
        """Return the endpoint of an Azure key."""
        return key.azure_endpoint if key.provider == providers.AZURE else None

    def get_api_version_display(self, key: ProviderKey) -> str | None:
        """Return the API version of an Azure key."""
        return key.api_version if key.provider == providers.AZURE else None

    def get_created_by(self, key: ProviderKey) -> dict[str, Any]:
        """Return the only user."""
        return USER

    def provider_of_prefix(self) -> str:
        """Return the provider whose prefix the secret must have: the request's, else OpenAI."""
        return str(self.initial_data.get("provider", "openai"))

    def validate_api_key(self, secret: str) -> str:
        """Check the prefix."""
        prefixes, name, wanted = providers.PREFIXES.get(self.provider_of_prefix(), ((), "", ""))
        if prefixes and not secret.startswith(prefixes):
            raise serializers.ValidationError(
                f"Invalid {name} API key format. Key should start with {wanted}."
            )
        return secret

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the fields together, then the secret with the provider that the key had."""
        stored = self.instance
        provider = stored.provider if isinstance(stored, ProviderKey) else attrs["provider"]
        if stored is None and "api_key" not in attrs:
            raise serializers.ValidationError(
                {"api_key": "API key is required when creating a new provider key."}
            )
        if address := providers.ADDRESSES.get(attrs.get("provider", provider)):
            if not self._url(address, attrs):
                text = f"{address.required} for {address.owner}."
                raise serializers.ValidationError({address.field: text})
            if address.field in attrs and not address.is_allowed(attrs[address.field]):
                raise serializers.ValidationError({address.field: f"{address.refused}."})
        if "api_key" in attrs:
            address = providers.ADDRESSES.get(provider)
            url = address and self._url(address, attrs)
            outcome = providers.check(provider, attrs["api_key"], url)
            if outcome.state != "ok":
                field = outcome.field or "api_key"
                raise serializers.ValidationError({field: outcome.message})
        return attrs

    def _url(self, address: providers.Address, attrs: dict[str, Any]) -> str | None:
        """Return the provider's URL in the request, else the stored one."""
        stored: str | None = getattr(self.instance, address.field, None)
        return attrs.get(address.field) or stored

    def create(self, validated_data: dict[str, Any]) -> ProviderKey:
        """Store a key that the provider has accepted, and activate it on request."""
        set_as_active = validated_data.pop("set_as_active", False)
        provider = validated_data["provider"]
        key: ProviderKey = super().create(_as_stored(provider, validated_data))
        if set_as_active:
            config, _ = EvaluationConfig.objects.get_or_create(pk=1)
            config.active_provider_key = key
            config.save()
        return key

    def update(self, instance: ProviderKey, validated_data: dict[str, Any]) -> ProviderKey:
        """Change it. A new URL or version without a secret makes the state unknown."""
        validated_data.pop("set_as_active", None)
        values = _as_stored(instance.provider, validated_data)
        address = providers.ADDRESSES.get(instance.provider)
        if address and "secret" not in values and values.keys() & address.fields:
            values |= {"state": "unknown", "error_message": None}
        return super().update(instance, values)


def _mask(secret: str) -> str:
    return f"{secret[:4]}...{secret[-4:]}"


def _as_stored(provider: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values for the model, without those that only another provider has."""
    for name, address in providers.ADDRESSES.items():
        if name != provider:
            values = {key: value for key, value in values.items() if key not in address.fields}
    if "api_key" in values:
        values["secret"] = values.pop("api_key")
        values |= {"state": "ok", "error_message": None}
    if "azure_endpoint" in values:
        values.setdefault("api_version", providers.AZURE_API_VERSION)
    return values


class ProviderKeySerializerV3(ProviderKeySerializer):
    """A key in v3: longer secrets are masked, and there are more providers."""

    provider = serializers.ChoiceField(choices=list(providers.PROVIDERS_V3))
    base_url = serializers.URLField(write_only=True, required=False)
    base_url_display = serializers.SerializerMethodField()

    class Meta(ProviderKeySerializer.Meta):
        fields = [*ProviderKeySerializer.Meta.fields]
        fields.insert(fields.index("azure_endpoint_display"), "base_url")
        fields.insert(fields.index("set_as_active"), "base_url_display")

    def get_api_key_masked(self, key: ProviderKey) -> str:
        """Return the first and last four characters, or asterisks for less than sixteen."""
        return _mask(key.secret) if len(key.secret) >= 16 else "********"

    def get_base_url_display(self, key: ProviderKey) -> str | None:
        """Return the URL of an OpenAI-compatible provider."""
        return key.base_url if key.provider == providers.COMPATIBLE else None

    def provider_of_prefix(self) -> str:
        """Return the provider in the request, else the stored one."""
        stored = self.instance.provider if isinstance(self.instance, ProviderKey) else "openai"
        return str(self.initial_data.get("provider", stored))


class ProviderKeyViewSet(WritesInTransactions, ListModelMixin, RetrieveModelMixin, ResourceViewSet):
    """The keys of the project, newest first."""

    scope_object = "llm_provider_key"
    queryset = ProviderKey.objects.all()
    serializer_class: type[ProviderKeySerializer] = ProviderKeySerializer

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE. Evaluations pinned to the key move to the replacement, or are paused.

        If it was the active key, that becomes null in either case.
        """
        key: ProviderKey = self.get_object()
        replacement = None
        if asked := request.query_params.get("replacement_key_id"):
            replacement = ProviderKey.objects.filter(pk=uuid.UUID(asked)).first()
            if refused := self.refusal(key, replacement):
                return bare_error(refused)
        self.detach(key, replacement)
        key.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def refusal(self, key: ProviderKey, replacement: ProviderKey | None) -> str | None:
        """Return why the replacement cannot take over from the key; None if it can."""
        if replacement is None:
            return "Replacement key not found"
        if replacement.provider != key.provider:
            return "Replacement key must be from the same provider"
        return None

    def detach(self, key: ProviderKey, replacement: ProviderKey | None) -> None:
        """Move what uses the key to the replacement, or pause it."""
        pinned = Evaluation.objects.filter(provider_key=key)
        if replacement is None:
            pinned.update(enabled=False, status="paused")
        else:
            pinned.update(provider_key=replacement)

    def validate(self, request: Request, **kwargs: Any) -> Response:
        """POST: not available to personal keys, since no scope is declared."""
        raise NotImplementedError

    def dependent_configs(self, request: Request, **kwargs: Any) -> Response:
        """GET: not available to personal keys, since no scope is declared."""
        raise NotImplementedError


class ProviderKeyViewSetV3(ProviderKeyViewSet):
    """The keys in v3, where personal keys may use the custom actions."""

    action_scopes = {"validate": "write", "dependent_configs": "read"}
    serializer_class = ProviderKeySerializerV3

    def refusal(self, key: ProviderKey, replacement: ProviderKey | None) -> str | None:
        """Return why the replacement cannot take over from the key; None if it can."""
        if replacement == key:
            return "Replacement key cannot be the key being deleted"
        return super().refusal(key, replacement)

    def detach(self, key: ProviderKey, replacement: ProviderKey | None) -> None:
        """Move what uses the key, the active one included, to the replacement, or stop it."""
        if replacement is None:
            for each in Evaluation.objects.filter(provider_key=key, deleted=False, status="active"):
                each.set_status("error", "provider_key_deleted")
            return
        Evaluation.objects.filter(provider_key=key).update(provider_key=replacement)
        Tagger.objects.filter(provider_key=key).update(provider_key=replacement)
        for config in EvaluationConfig.objects.filter(active_provider_key=key):
            config.active_provider_key = replacement
            config.save()

    @transaction.atomic
    def validate(self, request: Request, **kwargs: Any) -> Response:
        """POST: check the key with its provider, and store the state."""
        key: ProviderKey = self.get_object()
        address = providers.ADDRESSES.get(key.provider)
        url = address and getattr(key, address.field)
        outcome = providers.check(key.provider, key.secret, url, is_stored=True)
        key.state, key.error_message = outcome.state, outcome.message
        key.save()
        return Response(self.get_serializer(key).data)

    def dependent_configs(self, request: Request, **kwargs: Any) -> Response:
        """GET: the evaluations that are pinned to the key, and the keys that could replace it."""
        key: ProviderKey = self.get_object()
        pinned = Evaluation.objects.filter(provider_key=key, deleted=False)
        others = ProviderKey.objects.filter(provider=key.provider, state="ok").exclude(pk=key.pk)
        return Response(
            {
                # A model configuration has no id of its own here.
                "evaluations": [
                    {"id": each.pk, "name": each.name, "model_configuration_id": each.pk}
                    for each in pinned
                ],
                "alternative_keys": [
                    {"id": each.pk, "name": each.name, "provider": each.provider} for each in others
                ],
            }
        )


class ProviderKeyValidationViewSet(ResourceViewSet):
    """Validation of a key with its provider; nothing is stored."""

    scope_object = "llm_provider_key"
    providers = providers.PROVIDERS

    def create(self, request: Request, **kwargs: Any) -> Response:
        """POST: respond 200, whatever the outcome."""
        body: Any = request.data
        secret = body.get("api_key")
        provider = body.get("provider", "openai")
        if not secret:
            return bare_error("API key is required.")
        if provider not in [*self.providers]:
            known = ", ".join(self.providers)
            return bare_error(f"Invalid provider. Must be one of: {known}")
        address = providers.ADDRESSES.get(provider)
        if isinstance(secret, str):
            outcome = providers.check(provider, secret, address and body.get(address.field))
        else:
            outcome = providers.Outcome("error", "Validation failed, please try again")
        return Response(
            {
                "state": outcome.state,
                "error_message": outcome.message,
                "error_field": outcome.field,
            }
        )


class ProviderKeyValidationViewSetV3(ProviderKeyValidationViewSet):
    """Validation in v3."""

    providers = providers.PROVIDERS_V3


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


class ModelViewSetV3(ResourceViewSet):
    """The models of one provider, or of all."""

    scope_object = "llm_analytics"

    def list(self, request: Request, **kwargs: Any) -> Response:
        """GET: the models of the `provider` or of the key `key_id` in the query, else of all."""
        provider = request.query_params.get("provider")
        if provider and provider not in providers.PROVIDERS_V3:
            return bare_error(
                f"Invalid provider '{provider}'. "
                f"Must be one of: {', '.join(providers.PROVIDERS_V3)}. "
                "Omit the provider param to list every supported provider."
            )
        key = None
        if key_id := request.query_params.get("key_id"):
            key = _find(key_id)
            if key is None:
                return bare_error(
                    f"No provider key '{key_id}' in this project. "
                    "List the team's provider keys first.",
                    status.HTTP_404_NOT_FOUND,
                )
            if provider and key.provider != provider:
                return bare_error(
                    f"Key '{key_id}' belongs to provider '{key.provider}', not '{provider}'. "
                    "Omit the provider param to use the key's own provider."
                )
            provider = key.provider
        # The models of a provider with an address differ between customers: listing needs a key.
        names = [provider] if provider else list(providers.PROVIDERS_V3)
        found = {
            name: [] if name in providers.ADDRESSES and key is None else providers.models(name)
            for name in names
        }
        return Response(
            {
                "models": [
                    {"id": model, "provider": name} for name in names for model in found[name]
                ],
                "providers": [
                    {
                        "provider": name,
                        "model_count": len(found[name]),
                        "requires_provider_key": name in providers.ADDRESSES,
                    }
                    for name in names
                ],
            }
        )


def _find(key_id: str) -> ProviderKey | None:
    try:
        return ProviderKey.objects.filter(pk=key_id).first()
    except (ValueError, BadValueError):
        return None
