"""recover: start the evaluations that a key stopped, if their key works now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.api.find import Found
from llmctl.api.resources import EVALUATIONS
from llmctl.cli.dependencies import Confirm, Writer, shows
from llmctl.cli.injection import command
from llmctl.cli.objects import ask_about, described, find_all, for_each, given_objects
from llmctl.commands.evaluations.columns import reason_text
from llmctl.commands.evaluations.reports import (
    ReportsOption,
    confirm_reports,
    costs,
    disabled_reports,
    enable_with_reports,
    note_disabled_reports,
)
from llmctl.commands.evaluations.selection import EvaluationsArgument
from llmctl.errors import (
    ExitCode,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    NotFoundError,
    RejectedError,
    UnknownOutcomeError,
    most_serious,
)
from llmctl.output import ID, Column, LocalRows, NotePrinter, Printer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from llmctl.rotation.recovery import Candidate

COLUMNS = (
    ID,
    Column("name", least=14),
    Column("status_reason", "reason", cell=lambda row: reason_text(row["status_reason"]), least=12),
    Column("key.name", "key", rank=1),
    Column("resolves", "key works", rank=2),
    Column("result"),
    Column("message", in_table=False),
)

app = typer.Typer()


@command(
    app,
    "recover",
    "llmctl evaluations recover --yes -p sandbox",
    "llmctl evaluations recover 'Answer relevance' --yes -p sandbox",
)
def recover(
    confirm: Confirm,
    client: Writer,
    out: Annotated[Printer, shows(COLUMNS)],
    evaluations: EvaluationsArgument = None,
    reports: ReportsOption = False,
) -> ExitCode:
    """Start evaluations that a provider key stopped.

    A new secret does not start them. This command starts those whose key works now, but not those
    that a user paused. It asks first, and prints each with the reason, its key and the result.
    Older servers do not say why an evaluation is disabled: there, name those to start.

    Exits 6 if one that a key stopped cannot be started; the errors say why.

    Newer servers disable an evaluation's reports when it stops. llmctl names those that are still
    disabled; --reports enables them.
    """
    from llmctl.rotation.reader import read_all_evaluations
    from llmctl.rotation.recovery import find_candidates

    named = None
    if evaluations:
        found = find_all(client, EVALUATIONS, given_objects(evaluations), out)
        named = [each.id for each in found]
    candidates = find_candidates(client, named) if named != [] else []
    codes = {_report(candidates, out), _report_missing(named or (), candidates, out)}
    startable = [each for each in candidates if each.can_start]
    if named is None and not any(each.can_start or _is_open(each) for each in candidates):
        out.note("nothing to do: no evaluation is stopped because of a key")
        if reports:  # an earlier run may have left some; a user may have disabled them, too
            enabled = [each for each in read_all_evaluations(client) if each.enabled]
            note_disabled_reports(client, {each.id: each.name for each in enabled}, out)
    running = _names(each for each in candidates if each.is_running)
    to_run = running | _names(startable)
    disabled = disabled_reports(client, to_run) if reports else []
    about = [_with_reason(each) for each in startable]
    if about:
        ask_about(confirm, client, EVALUATIONS, about, costs(disabled), "Start")
    else:
        confirm_reports(confirm, client, disabled)
    rows = {each.evaluation.id: each.as_output() for each in candidates}

    def start_one(evaluation: Found) -> None:
        row = rows[evaluation.id]
        try:
            client.update(EVALUATIONS, evaluation.id, {"enabled": True})
            client.confirm_writes()
        except LlmctlError as error:
            row["message"] = error.message
            if isinstance(error, InterruptedWriteError | UnknownOutcomeError):
                row["result"] = "unknown"
            raise
        row["result"] = "started"
        running[evaluation.id.lower()] = str(evaluation.name)

    try:
        code = enable_with_reports(
            client,
            lambda: for_each([_found(each) for each in startable], start_one, out),
            disabled,
            to_run if confirm.dry_run else running,
            out,
        )
    finally:
        if not confirm.dry_run and (rows or out.output != "table"):
            out.rows(LocalRows(rows.values()))
    if not reports:
        note_disabled_reports(client, running, out)
    return most_serious({*codes, code})


def _report(candidates: Sequence[Candidate], out: NotePrinter) -> ExitCode:
    """Say which are not started, and why; return REJECTED if one of them should run."""
    from llmctl.rotation.dependents import describe_unclear, listed

    unclear = [each.evaluation for each in candidates if each.is_unclear]
    refused = [each for each in candidates if each.obstacle and not each.is_unclear]
    for group in _with_same_obstacle(refused):
        each = group[0]
        if len(group) > 1:
            text = f"{listed(other.evaluation for other in group)} are not started: {each.obstacle}"
        else:
            text = f"{described(EVALUATIONS, _found(each))} is not started: {each.obstacle}"
        if each.is_failure:
            out.error(RejectedError(text, hint=each.hint))
        else:
            out.note(text, each.hint)
    for line in describe_unclear(unclear):
        out.note(line)
    if unclear:
        words = (EVALUATIONS.command, "recover", "EVALUATION")
        out.note("to start one of these, name it", Hint("", words))
    return ExitCode.REJECTED if any(each.is_failure for each in refused) else ExitCode.OK


def _with_same_obstacle(candidates: Iterable[Candidate]) -> Iterable[list[Candidate]]:
    """Return the candidates in groups: those of one key that does not work are together."""
    groups: dict[object, list[Candidate]] = {}
    for each in candidates:
        same = each.evaluation.id if each.key is None else (each.obstacle, each.hint)
        groups.setdefault(same, []).append(each)
    return groups.values()


def _report_missing(
    named: Collection[str], candidates: Sequence[Candidate], out: NotePrinter
) -> ExitCode:
    """Report the IDs that the list of evaluations lacks."""
    known = _names(candidates)
    missing = [each for each in named if each.lower() not in known]
    for each in missing:
        hint = Hint("", (EVALUATIONS.command, "list"))
        out.error(NotFoundError(f"there is no evaluation {each}", hint=hint))
    return ExitCode.NOT_FOUND if missing else ExitCode.OK


def _is_open(candidate: Candidate) -> bool:
    """Return True if a key stopped it, or may have, and it cannot be started."""
    return candidate.is_failure or candidate.is_unclear


def _with_reason(candidate: Candidate) -> str:
    """Return the evaluation for the question, with why it stopped and the key that it gets."""
    reason, key = candidate.evaluation.stop_reason, candidate.key
    parts = [
        described(EVALUATIONS, _found(candidate)),
        *([f"stopped by {reason}"] if reason else []),
        *([f"now with key {key.plain_name} ({key.mask})"] if key else []),
    ]
    return ", ".join(parts)


def _found(candidate: Candidate) -> Found:
    return Found(candidate.evaluation.id, candidate.evaluation.name)


def _names(candidates: Iterable[Candidate]) -> dict[str, str]:
    return {each.evaluation.id.lower(): each.evaluation.name for each in candidates}
