"""The sources of all scripts: groups and commands, and the hand-written functions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from llmctl.app import RESOURCES, commands_of
from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.cli.completers import Completer, Kind

HEADER = """Tab completion of llmctl for {shell}, made by `python -m llmctl.reference`.

It starts no process. IDs and profiles come from llmctl's cache, which `llmctl ... list` writes
(see llmctl/api/completion_cache.py); they are never evaluated."""
VERSION = Parameter(("--version",), "", "Show the version and exit.", None, False, False)


class Group(NamedTuple):
    """A group, its line of help, and its commands; a command by itself is a group of one."""

    name: str
    help: str
    commands: tuple[Command, ...]

    @property
    def is_command(self) -> bool:
        """True for a command without a group."""
        return self.commands[0].words == (self.name,)


def groups() -> list[Group]:
    """Return the command tree, with `--help` among the options of each command."""
    return [
        Group(
            name,
            resource.help,
            tuple(
                command._replace(parameters=(*command.parameters, HELP))
                for command in commands_of(name)
            ),
        )
        for name, resource in RESOURCES.items()
    ]


def options(command: Command) -> Iterator[Parameter]:
    """Yield the options of a command."""
    return (each for each in command.parameters if not each.is_argument)


def arguments(command: Command) -> Iterator[Parameter]:
    """Yield the arguments of a command, in order."""
    return (each for each in command.parameters if each.is_argument)


def ids_of(completer: Completer, command: Command) -> str:
    """Return the group whose ids complete a value."""
    return completer.group or command.words[0]


def values_of(completer: Completer, command: Command) -> str:
    """Return the group whose ids a value takes, or the words for it; "" for any other kind."""
    if completer.kind is Kind.IDS:
        return ids_of(completer, command)
    return ",".join(completer.words)


def header(shell: str, mark: str = "#") -> str:
    """Return the comment at the top of a script."""
    lines = HEADER.format(shell=shell).splitlines()
    return "\n".join(f"{mark} {line}".rstrip() for line in lines)


def part(name: str, **values: str) -> str:
    """Return the hand-written functions of a script, with `values` in place of `@NAME@`."""
    text = files(__package__).joinpath("parts", name).read_text(encoding="utf-8")
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", value)
    return text


def first_of(variables: tuple[str, ...]) -> str:
    """Return the expression for the first of these variables that is set, in bash and zsh."""
    text = ""
    for name in reversed(variables):
        text = f"${{{name}:-{text}}}"
    return text
