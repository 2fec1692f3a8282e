"""The cache for shell completion: ids and names from `list`, and the names of profiles.

Shells read it on TAB, so it consists of lines of text in the cache directory, in files whose names
a shell can derive from the command line and the environment:

    ids/PLACE/GROUP    id TAB name, the newest list on top
    profiles           name TAB host and project
    current-profile    name

llmctl itself never needs it, so failures to write are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmctl import paths
from llmctl.errors import ConfigError
from llmctl.output.sanitize import visible
from llmctl.safe.private_file import optional_files, read_private, write_private

if TYPE_CHECKING:
    from llmctl.api.resources import Resource
    from llmctl.config import ProfileStore, Settings

MAX_ROWS = 1_000
_MAX_NAME = 80
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # without a special meaning in any shell
_CHOSEN_ALONE = {"--project", "LLMCTL_PROJECT"}

Ids = dict[str, str]


class ListedIds:
    """The ids and names of the rows of one list, up to MAX_ROWS."""

    def __init__(self, settings: Settings, resource: Resource) -> None:
        self._settings = settings
        self._resource = resource
        self._found: Ids = {}

    def add(self, row: dict[str, Any]) -> None:
        """Add the id of a row, if it has one."""
        if len(self._found) < MAX_ROWS and "id" in row:
            self._found[str(row["id"])] = _label(row, self._resource)

    def store(self, *, is_whole: bool) -> None:
        """Write them to the cache. A partial list is put before the ids already stored."""
        place = _place(self._settings)
        if place is None:
            return
        with optional_files():
            folder = _ids() / place
            if folder.is_symlink():
                return
            file = folder / self._resource.command
            before = {} if is_whole else _read(file)
            rows = self._found | {k: name for k, name in before.items() if k not in self._found}
            known = [(key, name) for key, name in rows.items() if _WORD.fullmatch(key)]
            _write(file, known[:MAX_ROWS])


def forget(profile: str) -> None:
    """Remove the ids that were listed with a profile."""
    import shutil

    with optional_files():
        for place in _ids().iterdir():
            if place.name.partition("+")[0] == profile:
                shutil.rmtree(place, ignore_errors=True)


def remember_profiles(store: ProfileStore) -> None:
    """Store the names of the profiles, and which one is current."""
    with optional_files():
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
    """Return the directory of the ids.

    ConfigError if it is a symbolic link: llmctl must not write to or remove its target.
    """
    directory = paths.cache_dir() / "ids"
    if directory.is_symlink():
        raise ConfigError(f"{directory} is a symbolic link")
    return directory


def _place(settings: Settings) -> str | None:
    """Return the directory name for a profile (and an overridden project) or the environment."""
    if settings.profile is None:
        return "+".join(
            _NOT_PLAIN.sub("_", text or "") for text in ("", settings.origin, settings.project)
        )
    if not _WORD.fullmatch(settings.profile):
        return None
    if settings.sources.get("project") in _CHOSEN_ALONE:
        return f"{settings.profile}+{_NOT_PLAIN.sub('_', settings.project or '')}"
    return settings.profile


def _label(row: dict[str, Any], resource: Resource) -> str:
    """Return what people know a row by: its name, or for a report `of evaluation ID`."""
    text = row.get(resource.label)
    if text is not None and resource.label != "name":
        text = f"of {resource.label} {text}"
    return visible(str(text or "")[:_MAX_NAME])


def _read(file: Path) -> Ids:
    lines = (read_private(file) or b"").decode("utf-8", "replace").split("\n")
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _write(file: Path, rows: Iterable[tuple[str, str]]) -> None:
    text = "".join(f"{key}\t{name}\n" for key, name in rows)
    write_private(file, text.encode("utf-8", "replace"), durable=False, follow_link=False)
