"""Everything that is printed: data on standard output, the rest on standard error."""

from llmctl.output.columns import ID, NAME_WIDTH, Column
from llmctl.output.messages import ask, comment, confirm, note, print_error, report, write
from llmctl.output.printer import NotePrinter, Printer
from llmctl.output.rows import LocalRows
from llmctl.output.text import cell_text

__all__ = [
    "ID",
    "NAME_WIDTH",
    "Column",
    "LocalRows",
    "NotePrinter",
    "Printer",
    "ask",
    "cell_text",
    "comment",
    "confirm",
    "note",
    "print_error",
    "report",
    "write",
]
