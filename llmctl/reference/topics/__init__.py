"""The help topics: text files next to this one, read as blocks separated by blank lines.

A block is a heading (one line in capitals), a list ("- " before each item), an indented text, which
is shown verbatim, a table made from the code (`{exit_codes}`), or a paragraph. Lines have at most
78 characters.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from importlib.resources import files
from typing import NamedTuple

from llmctl.app import TOPICS
from llmctl.reference.tables import TABLES, Row

WIDTH = 78
_TERM_WIDTH = 22  # a longer term stands on a line of its own


class Kind(Enum):
    """How a block is laid out."""

    HEADING = auto()
    PARAGRAPH = auto()
    ITEMS = auto()
    VERBATIM = auto()
    TABLE = auto()


class Block(NamedTuple):
    """A part of a topic: its text as it is in the file, list items one by one, or table rows."""

    kind: Kind
    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def text(topic: str) -> str:
    """Return a topic as plain text, at most 78 columns wide."""
    return "\n\n".join([TOPICS[topic], *(_plain(block) for block in blocks(topic))]) + "\n"


def blocks(topic: str) -> Iterator[Block]:
    """Yield the blocks of a topic."""
    source = files(__name__).joinpath(f"{topic}.txt").read_text(encoding="utf-8")
    for part in re.split(r"\n\n+", source.strip("\n")):
        yield _block(part)


def _block(part: str) -> Block:
    if table := re.fullmatch(r"\{(\w+)\}", part):
        return Block(Kind.TABLE, rows=tuple(TABLES[table[1]]()))
    if part.startswith("  "):
        return Block(Kind.VERBATIM, part)
    if part.startswith("- "):
        items = re.split(r"\n(?=- )", part)
        return Block(Kind.ITEMS, part, items=tuple(item.removeprefix("- ") for item in items))
    return Block(Kind.HEADING if part.isupper() else Kind.PARAGRAPH, part)


def _plain(block: Block) -> str:
    return "\n".join(_table(block.rows)) if block.kind is Kind.TABLE else block.text


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Lay out the rows as lines: explanations in one column, below a term that is too long."""
    lengths = [len(term) for term, _ in rows]
    column = 4 + max((each for each in lengths if each <= _TERM_WIDTH), default=2)
    for term, explanation in rows:
        lines = textwrap.wrap(explanation, WIDTH - column)
        if len(term) > column - 4:
            yield f"  {term}"
        else:
            yield f"  {term:<{column - 2}}{lines.pop(0)}"
        yield from (" " * column + line for line in lines)
