"""The fields of a provider key that only some providers have, such as a base URL.

No list of them is kept: a server's newest provider may have others. They are written as `X` and
read as `X_display`.
"""

from __future__ import annotations

from typing import Any

from llmctl.api.resources import Object

_TWIN = "_display"
_COMMON = frozenset({"api_key", "name", "provider", "set_as_active"})  # of every provider


def provider_fields(key: Object) -> Object:
    """Return the provider-specific fields of a stored key, as a request sends them."""
    return {
        name.removesuffix(_TWIN): value
        for name, value in key.items()
        if name.endswith(_TWIN) and _is_twin(name.removesuffix(_TWIN), value, key)
    }


def _is_twin(field: str, value: Any, key: Object) -> bool:
    """Return True if the value is that of a write-only field; null is of other providers."""
    return value not in (None, "") and field not in key and field not in _COMMON


def specific_fields(body: Object) -> Object:
    """Return the provider-specific fields of a request."""
    return {name: value for name, value in body.items() if name not in _COMMON}


def with_stored_fields(changes: Object, key: Object) -> Object:
    """Return the changes to a key, with its other provider-specific fields if they set any.

    Servers may reset the fields that are left out: an `azure_endpoint` without an `api_version`
    brings back the default version. Fields of another provider would be dropped.
    """
    is_same = changes.get("provider", key.get("provider")) == key.get("provider")
    if not (is_same and specific_fields(changes)):
        return changes
    return changes | {
        name: value for name, value in provider_fields(key).items() if name not in changes
    }
