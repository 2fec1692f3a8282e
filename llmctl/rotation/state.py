"""What the server holds that a rotation depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from llmctl.errors import UnavailableError
from llmctl.rotation.tag import Tag, read_tag

KEYS = "llm_analytics/provider_keys/"
CONFIG = "llm_analytics/evaluation_config/"
EVALUATIONS = "evaluations/"
VALIDATIONS = "llm_analytics/provider_key_validations/"

Object = dict[str, Any]


class Api(Protocol):
    """The part of the client that a rotation uses."""

    def get(self, path: str, query: dict[str, str | None] | None = None) -> Object: ...

    def post(self, path: str, body: Object) -> Object: ...

    def patch(self, path: str, body: Object) -> Object: ...

    def delete(self, path: str, query: dict[str, str | None] | None = None) -> None: ...

    def list(self, path: str) -> Iterable[Object]: ...


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
    """An evaluation that is pinned to a key. `model` is its whole model configuration."""

    id: str
    name: str
    key_id: str
    model: tuple[tuple[str, Any], ...]
    enabled: bool = True


class State:
    """Keys, the active key and the pinned evaluations, as the server has them.

    The keys are read at once, the rest when it is first asked for: always after the last write.
    """

    def __init__(self, api: Api, rows: list[Object] | None = None) -> None:
        self._api = api
        self.keys = [parse_key(row) for row in (api.list(KEYS) if rows is None else rows)]
        self._active: list[str | None] = []
        self._evaluations: list[Evaluation] | None = None

    @classmethod
    def of(cls, keys: list[Key], active: str | None, evaluations: list[Evaluation]) -> State:
        """A state that is known already."""
        state = cls.__new__(cls)
        state.keys, state._active, state._evaluations = keys, [active], evaluations
        return state

    @property
    def active(self) -> str | None:
        """The id of the active key."""
        if not self._active:
            self._active.append(self._read_active())
        return self._active[0]

    def _read_active(self) -> str | None:
        config = self._api.get(CONFIG)
        if "active_provider_key" not in config:
            raise UnavailableError("the evaluation configuration has no active_provider_key")
        key = config["active_provider_key"]
        return None if key is None else parse_key(key).id

    @property
    def evaluations(self) -> list[Evaluation]:
        """The evaluations that are pinned to a key."""
        if self._evaluations is None:
            rows = (_parse_evaluation(row) for row in self._api.list(EVALUATIONS))
            self._evaluations = [evaluation for evaluation in rows if evaluation is not None]
        return self._evaluations

    def key(self, key_id: str) -> Key | None:
        """The key, or None where it is gone."""
        return next((key for key in self.keys if key.id == key_id), None)

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


def _age(key: Key) -> tuple[str, str]:
    return key.created_at, key.id


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
    key_id = model.get("provider_key_id") if isinstance(model, dict) else None
    if not isinstance(model, dict) or not isinstance(key_id, str):
        return None
    return Evaluation(
        id=str(row.get("id")),
        name=str(row.get("name")),
        key_id=key_id,
        model=tuple(model.items()),
        enabled=row.get("enabled") is True,
    )
