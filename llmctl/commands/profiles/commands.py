"""`llmctl profiles`: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import completion_cache
from llmctl.cli import completers
from llmctl.cli.dependencies import KeySource, Selection, selects
from llmctl.cli.injection import command
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    OutputOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
    word_parser,
)
from llmctl.commands.profiles.login import (
    checked_certificate,
    choose_project,
    forget_in_keyring,
    posthog_cli_login,
    store_key,
)
from llmctl.commands.profiles.show import settings_with_sources
from llmctl.config import (
    API_PREFIXES,
    SANDBOX,
    Profile,
    ProfileStore,
    Settings,
    check_name,
    parse_host,
    parse_project,
    resolve_timeout,
)
from llmctl.errors import ConfigError, UsageError
from llmctl.output import Column, LocalRows, Printer, confirm, note, report
from llmctl.output.criteria import Criteria
from llmctl.output.formats import choose_format, default_format
from llmctl.safe.secret import check_personal_key

LIST_COLUMNS = (
    Column("name"),
    Column("host"),
    Column("project"),
    Column("key"),
    Column("current"),
)
SHOW_COLUMNS = (
    Column("setting"),
    Column("value"),
    Column("source", "comes from"),
    Column("problem", shown=False),
)

NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", show_default=False, parser=word_parser("NAME", "a profile")),
    completers.PROFILE,
]
NewNameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", show_default=False, parser=word_parser("NAME", "a profile")),
]
ShownNameArgument = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", show_default=False, parser=word_parser("NAME", "a profile")),
    completers.PROFILE,
]
NewHostOption = Annotated[
    str | None,
    typer.Option("--host", metavar="HOST", help="us (default), eu or a URL."),
    completers.words("us", "eu"),
]
FromPostHogCliOption = Annotated[
    bool, typer.Option("--from-posthog-cli", help="Import the login stored by posthog-cli.")
]
ApiPrefixOption = Annotated[
    str | None,
    typer.Option(
        "--api-prefix", metavar="NAME", help="Force the API path prefix: environments or projects."
    ),
    completers.words(*API_PREFIXES),
]
ClientCertOption = Annotated[
    str | None,
    typer.Option("--client-cert", metavar="PATH", help="Client certificate (PEM) for the host."),
    completers.FILE,
]
ClientKeyOption = Annotated[
    str | None,
    typer.Option("--client-key", metavar="PATH", help="Its private key, if not in the same file."),
    completers.FILE,
]
KeyringOption = Annotated[
    bool, typer.Option("--keyring", help="Store the key in the OS keyring, if available.")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Overwrite an existing profile of that name.")
]
NoCheckOption = Annotated[
    bool, typer.Option("--no-check", help="Do not check the key with the server.")
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(app, "list", "llmctl profiles list")
def list_(
    criteria: Annotated[Criteria, selects(LIST_COLUMNS)],
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> None:
    """List profiles, including the built-in sandbox."""
    out = Printer(LIST_COLUMNS, output, columns)
    store = ProfileStore()
    current = store.current()
    places: dict[str, str] = {name: key.place for name, key in store.keys().items()}
    places[SANDBOX] = "built-in"
    profiles = [*store.profiles(), Profile(SANDBOX, host="in-process", project="1")]
    rows = [
        {
            "name": profile.name,
            "host": profile.host,
            "project": profile.project,
            "key": places.get(profile.name, "none"),
            "current": profile.name == current,
        }
        for profile in profiles
    ]
    out.rows(LocalRows(criteria.select(rows)))
    completion_cache.remember_profiles(store)


@command(app, "show", "llmctl profiles show sandbox", "llmctl profiles show -p sandbox -o json")
def show(
    selection: Selection,
    name: ShownNameArgument = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Show the settings in use and the source of each one.

    NAME is the same as --profile NAME. If there is a problem with one setting, the others are shown
    all the same, and the exit code is 3.
    """
    if name is not None:
        if selection.profile not in (None, name):
            raise UsageError("NAME and --profile name different profiles")
        selection = selection._replace(profile=name)
    try:
        chosen = choose_format(output)
    except ConfigError:  # one of the problems to show
        chosen = default_format()
    out = Printer(SHOW_COLUMNS, chosen, columns, selection.words)
    settings = list(settings_with_sources(selection))
    rows = [
        {
            "setting": each.setting,
            "value": each.value,
            "source": each.source,
            "problem": each.problem and each.problem.message,
        }
        for each in settings
    ]
    out.rows(LocalRows(rows))
    problems = [(each.setting, each.problem) for each in settings if each.problem]
    for setting, problem in problems[1:]:
        out.note(f"{setting}: {problem.message}", problem.hint)
    if problems:
        raise problems[0][1]


