"""The steps of `profiles add`: check a client certificate, import a login, choose the project,
store the key."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from llmctl.api.personal_key_check import Project, check_key
from llmctl.config import (
    ClientCertificate,
    Profile,
    ProfileStore,
    keyring_store,
    parse_certificate,
)
from llmctl.config.posthog_cli import stored_login
from llmctl.config.profiles import Place
from llmctl.errors import Hint, UsageError
from llmctl.output import ask, note
from llmctl.output.sanitize import visible
from llmctl.safe.secret import Secret

if TYPE_CHECKING:
    from llmctl.api.client import Client


def checked_certificate(cert: str | None, key: str | None) -> ClientCertificate | None:
    """Return the client certificate that the two options name, with absolute paths.

    UsageError for a key without a certificate, ConfigError if the files cannot be used.
    """
    if "" in (cert, key):
        raise UsageError("--client-cert and --client-key need a path")
    if key and not cert:
        raise UsageError("--client-key needs --client-cert")
    found = parse_certificate(cert, key, names=("--client-cert", "--client-key"))
    if found is None:
        return None
    found.check()
    if found.exposed_key:
        note(found.exposed_key)
    return found.absolute()


def posthog_cli_login(host: str | None, project: str | None) -> tuple[str, str | None, Secret]:
    """Return the origin, project and key that `posthog-cli login` stored."""
    login = stored_login(host, project)
    if login.mode & 0o077:
        note(
            f"other users can read {login.path} (mode {login.mode:04o}); "
            f"run: chmod 600 {shlex.quote(str(login.path))}"
        )
    return login.origin, login.project, login.key


def choose_project(client: Client, chosen: str | None) -> str | None:
    """Check the key and return the project to store: `chosen`, the only one, or the user's choice.

    None if the key may not list projects. Raise the server's error if it refuses the key.
    """
    projects = check_key(client)
    if chosen is None:
        return _choose(projects)
    if chosen != "@current" and projects and chosen not in {project.id for project in projects}:
        known = ", ".join(project.id for project in projects)
        note(f"the key cannot access project {chosen}, only: {known}")
    return chosen


def _choose(projects: list[Project]) -> str | None:
    """Return the only project, or the one that the user picks. UsageError without a terminal."""
    if not projects:
        return None
    if len(projects) == 1:
        return projects[0].id
    if not sys.stdin.isatty():
        known = ", ".join(f"{project.id} ({visible(project.name)})" for project in projects)
        raise UsageError(
            "the key can access several projects",
            hint=Hint(f"choose one with --project: {known}"),
        )
    for project in projects:
        note(f"{project.id}  {project.name}")
    answer = ask("Project: ")
    if answer not in {project.id for project in projects}:
        raise UsageError("not one of these projects; nothing was stored")
    return answer


def store_key(
    store: ProfileStore, profile: Profile, key: Secret, *, replace: bool, keyring: bool
) -> bool:
    """Store a profile, its key in the keyring or else in the file; True if it became current.

    It is removed from any other place.
    """
    name = profile.name
    before = store.keys().get(name)
    place: Place = "keyring" if keyring and _keep(profile, key) else "file"
    is_current = store.add(profile, key, replace=replace, place=place)
    is_overwritten = place == "keyring" and before is not None and before.host == profile.host
    if before is not None and before.place == "keyring" and not is_overwritten:
        forget_in_keyring(name, before.host)
    return is_current


def _keep(profile: Profile, key: Secret) -> bool:
    """Store the key in the keyring; False, with a note, if that fails."""
    try:
        keyring_store.save(profile.name, profile.host, key)
    except keyring_store.KeyringError as error:
        note(f"{error.message}; storing the key in the file instead")
        return False
    note("stored the key in the OS keyring")
    return True


def forget_in_keyring(name: str, host: str | None) -> None:
    """Remove the key from the keyring; if that fails, print a note about what may be left there."""
    try:
        keyring_store.forget(name, host)
    except keyring_store.KeyringError as error:
        account = keyring_store.account(name, host)
        note(
            f"{error.message}; the keyring may still hold the key: "
            f"service {keyring_store.SERVICE}, account {account}"
        )
