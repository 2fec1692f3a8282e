"""What the server holds that a rotation depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from llmctl.api.resources import EVALUATION_CONFIG, EVALUATIONS, PROVIDER_KEYS, Resource
from llmctl.errors import NotFoundError, UnavailableError
from llmctl.rotation.tag import Tag, read_tag

READS = 3  # of a list that changes while it is read

Object = dict[str, Any]


class Listing(Protocol):
    """The rows of a list; `moved` once they were read: it changed between two pages."""

    @property
    def changed_while_reading(self) -> bool: ...

    def __iter__(self) -> Iterator[Object]: ...


class Api(Protocol):
    """The part of the client that a rotation uses."""

    def get(self, resource: Resource, object_id: str | None = None) -> Object: ...

    def create(self, resource: Resource, body: Object) -> Object: ...

    def act(self, resource: Resource, action: str, body: Object) -> Object: ...

    def update(self, resource: Resource, object_id: str, body: Object) -> Object: ...

    def delete(
        self, resource: Resource, object_id: str, query: dict[str, str | None] | None = None
    ) -> None: ...

    def list(self, resource: Resource) -> Listing: ...


@dataclass(frozen=True)
class Key:
    """A provider key; `tag` where it is the pending key of a rotation."""

    id: str
    name: str
    provider: str
    state: str
    mask: str
    created_at: str = ""
    azure_endpoint: str | None = None
    api_version: str | None = None

    @property
    def tag(self) -> Tag | None:
        """What its name says about a rotation."""
        return read_tag(self.name)

    @property
    def azure(self) -> dict[str, str]:
        """The request fields that go with the secret of an Azure key."""
        fields = {"azure_endpoint": self.azure_endpoint, "api_version": self.api_version}
        return {name: value for name, value in fields.items() if value}

    def shown(self) -> Object:
        """For people and for JSON output."""
        return {
            "id": self.id,
            "name": self.name,
            "provider": self.provider,
            "state": self.state,
            "api_key_masked": self.mask,
        }


@dataclass(frozen=True)
class Evaluation:
    """An evaluation that an LLM judges: with the key that it is pinned to, else the active one.

    `model` is its whole model configuration.
    """

    id: str
    name: str
    key_id: str | None
    model: tuple[tuple[str, Any], ...]
    enabled: bool = True


class State:
    """Keys, the active key and the pinned evaluations, as the server has them.

    The keys are read at once, the rest when it is first asked for. `is_whole`: all of it was read
    after the last write. `watched` are keys whose absence from the list is not believed without a
    look of its own.
    """

    def __init__(self, api: Api, *, watched: tuple[str | None, ...] = ()) -> None:
        self._api = api
        self.rows = read_rows(api, PROVIDER_KEYS)
        self.keys = [parse_key(row) for row in self.rows]
        self.is_whole = self._has_new_keys = True
        self._active: list[str | None] = []
        self._evaluations: list[Evaluation] | None = None
        for key_id in watched:
            self.look_up(key_id)

    @classmethod
    def of(cls, keys: list[Key], active: str | None, evaluations: list[Evaluation]) -> State:
        """A state that is known already."""
        state = cls.__new__(cls)
        state.keys, state._active, state._evaluations = keys, [active], evaluations
        state.is_whole = state._has_new_keys = True
        return state

    def after_move(self, *, watched: tuple[str | None, ...] = ()) -> State:
        """This state after a write to an evaluation: all is read again but the active key.

        The next evaluation must not be moved to a key that has stopped working meanwhile.
        """
        state = State(self._api, watched=watched)
        state._active, state.is_whole = [self.active], False
        return state

    def after_activation(self, active: str) -> State:
        """This state once another key is the active one; nothing is read again."""
        state = State.of(self.keys, active, [])
        state._api, state._evaluations = self._api, self._evaluations
        state.is_whole = state._has_new_keys = False
        return state

    def refreshed(self, *, watched: tuple[str | None, ...] = ()) -> State:
        """This state with the rest read again, too, but for evaluations, which were just read."""
        if self._has_new_keys:
            self._active.clear()
            self.is_whole = True
            return self
        state = State(self._api, watched=watched)
        state._evaluations = self._evaluations
        return state

    def look_up(self, key_id: str | None) -> None:
        """Ask for a key by itself where the list does not have it.

        A list of more than a page can hide a key when another one is deleted meanwhile.
        """
        if key_id is None or self.key(key_id) is not None:
            return
        try:
            row = self._api.get(PROVIDER_KEYS, key_id)
        except NotFoundError as error:
            if not error.is_of_object:
                raise
            return
        self.rows.append(row)
        self.keys.append(parse_key(row))

    @property
    def active(self) -> str | None:
        """The id of the active key."""
        if not self._active:
            self._active.append(self._read_active())
        return self._active[0]

    def _read_active(self) -> str | None:
        config = self._api.get(EVALUATION_CONFIG)
        if "active_provider_key" not in config:
            raise UnavailableError("the evaluation configuration has no active_provider_key")
        key = config["active_provider_key"]
        return None if key is None else parse_key(key).id

    @property
    def evaluations(self) -> list[Evaluation]:
        """The evaluations that use a key."""
        if self._evaluations is None:
            rows = (_parse_evaluation(row) for row in read_rows(self._api, EVALUATIONS))
            self._evaluations = [evaluation for evaluation in rows if evaluation is not None]
        return self._evaluations

    def key(self, key_id: str) -> Key | None:
        """The key, or None where it is gone. Servers take ids in upper case as well."""
        return next((key for key in self.keys if key.id.lower() == key_id.lower()), None)

    def is_used(self, key: Key) -> bool:
        """Whether it is the active key, or an evaluation is pinned to it."""
        return self.active == key.id or bool(self.pinned(key.id))

    def pinned(self, key_id: str) -> list[Evaluation]:
        """The evaluations that are pinned to the key."""
        return [each for each in self.evaluations if each.key_id == key_id]

    def pending(self, old_id: str) -> list[tuple[Key, Tag]]:
        """The pending keys of the rotations of a key: who has precedence comes first.

        The active one goes before all others: it may be in use. Then the earliest.
        """
        found = [(key, key.tag) for key in self.keys]
        pending = [(key, tag) for key, tag in found if tag is not None and tag.old_id == old_id]
        if len(pending) > 1:
            pending.sort(key=lambda each: (each[0].id != self.active, *_age(each[0])))
        return pending


def _age(key: Key) -> tuple[float, str]:
    try:
        return datetime.fromisoformat(key.created_at).timestamp(), key.id
    except ValueError:
        return float("inf"), key.id


def read_rows(api: Api, resource: Resource) -> list[Object]:
    """All rows of a list, each once. UnavailableError where it changes at every reading."""
    for _ in range(READS):
        listing = api.list(resource)
        rows = {row.get("id"): row for row in listing}
        if not listing.changed_while_reading:
            return list(rows.values())
    raise UnavailableError("the list changes again and again while it is read", hint="try again")


def parse_key(row: object) -> Key:
    """A key of the API. UnavailableError where it is not one."""
    texts = ("id", "name", "provider", "state", "api_key_masked")
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in texts):
        raise UnavailableError("the server's answer holds a provider key that is not one")
    return Key(
        id=row["id"],
        name=row["name"],
        provider=row["provider"],
        state=row["state"],
        mask=row["api_key_masked"],
        created_at=str(row.get("created_at") or ""),
        azure_endpoint=row.get("azure_endpoint_display"),
        api_version=row.get("api_version_display"),
    )


def _parse_evaluation(row: Object) -> Evaluation | None:
    model = row.get("model_configuration")
    if not isinstance(model, dict):
        model = {}
    key_id = model.get("provider_key_id")
    if not model and row.get("evaluation_type") != "llm_judge":
        return None
    return Evaluation(
        id=str(row.get("id")),
        name=str(row.get("name")),
        key_id=key_id if isinstance(key_id, str) else None,
        model=tuple(model.items()),
        enabled=row.get("enabled") is True,
    )
