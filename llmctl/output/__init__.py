"""Everything that is printed: data on standard output, the rest on standard error."""

from llmctl.output.columns import ID, Column
from llmctl.output.messages import ask, comment, confirm, note, print_error, report, write
from llmctl.output.printer import NotePrinter, Printer
from llmctl.output.rows import LocalRows
from llmctl.output.text import cell_text

__all__ = [
    "ID",
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
