"""doctor: check settings, connection and rights."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from llmctl.cli import argv, completers
from llmctl.cli.dependencies import Client, Connections, Selection
from llmctl.cli.injection import command
from llmctl.cli.options import ColumnsOption, OutputOption
from llmctl.commands.doctor.check import Check, Group, Status, failed
from llmctl.commands.doctor.diagnosis import Diagnosis, as_row, as_text, fail
from llmctl.errors import ConfigError, Hint, LlmctlError, UsageError
from llmctl.input.values import refuse_secret
from llmctl.output import Column, LocalRows, Printer
from llmctl.output.formats import OutputFormat, choose_format, default_format
from llmctl.output.pager import show
from llmctl.output.sanitize import typed

if TYPE_CHECKING:
    from llmctl.commands.doctor.server import Findings

COLUMNS = (
    Column("group"),
    Column("name"),
    Column("status"),
    Column("detail"),
    Column("hint"),
)
COLUMNS_OF_SEVERAL = (Column("profile"), *COLUMNS)

SCOPES = (
    "llm_analytics",
    "ai_observability_clusters",
    "evaluation",
    "llm_provider_key",
    "integration",
    "project",
    "user",
)
_ACCESSES = ("read", "write")


def _parse_scope(text: str) -> str:
    """Return a scope that llmctl knows. UsageError otherwise."""
    import difflib

    refuse_secret(text, option="--require", what="a scope")
    known = [f"{name}:{access}" for name in SCOPES for access in _ACCESSES]
    if text not in known:
        nearest = difflib.get_close_matches(text, known, n=1)
        names = Hint(f"scopes: {', '.join(SCOPES)}, each with :read or :write")
        raise UsageError(
            f"--require: {typed(text)} is not a scope that llmctl needs",
            hint=Hint(f"did you mean {nearest[0]}", also=names) if nearest else names,
        )
    return text


RequireOption = Annotated[
    list[str] | None,
    typer.Option(
        "--require",
        metavar="SCOPE",
        help="Fail if this scope, such as evaluation:write, is missing; repeatable.",
        parser=_parse_scope,
    ),
    completers.words(*(f"{name}:{access}" for name in SCOPES for access in _ACCESSES)),
]

app = typer.Typer(rich_markup_mode=None)


@command(
    app,
    "doctor",
    "llmctl doctor -p sandbox",
    "llmctl doctor --require evaluation:write -p sandbox -o json",
)
def doctor(
    connections: Connections,
    selection: Selection,
    require: RequireOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Check settings, connection and rights, and say what to do.

    Shows the configuration files, the source of each setting, the connection, the project, the
    rights of your personal API key, and whether enabled evaluations have a working key. Nothing is
    written: the right to write is tested with a PATCH of an object that does not exist. For
    set-event-filters, set-active-key, generate and validate, it is inferred from the scope that
    they need. The generation of the server is a guess.

    Exits 0 if no check fails, else with the code of the most serious failure. A missing right is
    a failure only if --require names its scope, or if nothing can be read.
    """
    from llmctl.cli.projects import read_each
    from llmctl.commands.doctor.local import check_machine

    try:
        chosen = choose_format(output)
    except ConfigError:  # one of the problems to show
        chosen = default_format()
    fields = COLUMNS_OF_SEVERAL if connections.are_several else COLUMNS
    out = Printer(fields, chosen, columns, selection.words)
    machine = check_machine()
    cases = [_prepared(connections, selection, name) for name in _names(connections)]
    examined = read_each(cases, lambda case: case.examine(require or []))
    found = [case.diagnosed(each) for case, each in zip(cases, examined, strict=True)]
    if out.output is OutputFormat.TABLE and columns is None:
        show(as_text(machine, found))
    elif out.output is OutputFormat.JSON:
        documents = [each.as_output(machine) for each in found]
        if connections.are_several:
            out.rows(LocalRows(documents))
        else:
            out.item(documents[0])
    else:
        rows = [as_row(check, selection.words) for check in machine]
        rows += [row for each in found for row in each.rows()]
        out.rows(LocalRows(rows))
    fail(machine, found)


def _names(connections: Connections) -> Sequence[str | None]:
    """Return the profiles to examine; None for what the options select.

    ConfigError if a profile does not exist. If the configuration cannot be read, that is one of
    the problems to show.
    """
    from llmctl.config import SANDBOX, ProfileStore
    from llmctl.config.profiles import unknown_profile

    if not connections.are_several:
        return [None]
    try:
        names = connections.profile_names()
        store = ProfileStore()
        stored = {profile.name for profile in store.profiles()} | {SANDBOX}
    except ConfigError:
        return [None]
    for name in names:
        if name not in stored:
            raise unknown_profile(name, store)
    return names


@dataclass
class _Case:
    """A project to examine: its settings, and a client unless they cannot be used."""

    profile: str | None
    selection: Sequence[str]
    settings: list[Check]
    client: Client | None = None
    project: str | None = None

    def examine(self, required: Sequence[str]) -> Findings:
        """Examine the project on its server."""
        from llmctl.commands.doctor.server import Findings, examine, skip_server

        if self.client is None:
            return Findings(skip_server("the settings cannot be used"))
        return examine(self.client, self.project, required)

    def diagnosed(self, found: Findings | LlmctlError) -> Diagnosis:
        """Return the diagnosis with what was found."""
        from llmctl.commands.doctor.server import Findings

        if isinstance(found, LlmctlError):
            found = Findings([failed(Group.NETWORK, "connection", found)])
        checks = [*self.settings, *found.checks]
        return Diagnosis(self.profile, self.selection, checks, found.rights, found.generation)


def _prepared(connections: Connections, selection: argv.Selection, name: str | None) -> _Case:
    """Check the settings of a project, and open a client if they can be used."""
    from llmctl.commands.doctor.local import check_settings

    chosen = selection if name is None else argv.Selection(name)
    timeout = connections.server.timeout
    settings = check_settings(chosen, profile_only=name is not None, timeout=timeout)
    case = _Case(name, chosen.words, settings)
    try:
        case.client = connections.open_to_examine(name)
    except ConfigError as error:
        if not any(check.status is Status.FAILED for check in settings):
            settings.append(failed(Group.SETTINGS, "connection", error))
        return case
    with contextlib.suppress(ConfigError):  # one of the failures already
        case.project = case.client.project
    return case
