"""Commands as data, for the reference, the completion scripts and usage errors."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import typer

from llmctl.cli.completers import Completer, Kind
from llmctl.cli.options import option_info


class Parameter(NamedTuple):
    """An option, or an argument, which has no `names`. A switch has no `metavar`.

    `choices` are the values that it accepts; empty if it accepts others.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    completer: Completer | None
    is_repeatable: bool
    is_required: bool
    choices: tuple[str, ...] = ()

    @property
    def is_argument(self) -> bool:
        """True for an argument, False for an option."""
        return not self.names

    @property
    def is_profile(self) -> bool:
        """True for the name of a profile."""
        return self.completer is not None and self.completer.kind is Kind.PROFILES


HELP = Parameter(("--help", "-h"), "", "Show this message and exit.", None, False, False)


class Command(NamedTuple):
    """A command: its words, the first line of its help, the rest of it, and examples."""

    words: tuple[str, ...]
    summary: str
    description: str
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def commands_of(app: typer.Typer, *group: str) -> Iterator[Command]:
    """Yield the commands of a Typer app that belongs to the words of `group`."""
    for registered in app.registered_commands:
        assert registered.name is not None
        assert registered.callback is not None
        summary, _, description = inspect.cleandoc(registered.callback.__doc__ or "").partition(
            "\n"
        )
        examples = "\n".join((registered.epilog or "").splitlines()[2:])
        yield Command(
            (*group, registered.name),
            summary,
            description.strip(),
            tuple(re.split(r"(?<!\\)\n  ", examples.removeprefix("  "))),
            _parameters(registered.callback),
        )


@functools.cache
def _parameters(function: Any) -> tuple[Parameter, ...]:
    hints = get_type_hints(function, include_extras=True)
    declared = inspect.signature(function).parameters
    return tuple(
        parameter(hints[name], is_required=each.default is inspect.Parameter.empty)
        for name, each in declared.items()
    )


def parameter(annotated: Any, *, is_required: bool = False) -> Parameter:
    """Return the option or argument that an annotation declares."""
    extras = annotated.__metadata__
    info = option_info(annotated)
    kind = annotated.__origin__
    types = [each for each in (kind, *get_args(kind)) if each is not type(None)]
    # In an annotation, Typer keeps the first name as the default.
    declarations = [info.default, *(info.param_decls or ())]
    names = [each for text in declarations if isinstance(text, str) for each in text.split("/")]
    choices = _choices(types)
    is_switch = bool in types
    return Parameter(
        names=tuple(names),
        metavar="" if is_switch else info.metavar or "|".join(choices),
        help=info.help or "",
        completer=next((extra for extra in extras if isinstance(extra, Completer)), None)
        or (Completer(Kind.WORDS, choices) if choices else None),
        is_repeatable=any(get_origin(each) is list for each in types),
        is_required=is_required,
        choices=choices,
    )


def _choices(types: list[Any]) -> tuple[str, ...]:
    for kind in types:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return tuple(str(choice.value) for choice in kind)
    return ()
