"""Find the rights of the key, with requests that change nothing.

No endpoint lists the scopes of a key. Servers check the scope before anything else about a request:
a GET of at most one row shows the right to read, and a PATCH of an object that does not exist, with
`null` as its body, the right to write. Actions that could do something are never tried: the right
to write the same objects stands for them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.api.error_details import ENDPOINT_NOT_FOUND, PROJECT_NOT_FOUND, is_closed, missing_scope
from llmctl.api.operation import Operation
from llmctl.api.provider_check import changing_nothing
from llmctl.api.resources import (
    CLUSTERING_CONFIG,
    CLUSTERING_JOBS,
    EVALUATION_CONFIG,
    EVALUATION_REPORTS,
    EVALUATIONS,
    INTEGRATIONS,
    MODELS,
    NIL_ID,
    PROVIDER_KEYS,
    Target,
)
from llmctl.errors import LlmctlError, NotFoundError, RejectedError, UnavailableError
from llmctl.http import Response
from llmctl.input.values import NULL

if TYPE_CHECKING:
    from llmctl.api.client import Client

RUNS, GENERATE = "evaluation-reports runs", "evaluation-reports generate"
VALIDATE = "provider-keys validate KEY"

_READS = {
    "clustering-config": Target(CLUSTERING_CONFIG),
    "clustering-jobs": Target(CLUSTERING_JOBS),
    "evaluation-config": Target(EVALUATION_CONFIG),
    "evaluation-reports": Target(EVALUATION_REPORTS),
    RUNS: Target(EVALUATION_REPORTS, NIL_ID, "runs"),
    "provider-keys": Target(PROVIDER_KEYS),
    # Servers let keys read this exactly if they let them validate a stored key.
    VALIDATE: Target(PROVIDER_KEYS, NIL_ID, "dependent_configs"),
    "evaluations": Target(EVALUATIONS),
    "models": Target(MODELS),
    "integrations": Target(INTEGRATIONS),
}
_WRITES = {
    each: Target(_READS[each].resource, NIL_ID)
    for each in ("clustering-jobs", "evaluation-reports", "provider-keys", "evaluations")
}
# Command -> the one whose right to write stands for its own: it needs the same scope.
_INFERRED = {
    "clustering-config": "clustering-jobs",
    "evaluation-config": "evaluations",
    GENERATE: "evaluation-reports",
    VALIDATE: "provider-keys",
}
# Command -> the read that the server closes to keys together with it.
_CLOSED_WITH = {GENERATE: RUNS, VALIDATE: VALIDATE}
_ONLY_WRITE = (GENERATE, VALIDATE)
_COMMANDS = (
    "clustering-config",
    "clustering-jobs",
    "evaluation-config",
    "evaluation-reports",
    RUNS,
    GENERATE,
    "provider-keys",
    VALIDATE,
    "evaluations",
    "models",
    "integrations",
)


class Verdict(StrEnum):
    """The extent of a right. `closed`: this server lets no personal API key do it."""

    YES = "yes"
    NO = "no"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Cell(NamedTuple):
    """A right. `scope` is the missing one, if the server named it; `reason` is its own text."""

    verdict: Verdict
    scope: str | None = None
    reason: str | None = None
    is_inferred: bool = False


class Answer(NamedTuple):
    """The response, and the error that it maps to; or, without a response, only an error.

    `seconds` is how long that took.
    """

    response: Response | None
    error: LlmctlError | None
    seconds: float

    @property
    def body(self) -> dict[str, Any]:
        """The object in the response; empty if there is an error."""
        return {} if self.error or self.response is None else self.response.body

    @property
    def detail(self) -> str | None:
        """The API's own text in an error; None if the response is not the API's."""
        body = None if self.response is None else self.response.body
        text = (body.get("detail") or body.get("error")) if isinstance(body, dict) else None
        return text if isinstance(text, str) else None

    @property
    def _is_rejected(self) -> bool:
        """True if PostHog refuses the request for another reason than the key."""
        is_gone = self.response is not None and (
            self.response.problem or self.response.status == 410
        )
        return isinstance(self.error, RejectedError) and not is_gone

    @property
    def cell(self) -> Cell:
        """The right that the answer shows."""
        error, status = self.error, self.response.status if self.response else None
        if error is None or self._is_rejected:
            return Cell(Verdict.YES)  # what is wrong with a request is said after the scope check
        if isinstance(error, NotFoundError):
            if error.is_of_object:
                return Cell(Verdict.YES)
            if self.detail == ENDPOINT_NOT_FOUND:
                return Cell(Verdict.CLOSED, reason="this server does not have it")
        if status == 403 and self.detail is not None:
            if is_closed(self.detail):
                return Cell(Verdict.CLOSED, reason=self.detail)
            return Cell(Verdict.NO, missing_scope(self.detail), self.detail)
        return Cell(Verdict.UNKNOWN, reason=self.detail or f"unexpected response ({status})")

    @property
    def is_refused(self) -> bool:
        """True if the server does not accept the key."""
        return self.response is not None and self.response.status == 401

    @property
    def is_lost(self) -> bool:
        """True if there is no use in asking on: no response, or one that says to wait."""
        if self.response is None or not isinstance(self.error, UnavailableError):
            return self.response is None
        return self.response.status == 429 or self.response.retry_after is not None

    @property
    def is_of_no_project(self) -> bool:
        """True if the project does not exist."""
        return self.detail == PROJECT_NOT_FOUND


@dataclass(frozen=True)
class Right:
    """The rights that a command needs; `read` or `write` is None if it does not need that one."""

    command: str
    read: Cell | None
    write: Cell | None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Those of the two that there are."""
        return tuple(cell for cell in (self.read, self.write) if cell is not None)

    @property
    def missing(self) -> list[str]:
        """The scopes that the server named as missing."""
        return list(dict.fromkeys(cell.scope for cell in self.cells if cell.scope))

    @property
    def reasons(self) -> list[str]:
        """The server's texts that name no scope."""
        found = (cell.reason for cell in self.cells if cell.reason and not cell.scope)
        return list(dict.fromkeys(found))


