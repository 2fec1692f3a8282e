"""show-run: read a generated report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.api.find import Found, find
from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, shows
from llmctl.cli.injection import command
from llmctl.cli.objects import with_name
from llmctl.cli.options import ColumnsOption, ObjectArgument, TextOutputOption
from llmctl.commands.evaluation_reports.find_run import LATEST, find_run
from llmctl.commands.evaluation_reports.run_document import write_run
from llmctl.commands.evaluation_reports.runs import COLUMNS
from llmctl.errors import Hint, UsageError
from llmctl.input.values import is_id, refuse_secret
from llmctl.output import Printer, write
from llmctl.output.pager import show

if TYPE_CHECKING:
    from llmctl.output.document import Document

RunPrinter = Annotated[Printer, shows(COLUMNS, is_text=True)]


def _parse_run(text: str) -> str:
    refuse_secret(text, option="", what="a run")
    if text != LATEST and not is_id(text):
        hint = Hint("list the runs", ("evaluation-reports", "runs", "NAME"))
        raise UsageError(f"a run is given by its ID, or as {LATEST}", hint=hint)
    return text


RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="ID of a run, or latest (the default).",
        show_default=False,
        parser=_parse_run,
    ),
    completers.words(LATEST),
]
MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="Print Markdown, e.g. for a GitHub job summary.")
]

app = typer.Typer()


@command(
    app,
    "show-run",
    "llmctl evaluation-reports show-run 'Answer relevance' -p sandbox",
    "llmctl evaluation-reports show-run 'Answer relevance' latest --markdown -p sandbox",
)
def show_run(
    report: ObjectArgument,
    client: Client,
    out: RunPrinter,
    run: RunArgument = LATEST,
    markdown: MarkdownOption = False,
    output: TextOutputOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Show a run of an evaluation report.

    Links are shown, not followed.
    """
    if markdown and (output is not None or columns is not None):
        raise UsageError("--markdown cannot be combined with -o or --columns")
    found = find(client, EVALUATION_REPORTS, report)
    print_run(client, found, find_run(client, found, run), out, as_markdown=markdown)


def print_run(
    client: Client, report: Found, run: dict[str, Any], out: Printer, *, as_markdown: bool = False
) -> None:
    """Print a run: as text for people, or in the format that was chosen."""
    if not (as_markdown or out.is_document):
        out.item(run)
        return
    report = with_name(client, EVALUATION_REPORTS, report)
    document: Document
    if as_markdown:
        from llmctl.output.github import GithubDocument

        document = GithubDocument()
    else:
        from llmctl.output.screen_document import ScreenDocument

        document = ScreenDocument()
    write_run(document, run, report.name or report.id)
    if as_markdown:
        write(document.text())
    else:
        show(document.text())
