"""Which key is meant, and whether its rotation is done already."""

from __future__ import annotations

from dataclasses import dataclass

from llmctl.errors import LlmctlError, NotFoundError, UsageError
from llmctl.rotation.snapshot import Key, State
from llmctl.safe.secret import Secret


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
        if ways == (False, False, True) and self.provider is None:
            raise UsageError(
                "--provider is missing: --name finds a key among those of one provider",
                hint="add --provider openai, or anthropic, gemini, azure_openai, ...",
            )
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
        return _target(state, state.active or _lost_active_key(state))
    if selector.key_id is not None:
        state.look_up(selector.key_id)
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
    known_id = key.id if key else key_id.lower()  # as servers spell it
    return Target(tag.old_id, only_id=known_id) if tag else Target(known_id)


def _lost_active_key(state: State) -> str:
    """Where no key is active: the pending key of the one rotation of a key that was."""
    pending = {key.tag.old_id: key.id for key in state.keys if key.tag and key.tag.was_active}
    if len(pending) != 1:
        raise NotFoundError(
            "there is no active provider key",
            hint="llmctl evaluation-config set-active-key KEY_ID",
        )
    return pending.popitem()[1]


def finished(
    state: State, target: Target, secret: Secret, *, makes_new_id: bool = False
) -> Key | None:
    """The key that shows that the rotation to this secret is done; None where work is left.

    `makes_new_id`: the key was not named by its id, and would get a new one each time.
    NotFoundError where the old key is gone and no key can be told to be its successor, or where
    a key's mask does not say whether it is the successor.
    """
    if state.pending(target.old_id):
        return None
    key = state.key(target.old_id)
    if key is not None:
        fits = secret.fits_mask(key.mask)
        if fits is None and makes_new_id:
            raise NotFoundError(
                f"whether key {key.id} has this secret already, its mask ({key.mask}) does not say",
                hint=f"look at its times: llmctl provider-keys get {key.id}; "
                "to replace it all the same, name it by KEY_ID",
            )
        return key if key.state == "ok" and fits else None
    free = [each for each in state.keys if each.tag is None and each.state == "ok"]
    fitting = [each for each in free if secret.fits_mask(each.mask)]
    if len(fitting) == 1:
        return fitting[0]
    mute = [each.id for each in free if secret.fits_mask(each.mask) is None]
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
