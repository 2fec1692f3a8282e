"""diff: show what `apply` would change."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.cli.dependencies import Client, Connections, shows_projects
from llmctl.cli.injection import command
from llmctl.commands.project_file.compared import Compared, compare, of_profile
from llmctl.commands.project_file.options import (
    DropUnsupportedOption,
    File,
    MarkdownOption,
    PlannedPruneOption,
)
from llmctl.errors import ExitCode, LlmctlError, UsageError, most_serious
from llmctl.output import Column, LocalRows, Printer, write
from llmctl.output.formats import OutputFormat
from llmctl.output.pager import show

COLUMNS = (
    Column("id"),
    Column("action"),
    Column("kind"),
    Column("name"),
    Column("field"),
    Column("old"),
    Column("new"),
)
COLUMNS_OF_SEVERAL = (Column("profile"), *COLUMNS)

app = typer.Typer(rich_markup_mode=None)


@command(
    app,
    "diff",
    "llmctl diff -f llm.toml -p sandbox",
    "llmctl diff -f llm.toml --prune --markdown -p sandbox",
)
def diff(
    file: File,
    connections: Connections,
    out: Annotated[Printer, shows_projects(COLUMNS, COLUMNS_OF_SEVERAL, is_text=True)],
    prune: PlannedPruneOption = False,
    drop_unsupported: DropUnsupportedOption = False,
    markdown: MarkdownOption = False,
) -> ExitCode:
    """Compare a file with the project, and show what apply would change.

    Compares only what the file mentions. Changes nothing, runs no command in the file and reads no
    secret, so it is safe to diff a file from a stranger.

    Exits 0 if there are no differences, and 9 if there are.
    """
    if markdown and out.output is not OutputFormat.TABLE:
        raise UsageError("--markdown cannot be combined with -o")

    def read(client: Client) -> Compared:
        parsed = file.parse(client.profile)
        return compare(client, parsed, prune=prune, drop_unsupported=drop_unsupported)

    found = list(connections.read_all(read))
    if not connections.are_several:
        [(client, compared)] = found
        if isinstance(compared, LlmctlError):
            raise compared
    _print(found, out, are_several=connections.are_several, as_markdown=markdown)
    for client, compared in found:
        if isinstance(compared, LlmctlError):
            out.error(of_profile(compared, str(client.profile)))
    return most_serious({_code(compared) for _, compared in found})


Result = tuple[Client, Compared | LlmctlError]


def _print(found: list[Result], out: Printer, *, are_several: bool, as_markdown: bool) -> None:
    from llmctl.project_file import difference

    if as_markdown:
        sections = [
            (client.described, each.message if isinstance(each, LlmctlError) else each.plan)
            for client, each in found
        ]
        write(difference.markdown(sections))
    elif out.is_document:
        shown = []
        for client, each in found:
            title = f"{client.described}:\n" if are_several else ""
            if not isinstance(each, LlmctlError):
                shown.append(title + difference.text(each.plan))
        show("\n".join(shown))
    elif out.is_json:
        documents = [_as_json(client, each, are_several=are_several) for client, each in found]
        if are_several:
            out.rows(LocalRows(documents))
        else:
            out.item(documents[0])
    else:
        rows = [
            ({"profile": client.profile} if are_several else {}) | row
            for client, each in found
            if not isinstance(each, LlmctlError)
            for row in difference.as_rows(each.plan, each.project)
        ]
        out.rows(LocalRows(rows))


def _as_json(client: Client, each: Compared | LlmctlError, *, are_several: bool) -> dict[str, Any]:
    from llmctl.project_file import difference

    profile = {"profile": client.profile} if are_several else {}
    if isinstance(each, LlmctlError):
        where = {"host": client.origin, "project": client.project}
        return {**profile, "project": where, "error": each.message, "exit_code": each.exit_code}
    return {
        **profile,
        **difference.as_json(each.plan, each.project),
        "exit_code": _code(each),
    }


def _code(each: Compared | LlmctlError) -> ExitCode:
    if isinstance(each, LlmctlError):
        return each.exit_code
    return ExitCode.DIFFERS if each.plan.changes else ExitCode.OK
