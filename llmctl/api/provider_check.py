"""What a provider says about a secret: a request that changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from llmctl.api.resources import PROVIDER_KEY_VALIDATIONS, Resource
from llmctl.errors import (
    InterruptedWriteError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)

Object = dict[str, Any]


class Creator(Protocol):
    """The part of the client that asking needs."""

    def create(self, resource: Resource, body: Object) -> Object: ...


def ask_provider(api: Creator, body: Object) -> Object:
    """What the provider says about the secret in `body`, which is stored nowhere.

    UnavailableError where the answer was lost.
    """
    with changing_nothing():
        return api.create(PROVIDER_KEY_VALIDATIONS, body)


def judge(answer: Object) -> None:
    """RejectedError where the provider calls a secret invalid, UnavailableError where it cannot
    say; nothing where it is ok."""
    state = answer.get("state")
    if state == "ok":
        return
    message = answer.get("error_message") or f"the answer's state is {state!r}"
    if state == "invalid":
        raise RejectedError(f"the provider does not accept the secret: {message}")
    raise UnavailableError(f"the provider could not judge the secret: {message}")


@contextlib.contextmanager
def changing_nothing() -> Iterator[None]:
    """Around a POST or PATCH that cannot change anything: if it is lost, that is known still."""
    try:
        yield
    except UnknownOutcomeError as error:
        message = "a check that changes nothing got no answer, and nothing was changed"
        raise UnavailableError(message, hint="try again", status=error.status) from None
    except InterruptedWriteError as error:
        error.message = "interrupted during a check; nothing was changed"
        error.hint = None
        raise
