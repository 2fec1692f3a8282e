"""What `list` leaves for the shells' completion: ids and names, and the names of the profiles.

A shell reads it at TAB, so these are lines of text in the cache directory, and their places have
names that a shell can make from what is typed and from the environment:

    ids/PLACE/GROUP    id TAB name, the newest list on top
    profiles           name TAB what it stands for
    current-profile    name

llmctl itself needs nothing of it, and what cannot be written is left out silently.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmctl import paths
from llmctl.errors import ConfigError
from llmctl.output.sanitize import visible
from llmctl.safe.private_file import read_private, write_private

if TYPE_CHECKING:
    from llmctl.api.resources import Resource
    from llmctl.config import ProfileStore, Settings

MAX_ROWS = 1_000
_MAX_NAME = 80
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # that no shell takes for anything else
_CHOSEN_ALONE = {"--project", "LLMCTL_PROJECT"}

Ids = dict[str, str]


def note_row(found: Ids, row: dict[str, Any]) -> None:
    """Add a row's id and name to `found`, up to the bound."""
    if len(found) < MAX_ROWS and "id" in row:
        found[str(row["id"])] = _name(row)


def remember(settings: Settings, resource: Resource, found: Ids, *, is_whole: bool) -> None:
    """Store the ids of a list. A partial list goes on top of what is there."""
    place = _place(settings)
    if place is None:
        return
    with contextlib.suppress(ConfigError):
        folder = _ids() / place
        if folder.is_symlink():
            return
        file = folder / resource.command
        rows = (
            found
            if is_whole
            else found | {key: name for key, name in _read(file).items() if key not in found}
        )
        _write(file, [(key, name) for key, name in rows.items() if _WORD.fullmatch(key)][:MAX_ROWS])


def forget(profile: str) -> None:
    """Remove the ids that were listed with a profile."""
    import shutil

    with contextlib.suppress(ConfigError, OSError):
        for place in _ids().iterdir():
            if place.name.partition("+")[0] == profile:
                shutil.rmtree(place, ignore_errors=True)


def remember_profiles(store: ProfileStore) -> None:
    """Leave the names of the stored profiles, and which one is the current."""
    with contextlib.suppress(ConfigError):
        known = [
            (profile.name, visible(f"{profile.host}, project {profile.project}"))
            for profile in store.profiles()
            if _WORD.fullmatch(profile.name)
        ]
        directory = paths.cache_dir()
        _write(directory / "profiles", known)
        current = f"{store.current() or ''}\n".encode()
        write_private(directory / "current-profile", current, durable=False, follow_link=False)


def _ids() -> Path:
    """Where the ids are. ConfigError where something else was put there: what a link leads to is
    not ours to write or to remove."""
    directory = paths.cache_dir() / "ids"
    if directory.is_symlink():
        raise ConfigError(f"{directory} is a link")
    return directory


def _place(settings: Settings) -> str | None:
    """The directory for a profile, its project overridden or not, or for the environment."""
    if settings.profile is None:
        return "+".join(
            _NOT_PLAIN.sub("_", text or "") for text in ("", settings.origin, settings.project)
        )
    if not _WORD.fullmatch(settings.profile):
        return None
    if settings.sources.get("project") in _CHOSEN_ALONE:
        return f"{settings.profile}+{_NOT_PLAIN.sub('_', settings.project or '')}"
    return settings.profile


def _name(row: dict[str, Any]) -> str:
    """What a person calls the row: a report has no name, and goes by its evaluation."""
    name = row.get("name")
    if name is None and "evaluation" in row:
        name = f"of evaluation {row['evaluation']}"
    return visible(str(name or "")[:_MAX_NAME])


def _read(file: Path) -> Ids:
    lines = (read_private(file) or b"").decode("utf-8", "replace").split("\n")
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _write(file: Path, rows: Iterable[tuple[str, str]]) -> None:
    text = "".join(f"{key}\t{name}\n" for key, name in rows)
    write_private(file, text.encode("utf-8", "replace"), durable=False, follow_link=False)
