"""The writes that rotations are made of. Each can be shown, sent, and undone or repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmctl.api.resources import (
    EVALUATION_CONFIG,
    EVALUATIONS,
    PROVIDER_KEY_VALIDATIONS,
    PROVIDER_KEYS,
    Target,
)
from llmctl.rotation.snapshot import Api, Evaluation, Key
from llmctl.rotation.tag import Tag, tagged_name
from llmctl.safe.secret import Secret


@dataclass(frozen=True)
class Step:
    """One write: what it is for, and its request. `subject` is the id that it is about."""

    kind: str
    text: str
    method: str
    target: Target
    body: Mapping[str, Any] | None = None
    query: dict[str, str | None] = field(default_factory=dict)
    subject: str = ""

    def send(self, api: Api) -> dict[str, Any] | None:
        """Do it; the answer's object."""
        resource, object_id, action = self.target
        body = dict(self.body or {})
        if object_id is None:
            return api.act(resource, action, body) if action else api.create(resource, body)
        if self.method == "DELETE":
            api.delete(resource, object_id, self.query)
            return None
        return api.update(resource, object_id, body)

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same for a repetition."""
        return self.kind, self.target.path, str(self.query)


def check(key: Key, secret: Secret) -> Step:
    """Let the provider judge the secret; nothing is stored."""
    body = {"api_key": secret, "provider": key.provider, **key.azure}
    target = Target(PROVIDER_KEY_VALIDATIONS)
    return Step("check", "check the new secret with the provider", "POST", target, body)


def create(old: Key, tag: Tag, secret: Secret) -> Step:
    """The new key, beside the old one and not active."""
    body = {
        "provider": old.provider,
        "name": tagged_name(tag),
        "api_key": secret,
        **old.azure,
        "set_as_active": False,
    }
    return Step(
        "create", "create the new key beside the old one", "POST", Target(PROVIDER_KEYS), body
    )


def set_secret(key: Key, secret: Secret) -> Step:
    """Swap the secret; `provider` goes along, as older servers assume OpenAI without it."""
    body = {"provider": key.provider, "api_key": secret}
    text = f"give key {key.id} the new secret"
    return Step("set-secret", text, "PATCH", Target(PROVIDER_KEYS, key.id), body, subject=key.id)


def activate(key: Key) -> Step:
    """Make it the key that evaluations use."""
    text = f"make {key.id} the active key"
    target = Target(EVALUATION_CONFIG, action="set_active_key")
    return Step("activate", text, "POST", target, {"key_id": key.id}, subject=key.id)


def move(evaluation: Evaluation, key: Key) -> Step:
    """Pin an evaluation to the key. The model configuration is replaced as a whole."""
    fields = ("provider", "model")
    model = {name: value for name, value in evaluation.model if name in fields}
    body = {"model_configuration": {**model, "provider_key_id": key.id}}
    text = f"pin evaluation {evaluation.id} ({evaluation.name}) to {key.id}"
    target = Target(EVALUATIONS, evaluation.id)
    return Step("move", text, "PATCH", target, body, subject=evaluation.id)


def delete(key: Key, replacement: Key | None, *, what: str) -> Step:
    """Delete a key; what the lists do not show (taggers) moves to the replacement."""
    query: dict[str, str | None] = {}
    if replacement is not None:
        assert replacement.id != key.id, "older servers take a key as its own replacement"
        query = {"replacement_key_id": replacement.id}
    return Step(
        "delete",
        f"delete {what} {key.id}",
        "DELETE",
        Target(PROVIDER_KEYS, key.id),
        query=query,
        subject=key.id,
    )


def rename(key: Key, name: str) -> Step:
    """Give the new key its final name."""
    text = f"give {key.id} the name {name!r}"
    return Step(
        "rename", text, "PATCH", Target(PROVIDER_KEYS, key.id), {"name": name}, subject=key.id
    )
