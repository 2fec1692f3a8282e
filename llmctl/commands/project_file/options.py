"""Options that the commands for project files share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.cli import completers
from llmctl.cli.injection import Depends
from llmctl.cli.nearest import either, nearest_words
from llmctl.cli.options import text_parser, word_parser
from llmctl.errors import Hint, UsageError
from llmctl.output.sanitize import typed
from llmctl.project_file.kinds import BY_TABLE

if TYPE_CHECKING:
    from llmctl.project_file.model import ProjectFile

FilesOption = Annotated[
    list[str],
    typer.Option(
        "--file",
        "-f",
        metavar="PATH",
        help="File, directory of .toml files, or - (standard input); repeatable.",
        show_default=False,
    ),
    completers.FILE,
]
VariablesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--var",
        metavar="NAME=VALUE",
        help="Value of ${vars.NAME} in the file; repeatable.",
        parser=text_parser("--var", "a value"),
    ),
]
OnlyOption = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="A,B,C",
        help="Only these tables, such as evaluations,clustering-jobs.",
        parser=word_parser("--only", "a table"),
    ),
    completers.words(*(table.replace("_", "-") for table in BY_TABLE), is_list=True),
]
PruneOption = Annotated[
    bool,
    typer.Option(
        "--prune",
        help="Delete objects that are not in the file, in the tables that it has.",
    ),
]
PlannedPruneOption = Annotated[
    bool, typer.Option("--prune", help="Include what apply --prune would delete.")
]
DropUnsupportedOption = Annotated[
    bool,
    typer.Option(
        "--drop-unsupported", help="Drop fields that the server does not support, and list them."
    ),
]
MarkdownOption = Annotated[
    bool,
    typer.Option("--markdown", help="Print Markdown, for a comment on a pull request."),
]


def parse_tables(text: str | None) -> frozenset[str]:
    """Return the tables in the text of `--only`; all tables for None.

    UsageError for an unknown table; the hint is the nearest known one.
    """
    if text is None:
        return frozenset(BY_TABLE)
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UsageError("--only is empty")
    for word in words:
        if word.replace("-", "_") not in BY_TABLE:
            known = [table.replace("_", "-") for table in BY_TABLE]
            near = nearest_words(word, known)
            hint = f"did you mean {either(near)}" if near else f"tables: {', '.join(known)}"
            raise UsageError(f"--only: unknown table {typed(word)}", hint=Hint(hint))
    return frozenset(word.replace("-", "_") for word in words)


def _tables(only: OnlyOption = None) -> frozenset[str]:
    return parse_tables(only)


# The tables of --only.
Tables = Annotated[frozenset[str], Depends(_tables)]


def parse_variables(texts: Collection[str]) -> dict[str, str]:
    """Return the variables in texts of the form `NAME=VALUE`. UsageError for other texts."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise UsageError("--var must be NAME=VALUE")
        if name in found:
            raise UsageError(f"--var: {typed(name)} is given twice")
        found[name] = value
    return found


class FileReader:
    """The files of `--file`, read once. Their values may depend on the profile."""

    def __init__(
        self, paths: list[str], variables: Mapping[str, str], tables: frozenset[str]
    ) -> None:
        from llmctl.project_file.document import read_texts

        self._texts = read_texts(paths)
        self._variables = variables
        self._tables = tables

    def parse(self, profile: str | None) -> ProjectFile:
        """Return the file for a profile, with the tables of `--only`.

        FileError with all errors in it.
        """
        from llmctl.project_file.document import parse

        return parse(self._texts, self._variables, profile).only(self._tables)


def _reader(file: FilesOption, tables: Tables, var: VariablesOption = None) -> FileReader:
    return FileReader(file, parse_variables(var or []), tables)


# The file to compare with a project.
File = Annotated[FileReader, Depends(_reader)]
