"""The key that each evaluation and tagger finds. Nothing here talks to the server.

The rules are those of PostHog's `model_resolution.py`, for both alike: a pinned key is used.
Without one the active key is used, but only if its provider is that of the model configuration;
without a model configuration, whatever its provider. Whatever finds no key stops with
`provider_key_required`. Servers whose evaluation configuration still counts trial evaluations may
spend those instead.

Servers stop an evaluation when its key fails or is deleted. Newer ones then give a reason; the
first ones only disable it, as a user does to pause it. No server gives a reason for a tagger.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from llmctl.rotation.snapshot import Dependent, Evaluation, Key


class KeyUse(NamedTuple):
    """What uses a key: pinned to it, or not pinned while it is the active key."""

    pinned: list[Dependent]
    unpinned: list[Dependent]


def key_found_by(dependent: Dependent, active: Key | None) -> str | None:
    """Return the id of the key that it finds; None if it finds none. `active` is the active key."""
    if dependent.key_id is not None:
        return dependent.key_id
    if active is None or dependent.provider not in (None, active.provider):
        return None
    return active.id


def use_of(key_id: str, dependents: Iterable[Dependent], active: Key | None) -> KeyUse:
    """Return what uses the key, disabled ones included."""
    users = [each for each in dependents if key_found_by(each, active) == key_id]
    return KeyUse(
        [each for each in users if each.key_id is not None],
        [each for each in users if each.key_id is None],
    )


def without_key(dependents: Iterable[Dependent], active: Key | None) -> list[Dependent]:
    """Return those that find no key if this one is the active key, disabled ones included."""
    return [each for each in dependents if key_found_by(each, active) is None]


def stranded_by(provider: str, dependents: Iterable[Dependent]) -> list[Dependent]:
    """Return those that find no key if the active key is for this provider, disabled ones too."""
    return [
        each for each in dependents if each.key_id is None and each.provider not in (None, provider)
    ]


def is_stopped_by_key(dependent: Dependent) -> bool:
    """Return True if the server says that it stopped because of a provider key."""
    return (dependent.stop_reason or "").startswith("provider_key_")


def may_be_stopped(dependent: Dependent) -> bool:
    """Return True for a disabled evaluation of a server that gives no reasons.

    It was paused by a user or stopped by the server: they look alike.
    """
    is_evaluation = isinstance(dependent, Evaluation)
    is_told = dependent.has_reasons or dependent.stop_reason is not None
    return is_evaluation and not dependent.enabled and not is_told
