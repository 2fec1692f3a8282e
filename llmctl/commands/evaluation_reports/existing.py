"""The reports that an evaluation already has when one is created.

Newer servers keep one report per evaluation, and create it with the evaluation.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.api.compare import as_text, as_uuid
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.injection import Depends
from llmctl.errors import ConflictError, DeniedError, Hint, UnavailableError, UsageError
from llmctl.output import note

if TYPE_CHECKING:
    from llmctl.api.client import Client

Report = dict[str, Any]

# The settings of a report that no one has set up.
_DEFAULTS: Report = {
    "frequency": "every_n",
    "trigger_threshold": 100,
    "rrule": "",
    "starts_at": None,
    "timezone_name": "UTC",
    "delivery_targets": [],
    "max_sample_size": 200,
    "enabled": True,
    "deleted": False,
    "report_prompt_guidance": "",
    "cooldown_minutes": 60,
    "daily_run_cap": 10,
}


class IfExists(StrEnum):
    """The action if the evaluation has a report that someone has set up."""

    REFUSE = "refuse"
    REPLACE = "replace"
    CREATE_ANOTHER = "create another"


def _if_exists(
    replace: Annotated[
        bool, typer.Option("--replace", help="Change the evaluation's existing report.")
    ] = False,
    another: Annotated[
        bool, typer.Option("--another", help="Create one more report (older servers).")
    ] = False,
) -> IfExists:
    if replace and another:
        raise UsageError("--replace and --another cannot be combined")
    if replace:
        return IfExists.REPLACE
    return IfExists.CREATE_ANOTHER if another else IfExists.REFUSE


IfExistsOption = Annotated[IfExists, Depends(_if_exists)]


def existing_reports(client: Client, evaluation: object) -> list[Report]:
    """Return the reports of an evaluation; none, with a note, if access is denied.

    None either if the id is not valid: the server refuses it.
    """
    evaluation_id = as_uuid(evaluation)
    if evaluation_id is None:
        return []
    try:
        rows = list(client.list(EVALUATION_REPORTS, query={"evaluation": str(evaluation_id)}))
    except DeniedError as error:
        if error.status != 403:
            raise
        note(f"cannot check whether the evaluation already has a report: {error.message}")
        return []
    reports = [row for row in rows if as_uuid(row.get("evaluation")) == evaluation_id]
    if not all(as_uuid(report.get("id")) for report in reports):
        raise UnavailableError("unexpected response: an evaluation report has no valid id")
    return reports


def report_to_change(reports: list[Report], if_exists: IfExists) -> Report | None:
    """Return the report to change; None to create a new one.

    ConflictError if someone has set up a report, UsageError if several could be replaced.
    """
    if not reports or if_exists is IfExists.CREATE_ANOTHER:
        return None
    if len(reports) == 1 and (if_exists is IfExists.REPLACE or not _is_set_up(reports[0])):
        return reports[0]
    what = "a report" if len(reports) == 1 else f"{len(reports)} reports"
    found = "; ".join(f"{each.get('id')} ({_settings(each)})" for each in reports)
    evaluation = reports[0].get("evaluation")
    message = f"evaluation {evaluation} already has {what}: {found}; nothing was changed"
    change_one = Hint("change one of them", ("evaluation-reports", "update", "ID"))
    if if_exists is IfExists.REPLACE:
        raise UsageError(message, hint=change_one)
    another = Hint("or add --another to create one more (older servers)")
    hint = dataclasses.replace(change_one, also=another)
    if len(reports) == 1:
        hint = Hint("add --replace to change it", also=another)
    raise ConflictError(message, hint=hint)


def as_changes(body: Report, report: Report) -> Report | None:
    """Return the fields of a create as an update of the report, without its evaluation.

    A threshold without a frequency implies every_n, the default. None for a rule that would have no
    effect: servers refuse to create such a report, but not to change one.
    """
    given = body.keys() & {"frequency", "rrule", "trigger_threshold"}
    if given == {"rrule"} and body["rrule"] and report.get("frequency") == "every_n":
        return None
    changes = {name: value for name, value in body.items() if name != "evaluation"}
    if body.get("trigger_threshold") is not None and report.get("frequency") != "every_n":
        changes.setdefault("frequency", "every_n")
    return changes


def _is_set_up(report: Report) -> bool:
    return report.get("created_by") is not None or bool(_changed(report))


def _changed(report: Report) -> Report:
    """Return the settings that differ from the defaults."""
    return {
        name: report[name]
        for name, default in _DEFAULTS.items()
        if name in report and report[name] != default
    }


def _settings(report: Report) -> str:
    shown = {"frequency": report.get("frequency"), **_changed(report)}
    return ", ".join(f"{name} {as_text(value)}" for name, value in shown.items())
