"""Write values as TOML that is easy to review."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from llmctl.output.sanitize import LOG_COMMAND, is_unsafe

WIDTH = 88  # columns of an object or an array on one line, at most

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}
_INDENT = "  "


def table(header: str, values: Mapping[str, Any], own: Collection[str] = ()) -> str:
    """Return a table: its header, such as `[[evaluations]]`, and its values.

    Objects longer than a line, and those named in `own`, become tables below it.
    """
    path = header.strip("[]")
    below = {
        name: value
        for name, value in values.items()
        if isinstance(value, dict) and value and (name in own or not _fits(name, value))
    }
    lines = [header]
    lines += [_assignment(name, value) for name, value in values.items() if name not in below]
    blocks = ["".join(f"{line}\n" for line in lines)]
    blocks += [table(f"[{path}.{_key(name)}]", value) for name, value in below.items()]
    return "\n".join(blocks)


def inline(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_key(name)} = {inline(each)}" for name, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return str(value)


def _fits(name: str, value: Any) -> bool:
    return not _has_lines(value) and len(f"{_key(name)} = {inline(value)}") <= WIDTH


def _has_lines(value: Any) -> bool:
    """Return True for a text of several lines, or an object that contains one."""
    if isinstance(value, dict):
        return any(map(_has_lines, value.values()))
    return isinstance(value, str) and "\n" in value


def _assignment(name: str, value: Any) -> str:
    text = _lines(value) if isinstance(value, str) and "\n" in value else None
    return f"{_key(name)} = {text or _broken(value, WIDTH - len(_key(name)) - 3, '')}"


def _broken(value: Any, room: int, indent: str) -> str:
    """Return a value on one line if it fits, else an array with one element per line.

    An array of objects always has one per line, so that a diff shows only those that change.
    """
    text = inline(value)
    if isinstance(value, list) and value:
        are_objects = any(isinstance(each, dict) for each in value)
        if are_objects or len(text) > room:
            deeper = indent + _INDENT
            elements = [_broken(each, WIDTH - len(deeper) - 1, deeper) for each in value]
            lines = "".join(f"{deeper}{element},\n" for element in elements)
            return f"[\n{lines}{indent}]"
    if isinstance(value, dict) and len(text) > room:
        # Line breaks are allowed in the arrays of an inline table only.
        pairs = (f"{_key(name)} = {_broken_if_long(each, indent)}" for name, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return text


def _broken_if_long(value: Any, indent: str) -> str:
    return _broken(value, 0, indent) if isinstance(value, list | dict) and value else inline(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _basic(name)


def _string(text: str) -> str:
    if _is_plain(text) and ("\\" in text or '"' in text) and not {"'", "\n", "\t"} & {*text}:
        return f"'{text}'"
    return _basic(text)


def _basic(text: str) -> str:
    content = "".join(_escaped(text))
    return f'"{LOG_COMMAND.sub(_last_escaped, content)}"'


def _lines(text: str) -> str:
    """Return a text of several lines as a multi-line string."""
    has_blank_end = re.search(r"[ \t]$", text, re.MULTILINE) is not None
    if _is_plain(text) and not has_blank_end and "\\" in text and "'''" not in f"{text}''":
        return f"'''\n{text}'''"
    content = "".join(_escaped(text, kept='\n\t"'))
    content = re.sub(r'"{3,}|"+\Z', lambda quotes: '\\"' * len(quotes[0]), content)
    # Editors remove blanks at the end of a line.
    content = re.sub(r" $", r"\\u0020", content, flags=re.MULTILINE)
    content = re.sub(r"\t$", r"\\t", content, flags=re.MULTILINE)
    return f'"""\n{LOG_COMMAND.sub(_last_escaped, content)}"""'


def _is_plain(text: str) -> bool:
    """Return True if nothing in the text has to be escaped for safety."""
    is_visible = not any(is_unsafe(each) for each in text if each not in "\n\t")
    return is_visible and LOG_COMMAND.search(text) is None


def _last_escaped(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}{_code(match[0][-1])}"


def _code(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped(text: str, kept: str = "") -> Iterator[str]:
    for character in text:
        if character in kept:
            yield character
        elif character in _SHORT:
            yield _SHORT[character]
        elif is_unsafe(character):
            yield _code(character)
        else:
            yield character
