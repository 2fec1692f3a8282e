"""An exchange without a response, and the error that it becomes."""

from __future__ import annotations

from typing import NamedTuple

from llmctl.errors import ConfigError, Hint, LlmctlError, UnavailableError, UnknownOutcomeError
from llmctl.http.request import Request
from llmctl.sandbox.defaults import ORIGIN

_SERVE = Hint("if this is the sandbox, start it", ("sandbox", "serve"))
MORE_TIME = Hint("allow more time with --timeout SECONDS")


class NetworkFailure(NamedTuple):
    """An exchange without a response.

    `sent`: the request line went out, so a write may have happened. `is_final`: another attempt
    would fail in the same way. `is_config`: the cause lies in this machine's settings.
    """

    reason: str
    sent: bool = False
    is_final: bool = False
    is_config: bool = False
    hint: Hint | None = None

    def as_error(self, request: Request, origin: str) -> LlmctlError:
        """Return the error for the user."""
        if self.is_config:
            return ConfigError(f"cannot reach {origin}: {self.reason}", hint=self.hint)
        if not self.sent:
            hint = self.hint or (_SERVE if origin == ORIGIN else None)
            return UnavailableError(f"cannot reach {origin}: {self.reason}", hint=hint)
        message = f"no response from {origin}: {self.reason}"
        if not request.is_write:
            return UnavailableError(message, hint=self.hint)
        return UnknownOutcomeError(
            f"the {request.method} may or may not have happened: {message}",
            reason=message,
            hint=Hint("check in a minute whether it happened", request.verify_command),
        )
