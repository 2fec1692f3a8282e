"""The state of a project: its keys, the active one, and what uses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from llmctl.errors import DeniedError
from llmctl.rotation.tag import KeyName, Tag, read_name


@dataclass(frozen=True)
class Key:
    """A provider key. Times are ISO 8601 as the server sent them; `created_at` may be empty.

    `error_message` is the server's reason for a state that is not `ok`. `specific` holds the items
    of its provider-specific fields, as a request sends them.
    """

    id: str
    name: str
    provider: str
    state: str
    mask: str
    created_at: str = ""
    last_used_at: Any = None
    specific: tuple[tuple[str, Any], ...] = ()
    error_message: str | None = None

    @property
    def tag(self) -> Tag | None:
        """What its name says about its rotation; None unless it is the new key of one."""
        return self.parts.tag

    @property
    def parts(self) -> KeyName:
        """Its name, and the parts of the tag in it."""
        return read_name(self.name)

    @property
    def plain_name(self) -> str:
        """Its name without a tag."""
        return self.parts.plain

    def is_like(self, other: Key) -> bool:
        """Return True if they differ only in what its use changes."""
        return self == dataclasses.replace(other, last_used_at=self.last_used_at)

    def as_output(self) -> dict[str, Any]:
        """Return the key as shown in a result."""
        return {
            "id": self.id,
            "name": self.name,
            "provider": self.provider,
            "state": self.state,
            "api_key_masked": self.mask,
        }


@dataclass(frozen=True)
class Dependent:
    """An evaluation or a tagger that needs a provider key.

    `key_id` is the key that it is pinned to; None if it uses the active key. `model` holds the
    items of its model configuration; empty without one. `stop_reason` is why the server stopped it,
    if it did. `has_reasons` is True if the server gives such reasons. `calls_llm` is False for one
    that is pinned to a key although its type needs none.
    """

    noun: ClassVar[str]

    id: str
    name: str
    key_id: str | None
    model: tuple[tuple[str, Any], ...]
    enabled: bool = True
    stop_reason: str | None = None
    has_reasons: bool = False
    calls_llm: bool = True

    @property
    def needs_key(self) -> bool:
        """True if it is enabled and calls an LLM."""
        return self.enabled and self.calls_llm

    @property
    def provider(self) -> str | None:
        """The provider of its model; None without a model configuration."""
        provider = dict(self.model).get("provider")
        return provider if isinstance(provider, str) else None

    def __str__(self) -> str:
        return f"{self.noun} {self.id} ({self.name})"

    def as_output(self) -> dict[str, Any]:
        """Return it as shown in a result."""
        return {
            "kind": self.noun,
            "id": self.id,
            "name": self.name,
            "enabled": self.enabled,
            "stop_reason": self.stop_reason,
        }


@dataclass(frozen=True)
class Evaluation(Dependent):
    """An evaluation scored by an LLM."""

    noun = "evaluation"


@dataclass(frozen=True)
class Tagger(Dependent):
    """A tagger that calls an LLM. No server says why one is disabled."""

    noun = "tagger"


@dataclass(frozen=True)
class Snapshot:
    """A project's keys, active key and LLM evaluations.

    The keys are known. `read_active` and `read_evaluations` return the rest: each sends its request
    the first time and keeps the result. `stale` names what was read before the last write and may
    have changed since: the keys, or all; None if nothing. `read_at` is when reading began, in
    seconds of the run's clock; `time` is the server's clock when it listed the keys, None if it did
    not say.
    """

    keys: tuple[Key, ...]
    read_active: Callable[[], str | None]
    read_evaluations: Callable[[], tuple[Evaluation, ...]]
    stale: Literal["keys", "all"] | None = None
    read_at: float = 0.0
    time: datetime | None = None

    @property
    def active(self) -> str | None:
        """The id of the active key."""
        return self.read_active()

    def is_active(self, key: Key) -> bool | None:
        """Return True if it is the active key; None if access is denied."""
        try:
            return self.active == key.id
        except DeniedError:
            return None

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """The evaluations that use a key."""
        return self.read_evaluations()

    def key(self, key_id: str) -> Key | None:
        """Return the key; None if there is none. Like servers, ignore the case of the id."""
        return next((key for key in self.keys if key.id.lower() == key_id.lower()), None)

    def is_used(self, key: Key) -> bool:
        """Return True if it is the active key or an evaluation is pinned to it."""
        return self.active == key.id or bool(self.pinned(key.id))

    def pinned(self, key_id: str) -> list[Evaluation]:
        """Return the evaluations that are pinned to the key."""
        return [each for each in self.evaluations if each.key_id == key_id]

    def pending(self, old_id: str) -> list[tuple[Key, Tag]]:
        """Return the new keys of pending rotations of a key; the one with precedence is first.

        The active key precedes all others, because it may be in use. Then the oldest does.
        """
        found = [(key, key.tag) for key in self.keys]
        pending = [(key, tag) for key, tag in found if tag is not None and tag.old_id == old_id]
        if len(pending) > 1:
            pending.sort(key=lambda each: (each[0].id != self.active, *_creation_order(each[0])))
        return pending

    def after_activation(self, key_id: str) -> Snapshot:
        """Return the snapshot with this key as the active one; nothing is read again."""
        return dataclasses.replace(self, read_active=lambda: key_id, stale="keys")

    def after_move(self, evaluation_id: str, key_id: str) -> Snapshot:
        """Return the snapshot with an evaluation pinned to this key; nothing is read again."""
        evaluations = tuple(
            dataclasses.replace(each, key_id=key_id) if each.id == evaluation_id else each
            for each in self.evaluations
        )
        return dataclasses.replace(self, read_evaluations=lambda: evaluations, stale="all")


def _creation_order(key: Key) -> tuple[float, str]:
    try:
        return datetime.fromisoformat(key.created_at).timestamp(), key.id
    except ValueError:
        return float("inf"), key.id
