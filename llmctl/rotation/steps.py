"""The writes that a rotation consists of. Each can be shown, sent, and undone or repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmctl.api.resources import (
    EVALUATIONS,
    PROVIDER_KEY_VALIDATIONS,
    PROVIDER_KEYS,
    SET_ACTIVE_KEY,
    Target,
)
from llmctl.rotation.api import Api
from llmctl.rotation.snapshot import Evaluation, Key
from llmctl.rotation.tag import KeyName, Owed, fitting_name
from llmctl.safe.secret import Secret

StepKind = Literal["check", "create", "set-secret", "activate", "move", "delete", "rename", "start"]


@dataclass(frozen=True)
class Step:
    """One write, and its request.

    `text` says what it will do (`make X the active key`), `done_text` what it did (`made X the
    active key`). `subject` is the id of the key or evaluation that it changes. `validation` is the
    body of the request that validates the secret which it stores, if it does.
    """

    kind: StepKind
    text: str
    done_text: str
    method: str
    target: Target
    body: Mapping[str, Any] | None = None
    query: dict[str, str | None] = field(default_factory=dict)
    subject: str = ""
    validation: Mapping[str, Any] | None = None

    def send(self, api: Api, is_current: Callable[[], bool] | None = None) -> dict[str, Any] | None:
        """Send the request and return the server's object; None for a delete.

        A step that cannot be undone is not sent once `is_current` returns False: OutdatedError.
        """
        resource, object_id, action = self.target
        body = dict(self.body or {})
        if object_id is None:
            return api.act(self.target, body) if action else api.create(resource, body)
        if self.method == "DELETE":
            api.delete(resource, object_id, self.query, is_current=is_current)
            return None
        is_current = is_current if self.kind == "set-secret" else None
        return api.update(resource, object_id, body, is_current=is_current)

    @property
    def moves_to(self) -> str:
        """The id of the key that a move pins the evaluation to."""
        key_id: str = (self.body or {})["model_configuration"]["provider_key_id"]
        return key_id

    @property
    def identity(self) -> tuple[str, str, str]:
        """A value that is equal for repetitions of the step."""
        name = (self.body or {}).get("name")
        return self.kind, self.target.path, str(name or self.query)


def check(key: Key, secret: Secret) -> Step:
    """Check the secret with the provider; nothing is stored."""
    return Step(
        "check",
        "check the new secret with the provider",
        "checked the new secret with the provider",
        "POST",
        Target(PROVIDER_KEY_VALIDATIONS),
        _validation(key, secret),
    )


def _validation(key: Key, secret: Secret) -> dict[str, Any]:
    return {"api_key": secret, "provider": key.provider, **dict(key.specific)}


def create(old: Key, name: KeyName, secret: Secret) -> Step:
    """Create the new key, which is not active yet."""
    return Step(
        "create",
        f"create a replacement for key {old.id}",
        f"created a replacement for key {old.id}",
        "POST",
        Target(PROVIDER_KEYS),
        {
            "provider": old.provider,
            "name": fitting_name(name, old.id),
            "api_key": secret,
            **dict(old.specific),
            "set_as_active": False,
        },
        validation=_validation(old, secret),
    )


def set_secret(key: Key, secret: Secret, name: KeyName | None = None) -> Step:
    """Replace the secret, and the name if it changes.

    Older servers assume OpenAI unless `provider` is sent as well.
    """
    body = {"provider": key.provider, "api_key": secret}
    if name is not None and str(name) != key.name:
        body["name"] = fitting_name(name, key.id)
    return Step(
        "set-secret",
        f"update the secret of key {key.id}",
        f"updated the secret of key {key.id}",
        "PATCH",
        Target(PROVIDER_KEYS, key.id),
        body,
        subject=key.id,
        validation=_validation(key, secret),
    )


def activate(key: Key) -> Step:
    """Make it the key that evaluations use."""
    return Step(
        "activate",
        f"make {key.id} the active key",
        f"made {key.id} the active key",
        "POST",
        SET_ACTIVE_KEY,
        {"key_id": key.id},
        subject=key.id,
    )


def move(evaluation: Evaluation, key: Key) -> Step:
    """Pin an evaluation to the key. Servers replace the whole model configuration."""
    fields = ("provider", "model")
    model = {name: value for name, value in evaluation.model if name in fields}
    what = f"evaluation {evaluation.id} ({evaluation.name}) to {key.id}"
    return Step(
        "move",
        f"pin {what}",
        f"pinned {what}",
        "PATCH",
        Target(EVALUATIONS, evaluation.id),
        {"model_configuration": {**model, "provider_key_id": key.id}},
        subject=evaluation.id,
    )


def start(evaluation: Evaluation) -> Step:
    """Enable an evaluation."""
    return Step(
        "start",
        f"start {evaluation}",
        f"started {evaluation}",
        "PATCH",
        Target(EVALUATIONS, evaluation.id),
        {"enabled": True},
        subject=evaluation.id,
    )


def delete(key: Key, replacement: Key | None, *, what: str) -> Step:
    """Delete a key. The server moves what the lists do not show (taggers) to the replacement."""
    query: dict[str, str | None] = {}
    if replacement is not None:
        assert replacement.id != key.id, "older servers accept a key as its own replacement"
        query = {"replacement_key_id": replacement.id}
    return Step(
        "delete",
        f"delete {what} {key.id}",
        f"deleted {what} {key.id}",
        "DELETE",
        Target(PROVIDER_KEYS, key.id),
        query=query,
        subject=key.id,
    )


def rename(key: Key, name: KeyName) -> Step:
    """Give a key its final name."""
    what = f"key {key.id} to {str(name)!r}"
    return _name(key, name, f"rename {what}", f"renamed {what}")


def mark(key: Key, name: KeyName, what: str) -> Step:
    """Change the tag in a key's name; `what` is what the tag then says of the key."""
    return _name(key, name, f"mark key {key.id} as {what}", f"marked key {key.id} as {what}")


def settle(key: Key, owed: Owed) -> Step:
    """Record in a key's name that a secret is revoked."""
    what = f"that the old secret {owed.mask} ({owed.provider}) is revoked"
    return _name(key, key.parts.without(owed), f"record {what}", f"recorded {what}")


def _name(key: Key, name: KeyName, text: str, done_text: str) -> Step:
    return Step(
        "rename",
        text,
        done_text,
        "PATCH",
        Target(PROVIDER_KEYS, key.id),
        {"name": fitting_name(name, key.id)},
        subject=key.id,
    )
