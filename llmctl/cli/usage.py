"""Usage errors: the parser's message with a hint, and without any word that may be a key.

A key typed in the wrong place must not end up in a log. So every word of the command line that is
not part of the command tree is masked, except short ones, small numbers, names of options, and
words that are clearly misspelt words of the tree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from llmctl.cli.command_spec import Command
from llmctl.errors import Hint, UsageError
from llmctl.input.secret_source import KEY_OPTIONS
from llmctl.output.sanitize import visible
from llmctl.safe.secret import MASK

_HARMLESS = re.compile(r".{0,3}|[+-]?[0-9]{1,6}|--?[a-z][a-z-]{0,30}", re.DOTALL)
_KEY_HINT = Hint(f"keys are never given as option values: use {KEY_OPTIONS}")


def usage_error(
    message: str,
    args: list[str],
    groups: Collection[str],
    commands_of: Callable[[str], Iterable[Command]],
) -> UsageError:
    """Return the error for the parser's `message` about the command line `args`.

    `groups` are the possible first words; `commands_of` returns the commands of one.
    """
    commands = list(commands_of(args[0])) if args and args[0] in groups else []
    words = _command_words(args, commands)
    text = _without_secrets(message, args, {*groups, *_tree(words, commands)})
    text = re.sub(r"\n\s*", " ", text)
    return UsageError(text, hint=_hint(message, args, words, is_masked=MASK in text))


def _hint(message: str, args: list[str], words: list[str], *, is_masked: bool) -> Hint:
    if any(re.match(r"--(api-?)?(key|token|secret)(=|$)", word) for word in args):
        return _KEY_HINT
    if not words and args[0].startswith("-") and "option" in message:
        hint = Hint("options go after the command; list them with", ("GROUP", "VERB", "--help"))
    else:
        hint = Hint("", (*words, "--help"))
    explanation = f"the word you typed is shown as {MASK} in case it is a key"
    return Hint(explanation, also=hint) if is_masked else hint


def _command_words(args: list[str], commands: list[Command]) -> list[str]:
    """Return the leading words of `args` that are words of the command tree."""
    if not commands:
        return []
    known = {command.words for command in commands}
    return args[:2] if tuple(args[:2]) in known else args[:1]


def _tree(words: list[str], commands: list[Command]) -> Iterator[str]:
    """Yield the words that may follow these: verbs, options, and the choices of options."""
    for command in commands:
        yield from command.words
        if list(command.words) == words:
            for parameter in command.parameters:
                yield from parameter.names
                yield from parameter.completer.words if parameter.completer else ()


def _without_secrets(message: str, args: list[str], tree: set[str]) -> str:
    words = {part for word in args for part in (word, *word.partition("=")[::2])}
    for word in sorted(words, key=len, reverse=True):
        if word in tree or _HARMLESS.fullmatch(word) or _is_misspelt(word, tree):
            continue
        # The parser shows some words verbatim and others as Python literals.
        for shown in (word, repr(word)[1:-1], visible(word)):
            message = message.replace(shown, MASK)
    return message


def _is_misspelt(word: str, tree: set[str]) -> bool:
    is_word = re.fullmatch(r"[A-Za-z-]{1,24}", word) is not None
    return is_word and bool(difflib.get_close_matches(word.lower(), tree, n=1, cutoff=0.75))
