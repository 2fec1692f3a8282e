"""What a terminal, a log or a table row may see of text that came from elsewhere."""

from __future__ import annotations

import re
import unicodedata

# Zero-width joiner and soft hyphen change nothing but the look of the text around them.
_HARMLESS_FORMAT = {"\u200d", "\u00ad"}
# What GitHub Actions and Azure Pipelines take for a command to them, on a line of a job's log: the
# first at its start alone, the others wherever they stand.
_AT_START = re.compile(r"^(\s*):(?=:)")
_ANYWHERE = re.compile(r"#(?=#(?:vso)?\[)")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """`text` on one line, with every control, format, bidi and unassigned character escaped, and
    the first of `##` where a CI would take them for the start of a command.

    Escapes are `\\n`, `\\r`, `\\t`, `\\xNN`, `\\uNNNN` and `\\UNNNNNNNN`.
    """
    if not text.isprintable():
        text = "".join(_visible_character(character) for character in text)
    return _ANYWHERE.sub(r"\\x23", text)


def harmless_json(text: str) -> str:
    """The same JSON in a form that no CI takes for a command to it."""
    return _ANYWHERE.sub(r"\\u0023", text)


def log_line(line: str) -> str:
    """`line`, which is visible already, in a form that no CI takes for a command to it."""
    return _AT_START.sub(r"\1\\x3a", line)


def is_unsafe(character: str) -> bool:
    """Whether a terminal could act on `character`, or a reader be misled by it."""
    if character.isprintable() or character in _HARMLESS_FORMAT:
        return False
    return unicodedata.category(character) != "Zs"


def escape(character: str) -> str:
    """The character's code as `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _visible_character(character: str) -> str:
    if not is_unsafe(character):
        return character
    return _SHORT.get(character) or escape(character)
