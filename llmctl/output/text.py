"""Values as text: JSON that is safe on a terminal, and cells of TSV and CSV."""

from __future__ import annotations

import io
import re
from typing import Any

from llmctl.errors import Hint
from llmctl.output.sanitize import harmless_json, is_unsafe, log_line, visible

_NOT_PLAIN = re.compile(r"[^ -~\n]")


def json_text(value: Any, *, indent: int | None, ascii_only: bool = False) -> str:
    """Return JSON, on one line if `indent` is None; unsafe characters as `\\u` escapes.

    A Hint in `value` is written as its line.
    """
    from llmctl.safe.strict_json import dumps

    separators = None if indent else (",", ":")
    text = dumps(
        value, ensure_ascii=ascii_only, indent=indent, separators=separators, default=Hint.line
    )
    return harmless_json(_NOT_PLAIN.sub(_escape_unsafe, text))


def cell_text(value: Any) -> str:
    """Return a value on one line: text as it is, nested values as compact JSON."""
    if value is None:
        return ""
    if isinstance(value, str | Hint):
        return visible(str(value))
    return json_text(value, indent=None)


def counted(number: int, noun: str) -> str:
    """Return `1 key`, `2 keys`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def tsv_line(cells: list[str]) -> str:
    """Return a line of cells, which contain no tab and no line break, separated by tabs."""
    return log_line("\t".join(cells)) + "\n"


def csv_line(cells: list[str]) -> str:
    """Return a line of cells in the format of RFC 4180."""
    import csv

    line = io.StringIO()
    csv.writer(line).writerow([log_line(cell) for cell in cells[:1]] + cells[1:])
    return line.getvalue()


def _escape_unsafe(match: re.Match[str]) -> str:
    import json

    character = match[0]
    if not is_unsafe(character):
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
