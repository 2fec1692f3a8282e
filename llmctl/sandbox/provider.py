"""Simulated LLM providers, which validate keys by their text.

A secret that contains `invalid`, `ratelimit` or `outage` has that outcome; one that contains
`revoked` is accepted until it is stored; anything else is accepted. The messages are those of
PostHog's server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

AZURE = "azure_openai"
COMPATIBLE = "openai_compatible"
AZURE_API_VERSION = "2024-10-21"
PROVIDERS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "gemini": "Gemini",
    "openrouter": "OpenRouter",
    "fireworks": "Fireworks",
    AZURE: "Azure OpenAI endpoint",
    "together_ai": "Together AI",
    "minimax": "MiniMax",
    "zeabur": "Zeabur AI Hub",
}
PROVIDERS_V3 = {**PROVIDERS, COMPATIBLE: "the endpoint", "deepseek": "DeepSeek"}
WITH_DEFAULT_MODEL = {"openai", "anthropic", "gemini"}
PREFIXES = {
    "openai": (("sk-",), "OpenAI", "'sk-' or 'sk-proj-'"),
    "anthropic": (("sk-ant-",), "Anthropic", "'sk-ant-'"),
    "zeabur": (("sk-",), "Zeabur AI Hub", "'sk-'"),
}
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_PRIVATE_HOSTS = (".local", ".localhost", ".internal")


@dataclass(frozen=True)
class Outcome:
    """The provider's verdict: `state` is `ok`, `invalid` or `error`; `field` is at fault."""

    state: str
    message: str | None = None
    field: str | None = None


class Address(NamedTuple):
    """The URL of a provider, which differs between customers.

    `field` is its field; `fields` are all fields that only this provider has. `required` is the
    error if it is missing, `owner` who requires it, and `refused` the error unless `is_allowed`.
    """

    field: str
    fields: frozenset[str]
    owner: str
    required: str
    is_allowed: Callable[[str], bool]
    refused: str


def is_azure_endpoint(url: str) -> bool:
    """Return True if the server would call this URL."""
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_AZURE_HOSTS)


def is_public(url: str) -> bool:
    """Return True for an https:// URL of a host that is not in a private network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and "." in host and not host.endswith(_PRIVATE_HOSTS)


ADDRESSES = {
    AZURE: Address(
        field="azure_endpoint",
        fields=frozenset({"azure_endpoint", "api_version"}),
        owner="Azure OpenAI",
        required="Azure endpoint is required",
        is_allowed=is_azure_endpoint,
        refused="Azure endpoint must be an https:// URL on an Azure domain "
        "(e.g. *.openai.azure.com)",
    ),
    COMPATIBLE: Address(
        field="base_url",
        fields=frozenset({"base_url"}),
        owner="OpenAI-compatible providers",
        required="Base URL is required",
        is_allowed=is_public,
        refused="Base URL must be a public https:// URL (e.g. https://api.example.com/v1)",
    ),
}


def check(provider: str, secret: str, url: str | None, *, is_stored: bool = False) -> Outcome:
    """Validate a key with the simulated provider; `url` is for one of ADDRESSES."""
    address = ADDRESSES.get(provider)
    if address and not url:
        return Outcome("invalid", address.required, address.field)
    if address and not address.is_allowed(str(url)):
        return Outcome("invalid", address.refused, address.field)
    field = "api_key" if address else None
    if provider == "openai" and not secret.startswith("sk-"):
        return Outcome("invalid", "Invalid key format (should start with 'sk-' or 'sk-proj-')")
    if "invalid" in secret or (is_stored and "revoked" in secret):
        return Outcome("invalid", "Invalid API key", field)
    if "ratelimit" in secret:
        return Outcome("error", "Rate limited, please try again later", field)
    if "outage" in secret:
        name = PROVIDERS_V3[provider]
        return Outcome("error", f"Could not connect to {name}", address and address.field)
    return Outcome("ok")


def models(provider: str) -> list[str]:
    """Return the ids of the provider's models, which are clearly made up."""
    return [f"simulated-{provider}-large", f"simulated-{provider}-small"]
