"""The places of the tables, keys and values of a TOML text, which `tomllib` does not tell.

tomlkit knows them only by rendering its document again, and takes four times as long to parse one
with long prompts. The text is valid TOML, or the places of what is before the error are enough.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from typing import NamedTuple

from llmctl.safe.strict_json import MAX_DEPTH, MAX_DIGITS

Path = tuple[str | int, ...]
"""The names of tables and keys, and the indexes of elements, from the top to a value."""

# Quantifiers are possessive: strings may be long, and broken ones must not take long to refuse.
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
_BARE = re.compile(r"[^\s,\[\]{}#\"']++(?: [0-9][^\s,\]}#]*+)?+")  # a date-time may have a space
_DIGITS = re.compile(rf"[0-9A-Fa-f_]{{{MAX_DIGITS + 1}}}")


class Place(NamedTuple):
    """Offsets in the text: of the key or the element, and of the value's start and end."""

    key: int
    start: int
    end: int


class Places:
    """The places in a text, by path; those that are not TOML from some point on end there.

    `clashes` are definitions of what is defined already: a name, the first and the second offset.
    `too_deep` and `too_long` are offsets: of a value that is nested too deeply, and of numbers
    with too many digits. `statement` is that of the last header, or key of a table, that was read.
    """

    def __init__(self, text: str) -> None:
        self.clashes: list[tuple[str, int, int]] = []
        self.too_deep: int | None = None
        self.too_long: list[int] = []
        self.statement = 0
        self._text = text
        self._offset = 0
        self._strings: list[tuple[int, int]] = []  # starts and ends, in order
        self._places: dict[Path, Place] = {}
        self._counts: dict[Path, int] = {}  # tables read, of each array of tables
        self._entered: set[Path] = set()  # tables that are only mentioned by what is in them
        with contextlib.suppress(_EndError):
            self._read_document()

    def find(self, path: Path) -> Place:
        """Return the place of a value, or else of the nearest one around it."""
        while path not in self._places and path:
            path = path[:-1]
        return self._places.get(path, Place(0, 0, 0))

    def is_in_text(self, offset: int) -> bool:
        """Return True if an offset is inside a value that is a text, or behind what is TOML."""
        if offset >= self._offset:
            return True
        index = bisect_right(self._strings, offset, key=lambda span: span[0]) - 1
        return index >= 0 and offset < self._strings[index][1]

    def _read_document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self._offset >= len(self._text):
                return
            self.statement = self._offset
            if self._text[self._offset] == "[":
                table = self._read_header()
            else:
                self._read_pair(table)

    def _read_header(self) -> Path:
        start = self._offset
        is_array = self._text.startswith("[[", start)
        self._offset += 2 if is_array else 1
        *parents, (name, _) = self._read_keys()
        path: Path = ()
        for parent, _ in parents:
            path = self._enter((*path, parent), start)
        path = (*path, name)
        if is_array:
            count = self._counts.get(path, 0)
            if not count:
                self._define(path, Place(start, start, start))
            self._counts[path] = count + 1
            path = (*path, count)
        self._define(path, Place(start, start, start))
        self._offset += 2 if is_array else 1
        return path

    def _read_pair(self, table: Path) -> None:
        *parents, (name, key) = self._read_keys()
        path = table
        for parent, offset in parents:
            path = self._enter((*path, parent), offset)
        self._expect("=")
        self._skip(_SPACE)
        path = (*path, name)
        self._check_depth(path, key)
        start = self._offset
        self._read_value(path)
        self._define(path, Place(key, start, self._offset))

    def _read_keys(self) -> list[tuple[str, int]]:
        """Read a key, dotted or not: its parts, with their offsets."""
        parts = []
        while True:
            self._skip(_SPACE)
            match = self._match(_KEY)
            parts.append((_unquoted(match[0]), match.start()))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._offset):
                return parts
            self._offset += 1

    def _read_value(self, path: Path) -> None:
        match self._text[self._offset : self._offset + 1]:
            case "[":
                self._offset += 1
                self._read_array(path)
            case "{":
                self._offset += 1
                self._read_inline_table(path)
            case '"' | "'":
                self._strings.append(self._match(_STRING).span())
            case _:
                found = self._match(_BARE)
                if _DIGITS.search(found[0]):
                    self.too_long.append(found.start())

    def _read_array(self, path: Path) -> None:
        index = 0
        self._skip(_BLANK)
        while not self._text.startswith("]", self._offset):
            start = self._offset
            element = (*path, index)
            self._check_depth(element, start)
            self._read_value(element)
            self._places[element] = Place(start, start, self._offset)
            self._skip(_BLANK)
            if not self._text.startswith("]", self._offset):
                self._expect(",")
                self._skip(_BLANK)
            index += 1
        self._offset += 1

    def _read_inline_table(self, path: Path) -> None:
        self._skip(_BLANK)
        while not self._text.startswith("}", self._offset):
            self._read_pair(path)
            self._skip(_BLANK)
            if not self._text.startswith("}", self._offset):
                self._expect(",")
                self._skip(_BLANK)
        self._offset += 1

    def _enter(self, path: Path, offset: int) -> Path:
        """Return the path of a table; of an array of tables, that of its last one."""
        self._check_depth(path, offset)
        if path not in self._places:
            self._entered.add(path)
            self._places[path] = Place(offset, offset, offset)
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _define(self, path: Path, place: Place) -> None:
        self._check_depth(path, place.key)
        if path in self._places and path not in self._entered:
            self.clashes.append((str(path[-1]), self._places[path].key, place.key))
        self._entered.discard(path)
        self._places[path] = place

    def _check_depth(self, path: Path, offset: int) -> None:
        if len(path) >= MAX_DEPTH:
            self.too_deep = offset
            raise _EndError

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._offset = self._match(pattern).end()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._offset)
        if match is None:
            raise _EndError
        self._offset = match.end()
        return match

    def _expect(self, character: str) -> None:
        if not self._text.startswith(character, self._offset):
            raise _EndError
        self._offset += 1


class _EndError(Exception):
    """The text is not TOML from here on."""


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"' or "\\" not in key:
        return key.strip('"')
    import tomllib

    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        raise _EndError from None
