"""Decode the bytes of a file, of standard input or of a command's output."""

from __future__ import annotations

import codecs

BYTE_ORDER_MARK = "\ufeff"
# The longer marks first: UTF-32 in little-endian order starts like UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


class NotTextError(ValueError):
    """The bytes are not text; `reason` completes the sentence "SOURCE ...".

    `line` is that of the first bad byte, counted from 1; None if unknown.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def decode(data: bytes) -> str:
    """Return the text of `data`, without a byte order mark; the encoding is the mark's, else UTF-8.

    Windows PowerShell writes UTF-16 with a mark. NotTextError contains nothing of the data.
    """
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and _is_wide(data):
        raise NotTextError("looks like UTF-16 without a byte order mark: save it as UTF-8")
    try:
        return data.decode(encoding).removeprefix(BYTE_ORDER_MARK)  # a second one
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        line = data.count(b"\n", 0, error.start) + 1 if name == "UTF-8" else None
        raise NotTextError(f"is not valid {name} (byte {error.start + 1})", line) from None


def _is_wide(data: bytes) -> bool:
    """Return True if every other byte is 0, as in UTF-16 text of ASCII characters."""
    return len(data) > 3 and not (any(data[::2]) and any(data[1::2]))
