"""The text of a file as TOML: its values, with their places, and everything wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from llmctl.api.resources import Object
from llmctl.input.values import KEY_FIELDS
from llmctl.output.sanitize import typed
from llmctl.project_file.model import Position, Problem
from llmctl.project_file.toml_places import Path, Places
from llmctl.project_file.toml_values import Digits, decode
from llmctl.safe.secret_forms import first_key, key_offsets, starts_like_key

NO_SECRETS = "this looks like a secret; use api_key_env, api_key_file or api_key_command instead"
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_WORDS = {"true": "true", "false": "false", "null": '"null"', "none": '"null"'}


class Text(NamedTuple):
    """The text of a file, and its name in errors."""

    name: str
    text: str


class Source:
    """A file's values as JSON has them, and the `problems` that were found in it.

    `is_toml`: the text could be read; without it there are no values.
    """

    def __init__(self, text: Text) -> None:
        self.name = text.name
        self.values: Object = {}
        self.is_toml = False
        self.problems: list[Problem] = []
        self._refused: set[Path] = set()
        self._text = text.text.replace("\r\n", "\n")
        self._lines = [0, *(match.end() for match in re.finditer("\n", self._text))]
        self._places = Places(self._text)
        self._read()
        self._refuse_keys()

    def position(self, path: Path, part: str = "") -> Position:
        """Return the place of the key of a value, or else of what is around it.

        `part` is a text in the value, whose own place is returned if it is written as it is.
        """
        place = self._places.find(path)
        found = self._text.find(part, place.start, place.end) if part else -1
        return self._position(place.key if found < 0 else found)

    def refuse(self, path: Path, message: str, part: str = "") -> None:
        """Add a problem with the value at a path, or a part of its text.

        A value that was refused before is not refused again as a whole.
        """
        if path in self._refused and not part:
            return
        self._refused.add(path)
        self.problems.append(Problem(message, self.position(path, part)))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._lines, offset)
        return Position(self.name, line, offset - self._lines[line - 1] + 1)

    def _read(self) -> None:
        import tomllib

        places = self._places
        if places.too_deep is not None:
            self._refuse_at(places.too_deep, "this is nested too deeply")
            return
        for offset in places.too_long:
            self._refuse_at(offset, "a number has too many digits")
        if places.too_long:
            return
        try:
            found = tomllib.loads(self._text, parse_float=Digits)
            self.values, self.is_toml = decode(found, refuse=self.refuse), True
        except tomllib.TOMLDecodeError as error:
            self._refuse_syntax(str(error))
        except (ValueError, RecursionError):
            self._refuse_at(0, "a number has too many digits, or a value is nested too deeply")

    def _refuse_at(self, offset: int, message: str) -> None:
        self.problems.append(Problem(message, self._position(offset)))

    def _refuse_syntax(self, message: str) -> None:
        """Add the problem that tomllib reports, without the names in it: they may be secrets."""
        where = _WHERE.search(message)
        reason = message[: where.start()] if where else message
        reason = re.sub(r"^Duplicate.*|\(.*\)", "this key", reason, flags=re.DOTALL)
        offset = len(self._text)
        if where and where[1]:
            offset = self._lines[int(where[1]) - 1] + int(where[2]) - 1
        for name, first, second in self._places.clashes[:1]:
            if second <= offset:
                line = self._position(first).line
                self._refuse_at(second, f"{typed(name)} is already defined in line {line}")
                return
        begin = self._position(self._places.statement).line
        since = f" (started in line {begin})" if offset == len(self._text) else ""
        advice = self._advice(reason, offset)
        self._refuse_at(offset, f"not valid TOML: {reason[:1].lower()}{reason[1:]}{advice}{since}")

    def _advice(self, reason: str, offset: int) -> str:
        """Return what to write in place of a value without quotes, or without the last one."""
        import difflib

        if reason == r"Illegal character '\n'":
            return "; is a closing quote missing?"
        if reason == "Invalid statement" and self._text[offset : offset + 1] == "{":
            return "; this looks like JSON"
        word = re.compile("[A-Za-z]*").match(self._text, offset)
        if reason != "Invalid value" or word is None or not word[0]:
            return ""
        for name in difflib.get_close_matches(word[0].lower(), _WORDS, n=1, cutoff=0.7):
            return f"; did you mean {_WORDS[name]}?"
        return "; put text in quotes"

    def _refuse_keys(self) -> None:
        """Refuse what starts like a key: the file is kept in repositories.

        A text may mention one, as prompts do; one that is nothing else is refused, and so is any in
        a comment, in a name or around provider keys.
        """
        offsets = [at for at in key_offsets(self._text) if not self._places.is_in_text(at)]
        for offset in offsets:
            self._refuse_at(offset, NO_SECRETS)
        for path, text in texts(self.values, ()):
            is_name = path[-1] == text
            if is_name and (text in KEY_FIELDS or (starts_like_key(text) and not offsets)):
                self.refuse(path, NO_SECRETS)
            elif not is_name and path not in self._refused:
                key = first_key(text)
                if key and (_is_about_keys(path) or len(text.split()) == 1):
                    self.refuse(path, NO_SECRETS, key)


def _is_about_keys(path: Path) -> bool:
    return path[0] == "provider_keys" or any(str(each).startswith("api_key") for each in path)


def texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield all keys and texts in a value, with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts(each, (*path, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key), key
            yield from texts(each, (*path, key))
