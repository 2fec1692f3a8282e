"""A usage error of the parser as our own: what to type instead, and no word that may be a key.

A key typed in the wrong place must not be repeated into a log. So every word of the command line
that is not of the command tree is blanked, but for short ones, small numbers, names of options,
and what is plainly a misspelt word of the tree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import typer

from llmctl.errors import UsageError
from llmctl.sanitize import visible

MASK = "***"
_HARMLESS = re.compile(r".{0,3}|[+-]?[0-9]{1,6}|--?[a-z][a-z-]{0,30}", re.DOTALL)
_KEY_HINT = (
    "a key is never an option's value: use --api-key-file PATH (- is standard input), "
    "--api-key-env VARIABLE or --api-key-command 'CMD'"
)


def explain(
    message: str, args: list[str], groups: Collection[str], load: Callable[[str], typer.Typer]
) -> UsageError:
    """The error for the parser's `message` about the command line `args`.

    `groups` are the names of the groups, `load` gives the Typer app of one.
    """
    app = load(args[0]) if args and args[0] in groups else None
    words = _command_words(args, app)
    text = _without_secrets(message, args, {*groups, *_tree(words, app)})
    return UsageError(text, hint=_hint(message, args, words))


def _hint(message: str, args: list[str], words: list[str]) -> str:
    if any(re.match(r"--(api-?)?(key|token|secret)(=|$)", word) for word in args):
        return _KEY_HINT
    if not words and args[0].startswith("-") and "option" in message:
        return "options stand behind the command: llmctl GROUP VERB --help lists them"
    return " ".join(["llmctl", *words, "--help"])


def _command_words(args: list[str], app: typer.Typer | None) -> list[str]:
    """The leading words of `args` that are of the command tree."""
    if app is None:
        return []
    verbs = {command.name for command in app.registered_commands}
    return args[:2] if args[1:2] and args[1] in verbs else args[:1]


def _tree(words: list[str], app: typer.Typer | None) -> Iterator[str]:
    """What may be typed after these words: verbs, options, and the choices of options."""
    if app is None:
        return
    for command in app.registered_commands:
        yield str(command.name)
        if command.name in words[1:] and command.callback is not None:
            hints = get_type_hints(command.callback, include_extras=True)
            for hint in hints.values():
                yield from _of_option(hint)


def _of_option(hint: Any) -> Iterator[str]:
    for info in getattr(hint, "__metadata__", ()):
        for declaration in getattr(info, "param_decls", None) or ():
            yield from declaration.split("/")
    kinds = [hint, *get_args(hint), *(each for kind in get_args(hint) for each in get_args(kind))]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Enum):
            yield from (str(choice.value) for choice in kind)


def _without_secrets(message: str, args: list[str], tree: set[str]) -> str:
    words = {part for word in args for part in (word, *word.partition("=")[::2])}
    for word in sorted(words, key=len, reverse=True):
        if word in tree or _HARMLESS.fullmatch(word) or _is_misspelt(word, tree):
            continue
        # The parser shows some words as they are and others as Python would write them.
        for shown in (word, repr(word)[1:-1], visible(word)):
            message = message.replace(shown, MASK)
    return message


def _is_misspelt(word: str, tree: set[str]) -> bool:
    is_word = re.fullmatch(r"[A-Za-z-]{1,24}", word) is not None
    return is_word and bool(difflib.get_close_matches(word.lower(), tree, n=1, cutoff=0.75))
