"""Recognise secrets that were pasted in the wrong place, so that they are not sent or shown."""

from __future__ import annotations

import re

# Patterns are compiled when needed; compiling them here took 3 ms of every start.
_UUID = r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_POSTHOG = r"ph[acrsx]_"
# Of LLM providers, and of other common services; not of models, such as pplx-70b-online.
SERVICE_PREFIX = (
    r"sk-|[sr]k_(?:live|test)_|gsk_|xai-|AIza|pplx-(?![0-9x]+b-)|nvapi-|hf_|gh[opsu]_"
    r"|github_pat_|glpat-|xox[abps]-|hvs\.|A[KS]IA[A-Z0-9]{8}"
)
# A mask, such as `sk-a...b123`, is not a key.
_KEY = rf"(?<![A-Za-z0-9_-])(?:{_POSTHOG}|{SERVICE_PREFIX}|eyJ)[^\s.]{{8}}"
_SHORTEST = len("sk-") + 8

_TOKEN = r"[A-Za-z0-9._~+/=-]+"  # noqa: S105 - a pattern
_CHUNK = r"[A-Za-z0-9]{16,}"
_PART = r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+"
_HEX = r"(?=.*[0-9])(?=.*[a-fA-F])(?:[0-9a-f]{20,}|[0-9A-F]{20,})"


def starts_like_key(text: str) -> bool:
    """Return True if a word of `text` starts like a key of PostHog or of a known service."""
    return first_key(text) != ""


def first_key(text: str) -> str:
    """Return the start of the first word of `text` that starts like a key; empty if none does."""
    match = re.search(_KEY, text) if len(text) >= _SHORTEST else None
    return match[0] if match else ""


def key_offsets(text: str) -> list[int]:
    """Return where the words of `text` are that start like a key."""
    return [match.start() for match in re.finditer(_KEY, text)]


def path_may_be_secret(path: str) -> bool:
    """Return True if a path, or another text with one, may be a secret.

    Directories, such as those of build systems, may have random names.
    """
    return starts_like_key(path) if "/" in path else may_be_secret(path)


def is_uuid(text: str) -> bool:
    """Return True for a UUID with hyphens."""
    return re.fullmatch(_UUID, text) is not None


def may_be_secret(text: str) -> bool:
    """Return True if a word of `text` starts like a known key, or is long and looks random.

    A UUID with dashes is an id, not a secret.
    """
    if len(text) < _SHORTEST or is_uuid(text):
        return False
    return (
        starts_like_key(text)
        or any(_is_random(chunk) for chunk in re.findall(_CHUNK, text))
        or any(_is_encoded(token) for token in re.findall(_TOKEN, text))
    )


def _is_random(chunk: str) -> bool:
    """Return True for letters and digits that are mixed more than in words and dates.

    The parts of `MyEvalForGPT4Turbo2026` have 3.1 characters on average, those of random letters
    and digits 2 to 2.5.
    """
    if len(set(chunk)) < 8:
        return False
    parts = re.findall(_PART, chunk)
    numbers = sum(part.isdigit() for part in parts)
    return (
        re.fullmatch(_HEX, chunk) is not None
        or len(chunk) <= (3.0 if _has_all_kinds(chunk) else 2.6) * len(parts)
        or (len(chunk) >= 20 and numbers >= 3)
    )


def _is_encoded(token: str) -> bool:
    """Return True for base64, which has few characters other than letters and digits."""
    text = re.sub(r"[^A-Za-z0-9]", "", token)
    is_dense = len(token) - len(text) <= len(token) / 10
    is_mixed = len(text) <= 2.6 * len(re.findall(_PART, text))
    return len(text) >= 20 and _has_all_kinds(text) and is_dense and is_mixed


def _has_all_kinds(text: str) -> bool:
    return all(re.search(kind, text) for kind in ("[A-Z]", "[a-z]", "[0-9]"))
