"""Profiles: names for a key, its host and its project, stored on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from llmctl import id_cache, takes
from llmctl.config import (
    SANDBOX,
    Profile,
    ProfileStore,
    Settings,
    check_name,
    keyring_store,
    parse_host,
    parse_project,
    resolve,
    resolve_timeout,
)
from llmctl.config.posthog_cli import stored_login
from llmctl.config.profiles import Place
from llmctl.discovery import Project, check_key
from llmctl.errors import UsageError
from llmctl.options import (
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
from llmctl.output import Column, LocalRows, View, ask, confirm, note
from llmctl.sanitize import visible
from llmctl.secret import Secret
from llmctl.sources import settings_with_sources
from llmctl.values import read_key

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
    takes.words("us", "eu"),
]
AddedNameArgument = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", show_default=False), takes.PROFILE]

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
    """Show the settings that a command would use, and where each comes from."""
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
        takes.words("environments", "projects"),
    ] = None,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep the key in the OS keyring, if there is one.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a profile of the name.")
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Store it without asking the server.")
    ] = False,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Store a key with its host and project, after the server has confirmed it.

    The key is asked for without showing it; --api-key-file, --api-key-env and --api-key-command
    are for scripts.
    """
    check_name(name)
    if api_prefix not in (None, "environments", "projects"):
        raise UsageError("--api-prefix is environments or projects")
    store = ProfileStore()
    store.refuse_taken(name, replace=replace)
    sources = (api_key_file, api_key_env, api_key_command)
    if from_posthog_cli:
        if any(source is not None for source in sources):
            raise UsageError(
                "--from-posthog-cli brings its own key: leave the --api-key options out"
            )
        login = stored_login(host, project)
        if login.mode & 0o077:
            note(f"others can read {login.path} (mode {login.mode:04o}): chmod 600 {login.path}")
        origin, chosen, key = login.origin, login.project, login.key
    else:
        origin = parse_host(host or "us", source="--host")
        chosen = None if project is None else parse_project(project, source="--project")
        key = read_key(file=api_key_file, variable=api_key_env, command=api_key_command)
    if not no_check:
        from llmctl.client.client import Client

        settings = Settings(origin=origin, key=key, project=chosen, api_prefix=api_prefix)
        client = Client(
            settings, timeout=resolve_timeout(timeout), retries=retries, verbose=verbose
        )
        seen = check_key(client)
        if chosen and chosen != "@current" and seen and chosen not in {each.id for each in seen}:
            known = ", ".join(project.id for project in seen)
            note(f"project {chosen} is not one of those that the key shows: {known}")
        chosen = chosen or _choose(seen)
    profile = Profile(name, host=origin, project=chosen, api_prefix=api_prefix)
    is_current = _store(store, profile, key, replace=replace, keyring=keyring)
    id_cache.forget(name)
    id_cache.remember_profiles(store)
    note(f"stored profile {name}: {origin}, {f'project {chosen}' if chosen else 'no project'}")
    if is_current:
        note(f"{name} is the current profile")
    if chosen is None:
        note("no project was found or given: every command will need --project")


@app.command("use", epilog=examples("llmctl profiles use sandbox"))
def use(name: NameArgument) -> None:
    """Make a profile the current one: the one used when nothing else is said."""
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
        _forget(name, key.host)
    id_cache.forget(name)
    id_cache.remember_profiles(store)
    note(f"removed profile {name}")


def _store(
    store: ProfileStore, profile: Profile, key: Secret, *, replace: bool, keyring: bool
) -> bool:
    """Store it, with the key in the keyring or else in the file, and in no other place."""
    name = profile.name
    before = store.keys().get(name)
    place: Place = "keyring" if keyring and _keep(profile, key) else "file"
    is_current = store.add(profile, key, replace=replace, place=place)
    is_overwritten = place == "keyring" and before is not None and before.host == profile.host
    if before is not None and before.place == "keyring" and not is_overwritten:
        _forget(name, before.host)
    return is_current


def _keep(profile: Profile, key: Secret) -> bool:
    """Whether the keyring took the key."""
    try:
        keyring_store.save(profile.name, profile.host, key)
    except keyring_store.KeyringError as error:
        note(f"{error.message}; the key goes into the file")
        return False
    note("the key is in the OS keyring")
    return True


def _forget(name: str, host: str | None) -> None:
    try:
        keyring_store.forget(name, host)
    except keyring_store.KeyringError as error:
        account = keyring_store.account(name, host)
        note(
            f"{error.message}; a key is still in it: service {keyring_store.SERVICE}, "
            f"account {account}"
        )


def _choose(projects: list[Project]) -> str | None:
    """The only project, or the one that the user picks; a script must name it."""
    if not projects:
        return None
    if len(projects) == 1:
        return projects[0].id
    if not sys.stdin.isatty():
        known = ", ".join(f"{project.id} ({visible(project.name)})" for project in projects)
        raise UsageError("the key sees several projects", hint=f"--project, one of: {known}")
    for project in projects:
        note(f"{project.id}  {project.name}")
    answer = ask("Project: ")
    if answer not in {project.id for project in projects}:
        raise UsageError("that is not one of the projects; nothing was stored")
    return answer
