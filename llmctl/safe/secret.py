"""A secret that cannot be printed by accident."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from llmctl.errors import ConfigError, Hint, LlmctlError, UsageError
from llmctl.safe.secret_forms import SERVICE_PREFIX

MAX_LENGTH = 4096
MASK = "***"
_SHORTEST_HIDDEN = 8
_ALWAYS_MASKED = 16  # every server shows the ends of a secret of at least this length

# HTML entities; `&` first, or it would be replaced inside the others.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
# Texts that users give by mistake, as patterns. Compiling them here would slow down every start.
_MISTAKES = {
    r".{4}\.{3}.{4}|\*+": "it is a mask",
    r"\{.*\}|\[.*\]": "it looks like JSON",
    r"\".*\"|'.*'": "it is in quotes",
    r"\$\w+|\$\{.*\}|op://.*|vault:.*": "it is a reference to a secret",
    r"null": "it is null",
    r"None": "it is None",
}
_PERSONAL_KEY = r"phx_[A-Za-z0-9]{24,}"  # as PostHog creates them today
_NOT_PERSONAL = _MISTAKES | {
    r".*\*.*|.{0,8}\.{3}.{0,8}": "it is a mask",
    r"[{\[].*": "it looks like JSON",
    r"[\"'`].*|.*[\"'`]": "it is in quotes",
    r"[$%].*|[a-z]+://.*|arn:.*": "it is a reference to a secret",
    r"[/~@].*": "it is a path",
    r"<.*|(?i:(ph._)?(your.*|x{3,}|changeme|placeholder))": "it is a placeholder",
    r"[A-Z_]+=.*": "it starts with the name of a variable",
    r"phc_.*": "it is a project API key, which only ingests events",
    r"phs_.*": "it is a project secret API key, which this API does not accept",
    rf"({SERVICE_PREFIX}).*": "it looks like a key of another service",
}


class Secret:
    """A key whose `repr` and `str` are `***`, and which can be neither pickled nor serialised.

    Only code that needs the text may call `reveal`: `http/` sends it, the credentials file and the
    OS keyring in `config/` store it, `rotation/tag.py` and this module derive facts from it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def reveal(self) -> str:
        """Return the key itself."""
        return self._text

    def hide_in(self, text: str) -> str:
        """Return `text` with `***` in place of the secret: as it is, URL-encoded or HTML-escaped.

        A secret of fewer than 8 characters is not replaced: it could be any word.
        """
        if len(self._text) < _SHORTEST_HIDDEN:
            return text
        for form in self._forms():
            text = text.replace(form, MASK)
        return text

    def _forms(self) -> set[str]:
        from urllib.parse import quote

        page = self._text
        for character, entity in _ENTITIES.items():
            page = page.replace(character, entity)
        return {self._text, quote(self._text), quote(self._text, safe=""), page}

    @property
    def mask(self) -> str:
        """The first and the last four characters, or `****` for fewer than 16."""
        return "****" if len(self._text) < _ALWAYS_MASKED else self._ends

    def fits_mask(self, mask: str) -> bool | None:
        """Return True if a provider key with this mask can have the secret, None if unknown.

        Servers show the first and the last four characters, or only asterisks for a short secret:
        up to 8 characters, newer versions up to 15.
        """
        if not mask.strip("*"):
            return False if mask and len(self._text) >= _ALWAYS_MASKED else None
        return mask == self._ends

    @property
    def _ends(self) -> str:
        return f"{self._text[:4]}...{self._text[-4:]}"


def without_secrets(secrets: Collection[Secret], value: Any) -> Any:
    """Return a JSON value with `***` in place of the secrets in every string of it."""
    if isinstance(value, str):
        for secret in secrets:
            value = secret.hide_in(value)
        return value
    if isinstance(value, dict):
        return {
            without_secrets(secrets, key): without_secrets(secrets, item)
            for key, item in value.items()
        }
    return [without_secrets(secrets, item) for item in value] if isinstance(value, list) else value


class SecretToCome(Secret):
    """Stands for the secret that a command will print: plans and checks are made before it runs."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("")

    def reveal(self) -> NoReturn:
        raise AssertionError("the command that prints the secret was not run")

    @property
    def mask(self) -> str:
        """Its source, in place of the mask."""
        return "from the command"

    def fits_mask(self, mask: str) -> None:
        """Return None: unknown."""
        return


def parse_secret(text: str, *, source: str, error: type[LlmctlError]) -> Secret:
    """Return the key in `text`, without a line ending at its end.

    Raise `error`, naming `source`, if it is empty, longer than MAX_LENGTH, or has a character that
    a header cannot carry. The HTTP library would refuse that with the whole key in its message.
    """
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise error(f"{source} is empty; expected a key")
    if len(text) > MAX_LENGTH:
        raise too_long(source, error)
    for position, character in enumerate(text, start=1):
        if not "!" <= character <= "~":
            raise error(
                f"{source} is not a valid key: character {position} is U+{ord(character):04X}"
                f"{' (a space)' if character == ' ' else ''}, "
                "but keys contain only visible ASCII characters",
            )
    return Secret(text)


def too_long(source: str, error: type[LlmctlError]) -> LlmctlError:
    """Return the error for a key of more than MAX_LENGTH characters."""
    return error(f"{source} is not a valid key: longer than {MAX_LENGTH} characters")


def parse_personal_key(text: str, *, source: str) -> Secret:
    """Return the personal API key in `text`, as `parse_secret` and `check_personal_key` do."""
    return check_personal_key(parse_secret(text, source=source, error=ConfigError), source=source)


def check_personal_key(key: Secret, *, source: str) -> Secret:
    """Return `key`. Raise ConfigError, naming `source`, if it is clearly not a personal API key.

    Older keys have no prefix, so that an unknown form is accepted.
    """
    reason = _reason(key, _NOT_PERSONAL)
    if reason is not None:
        raise ConfigError(
            f"{source} is not a personal API key: {reason}",
            hint=Hint("personal API keys start with phx_; PostHog creates them in your settings"),
        )
    return key


def check_provider_secret(secret: Secret, personal_key: Secret) -> None:
    """Raise UsageError if the text is clearly not the secret of a provider key.

    Mistakes are the personal API key in use, a mask, JSON, quotes, a reference, and null.
    """
    reason = _reason(secret, _MISTAKES)
    if secret == personal_key:
        reason = "it is the personal API key in use"
    if reason is not None:
        raise UsageError(f"the secret is not a provider key: {reason}")


def _reason(secret: Secret, mistakes: Mapping[str, str]) -> str | None:
    """Return the description of the mistake that the secret matches; None if there is none."""
    text = secret.reveal()
    if re.fullmatch(_PERSONAL_KEY, text):
        return None
    return next((why for form, why in mistakes.items() if re.fullmatch(form, text)), None)
