"""A usage error of the parser as our own: what to type instead, and no word that may be a key.

A key typed in the wrong place must not be repeated into a log. So every word of the command line
that is not of the command tree is blanked, but for short ones, small numbers, names of options,
and what is plainly a misspelt word of the tree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from llmctl.cli.command_spec import Command
from llmctl.errors import UsageError
from llmctl.output.sanitize import visible

MASK = "***"
_HARMLESS = re.compile(r".{0,3}|[+-]?[0-9]{1,6}|--?[a-z][a-z-]{0,30}", re.DOTALL)
_KEY_HINT = (
    "a key is never an option's value: use --api-key-file PATH (- is standard input), "
    "--api-key-env VARIABLE or --api-key-command 'CMD'"
)


def explain(
    message: str,
    args: list[str],
    groups: Collection[str],
    commands_of: Callable[[str], Iterable[Command]],
) -> UsageError:
    """The error for the parser's `message` about the command line `args`.

    `groups` are the first words that there are, `commands_of` gives the commands behind one.
    """
    commands = list(commands_of(args[0])) if args and args[0] in groups else []
    words = _command_words(args, commands)
    text = _without_secrets(message, args, {*groups, *_tree(words, commands)})
    text = re.sub(r"\n\s*", " ", text)
    hint = _hint(message, args, words)
    if MASK in text and hint != _KEY_HINT:
        hint += f" ({MASK}: what might be a key is not repeated)"
    return UsageError(text, hint=hint)


def _hint(message: str, args: list[str], words: list[str]) -> str:
    if any(re.match(r"--(api-?)?(key|token|secret)(=|$)", word) for word in args):
        return _KEY_HINT
    if not words and args[0].startswith("-") and "option" in message:
        return "options go after the command: llmctl GROUP VERB --help lists them"
    return " ".join(["llmctl", *words, "--help"])


def _command_words(args: list[str], commands: list[Command]) -> list[str]:
    """The leading words of `args` that are of the command tree."""
    if not commands:
        return []
    known = {command.words for command in commands}
    return args[:2] if tuple(args[:2]) in known else args[:1]


def _tree(words: list[str], commands: list[Command]) -> Iterator[str]:
    """What may be typed after these words: verbs, options, and the choices of options."""
    for command in commands:
        yield from command.words
        if list(command.words) == words:
            for parameter in command.parameters:
                yield from parameter.names
                yield from parameter.takes.words if parameter.takes else ()


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
