"""The tag in a new key's name while its rotation lasts.

A provider key has no field but its name that could say what it is for, and names need not be
unique. The tag `NAME [rotates OLD_ID MARK]` lets a rerun find its own key from any machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from llmctl.errors import UsageError
from llmctl.safe.secret import Secret

MAX_NAME = 255  # PostHog's limit for a provider key's name
_TAG = re.compile(
    r"(?P<name>.*) \[rotates (?P<old>[A-Za-z0-9._~-]+) (?P<mark>[0-9a-f]{8})"
    r"(-(?P<old_mark>[0-9a-f]{4}))?(?P<active>\+active)?\]",
    re.DOTALL,
)


@dataclass(frozen=True)
class Tag:
    """What a pending key's name says: `name` is what it gets in the end.

    `mark` is the new secret's fingerprint, `old_mark` that of the old key's mask.
    """

    name: str
    old_id: str
    mark: str
    was_active: bool
    old_mark: str = ""

    def __str__(self) -> str:
        active = "+active" if self.was_active else ""
        old_mark = f"-{self.old_mark}" if self.old_mark else ""
        return f"{self.name} [rotates {self.old_id} {self.mark}{old_mark}{active}]"


def read_tag(name: str) -> Tag | None:
    """The tag in a name; None for a key that is no rotation's."""
    match = _TAG.fullmatch(name)
    if match is None:
        return None
    was_active = match["active"] is not None
    return Tag(match["name"], match["old"], match["mark"], was_active, match["old_mark"] or "")


def tagged_name(tag: Tag) -> str:
    """The name of the pending key. UsageError where the server could not hold it."""
    text = str(tag)
    if len(text) > MAX_NAME:
        raise UsageError(
            f"the key's name is too long to be rotated: {len(text) - MAX_NAME} characters more "
            "than fit beside the rotation's tag",
            hint="shorten it with provider-keys update --name, or use --strategy in-place",
        )
    return text


@lru_cache(maxsize=64)
def mark_of(secret: Secret, old_id: str) -> str:
    """A fingerprint of 32 bits that tells the secrets of one rotation apart.

    It stands in a name that others read, so that it must not help to guess the secret: scrypt
    makes each guess dear, and 32 bits confirm nothing.
    """
    import hashlib

    salt = b"llmctl rotation " + old_id.encode()
    digest = hashlib.scrypt(secret.reveal().encode(), salt=salt, n=2**14, r=8, p=1, dklen=4)
    return digest.hex()


def mark_of_mask(mask: str) -> str:
    """A fingerprint of a mask: whether a key still has the secret that it had."""
    import hashlib

    return hashlib.sha256(mask.encode()).hexdigest()[:4]
