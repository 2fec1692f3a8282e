"""The clustering configuration: the event filters of a project's clustering pipelines."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.resources import CLUSTERING_CONFIG, SET_EVENT_FILTERS, Target
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Writer, shows
from llmctl.cli.edit import Editor
from llmctl.cli.injection import Depends, command
from llmctl.input.values import read_json
from llmctl.output import Column, Printer

COLUMNS = (
    Column("event_filters", "filters"),
    Column("created_at", "created"),
    Column("updated_at", "updated"),
)
# In the editor: field -> a comment on its value.
FIELDS = {
    "event_filters": "The events to cluster; [] for all. An example of a filter:\n"
    '[{ key = "$ai_model", value = "gpt-4", operator = "exact", type = "event" }]',
}
ConfigPrinter = Annotated[Printer, shows(COLUMNS)]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(app, "get", "llmctl clustering-config get -p sandbox")
def get(client: Client, out: ConfigPrinter) -> None:
    """Show the clustering configuration."""
    out.item(client.get(CLUSTERING_CONFIG))


def _filters(
    event_filters: Annotated[
        str,
        typer.Option(
            "--event-filters", metavar="JSON", help="The new filters: JSON array, @FILE or -."
        ),
        completers.AT_FILE,
    ],
) -> list[Any]:
    filters: list[Any] = read_json(event_filters, option="--event-filters", kind=list)
    return filters


@command(
    app,
    "set-event-filters",
    "llmctl clustering-config set-event-filters --event-filters '[]' -p sandbox",
    "echo '[]' | llmctl clustering-config set-event-filters --event-filters - -p sandbox",
)
def set_event_filters(
    filters: Annotated[list[Any], Depends(_filters)], client: Writer, out: ConfigPrinter
) -> None:
    """Replace the event filters for clustering. An empty array clears them."""
    out.item(client.act(SET_EVENT_FILTERS, {"event_filters": filters}))


@command(app, "edit", "EDITOR=vi llmctl clustering-config edit -p sandbox")
def edit(editor: Editor, client: Writer, out: ConfigPrinter) -> None:
    """Edit the event filters in your editor, as TOML.

    Opens $VISUAL, or else $EDITOR, then shows the difference and asks before it is sent. If someone
    changes the filters meanwhile, nothing is overwritten (exit code 10).
    """
    editor.edit(
        client,
        out,
        Target(CLUSTERING_CONFIG),
        FIELDS,
        lambda changes: client.act(SET_EVENT_FILTERS, changes),
    )
