"""Profiles on disk: `config.toml` (no secrets) and `credentials.toml` (keys), both mode 0600.

Changing a profile keeps the user's comments, and settings that this version does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from llmctl import paths
from llmctl.config import keyring_store
from llmctl.config.document import SCHEMA_VERSION, Document, load, refuse_newer, save, table
from llmctl.errors import ConfigError, Hint, UsageError
from llmctl.safe.private_file import locked
from llmctl.safe.secret import Secret, parse_personal_key
from llmctl.safe.secret_forms import may_be_secret

SANDBOX = "sandbox"
API_PREFIXES = ("environments", "projects")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Place = Literal["file", "keyring"]


class Profile(NamedTuple):
    """A named host and project.

    `api_prefix` is set if the user fixed the path prefix. `client_cert` and `client_key` are paths;
    relative ones start from the directory of `config.toml`.
    """

    name: str
    host: str | None = None
    project: str | None = None
    api_prefix: str | None = None
    client_cert: str | None = None
    client_key: str | None = None


class StoredKey(NamedTuple):
    """An entry of the credentials file: the host that the key is for, and the key.

    `secret` is None if the key is in the OS keyring.
    """

    host: str | None
    secret: Secret | None

    @property
    def place(self) -> Place:
        """The place of the key: the credentials file or the OS keyring."""
        return "keyring" if self.secret is None else "file"


class ProfileStore:
    """The two files of a configuration directory, read again on each call."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.config_dir()

    def profiles(self) -> list[Profile]:
        """Return the stored profiles, sorted by name, without the built-in `sandbox`."""
        tables = table(self._config(), "profiles", self.config_path)
        return [_profile(name, tables[name], self.config_path) for name in sorted(tables)]

    def find(self, name: str) -> Profile | None:
        """Return the stored profile `name`, or None."""
        return next((profile for profile in self.profiles() if profile.name == name), None)

    def current(self) -> str | None:
        """Return the name of the current profile, or None."""
        current = self._config().get("current")
        return current if isinstance(current, str) else None

    def keys(self) -> dict[str, StoredKey]:
        """Return the stored keys by profile name, without asking the OS keyring."""
        found = {}
        for name, entry in table(self._credentials(), "keys", self.credentials_path).items():
            stored = entry if isinstance(entry, dict) else {}
            text = stored.get("api_key")
            if stored.get("keyring") is True:
                found[name] = StoredKey(stored.get("host"), None)
            elif isinstance(text, str):
                found[name] = StoredKey(stored.get("host"), Secret(text))
        return found

    def key(self, profile: Profile) -> Secret | None:
        """Return the profile's key, or None if none is stored.

        Raise ConfigError if it was stored for another host, is not a valid key, or the OS keyring
        does not return it.
        """
        stored = self.keys().get(profile.name)
        if stored is None:
            return None
        if stored.host != profile.host:
            raise ConfigError(
                f"the key of profile {profile.name} was stored for another host",
                hint=Hint("store it again", ("profiles", "add", profile.name, "--replace")),
            )
        if stored.secret is None:
            text, where = keyring_store.load(profile.name, profile.host), "the OS keyring"
        else:
            text, where = stored.secret.reveal(), str(self.credentials_path)
        source = f"the key of profile {profile.name} in {where}"
        return parse_personal_key(text, source=source)

    def refuse_taken(self, name: str, *, replace: bool) -> None:
        """Raise UsageError if the profile exists, unless `replace` is set."""
        if not replace and self.find(name):
            raise _taken(name)

    def add(self, profile: Profile, key: Secret, *, replace: bool, place: Place = "file") -> bool:
        """Store a profile and its key. If no profile is current, make it so and return True.

        With `place` "keyring", the key must be in the OS keyring already; the file only records
        that. Raise UsageError if the name is taken and `replace` is not set.
        """
        check_name(profile.name)
        made_current = False

        def change_config(config: Document) -> None:
            nonlocal made_current
            tables = table(config, "profiles", self.config_path)
            if profile.name in tables and not replace:
                raise _taken(profile.name)
            settings = profile._asdict()
            del settings["name"]
            stored = table(tables, profile.name, self.config_path)
            for name, value in settings.items():
                stored.pop(name, None)
                if value is not None:
                    stored[name] = value
            made_current = not config.get("current")
            if made_current:
                config["current"] = profile.name

        def change_credentials(credentials: Document) -> None:
            kept = {"keyring": True} if place == "keyring" else {"api_key": key.reveal()}
            keys = table(credentials, "keys", self.credentials_path)
            keys[profile.name] = {"host": profile.host, **kept}

        self._change(change_config, change_credentials)
        return made_current

    def use(self, name: str) -> None:
        """Make `name` the current profile. Raise ConfigError if it does not exist."""

        def change(config: Document) -> None:
            if name != SANDBOX and name not in table(config, "profiles", self.config_path):
                raise unknown_profile(name, self)
            config["current"] = name

        self._change(change, None)

    def remove(self, name: str) -> None:
        """Remove a profile and its key. Raise ConfigError if it does not exist."""

        def change_config(config: Document) -> None:
            if table(config, "profiles", self.config_path).pop(name, None) is None:
                raise unknown_profile(name, self)
            if config.get("current") == name:
                del config["current"]

        def change_credentials(credentials: Document) -> None:
            table(credentials, "keys", self.credentials_path).pop(name, None)

        self._change(change_config, change_credentials)

    def _change(
        self,
        config: Callable[[Document], None],
        credentials: Callable[[Document], None] | None,
    ) -> None:
        """Read, change and write both files under one lock; write nothing if a change raises."""
        with locked(self.directory):
            changed = [(self.config_path, self._config(), config)]
            if credentials:
                changed.append((self.credentials_path, self._credentials(), credentials))
            for path, document, change in changed:
                refuse_newer(document, path)
                change(document)
                document["version"] = SCHEMA_VERSION
            # The key first: if this is interrupted, a key without a profile is less harmful.
            for path, document, _ in reversed(changed):
                save(path, document)

    @property
    def config_path(self) -> Path:
        """The file of the profiles."""
        return self.directory / "config.toml"

    @property
    def credentials_path(self) -> Path:
        """The file of the keys."""
        return self.directory / "credentials.toml"

    def _config(self) -> Document:
        return load(self.config_path, secret=False)

    def _credentials(self) -> Document:
        return load(self.credentials_path, secret=True)


