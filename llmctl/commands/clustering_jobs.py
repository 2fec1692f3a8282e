"""Clustering jobs: scheduled clustering of traces, generations or evaluations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from llmctl.api.find import Found, find
from llmctl.api.paging import Paging
from llmctl.api.resources import CLUSTERING_JOBS, Target
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Confirm, Notes, Writer, pages, shows
from llmctl.cli.edit import Editor
from llmctl.cli.injection import Depends, command
from llmctl.cli.objects import (
    Objects,
    confirm_each,
    described,
    find_all,
    for_each,
    refuse_for_several,
    show_each,
    update_each,
)
from llmctl.cli.options import DataOption, ObjectArgument, ObjectsArgument, name_parser
from llmctl.errors import ExitCode, Hint, LlmctlError
from llmctl.input.values import one_reader_of_stdin, read_json, request_body, require_changes
from llmctl.output import ID, Column, Printer, cell_text


def _filters(job: dict[str, Any]) -> str:
    """The event filters as `key operator value`, or as JSON if they have another shape."""
    filters = job.get("event_filters")
    if not filters:
        return "-"
    if isinstance(filters, list) and all(
        isinstance(each, dict) and "key" in each for each in filters
    ):
        words = [[each["key"], each.get("operator", "="), each.get("value")] for each in filters]
        return "; ".join(" ".join(cell_text(word) for word in row) for row in words)
    return cell_text(filters)


COLUMNS = (
    ID,
    Column("name", least=28),
    Column("analysis_level", "level", rank=1),
    Column("enabled"),
    Column("event_filters", "filters", cell=_filters, rank=3, least=18),
    Column("created_at", "created", shown=False),
    Column("updated_at", "updated", rank=2),
)

# In the editor: field -> a comment on its value.
FIELDS = {
    "name": "Unique in the project; 1-100 characters.",
    "analysis_level": "trace, generation or evaluation.",
    "enabled": "true or false.",
    "event_filters": "The events to cluster; [] for all. An example of a filter:\n"
    '[{ key = "$ai_model", value = "gpt-4", operator = "exact", type = "event" }]',
}


class AnalysisLevel(StrEnum):
    """The level of the data that a job clusters."""

    TRACE = "trace"
    GENERATION = "generation"
    EVALUATION = "evaluation"


LevelOption = Annotated[
    AnalysisLevel | None,
    typer.Option("--analysis-level", metavar="LEVEL", help="trace, generation or evaluation."),
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="Unique in the project; 1-100 characters.",
        parser=name_parser("--name"),
    ),
]
FiltersOption = Annotated[
    str | None,
    typer.Option("--event-filters", metavar="JSON", help="JSON array, @FILE or -."),
    completers.AT_FILE,
]
EnabledOption = Annotated[
    bool | None,
    typer.Option("--enabled/--disabled", help="Enable or disable the job.", show_default=False),
]


def _body(
    name: NameOption = None,
    analysis_level: LevelOption = None,
    event_filters: FiltersOption = None,
    enabled: EnabledOption = None,
    data: DataOption = None,
) -> dict[str, Any]:
    one_reader_of_stdin(event_filters=event_filters, data=data)
    return request_body(
        data,
        {
            "name": name,
            "analysis_level": analysis_level,
            "event_filters": read_json(event_filters, option="--event-filters", kind=list),
            "enabled": enabled,
        },
    )


JobBody = Annotated[dict[str, Any], Depends(_body)]


def _check_stdin(
    references: ObjectsArgument, event_filters: FiltersOption = None, data: DataOption = None
) -> None:
    one_reader_of_stdin(references, event_filters=event_filters, data=data)


def _changes(
    jobs: Objects, body: JobBody, _: Annotated[None, Depends(_check_stdin, is_first=True)]
) -> dict[str, Any]:
    refuse_for_several(jobs, body, "name")
    return require_changes(body)


JobChanges = Annotated[dict[str, Any], Depends(_changes)]
_DEFAULT_PREFIX = "Default - "  # of the names of the default jobs
JobPrinter = Annotated[Printer, shows(COLUMNS)]
JobPaging = Annotated[Paging, pages(COLUMNS)]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl clustering-jobs list -p sandbox",
    "llmctl clustering-jobs list --columns id,name --limit 2 -o csv -p sandbox",
)
def list_(paging: JobPaging, client: Client, out: JobPrinter) -> None:
    """List clustering jobs, oldest first."""
    out.rows(client.list(CLUSTERING_JOBS, paging))


@command(app, "get", "llmctl clustering-jobs get 'Default - traces' -p sandbox")
def get(jobs: Objects, client: Client, out: JobPrinter) -> ExitCode:
    """Show clustering jobs."""
    return show_each(client, CLUSTERING_JOBS, jobs, out)


@command(
    app,
    "create",
    "llmctl clustering-jobs create --name 'GPT-4 traces' --analysis-level trace -p sandbox",
)
def create(body: JobBody, client: Writer, out: JobPrinter) -> None:
    """Create a clustering job.

    If the default job for that level is enabled, the server disables it.
    """
    job = client.create(CLUSTERING_JOBS, body)
    out.item(job)
    if "analysis_level" in body:
        _note_disabled_defaults(client, job, out)


def _note_disabled_defaults(client: Client, job: dict[str, Any], out: Printer) -> None:
    """Name the default jobs of the new job's level that are disabled now."""
    try:
        jobs = {str(each.get("id")): each for each in client.list(CLUSTERING_JOBS)}
    except LlmctlError as error:
        out.note(f"cannot check whether the default job is disabled now: {error.message}")
        return
    for job_id, each in jobs.items():
        name, is_enabled = str(each.get("name")), each.get("enabled")
        is_of_level = each.get("analysis_level") == job.get("analysis_level")
        if (
            name.startswith(_DEFAULT_PREFIX)
            and is_of_level
            and not is_enabled
            and job_id != job.get("id")
        ):
            out.note(
                f"{name} is disabled: creating a job disables the default job of its level",
                Hint("to enable it", ("clustering-jobs", "update", job_id, "--enabled")),
            )


