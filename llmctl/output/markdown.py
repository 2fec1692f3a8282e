"""Show Markdown as plain text: headings, lists, code and tables, wrapped for the terminal.

The Markdown may come from anywhere. Links are shown with their address, and never followed; HTML is
shown as it is written. Only visible characters and llmctl's own colours reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.text import Text

from llmctl.output import layout
from llmctl.output.sanitize import visible
from llmctl.output.table import Screen, side_by_side, wrapped

# A longer text, or one that is nested deeper, is shown as it is written.
MAX_CHARACTERS = 100_000
_MAX_NESTING = 100
_WIDEST_TABLE = 200  # in a pipe; a longer cell is wrapped
_NARROWEST = 20  # deep in a list
_RULE = 20
_CODE_INDENT = "    "
_STYLES = {"strong_open": "bold", "em_open": "italic"}


def markdown_lines(text: str, screen: Screen) -> list[Text]:
    """Return the lines of a Markdown text for the screen. A paragraph in a pipe is one line."""
    if len(text) > MAX_CHARACTERS:
        return _as_written(text, screen)
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING}).enable("table")
    tokens = parser.parse(text)
    if any(token.nesting and token.level >= _MAX_NESTING - 1 for token in tokens):
        return _as_written(text, screen)  # the parser drops what is nested deeper
    return _Renderer(screen).blocks(tokens, screen.width)


def _as_written(text: str, screen: Screen) -> list[Text]:
    lines = [Text(visible(line.expandtabs(4))) for line in text.split("\n")]
    return [part for line in lines for part in wrapped(line, screen.width)]


class _Renderer:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def blocks(self, tokens: Sequence[Token], width: int, *, is_tight: bool = False) -> list[Text]:
        """Return the lines of blocks, with an empty line between two of them unless `is_tight`."""
        lines: list[Text] = []
        for block in _split(tokens):
            found = self._block(block, max(width, _NARROWEST))
            if lines and found and not is_tight:
                lines.append(Text())
            lines += found
        return lines

    def _block(self, block: Sequence[Token], width: int) -> list[Text]:
        first, *inner = block
        inner = inner[:-1]
        match first.type:
            case "heading_open":
                return self._inline(inner, width, "bold")
            case "paragraph_open":
                return self._inline(inner, width)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(inner, width)
            case "blockquote_open":
                return _prefixed("> ", "> ", self.blocks(inner, width - 2))
            case "table_open":
                return self._table(inner, min(width, _WIDEST_TABLE))
            case "fence" | "code_block":
                code = first.content.expandtabs(4).rstrip("\n").split("\n")
                return [Text(_CODE_INDENT).append(visible(line), "cyan") for line in code]
            case "hr":
                return [Text(self._screen.rule * min(width, _RULE))]
        return [Text(visible(first.content))] if first.content else []

    def _inline(self, tokens: Sequence[Token], width: int, style: str = "") -> list[Text]:
        lines = _text(tokens, style).split("\n", allow_blank=True)
        return [part for line in lines for part in wrapped(line, width)]

    def _list(self, tokens: Sequence[Token], width: int) -> list[Text]:
        lines: list[Text] = []
        is_tight = any(token.hidden and token.level == tokens[0].level + 1 for token in tokens)
        for item in _split(tokens):
            number = item[0].info
            mark = f"{number}. " if number else "- "
            inner = self.blocks(item[1:-1], width - len(mark), is_tight=is_tight)
            if lines and not is_tight:
                lines.append(Text())
            lines += _prefixed(mark, " " * len(mark), inner or [Text()])
        return lines

    def _table(self, tokens: Sequence[Token], width: int) -> list[Text]:
        """Return a table of at most `width`; if that is too narrow for it, field by field."""
        rows: list[list[Text]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(Text(" ").join(_text([token]).split("\n")))
        head = [Text(text.plain, "bold") for text in rows[0]]
        columns = [[*column] for column in zip_longest(head, *rows[1:], fillvalue=Text())]
        naturals = [layout.natural([cell.plain for cell in column]) for column in columns]
        for longest in layout.KEPT_WHOLE:
            floors = [
                layout.comfortable([cell.plain for cell in column], longest) for column in columns
            ]
            if layout.total(floors, gap=1) <= width:
                widths, gap = layout.fit(naturals, floors, width)
                top, *others = (_row(row, widths, gap) for row in zip(*columns, strict=True))
                rule = Text(self._screen.rule * layout.total(widths, gap))
                return [*top, rule, *(line for row in others for line in row)]
        return list(self._records(columns))

    def _records(self, columns: list[list[Text]]) -> Iterator[Text]:
        names = [column[0].plain for column in columns]
        for number, row in enumerate(zip(*(column[1:] for column in columns), strict=True)):
            if number:
                yield Text()
            yield from self._screen.fields(zip(names, row, strict=True))


def _split(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the blocks: an opening token with all up to its end, or a token that stands alone."""
    start = depth = 0
    for place, token in enumerate(tokens, start=1):
        depth += token.nesting
        if depth == 0:
            yield tokens[start:place]
            start = place


def _text(tokens: Sequence[Token], style: str = "") -> Text:
    """Return the text of inline content; a hard line break is a newline."""
    text = Text(style=style)
    styles: list[str] = []
    links: list[tuple[str, int]] = []  # address, where its text starts
    for token in (child for each in tokens for child in each.children or ()):
        if token.type == "link_open":
            links.append((visible(str(token.attrs.get("href", ""))), len(text)))
        elif token.type == "link_close":
            address, start = links.pop()
            if text.plain[start:] not in (address, address.removeprefix("mailto:")):
                text.append(f" ({address})", "dim")
        elif token.nesting > 0:
            styles.append(_STYLES.get(token.type, ""))
        elif token.nesting < 0:
            styles.pop()
        else:
            text.append_text(_piece(token, " ".join(filter(None, {*styles}))))
    return text


def _piece(token: Token, style: str) -> Text:
    """Return the text of a token without an end of its own."""
    match token.type:
        case "softbreak":
            return Text(" ")
        case "hardbreak":
            return Text("\n")
        case "code_inline":
            return Text(f"`{visible(token.content)}`", f"{style} cyan".strip())
        case "image":
            address = visible(str(token.attrs.get("src", "")))
            return Text(f"{visible(token.content) or 'image'} (image: {address})", style)
    return Text(visible(token.content), style)


def _prefixed(first: str, others: str, lines: Sequence[Text]) -> list[Text]:
    """Return the lines with a prefix; that of the first line may differ."""
    return [
        Text(others if number else first).append_text(line) for number, line in enumerate(lines)
    ]


def _row(cells: Sequence[Text], widths: list[int], gap: int) -> list[Text]:
    return list(side_by_side([[cell] for cell in cells], widths, gap))
