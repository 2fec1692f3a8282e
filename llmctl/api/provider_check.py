"""Validating a secret with its provider: a request that changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from llmctl.api.provider_fields import specific_fields
from llmctl.api.resources import PROVIDER_KEY_VALIDATIONS, Object, Resource
from llmctl.errors import (
    ConfigError,
    DeniedError,
    Hint,
    InterruptedWriteError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)


class Creator(Protocol):
    """The part of the client that validation needs."""

    def create(self, resource: Resource, body: Object) -> Object: ...


def ask_provider(api: Creator, body: Object) -> Object:
    """Return the provider's verdict on the secret in `body`, which is not stored.

    UnavailableError if there is no response.
    """
    with changing_nothing():
        return api.create(PROVIDER_KEY_VALIDATIONS, body)


def judge(verdict: Object, hint: Hint | None = None) -> None:
    """Raise RejectedError if the provider rejects the secret, UnavailableError if it could not
    validate it."""
    state = verdict.get("state")
    if state == "ok":
        return
    message = verdict.get("error_message") or f"unexpected state {state!r}"
    if state == "invalid":
        raise RejectedError(f"the provider rejected the secret: {message}", hint=hint)
    raise UnavailableError(f"the provider could not validate the secret: {message}", hint=hint)


def explain_refusal(
    api: Creator, error: RejectedError, body: Object, subject: str
) -> RejectedError | UnavailableError:
    """Return the error for a write with a secret that the server refused.

    The server answers 400 for a bad secret and for an outage of the provider alike, on `api_key`
    or on a provider-specific field such as a URL, so one validation decides. `body` holds the
    write's fields and the provider-specific ones of the stored key, `subject` names what was to be
    changed.
    """
    specific = specific_fields(body)
    if "api_key" not in body or error.attr not in ("api_key", *specific):
        return error
    fields = {name: body[name] for name in ("api_key", "provider") if name in body} | specific
    try:
        verdict = ask_provider(api, fields)
    except (DeniedError, NotFoundError, RejectedError, ConfigError):
        message = f"{subject}: {error.message}; cannot tell whether the secret or the provider "
        return error.restated(f"{message}is at fault", error.hint)
    if verdict.get("state") != "error":
        return error.restated(f"{subject}: {error.message}", error.hint)
    reason = verdict.get("error_message") or "no reason given"
    return UnavailableError(
        f"{subject}: the provider could not validate the secret: {reason}; nothing was changed",
        hint=Hint("try again later"),
        **error.details,
    )


@contextlib.contextmanager
def explaining_refusal(api: Creator, body: Object, subject: str) -> Iterator[None]:
    """Wrap a write with a secret: a refusal is explained as `explain_refusal` does."""
    try:
        yield
    except RejectedError as error:
        raise explain_refusal(api, error, body, subject) from None


@contextlib.contextmanager
def changing_nothing() -> Iterator[None]:
    """Wrap a POST or PATCH that cannot change anything: its outcome is never unknown."""
    try:
        yield
    except UnknownOutcomeError as error:
        reason = f": {error.reason}" if error.reason else ""
        message = f"no valid response to a check; nothing was changed{reason}"
        raise UnavailableError(message, hint=Hint("try again"), status=error.status) from None
    except InterruptedWriteError as error:
        message = "interrupted during a check; nothing was changed"
        raise InterruptedWriteError(message, exit_code=error.exit_code) from None
