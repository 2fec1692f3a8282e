"""The runs of an evaluation report: read them, and find one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmctl.api.compare import as_uuid
from llmctl.api.find import Found
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_REPORTS, Object, Target
from llmctl.errors import Hint, NotFoundError

if TYPE_CHECKING:
    from llmctl.api.client import Client

LATEST = "latest"


def runs_of(report_id: str) -> Target:
    """Return the list of a report's runs, newest first."""
    return Target(EVALUATION_REPORTS, report_id, "runs")


def find_run(client: Client, report: Found, reference: str) -> Object:
    """Return a report's run with this ID, or its latest one. NotFoundError if there is none."""
    is_latest = reference == LATEST
    given = report.name or report.id
    for run in client.list(runs_of(report.id), Paging(limit=1) if is_latest else Paging()):
        if is_latest or as_uuid(run.get("id")) == as_uuid(reference):
            return run
    if is_latest:
        generate = ("evaluation-reports", "generate", given)
        raise NotFoundError(
            f"evaluation report {given!r} has no runs yet", hint=Hint("to generate one", generate)
        )
    raise NotFoundError(
        f"evaluation report {given!r} has no run {reference}",
        hint=Hint("list its runs", ("evaluation-reports", "runs", given)),
    )
