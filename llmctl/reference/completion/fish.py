"""The script for fish."""

from __future__ import annotations

from collections.abc import Iterator

from llmctl.cli.command_spec import HELP, Command, Parameter
from llmctl.cli.completers import Kind
from llmctl.config.sources import HOST_VARIABLES, KEY_VARIABLES, PROJECT_VARIABLES
from llmctl.reference.completion import grammar
from llmctl.reference.completion.grammar import Group, arguments, options


def render(groups: list[Group]) -> str:
    """Return the script."""
    functions = grammar.part(
        "functions.fish",
        VALUED=" ".join(_valued(groups)),
        KEYS="".join(f"${name}" for name in KEY_VARIABLES),
        PROJECT=" ".join(f'"${name}"' for name in PROJECT_VARIABLES),
        HOST=" ".join(f'"${name}"' for name in HOST_VARIABLES),
    )
    rules = "\n".join(_rules(groups))
    return f"{grammar.header('fish')}\n\n{functions}\ncomplete -c llmctl -f\n{rules}\n"


def _valued(groups: list[Group]) -> list[str]:
    """Return every option that takes a value in any command."""
    every = [each for group in groups for command in group.commands for each in options(command)]
    valued = {name for each in every if each.metavar for name in each.names}
    switches = {name for each in every if not each.metavar for name in each.names}
    assert not valued & switches, "an option takes a value in one command and none in another"
    return sorted(valued)


def _rules(groups: list[Group]) -> Iterator[str]:
    for parameter in (grammar.VERSION, HELP):
        (names,) = _spellings(parameter)
        yield _rule("__llmctl_after 0", *names, *_described(parameter.help))
    for group in groups:
        yield _rule("__llmctl_after 0", "-a", group.name, *_described(group.help))
        if not group.is_command:
            here = f"__llmctl_after 0 {group.name}"
            (names,) = _spellings(HELP)
            yield _rule(here, *names, *_described(HELP.help))
            for command in group.commands:
                yield _rule(here, "-a", command.words[1], *_described(command.summary))
        for command in group.commands:
            yield from _command(command)


def _command(command: Command) -> Iterator[str]:
    words = " ".join(command.words)
    here = f"__llmctl_in {words}"
    for parameter in options(command):
        for names in _spellings(parameter):
            yield _rule(here, *names, *_value(parameter, command), *_described(parameter.help))
    for number, parameter in enumerate(arguments(command)):
        if parameter.completer is not None:
            more = "+" if parameter.is_repeatable else ""
            here = f"__llmctl_after {number}{more} {words}"
            yield _rule(here, "-k", *_value(parameter, command)[1:])


def _rule(condition: str, *words: str) -> str:
    return " ".join(["complete -c llmctl -n", _quoted(condition), *words])


def _spellings(parameter: Parameter) -> list[list[str]]:
    """Return the names of an option as fish expects them: a long and a short one together, two
    opposite long ones separately."""
    words = [
        ("-l", name[2:]) if name.startswith("--") else ("-s", name[1:]) for name in parameter.names
    ]
    if [flag for flag, _ in words] == ["-l", "-l"]:
        return [list(each) for each in words]
    return [[word for each in words for word in each]]


def _described(text: str) -> list[str]:
    return ["-d", _quoted(text)] if text else []


def _value(parameter: Parameter, command: Command) -> list[str]:
    """Return how fish completes a value: `-r -F` for files, otherwise `-x` and the choices."""
    completer = parameter.completer
    if completer is None:
        return ["-x"] if parameter.metavar else []
    if completer.kind is Kind.FILE:
        return ["-r", "-F"]
    found = {
        Kind.WORDS: " ".join(completer.words),
        Kind.PROFILES: "(__llmctl_profiles)",
        Kind.IDS: f"(__llmctl_ids {grammar.ids_of(completer, command)})",
        Kind.AT_FILE: "(__llmctl_at_file)",
    }[completer.kind]
    return ["-x", "-a", _quoted(f"(__llmctl_list {found})" if completer.is_list else found)]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
