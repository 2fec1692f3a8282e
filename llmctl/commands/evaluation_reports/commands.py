"""`llmctl evaluation-reports`: the commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.find import Found, find
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_REPORTS, EVALUATIONS, Target
from llmctl.cli.dependencies import Client, Confirm, Notes, Writer, pages, shows
from llmctl.cli.edit import Editor
from llmctl.cli.injection import command
from llmctl.cli.objects import (
    Objects,
    confirm_each,
    described,
    find_all,
    for_each,
    print_each,
    show_each,
)
from llmctl.cli.options import ObjectArgument
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
from llmctl.commands.evaluation_reports.recipients import update_recipients, with_integration_ids
from llmctl.errors import ExitCode, Hint, LlmctlError
from llmctl.output import Printer

ReportPrinter = Annotated[Printer, shows(COLUMNS)]
ReportPaging = Annotated[Paging, pages(COLUMNS)]

EACH_REPORT = "llmctl evaluation-reports list -o ids --limit 1 -p sandbox | \\"

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl evaluation-reports list -p sandbox",
    "llmctl evaluation-reports list --evaluation 'Answer relevance' -p sandbox",
)
def list_(
    client: Client,
    paging: ReportPaging,
    out: ReportPrinter,
    evaluation: EvaluationOption = None,
) -> None:
    """List evaluation reports, newest first."""
    evaluation_id = find(client, EVALUATIONS, evaluation).id if evaluation else None
    reports = client.list(EVALUATION_REPORTS, paging, {"evaluation": evaluation_id})
    out.rows(reports, {"evaluation": lambda: _evaluation_names(client, out)})


def _evaluation_names(client: Client, out: Printer) -> dict[str, str]:
    """Read the names of all evaluations, by id; none, with a note, if they cannot be read."""
    try:
        rows = list(client.list(EVALUATIONS))
    except LlmctlError as error:
        out.note(f"cannot read the names of the evaluations: {error.message}")
        return {}
    return {str(row.get("id")): str(row["name"]) for row in rows if row.get("name")}


@command(app, "get", EACH_REPORT, "  llmctl evaluation-reports get - -p sandbox")
def get(reports: Objects, client: Client, out: ReportPrinter) -> ExitCode:
    """Show the settings of evaluation reports.

    A report has the name of its evaluation.
    """
    return show_each(client, EVALUATION_REPORTS, reports, out)


@command(
    app,
    "create",
    "llmctl evaluation-reports create --evaluation 'Answer relevance' "
    "--trigger-threshold 500 --email team@example.com -p sandbox",
)
def create(
    body: ReportBody,
    if_exists: IfExistsOption,
    client: Writer,
    out: ReportPrinter,
    evaluation: EvaluationOption = None,
) -> None:
    """Create an evaluation report.

    You need --evaluation and either --trigger-threshold (every_n, the default) or --rrule and
    --starts-at (scheduled).

    Newer servers keep one report per evaluation and create it with the evaluation. It gets the
    fields you give, unless someone has set it up. In that case nothing is overwritten (exit code
    10): add --replace to change it or, on older servers, --another to create one more. Newer
    servers set the start and the time zone themselves (exit code 12).

    --slack takes the name or ID of a Slack integration (see `llmctl integrations list`) and a
    channel, such as 'Acme:#llm-quality'.
    """
    body = _with_ids(client, body, evaluation)
    existing = existing_reports(client, body.get("evaluation"))
    report = report_to_change(existing, if_exists)
    changes = None if report is None else as_changes(body, report)
    if report is not None and changes:
        out.item(client.update(EVALUATION_REPORTS, report["id"], changes, before=report))
    else:
        before = existing[0] if len(existing) == 1 else None
        out.item(client.create(EVALUATION_REPORTS, body, before=before))


def _with_ids(client: Client, body: dict[str, Any], evaluation: str | None) -> dict[str, Any]:
    """Return the body with the IDs of what the options name: the evaluation, if it was given, and
    the integrations of Slack recipients."""
    if evaluation is not None:
        body = body | {"evaluation": find(client, EVALUATIONS, evaluation).id}
    targets = body.get("delivery_targets")
    if isinstance(targets, list):
        body = body | {"delivery_targets": with_integration_ids(client, targets)}
    return body


@command(
    app,
    "update",
    EACH_REPORT,
    "  llmctl evaluation-reports update - --disabled -p sandbox",
    EACH_REPORT,
    "  llmctl evaluation-reports update - --add-slack 'Sandbox:#llm-quality' -p sandbox",
)
def update(
    changes: ReportChanges,
    reports: Objects,
    client: Writer,
    out: ReportPrinter,
    evaluation: EvaluationOption = None,
) -> ExitCode:
    """Update the given fields of evaluation reports.

    A report has the name of its evaluation.

    --add-email, --add-slack and --remove-target keep the other recipients. They read the report
    first; if its recipients change meanwhile, nothing is overwritten (exit code 10).

    --email, --slack and --delivery-targets together replace all recipients. A Slack recipient is
    the name or ID of an integration (see `llmctl integrations list`) and a channel, such as
    'Acme:#llm-quality'.
    """
    fields = _with_ids(client, changes.fields, evaluation)
    recipients = changes.recipients
    recipients = recipients._replace(added=with_integration_ids(client, recipients.added))

    def update_one(report: Found) -> dict[str, Any]:
        if recipients:
            return update_recipients(client, report.id, recipients, fields)
        return client.update(EVALUATION_REPORTS, report.id, fields)

    found = find_all(client, EVALUATION_REPORTS, reports, out)
    return print_each(client, reports, found, update_one, out)


@command(app, "delete", EACH_REPORT, "  llmctl evaluation-reports delete - --yes -p sandbox")
def delete(reports: Objects, confirm: Confirm, client: Writer, out: Notes) -> ExitCode:
    """Delete evaluation reports. They have the names of their evaluations.

    `update --not-deleted` restores them. Newer servers delete a report only with its evaluation:
    disable it instead.
    """

    def delete_one(report: Found) -> None:
        # The server answers DELETE with 405.
        client.update(EVALUATION_REPORTS, report.id, {"deleted": True})
        client.confirm_writes()
        restore = ("evaluation-reports", "update", report.id, "--not-deleted")
        out.note(f"deleted {described(EVALUATION_REPORTS, report)}", Hint("restore it", restore))

    found = find_all(client, EVALUATION_REPORTS, reports, out)
    consequence = "can be restored with update --not-deleted"
    confirm_each(confirm, client, EVALUATION_REPORTS, found, consequence)
    return for_each(found, delete_one, out)


@command(
    app,
    "edit",
    "llmctl evaluation-reports list -o ids --limit 1 -p sandbox | xargs -on1 \\",
    "  env EDITOR=vi llmctl evaluation-reports edit -p sandbox",
)
def edit(report: ObjectArgument, editor: Editor, client: Writer, out: ReportPrinter) -> None:
    """Edit an evaluation report's settings in your editor, as TOML.

    Opens $VISUAL, or else $EDITOR, then shows the difference, asks, and sends what you changed. If
    someone changes the report meanwhile, nothing is overwritten (exit code 10).
    """
    report_id = find(client, EVALUATION_REPORTS, report).id
    editor.edit(
        client,
        out,
        Target(EVALUATION_REPORTS, report_id),
        FIELDS,
        lambda changes: client.update(EVALUATION_REPORTS, report_id, changes),
    )
