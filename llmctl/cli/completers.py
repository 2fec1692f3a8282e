"""What the value of an option or an argument is, for the shells' completion.

It stands in the signature: `Annotated[str, typer.Option(...), ids("evaluations")]`. The choices of
an Enum need no word here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from llmctl.api import resources


class Kind(StrEnum):
    """Where the shell finds what the value may be."""

    WORDS = "words"
    IDS = "ids"
    PROFILES = "profiles"
    FILE = "file"
    AT_FILE = "at-file"  # JSON or text, or @FILE


class Takes(NamedTuple):
    """`words` for WORDS; for IDS the group whose `list` shows them, "" for the command's own.

    `is_list`: several, with commas between them.
    """

    kind: Kind
    words: tuple[str, ...] = ()
    group: str = ""
    is_list: bool = False


FILE = Takes(Kind.FILE)
AT_FILE = Takes(Kind.AT_FILE)
PROFILE = Takes(Kind.PROFILES)
PROFILES = Takes(Kind.PROFILES, is_list=True)
OWN_IDS = Takes(Kind.IDS)


def words(*known: str, is_list: bool = False) -> Takes:
    """One of the words that are known; others are the server's to judge."""
    return Takes(Kind.WORDS, known, is_list=is_list)


def ids(group: str) -> Takes:
    """An id as `llmctl GROUP list` shows it."""
    return Takes(Kind.IDS, group=group)


STATES = words("unknown", "ok", "invalid", "error", is_list=True)
PROVIDERS = words(*resources.PROVIDERS)
