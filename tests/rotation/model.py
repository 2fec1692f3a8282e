"""An in-memory model of the server: both generations, faults, invariants after every write."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llmctl.api.resources import Resource, Target
from llmctl.errors import (
    DeniedError,
    NotFoundError,
    OutdatedError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)
from llmctl.safe.secret import Secret

NIL = "00000000-0000-0000-0000-000000000000"

Object = dict[str, Any]


def mask(secret: str) -> str:
    return f"{secret[:4]}...{secret[-4:]}" if len(secret) > 8 else "****"


@dataclass
class Model:
    """Keys, the active one and evaluations. `is_newer`: the latest generation's deletes.

    `before` is called before each request with its method and path, and may change the server or
    raise. `denied` are paths whose writes are refused, `unreadable` those whose reads are. `tagged`
    are the taggers, if the server has them. `revoked` is a secret that the provider no longer
    accepts. `time` is the server's clock, if it tells.
    """

    is_newer: bool = False
    keys: dict[str, Object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    active: str | None = None
    evaluations: dict[str, Object] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    tagged: list[Object] | None = None
    revoked: str | None = None
    time: datetime | None = None
    log: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_key(self, secret: str, name: str = "Main", state: str = "ok") -> str:
        number = next(self.numbers)
        key_id = f"key-{number:04}"
        self.secrets[key_id] = secret
        self.keys[key_id] = {
            "id": key_id,
            "name": name,
            "provider": "openai",
            "state": state,
            "api_key_masked": mask(secret),
            "created_at": f"2026-01-01T00:00:{number:02}+00:00",
        }
        return key_id

    def add_evaluation(self, key_id: str | None, *, enabled: bool = True) -> str:
        evaluation_id = f"evaluation-{len(self.evaluations) + 1}"
        self.evaluations[evaluation_id] = {
            "id": evaluation_id,
            "name": evaluation_id,
            "enabled": enabled,
            "model_configuration": {"provider": "openai", "model": "m", "provider_key_id": key_id},
        }
        return evaluation_id

    def remove_key(self, key_id: str, replacement: str | None) -> None:
        if replacement is not None and replacement not in self.keys:
            raise RejectedError("Replacement key not found", status=400)
        if replacement == key_id and self.is_newer:
            raise RejectedError("Replacement key cannot be the key being deleted", status=400)
        for evaluation in self.evaluations.values():
            if evaluation["model_configuration"]["provider_key_id"] == key_id:
                evaluation["model_configuration"]["provider_key_id"] = replacement
                evaluation["enabled"] = evaluation["enabled"] and replacement is not None
        if self.active == key_id:
            self.active = replacement if self.is_newer else None
        del self.keys[key_id], self.secrets[key_id]

    def facts(self) -> Object:
        """Return the facts on which any two paths to the same end must agree."""
        return {
            "keys": sorted((self.keys[key]["name"], self.secrets[key]) for key in self.keys),
            "active": self.active and self.secrets[self.active],
            "evaluations": {
                each["id"]: self.secrets.get(each["model_configuration"]["provider_key_id"])
                for each in self.evaluations.values()
            },
        }

    def check(self) -> None:
        """Assert what must hold after every write if it held before."""
        assert self.active is not None, "the active key is gone"
        assert self.keys[self.active]["state"] == "ok"
        for evaluation in self.evaluations.values():
            assert evaluation["enabled"], f"{evaluation['id']} was stopped"
            assert evaluation["model_configuration"]["provider_key_id"] in self.keys

    def handle(self, method: str, path: str, body: Object, query: Object) -> Any:
        """Handle a request as the server does."""
        self.log.append(f"{method} {path}")
        parts = path.strip("/").split("/")
        if method != "GET" and any(denied in path for denied in self.denied):
            raise DeniedError("API key missing required scope 'x:write'", status=403)
        if method == "GET" and any(closed in path for closed in self.unreadable):
            raise DeniedError("API key missing required scope 'x:read'", status=403)
        if parts[0] == "evaluations":
            return self._evaluation(method, parts, body)
        if parts[0] == "taggers":
            if self.tagged is not None:
                return self.tagged
            raise NotFoundError("Endpoint not found.", status=404)
        if parts[1] == "evaluation_config":
            return self._config(method, body)
        if parts[1] == "provider_key_validations":
            return self._judge(body["api_key"].reveal())
        return self._key(method, parts, body, query)

    def _evaluation(self, method: str, parts: list[str], body: Object) -> Any:
        if method == "GET" and len(parts) == 1:
            return [dict(each) for each in self.evaluations.values()]
        if parts[1] not in self.evaluations:
            raise NotFoundError("Not found.", status=404, is_of_object=True)
        if method == "GET":
            return dict(self.evaluations[parts[1]])
        wanted = body["model_configuration"]
        if wanted["provider_key_id"] not in self.keys:
            raise RejectedError("Provider key not found", status=400)
        self.evaluations[parts[1]]["model_configuration"] = wanted
        return self.evaluations[parts[1]]

    def _config(self, method: str, body: Object) -> Object:
        if method == "POST":
            if "key_id" not in body:
                raise RejectedError("This field is required.", status=400)
            if body["key_id"] not in self.keys:
                raise NotFoundError("Key not found.", status=404)
            if self.keys[body["key_id"]]["state"] != "ok":
                raise RejectedError("Cannot activate key", status=400)
            self.active = body["key_id"]
        return {"active_provider_key": dict(self.keys[self.active]) if self.active else None}

    def _judge(self, secret: str) -> Object:
        if "invalid" in secret or secret == self.revoked:
            return {"state": "invalid", "error_message": "Invalid API key"}
        if "outage" in secret:
            return {"state": "error", "error_message": "Could not connect to OpenAI"}
        return {"state": "ok", "error_message": None}

    def _key(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        secret = body.get("api_key")
        if isinstance(secret, Secret) and self._judge(secret.reveal())["state"] != "ok":
            raise RejectedError("Invalid API key", status=400)
        if method == "POST":
            assert isinstance(secret, Secret)
            key_id = self.add_key(secret.reveal(), body["name"])
            return dict(self.keys[key_id])
        if method == "GET" and len(parts) == 2:
            return [dict(key) for key in reversed(self.keys.values())]
        key_id = parts[2]
        if key_id not in self.keys:
            raise NotFoundError("Not found.", status=404, is_of_object=True)
        if method == "DELETE":
            self.remove_key(key_id, query.get("replacement_key_id"))
            return None
        if method == "PATCH":
            if isinstance(secret, Secret):
                self.secrets[key_id] = secret.reveal()
                self.keys[key_id] |= {"api_key_masked": mask(secret.reveal()), "state": "ok"}
            self.keys[key_id]["name"] = body.get("name", self.keys[key_id]["name"])
        return dict(self.keys[key_id])


Before = Callable[[int, str, str], None]


class Drop(Exception):
    """Raised in `before`: the request is lost, or its response after it was done."""

    def __init__(self, *, applied: bool) -> None:
        super().__init__()
        self.applied = applied


class Dead(BaseException):
    """Raised in `before`: the process ends here, before or after its request is done. `by` is the
    exception that the process sees: none if it is killed.
    """

    def __init__(self, *, applied: bool = False, by: BaseException | None = None) -> None:
        super().__init__()
        self.applied = applied
        self.by = by


class Listed(list[Object]):
    """The rows of a list that does not change while it is read."""

    changed_while_reading = False
    time: datetime | None = None


def _refuse_if_outdated(is_current: Callable[[], bool] | None) -> None:
    if is_current is not None and not is_current():
        raise OutdatedError("too old")


@dataclass
class Link:
    """An `Api` that sends its requests to a model, with a hook before each."""

    model: Model
    before: Before = lambda number, method, path: None
    is_checked: bool = True
    count: int = 0

    def _do(self, method: str, path: str, body: Object | None = None, query: Any = None) -> Any:
        self.count += 1
        try:
            self.before(self.count, method, path)
        except (Drop, Dead) as fault:
            if fault.applied:
                self._handle(method, path, body, query)
            if isinstance(fault, Dead):
                raise (fault.by or fault) from None
            if method == "GET":
                raise UnavailableError("no answer") from None
            raise UnknownOutcomeError("the answer was lost") from None
        return self._handle(method, path, body, query)

    def _handle(self, method: str, path: str, body: Object | None, query: Any) -> Any:
        answer = self.model.handle(method, path, body or {}, query or {})
        self._check()
        return answer

    def _check(self) -> None:
        if self.is_checked:
            self.model.check()

    def get(self, resource: Resource, object_id: str | None = None) -> Object:
        found: Object = self._do("GET", Target(resource, object_id).path)
        return found

    def create(self, resource: Resource, body: Object) -> Object:
        found: Object = self._do("POST", resource.path, body)
        return found

    def act(self, target: Target, body: Object) -> Object:
        found: Object = self._do("POST", target.path, body)
        return found

    def update(
        self,
        resource: Resource,
        object_id: str,
        body: Object,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> Object:
        _refuse_if_outdated(is_current)
        found: Object = self._do("PATCH", Target(resource, object_id).path, body)
        return found

    def delete(
        self,
        resource: Resource,
        object_id: str,
        query: Any = None,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> None:
        _refuse_if_outdated(is_current)
        self._do("DELETE", Target(resource, object_id).path, None, query)

    def list(self, resource: Resource) -> Listed:
        rows = Listed(self._do("GET", resource.path))
        rows.time = self.model.time
        return rows
