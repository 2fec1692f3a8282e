"""Resolve the key, the project and the host of a run.

All three come from one source, so that a stray host never receives a stored key: `--profile` if
given, else the environment if it has a key, else the current profile.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from llmctl.config.origin import DEFAULT_HOST, parse_host, parse_project
from llmctl.config.profiles import SANDBOX, Profile, ProfileStore, unknown_profile
from llmctl.errors import ConfigError, Hint, UsageError
from llmctl.safe.secret import Secret, parse_personal_key

KEY_VARIABLES = ("LLMCTL_API_KEY", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_CLI_API_KEY")
PROJECT_VARIABLES = ("LLMCTL_PROJECT", "POSTHOG_PROJECT_ID", "POSTHOG_CLI_PROJECT_ID")
HOST_VARIABLES = ("LLMCTL_HOST", "POSTHOG_HOST", "POSTHOG_CLI_HOST")
DEFAULT_TIMEOUT = 30.0
MAX_TIMEOUT = 86_400.0  # a day; system clocks cannot wait for arbitrarily long
_SECONDS = f"must be a number of seconds above 0, at most {MAX_TIMEOUT:g}"


class Settings(NamedTuple):
    """The server and credentials of a run.

    `sources` maps profile, key, host and project to where each comes from.
    """

    origin: str
    key: Secret
    project: str | None
    profile: str | None = None
    api_prefix: str | None = None
    sources: Mapping[str, str] = MappingProxyType({})

    @property
    def is_sandbox(self) -> bool:
        """True for the in-process sandbox."""
        return self.profile == SANDBOX

    def require_project(self) -> str:
        """Return the project. Raise ConfigError if none is set."""
        if self.project is None:
            raise ConfigError(
                "no project is set",
                hint=Hint(
                    "add --project ID (or @current, the current project of the key's user) or set "
                    "LLMCTL_PROJECT"
                ),
            )
        return self.project


def resolve(
    *,
    profile: str | None = None,
    host: str | None = None,
    project: str | None = None,
    profile_only: bool = False,
) -> Settings:
    """Return the settings for one run, from the options given and the environment.

    With `profile_only`, which requires `profile`, ignore the project and host variables.

    Raise ConfigError if there is no key, the profile does not exist, or a host differs from the
    one that the stored key is for.
    """
    if profile is not None:
        return _from_profile(profile, "--profile", host, project, profile_only=profile_only)
    if _first(KEY_VARIABLES):
        return _from_environment(host, project)
    named = os.environ.get("LLMCTL_PROFILE")
    if named:
        return _from_profile(named, "LLMCTL_PROFILE", host, project)
    store = ProfileStore()
    current = store.current()
    if current:
        return _from_profile(current, "the current profile", host, project, store)
    without_account = Hint("to try llmctl without an account, add --profile sandbox")
    hint = Hint(
        "set LLMCTL_API_KEY, or add a profile", ("profiles", "add", "NAME"), also=without_account
    )
    if store.profiles():
        hint = Hint("choose a profile", ("profiles", "use", "NAME"), also=hint)
    raise ConfigError("no API key is set", hint=hint)


def resolve_timeout(timeout: float | None) -> float:
    """Return the time limit in seconds: the option, else `LLMCTL_TIMEOUT`, else 30.

    Raise UsageError or ConfigError, by source, if the value is out of range.
    """
    if timeout is not None:
        check_seconds(timeout, "--timeout")
        return timeout
    text = os.environ.get("LLMCTL_TIMEOUT")
    if not text:
        return DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_TIMEOUT:
        raise ConfigError(f"LLMCTL_TIMEOUT {_SECONDS}")
    return seconds


def check_seconds(seconds: float, option: str) -> None:
    """Raise UsageError, naming the option, if a time limit is out of range."""
    if not 0 < seconds <= MAX_TIMEOUT:
        raise UsageError(f"{option} {_SECONDS}")


def ignored_variables() -> list[str]:
    """Return the names of the variables that are set but ignored with `profile_only`."""
    return [name for name in PROJECT_VARIABLES + HOST_VARIABLES if os.environ.get(name)]


def _from_environment(host: str | None, project: str | None) -> Settings:
    variable, text = _first(KEY_VARIABLES) or ("", "")
    host_variable, host_text = _first(HOST_VARIABLES) or ("the default", DEFAULT_HOST)
    if host is not None:
        host_variable, host_text = "--host", host
    project_source, project_value = _project(project, None, "", PROJECT_VARIABLES)
    sources = {"key": variable, "host": host_variable, "project": project_source}
    if os.environ.get("LLMCTL_PROFILE"):
        sources |= {"profile": f"LLMCTL_PROFILE is not used: {variable} goes before it"}
    return Settings(
        origin=parse_host(host_text, source=host_variable),
        key=parse_personal_key(text, source=variable),
        project=project_value,
        sources=sources,
    )


def _from_profile(
    name: str,
    chosen_by: str,
    host: str | None,
    project: str | None,
    store: ProfileStore | None = None,
    *,
    profile_only: bool = False,
) -> Settings:
    host_variables = () if profile_only else HOST_VARIABLES[:2]
    project_variables = () if profile_only else PROJECT_VARIABLES[:1]
    if name == SANDBOX:
        return _sandbox(chosen_by, host, project, host_variables, project_variables)
    store = store or ProfileStore()
    profile = store.find(name)
    if profile is None:
        raise unknown_profile(name)
    source = f"profile {name}"
    origin = parse_host(profile.host or DEFAULT_HOST, source=f"the host of {source}")
    _refuse_other_host(origin, host, source, host_variables)
    key = store.key(Profile(name, host=profile.host))
    if key is None:
        raise ConfigError(
            f"profile {name} has no key",
            hint=Hint("store one", ("profiles", "add", name, "--replace")),
        )
    stored = store.keys().get(name)
    key_source = f"the OS keyring ({source})" if stored and stored.place == "keyring" else source
    project_source, project_value = _project(project, profile.project, source, project_variables)
    if profile_only and project_value is None:
        add = ("profiles", "add", name, "--replace", "--host", origin, "--project", "NUMBER")
        raise ConfigError(
            f"profile {name} has no project",
            hint=Hint("give it a project", add),
        )
    return Settings(
        origin=origin,
        key=key,
        project=project_value,
        profile=name,
        api_prefix=profile.api_prefix,
        sources={
            "profile": chosen_by,
            "key": key_source,
            "host": source if profile.host else "the default",
            "project": project_source,
        },
    )


def _sandbox(
    chosen_by: str,
    host: str | None,
    project: str | None,
    host_variables: tuple[str, ...],
    project_variables: tuple[str, ...],
) -> Settings:
    from llmctl.sandbox import defaults

    built_in = "the built-in profile sandbox"
    _refuse_other_host(defaults.ORIGIN, host, built_in, host_variables)
    project_source, project_value = _project(
        project, str(defaults.PROJECT_ID), built_in, project_variables
    )
    return Settings(
        origin=defaults.ORIGIN,
        key=Secret(defaults.ALL_SCOPES_KEY),
        project=project_value,
        profile=SANDBOX,
        sources={
            "profile": chosen_by,
            "key": built_in,
            "host": built_in,
            "project": project_source,
        },
    )


def _refuse_other_host(
    origin: str, option: str | None, source: str, variables: tuple[str, ...]
) -> None:
    """Raise ConfigError if an option or a variable names a host other than the stored key's."""
    asked = {"--host": option}
    asked |= {name: os.environ.get(name) for name in variables}
    for name, text in asked.items():
        if text and parse_host(text, source=name) != origin:
            raise ConfigError(
                f"{name} differs from the host of {source} ({origin}), "
                "but a stored key is only sent to the host it was stored for",
                hint=Hint(f"remove {name}, or set LLMCTL_API_KEY to a key for that host"),
            )


def _project(
    option: str | None, stored: str | None, source: str, variables: tuple[str, ...]
) -> tuple[str, str | None]:
    """Return the source and the value; the option and `variables` override `stored`."""
    if option is not None:
        return "--project", parse_project(option, source="--project")
    found = _first(variables)
    if found:
        return found[0], parse_project(found[1], source=found[0])
    if stored is None:
        return "not set", None
    return source, parse_project(stored, source=f"the project of {source}")


def _first(variables: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the name and the value of the first variable that is set and not empty."""
    for name in variables:
        text = os.environ.get(name)
        if text:
            return name, text
    return None
