"""A check and its result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from llmctl.errors import ExitCode, Hint, LlmctlError


class Status(StrEnum):
    """The result of a check. Only a failed one affects the exit code."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Group(StrEnum):
    """The subjects of checks, in their order."""

    FILES = "files"
    INSTALLATION = "installation"
    SETTINGS = "settings"
    NETWORK = "network"
    ACCESS = "access"
    RIGHTS = "rights"
    EVALUATIONS = "evaluations"


@dataclass(frozen=True)
class Check:
    """A finding about one thing. `exit_code` is OK unless it failed."""

    group: Group
    name: str
    status: Status
    detail: str
    hint: Hint | None = None
    exit_code: ExitCode = ExitCode.OK


def passed(group: Group, name: str, detail: str) -> Check:
    """Return a check without a problem."""
    return Check(group, name, Status.OK, detail)


def warned(group: Group, name: str, detail: str, hint: Hint | None = None) -> Check:
    """Return a check with a problem that does not matter for the exit code."""
    return Check(group, name, Status.WARNING, detail, hint)


def failed(group: Group, name: str, error: LlmctlError) -> Check:
    """Return a check that ended with an error."""
    return Check(group, name, Status.FAILED, error.message, error.hint, error.exit_code)


def skipped(group: Group, name: str, reason: str) -> Check:
    """Return a check that was not made."""
    return Check(group, name, Status.SKIPPED, reason)
