"""Shell completion of the values of options and arguments.

They are declared in the annotation: `Annotated[str, typer.Option(...), ids("evaluations")]`. The
choices of an Enum are completed without it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from llmctl.api import resources


class Kind(StrEnum):
    """Where the shell finds the possible values."""

    WORDS = "words"
    IDS = "ids"
    PROFILES = "profiles"
    FILE = "file"
    AT_FILE = "at-file"  # JSON or text, or @FILE


class Completer(NamedTuple):
    """The kind of a value; for WORDS its `words`, for IDS the `group` that lists them.

    An empty group is the command's own. `is_list`: several values, separated by commas. `instead`:
    pairs of a word that people try, and what to write instead.
    """

    kind: Kind
    words: tuple[str, ...] = ()
    group: str = ""
    is_list: bool = False
    instead: tuple[tuple[str, str], ...] = ()


FILE = Completer(Kind.FILE)
AT_FILE = Completer(Kind.AT_FILE)
PROFILE = Completer(Kind.PROFILES)
PROFILES = Completer(Kind.PROFILES, is_list=True)
OWN_IDS = Completer(Kind.IDS)


def words(
    *known: str, is_list: bool = False, instead: tuple[tuple[str, str], ...] = ()
) -> Completer:
    """Complete these words; the server may accept others."""
    return Completer(Kind.WORDS, known, is_list=is_list, instead=instead)


def ids(group: str) -> Completer:
    """Complete an ID that `llmctl GROUP list` shows."""
    return Completer(Kind.IDS, group=group)


STATES = words("unknown", "ok", "invalid", "error", is_list=True)
PROVIDERS = words(*resources.PROVIDERS)
