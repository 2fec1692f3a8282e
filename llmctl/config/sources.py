"""The sources of the key, the host and the project of a run: the environment, or a profile.

A client certificate comes from the same source.
"""

from __future__ import annotations

import os
from functools import cached_property

from llmctl.config.client_certificate import ClientCertificate, parse_certificate
from llmctl.config.origin import DEFAULT_HOST, origin_or_none, parse_host, parse_project
from llmctl.config.profiles import SANDBOX, Profile, ProfileStore, unknown_profile
from llmctl.errors import ConfigError, Hint
from llmctl.safe.secret import Secret, parse_personal_key

KEY_VARIABLES = ("LLMCTL_API_KEY", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_CLI_API_KEY")
PROJECT_VARIABLES = ("LLMCTL_PROJECT", "POSTHOG_PROJECT_ID", "POSTHOG_CLI_PROJECT_ID")
HOST_VARIABLES = ("LLMCTL_HOST", "POSTHOG_HOST", "POSTHOG_CLI_HOST")
CLIENT_CERT_VARIABLES = ("LLMCTL_CLIENT_CERT", "LLMCTL_CLIENT_KEY")
# Older names of PostHog's CLI, read if no other source has a key.
OLD_KEY_VARIABLE, OLD_PROJECT_VARIABLE = "POSTHOG_CLI_TOKEN", "POSTHOG_CLI_ENV_ID"
OPTION = "--profile"


class Environment:
    """The variables. Each method returns a value and its source, or raises ConfigError."""

    def __init__(self, keys: tuple[str, ...] = KEY_VARIABLES, *old_projects: str) -> None:
        self._keys = keys
        self._projects = (*PROJECT_VARIABLES, *old_projects)

    @classmethod
    def of_older_cli(cls) -> Environment:
        """Return the environment as older versions of PostHog's CLI read it."""
        return cls((OLD_KEY_VARIABLE,), OLD_PROJECT_VARIABLE)

    @property
    def has_key(self) -> bool:
        """True if a variable with a key is set."""
        return first_set(self._keys) is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on variables that are ignored, or that have newer names."""
        if self._is_old:
            return (f"{OLD_KEY_VARIABLE} is an older name; set {KEY_VARIABLES[-1]} instead",)
        used = first_set(self._keys)
        if used and os.environ.get("LLMCTL_PROFILE"):
            return (f"LLMCTL_PROFILE is not used: {used[0]} takes precedence",)
        return ()

    def profile(self) -> tuple[None, str]:
        """Return None, and why the profile that LLMCTL_PROFILE names is not used."""
        return None, "" if self._is_old else "".join(self.notes)

    @property
    def _is_old(self) -> bool:
        return self._keys == (OLD_KEY_VARIABLE,)

    @property
    def api_prefix(self) -> None:
        """None: the prefix is not fixed."""
        return

    def key(self) -> tuple[Secret, str]:
        """Return the personal API key."""
        variable, text = first_set(self._keys) or (self._keys[0], "")
        key = parse_personal_key(text, source=variable)
        return key, f"{variable} (an older name)" if self._is_old else variable

    def host(self, option: str | None) -> tuple[str, str]:
        """Return the origin."""
        if option is not None:
            return parse_host(option, source="--host"), "--host"
        variable, text = first_set(HOST_VARIABLES) or ("the default", DEFAULT_HOST)
        # Other programs may need the other variables as they are.
        advice = "use" if variable == HOST_VARIABLES[0] else f"set {HOST_VARIABLES[0]} to"
        return parse_host(text, source=variable, advice=advice), variable

    def project(self, option: str | None) -> tuple[str | None, str]:
        """Return the project, None if it is not set."""
        if option is not None:
            return parse_project(option, source="--project"), "--project"
        variable, text = first_set(self._projects) or ("not set", None)
        return text and parse_project(text, source=variable), variable

    def client_certificate(self) -> tuple[ClientCertificate | None, tuple[str, str]]:
        """Return the client certificate, if there is one, and the sources of its two files."""
        cert, key = (os.environ.get(name) for name in CLIENT_CERT_VARIABLES)
        return parse_certificate(cert, key, names=CLIENT_CERT_VARIABLES), CLIENT_CERT_VARIABLES


class StoredProfile:
    """A profile; `chosen_by` is the option, the variable or the setting that names it.

    Without `with_variables`, no variable is read.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, name: str, chosen_by: str, *, with_variables: bool = True) -> None:
        self._name = name
        self._chosen_by = chosen_by
        self._with_variables = with_variables

    def profile(self) -> tuple[str, str]:
        """Return the name."""
        return self._stored.name, self._chosen_by

    @property
    def api_prefix(self) -> str | None:
        """The prefix of paths, if it is fixed."""
        return self._stored.api_prefix

    def key(self) -> tuple[Secret, str]:
        """Return the personal API key."""
        store = ProfileStore()
        key = store.key(self._stored)
        if key is None:
            raise ConfigError(
                f"profile {self._name} has no key",
                hint=Hint("store one", ("profiles", "add", self._name, "--replace")),
            )
        stored = store.keys().get(self._name)
        is_in_keyring = stored is not None and stored.place == "keyring"
        return key, f"the OS keyring ({self._label})" if is_in_keyring else self._label

    def host(self, option: str | None) -> tuple[str, str]:
        """Return the origin. It cannot be overridden: the key was stored for it."""
        origin = self._origin()
        asked = {"--host": option}
        if self._with_variables:
            asked[HOST_VARIABLES[0]] = os.environ.get(HOST_VARIABLES[0])
        for name, text in asked.items():
            if text and origin_or_none(text) != origin:
                raise ConfigError(
                    f"{name} differs from the host of {self._label} ({origin}), "
                    "but a stored key is only sent to the host it was stored for",
                    hint=self._other_host_hint(name),
                )
        return origin, self._label if self._stored.host else "the default"

    def project(self, option: str | None) -> tuple[str | None, str]:
        """Return the project, None if it is not set."""
        if option is not None:
            return parse_project(option, source="--project"), "--project"
        stored = self._stored.project
        if stored is not None:
            stored = parse_project(stored, source=f"the project of {self._label}")
        variable = PROJECT_VARIABLES[0]
        text = os.environ.get(variable) if self._with_variables else None
        if not text:
            return stored, "not set" if stored is None else self._label
        number = parse_project(text, source=variable)
        if self._chosen_by == OPTION and stored not in (None, number):
            raise ConfigError(
                f"{variable} differs from the project of {self._label} ({stored})",
                hint=Hint(f"unset {variable}, or choose one of them with --project"),
            )
        return number, variable

    def client_certificate(self) -> tuple[ClientCertificate | None, tuple[str, str]]:
        """Return the client certificate, if there is one, and the sources of its two files."""
        found = parse_certificate(
            self._stored.client_cert,
            self._stored.client_key,
            names=(f"client_cert of {self._label}", f"client_key of {self._label}"),
            folder=ProfileStore().directory,
        )
        return found, (self._label, self._label)

    @property
    def _label(self) -> str:
        return f"profile {self._name}"

    @cached_property
    def _stored(self) -> Profile:
        store = ProfileStore()
        found = store.find(self._name)
        if found is None:
            raise unknown_profile(self._name, store)
        return found

    def _origin(self) -> str:
        return parse_host(self._stored.host or DEFAULT_HOST, source=f"the host of {self._label}")

    def _other_host_hint(self, name: str) -> Hint:
        remove = f"omit {name}" if name.startswith("-") else f"unset {name}"
        if self._chosen_by == OPTION:  # it takes precedence over the environment's key
            return Hint(f"{remove}, or omit {OPTION} and set {KEY_VARIABLES[0]}")
        return Hint(f"{remove}, or set {KEY_VARIABLES[0]} to a key for that host")


class Sandbox(StoredProfile):
    """The built-in profile: the server in this process."""

    def key(self) -> tuple[Secret, str]:
        """Return the key with all scopes."""
        from llmctl.sandbox import defaults

        return Secret(defaults.ALL_SCOPES_KEY), self._label

    def client_certificate(self) -> tuple[None, tuple[str, str]]:
        """Return None: there is no network."""
        return None, (self._label, self._label)

    @property
    def _label(self) -> str:
        return f"the built-in profile {SANDBOX}"

    @cached_property
    def _stored(self) -> Profile:
        from llmctl.sandbox import defaults

        return Profile(SANDBOX, host=defaults.ORIGIN, project=str(defaults.PROJECT_ID))

    def _origin(self) -> str:
        return str(self._stored.host)


Source = Environment | StoredProfile


def profile_source(name: str, chosen_by: str, *, with_variables: bool = True) -> StoredProfile:
    """Return the source for the sandbox or a stored profile. Its methods fail if it is missing."""
    kind = Sandbox if name == SANDBOX else StoredProfile
    return kind(name, chosen_by, with_variables=with_variables)


def first_set(variables: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the name and the value of the first variable that is set and not empty."""
    for name in variables:
        text = os.environ.get(name)
        if text:
            return name, text
    return None
