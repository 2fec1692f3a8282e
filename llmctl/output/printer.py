"""Prints data in the chosen format: `Printer(COLUMNS, output).rows(rows)` or `.item(item)`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llmctl.errors import Hint, LlmctlError, UnavailableError, UsageError
from llmctl.output.columns import Column, select
from llmctl.output.encoding import is_unicode
from llmctl.output.formats import OutputFormat, choose_format
from llmctl.output.messages import note, print_error, write
from llmctl.output.pager import show
from llmctl.output.rows import RowSource
from llmctl.output.text import cell_text, csv_line, json_text, tsv_line

Object = dict[str, Any]
Names = Callable[[], Mapping[str, str]]


class NotePrinter:
    """Prints notes and errors to standard error.

    `selection` are the options that select the project: they are added to the commands in notes.
    Errors are printed as JSON if `as_json`.
    """

    def __init__(self, selection: Sequence[str] = (), *, as_json: bool = False) -> None:
        self.selection = selection
        self._as_json = as_json

    def note(self, text: str, hint: Hint | None = None) -> None:
        """Print a note, and what to do next, on one line."""
        note(text if hint is None else f"{text}; {hint.line(self.selection)}")

    def error(self, error: LlmctlError) -> None:
        """Print the error of one of several objects or projects."""
        print_error(error, as_json=self._as_json, selection=self.selection)


class Printer(NotePrinter):
    """Prints data to standard output, and notes to standard error.

    `is_text`: without a format, a pipe gets what a terminal shows. UsageError if the selected
    columns are unknown or the format has none.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        output: OutputFormat | None,
        selected: str | None = None,
        selection: Sequence[str] = (),
        *,
        is_text: bool = False,
    ) -> None:
        self.output = choose_format(output, is_text=is_text)
        super().__init__(selection, as_json=self.output is OutputFormat.JSON)
        self._columns = select(columns, selected, self.output)
        self._is_selected = selected is not None
        self._blocks = {
            column.key: column.null.line(selection) for column in columns if column.null is not None
        }
        if self.output is OutputFormat.IDS and not any(column.key == "id" for column in columns):
            raise UsageError("-o ids needs an id column, which this command does not have")

    @property
    def is_json(self) -> bool:
        """True if programs read whole objects."""
        return self.output in (OutputFormat.JSON, OutputFormat.JSONL)

    @property
    def is_document(self) -> bool:
        """True if an object may be shown as a text for people, since no other form was chosen."""
        return self.output is OutputFormat.TABLE and not self._is_selected

    @property
    def repeats_notes(self) -> bool:
        """True if a table of what the notes said would appear below them, on the same terminal."""
        are_terminals = sys.stdout.isatty() and sys.stderr is not None and sys.stderr.isatty()
        return self.is_document and are_terminals

    def rows(
        self,
        rows: RowSource,
        names: Mapping[str, Names] | None = None,
        *,
        below: Callable[[Sequence[Object]], str] | None = None,
    ) -> None:
        """Print a list: row by row as it arrives if the format allows that, else all or nothing.

        `names`: fields that hold ids, with a function that reads the names to show in a table.
        `below` returns a line for below the table, or nothing. The ids are remembered for
        completion once all rows were printed.
        """
        self._show(rows, names or {}, below)
        if rows.missing:
            verb = "row is" if rows.missing == 1 else "rows are"
            note(f"{rows.missing} {verb} missing; run the command again")
        elif rows.changed_while_reading:
            note(
                "the list changed while it was read, so rows may be missing; run the command again"
            )
        rows.remember()

    def _show(
        self,
        rows: RowSource,
        names: Mapping[str, Names],
        below: Callable[[Sequence[Object]], str] | None,
    ) -> None:
        if self.output in (OutputFormat.TABLE, OutputFormat.JSON):
            from llmctl.output.progress import track

            collected = list(track(rows))
            if self.output is OutputFormat.JSON:
                write(json_text(collected, indent=2, ascii_only=not is_unicode()) + "\n")
            elif collected:
                self._table(collected, names, below(collected) if below else "")
            else:
                note("nothing found")
            return
        printed = 0
        try:
            for row in rows:
                write(self._line(row) if printed else self._header() + self._line(row))
                printed += 1
        except LlmctlError as error:
            if not printed:
                raise
            message = f"{error.message} ({printed} of {rows.total or 'an unknown number'} printed)"
            # The list is incomplete whatever the reason, so there is one exit code for it.
            raise UnavailableError(message, hint=error.hint, **error.details) from None
        if not printed:
            write(self._header())

    def item(self, item: Object) -> None:
        """Print one object: one field per line in a table, else like a list of one."""
        if self.output is OutputFormat.JSON:
            write(json_text(item, indent=2, ascii_only=not is_unicode()) + "\n")
        elif self.output is OutputFormat.TABLE:
            from llmctl.output.table import Screen

            if self._is_selected:
                item = {column.key: column.value(item) for column in self._columns}
            show(Screen().item(item, self._blocks))
        else:
            write(self._header() + self._line(item))

    def _table(self, rows: list[Object], names: Mapping[str, Names], below: str) -> None:
        from llmctl.output.table import Screen
        from llmctl.output.wrap import wrap

        for key in names.keys() & {column.key for column in self._columns}:
            found = names[key]()
            rows = [row | {key: found.get(str(row.get(key)), row.get(key))} for row in rows]
        screen = Screen()
        table = screen.rows(rows, self._columns, are_chosen=self._is_selected)
        lines = [*wrap(below, screen.width), ""] if below else []
        show("\n".join([table, *lines]))

    def _header(self) -> str:
        names = [column.key for column in self._columns]
        if self.output is OutputFormat.TSV:
            return tsv_line(names)
        return csv_line(names) if self.output is OutputFormat.CSV else ""

    def _line(self, row: Object) -> str:
        if self.output is OutputFormat.JSONL:
            return json_text(row, indent=None, ascii_only=not is_unicode()) + "\n"
        if self.output is OutputFormat.IDS:
            return tsv_line([cell_text(row.get("id"))])
        cells = [cell_text(column.value(row)) for column in self._columns]
        return tsv_line(cells) if self.output is OutputFormat.TSV else csv_line(cells)
