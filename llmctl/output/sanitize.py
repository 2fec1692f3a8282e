"""Make untrusted text harmless for terminals, logs and table rows."""

from __future__ import annotations

import re
import unicodedata

from llmctl.safe.secret import MASK
from llmctl.safe.secret_forms import may_be_secret

# Zero-width joiner and soft hyphen only affect how the text around them looks.
_HARMLESS_FORMAT = {"\u200d", "\u00ad"}
# Workflow commands of GitHub Actions and Azure Pipelines in a job's log: the first counts only at
# the start of a line, the others anywhere.
_AT_START = re.compile(r"^(\s*):(?=:)")
_ANYWHERE = re.compile(r"#(?=#(?:vso)?\[)")
# The same in a text of several lines, up to the character to escape.
LOG_COMMAND = re.compile(rf"^[^\S\n]*:(?=:)|{_ANYWHERE.pattern}", re.MULTILINE)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return `text` on one line, with control, format, bidi and unassigned characters escaped.

    Escapes are `\\n`, `\\r`, `\\t`, `\\xNN`, `\\uNNNN` and `\\UNNNNNNNN`. A `##` that would start a
    workflow command of a CI system is escaped too.
    """
    if not text.isprintable():
        text = "".join(_visible_character(character) for character in text)
    return _ANYWHERE.sub(r"\\x23", text)


def typed(word: str) -> str:
    """Return a word of the command line for an error: visible, or masked if it may be a secret."""
    return MASK if may_be_secret(word.lstrip("-")) else visible(word)


def harmless_json(text: str) -> str:
    """Return the same JSON, escaped so that no CI system reads a workflow command in it."""
    return _ANYWHERE.sub(r"\\u0023", text)


def log_line(line: str) -> str:
    """Return a `visible` line, escaped so that no CI system reads a workflow command in it."""
    return _AT_START.sub(r"\1\\x3a", line)


def is_unsafe(character: str) -> bool:
    """Return True if `character` could make a terminal act, or mislead a reader."""
    if character.isprintable() or character in _HARMLESS_FORMAT:
        return False
    return unicodedata.category(character) != "Zs"


def escape(character: str) -> str:
    """Return the character's code as `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _visible_character(character: str) -> str:
    if not is_unsafe(character):
        return character
    return _SHORT.get(character) or escape(character)
