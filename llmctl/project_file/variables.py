"""`${vars.NAME}` in the values of a file.

A string that is only a variable becomes its value, of any type. `$${vars.` stands for the text
`${vars.`. Substituted values are not searched for variables again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from llmctl.api.resources import Object
from llmctl.input.values import MAX_BYTES
from llmctl.output.sanitize import typed
from llmctl.output.text import cell_text
from llmctl.project_file.model import Problem
from llmctl.project_file.toml_places import Path
from llmctl.safe import strict_json
from llmctl.safe.secret_forms import starts_like_key

NAME = r"[A-Za-z0-9_-]+"
_START = "${vars."
_REFERENCE = re.compile(rf"(\$+)\{{vars\.(?:({NAME})\}})?")
_MISSPELT = re.compile(rf"\$\{{var\.({NAME})\}}")  # as other tools have it
_JSON = re.compile(r"true|false|null|-?(0|[1-9][0-9]{0,999})|\{.*|\[.*", re.DOTALL)

# Called with the path of a value, the error, and the part of its text that is wrong.
Refuse = Callable[[Path, str, str], None]


def escape_variables(value: Any) -> Any:
    """Return a JSON value in which `Variables.substitute` finds no variables."""
    if isinstance(value, str):
        return value.replace(_START, f"${_START}")
    if isinstance(value, list):
        return [escape_variables(each) for each in value]
    if isinstance(value, dict):
        return {key: escape_variables(each) for key, each in value.items()}
    return value


def has_variables(value: Any) -> bool:
    """Return True if a text in a JSON value refers to a variable."""
    if isinstance(value, str):
        return any(match[1] == "$" for match in _REFERENCE.finditer(value))
    if isinstance(value, list | dict):
        return any(map(has_variables, value.values() if isinstance(value, dict) else value))
    return False


class Variables:
    """The variables of a file, for one profile.

    `common` are those of `[vars]`, `of_profile` those of `[vars.PROFILE]`, which override them;
    `given` are the texts of `--var`, which override both. `profile` is named in messages.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        common: Object,
        of_profile: Object,
        profile: str | None = None,
    ) -> None:
        declared = {**common, **of_profile}
        self._values = declared | {
            name: _given(text, declared.get(name)) for name, text in given.items()
        }
        self._given = given
        self._tables = "[vars]" + (f", [vars.{typed(profile)}]" if profile else "")
        self._known = {*declared}  # declared or used
        self._room = MAX_BYTES  # for substituted values, so that a small file cannot fill memory

    def substitute(self, value: Any, path: Path, refuse: Refuse) -> tuple[Any, list[Path]]:
        """Return a value with its variables substituted, and the paths of the strings with them."""
        used: list[Path] = []
        return self._substitute(value, path, refuse, used), used

    def unknown(self) -> list[Problem]:
        """Return a problem for each variable of `--var` that no text refers to."""
        return [
            Problem(
                f"--var: the file has no variable {typed(name)}{_nearest(name, self._known)}",
            )
            for name in self._given
            if name not in self._known
        ] + [
            Problem(f"--var {typed(name)}: this looks like a secret")
            for name, text in self._given.items()
            if starts_like_key(text)
        ]

    def _substitute(self, value: Any, path: Path, refuse: Refuse, used: list[Path]) -> Any:
        if isinstance(value, list):
            return [
                self._substitute(each, (*path, index), refuse, used)
                for index, each in enumerate(value)
            ]
        if isinstance(value, dict):
            return {
                key: self._substitute(each, (*path, key), refuse, used)
                for key, each in value.items()
            }
        if not isinstance(value, str):
            return value
        for match in _MISSPELT.finditer(value):
            if match[1] in self._values:
                refuse(path, f"not a variable; did you mean ${{vars.{match[1]}}}?", match[0])
        if _START not in value:
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole and whole[1] == "$" and whole[2] in self._values:
            used.append(path)
            self._known.add(whole[2])
            found = self._values[whole[2]]
            size = len(found if isinstance(found, str) else strict_json.dumps(found))
            return found if self._fits(size, whole, path, refuse) else value

        def text_of(match: re.Match[str]) -> str:
            if match[1] != "$":
                return match[0][1:]
            used.append(path)
            return self._text(match, path, refuse)

        return _REFERENCE.sub(text_of, value)

    def _text(self, match: re.Match[str], path: Path, refuse: Refuse) -> str:
        """Return the text of the variable in a match, or refuse it."""
        name = match[2]
        if name is None:
            written = match.string[match.start() :].partition("}")[0] + "}"
            refuse(
                path,
                "not a valid variable; write ${vars.NAME}, or $${vars. for the text itself",
                written,
            )
            return match[0]
        self._known.add(name)
        if name not in self._values:
            advice = f"; set it in {self._tables} or with --var {typed(name)}=VALUE"
            advice = _nearest(name, self._values) or advice
            refuse(path, f"variable {typed(name)} is not set{advice}", match[0])
            return match[0]
        value = self._values[name]
        if value is None or isinstance(value, list | dict):
            kind = "null" if value is None else "a table" if isinstance(value, dict) else "an array"
            message = f"variable {typed(name)} is {kind}, so it cannot be part of a string"
            refuse(path, message, match[0])
            return match[0]
        text = value if isinstance(value, str) else cell_text(value)
        return text if self._fits(len(text), match, path, refuse) else match[0]

    def _fits(self, size: int, match: re.Match[str], path: Path, refuse: Refuse) -> bool:
        """Reserve room for a value. Return False if none is left; refuse the first such value."""
        if size > self._room >= 0:
            refuse(path, f"the variables make the file larger than {MAX_BYTES} bytes", match[0])
            self._room = -1
        self._room -= size
        return self._room >= 0


def _given(text: str, declared: Any) -> Any:
    """Return the value of `--var`: JSON, unless it is not JSON or overrides a string."""
    if isinstance(declared, str) or not _JSON.fullmatch(text):
        return text
    try:
        return strict_json.parse(text)
    except strict_json.BadJSONError:
        return text


def _nearest(name: str, known: Mapping[str, Any] | set[str]) -> str:
    import difflib

    for nearest in difflib.get_close_matches(name, known, n=1):
        return f"; did you mean {typed(nearest)}?"
    return ""
