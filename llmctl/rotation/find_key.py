"""Find the key that the user named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from llmctl.api.find import nearest_names
from llmctl.errors import Hint, LlmctlError, NotFoundError, UsageError
from llmctl.input.values import is_id
from llmctl.rotation.hints import LIST_KEYS
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.tag import secret_fingerprint
from llmctl.safe.secret import Secret


@dataclass(frozen=True)
class Selector:
    """How the user names the key: exactly one of id, active and name.

    `provider` selects among keys of several providers with the same name.
    """

    key_id: str | None = None
    active: bool = False
    name: str | None = None
    provider: str | None = None

    @classmethod
    def of(
        cls,
        reference: str | None = None,
        *,
        active: bool = False,
        name: str | None = None,
        provider: str | None = None,
    ) -> Self:
        """Return the selector for what was given; `reference` is an id or a name.

        Raise UsageError unless the key is named in exactly one way, with nothing missing.
        """
        if (reference is not None) + active + (name is not None) != 1:
            raise UsageError("give exactly one of NAME|ID, --active and --name")
        key_id = reference if reference is not None and is_id(reference) else None
        if key_id is None and name is None:
            name = reference
        if provider is not None and name is None:
            raise UsageError("--provider can only be combined with a name")
        return cls(key_id, active, name, provider)


@dataclass(frozen=True)
class RotationTarget:
    """The key to rotate; `only_pending_id` if the user named its pending key instead."""

    old_id: str
    only_pending_id: str | None = None


def find_key(
    snapshot: Snapshot, selector: Selector, secret: Secret | None = None
) -> RotationTarget:
    """Return the key that the user means. A pending key stands for the one that it replaces.

    `secret` is the new one: a key that has it stands for the one that it replaced if another new
    key of that rotation has turned up since. Raise NotFoundError if there is none, UsageError if
    several have the name.
    """
    if selector.active:
        active = snapshot.key(snapshot.active) if snapshot.active else None
        replaced = _replaced_by(snapshot, active, secret) if active else None
        active_id = snapshot.active or _key_that_was_active(snapshot)
        return RotationTarget(replaced) if replaced else _target(snapshot, active_id)
    if selector.key_id is not None:
        return _target(snapshot, selector.key_id)
    tagged = [key for key in snapshot.keys if key.parts.has_tag and key.name == selector.name]
    if len(tagged) == 1:
        return _target(snapshot, tagged[0].id)
    named = {
        key.tag.old_id if key.tag else _replaced_by(snapshot, key, secret) or key.id: key
        for key in snapshot.keys
        if key.plain_name == selector.name and selector.provider in (None, key.provider)
    }
    if len(named) > 1:
        candidates = [
            f"{old_id} ({key.provider}, {key.mask})" for old_id, key in sorted(named.items())
        ]
        providers = {key.provider for key in named.values()}
        raise UsageError(
            f"several keys have this name: {', '.join(candidates)}",
            hint=Hint("add --provider" if len(providers) == len(named) else "give the ID instead"),
        )
    if not named:
        kind = f"{selector.provider} key" if selector.provider else "key"
        raise NotFoundError(
            f"no {kind} is named {selector.name!r}",
            hint=nearest_names(
                selector.name or "", (key.plain_name for key in snapshot.keys), LIST_KEYS
            ),
        )
    return RotationTarget(named.popitem()[0])


def _target(snapshot: Snapshot, key_id: str) -> RotationTarget:
    key = snapshot.key(key_id)
    tag = key.tag if key else None
    known_id = key.id if key else key_id.lower()  # as servers spell it
    if tag is None:
        return RotationTarget(known_id)
    return RotationTarget(tag.old_id, only_pending_id=known_id)


def _replaced_by(snapshot: Snapshot, key: Key, secret: Secret | None) -> str | None:
    """Return the id of the key that `key` replaced, if a late duplicate of `key` is pending.

    The server can apply a create whose response was lost after a second run has finished.
    """
    if secret is None or key.tag is not None or key.state != "ok":
        return None
    if not secret.fits_mask(key.mask):
        return None
    return next(
        (
            tag.old_id
            for late, tag in ((each, each.tag) for each in snapshot.keys)
            if tag is not None
            and (late.plain_name, late.provider) == (key.plain_name, key.provider)
            and snapshot.key(tag.old_id) is None
            and tag.fingerprint == secret_fingerprint(secret, tag.old_id)
        ),
        None,
    )


def _key_that_was_active(snapshot: Snapshot) -> str:
    """Return the pending key of the only rotation of a key that was active.

    A rotation on an older server can leave no active key for a moment.
    """
    pending = {key.tag.old_id: key.id for key in snapshot.keys if key.tag and key.tag.was_active}
    if len(pending) != 1:
        raise NotFoundError(
            "there is no active provider key",
            hint=Hint("", ("evaluation-config", "set-active-key", "KEY_ID")),
        )
    return pending.popitem()[1]


def no_such_key(key_id: str) -> LlmctlError:
    """Return the error for a key that does not exist."""
    return NotFoundError(f"there is no key {key_id}", hint=LIST_KEYS)
