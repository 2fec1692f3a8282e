"""The output formats, and which one is used."""

from __future__ import annotations

import os
import sys
from enum import StrEnum

from llmctl.errors import ConfigError, Hint


class OutputFormat(StrEnum):
    """A format for data on standard output."""

    TABLE = "table"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    IDS = "ids"


def choose_format(output: OutputFormat | None, *, is_text: bool = False) -> OutputFormat:
    """Return the option, else `LLMCTL_OUTPUT`, else a table on a terminal and TSV elsewhere.

    With `is_text`, the default is a table everywhere.
    """
    if output is not None:
        return output
    default = os.environ.get("LLMCTL_OUTPUT")
    if default:
        try:
            return OutputFormat(default)
        except ValueError:
            raise ConfigError(
                "LLMCTL_OUTPUT is not a known format",
                hint=Hint(f"formats: {', '.join(OutputFormat)}"),
            ) from None
    return OutputFormat.TABLE if is_text else default_format()


def default_format() -> OutputFormat:
    """Return a table on a terminal and TSV elsewhere."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return OutputFormat.TABLE if is_terminal else OutputFormat.TSV
