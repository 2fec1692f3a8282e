"""The script for PowerShell."""

from __future__ import annotations

from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.config.sources import HOST_VARIABLES, KEY_VARIABLES, PROJECT_VARIABLES
from llmctl.reference.completion import grammar
from llmctl.reference.completion.grammar import Group, arguments, options


def render(groups: list[Group]) -> str:
    """Return the script."""
    functions = grammar.part(
        "functions.ps1",
        KEYS=_names(KEY_VARIABLES),
        PROJECT=_names(PROJECT_VARIABLES),
        HOST=_names(HOST_VARIABLES),
    )
    return f"{grammar.header('PowerShell')}\n\n{_tree(groups)}\n{functions}"


def _tree(groups: list[Group]) -> str:
    """Return the words that may follow those of a command: [word, help, kind of value].

    An argument has an empty word, and its kind ends with * if it may be repeated; a switch has the
    kind $null.
    """
    root = [_entry(group.name, group.help) for group in groups]
    root += [_entry(name, each.help) for each in (grammar.VERSION, HELP) for name in each.names]
    lines = ["$llmctlAfter = @{", *_node("", root)]
    for group in groups:
        if not group.is_command:
            verbs = [_entry(each.words[1], each.summary) for each in group.commands]
            verbs += [_entry(name, HELP.help) for name in HELP.names]
            lines += _node(group.name, verbs)
        for command in group.commands:
            entries = [
                _entry(name, each.help, _kind(each, command))
                for each in options(command)
                for name in each.names
            ]
            entries += [
                _entry("", each.help, (_kind(each, command) or "") + "*" * each.is_repeatable)
                for each in arguments(command)
            ]
            lines += _node(" ".join(command.words), entries)
    return "\n".join([*lines, "}", ""])


def _node(words: str, entries: list[str]) -> list[str]:
    return [f"    '{words}' = @(", *(f"        {each}" for each in entries), "    )"]


def _entry(word: str, help_text: str, kind: str | None = None) -> str:
    return (
        f", @({_quoted(word)}, {_quoted(help_text)}, {'$null' if kind is None else _quoted(kind)})"
    )


def _kind(parameter: Parameter, command: Command) -> str | None:
    """Return `KIND[-list][:OF]`, such as `words:us,eu`; None for a switch."""
    completer = parameter.completer
    if completer is None:
        return "" if parameter.metavar else None
    of = grammar.values_of(completer, command)
    return f"{completer.kind}{'-list' if completer.is_list else ''}:{of}"


def _names(variables: tuple[str, ...]) -> str:
    return ", ".join(_quoted(name) for name in variables)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
