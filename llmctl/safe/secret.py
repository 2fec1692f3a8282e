"""A key that cannot be printed by accident."""

from __future__ import annotations

import re
from typing import NoReturn

from llmctl.errors import LlmctlError

MAX_LENGTH = 4096
MASK = "***"
_SHORTEST_HIDDEN = 8
_ALWAYS_MASKED = 16  # from this length on every server shows the ends of a provider's secret

# As pages have it; `&` first, or it would be replaced in the others.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_KEY_PREFIX = re.compile(r"(ph[a-z]_|sk-|gsk_|xai-|AIza).{16}")


class Secret:
    """A key whose `repr` and `str` are `***`, and which neither pickles nor serialises.

    `reveal` is for the places that must have the text: the traffic function in `transport/`, and
    the writers of the credentials file and of the OS keyring in `config/`.
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
        """The text itself."""
        return self._text

    def hide_in(self, text: str) -> str:
        """`text` with `***` wherever it repeats the secret, as it is or as an address or a page
        has it; too short a secret says nothing."""
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
        """First and last four characters, or `****` where that would show too much."""
        if len(self._text) < 16:
            return "****"
        return f"{self._text[:4]}...{self._text[-4:]}"

    def fits_mask(self, mask: str) -> bool | None:
        """Whether a provider key with this mask can hold the secret; None where it does not say.

        Servers show the first and the last four characters, or only stars for a short secret: up
        to 8 characters, newer ones up to 15.
        """
        if not mask.strip("*"):
            return False if mask and len(self._text) >= _ALWAYS_MASKED else None
        return mask == f"{self._text[:4]}...{self._text[-4:]}"


def parse_secret(text: str, *, source: str, error: type[LlmctlError]) -> Secret:
    """The key in `text`, which came from `source`; one line ending at its end is dropped.

    A header can only carry visible ASCII: anything else is refused here, by position and code
    point, because the HTTP library would put the whole key into its message.
    """
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise error(f"{source} holds no key: it is empty")
    if len(text) > MAX_LENGTH:
        raise error(f"{source} does not hold a key: it is longer than {MAX_LENGTH} characters")
    for position, character in enumerate(text, start=1):
        if not "!" <= character <= "~":
            raise error(
                f"{source} does not hold a key: character {position} is U+{ord(character):04X}, "
                "and a key is one word of visible ASCII characters",
            )
    return Secret(text)


def looks_like_key(text: str) -> bool:
    """Whether `text` starts as the keys of PostHog and of providers do: not to be repeated."""
    return _KEY_PREFIX.match(text) is not None
