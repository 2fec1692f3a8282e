"""Usage errors: they repeat what was typed, unless it may be a secret, and suggest what was meant.

The parser's own message is used where only the parser knows what is wrong, such as a number that is
out of range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from llmctl.cli.argv import has_equals
from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.cli.completers import Kind
from llmctl.cli.nearest import MOST, either, is_verb, nearest_verbs, nearest_words
from llmctl.errors import Hint, UsageError, command_line
from llmctl.input.secret_source import KEY_OPTIONS
from llmctl.output.sanitize import typed, visible
from llmctl.safe.secret import MASK
from llmctl.safe.secret_forms import may_be_secret

_KEY_HINT = Hint(f"keys are never given as option values: use {KEY_OPTIONS}")
_KEY_OPTION = re.compile(r"--(((provider|personal)-)?api-?key|key|token|secret|password)(?=$|=)")
_KEY_OPTIONS = re.compile(r"--api-?key[\w-]*(?=$|=)|" + _KEY_OPTION.pattern)
_AFTER = "options go after the command; list them with"
_LONGEST = 80  # shown of a word
_SHORTEST_HIDDEN = 8  # characters; a shorter text could be part of any word
_SIMPLE = re.compile(r"[\w@.,:/~+-]{1,60}")  # a value that can be repeated in a command
# Commands and options of other programs: those of gh, kubectl and the AWS CLI, among others.
_ALIASES = {
    "version": ("--version",),
    "login": ("profiles", "add"),
    "configure": ("profiles", "add"),
    "init": ("profiles", "add"),
    "logout": ("profiles", "remove"),
    "whoami": ("profiles", "show"),
    "autocomplete": ("completion",),
    "status": ("doctor",),
    "check": ("doctor",),
    "diagnose": ("doctor",),
}
_GROUP_ALIASES = dict.fromkeys(("auth", "account", "context", "contexts"), "profiles")
_GROUP_ALIASES["slack"] = "integrations"
_OPTION_ALIASES = {
    name: option
    for option, names in {
        "--output": "--format",
        "--columns": "--fields",
        "--limit": "-n -l -L --max-items --max-results --page-size --per-page",
        "--data": "-f --file --filename --from-file --body --input --cli-input-json",
        "--host": "--region --url --server --endpoint --endpoint-url --base-url",
        "--profile": "--context --account",
        "--verbose": "--debug --trace",
        "--dry-run": "--check --plan",
        "--yes": "--force --no-prompt --no-confirm --assume-yes",
    }.items()
    for name in names.split()
}


class Tree(NamedTuple):
    """The command tree: its first words, the topics of `help`, and the commands of a first word."""

    groups: Collection[str]
    topics: Collection[str]
    commands_of: Callable[[str], Iterable[Command]]


class _Given(NamedTuple):
    """An option as it was typed, or an argument, without a `name`.

    `parameter` is None if there is no such option, `value` if it has none; `has_equals` is for
    `-o=json`.
    """

    name: str
    parameter: Parameter | None
    value: str | None = None
    has_equals: bool = False

    @property
    def takes_next(self) -> bool:
        """True if the next word is the value."""
        return bool(self.parameter and self.parameter.metavar) and self.value is None


def usage_error(message: str, args: Sequence[str], tree: Tree) -> UsageError:
    """Return the error for the parser's `message` about the command line `args`."""
    first, *rest = args
    if first not in tree.groups:
        if first.startswith("-"):
            return _before_command(message, args, tree, "GROUP", "VERB")
        return _unknown_group(args, tree)
    commands = list(tree.commands_of(first))
    command = _command(args, commands)
    if command is not None:
        known = (
            _unknown_option(args, command)
            or _missing_argument(args, command)
            or _missing_option(args, command)
        )
        return known or _fallback(message, args, _nearest_choice(args, command))
    if not rest or rest[0].startswith("-"):
        return _before_command(message, args, tree, first, "VERB")
    return _unknown_verb(args, commands)


