"""What a terminal, a log or a table row may see of text that came from elsewhere."""

from __future__ import annotations

import re
import unicodedata

# Zero-width joiner and soft hyphen change nothing but the look of the text around them.
_HARMLESS_FORMAT = {"\u200d", "\u00ad"}
# What GitHub Actions and Azure Pipelines take for a command to them, on a line of a job's log.
_LOG_COMMAND = re.compile(r"(\s*)([:#])(?=:|#\[|#vso\[)")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """`text` on one line, with every control, format, bidi and unassigned character escaped.

    Escapes are `\\n`, `\\r`, `\\t`, `\\xNN`, `\\uNNNN` and `\\UNNNNNNNN`.
    """
    if text.isprintable():
        return text
    return "".join(_visible_character(character) for character in text)


def log_line(line: str) -> str:
    """`line`, which is visible already, in a form that no CI takes for a command to it."""
    match = _LOG_COMMAND.match(line)
    return f"{match[1]}{escape(match[2])}{line[match.end() :]}" if match else line


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
