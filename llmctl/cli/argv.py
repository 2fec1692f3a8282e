"""The options that an error message depends on, found before Typer reads the command line.

A usage error ends the parser before it gets to `-o json`, and the commands in a hint repeat the
options that select the project.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from llmctl.safe.secret_forms import may_be_secret

_SHORT_WITH_EQUALS = re.compile("-[A-Za-z]+=")
SWITCHES = "hivy"  # the short options without a value: others may follow in the same word


class Selection(NamedTuple):
    """The options that select the project, as they were given, except what may be a secret."""

    profile: str | None = None
    host: str | None = None
    project: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The options as words of a command line."""
        given = {"-p": self.profile, "--host": self.host, "--project": self.project}
        return tuple(word for name, value in given.items() if value for word in (name, value))


class ErrorOptions(NamedTuple):
    """The format of an error, and the selection for its hint."""

    output: str | None
    selection: Selection


def find_options(args: Sequence[str]) -> ErrorOptions:
    """Find the options in a command line. The last of several counts, as in Typer."""
    names = {"-o": "output", "--output": "output", "-p": "profile", "--profile": "profile"}
    names |= {"--host": "host", "--project": "project"}
    found: dict[str, str] = {}
    for previous, word, following in zip_longest(["", *args], args, args[1:], fillvalue=""):
        if previous == "--sort":  # its value may begin with a hyphen: --sort -provider
            continue
        if word.startswith("--"):
            name, equals, value = word.partition("=")
        else:  # -o json, -ojson, -vo json
            letters = word[1:].lstrip(SWITCHES) if word.startswith("-") else ""
            name, equals = f"-{letters[:1]}", letters[1:]
            value = equals.removeprefix("=")
        if name in names:
            found[names[name]] = value if equals else following
    found = {name: value for name, value in found.items() if not may_be_secret(value)}
    return ErrorOptions(
        found.get("output") or None,
        Selection(found.get("profile"), found.get("host"), found.get("project")),
    )


def has_equals(args: Sequence[str]) -> bool:
    """Return True if a word looks like a short option with an equals sign, such as `-o=json`."""
    return any(map(_SHORT_WITH_EQUALS.match, args))
