"""Which key is meant, and whether its rotation is done already."""

from __future__ import annotations

from dataclasses import dataclass

from llmctl.errors import LlmctlError, NotFoundError, UsageError
from llmctl.rotation.state import Api, Key, State
from llmctl.rotation.tag import mask_fits
from llmctl.secret import Secret


@dataclass(frozen=True)
class Selector:
    """How the user names the key: exactly one of id, active, or name with provider."""

    key_id: str | None = None
    active: bool = False
    name: str | None = None
    provider: str | None = None

    def check(self) -> None:
        """UsageError unless it names a key in one way."""
        ways = (self.key_id is not None, self.active, self.name is not None)
        if sum(ways) != 1 or (self.provider is None) != (self.name is None):
            raise UsageError(
                "name the key in one way: KEY_ID, --active, or --name NAME --provider PROVIDER"
            )


@dataclass(frozen=True)
class Target:
    """The key to rotate; `only_id` where its pending key was named instead."""

    old_id: str
    only_id: str | None = None


def select(state: State, selector: Selector) -> Target:
    """The key that is meant. A pending key stands for the one that it replaces.

    NotFoundError where there is none, UsageError where a name has several.
    """
    if selector.active:
        if state.active is None:
            raise NotFoundError(
                "there is no active provider key",
                hint="llmctl evaluation-config set-active-key KEY_ID",
            )
        return _target(state, state.active)
    if selector.key_id is not None:
        return _target(state, selector.key_id)
    ids = {
        key.tag.old_id if key.tag else key.id
        for key in state.keys
        if key.provider == selector.provider
        and (key.tag.name if key.tag else key.name) == selector.name
    }
    if len(ids) > 1:
        raise UsageError(f"several keys have this name: {', '.join(sorted(ids))}")
    if not ids:
        raise NotFoundError(
            f"no {selector.provider} key has the name {selector.name!r}",
            hint="llmctl provider-keys list",
        )
    return Target(ids.pop())


def _target(state: State, key_id: str) -> Target:
    key = state.key(key_id)
    tag = key.tag if key else None
    return Target(tag.old_id, only_id=key_id) if tag else Target(key_id)


def finished(state: State, target: Target, secret: Secret) -> Key | None:
    """The key that shows that the rotation to this secret is done; None where work is left.

    NotFoundError where the old key is gone and no key can be told to be its successor.
    """
    if state.pending(target.old_id):
        return None
    key = state.key(target.old_id)
    if key is not None:
        return key if key.state == "ok" and mask_fits(key.mask, secret) else None
    free = [each for each in state.keys if each.tag is None and each.state == "ok"]
    fitting = [each for each in free if mask_fits(each.mask, secret)]
    if len(fitting) == 1:
        return fitting[0]
    mute = [each.id for each in free if mask_fits(each.mask, secret) is None]
    if fitting or mute:
        ids = ", ".join([*(each.id for each in fitting), *mute])
        raise NotFoundError(
            f"there is no key {target.old_id}; whether one of these replaced it, their masks do "
            f"not say: {ids}",
            hint="look at names and times: llmctl provider-keys list --columns id,name,created_at",
        )
    raise gone(target.old_id)


def gone(key_id: str) -> LlmctlError:
    """The error for a key that is not there."""
    return NotFoundError(f"there is no key {key_id}", hint="llmctl provider-keys list")


def taggers(api: Api, key_id: str) -> list[str] | None:
    """The names of the taggers that are pinned to a key; None where they cannot be read.

    Only newer servers have taggers.
    """
    from llmctl.errors import DeniedError

    try:
        rows = list(api.list("taggers/"))
    except NotFoundError:
        return []
    except DeniedError:
        return None
    return [
        str(row.get("name"))
        for row in rows
        if isinstance(row.get("model_configuration"), dict)
        and row["model_configuration"].get("provider_key_id") == key_id
    ]
