"""export: print a project's configuration as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from llmctl.cli import completers
from llmctl.cli.dependencies import Client, Selection, make_notes
from llmctl.cli.injection import Depends, command
from llmctl.commands.project_file.options import Tables
from llmctl.errors import UsageError
from llmctl.input.values import refuse_key
from llmctl.output import NotePrinter, write
from llmctl.output.encoding import is_unicode
from llmctl.output.formats import OutputFormat, choose_format

FileOption = Annotated[
    str | None,
    typer.Option("--file", "-f", metavar="PATH", help="File to write (default: standard output)."),
    completers.FILE,
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]
FormatOption = Annotated[
    OutputFormat | None,
    typer.Option("--output", "-o", metavar="FORMAT", help="json, instead of TOML."),
    completers.words(OutputFormat.JSON),
]


def _destination(file: FileOption = None, force: ForceOption = False) -> Path | None:
    """Return the file to write; None for standard output. UsageError if it cannot be written."""
    from llmctl.output.file import check_destination

    if file is None or file == "-":
        return None
    path = Path(refuse_key(file, option="--file", what="a path"))
    check_destination(path, overwrite=force)
    return path


def _is_json(output: FormatOption = None) -> bool:
    if output not in (None, OutputFormat.TABLE, OutputFormat.JSON):
        raise UsageError(f"-o {output}: export prints TOML, or JSON with -o json")
    return choose_format(output, is_text=True) is OutputFormat.JSON


def _notes(selection: Selection, output: FormatOption = None) -> NotePrinter:
    return make_notes(selection, output)


app = typer.Typer(rich_markup_mode=None)


@command(
    app,
    "export",
    "llmctl export -f llm.toml -p sandbox",
    "llmctl export --only evaluations,evaluation-reports -p sandbox",
)
def export(
    client: Client,
    out: Annotated[NotePrinter, Depends(_notes)],
    tables: Tables,
    destination: Annotated[Path | None, Depends(_destination)],
    is_json: Annotated[bool, Depends(_is_json)],
) -> None:
    """Export the project's configuration as a TOML file.

    Includes the provider keys without their secrets, the active key, evaluations and their reports,
    and the event filters and jobs for clustering. Objects refer to each other by name; IDs appear
    only where a name is not unique. The same project always gives the same bytes. To leave out
    tables, such as those that your key cannot read, name the others with --only.
    """
    from llmctl.output.text import json_text
    from llmctl.project_file.export import to_json, to_toml
    from llmctl.project_file.project import read_project

    project = read_project(client, tables)
    if is_json:
        is_ascii = destination is None and not is_unicode()
        text = json_text(to_json(project, tables), indent=2, ascii_only=is_ascii) + "\n"
    else:
        text = to_toml(project, tables)
    for each in project.notes:
        out.note(each)
    if destination is not None:
        from llmctl.output.file import write_file

        write_file(destination, text)
        out.note(f"wrote {destination}")
        return
    if not is_json and not is_unicode():
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # as TOML requires
    write(text)
