"""The model configuration of an evaluation: a provider, a model, and the key it is pinned to.

Servers replace it as a whole, so that a field left out would be reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.api.find import find
from llmctl.api.resources import PROVIDER_KEYS
from llmctl.errors import DeniedError, UnavailableError, UsageError
from llmctl.output import note

if TYPE_CHECKING:
    from llmctl.api.client import Client

Object = dict[str, Any]

MODEL = "model_configuration"
_READ_ONLY = "provider_key_name"


class Key(NamedTuple):
    """The provider key to pin; no id to unpin. `provider` is None if it is not known."""

    id: str | None
    provider: str | None = None


def model_in(fields: Object) -> Object:
    """Return the model configuration in a request body; empty if there is none, or null."""
    model = fields.get(MODEL)
    return model if isinstance(model, dict) else {}


def add_to_model(fields: Object, given: Object) -> None:
    """Add fields of the model configuration to those in a request body, without read-only ones."""
    if model := model_in(fields) | given:
        fields[MODEL] = {name: value for name, value in model.items() if name != _READ_ONLY}


def find_key(client: Client, reference: str) -> Key:
    """Return the provider key with this name or ID; `null` stands for none."""
    from llmctl.rotation.tag import plain_names

    if reference == "null":
        return Key(None)
    key_id = find(client, PROVIDER_KEYS, reference, aliases=plain_names).id
    try:
        provider = client.get(PROVIDER_KEYS, key_id).get("provider")
    except DeniedError as error:
        if error.status != 403:
            raise
        note(f"cannot check the provider of key {key_id}: {error.message}")
        return Key(key_id)
    return Key(key_id, provider if isinstance(provider, str) else None)


def with_key(model: Object, key: Key) -> Object:
    """Return a model configuration with the key pinned. Its provider is the key's, if unset.

    UsageError if they are for different providers: servers fail, and some lose the model.
    """
    model = model | {"provider_key_id": key.id}
    if key.provider is None:
        return model
    if model.setdefault("provider", key.provider) != key.provider:
        raise UsageError(
            f"provider key {key.id} is for {key.provider}, but the model is from "
            f"{model['provider']}; give --provider {key.provider} and its --model"
        )
    return model


def whole_model(evaluation: Object, change: Object, key: Key | None) -> Object:
    """Return the model configuration of an evaluation as it was read, with the change in it.

    UsageError if the provider changes and the key it is pinned to stays.
    """
    stored = evaluation.get(MODEL) or {}
    if not isinstance(stored, dict):
        raise UnavailableError("unexpected response: the model configuration is not an object")
    whole = {name: value for name, value in (stored | change).items() if name != _READ_ONLY}
    pinned = stored.get("provider_key_id")
    is_kept = key is None and "provider_key_id" not in change
    if pinned and is_kept and whole.get("provider") != stored.get("provider"):
        name = stored.get(_READ_ONLY)
        described = f"{name!r} ({pinned})" if name else str(pinned)
        raise UsageError(
            f"the evaluation is pinned to provider key {described} for {stored.get('provider')}; "
            "give --provider-key NAME|ID as well, or null for the active key"
        )
    return whole if key is None else with_key(whole, key)
