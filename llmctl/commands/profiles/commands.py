"""`llmctl profiles`: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl.api import id_cache
from llmctl.cli import completers
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    HostOption,
    KeyCommandOption,
    KeyEnvOption,
    KeyFileOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    YesOption,
    examples,
)
from llmctl.commands.profiles.login import (
    confirmed_project,
    forget_in_keyring,
    store_key,
    taken_over,
)
from llmctl.commands.profiles.settings_table import settings_with_sources
from llmctl.config import (
    SANDBOX,
    Profile,
    ProfileStore,
    Settings,
    check_name,
    parse_host,
    parse_project,
    resolve,
    resolve_timeout,
)
from llmctl.errors import UsageError
from llmctl.input.secret_source import has_key_option, read_key
from llmctl.output import Column, LocalRows, View, confirm, note, report

LIST_COLUMNS = (
    Column("name"),
    Column("host"),
    Column("project"),
    Column("key"),
    Column("current"),
)
SHOW_COLUMNS = (Column("setting"), Column("value"), Column("source", "comes from"))

AddedHostOption = Annotated[
    str | None,
    typer.Option("--host", metavar="HOST", help="us (the default), eu or a URL."),
    completers.words("us", "eu"),
]
AddedNameArgument = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", show_default=False), completers.PROFILE
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list", epilog=examples("llmctl profiles list"))
def list_(output: OutputOption = None, columns: ColumnsOption = None) -> None:
    """List the stored profiles, and the built-in one."""
    view = View(LIST_COLUMNS, output, columns)
    store = ProfileStore()
    current = store.current()
    places: dict[str, str] = {name: key.place for name, key in store.keys().items()}
    places[SANDBOX] = "built-in"
    known = [*store.profiles(), Profile(SANDBOX, host="in-process", project="1")]
    rows = [
        {
            "name": profile.name,
            "host": profile.host,
            "project": profile.project,
            "key": places.get(profile.name, "none"),
            "current": profile.name == current,
        }
        for profile in known
    ]
    view.rows(LocalRows(rows))
    id_cache.remember_profiles(store)


@app.command(
    "show",
    epilog=examples("llmctl profiles show -p sandbox", "llmctl profiles show -p sandbox -o json"),
)
def show(
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Show the settings in use, and where each comes from."""
    view = View(SHOW_COLUMNS, output, columns)
    settings = resolve(profile=profile, host=host, project=project)
    rows = [
        {"setting": name, "value": value, "source": source}
        for name, (value, source) in settings_with_sources(settings).items()
    ]
    view.rows(LocalRows(rows))


@app.command(
    "add",
    epilog=examples(
        "llmctl profiles add work --host eu",
        "llmctl profiles add ci --project 12345 --api-key-env POSTHOG_PERSONAL_API_KEY",
    ),
)
def add(
    name: AddedNameArgument,
    host: AddedHostOption = None,
    project: ProjectOption = None,
    api_key_file: KeyFileOption = None,
    api_key_env: KeyEnvOption = None,
    api_key_command: KeyCommandOption = None,
    from_posthog_cli: Annotated[
        bool,
        typer.Option("--from-posthog-cli", help="Take over what `posthog-cli login` stored."),
    ] = False,
    api_prefix: Annotated[
        str | None,
        typer.Option(
            "--api-prefix", metavar="NAME", help="Fix the path: environments or projects."
        ),
        completers.words("environments", "projects"),
    ] = None,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep the key in the OS keyring, if there is one.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an existing profile of that name.")
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Store it without asking the server.")
    ] = False,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Store a key with its host and project. The server must confirm it.

    You are prompted for the key (input hidden); --api-key-file, --api-key-env and
    --api-key-command are for scripts.
    """
    check_name(name)
    if api_prefix not in (None, "environments", "projects"):
        raise UsageError("--api-prefix is environments or projects")
    store = ProfileStore()
    store.refuse_taken(name, replace=replace)
    if from_posthog_cli:
        if has_key_option(api_key_file, api_key_env, api_key_command):
            raise UsageError(
                "--from-posthog-cli brings its own key: leave the --api-key options out"
            )
        origin, chosen, key = taken_over(host, project)
    else:
        origin = parse_host(host or "us", source="--host")
        chosen = None if project is None else parse_project(project, source="--project")
        key = read_key(file=api_key_file, variable=api_key_env, command=api_key_command)
    if not no_check:
        from llmctl.api.client import Client

        settings = Settings(origin=origin, key=key, project=chosen, api_prefix=api_prefix)
        client = Client(
            settings,
            timeout=resolve_timeout(timeout),
            retries=retries,
            report=report,
            verbose=verbose,
        )
        chosen = confirmed_project(client, chosen)
    profile = Profile(name, host=origin, project=chosen, api_prefix=api_prefix)
    is_current = store_key(store, profile, key, replace=replace, keyring=keyring)
    id_cache.forget(name)
    id_cache.remember_profiles(store)
    note(f"stored profile {name}: {origin}, {f'project {chosen}' if chosen else 'no project'}")
    if is_current:
        note(f"{name} is the current profile")
    if chosen is None:
        note("no project was found or given: every command will need --project")


@app.command("use", epilog=examples("llmctl profiles use sandbox"))
def use(name: NameArgument) -> None:
    """Make a profile the current one. It is used when nothing else is said."""
    store = ProfileStore()
    store.use(name)
    id_cache.remember_profiles(store)
    note(f"{name} is the current profile")


@app.command("remove", epilog=examples("llmctl profiles remove work --yes"))
def remove(name: NameArgument, yes: YesOption = False) -> None:
    """Forget a profile and its key."""
    check_name(name)
    confirm(f"Forget profile {name} and its key?", yes=yes)
    store = ProfileStore()
    key = store.keys().get(name)
    store.remove(name)
    if key is not None and key.place == "keyring":
        forget_in_keyring(name, key.host)
    id_cache.forget(name)
    id_cache.remember_profiles(store)
    note(f"removed profile {name}")
