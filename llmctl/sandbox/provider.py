"""Simulated LLM providers, which validate keys by their text.

A secret that contains `invalid`, `ratelimit` or `outage` has that outcome; anything else is
accepted. The messages are those of PostHog's server.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

AZURE = "azure_openai"
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
PREFIXES = {
    "openai": (("sk-",), "OpenAI", "'sk-' or 'sk-proj-'"),
    "anthropic": (("sk-ant-",), "Anthropic", "'sk-ant-'"),
    "zeabur": (("sk-",), "Zeabur AI Hub", "'sk-'"),
}
BAD_AZURE_ENDPOINT = (
    "Azure endpoint must be an https:// URL on an Azure domain (e.g. *.openai.azure.com)"
)
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


@dataclass(frozen=True)
class Outcome:
    """The provider's verdict: `state` is `ok`, `invalid` or `error`; `field` is at fault."""

    state: str
    message: str | None = None
    field: str | None = None


def check(provider: str, secret: str, azure_endpoint: str | None) -> Outcome:
    """Validate a key with the simulated provider."""
    if provider == AZURE and not azure_endpoint:
        return Outcome("invalid", "Azure endpoint is required", "azure_endpoint")
    if provider == AZURE and not is_azure_endpoint(str(azure_endpoint)):
        return Outcome("invalid", BAD_AZURE_ENDPOINT, "azure_endpoint")
    field = "api_key" if provider == AZURE else None
    if provider == "openai" and not secret.startswith("sk-"):
        return Outcome("invalid", "Invalid key format (should start with 'sk-' or 'sk-proj-')")
    if "invalid" in secret:
        return Outcome("invalid", "Invalid API key", field)
    if "ratelimit" in secret:
        return Outcome("error", "Rate limited, please try again later", field)
    if "outage" in secret:
        field = "azure_endpoint" if provider == AZURE else None
        return Outcome("error", f"Could not connect to {PROVIDERS[provider]}", field)
    return Outcome("ok")


def is_azure_endpoint(url: str) -> bool:
    """Return True if the server would call this URL."""
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_AZURE_HOSTS)


def models(provider: str) -> list[str]:
    """Return the ids of the provider's models, which are clearly made up."""
    return [f"simulated-{provider}-large", f"simulated-{provider}-small"]
