"""GitHub-flavoured Markdown, as for a job summary, from texts that may come from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from llmctl.output.cells import value_cell
from llmctl.output.document import Bar
from llmctl.output.sanitize import visible

_ACTIVE = re.compile(r"([\\`*_\[\]<>|~&$])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!(?=\[)")
# Workflow commands: the runner reads them in the job's log, if the Markdown is printed there.
_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)")
_COMMAND = re.compile(r"##(?=(?:vso)?\[)")


class GithubDocument:
    """A `Document` in Markdown."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def text(self) -> str:
        """Return the document, with a line end."""
        return "\n\n".join(part for part in self._parts if part) + "\n"

    def title(self, text: str) -> None:
        """Add the title."""
        self._parts.append(f"## {escaped(text)}")

    def heading(self, text: str) -> None:
        """Add the heading of a section."""
        self._parts.append(f"### {escaped(text)}")

    def problem(self, heading: str, details: Iterable[str]) -> None:
        """Add something that went wrong, and the details, one line each."""
        items = "".join(f"\n- {escaped(text)}" for text in details)
        self._parts.append(f"**{escaped(heading)}**" + (f"\n{items}" if items else ""))

    def fields(self, fields: Iterable[tuple[str, object]]) -> None:
        """Add the names of fields and their values; a time is shown in the local zone."""
        rows = [
            (escaped(name.replace("_", " ")), escaped(value_cell(name, value).plain))
            for name, value in fields
        ]
        self._parts.append(_table(("", ""), rows))

    def bars(self, bars: Sequence[Bar]) -> None:
        """Add a table with the numbers."""
        rows = [
            (
                escaped(bar.label),
                "" if bar.percent is None else f"{bar.percent:.1f}%",
                "" if bar.number is None else str(bar.number),
            )
            for bar in bars
        ]
        self._parts.append(_table(("result", "share", "number"), rows))

    def markdown(self, text: str) -> None:
        """Add a text in Markdown."""
        self._parts.append(safe_markdown(text))

    def numbered(self, texts: Iterable[str]) -> None:
        """Add a numbered list."""
        lines = (f"{number}. {escaped(text)}" for number, text in enumerate(texts, start=1))
        self._parts.append("\n".join(lines))


def escaped(text: str) -> str:
    """Return a text on one line that means itself in Markdown, in a cell of a table too."""
    return _COMMAND_AT_START.sub(r"\1\\:", _ACTIVE.sub(r"\\\1", visible(text)))


def safe_markdown(text: str) -> str:
    """Return Markdown without HTML, images and workflow commands, and with no open code block.

    An image becomes a link: it would tell its server who reads the text. Control and bidi
    characters are escaped.
    """
    lines = (_safe_line(line) for line in text.replace("\r\n", "\n").expandtabs(4).split("\n"))
    return _with_closed_code("\n".join(lines).strip("\n"))


def _safe_line(line: str) -> str:
    line = _COMMAND_AT_START.sub(r"\1\\:", _COMMAND.sub(r"#\\#", line))
    return visible(_IMAGE.sub("! ", _TAG.sub("&lt;", line)))


def _with_closed_code(text: str) -> str:
    """Return Markdown whose last code block is closed: what follows is no part of it."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").disable("inline").parse(f"{text}\n")
    last = tokens[-1] if tokens else None
    if last is None or last.type != "fence" or last.map is None:
        return text
    start, end = last.map
    is_closed = end - start == last.content.count("\n") + 2
    return text if is_closed else f"{text}\n{last.markup}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. The cells are Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