def asked_for_help(args: Sequence[str], tree: Tree) -> tuple[str, ...] | None:
    """Return the words of the command whose help was asked for by -h or --help, wherever it is.

    None if it was not, or if another word is in the place of the command.
    """
    if not {*HELP.names} & {*args}:
        return None
    groups = [place for place, word in enumerate(args) if word in tree.groups]
    if 0 not in groups and not args[0].startswith("-"):
        return None
    for place in groups:
        group, *rest = args[place:]
        known = {each.words for each in tree.commands_of(group)}
        found = [words for words in [(group,), *((group, word) for word in rest)] if words in known]
        if found:
            return found[0]
    if not groups:
        return ()
    group, *rest = args[groups[0] :]
    return (group,) if not rest or rest[0].startswith("-") else None


def refuse_equals(args: Sequence[str], tree: Tree) -> None:
    """Raise UsageError for a short option with an equals sign, such as `-o=json`.

    The parser would take `=json` for the value.
    """
    command = _command(args, tree.commands_of(args[0]) if args[0] in tree.groups else ())
    if command is None:
        return
    for name, parameter, value, is_joined in _given(args, command):
        if not is_joined or parameter is None:
            continue
        if not parameter.metavar:
            raise UsageError(f"{name} takes no value", hint=_help(command))
        expected = "|".join(parameter.choices) or parameter.metavar
        is_simple = value and _SIMPLE.fullmatch(value) and not may_be_secret(value)
        raise UsageError(
            f"{name} is separated from its value by a space, not by =",
            hint=Hint(f"write {name} {value if is_simple else expected}"),
        )


def unknown_word(what: str, word: str, hint: Hint) -> UsageError:
    """Return the error `what` 'word'. A word that may be a secret is masked."""
    text = typed(word)
    quoted = f"'{text}'" if len(text) <= _LONGEST else f"'{text[:_LONGEST]}...'"
    return UsageError(f"{what} {quoted}", hint=_explained(hint) if text == MASK else hint)


def _explained(hint: Hint) -> Hint:
    return Hint(f"the word you typed is shown as {MASK} in case it is a key", also=hint)


def did_you_mean(*commands: Sequence[str]) -> Hint:
    """Return the hint that suggests one or more commands."""
    if len(commands) == 1:
        return Hint("did you mean", tuple(commands[0]))
    return Hint(f"did you mean {either(' '.join(words) for words in commands)}")


def _unknown_group(args: Sequence[str], tree: Tree) -> UsageError:
    word, *rest = args
    hint = _nearest_command(word, rest, tree) or Hint("", ("--help",))
    return unknown_word("no such command", word, hint)


def _nearest_command(word: str, rest: Sequence[str], tree: Tree) -> Hint | None:
    if word in _ALIASES:
        return did_you_mean(_ALIASES[word])
    if word in tree.topics:
        return did_you_mean(("help", word))
    joined = f"{word}-{rest[0]}" if rest else word
    if {joined, f"{joined}s"} & {*tree.groups}:  # clustering jobs
        word, rest = joined, rest[1:]
    alias = _GROUP_ALIASES.get(word)
    groups = [alias] if alias else nearest_words(word, tree.groups)
    verb_first = False
    if not groups and is_verb(word) and rest:  # as in kubectl
        groups = [rest[0]] if rest[0] in tree.groups else nearest_words(rest[0], tree.groups)
        verb_first = bool(groups)
    if groups:
        verb, *others = [word, *rest[1:]] if verb_first else [*rest] or [""]
        found = [_with_verb(group, verb, tree) for group in groups]
        return _instead(found, others if len(found[0]) > 1 else ())
    commands = [each.words for name in tree.groups for each in tree.commands_of(name)]
    found = [words for words in commands if words[1:] == (word,)]
    return _instead(found, rest) if 0 < len(found) <= MOST else None


def _instead(commands: Sequence[Sequence[str]], rest: Sequence[str]) -> Hint:
    """Return the hint that suggests one command, with the rest of what was typed, or several."""
    if len(commands) > 1 or not rest or not _can_be_repeated(rest):
        return did_you_mean(*commands)
    return Hint(f"did you mean: {command_line((*commands[0], *rest))}")


def _with_verb(group: str, word: str, tree: Tree) -> tuple[str, ...]:
    """Return the group, and the verb if it is clear which one was meant."""
    verbs = [each.words[1] for each in tree.commands_of(group) if each.words[1:]]
    found = [word] if word in verbs else nearest_verbs(word, verbs)
    return (group, *found) if len(found) == 1 else (group,)


