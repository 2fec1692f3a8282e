"""The exit codes, and one error class for each that a command can end with."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self


class ExitCode(IntEnum):
    """The exit codes that scripts branch on. Their meanings never change."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG = 3
    DENIED = 4
    NOT_FOUND = 5
    REJECTED = 6
    UNAVAILABLE = 7
    UNKNOWN = 8
    DIFFERS = 9
    CONFLICT = 10
    UNFINISHED = 11
    PARTIAL = 12
    GATE = 13
    OUTPUT = 74
    HANGUP = 129
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


# Of several exit codes, the first of these that occurred is that of the whole run.
_MOST_SERIOUS_FIRST = (
    ExitCode.INTERNAL,
    ExitCode.UNKNOWN,
    ExitCode.UNFINISHED,
    ExitCode.CONFLICT,
    ExitCode.PARTIAL,
    ExitCode.GATE,
    ExitCode.UNAVAILABLE,
    ExitCode.REJECTED,
    ExitCode.NOT_FOUND,
    ExitCode.DENIED,
    ExitCode.CONFIG,
    ExitCode.USAGE,
    ExitCode.DIFFERS,
)


def most_serious(codes: Collection[int]) -> ExitCode:
    """Return the most serious of several exit codes; OK if there is no failure."""
    return next((code for code in _MOST_SERIOUS_FIRST if code in codes), ExitCode.OK)


_LOCAL_COMMANDS = ("profiles", "sandbox", "completion", "help")  # they use no project


def command_line(words: Sequence[str], selection: Sequence[str] = ()) -> str:
    """A command as a user types it, `words` without the leading `llmctl`.

    `selection`, the options that select the project, is added if the command uses one.
    """
    return shlex.join(["llmctl", *_selecting(words, selection)])


def _selecting(words: Sequence[str], selection: Sequence[str]) -> tuple[str, ...]:
    """Return a command's words with the options that select the project, if it uses one."""
    is_local = words[0] in _LOCAL_COMMANDS and tuple(words[:2]) != ("profiles", "show")
    is_local = is_local or words[-1] == "--help"
    return (*words, *(() if is_local else selection))


@dataclass(frozen=True)
class Hint:
    """What to do next: a text, and the words of a command (without `llmctl`) if there is one.

    `also` is an alternative. If its text starts with "or", it continues the sentence.
    """

    text: str
    command: tuple[str, ...] = ()
    also: Hint | None = None

    def line(self, selection: Sequence[str] = ()) -> str:
        """The hint in one line, its commands with the options that select the project."""
        parts = [self.text, command_line(self.command, selection) if self.command else ""]
        line = ": ".join(part for part in parts if part)
        if self.also is None:
            return line
        joint = ", " if self.also.text.startswith("or ") else "; "
        return line + joint + self.also.line(selection)

    __str__ = line

    def selecting(self, selection: Sequence[str]) -> Hint:
        """Return the hint whose commands have the options that select the project."""
        command = _selecting(self.command, selection) if self.command else ()
        also = None if self.also is None else self.also.selecting(selection)
        return Hint(self.text, command, also)


class LlmctlError(Exception):
    """An error with one sentence for the user, what to type next, and an exit code.

    `status`, `attr` and `server_code` are the HTTP status, the request field and the error code
    from the server, if known.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        hint: Hint | None = None,
        status: int | None = None,
        attr: str | None = None,
        server_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.attr = attr
        self.server_code = server_code

    @property
    def details(self) -> dict[str, Any]:
        """What the server said, as arguments for another error."""
        return {"status": self.status, "attr": self.attr, "server_code": self.server_code}

    @property
    def lines(self) -> Sequence[str]:
        """The message, or one for each of several errors."""
        return (self.message,)

    @property
    def json_fields(self) -> dict[str, Any]:
        """Fields of the error as JSON, beside those that all errors have."""
        return {}

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error of the same kind, with another message and hint."""
        return type(self)(message, hint=hint, **self.details)


