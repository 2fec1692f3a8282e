"""Profiles on disk: `config.toml` (no secrets) and `credentials.toml` (keys, mode 0600).

Settings that this version does not know are kept when a file is written; comments are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from llmctl import paths
from llmctl.config import keyring_store
from llmctl.config.document import SCHEMA_VERSION, Document, load, refuse_newer, table
from llmctl.errors import ConfigError, UsageError
from llmctl.safe.private_file import locked, write_private
from llmctl.safe.secret import Secret, looks_like_key, parse_secret

SANDBOX = "sandbox"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Place = Literal["file", "keyring"]


class Profile(NamedTuple):
    """A name for a host and a project, and the path prefix if it is fixed."""

    name: str
    host: str | None = None
    project: str | None = None
    api_prefix: str | None = None


class StoredKey(NamedTuple):
    """A key as the credentials file has it: the host it is for, and itself, if the file has it."""

    host: str | None
    secret: Secret | None

    @property
    def place(self) -> Place:
        return "keyring" if self.secret is None else "file"


class ProfileStore:
    """The two files of one configuration directory, read each time that something is asked for."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.config_dir()

    def profiles(self) -> list[Profile]:
        """Every stored profile, by name; the built-in `sandbox` is not among them."""
        tables = table(self._config(), "profiles", self._config_path)
        return [_profile(name, tables[name], self._config_path) for name in sorted(tables)]

    def find(self, name: str) -> Profile | None:
        """The stored profile called `name`."""
        return next((profile for profile in self.profiles() if profile.name == name), None)

    def current(self) -> str | None:
        """The name that `profiles use` stored."""
        current = self._config().get("current")
        return current if isinstance(current, str) else None

    def keys(self) -> dict[str, StoredKey]:
        """Profile -> its key, for those that have one. The OS keyring is not asked."""
        found = {}
        for name, entry in table(self._credentials(), "keys", self._credentials_path).items():
            stored = entry if isinstance(entry, dict) else {}
            text = stored.get("api_key")
            if stored.get("keyring") is True:
                found[name] = StoredKey(stored.get("host"), None)
            elif isinstance(text, str):
                found[name] = StoredKey(stored.get("host"), Secret(text))
        return found

    def key(self, profile: Profile) -> Secret | None:
        """The profile's key; ConfigError where it was stored for another host, or the OS keyring
        does not give it.
        """
        stored = self.keys().get(profile.name)
        if stored is None:
            return None
        if stored.host != profile.host:
            raise ConfigError(
                f"the key of profile {profile.name} was stored for another host than the profile's",
                hint=f"llmctl profiles add {profile.name} --replace",
            )
        if stored.secret is None:
            text, where = keyring_store.load(profile.name, profile.host), "the OS keyring"
        else:
            text, where = stored.secret.reveal(), str(self._credentials_path)
        source = f"the key of profile {profile.name} in {where}"
        return parse_secret(text, source=source, error=ConfigError)

    def refuse_taken(self, name: str, *, replace: bool) -> None:
        """UsageError where there is such a profile and it is not to be replaced."""
        if not replace and self.find(name):
            raise _taken(name)

    def add(self, profile: Profile, key: Secret, *, replace: bool, place: Place = "file") -> bool:
        """Store a profile and its key; the first one becomes the current one (then True).

        With `place` "keyring" the key is in the OS keyring already, and only that is written.
        UsageError where the name is taken and `replace` is not given.
        """
        check_name(profile.name)
        made_current = False

        def change_config(config: Document) -> None:
            nonlocal made_current
            tables = table(config, "profiles", self._config_path)
            if profile.name in tables and not replace:
                raise _taken(profile.name)
            settings = {"host": profile.host, "project": profile.project}
            settings["api_prefix"] = profile.api_prefix
            stored = table(tables, profile.name, self._config_path)
            for name, value in settings.items():
                stored.pop(name, None)
                if value is not None:
                    stored[name] = value
            made_current = not config.get("current")
            if made_current:
                config["current"] = profile.name

        def change_credentials(credentials: Document) -> None:
            kept = {"keyring": True} if place == "keyring" else {"api_key": key.reveal()}
            keys = table(credentials, "keys", self._credentials_path)
            keys[profile.name] = {"host": profile.host, **kept}

        self._change(change_config, change_credentials)
        return made_current

    def use(self, name: str) -> None:
        """Make `name` the current profile; ConfigError where it does not exist."""

        def change(config: Document) -> None:
            if name != SANDBOX and name not in table(config, "profiles", self._config_path):
                raise unknown_profile(name)
            config["current"] = name

        self._change(change, None)

    def remove(self, name: str) -> None:
        """Forget a profile and its key; ConfigError where it does not exist."""

        def change_config(config: Document) -> None:
            if table(config, "profiles", self._config_path).pop(name, None) is None:
                raise unknown_profile(name)
            if config.get("current") == name:
                del config["current"]

        def change_credentials(credentials: Document) -> None:
            table(credentials, "keys", self._credentials_path).pop(name, None)

        self._change(change_config, change_credentials)

    def _change(
        self,
        config: Callable[[Document], None],
        credentials: Callable[[Document], None] | None,
    ) -> None:
        """Read, change and write both files as one turn; nothing is written if a change refuses."""
        import tomli_w

        with locked(self.directory):
            changed = [(self._config_path, self._config(), config)]
            if credentials:
                changed.append((self._credentials_path, self._credentials(), credentials))
            for path, document, change in changed:
                refuse_newer(document, path)
                change(document)
                document["version"] = SCHEMA_VERSION
            # The key first: a profile without its key is worse than a key without its profile.
            for path, document, _ in reversed(changed):
                write_private(path, tomli_w.dumps(document).encode())

    @property
    def _config_path(self) -> Path:
        return self.directory / "config.toml"

    @property
    def _credentials_path(self) -> Path:
        return self.directory / "credentials.toml"

    def _config(self) -> Document:
        return load(self._config_path, secret=False)

    def _credentials(self) -> Document:
        return load(self._credentials_path, secret=True)


def check_name(name: str) -> str:
    """`name` if it may name a profile; UsageError otherwise."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            "a profile's name is 1 to 64 letters, digits, dots, hyphens and underscores, "
            "and starts with a letter or a digit"
        )
    if looks_like_key(name):
        raise UsageError(
            "that looks like a key: the profile's name stands here, and the key is asked for"
        )
    if name == SANDBOX:
        raise UsageError(f"{SANDBOX} is the built-in profile, and always there")
    return name


def unknown_profile(name: str) -> ConfigError:
    """The error for a profile that is not there."""
    shown = name if _NAME.fullmatch(name) and not looks_like_key(name) else "of that name"
    return ConfigError(f"there is no profile {shown}", hint="llmctl profiles list")


def _taken(name: str) -> UsageError:
    return UsageError(
        f"profile {name} exists already", hint="--replace puts the new one in its place"
    )


def _profile(name: str, stored: object, path: Path) -> Profile:
    if not isinstance(stored, dict):
        raise ConfigError(f"{path}: profile {name} is not a table")
    texts: dict[str, str | None] = {}
    for key in ("host", "project", "api_prefix"):
        value = stored.get(key)
        if value is not None and not isinstance(value, str | int):
            raise ConfigError(f"{path}: {key} of profile {name} is not text")
        texts[key] = None if value is None else str(value)
    if texts["api_prefix"] not in (None, "environments", "projects"):
        raise ConfigError(f"{path}: api_prefix of profile {name} is environments or projects")
    return Profile(name, **texts)
