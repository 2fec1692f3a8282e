"""The options that commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, get_args

import typer

from llmctl.cli import completers
from llmctl.input.values import (
    parse_bounded,
    parse_command,
    parse_reference,
    refuse_key,
    refuse_secret,
)
from llmctl.output.command_lines import WIDTH, broken
from llmctl.output.formats import OutputFormat


def reference_parser(option: str) -> Callable[[str], str]:
    """Return the parser for the name or the ID of an object; errors name it `option`."""
    return functools.partial(parse_reference, option=option)


def name_parser(option: str) -> Callable[[str], str]:
    """Return the parser for a name to store, which must not be a key."""
    return text_parser(option, "a name")


def text_parser(option: str, what: str) -> Callable[[str], str]:
    """Return the parser for a value, called `what` in errors, that must not be a key."""
    return functools.partial(refuse_key, option=option, what=what)


def word_parser(option: str, what: str) -> Callable[[str], str]:
    """Return the parser for a value, called `what` in errors, that must not be a secret."""
    return functools.partial(refuse_secret, option=option, what=what)


def number_parser(option: str, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return the parser for a whole number from `least` to `most`."""
    return functools.partial(parse_bounded, option=option, least=least, most=most)


def command_parser(option: str) -> Callable[[str], str]:
    """Return the parser for a command line, which must not be a secret."""
    return functools.partial(parse_command, option=option)


ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="Stored profile, or sandbox.",
        parser=word_parser("--profile", "a profile"),
    ),
    completers.PROFILE,
]
HostOption = Annotated[
    str | None,
    typer.Option("--host", metavar="HOST", help="us, eu or a URL, for a key from the environment."),
    completers.words("us", "eu"),
]
ProjectOption = Annotated[
    str | None,
    typer.Option("--project", metavar="ID", help="Project ID, or @current."),
    completers.words("@current"),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Time limit per request, including retries (default: 30).",
    ),
]
RETRIES = 2
RetriesOption = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        parser=number_parser("--retries", 0, 10),
        help="Retries after the first attempt (default: 2).",
        show_default=False,
    ),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print each request to standard error.")
]
_FORMAT_WORDS = completers.words(
    *OutputFormat,
    instead=(
        ("text", "-o tsv"),
        ("wide", "-o table"),
        ("name", "-o ids"),
        ("id", "-o ids"),
        ("ndjson", "-o jsonl"),
        ("yaml", "-o json"),
        ("yml", "-o json"),
    ),
)
OutputOption = Annotated[
    OutputFormat | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help="table, tsv (in pipes), json, jsonl, csv or ids.",
    ),
    _FORMAT_WORDS,
]
# For a command that prints text for people, in pipes as well.
TextOutputOption = Annotated[
    OutputFormat | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help="table (default), tsv, json, jsonl, csv or ids.",
    ),
    _FORMAT_WORDS,
]
ColumnsOption = Annotated[
    str | None,
    typer.Option("--columns", metavar="A,B,C", help="Columns to show in table, tsv and csv."),
]
FiltersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="FIELD=VALUE",
        help="Only these rows; * matches any text; repeatable.",
        parser=text_parser("--filter", "a value"),
    ),
]
SortOption = Annotated[
    str | None,
    typer.Option(
        "--sort",
        metavar="FIELD",
        help="Sort by a field; -FIELD is descending.",
        parser=word_parser("--sort", "a field"),
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        help="Show at most N rows (default: all).",
        parser=number_parser("--limit", 1),
    ),
]
OffsetOption = Annotated[
    int | None,
    typer.Option(
        "--offset",
        metavar="N",
        help="Skip the first N rows.",
        parser=number_parser("--offset", 0),
    ),
]
ConcurrencyOption = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="N",
        parser=number_parser("--concurrency", 1, 32),
        help="Read up to N pages of a long list in parallel (default: 8).",
        show_default=False,
    ),
]
RateOption = Annotated[
    int,
    typer.Option(
        "--rate",
        metavar="N",
        parser=number_parser("--rate", 1),
        help="Maximum pages to read per minute (default: 480).",
        show_default=False,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Print requests as curl commands; do not send them."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        "-d",
        metavar="JSON",
        help="More fields: JSON object, @FILE or -; options win.",
    ),
    completers.AT_FILE,
]
ObjectArgument = Annotated[
    str,
    typer.Argument(metavar="NAME|ID", show_default=False, parser=parse_reference),
    completers.OWN_IDS,
]
ObjectsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME|ID...",
        help="One or several; - reads them from standard input, one per line.",
        show_default=False,
        parser=parse_reference,
    ),
    completers.OWN_IDS,
]
KeyFileOption = Annotated[
    str | None,
    typer.Option("--api-key-file", metavar="PATH", help="File with the key; - is standard input."),
    completers.FILE,
]
KeyEnvOption = Annotated[
    str | None,
    typer.Option("--api-key-env", metavar="VARIABLE", help="Environment variable with the key."),
]
KeyCommandOption = Annotated[
    str | None,
    typer.Option(
        "--api-key-command",
        metavar="CMD",
        help="Command that prints the key.",
        parser=command_parser("--api-key-command"),
    ),
]
COMMAND_TIMEOUT = 300.0
CommandTimeoutOption = Annotated[
    float,
    typer.Option(
        "--command-timeout",
        metavar="SECONDS",
        help="Time limit for each command that llmctl runs.",
    ),
]
ProfilesOption = Annotated[
    str | None,
    typer.Option(
        "--profiles",
        metavar="A,B,C",
        help="Run in the projects of these profiles.",
        parser=word_parser("--profiles", "a profile"),
    ),
    completers.PROFILES,
]
AllProfilesOption = Annotated[
    bool, typer.Option("--all-profiles", help="Run in the projects of all stored profiles.")
]

# In their order in every help page, after the command's own options.
SHARED_OPTIONS: dict[str, Any] = {
    "data": DataOption,
    "filters": FiltersOption,
    "sort": SortOption,
    "limit": LimitOption,
    "offset": OffsetOption,
    "yes": YesOption,
    "profiles": ProfilesOption,
    "all_profiles": AllProfilesOption,
    "profile": ProfileOption,
    "output": OutputOption,
    "columns": ColumnsOption,
    "dry_run": DryRunOption,
    "host": HostOption,
    "project": ProjectOption,
    "concurrency": ConcurrencyOption,
    "rate": RateOption,
    "timeout": TimeoutOption,
    "retries": RetriesOption,
    "verbose": VerboseOption,
}
SHARED = {name: place for place, name in enumerate(SHARED_OPTIONS)}


def option_info(annotation: Any) -> Any:
    """Return the `typer.Option(...)` or `typer.Argument(...)` in an annotation."""
    return next(each for each in get_args(annotation) if hasattr(each, "param_decls"))


def examples(*commands: str) -> str:
    """Return the end of a command's help: examples that run as printed on a fresh machine."""
    lines = [f"  {line}" for command in commands for line in broken(command, WIDTH - 4)]
    return "\n".join(["\b", "Examples:", *lines])


def root_options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """The root's own options. `main` handles `--version` before this is loaded."""
