"""The tag in a new key's name while its rotation is pending.

The name is a provider key's only free-text field, and names need not be unique. The tag
`NAME [rotates OLD_ID FINGERPRINT]` lets a rerun find its own key from any machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from llmctl.errors import Hint, UsageError
from llmctl.safe.secret import Secret

MAX_NAME = 255  # PostHog's limit for a provider key's name
_TAG = re.compile(
    r"(?P<name>.*) \[rotates (?P<old>[A-Za-z0-9._~-]+) (?P<fingerprint>[0-9a-f]{8})"
    r"(-(?P<old_mask>[0-9a-f]{4}))?(?P<active>\+active)?\]",
    re.DOTALL,
)


@dataclass(frozen=True)
class Tag:
    """The content of a tag. `name` is the name that the key gets when the rotation finishes.

    `fingerprint` is that of the new secret, `old_mask_fingerprint` that of the old key's mask
    (empty if not recorded). `was_active`: the old key was the active one.
    """

    name: str
    old_id: str
    fingerprint: str
    was_active: bool
    old_mask_fingerprint: str = ""

    def __str__(self) -> str:
        active = "+active" if self.was_active else ""
        old_mask = f"-{self.old_mask_fingerprint}" if self.old_mask_fingerprint else ""
        return f"{self.name} [rotates {self.old_id} {self.fingerprint}{old_mask}{active}]"


def read_tag(name: str) -> Tag | None:
    """Return the tag in a key's name; None if there is none."""
    match = _TAG.fullmatch(name)
    if match is None:
        return None
    was_active = match["active"] is not None
    return Tag(
        match["name"], match["old"], match["fingerprint"], was_active, match["old_mask"] or ""
    )


def tagged_name(tag: Tag) -> str:
    """Return the name of the pending key. Raise UsageError if it is too long for the server."""
    text = str(tag)
    if len(text) > MAX_NAME:
        raise UsageError(
            f"the key's name is {len(text) - MAX_NAME} characters too long: a rotation adds a tag "
            f"to it, and the limit is {MAX_NAME}",
            hint=Hint(
                "shorten the name",
                ("provider-keys", "update", tag.old_id, "--name", "NAME"),
                also=Hint("or use --strategy in-place"),
            ),
        )
    return text


@lru_cache(maxsize=64)
def secret_fingerprint(secret: Secret, old_id: str) -> str:
    """Return 8 hex digits that distinguish the secrets to which one key is rotated.

    Others can read it in the key's name, so it must not help to guess the secret: scrypt makes
    each guess expensive, and 32 bits confirm nothing.
    """
    import hashlib

    salt = b"llmctl rotation " + old_id.encode()
    digest = hashlib.scrypt(secret.reveal().encode(), salt=salt, n=2**14, r=8, p=1, dklen=4)
    return digest.hex()


def mask_fingerprint(mask: str) -> str:
    """Return 4 hex digits that show whether a key still has the same mask."""
    import hashlib

    return hashlib.sha256(mask.encode()).hexdigest()[:4]
