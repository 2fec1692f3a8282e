"""The root: which resource lives where, and `main`, where errors become exit codes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from llmctl import __version__
from llmctl.errors import ExitCode, LlmctlError, OutputClosed, Terminated, UsageError

if TYPE_CHECKING:
    import typer


class Resource(NamedTuple):
    """A group of commands: the module that holds its Typer app, and its line of help."""

    module: str
    help: str


RESOURCES = {
    "clustering-config": Resource(
        "llmctl.resources.clustering_config", "Which events clustering looks at."
    ),
    "clustering-jobs": Resource("llmctl.resources.clustering_jobs", "What is clustered, and how."),
    "evaluation-config": Resource(
        "llmctl.resources.evaluation_config", "The provider key that evaluations use."
    ),
    "evaluation-reports": Resource(
        "llmctl.resources.evaluation_reports", "Reports about evaluations, and who gets them."
    ),
    "provider-keys": Resource("llmctl.resources.provider_keys", "Keys of LLM providers."),
    "evaluations": Resource("llmctl.resources.evaluations", "What judges the answers of LLMs."),
    "models": Resource("llmctl.resources.models", "What providers offer."),
    "profiles": Resource("llmctl.resources.profiles", "Stored keys, hosts and projects."),
    "sandbox": Resource(
        "llmctl.resources.sandbox", "A PostHog project on this machine, to try things on."
    ),
}

HELP = """Administer a PostHog project's LLM analytics.

Without an account, try it on this machine: llmctl sandbox demo
"""
EPILOG = """\b
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
    if args[:1] in (["--version"], ["-V"]):
        print(f"llmctl {__version__}")
        return ExitCode.OK
    try:
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


def _run(args: list[str]) -> int:
    import typer

    from llmctl.curl import DryRun

    try:
        result = build_app(args)(args or ["--help"], prog_name="llmctl", standalone_mode=False)
    except DryRun as dry_run:
        print(dry_run.command)
        return ExitCode.OK
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        return _usage(error.format_message(), args)
    return result if isinstance(result, int) else ExitCode.OK


def build_app(args: Sequence[str]) -> typer.Typer:
    """The command tree; only the group that the first word names is loaded, the rest are stubs.

    Importing every group took `--version`-like commands 1.6 times as long.
    """
    import typer

    from llmctl.options import root_options

    # Typer's tracebacks print source lines and arguments: none of that here.
    root = typer.Typer(
        help=HELP,
        epilog=EPILOG,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
    )
    root.callback()(root_options)
    named = args[0] if args else None
    for name, resource in RESOURCES.items():
        group = load(name) if name == named else typer.Typer(rich_markup_mode=None)
        root.add_typer(group, name=name, help=resource.help)
    return root


def load(name: str) -> typer.Typer:
    """The Typer app of a resource."""
    app: typer.Typer = import_module(RESOURCES[name].module).app
    return app


def _usage(message: str, args: list[str]) -> int:
    """A usage error of the parser; a group without its verb comes as the group's help."""
    if message.startswith("Usage:"):
        print(message, file=sys.stderr)
    else:
        hint = " ".join(["llmctl", *_command_words(args), "--help"])
        _show(UsageError(_without_secrets(message, args), hint=hint), args)
    return ExitCode.USAGE


def _command_words(args: list[str]) -> list[str]:
    """The leading words of `args` that are of the command tree."""
    if not args or args[0] not in RESOURCES:
        return []
    verbs = {command.name for command in load(args[0]).registered_commands}
    return args[:2] if args[1:2] and args[1] in verbs else args[:1]


def _without_secrets(message: str, args: list[str]) -> str:
    """The message with every word of the command line blanked that could be a key.

    A key typed in the wrong place must not be repeated into a log.
    """
    words = {part for word in args for part in (word, word.partition("=")[2])}
    for word in sorted(words, key=len, reverse=True):
        if word and not re.fullmatch(r"-{0,2}[a-z-]{1,30}", word):
            message = message.replace(word, "***")
    return message


def _show(error: LlmctlError, args: list[str]) -> None:
    from llmctl.output.messages import print_error

    print_error(error, as_json=_wants_json(args))


def _wants_json(args: list[str]) -> bool:
    """Whether `-o json` was asked for; the parser may have stopped before it got there."""
    wanted = os.environ.get("LLMCTL_OUTPUT")
    for word, following in zip(args, [*args[1:], ""], strict=True):
        if word in ("-o", "--output"):
            wanted = following
        elif word.startswith(("--output=", "-o=")):
            wanted = word.partition("=")[2]
        elif re.fullmatch(r"-o[a-z]+", word):
            wanted = word[2:]
    return wanted == "json"


def _trace(error: BaseException) -> None:
    """Where the bug is: files and lines, without any value."""
    import traceback

    for frame in traceback.extract_tb(error.__traceback__):
        print(f"{frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
