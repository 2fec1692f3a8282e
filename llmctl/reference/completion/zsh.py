"""The script for zsh."""

from __future__ import annotations

from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.cli.completers import Kind
from llmctl.config.sources import HOST_VARIABLES, KEY_VARIABLES, PROJECT_VARIABLES
from llmctl.reference.completion import grammar
from llmctl.reference.completion.grammar import Group, arguments, options


def render(groups: list[Group]) -> str:
    """Return the script."""
    functions = grammar.part(
        "functions.zsh",
        KEYS="".join(f"${name}" for name in KEY_VARIABLES),
        PROJECT=grammar.first_of(PROJECT_VARIABLES),
        HOST=grammar.first_of(HOST_VARIABLES),
        HELP=" ".join(_specs(HELP, "")),
        VERSION=" ".join(_specs(grammar.VERSION, "")),
    )
    head = f"#compdef llmctl\n{grammar.header('zsh')}"
    return f"{head}\n\n{_after(groups)}\n{functions}"


def _after(groups: list[Group]) -> str:
    """Return the function that lists the words that may follow those of a command."""
    lines = [
        "# The words that may follow $1: verbs, or specs for _arguments.",
        "_llmctl_after() {",
        "    case $1 in",
        *_case("", verbs=[_described(group.name, group.help) for group in groups]),
    ]
    for group in groups:
        if not group.is_command:
            verbs = [_described(each.words[1], each.summary) for each in group.commands]
            lines += _case(group.name, verbs=verbs)
        for command in group.commands:
            specs = [
                spec for each in options(command) for spec in _specs(each, _action(each, command))
            ]
            places = [_place(each, _action(each, command)) for each in arguments(command)]
            lines += _case(" ".join(command.words), specs=[*specs, *places])
    return "\n".join([*lines, "    esac", "}", ""])


def _case(words: str, **arrays: list[str]) -> list[str]:
    lines = [f"    '{words}')"]
    for name, values in arrays.items():
        lines += [f"        {name}=(", *(f"            {value}" for value in values), "        )"]
    return [*lines, "        ;;"]


def _described(word: str, help_text: str) -> str:
    return _quoted(f"{word}:{help_text}")


def _specs(parameter: Parameter, action: str) -> list[str]:
    """Return one spec for each name of an option; only one of them may be given."""
    others = "" if parameter.is_repeatable else f"({' '.join(parameter.names)})"
    help_text = _escaped(parameter.help, "[]:")
    value = f":{_escaped(parameter.metavar, ':')}:{action}" if parameter.metavar else ""
    found = []
    for name in parameter.names:
        joint = "" if not value else "=" if name.startswith("--") else "+"
        star = "*" if parameter.is_repeatable else ""
        found.append(_quoted(f"{others}{star}{name}{joint}[{help_text}]{value}"))
    return found


def _place(parameter: Parameter, action: str) -> str:
    start = "*:" if parameter.is_repeatable else ":" if parameter.is_required else "::"
    return _quoted(f"{start}{_escaped(parameter.metavar, ':')}:{action}")


def _action(parameter: Parameter, command: Command) -> str:
    """Return the action of _arguments for a value. A leading space stops zsh from adding arguments
    to it."""
    completer = parameter.completer
    if completer is None:
        return " "
    flag = " -l" if completer.is_list else ""
    if completer.kind is Kind.WORDS:
        return f" _llmctl_words{flag} {' '.join(completer.words)}"
    if completer.kind is Kind.IDS:
        return f" _llmctl_ids {grammar.ids_of(completer, command)}"
    if completer.kind is Kind.PROFILES:
        return f" _llmctl_profiles{flag}"
    return "_files" if completer.kind is Kind.FILE else " _llmctl_at_file"


def _escaped(text: str, characters: str) -> str:
    for character in "\\" + characters:
        text = text.replace(character, "\\" + character)
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
