"""What `profiles add` needs: PostHog's CLI's login, the server's word, a place for the key."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llmctl.commands.profiles.key_check import Project, check_key
from llmctl.config import Profile, ProfileStore, keyring_store
from llmctl.config.posthog_cli import stored_login
from llmctl.config.profiles import Place
from llmctl.errors import UsageError
from llmctl.output import ask, note
from llmctl.output.sanitize import visible
from llmctl.safe.secret import Secret

if TYPE_CHECKING:
    from llmctl.api.client import Client


def taken_over(host: str | None, project: str | None) -> tuple[str, str | None, Secret]:
    """Origin, project and key as `posthog-cli login` stored them."""
    login = stored_login(host, project)
    if login.mode & 0o077:
        note(f"others can read {login.path} (mode {login.mode:04o}): chmod 600 {login.path}")
    return login.origin, login.project, login.key


def confirmed_project(client: Client, chosen: str | None) -> str | None:
    """The project to store, after the server has confirmed the key; None where none is known.

    Raises what the server says of the key.
    """
    seen = check_key(client)
    if chosen is None:
        return _choose(seen)
    if chosen != "@current" and seen and chosen not in {project.id for project in seen}:
        known = ", ".join(project.id for project in seen)
        note(f"project {chosen} is not one of those that the key shows: {known}")
    return chosen


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


def store_key(
    store: ProfileStore, profile: Profile, key: Secret, *, replace: bool, keyring: bool
) -> bool:
    """Store it, with the key in the keyring or else in the file, and in no other place."""
    name = profile.name
    before = store.keys().get(name)
    place: Place = "keyring" if keyring and _keep(profile, key) else "file"
    is_current = store.add(profile, key, replace=replace, place=place)
    is_overwritten = place == "keyring" and before is not None and before.host == profile.host
    if before is not None and before.place == "keyring" and not is_overwritten:
        forget_in_keyring(name, before.host)
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


def forget_in_keyring(name: str, host: str | None) -> None:
    """Remove the key from the keyring, or say what stays in it."""
    try:
        keyring_store.forget(name, host)
    except keyring_store.KeyringError as error:
        account = keyring_store.account(name, host)
        note(
            f"{error.message}; a key is still in it: service {keyring_store.SERVICE}, "
            f"account {account}"
        )
