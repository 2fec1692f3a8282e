"""From options to a client. A module of its own, so that help loads no HTTP library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmctl.api.client import Client


def connect(
    profile: str | None,
    host: str | None,
    project: str | None,
    *,
    timeout: float | None,
    retries: int,
    verbose: bool,
    dry_run: bool = False,
    reads_back: bool = True,
    profile_only: bool = False,
    report: Callable[[str], None] | None = None,
) -> Client:
    """Return a client for the options and the environment. Nothing is sent yet.

    With `profile_only` the profile's own project and host are used, whatever the environment says.
    `report` is called with one line about each wait, each ignored setting, and if `verbose` about
    each request.

    ConfigError if there is no key or no project, or if the sandbox is not installed.
    """
    from llmctl import config, output
    from llmctl.api.client import Client

    report = report or output.report  # until every command passes its own
    settings = config.resolve(
        profile=profile, host=host, project=project, profile_only=profile_only
    )
    if settings.profile is None and "profile" in settings.sources:
        report(settings.sources["profile"])
    settings.require_project()
    return Client(
        settings,
        timeout=config.resolve_timeout(timeout),
        retries=retries,
        report=report,
        verbose=verbose,
        dry_run=dry_run,
        reads_back=reads_back,
    )
