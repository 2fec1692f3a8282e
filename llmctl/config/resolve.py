"""Resolve the key, the project and the host of a run.

All three come from one source, so that a stray host never receives a stored key: `--profile` if
given, else the environment if it has a key, else the profile that `LLMCTL_PROFILE` or `profiles
use` chose, else the variables of older versions of PostHog's CLI.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from llmctl.config.client_certificate import ClientCertificate
from llmctl.config.origin import origin_or_none
from llmctl.config.profiles import SANDBOX, ProfileStore
from llmctl.config.sources import (
    HOST_VARIABLES,
    OPTION,
    PROJECT_VARIABLES,
    Environment,
    Source,
    profile_source,
)
from llmctl.errors import ConfigError, Hint, UsageError
from llmctl.safe.secret import Secret

DEFAULT_TIMEOUT = 30.0
MAX_TIMEOUT = 86_400.0  # a day; system clocks cannot wait for arbitrarily long
_NOT_USABLE = "not usable"
_SECONDS = f"must be a number of seconds above 0, at most {MAX_TIMEOUT:g}"


class Settings(NamedTuple):
    """The server and credentials of a run.

    `sources` maps profile, key, host and project to where each comes from; `notes` are about
    variables that are ignored or have newer names.
    """

    origin: str
    key: Secret
    project: str | None
    profile: str | None = None
    api_prefix: str | None = None
    client_certificate: ClientCertificate | None = None
    sources: Mapping[str, str] = MappingProxyType({})
    notes: tuple[str, ...] = ()

    @property
    def is_sandbox(self) -> bool:
        """True for the in-process sandbox."""
        return self.profile == SANDBOX

    def require_project(self) -> str:
        """Return the project. Raise ConfigError if none is set."""
        if self.project is None:
            raise no_project()
        return self.project


class Finding(NamedTuple):
    """A setting as `profiles show` prints it: its value, its source, and its problem, if any."""

    setting: str
    value: str | None
    source: str
    problem: ConfigError | None = None


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
    source = _choose(profile, with_variables=not profile_only)
    if source is None:
        raise _no_key()
    name, chosen_by = source.profile()
    origin, host_source = source.host(host)
    key, key_source = source.key()
    number, project_source = source.project(project)
    if profile_only and number is None:
        raise profile_without_project(str(name), origin)
    return Settings(
        origin=origin,
        key=key,
        project=number,
        profile=name,
        api_prefix=source.api_prefix,
        client_certificate=source.client_certificate()[0],
        sources={
            "profile": chosen_by,
            "key": key_source,
            "host": host_source,
            "project": project_source,
        },
        notes=source.notes,
    )


def explain(
    profile: str | None = None,
    host: str | None = None,
    project: str | None = None,
    *,
    profile_only: bool = False,
) -> list[Finding]:
    """Return profile, key, host, project, client certificate and api_prefix, with their problems.

    The arguments are those of `resolve`, which raises the first problem. The profile is omitted if
    none is in use, the certificate if there is none, the api_prefix if it is not fixed.
    """
    nothing = [Finding(name, None, "not set") for name in ("key", "host", "project")]
    try:
        source = _choose(profile, with_variables=not profile_only)
        if source is None:
            return [nothing[0]._replace(problem=_no_key()), *nothing[1:]]
        name, chosen_by = source.profile()
        api_prefix = source.api_prefix
    except ConfigError as error:
        return [Finding("profile", None, _NOT_USABLE, error), *nothing]
    found = [Finding("profile", name, chosen_by)] if chosen_by else []
    found.append(_attempt("key", lambda: _masked(*source.key())))
    found.append(_attempt("host", lambda: source.host(host)))
    found.append(_attempt("project", lambda: source.project(project)))
    found += _certificate_findings(source)
    if api_prefix is not None:
        found.append(Finding("api_prefix", api_prefix, f"profile {name}"))
    return found


def _attempt(setting: str, read: Callable[[], tuple[str | None, str]]) -> Finding:
    try:
        return Finding(setting, *read())
    except ConfigError as error:
        return Finding(setting, None, _NOT_USABLE, error)


def _certificate_findings(source: Source) -> list[Finding]:
    try:
        certificate, (cert_source, key_source) = source.client_certificate()
    except ConfigError as error:
        return [Finding("client_cert", None, _NOT_USABLE, error)]
    if certificate is None:
        return []
    problem = None
    try:
        certificate.check()
    except ConfigError as error:
        problem = error
    cert, key = certificate.paths
    found = [Finding("client_cert", cert, cert_source, problem)]
    return [*found, Finding("client_key", key, key_source)] if key else found


def _masked(key: Secret, source: str) -> tuple[str, str]:
    return key.mask, source


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


def _choose(profile: str | None, *, with_variables: bool = True) -> Source | None:
    """Return the source in use: the first that is named or has a key; None if there is none."""
    if profile is not None:
        return profile_source(profile, OPTION, with_variables=with_variables)
    environment, old = Environment(), Environment.of_older_cli()
    if environment.has_key:
        return environment
    named = os.environ.get("LLMCTL_PROFILE")
    if named:
        return profile_source(named, "LLMCTL_PROFILE")
    try:
        store = ProfileStore()
    except ConfigError:  # no home directory, so no profile
        if not old.has_key:
            raise
    else:
        current = store.current()
        if current:
            return profile_source(current, "the current profile")
    return old if old.has_key else None


def no_project() -> ConfigError:
    """Return the error for a run without a project."""
    return ConfigError(
        "no project is set",
        hint=Hint(
            "add --project ID (or @current, the current project of the key's user) or set "
            "LLMCTL_PROJECT"
        ),
    )


def profile_without_project(name: str, origin: str) -> ConfigError:
    """Return the error for one of several profiles that stores no project."""
    add = ("profiles", "add", name, "--replace", "--host", origin, "--project", "NUMBER")
    return ConfigError(f"profile {name} has no project", hint=Hint("give it a project", add))


def _no_key() -> ConfigError:
    """Return the error for a run without a key, with hints that work with the variables set."""
    host = os.environ.get(HOST_VARIABLES[0])
    also = None
    if not host and not os.environ.get(PROJECT_VARIABLES[0]):
        also = Hint(f"to try llmctl without an account, add --profile {SANDBOX}")
    option = ("--host", host) if host and origin_or_none(host) else ()
    add = ("profiles", "add", "NAME", *option)
    hint = Hint("set LLMCTL_API_KEY, or add a profile", add, also=also)
    if ProfileStore().profiles():
        hint = Hint("choose a profile", ("profiles", "use", "NAME"), also=hint)
    return ConfigError("no API key is set", hint=hint)