def _unknown_verb(args: Sequence[str], commands: Sequence[Command]) -> UsageError:
    group, word, *rest = args
    found = [(group, verb) for verb in nearest_verbs(word, [each.words[1] for each in commands])]
    hint = _instead(found, rest) if found else Hint("", (group, "--help"))
    return unknown_word(f"{group} has no command", word, hint)


def _unknown_option(args: Sequence[str], command: Command) -> UsageError | None:
    """Return the error for the first option that the command does not have, if there is one."""
    name = next((each.name for each in _given(args, command) if each.parameter is None), None)
    if name is None:
        return None
    hint = _KEY_HINT if _KEY_OPTION.fullmatch(name) else _nearest_option(name, command)
    return unknown_word("no such option", name, hint)


def _missing_argument(args: Sequence[str], command: Command) -> UsageError | None:
    """Return the error for the first required argument that was not given, if there is one."""
    required = [each for each in command.parameters if each.is_argument and each.is_required]
    given = [each for each in _given(args, command) if not each.name]
    if "--" in args or len(given) >= len(required):
        return None
    missing = required[len(given)]
    hint = _help(command)
    if missing.choices:
        hint = Hint(f"choose {either(missing.choices)}")
    elif missing.is_profile:
        hint = Hint("list the profiles", ("profiles", "list"))
    elif missing.completer and missing.completer.kind is Kind.IDS:
        group = missing.completer.group or command.words[0]
        hint = Hint("list the names and IDs", (group, "list"))
    name = missing.metavar.removesuffix("...").replace("|", " or ")
    return UsageError(f"{name} is required", hint=hint)


def _missing_option(args: Sequence[str], command: Command) -> UsageError | None:
    """Return the error for the first required option that was not given, if there is one."""
    given = [each.parameter for each in _given(args, command)]
    for each in command.parameters:
        if each.is_required and not each.is_argument and each not in given:
            name = each.names[0]
            hint = Hint(f"give {name} {each.metavar}".rstrip(), also=_help(command))
            return UsageError(f"{name} is required", hint=hint)
    return None


def _nearest_option(name: str, command: Command) -> Hint:
    options = [each for each in command.parameters if not each.is_argument]
    names = [name for option in options for name in option.names if name.startswith("--")]
    if name in ("-p", "--profile") and any(each.is_profile for each in command.parameters):
        return Hint("did you mean", (*command.words, "NAME"))
    alias = _OPTION_ALIASES.get(name)
    if not name.startswith("--") and alias not in names:
        return _help(command)
    for option in options:  # --json for --output json
        if option.completer and name[2:] in option.completer.words:
            return Hint(f"did you mean {option.names[0]} {name[2:]}", also=_help(command))
    found = [alias] if alias in names else nearest_words(name, names)
    return Hint(f"did you mean {either(found)}", also=_help(command)) if found else _help(command)


def _nearest_choice(args: Sequence[str], command: Command) -> Hint:
    """Return the hint for a value that is not one of the choices; else how to get help."""
    for name, parameter, value, _ in _given(args, command):
        if parameter is None or value is None or value in ("", *parameter.choices):
            continue
        instead = dict(parameter.completer.instead).get(value) if parameter.completer else None
        found = nearest_words(value, parameter.choices)
        if instead or found:
            meant = instead or f"{name} {either(found)}".strip()
            return Hint(f"did you mean {meant}", also=_help(command))
    return _help(command)


def _fallback(message: str, args: Sequence[str], hint: Hint) -> UsageError:
    """Return the error with the parser's own message, without secrets."""
    text = message
    for word in sorted(_secrets(args), key=len, reverse=True):
        # The parser shows some words verbatim and others as Python literals. A short word is only
        # replaced where it is the whole word.
        whole = r"(?<![\w-])%s(?![\w-])" if len(word) < _SHORTEST_HIDDEN else "%s"
        for form in (word, repr(word)[1:-1], visible(word)):
            text = re.sub(whole % re.escape(form), MASK, text)
    hint = hint if text == message else _explained(hint)
    return UsageError(re.sub(r"\n\s*", " ", text), hint=hint)


