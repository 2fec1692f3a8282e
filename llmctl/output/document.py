"""A document for people, made of a few kinds of parts: on a screen or in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Bar(NamedTuple):
    """A row of a bar chart: a label, its share in percent and its number, None if unknown."""

    label: str
    percent: float | None
    number: int | None
    style: str = ""


class Document(Protocol):
    """Collects the parts of a document. Their texts may come from anywhere: they are made safe."""

    def title(self, text: str) -> None:
        """Add the title."""

    def heading(self, text: str) -> None:
        """Add the heading of a section."""

    def problem(self, heading: str, details: Iterable[str]) -> None:
        """Add something that went wrong, and the details, one line each."""

    def fields(self, fields: Iterable[tuple[str, object]]) -> None:
        """Add the names of fields and their values; a time is shown in the local zone."""

    def bars(self, bars: Sequence[Bar]) -> None:
        """Add a bar chart."""

    def markdown(self, text: str) -> None:
        """Add a text in Markdown."""

    def numbered(self, texts: Iterable[str]) -> None:
        """Add a numbered list."""

    def text(self) -> str:
        """Return the document, with a line end."""
