"""The source of the new secret for `rotate`, in one project or in several."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Annotated

from llmctl.cli.dependencies import Client, KeyOptions
from llmctl.cli.injection import Depends
from llmctl.errors import UsageError
from llmctl.safe.secret import Secret

_PLACEHOLDER = "{profile}"

_Source = tuple[str | None, str | None, str | None]  # the values of the options


class NewSecretOptions(KeyOptions):
    """The options that name the source; `{profile}` in them is replaced by a profile's name."""

    def read_all(self, clients: Mapping[str, Client]) -> dict[str, Secret]:
        """Read the secrets for profiles, for the projects of their clients; each source once.

        UsageError, naming the profile if each has its own source, if one is missing or bad.
        """
        profiles: dict[_Source, list[str]] = {}
        for profile in clients:
            profiles.setdefault(self._source(profile), []).append(profile)
        found: dict[str, Secret] = {}
        for source, users in profiles.items():
            options = KeyOptions(*source, self.command_timeout)
            try:
                secret = options.read_provider_secret(
                    [clients[profile] for profile in users], "new provider key"
                )
            except UsageError as error:
                if len(clients) == len(users):
                    raise
                message = f"profile {', '.join(users)}: {error.message}; nothing was changed"
                raise error.restated(message, error.hint) from None
            found |= dict.fromkeys(users, secret)
        return found

    def variables(self, profiles: Iterable[str]) -> set[str]:
        """Return the names of the variables that hold the secrets of these profiles."""
        return {_fill(self.api_key_env, profile) or "" for profile in profiles}

    def _source(self, profile: str) -> _Source:
        return (
            _fill(self.api_key_file, profile),
            _fill(self.api_key_env, profile),
            _fill(self.api_key_command, shlex.quote(profile)),
        )


NewSecret = Annotated[NewSecretOptions, Depends(NewSecretOptions)]


def _fill(text: str | None, profile: str) -> str | None:
    return None if text is None else text.replace(_PLACEHOLDER, profile)
