"""`llmctl evaluation-reports`: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api.resources import EVALUATION_REPORTS, Target
from llmctl.cli.dependencies import Client, Confirm, Notes, Paging, Writer, shows
from llmctl.cli.edit import Editor
from llmctl.cli.injection import command
from llmctl.cli.options import IdArgument
from llmctl.commands.evaluation_reports.existing import (
    IfExistsOption,
    as_changes,
    existing_reports,
    report_to_change,
)
from llmctl.commands.evaluation_reports.fields import (
    COLUMNS,
    FIELDS,
    EvaluationOption,
    ReportBody,
    ReportChanges,
)
from llmctl.commands.evaluation_reports.recipients import update_recipients
from llmctl.errors import Hint
from llmctl.output import Printer
from llmctl.sandbox.defaults import EVALUATION_ID

ReportPrinter = Annotated[Printer, shows(COLUMNS)]

EACH_REPORT = "llmctl evaluation-reports list -o ids --limit 1 -p sandbox | xargs -rn1 \\"

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl evaluation-reports list -p sandbox",
    f"llmctl evaluation-reports list --evaluation {EVALUATION_ID} -p sandbox",
)
def list_(
    client: Client, paging: Paging, out: ReportPrinter, evaluation: EvaluationOption = None
) -> None:
    """List evaluation reports, newest first."""
    out.rows(client.list(EVALUATION_REPORTS, paging, {"evaluation": evaluation}))


@command(app, "get", EACH_REPORT, "  llmctl evaluation-reports get -p sandbox")
def get(report_id: IdArgument, client: Client, out: ReportPrinter) -> None:
    """Show an evaluation report's settings."""
    out.item(client.get(EVALUATION_REPORTS, report_id))


@command(
    app,
    "create",
    f"llmctl evaluation-reports create --evaluation {EVALUATION_ID} "
    "--trigger-threshold 500 --email team@example.com -p sandbox",
)
def create(body: ReportBody, if_exists: IfExistsOption, client: Writer, out: ReportPrinter) -> None:
    """Create an evaluation report.

    You need --evaluation and either --trigger-threshold (every_n, the default) or --rrule and
    --starts-at (scheduled).

    Newer servers keep one report per evaluation and create it with the evaluation. It gets the
    fields you give, unless someone has set it up. In that case nothing is overwritten (exit code
    10): add --replace to change it or, on older servers, --another to create one more. Newer
    servers set the start and the time zone themselves (exit code 12).

    --slack takes the ID of the project's Slack integration. To find it, call GET
    /api/projects/ID/integrations/ using a key with the integration:read scope. In the sandbox it is
    1.
    """
    existing = existing_reports(client, body.get("evaluation"))
    report = report_to_change(existing, if_exists)
    changes = None if report is None else as_changes(body, report)
    if report is not None and changes:
        out.item(client.update(EVALUATION_REPORTS, report["id"], changes, before=report))
    else:
        before = existing[0] if len(existing) == 1 else None
        out.item(client.create(EVALUATION_REPORTS, body, before=before))


@command(
    app,
    "update",
    EACH_REPORT,
    "  llmctl evaluation-reports update --disabled -p sandbox",
    EACH_REPORT,
    "  llmctl evaluation-reports update --add-email lead@example.com -p sandbox",
)
def update(
    report_id: IdArgument, changes: ReportChanges, client: Writer, out: ReportPrinter
) -> None:
    """Update the given fields of an evaluation report.

    --add-email, --add-slack and --remove-target keep the other recipients. They read the report
    first; if its recipients change meanwhile, nothing is overwritten (exit code 10).

    --email, --slack and --delivery-targets together replace all recipients. See `llmctl
    evaluation-reports create --help` for the ID of a Slack integration.
    """
    if changes.recipients:
        out.item(update_recipients(client, report_id, changes.recipients, changes.fields))
    else:
        out.item(client.update(EVALUATION_REPORTS, report_id, changes.fields))


@command(app, "delete", EACH_REPORT, "  llmctl evaluation-reports delete --yes -p sandbox")
def delete(report_id: IdArgument, confirm: Confirm, client: Writer, out: Notes) -> None:
    """Delete an evaluation report. `update --not-deleted` restores it.

    Newer servers refuse this: there a report is deleted with its evaluation. Disable it instead.
    """
    confirm(f"Delete evaluation report {report_id}?")
    # The server answers DELETE with 405.
    client.update(EVALUATION_REPORTS, report_id, {"deleted": True})
    client.confirm_writes()
    restore = ("evaluation-reports", "update", report_id, "--not-deleted")
    out.note(f"deleted evaluation report {report_id}", Hint("restore it", restore))


@command(
    app,
    "edit",
    "llmctl evaluation-reports list -o ids --limit 1 -p sandbox | xargs -on1 \\",
    "  env EDITOR=vi llmctl evaluation-reports edit -p sandbox",
)
def edit(report_id: IdArgument, editor: Editor, client: Writer, out: ReportPrinter) -> None:
    """Edit an evaluation report's settings in your editor, as TOML.

    Opens $VISUAL, or else $EDITOR, then shows the difference, asks, and sends what you changed. If
    someone changes the report meanwhile, nothing is overwritten (exit code 10).
    """
    editor.edit(
        client,
        out,
        Target(EVALUATION_REPORTS, report_id),
        FIELDS,
        lambda changes: client.update(EVALUATION_REPORTS, report_id, changes),
    )
