"""The root: which resource lives where, and `main`, where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from llmctl import __version__
from llmctl.errors import DryRun, ExitCode, LlmctlError, OutputClosed, Terminated, UsageError

if TYPE_CHECKING:
    import typer

    from llmctl.cli.command_spec import Command


class Resource(NamedTuple):
    """A group of commands, or one command by itself: the module that holds its Typer app, and its
    line of help."""

    module: str
    help: str
    is_command: bool = False


RESOURCES = {
    "clustering-config": Resource(
        "llmctl.commands.clustering_config", "Which events clustering looks at."
    ),
    "clustering-jobs": Resource("llmctl.commands.clustering_jobs", "What is clustered, and how."),
    "evaluation-config": Resource(
        "llmctl.commands.evaluation_config", "The provider key that evaluations use."
    ),
    "evaluation-reports": Resource(
        "llmctl.commands.evaluation_reports", "Reports about evaluations, and who gets them."
    ),
    "provider-keys": Resource("llmctl.commands.provider_keys", "Keys of LLM providers."),
    "evaluations": Resource("llmctl.commands.evaluations", "What judges the answers of LLMs."),
    "models": Resource("llmctl.commands.models", "What providers offer."),
    "profiles": Resource("llmctl.commands.profiles", "Stored keys, hosts and projects."),
    "sandbox": Resource(
        "llmctl.sandbox.commands", "A PostHog project on this machine, to try things on."
    ),
    "completion": Resource(
        "llmctl.reference.completion.command", "Tab completion for your shell.", is_command=True
    ),
    "help": Resource("llmctl.reference.help", "Help on a command or a topic.", is_command=True),
}

# `llmctl help TOPIC` -> its first line. The texts are in llmctl/reference/topics/.
TOPICS = {
    "environment": "Settings, variables and files.",
    "output": "Formats of data and errors.",
    "exit-codes": "What each exit code means, and what is retried.",
    "rotation": "How to rotate a provider key.",
    "rehearsal": "Dry runs, the sandbox, and failures on demand.",
    "security": "What happens to keys.",
    "scripting": "Use in scripts and CI.",
}

SWITCHES = "hvy"  # the short options without a value: others may follow in the same word

HELP = """Administer a PostHog project's LLM analytics.

Without an account, try it on this machine: llmctl sandbox demo
"""
_TOPIC_LINES = "\n".join(f"  {name:<{max(map(len, RESOURCES))}}  {TOPICS[name]}" for name in TOPICS)
EPILOG = f"""\b
Topics (llmctl help TOPIC):
{_TOPIC_LINES}

\b
Examples:
  llmctl sandbox demo
  llmctl clustering-jobs list -p sandbox
  llmctl profiles add work --host eu --project 12345
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (without the program's name) says; the exit code.

    Errors end here: as a sentence, or as JSON where `-o json` was asked for, on standard error.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["--version"]:
        print(f"llmctl {__version__}")
        return ExitCode.OK
    try:
        _refuse_undecoded(args)
        return _run(args)
    except (OutputClosed, Terminated):
        raise
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except LlmctlError as error:
        _show(error, args)
        return error.exit_code
    except Exception as error:
        if os.environ.get("LLMCTL_DEBUG") == "1":
            _trace(error)
        bug = LlmctlError(
            f"a bug in llmctl ({type(error).__name__})",
            hint="LLMCTL_DEBUG=1 shows where; please report it",
        )
        _show(bug, args)
        return bug.exit_code


def _refuse_undecoded(args: list[str]) -> None:
    """UsageError where an argument's bytes could not be decoded: no request can carry them."""
    try:
        for word in args:
            word.encode()
    except UnicodeEncodeError:
        raise UsageError("an argument is not text in this locale's encoding") from None


def _run(args: list[str]) -> int:
    import typer

    try:
        parse = _tree(args[0] if args and args[0] in RESOURCES else None)
        result = parse(args or ["--help"], prog_name="llmctl", standalone_mode=False)
    except DryRun as dry_run:
        print(dry_run.command)
        return ExitCode.OK
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        return _usage(error.format_message(), args)
    return result if isinstance(result, int) else ExitCode.OK


@cache
def _tree(named: str | None) -> Callable[..., object]:
    """The command tree; only the room that `named` is, if any, is loaded, the rest are stubs.

    Importing every group took `--version`-like commands 1.6 times as long. It is built once in a
    process: half of the time of a command in the demo was this.
    """
    import typer
    from typer.main import get_command

    from llmctl.cli.options import root_options

    # Typer's tracebacks print source lines and arguments: none of that here.
    root = typer.Typer(
        help=HELP,
        epilog=EPILOG,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
    )
    root.callback()(root_options)
    for name, resource in RESOURCES.items():
        app = load(name) if name == named else typer.Typer(rich_markup_mode=None)
        if not resource.is_command:
            root.add_typer(app, name=name, help=resource.help)
            continue
        if name != named:
            app.command(name, help=resource.help)(_stub)
        root.add_typer(app)  # without a name its command stands at the root
    return get_command(root)


def _stub() -> None:
    """Stands for a command that is not the one to run."""


def load(name: str) -> typer.Typer:
    """The Typer app of a resource."""
    app: typer.Typer = import_module(RESOURCES[name].module).app
    return app


def commands_of(name: str) -> Iterator[Command]:
    """The commands of a resource as data."""
    from llmctl.cli import command_spec

    return command_spec.commands_of(load(name), *(() if RESOURCES[name].is_command else (name,)))


def _usage(message: str, args: list[str]) -> int:
    """A usage error of the parser; a group without its verb comes as the group's help."""
    if message.startswith("Usage:"):
        print(message, file=sys.stderr)
    else:
        from llmctl.cli.usage import explain

        _show(explain(message, args, RESOURCES, commands_of), args)
    return ExitCode.USAGE


def _show(error: LlmctlError, args: list[str]) -> None:
    from llmctl.output.messages import print_error, selection, with_selection

    chosen = selection(
        _last(args, "-p", "--profile"), _last(args, "--host"), _last(args, "--project")
    )
    if isinstance(error.hint, str):
        error.hint = with_selection(error.hint, chosen)
    elif error.hint is not None:
        error.hint = error.hint.line(chosen)
    wanted = _last(args, "-o", "--output") or os.environ.get("LLMCTL_OUTPUT")
    print_error(error, as_json=wanted == "json")


def _last(args: list[str], *names: str) -> str | None:
    """The last value of an option; the parser may have stopped before it got there."""
    found = None
    for word, following in zip(args, [*args[1:], ""], strict=True):
        is_short = word.startswith("-") and not word.startswith("--")
        option = f"-{word[1:].lstrip(SWITCHES)}" if is_short else word  # -vo json
        for name in names:
            if option == name:
                found = following
            elif option.startswith(f"{name}="):
                found = option.partition("=")[2]
            elif is_short and option.startswith(name):
                found = option.removeprefix(name)
    return found or None


def _trace(error: BaseException) -> None:
    """Where the bug is: files and lines, without any value."""
    import traceback

    for frame in traceback.extract_tb(error.__traceback__):
        print(f"{frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
