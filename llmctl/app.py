"""The groups of commands, and `main`, where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from llmctl import __version__
from llmctl.errors import (
    DryRun,
    ExitCode,
    Hint,
    LlmctlError,
    OutputClosed,
    Terminated,
    UsageError,
)

if TYPE_CHECKING:
    import typer

    from llmctl.cli.argv import ErrorOptions
    from llmctl.cli.command_spec import Command


class Group(NamedTuple):
    """A group of commands, or one command: the module with its Typer app, and a line of help."""

    module: str
    help: str
    is_command: bool = False


RESOURCES = {
    "clustering-config": Group("llmctl.commands.clustering_config", "Clustering event filters."),
    "clustering-jobs": Group("llmctl.commands.clustering_jobs", "Scheduled clustering jobs."),
    "evaluation-config": Group("llmctl.commands.evaluation_config", "Active key for evaluations."),
    "evaluation-reports": Group("llmctl.commands.evaluation_reports", "Reports on evaluations."),
    "provider-keys": Group("llmctl.commands.provider_keys", "LLM provider API keys."),
    "evaluations": Group("llmctl.commands.evaluations", "Evaluations that score LLM output."),
    "models": Group("llmctl.commands.models", "Models that each provider offers."),
    "integrations": Group(
        "llmctl.commands.integrations", "Connections to other services, such as Slack."
    ),
    "export": Group(
        "llmctl.commands.project_file.export",
        "Export the project's configuration as a file.",
        is_command=True,
    ),
    "diff": Group(
        "llmctl.commands.project_file.diff", "Compare a file with the project.", is_command=True
    ),
    "apply": Group(
        "llmctl.commands.project_file.apply",
        "Apply a file to the project.",
        is_command=True,
    ),
    "schema": Group(
        "llmctl.commands.project_file.schema",
        "Print the JSON Schema of project files.",
        is_command=True,
    ),
    "profiles": Group("llmctl.commands.profiles", "Stored keys, hosts and projects."),
    "sandbox": Group("llmctl.sandbox.commands", "A local PostHog project for trying things out."),
    "api": Group("llmctl.commands.api", "Send any request to the API.", is_command=True),
    "doctor": Group(
        "llmctl.commands.doctor", "Check settings, connection and rights.", is_command=True
    ),
    "completion": Group("llmctl.reference.completion.command", "Tab completion.", is_command=True),
    "help": Group("llmctl.reference.help", "Help on a command or a topic.", is_command=True),
}

# `llmctl help TOPIC` -> its first line. The texts are in llmctl/reference/topics/.
TOPICS = {
    "environment": "Settings, variables and files.",
    "options": "Options that commands share.",
    "output": "Output formats and errors.",
    "exit-codes": "Exit codes and retries.",
    "rotation": "How to rotate a provider key.",
    "rehearsal": "Dry runs, the sandbox, and failures on demand.",
    "security": "How keys are handled.",
    "scripting": "Use in scripts and CI.",
    "as-code": "A project's configuration as a file, in git and CI.",
}

HELP = """Administer a PostHog project's LLM analytics.

To try it without an account: llmctl sandbox demo
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

# Typer runs its own completion if this variable is set. No variable can have this name.
_NO_VARIABLE = "="


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv`, without the program's name, and return the exit code.

    Every error ends here, on standard error: as a sentence and a hint, or as JSON with `-o json`.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["--version"]:
        print(f"llmctl {__version__}")
        return ExitCode.OK
    from llmctl.cli.argv import find_options  # `--version` needs none of it

    options = find_options(args)
    try:
        _check_encoding(args)
        return _run(args)
    except (OutputClosed, Terminated):
        raise
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except LlmctlError as error:
        _print_error(error, options)
        return error.exit_code
    except Exception as error:
        if os.environ.get("LLMCTL_DEBUG") == "1":
            _print_frames(error)
        bug = LlmctlError(
            f"a bug in llmctl ({type(error).__name__})",
            hint=Hint("LLMCTL_DEBUG=1 prints a traceback; please report it"),
        )
        _print_error(bug, options)
        return bug.exit_code


def _check_encoding(args: list[str]) -> None:
    """Raise UsageError if an argument's bytes could not be decoded: no request can carry it."""
    try:
        for word in args:
            word.encode()
    except UnicodeEncodeError:
        raise UsageError("an argument is not valid text in this locale's encoding") from None


def _run(args: list[str]) -> int:
    import typer

    from llmctl.cli.argv import has_equals

    if args[1:2] == ["help"] and args[0] in RESOURCES and not RESOURCES[args[0]].is_command:
        args = ["help", args[0], *args[2:]]  # `llmctl GROUP help`
    if args[:1] in (["-h"], ["--help"]):
        args = [*args[1:], args[0]]  # `llmctl -h GROUP VERB`
    if has_equals(args):
        from llmctl.cli.usage import Tree, refuse_equals

        refuse_equals(args, Tree(RESOURCES, TOPICS, commands_of))
    try:
        run = _command_tree(args[0] if args and args[0] in RESOURCES else None)
        result = run(
            args or ["--help"],
            prog_name="llmctl",
            complete_var=_NO_VARIABLE,
            standalone_mode=False,
        )
    except DryRun as dry_run:
        print(dry_run.command)
        return ExitCode.OK
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        message = error.format_message()
        if not message.startswith("Usage:"):
            from llmctl.cli.usage import Tree, asked_for_help, usage_error

            tree = Tree(RESOURCES, TOPICS, commands_of)
            words = asked_for_help(args, tree)
            if words is None:
                raise usage_error(message, args, tree) from None
            return _run([*words, "--help"])
        print(message, file=sys.stderr)  # a group without a command: its help
        return ExitCode.USAGE
    return result if isinstance(result, int) else ExitCode.OK


@cache
def _command_tree(group: str | None) -> Callable[..., object]:
    """Build the command tree. Only the module of `group` is loaded, the others are stubs.

    Importing every group took `--version`-like commands 1.6 times as long. In the demo, which runs
    many commands in one process, half of the time was spent here without the cache.
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
        app = load(name) if name == group else typer.Typer(rich_markup_mode=None)
        if not resource.is_command:
            root.add_typer(app, name=name, help=resource.help)
            continue
        if name != group:
            app.command(name, help=resource.help)(_stub)
        root.add_typer(app)  # without a name, its command is added to the root
    return get_command(root)


def _stub() -> None:
    """Stand for a command of a module that is not loaded."""


def load(name: str) -> typer.Typer:
    """Return the Typer app of a group."""
    app: typer.Typer = import_module(RESOURCES[name].module).app
    return app


def commands_of(name: str) -> Iterator[Command]:
    """Return the commands of a group as data."""
    from llmctl.cli import command_spec

    return command_spec.commands_of(load(name), *(() if RESOURCES[name].is_command else (name,)))


def _print_error(error: LlmctlError, options: ErrorOptions) -> None:
    from llmctl.output import print_error

    output = options.output or os.environ.get("LLMCTL_OUTPUT")
    print_error(error, as_json=output == "json", selection=options.selection.words)


def _print_frames(error: BaseException) -> None:
    """Print the files and lines of a traceback, without any value."""
    import traceback

    for frame in traceback.extract_tb(error.__traceback__):
        print(f"{frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
