"""The dependencies of commands: a client, a printer, paging, a confirmation, a secret.

Importing this module loads neither an HTTP library nor rich. The dataclasses have no `==` and no
`repr`: each would take a millisecond of every start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from llmctl.api import paging
from llmctl.api.paging import Paging
from llmctl.cli import argv, completers
from llmctl.cli.injection import Depends
from llmctl.cli.options import (
    COMMAND_TIMEOUT,
    RETRIES,
    AllProfilesOption,
    ColumnsOption,
    CommandTimeoutOption,
    ConcurrencyOption,
    DryRunOption,
    FiltersOption,
    HostOption,
    KeyCommandOption,
    KeyEnvOption,
    KeyFileOption,
    LimitOption,
    OffsetOption,
    OutputOption,
    ProfileOption,
    ProfilesOption,
    ProjectOption,
    RateOption,
    RetriesOption,
    SortOption,
    TextOutputOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
)
from llmctl.errors import ExitCode, Hint, LlmctlError, OutputClosed, UsageError
from llmctl.input.secret_source import has_key_option, read_key, refuse_several
from llmctl.output import Column, NotePrinter, Printer, confirm, note, report
from llmctl.output.criteria import Criteria, parse_criteria
from llmctl.output.formats import OutputFormat
from llmctl.output.messages import require_terminal
from llmctl.safe.secret import Secret, check_provider_secret

T = TypeVar("T")


def _selection(
    profile: ProfileOption = None, host: HostOption = None, project: ProjectOption = None
) -> argv.Selection:
    return argv.Selection(profile, host, project)


Selection = Annotated[argv.Selection, Depends(_selection)]


@dataclass(eq=False, repr=False)
class ServerOptions:
    """The options of every command that talks to a server."""

    selection: Selection
    timeout: TimeoutOption = None
    retries: RetriesOption = RETRIES
    verbose: VerboseOption = False

    def connect(
        self,
        profile: str | None = None,
        *,
        dry_run: bool = False,
        reads_back: bool = True,
        needs_project: bool = True,
        rate_limits: dict[tuple[str, Secret], RateLimit] | None = None,
        report: Callable[[str], None] = report,
    ) -> Client:
        """Return a client for the project that the options select, or that `profile` stores.

        `rate_limits` holds those that this run's clients share, by host and key; `report` prints a
        line about the traffic. ConfigError if there is no key, or no project and `needs_project`.
        """
        from llmctl import config
        from llmctl.api.client import Client
        from llmctl.http import LIMITS, RateLimit

        settings = config.resolve(
            profile=profile or self.selection.profile,
            host=self.selection.host,
            project=self.selection.project,
            profile_only=profile is not None,
        )
        for text in settings.notes:
            note(text)
        if needs_project:
            settings.require_project()
        rate_limit = None
        if rate_limits is not None and not settings.is_sandbox:
            shared = (settings.origin, settings.key)
            rate_limit = rate_limits.setdefault(shared, RateLimit(LIMITS))
        return Client(
            settings,
            timeout=config.resolve_timeout(self.timeout),
            retries=self.retries,
            report=report,
            verbose=self.verbose,
            dry_run=dry_run,
            reads_back=reads_back,
            rate_limit=rate_limit,
        )


Server = Annotated[ServerOptions, Depends(ServerOptions)]


def _client(server: Server) -> Client:
    return server.connect()


def _writer(server: Server, dry_run: DryRunOption = False) -> Iterator[Client]:
    client = server.connect(dry_run=dry_run)
    try:
        yield client
    except OutputClosed as closed:
        if closed.exit_code is not ExitCode.BROKEN_PIPE:
            try:
                client.confirm_writes()
            except LlmctlError as error:
                note(error.message)
        raise
    client.confirm_writes()  # after the command, so that the response is printed first


def _engine_writer(server: Server, dry_run: DryRunOption = False) -> Client:
    return server.connect(dry_run=dry_run, reads_back=False)


if TYPE_CHECKING:
    from llmctl.api.client import Client as Client
    from llmctl.http import RateLimit

    EngineWriter = Client
    Writer = Client
else:  # The client's module is loaded when a command runs, not for its help.
    # A client for a command that only reads.
    Client = Annotated[Any, Depends(_client, is_last=True)]
    # A client for a command that writes: with --dry-run.
    Writer = Annotated[Any, Depends(_writer, is_last=True)]
    # A writer for rotations, which find out for themselves what a lost response did.
    EngineWriter = Annotated[Any, Depends(_engine_writer, is_last=True)]


@dataclass(eq=False, repr=False)
class ConnectionOptions:
    """The projects that the options select: one, or that of each of several profiles."""

    server: Server
    profiles: ProfilesOption = None
    all_profiles: AllProfilesOption = False

    def __post_init__(self) -> None:
        self._rate_limits: dict[tuple[str, Secret], RateLimit] = {}
        if self.profiles is not None and self.all_profiles:
            raise UsageError("--profiles and --all-profiles cannot be combined")
        if self.are_several and self.server.selection.words:
            raise UsageError(f"{self._option} cannot be combined with -p, --host or --project")

    @property
    def are_several(self) -> bool:
        """True if --profiles or --all-profiles was given, even for a single one."""
        return self.profiles is not None or self.all_profiles

    @property
    def _option(self) -> str:
        return "--all-profiles" if self.all_profiles else "--profiles"

    def open_all(self) -> dict[str, Client]:
        """Return a client for each of the profiles, by name.

        UsageError if there is no profile; ConfigError if one does not exist or has no key or no
        project.
        """
        return {name: self.open(name) for name in self.profile_names()}

    def open_selected(self) -> list[Client]:
        """Return the clients of all selected projects, as `open_all` and `open` do."""
        return list(self.open_all().values()) if self.are_several else [self.open()]

    def read_all(self, read: Callable[[Client], T]) -> Iterator[tuple[Client, T | LlmctlError]]:
        """Yield the client of each project, and what `read` returns for it or the error it raises.

        The order is that of the profiles; several projects are read at once. UsageError or
        ConfigError, as `open_all` raises them, before anything is sent.
        """
        from llmctl.cli.projects import read_each

        clients = self.open_selected()
        return zip(clients, read_each(clients, read), strict=True)

    def profile_names(self) -> list[str]:
        """Return the names of the profiles, each once. UsageError if there is none.

        No project or host variable is read for them; a note names those that are set.
        """
        from llmctl import config

        if self.profiles is not None:
            names = [name.strip() for name in self.profiles.split(",")]
        else:
            names = [profile.name for profile in config.ProfileStore().profiles()]
        found = list(dict.fromkeys(name for name in names if name))
        if not found:
            message = "no profiles are stored" if self.profiles is None else "--profiles is empty"
            raise UsageError(message, hint=Hint("", ("profiles", "list")))
        ignored = config.ignored_variables()
        if ignored:
            verb = "is" if len(ignored) == 1 else "are"
            note(f"{', '.join(ignored)} {verb} ignored with {self._option}")
        return found

    def open(self, profile: str | None = None) -> Client:
        """Return a client for the one project, or for the project stored in one of the profiles.

        ConfigError if there is no key or no project.
        """
        return self._connect(profile)

    def open_to_examine(self, profile: str | None = None) -> Client:
        """Return a client that checks no write and needs no project, like `open` otherwise."""
        return self._connect(profile, reads_back=False, needs_project=False)

    def _connect(
        self,
        profile: str | None,
        *,
        dry_run: bool = False,
        reads_back: bool = True,
        needs_project: bool = True,
    ) -> Client:
        prefix = "" if profile is None else f"{profile}: "
        return self.server.connect(
            profile,
            dry_run=dry_run,
            reads_back=reads_back,
            needs_project=needs_project,
            rate_limits=self._rate_limits,
            report=lambda text: report(prefix + text),
        )


# For a command that can read several projects.
Connections = Annotated[ConnectionOptions, Depends(ConnectionOptions)]


@dataclass(eq=False, repr=False)
class EngineConnectionOptions(ConnectionOptions):
    """Connections for rotations, which write."""

    dry_run: DryRunOption = False

    def open(self, profile: str | None = None) -> Client:
        """Return a writer, like `ConnectionOptions.open`."""
        return self._connect(profile, dry_run=self.dry_run, reads_back=False)


EngineConnections = Annotated[EngineConnectionOptions, Depends(EngineConnectionOptions)]


@dataclass(eq=False, repr=False)
class WriterConnectionOptions(ConnectionOptions):
    """Connections that check each write, with --dry-run."""

    dry_run: DryRunOption = False

    def open(self, profile: str | None = None) -> Client:
        """Return a writer, like `ConnectionOptions.open`."""
        return self._connect(profile, dry_run=self.dry_run)


WriterConnections = Annotated[WriterConnectionOptions, Depends(WriterConnectionOptions)]


def shows(fields: Sequence[Column], *, is_text: bool = False) -> Depends:
    """Return the dependency for data in columns: `Annotated[Printer, shows(COLUMNS)]`.

    `is_text`: without -o, a pipe gets the same text as a terminal.
    """

    def make(
        selection: Selection, output: OutputOption = None, columns: ColumnsOption = None
    ) -> Printer:
        return Printer(fields, output, columns, selection.words, is_text=is_text)

    if is_text:
        make.__annotations__["output"] = TextOutputOption
    return Depends(make)


def shows_projects(
    fields: Sequence[Column], of_several: Sequence[Column], *, is_text: bool = False
) -> Depends:
    """Return the dependency for data in columns; `of_several` are those for several projects.

    Use it as `Annotated[Printer, shows_projects(COLUMNS, COLUMNS_OF_SEVERAL)]`. `is_text`: as for
    `shows`.
    """

    def make(
        connections: Connections,
        selection: Selection,
        output: OutputOption = None,
        columns: ColumnsOption = None,
    ) -> Printer:
        chosen = of_several if connections.are_several else fields
        return Printer(chosen, output, columns, selection.words, is_text=is_text)

    if is_text:
        make.__annotations__["output"] = TextOutputOption
    return Depends(make)


def make_notes(selection: Selection, output: OutputOption = None) -> NotePrinter:
    """Return the printer of notes, in the format of the data."""
    format_of_errors = output or os.environ.get("LLMCTL_OUTPUT")
    return NotePrinter(selection.words, as_json=format_of_errors == OutputFormat.JSON)


# For a command without data on standard output.
Notes = Annotated[NotePrinter, Depends(make_notes)]


def selects(fields: Sequence[Column]) -> Depends:
    """Return the dependency for --filter and --sort: `Annotated[Criteria, selects(COLUMNS)]`."""

    def make(filters: list[str] | None = None, sort: str | None = None) -> Criteria:
        return parse_criteria(fields, filters, sort)

    names = completers.words(*(column.key for column in fields))
    make.__annotations__ |= {
        "filters": Annotated[FiltersOption, names],
        "sort": Annotated[SortOption, names],
    }
    return Depends(make)


def filters(fields: Sequence[Column]) -> Depends:
    """Return the dependency for --filter alone: `Annotated[Criteria, filters(COLUMNS)]`."""

    def make(filters: list[str] | None = None) -> Criteria:
        return parse_criteria(fields, filters, None)

    names = completers.words(*(column.key for column in fields))
    make.__annotations__ |= {"filters": Annotated[FiltersOption, names]}
    return Depends(make)


def pages(fields: Sequence[Column]) -> Depends:
    """Return the dependency for the part of a list to show: `Annotated[Paging, pages(COLUMNS)]`."""

    def make(
        criteria: Criteria,
        limit: LimitOption = None,
        offset: OffsetOption = None,
        concurrency: ConcurrencyOption = paging.CONCURRENCY,
        rate: RateOption = paging.RATE,
    ) -> Paging:
        return Paging(limit, offset, concurrency, rate, criteria=criteria)

    make.__annotations__["criteria"] = Annotated[Criteria, selects(fields)]
    return Depends(make)


@dataclass(eq=False, repr=False)
class Confirmation:
    """Asks on the terminal, unless --yes or --dry-run was given."""

    yes: YesOption = False
    dry_run: DryRunOption = False

    def __post_init__(self) -> None:
        require_terminal(yes=not self.asks)

    @property
    def asks(self) -> bool:
        """True if there is going to be a question."""
        return not (self.yes or self.dry_run)

    def __call__(self, question: str) -> None:
        confirm(question, yes=not self.asks)


Confirm = Annotated[Confirmation, Depends(Confirmation)]


@dataclass(eq=False, repr=False)
class KeyOptions:
    """Where a secret is read from; a prompt on the terminal if no option names a source."""

    api_key_file: KeyFileOption = None
    api_key_env: KeyEnvOption = None
    api_key_command: KeyCommandOption = None
    command_timeout: CommandTimeoutOption = COMMAND_TIMEOUT

    def __post_init__(self) -> None:
        from llmctl import config

        config.check_seconds(self.command_timeout, "--command-timeout")
        refuse_several(self.api_key_file, self.api_key_env, self.api_key_command)

    @property
    def is_command(self) -> bool:
        """True if a command prints the secret: it runs last, and not with --dry-run."""
        return self.api_key_command is not None

    @property
    def is_given(self) -> bool:
        """True if an option names a source."""
        return has_key_option(self.api_key_file, self.api_key_env, self.api_key_command)

    def read(self, what: str) -> Secret:
        """Read the secret; `what` names it in the prompt. UsageError if there is none."""
        return read_key(
            file=self.api_key_file,
            variable=self.api_key_env,
            command=self.api_key_command,
            command_timeout=self.command_timeout,
            what=what,
        )

    def read_provider_secret(self, clients: Iterable[Client], what: str = "provider key") -> Secret:
        """Read the secret of a provider key in the projects of `clients`, as `read` does.

        UsageError as well if it is one that is given by mistake.
        """
        secret = self.read(what)
        for client in clients:
            check_provider_secret(secret, client.key)
        return secret


KeySource = Annotated[KeyOptions, Depends(KeyOptions)]
