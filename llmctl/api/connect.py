"""From options to a client. Apart from the client, so that help loads no HTTP library."""

from __future__ import annotations

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
) -> Client:
    """A client for what the options and the environment say. Nothing is sent yet.

    With `profile_only` the profile's own project and host count, whatever the environment says.

    ConfigError where there is no key or no project.
    """
    from llmctl import config
    from llmctl.api.client import Client
    from llmctl.output import note

    settings = config.resolve(
        profile=profile, host=host, project=project, profile_only=profile_only
    )
    if settings.profile is None and "profile" in settings.sources:
        note(settings.sources["profile"])
    settings.require_project()
    return Client(
        settings,
        timeout=config.resolve_timeout(timeout),
        retries=retries,
        verbose=verbose,
        dry_run=dry_run,
        reads_back=reads_back,
    )