@command(app, "update", "llmctl clustering-jobs update 'Default - traces' --disabled -p sandbox")
def update(changes: JobChanges, jobs: Objects, client: Writer, out: JobPrinter) -> ExitCode:
    """Update the given fields of clustering jobs."""
    return update_each(client, CLUSTERING_JOBS, jobs, changes, out)


@command(
    app,
    "delete",
    "llmctl clustering-jobs delete 'Default - traces' --yes -p sandbox",
    "llmctl clustering-jobs list -o ids --limit 2 -p sandbox | \\",
    "  llmctl clustering-jobs delete - --yes -p sandbox",
)
def delete(jobs: Objects, confirm: Confirm, client: Writer, out: Notes) -> ExitCode:
    """Delete clustering jobs. They cannot be restored."""

    def delete_one(job: Found) -> None:
        client.delete(CLUSTERING_JOBS, job.id)
        out.note(f"deleted {described(CLUSTERING_JOBS, job)}")

    found = find_all(client, CLUSTERING_JOBS, jobs, out)
    confirm_each(confirm, client, CLUSTERING_JOBS, found, "cannot be restored")
    return for_each(found, delete_one, out)


@command(app, "edit", "EDITOR=vi llmctl clustering-jobs edit 'Default - traces' -p sandbox")
def edit(job: ObjectArgument, editor: Editor, client: Writer, out: JobPrinter) -> None:
    """Edit a clustering job in your editor, as TOML.

    Opens $VISUAL, or else $EDITOR, then shows the difference, asks, and sends what you changed. If
    someone changes the job meanwhile, nothing is overwritten (exit code 10).
    """
    job_id = find(client, CLUSTERING_JOBS, job).id
    editor.edit(
        client,
        out,
        Target(CLUSTERING_JOBS, job_id),
        FIELDS,
        lambda changes: client.update(CLUSTERING_JOBS, job_id, changes),
    )
