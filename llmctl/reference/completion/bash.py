"""The script for bash."""

from __future__ import annotations

from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.config.sources import HOST_VARIABLES, KEY_VARIABLES, PROJECT_VARIABLES
from llmctl.reference.completion import grammar
from llmctl.reference.completion.grammar import Group, arguments, options


def render(groups: list[Group]) -> str:
    """Return the script."""
    functions = grammar.part(
        "functions.bash",
        KEYS="".join(f"${{{name}:-}}" for name in KEY_VARIABLES),
        PROJECT=grammar.first_of(PROJECT_VARIABLES),
        HOST=grammar.first_of(HOST_VARIABLES),
    )
    return f"{grammar.header('bash 4 and newer')}\n\n{functions}\n{_after(groups)}"


def _after(groups: list[Group]) -> str:
    """Return the function that lists the words that may follow those of a command."""
    root = [*grammar.VERSION.names, *HELP.names]
    lines = [
        "# The words that may follow $1: verbs, or options and arguments. An option that takes a",
        "# value is NAME=KIND, an argument KIND, or KIND* if it may be repeated.",
        "_llmctl_after() {",
        "    case $1 in",
        *_case("", verbs=[group.name for group in groups], options=root),
    ]
    for group in groups:
        if not group.is_command:
            verbs = [command.words[1] for command in group.commands]
            lines += _case(group.name, verbs=verbs, options=list(HELP.names))
        for command in group.commands:
            lines += _case(
                " ".join(command.words),
                options=[
                    name + _kind(each, command) for each in options(command) for name in each.names
                ],
                arguments=[_place(each, command) for each in arguments(command)],
            )
    return "\n".join([*lines, "    esac", "}", ""])


def _case(words: str, **variables: list[str]) -> list[str]:
    values = [f"        {name}='{' '.join(each)}'" for name, each in variables.items() if each]
    return [f"    '{words}')", *values, "        ;;"]


def _place(argument: Parameter, command: Command) -> str:
    """Return the kind of an argument, `-` if it may be anything, with `*` if it may be repeated."""
    kind = _kind(argument, command)[1:] or "-"
    return kind + "*" * argument.is_repeatable


def _kind(parameter: Parameter, command: Command) -> str:
    """Return `=KIND` of a parameter's value, `=` if it may be anything, "" for a switch."""
    completer = parameter.completer
    if completer is None:
        return "=" if parameter.metavar else ""
    of = grammar.values_of(completer, command)
    return f"={completer.kind}{'-list' if completer.is_list else ''}{f':{of}' if of else ''}"