def _secrets(args: Sequence[str]) -> set[str]:
    """Return the words, or parts of words, that may be secrets."""
    found = {part for word in args for part in _parts(word) if may_be_secret(part)}
    for option, word in pairwise(args):
        if _KEY_OPTIONS.fullmatch(option):
            found.add(word)
    found |= {word.partition("=")[2] for word in args if _KEY_OPTIONS.match(word)}
    return found - {""}


def _parts(word: str) -> Iterator[str]:
    """Yield a word, and what may be the value of an option in it."""
    yield word.lstrip("-")
    yield word.partition("=")[2]
    if re.match("-[^-]", word):  # -oVALUE, maybe behind switches
        yield from (word[start:] for start in range(2, 6))


def _before_command(message: str, args: Sequence[str], tree: Tree, *words: str) -> UsageError:
    """Return the error for options before the command."""
    hint = Hint(_AFTER, (*words, "--help"))
    if any(map(_KEY_OPTION.match, args)):
        hint = _KEY_HINT
    word = next((word for word in args if word.startswith("-")), "--")
    name = word.partition("=")[0] if word.startswith("--") else word[:2]
    if list(args) in (["-V"], ["-v"]):
        hint = did_you_mean(_ALIASES["version"])
    if name in ("--", "--version", *HELP.names):
        return _fallback(message, args, hint)
    return unknown_word("no such option before the command:", name, _reordered(args, tree) or hint)


def _reordered(args: Sequence[str], tree: Tree) -> Hint | None:
    """Return the hint with the options moved after the command; how to list them if it lacks one.

    None if there is no command, or if a word must not be repeated.
    """
    if not _can_be_repeated(args):
        return None
    for start, group in enumerate(args):
        for command in tree.commands_of(group) if group in tree.groups else ():
            *_, verb = command.words
            if verb in args[start:]:
                end = args.index(verb, start)
                misplaced = [
                    part
                    for word in (*args[:start], *args[start + 1 : end])
                    for part in (word.split("=", 1) if has_equals([word]) else [word])
                ]
                words = [*command.words, *args[end + 1 :], *misplaced]
                if any(each.parameter is None for each in _given(words, command)):
                    return Hint(_AFTER, (*command.words, "--help"))
                return Hint(f"options go after the command: {command_line(words)}")
    return None


def _can_be_repeated(words: Sequence[str]) -> bool:
    """Return False if a word may be a secret, or needs more than quotes around its spaces."""
    plain = [part for word in words for part in word.split(" ")]
    parts = [part for word in (*words, *plain) for part in _parts(word)]
    is_simple = all(_SIMPLE.fullmatch(part.replace("=", "")) for part in plain)
    return (
        is_simple and not any(map(_KEY_OPTIONS.match, words)) and not any(map(may_be_secret, parts))
    )


def _help(command: Command) -> Hint:
    return Hint("", (*command.words, "--help"))


def _command(args: Sequence[str], commands: Iterable[Command]) -> Command | None:
    """Return the command that the first words name."""
    return next((each for each in commands if each.words == tuple(args[: len(each.words)])), None)


def _given(args: Sequence[str], command: Command) -> Iterator[_Given]:
    """Yield the options and arguments in a command line, up to the first option that the command
    does not have."""
    named = {name: each for each in (*command.parameters, HELP) for name in each.names}
    arguments = iter([each for each in command.parameters if each.is_argument])
    words = iter(args[len(command.words) :])
    for word in words:
        if word == "--":
            return
        if re.match("-[^-]", word):
            found = list(_short_options(word, named))
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            found = [_Given(name, named.get(name), value if equals else None)]
        else:
            argument = next(arguments, None)
            found = [_Given("", argument, word)] if argument else []
        if found and found[-1].takes_next:
            found[-1] = found[-1]._replace(value=next(words, None))
        yield from found
        if found and found[-1].parameter is None:
            return


def _short_options(word: str, named: dict[str, Parameter]) -> Iterator[_Given]:
    """Yield the options in a word such as `-v`, `-vo`, `-ojson` or `-o=json`."""
    for place, letter in enumerate(word[1:], start=1):
        name, value = f"-{letter}", word[place + 1 :]
        parameter = named.get(name)
        has_equals = value.startswith("=")
        if parameter is None or parameter.metavar or has_equals:
            yield _Given(name, parameter, value[1:] if has_equals else value or None, has_equals)
            return
        yield _Given(name, parameter)