def check_name(name: str) -> str:
    """Return `name` if it is valid for a new profile. Raise UsageError otherwise."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            "a profile name is 1 to 64 letters, digits, dots, hyphens and underscores, "
            "and starts with a letter or a digit"
        )
    if name == SANDBOX:
        raise UsageError(f"{SANDBOX} is the built-in profile; it cannot be added or removed")
    return name


def unknown_profile(name: str, store: ProfileStore) -> ConfigError:
    """Return the error for a profile that is not in the store. It names the nearest one."""
    import difflib

    is_printable = _NAME.fullmatch(name) and not may_be_secret(name)
    message = f"profile {name} does not exist" if is_printable else "no profile has that name"
    hint = Hint("list the profiles", ("profiles", "list"))
    known = [SANDBOX, *(each.name for each in store.profiles() if not may_be_secret(each.name))]
    for nearest in difflib.get_close_matches(name, known, n=1):
        hint = Hint(f"did you mean {nearest}", also=hint)
    return ConfigError(message, hint=hint)


def _taken(name: str) -> UsageError:
    return UsageError(f"profile {name} already exists", hint=Hint("overwrite it with --replace"))


def _profile(name: str, stored: object, path: Path) -> Profile:
    if not isinstance(stored, dict):
        raise ConfigError(f"{path}: profile {name} is not a table")
    texts: dict[str, str | None] = {}
    for key in Profile._fields[1:]:
        value = stored.get(key)
        if value is not None and not isinstance(value, str | int):
            raise ConfigError(f"{path}: {key} of profile {name} is not a string")
        texts[key] = None if value is None else str(value)
    if texts["api_prefix"] not in (None, *API_PREFIXES):
        raise ConfigError(
            f"{path}: api_prefix of profile {name} must be {' or '.join(API_PREFIXES)}"
        )
    return Profile(name, **texts)
