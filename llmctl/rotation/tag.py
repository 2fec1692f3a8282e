"""The tag in a provider key's name: a rotation that is pending or kept, and secrets to revoke.

The name is a provider key's only free-text field, and names need not be unique. The tag lets a
rerun find its own key, and what is left to do, from any machine. It is one trailing bracket with
parts joined by `; `:

    NAME [rotates OLD_ID FINGERPRINT-OLD_MASK_FINGERPRINT+active+kept]   on the new key
    NAME [replaced by NEW_ID]                                            on the old key while kept
    NAME [revoke PROVIDER MASK OLD_ID xCOUNT-PROJECTS]                   until it is revoked
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from llmctl.errors import Hint, UsageError
from llmctl.safe.secret import Secret

MAX_NAME = 255  # PostHog's limit for a provider key's name
_ID = r"[A-Za-z0-9._~-]+"
_MASK = r"\*+|\S{1,9}\.\.\.\S{1,9}"
_ROTATES = (
    rf"rotates (?P<old>{_ID}) (?P<fingerprint>[0-9a-f]{{8}})"
    r"(-(?P<old_mask>[0-9a-f]{4}))?(?P<active>\+active)?(?P<kept>\+kept)?"
)
_REPLACED = rf"replaced by (?P<new>{_ID})"
_REVOKE = (
    rf"revoke (?P<provider>\S+) (?P<mask>{_MASK}) (?P<key>{_ID})"
    r"( x(?P<count>[1-9][0-9]*)-(?P<projects>[0-9a-f]{8}))?"
)
_PART = re.compile(rf"(?:{_ROTATES}|{_REPLACED}|{_REVOKE})(?:; |$)")
_BRACKET = re.compile(r" \[(?=rotates |replaced by |revoke )")


@dataclass(frozen=True)
class Tag:
    """The part that marks the new key of a rotation of the key `old_id`.

    `fingerprint` is that of the new secret, `old_mask_fingerprint` that of the old key's mask
    (empty if not recorded). `was_active`: the old key was the active one. `is_kept`: the new key is
    in use, and the old one is kept until the rotation is finished or rolled back.
    """

    old_id: str
    fingerprint: str
    was_active: bool
    old_mask_fingerprint: str = ""
    is_kept: bool = False

    def __str__(self) -> str:
        old_mask = f"-{self.old_mask_fingerprint}" if self.old_mask_fingerprint else ""
        flags = f"{'+active' if self.was_active else ''}{'+kept' if self.is_kept else ''}"
        return f"rotates {self.old_id} {self.fingerprint}{old_mask}{flags}"


@dataclass(frozen=True)
class Owed:
    """A secret that is to be revoked at its provider; `key_id` is the key that it belonged to.

    If several projects share it, `count` is their number and `projects` their fingerprint.
    """

    provider: str
    mask: str
    key_id: str
    count: int = 1
    projects: str = ""

    @classmethod
    def of(cls, provider: str, mask: str, key_id: str, count: int = 1, projects: str = "") -> Self:
        """Return what is owed for a key. A mask of an unknown form counts as one of asterisks."""
        is_known = re.fullmatch(_MASK, mask) is not None
        return cls(provider, mask if is_known else "****", key_id, count, projects)

    def __str__(self) -> str:
        shared = f" x{self.count}-{self.projects}" if self.projects else ""
        return f"revoke {self.provider} {self.mask} {self.key_id}{shared}"

    @property
    def secret(self) -> tuple[str, str]:
        """The provider and mask: all that can be seen of the secret."""
        return self.provider, self.mask


@dataclass(frozen=True)
class KeyName:
    """A key's name: `plain`, as the user gave it, and the parts of its tag."""

    plain: str
    tag: Tag | None = None
    replaced_by: str | None = None
    owed: tuple[Owed, ...] = ()

    def __str__(self) -> str:
        parts = [
            *([str(self.tag)] if self.tag else []),
            *([f"replaced by {self.replaced_by}"] if self.replaced_by else []),
            *map(str, self.owed),
        ]
        return f"{self.plain} [{'; '.join(parts)}]" if parts else self.plain

    @property
    def has_tag(self) -> bool:
        """True if anything follows the plain name."""
        return self != KeyName(self.plain)

    def owing(self, more: Iterable[Owed]) -> KeyName:
        """Return the name with more secrets to revoke, each once."""
        return dataclasses.replace(self, owed=tuple(dict.fromkeys((*self.owed, *more))))

    def without(self, settled: Owed) -> KeyName:
        """Return the name without a secret that has been revoked."""
        return dataclasses.replace(self, owed=tuple(each for each in self.owed if each != settled))


@lru_cache(maxsize=1024)
def read_name(name: str) -> KeyName:
    """Return the parts of a key's name. A bracket that is no tag belongs to the plain name."""
    if name.endswith("]"):
        for bracket in reversed(list(_BRACKET.finditer(name))):
            read = _read_parts(KeyName(name[: bracket.start()]), name[bracket.end() : -1])
            if read is not None:
                return read
    return KeyName(name)


def plain_names(keys: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of keys without their tags, by id.

    While a rotation is pending, the plain name is that of the old key, and not of the new one.
    """
    names = {str(key.get("id")): read_name(str(key.get("name") or "")) for key in keys}
    return {
        key_id: name.plain
        for key_id, name in names.items()
        if name.tag is None or name.tag.old_id not in names
    }


def _read_parts(read: KeyName, text: str) -> KeyName | None:
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None or (part.end() == len(text) and part[0].endswith("; ")):
            return None
        position = part.end()
        if part["old"]:
            tag = Tag(
                part["old"],
                part["fingerprint"],
                part["active"] is not None,
                part["old_mask"] or "",
                part["kept"] is not None,
            )
            read = dataclasses.replace(read, tag=tag)
        elif part["new"]:
            read = dataclasses.replace(read, replaced_by=part["new"])
        else:
            count, projects = int(part["count"] or 1), part["projects"] or ""
            read = read.owing([Owed(part["provider"], part["mask"], part["key"], count, projects)])
    return read


def fitting_name(name: KeyName, key_id: str) -> str:
    """Return the text of a name. Raise UsageError if it is too long for the server.

    `key_id` is the key to whose name the tag is added.
    """
    text = str(name)
    if len(text) > MAX_NAME:
        also = Hint("or use --strategy in-place") if name.tag else None
        raise UsageError(
            f"the key's name is {len(text) - MAX_NAME} characters too long: a rotation adds a tag "
            f"to it, and the limit is {MAX_NAME}",
            hint=Hint(
                "shorten the name",
                ("provider-keys", "update", key_id, "--name", "NAME"),
                also=also,
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


def projects_fingerprint(projects: Iterable[tuple[str, str]]) -> str:
    """Return 8 hex digits for a set of projects, each given as its host and id."""
    import hashlib

    text = "\n".join(f"{host} {project}" for host, project in sorted(projects))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
