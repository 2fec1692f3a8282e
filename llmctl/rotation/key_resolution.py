"""Determine which key each evaluation and tagger uses. Nothing here talks to the server.

The rules are those of PostHog's `model_resolution.py`, for both alike. A pinned key is used. If
none is pinned, the active key is used, but only if it is for the provider of the model
configuration; without a model configuration, any provider will do. An evaluation or tagger without
a key stops with `provider_key_required`. Servers whose evaluation configuration still counts trial
evaluations may spend those instead.

Servers stop an evaluation when its key fails or is deleted. Newer ones give a reason; older ones
only disable it, as a user does to pause it. No server gives a reason for a tagger.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from llmctl.rotation.snapshot import Dependent, Evaluation, Key


class KeyUse(NamedTuple):
    """What uses a key: pinned to it, or not pinned while it is the active key."""

    pinned: list[Dependent]
    unpinned: list[Dependent]


def key_used_by(dependent: Dependent, active: Key | None) -> str | None:
    """Return the id of the key that it uses; None if it has none. `active` is the active key."""
    if dependent.key_id is not None:
        return dependent.key_id
    return active.id if active is not None and _can_use(dependent, active.provider) else None


def use_of(key_id: str, dependents: Iterable[Dependent], active: Key | None) -> KeyUse:
    """Return what uses the key, disabled ones included."""
    users = [each for each in dependents if key_used_by(each, active) == key_id]
    return KeyUse(
        [each for each in users if each.key_id is not None],
        [each for each in users if each.key_id is None],
    )


def without_key(dependents: Iterable[Dependent], active_provider: str | None) -> list[Dependent]:
    """Return those that have no key, disabled ones included.

    `active_provider` is the provider of the active key; None if there is no active key.
    """
    unpinned = [each for each in dependents if each.key_id is None]
    if active_provider is None:
        return unpinned
    return [each for each in unpinned if not _can_use(each, active_provider)]


def _can_use(dependent: Dependent, provider: str) -> bool:
    """Return True if it can use an active key for this provider."""
    return dependent.provider in (None, provider)


def is_stopped_by_key(dependent: Dependent) -> bool:
    """Return True if the server says that it stopped because of a provider key."""
    return (dependent.stop_reason or "").startswith("provider_key_")


def may_be_stopped(dependent: Dependent) -> bool:
    """Return True for a disabled evaluation of a server that gives no reasons.

    A user paused it, or the server stopped it: they look alike.
    """
    has_reason = dependent.has_reasons or dependent.stop_reason is not None
    return isinstance(dependent, Evaluation) and not dependent.enabled and not has_reason