def ask(client: Client, operation: Operation) -> Answer:
    """Send an operation that changes nothing. Never raises the server's error."""
    start = time.monotonic()
    response: Response | None = None
    error: LlmctlError | None
    try:
        with changing_nothing():
            response, error = client.exchange(operation)
            if error is not None:
                raise error
    except LlmctlError as found:
        error = found
    return Answer(response, error, time.monotonic() - start)


def try_reads(client: Client) -> dict[str, Answer]:
    """Read at most one row for each command. End early if there is no use in going on."""
    answers: dict[str, Answer] = {}
    for command, target in _READS.items():
        answers[command] = answer = ask(client, Operation("GET", target, (("limit", "1"),)))
        if answer.is_lost or answer.is_refused or answer.is_of_no_project:
            break
    return answers


def try_writes(client: Client) -> dict[str, Answer]:
    """Probe the rights to write. End early if there is no use in going on."""
    answers: dict[str, Answer] = {}
    for command, target in _WRITES.items():
        answers[command] = answer = ask(client, Operation("PATCH", target, body=NULL))
        if answer.is_lost:
            break
    return answers


def rights_of(reads: Mapping[str, Answer], tried: Mapping[str, Answer]) -> list[Right]:
    """Return the rights that the answers show."""
    writes = {command: answer.cell for command, answer in tried.items()}
    cells = {command: answer.cell for command, answer in reads.items()}
    return [
        Right(
            command,
            None if command in _ONLY_WRITE else cells[command],
            writes.get(command) or _inferred(command, writes, cells),
        )
        for command in _COMMANDS
        if command in cells or command in _ONLY_WRITE
    ]


def _inferred(command: str, writes: Mapping[str, Cell], reads: Mapping[str, Cell]) -> Cell | None:
    """Return the right of a command whose action is not tried; None if it has no action."""
    if command not in _INFERRED:
        return None
    closed_with = reads.get(_CLOSED_WITH.get(command, ""))
    if closed_with is not None and closed_with.verdict is Verdict.CLOSED:
        return closed_with._replace(is_inferred=True)
    return writes[_INFERRED[command]]._replace(is_inferred=True)
