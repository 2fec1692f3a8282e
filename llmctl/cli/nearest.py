"""Suggest words of the command tree for one that is not in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

MOST = 3  # more would not help
_SHORTEST = 3  # characters of an abbreviation
_ALIKE = 0.65  # `zhs` and `zsh` are, `format` and `rate` are not

# Verbs with the same meaning: those of other programs, and llmctl's own.
_SYNONYMS = [
    line.split()
    for line in (
        "list ls all index",
        "get show describe view info inspect read cat current whoami",
        "create add new make insert login",
        "enable recover start resume unpause",
        "disable pause stop suspend",
        "update set modify change patch rename edit",
        "update enable disable start stop pause resume",
        "show-run latest last",
        "delete remove rm del destroy drop logout",
        "use set switch select activate",
        "validate verify test check",
        "rotate renew roll replace",
        "serve start run up",
        "reset clear clean wipe",
    )
]


def nearest_words(word: str, known: Collection[str]) -> list[str]:
    """Return at most three known words that are like `word`.

    Those that differ by a final s; else those that contain it between hyphens (`jobs` is in
    `clustering-jobs`); else those that it abbreviates (`eval`); else the one with the most similar
    spelling.
    """
    plain = {each.strip("-").replace("_", "-"): each for each in known}
    typed = word.lower().strip("-").replace("_", "-")
    wanted = _stem(typed)
    ways = (
        [each for each in plain if _stem(each) == wanted],
        [each for each in plain if wanted in map(_stem, each.split("-"))],
        [each for each in plain if re.search(rf"\b{re.escape(wanted)}", each)]
        if len(wanted) >= _SHORTEST
        else [],
        difflib.get_close_matches(typed, plain, n=1, cutoff=_ALIKE),
    )
    found = [plain[each] for each in next(filter(None, ways), [])]
    return found if len(found) <= MOST else []


def nearest_verbs(word: str, verbs: Collection[str]) -> list[str]:
    """Return the verbs that mean the same as `word`, else the nearest ones.

    The first line of synonyms that has any counts; `set-active-key` counts as `set`.
    """
    typed = word.lower()
    lines = [{*words} - {"edit"} for words in _SYNONYMS if typed in words]  # it needs a terminal
    found = ([verb for verb in verbs if verb in same] for same in lines)
    same = set().union(*lines)
    return (
        next(filter(None, found), [])
        or nearest_words(word, verbs)
        or [verb for verb in verbs if verb.partition("-")[0] in same]
    )


def is_verb(word: str) -> bool:
    """Return True for a verb of llmctl or of other programs."""
    return any(word in words for words in _SYNONYMS)


def either(words: Iterable[str]) -> str:
    """Return `a`, `a or b`, or `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _stem(word: str) -> str:
    return word.removesuffix("s")
