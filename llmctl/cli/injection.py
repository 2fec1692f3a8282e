"""`@command`: dependency injection for commands, as in FastAPI.

    @command(app, "delete", "llmctl clustering-jobs delete ID --yes")
    def delete(jobs: Objects, confirm: Confirm, client: Writer, out: Notes) -> ExitCode:

A parameter annotated with `Depends(make)` gets what `make` returns. The options that `make` takes
become options of the command; it may have dependencies itself. It is called once, even if several
dependencies need the same. If `make` is a generator, the rest
of it runs after the command. `llmctl.cli.dependencies` holds those that commands share.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, TypeVar, get_args

import typer

from llmctl.cli.help_layout import HelpCommand
from llmctl.cli.options import SHARED, examples

F = TypeVar("F", bound=Callable[..., Any])


class Depends(NamedTuple):
    """The function that makes a parameter.

    `is_first`: call it before all others, wherever its options are in the help. `is_last`: call it
    after all others. This is for dependencies that read the settings, so that mistakes in the
    command's own options are reported first.
    """

    make: Callable[..., Any]
    is_first: bool = False
    is_last: bool = False


def command(app: typer.Typer, name: str, *lines: str) -> Callable[[F], F]:
    """Register a function as a command; `lines` are the examples at the end of its help."""

    def register(function: F) -> F:
        app.command(name, cls=HelpCommand, epilog=examples(*lines))(inject(function))
        return function

    return register


def inject(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as Typer calls it: with options in place of dependencies.

    TypeError if two different options have the same name.
    """

    def call(**options: Any) -> Any:
        with ExitStack() as endings:
            return function(**_arguments(function, options, endings, {}))

    found: dict[str, inspect.Parameter] = {}
    for each in _options(function):
        known = found.setdefault(each.name, each)
        if (known.annotation, known.default) != (each.annotation, each.default):
            raise TypeError(f"{function.__name__}: two different options are called {each.name}")
    merged = sorted(found.values(), key=lambda each: SHARED.get(each.name, -1))
    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__annotations__ = {each.name: each.annotation for each in merged}
    call.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    return call


def _arguments(
    function: Callable[..., Any],
    options: Mapping[str, Any],
    endings: ExitStack,
    made: dict[Callable[..., Any], Any],
) -> dict[str, Any]:
    """Make the arguments of a function from the values of options; `made` holds those so far."""
    arguments = {}
    needed = sorted(_needs(function).items(), key=lambda need: need[1].is_last - need[1].is_first)
    for name, depends in needed:
        make = depends.make
        if make not in made:
            needs = _arguments(make, options, endings, made)
            if inspect.isgeneratorfunction(make):
                made[make] = endings.enter_context(contextmanager(make)(**needs))
            else:
                made[make] = make(**needs)
        arguments[name] = made[make]
    return arguments | {name: options[name] for name in _parameters(function).keys() - arguments}


def _options(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    """The options that a function and its dependencies take, in the order of its parameters."""
    needs = _needs(function)
    for name, parameter in _parameters(function).items():
        if name in needs:
            yield from _options(needs[name].make)
        else:
            yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


@functools.cache
def _needs(function: Callable[..., Any]) -> dict[str, Depends]:
    """Parameter -> its dependency; the outermost of nested annotations counts."""
    found = {}
    for name, parameter in _parameters(function).items():
        for extra in get_args(parameter.annotation):
            if isinstance(extra, Depends):
                found[name] = extra
    return found


@functools.cache
def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function, eval_str=True).parameters
