"""`llmctl evaluations`: the commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATIONS
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, pages, shows
from llmctl.cli.injection import command
from llmctl.cli.objects import Objects, show_each
from llmctl.cli.options import text_parser, word_parser
from llmctl.errors import ExitCode
from llmctl.output import ID, Column, Printer, cell_text


def _status(evaluation: dict[str, Any]) -> str:
    """The status, with the reason if it is `error`: `error: key deleted`."""
    status, reason = evaluation.get("status"), evaluation.get("status_reason")
    if status == "error" and isinstance(reason, str) and reason:
        return f"error: {reason.removeprefix('provider_').replace('_', ' ')}"
    return cell_text(status) or "-"


COLUMNS = (
    ID,
    Column("name", least=22),
    Column("evaluation_type", "type", rank=1),
    Column("target", rank=3),
    Column("enabled", rank=2),
    Column("status", cell=_status, least=18),
    *(
        Column(key, shown=False)
        for key in (
            "description",
            "evaluation_config",
            "output_type",
            "output_config",
            "conditions",
            "target_config",
            "model_configuration",
            "directory_id",
            "status_reason",
            "status_reason_detail",
            "created_at",
            "updated_at",
            "created_by",
            "deleted",
            "user_access_level",
        )
    ),
)
EvaluationPrinter = Annotated[Printer, shows(COLUMNS)]
EvaluationPaging = Annotated[Paging, pages(COLUMNS)]

SearchOption = Annotated[
    str | None,
    typer.Option(
        "--search",
        metavar="TEXT",
        help="Search name and description.",
        parser=text_parser("--search", "a text to search for"),
    ),
]
EnabledOption = Annotated[
    bool | None,
    typer.Option(
        "--enabled/--disabled", help="List only enabled or only disabled ones.", show_default=False
    ),
]
TypeOption = Annotated[
    str | None,
    typer.Option(
        "--evaluation-type",
        metavar="TYPE",
        help="Filter by type: llm_judge, hog, sentiment, ...",
        parser=word_parser("--evaluation-type", "a type"),
    ),
    completers.words("llm_judge", "hog", "sentiment"),
]
OrderOption = Annotated[
    str | None,
    typer.Option(
        "--order-by",
        metavar="FIELD",
        help="Sort on the server; -FIELD is descending.",
        parser=word_parser("--order-by", "a field"),
    ),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl evaluations list -p sandbox",
    "llmctl evaluations list --search relevance --enabled -o ids -p sandbox",
)
def list_(
    client: Client,
    paging: EvaluationPaging,
    out: EvaluationPrinter,
    search: SearchOption = None,
    enabled: EnabledOption = None,
    evaluation_type: TypeOption = None,
    order_by: OrderOption = None,
) -> None:
    """List evaluations, newest first."""
    query = {
        "search": search,
        "enabled": None if enabled is None else str(enabled).lower(),
        "evaluation_type": evaluation_type,
        "order_by": order_by,
    }
    out.rows(client.list(EVALUATIONS, paging, query))


@command(app, "get", "llmctl evaluations get 'Answer relevance' -p sandbox")
def get(evaluations: Objects, client: Client, out: EvaluationPrinter) -> ExitCode:
    """Show evaluations."""
    return show_each(client, EVALUATIONS, evaluations, out)