class UsageError(LlmctlError):
    """Bad option or value, or the action was not confirmed. Nothing was changed."""

    exit_code = ExitCode.USAGE


class ConfigError(LlmctlError):
    """No key or project, unknown profile, unsafe file, or a host that redirects elsewhere."""

    exit_code = ExitCode.CONFIG


class DeniedError(LlmctlError):
    """The server denied access (401, 403)."""

    exit_code = ExitCode.DENIED


class NotFoundError(LlmctlError):
    """Not found (404).

    `is_of_object`: the API itself says that the object does not exist. False for the 404 of a
    gateway, of a wrong project and of an unknown endpoint.
    """

    exit_code = ExitCode.NOT_FOUND

    def __init__(self, message: str, *, is_of_object: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self.is_of_object = is_of_object

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error of the same kind, with another message and hint."""
        return type(self)(message, is_of_object=self.is_of_object, hint=hint, **self.details)


class RejectedError(LlmctlError):
    """The server rejected the request (any other 4xx), or a check failed or had no data."""

    exit_code = ExitCode.REJECTED


class UnavailableError(LlmctlError):
    """Network failure, timeout, 429, 5xx, unexpected response, or no report run in time; retry."""

    exit_code = ExitCode.UNAVAILABLE


class OutdatedError(UnavailableError):
    """A write was not sent, because the state that it was decided on is too old by now."""


class UnknownOutcomeError(LlmctlError):
    """The response to a write was lost. The write may or may not have happened.

    `reason`: what came in place of the response.
    """

    exit_code = ExitCode.UNKNOWN

    def __init__(self, message: str, *, reason: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.reason = reason

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error of the same kind, with another message and hint."""
        return type(self)(message, reason=self.reason, hint=hint, **self.details)


class ConflictError(LlmctlError):
    """Someone else's change, rotation or report is in the way. Nothing was overwritten."""

    exit_code = ExitCode.CONFLICT


class UnfinishedError(LlmctlError):
    """Stopped safely partway. Run the command again to finish."""

    exit_code = ExitCode.UNFINISHED


class PartialError(LlmctlError):
    """Done, but the server ignored or changed a field, or changed an existing object."""

    exit_code = ExitCode.PARTIAL


class GateError(LlmctlError):
    """`evaluation-reports gate`: a measured rate breaks a rule."""

    exit_code = ExitCode.GATE


class InterruptedWriteError(LlmctlError):
    """A signal arrived during a write: it may or may not have happened."""

    def __init__(self, message: str, *, hint: Hint | None = None, exit_code: ExitCode) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code

    def restated(self, message: str, hint: Hint | None) -> Self:
        """Return an error of the same kind, with another message and hint."""
        return type(self)(message, hint=hint, exit_code=self.exit_code)


class ProblemsError(LlmctlError):
    """A check found problems. `problems` describes each one for programs."""

    def __init__(
        self, message: str, problems: list[dict[str, Any]], *, exit_code: ExitCode
    ) -> None:
        super().__init__(message)
        self.problems = problems
        self.exit_code = exit_code

    @property
    def json_fields(self) -> dict[str, Any]:
        """The problems."""
        return {"problems": self.problems}


class DryRun(Exception):
    """Ends a command before its first write; `main` prints the request's command and returns 0."""

    def __init__(self, command: str) -> None:
        super().__init__("dry run")
        self.command = command


class Terminated(SystemExit):
    """SIGTERM or SIGHUP, raised in the main thread as KeyboardInterrupt is for SIGINT.

    A SystemExit, because libraries let that pass: the loop of the served sandbox swallows any
    other exception.
    """

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__(int(exit_code))
        self.exit_code = exit_code


class OutputClosed(BaseException):
    """Standard output cannot be written. Not an OSError, so that no library swallows it."""

    def __init__(self, exit_code: ExitCode, reason: str) -> None:
        super().__init__(reason)
        self.exit_code = exit_code
        self.reason = reason