@command(
    app,
    "add",
    "llmctl profiles add work --host eu",
    "llmctl profiles add ci --project 12345 --api-key-env POSTHOG_PERSONAL_API_KEY",
)
def add(
    name: NewNameArgument,
    key_source: KeySource,
    host: NewHostOption = None,
    project: ProjectOption = None,
    from_posthog_cli: FromPostHogCliOption = False,
    api_prefix: ApiPrefixOption = None,
    client_cert: ClientCertOption = None,
    client_key: ClientKeyOption = None,
    keyring: KeyringOption = False,
    replace: ReplaceOption = False,
    no_check: NoCheckOption = False,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Check and store a key with its host and project.

    The API key is read from a hidden prompt; in scripts, use --api-key-file, --api-key-env or
    --api-key-command.
    """
    check_name(name)
    if api_prefix not in (None, *API_PREFIXES):
        raise UsageError(f"--api-prefix must be {' or '.join(API_PREFIXES)}")
    store = ProfileStore()
    store.refuse_taken(name, replace=replace)
    certificate = checked_certificate(client_cert, client_key)
    seconds = None if no_check else resolve_timeout(timeout)  # before a command prints the key
    if from_posthog_cli:
        if key_source.is_given:
            raise UsageError("--from-posthog-cli cannot be combined with an --api-key option")
        origin, chosen, key = posthog_cli_login(host, project)
    else:
        origin = parse_host(host or "us", source="--host")
        chosen = None if project is None else parse_project(project, source="--project")
        key = check_personal_key(key_source.read("API key"), source="the API key")
    if seconds is not None:
        from llmctl.api.client import Client

        settings = Settings(
            origin=origin,
            key=key,
            project=chosen,
            api_prefix=api_prefix,
            client_certificate=certificate,
        )
        client = Client(
            settings,
            timeout=seconds,
            retries=retries,
            report=report,
            verbose=verbose,
        )
        chosen = choose_project(client, chosen)
    files = certificate.paths if certificate else (None, None)
    profile = Profile(name, origin, chosen, api_prefix, *files)
    is_current = store_key(store, profile, key, replace=replace, keyring=keyring)
    completion_cache.forget(name)
    completion_cache.remember_profiles(store)
    note(f"stored profile {name}: {origin}, {f'project {chosen}' if chosen else 'no project'}")
    if is_current:
        note(f"{name} is now the current profile")
    if chosen is None:
        note("the profile has no project; use --project with every command")


@command(app, "use", "llmctl profiles use sandbox")
def use(name: NameArgument) -> None:
    """Set the current profile, used by default."""
    store = ProfileStore()
    store.use(name)
    completion_cache.remember_profiles(store)
    note(f"{name} is now the current profile")


@command(app, "remove", "llmctl profiles remove work --yes")
def remove(name: NameArgument, yes: YesOption = False) -> None:
    """Remove a profile and its key."""
    check_name(name)
    confirm(f"Remove profile {name} and its key?", yes=yes)
    store = ProfileStore()
    key = store.keys().get(name)
    store.remove(name)
    if key is not None and key.place == "keyring":
        forget_in_keyring(name, key.host)
    completion_cache.forget(name)
    completion_cache.remember_profiles(store)
    note(f"removed profile {name}")
