"""What reaches the user: data on standard output, everything else on standard error."""

from llmctl.output.messages import ask, comment, confirm, note, print_error, report, write
from llmctl.output.printer import Column, LocalRows, View
from llmctl.output.text import cell_text

__all__ = [
    "Column",
    "LocalRows",
    "View",
    "ask",
    "cell_text",
    "comment",
    "confirm",
    "note",
    "print_error",
    "report",
    "write",
]
