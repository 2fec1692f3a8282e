"""Validating a secret with its provider: a request that changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from llmctl.api.resources import PROVIDER_KEY_VALIDATIONS, Resource
from llmctl.errors import (
    Hint,
    InterruptedWriteError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)

Object = dict[str, Any]


class Creator(Protocol):
    """The part of the client that validation needs."""

    def create(self, resource: Resource, body: Object) -> Object: ...


def ask_provider(api: Creator, body: Object) -> Object:
    """Return the provider's verdict on the secret in `body`, which is stored nowhere.

    UnavailableError if there is no response.
    """
    with changing_nothing():
        return api.create(PROVIDER_KEY_VALIDATIONS, body)


def judge(verdict: Object) -> None:
    """RejectedError if the provider rejects the secret, UnavailableError if it cannot tell."""
    state = verdict.get("state")
    if state == "ok":
        return
    message = verdict.get("error_message") or f"unexpected state {state!r}"
    if state == "invalid":
        raise RejectedError(f"the provider rejected the secret: {message}")
    raise UnavailableError(f"the provider could not validate the secret: {message}")


@contextlib.contextmanager
def changing_nothing() -> Iterator[None]:
    """Wrap a POST or PATCH that cannot change anything: its outcome is never unknown."""
    try:
        yield
    except UnknownOutcomeError as error:
        message = "no valid response to a check; nothing was changed"
        raise UnavailableError(message, hint=Hint("try again"), status=error.status) from None
    except InterruptedWriteError as error:
        message = "interrupted during a check; nothing was changed"
        raise InterruptedWriteError(message, exit_code=error.exit_code) from None
