"""Integrations with other services, such as Slack, to which reports can be sent."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.paging import Paging
from llmctl.api.resources import INTEGRATIONS
from llmctl.cli.dependencies import Client, pages, shows
from llmctl.cli.injection import command
from llmctl.output import ID, Column, Printer, cell_text


def _name(integration: dict[str, Any]) -> str:
    """The name: of Slack, that of the workspace."""
    return cell_text(INTEGRATIONS.label_of(integration)) or "-"


COLUMNS = (
    ID,
    Column("display_name", "name", cell=_name, least=22),
    Column("kind"),
    Column("created_at", "created", rank=1),
    *(Column(key, shown=False) for key in ("config", "errors", "created_by")),
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl integrations list -p sandbox",
    "llmctl integrations list --filter kind=slack -p sandbox",
)
def list_(
    client: Client,
    paging: Annotated[Paging, pages(COLUMNS)],
    out: Annotated[Printer, shows(COLUMNS)],
) -> None:
    """List integrations."""
    out.rows(client.list(INTEGRATIONS, paging))
