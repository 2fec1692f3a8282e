"""The source of the new secret for `rotate`, in one project or in several."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Annotated

from llmctl.cli.dependencies import Client, KeyOptions
from llmctl.cli.injection import Depends
from llmctl.safe.secret import Secret

_PLACEHOLDER = "{profile}"


class NewSecretOptions(KeyOptions):
    """The options that name the source; `{profile}` in them is replaced by a profile's name."""

    @property
    def is_per_profile(self) -> bool:
        """True if each profile has its own secret."""
        texts = (self.api_key_file, self.api_key_env, self.api_key_command)
        return any(_PLACEHOLDER in (text or "") for text in texts)

    def read_for(self, profile: str | None, clients: Iterable[Client]) -> Secret:
        """Read the secret for a profile, for the projects of `clients`. UsageError if it is bad."""
        return KeyOptions(
            _fill(self.api_key_file, profile or ""),
            _fill(self.api_key_env, profile or ""),
            _fill(self.api_key_command, shlex.quote(profile or "")),
            self.command_timeout,
        ).read_provider_secret(clients, "new provider key")

    def variables(self, profiles: Iterable[str]) -> set[str]:
        """Return the names of the variables that hold the secrets of these profiles."""
        return {_fill(self.api_key_env, profile) or "" for profile in profiles}


NewSecret = Annotated[NewSecretOptions, Depends(NewSecretOptions)]


def _fill(text: str | None, profile: str) -> str | None:
    return None if text is None else text.replace(_PLACEHOLDER, profile)
