"""The cache for shell completion: ids and names from `list`, and the names of profiles.

Shells read it on TAB, so it consists of lines of text in the cache directory, in files whose names
a shell can derive from the command line and the environment:

    ids/PLACE/GROUP          id TAB name, the newest list on top
    ids/PLACE/GROUP.names    name TAB id: the names that a command takes in place of an id
    profiles                 name TAB host and project
    current-profile          name

A text that may be a secret is never stored.

llmctl itself never needs it, so failures to write are ignored.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmctl import paths
from llmctl.errors import ConfigError
from llmctl.output.sanitize import visible
from llmctl.safe.private_file import optional_files, read_private, write_private
from llmctl.safe.secret_forms import may_be_secret

if TYPE_CHECKING:
    from llmctl.api.resources import Resource
    from llmctl.config import ProfileStore, Settings

MAX_ROWS = 1_000
_MAX_NAME = 80
_LONGEST_WORD = 120  # a longer name is not offered
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # without a special meaning in any shell
_CHOSEN_ALONE = {"--project", "LLMCTL_PROJECT"}

Ids = dict[str, str]
NamesOf = Callable[[Sequence[dict[str, Any]]], Mapping[str, str]]


class ListedIds:
    """The ids and names of the rows of one list, up to MAX_ROWS.

    `names_of` returns the names by which a command finds the rows, by id; by default their labels.
    """

    def __init__(
        self, settings: Settings, resource: Resource, names_of: NamesOf | None = None
    ) -> None:
        self._settings = settings
        self._resource = resource
        self._names_of = names_of
        self._found: Ids = {}

    def add(self, row: dict[str, Any]) -> None:
        """Add the id of a row, if it has one."""
        if len(self._found) < MAX_ROWS and "id" in row:
            text = self._resource.label_of(row)
            self._found[str(row["id"])] = "" if text is None else str(text)

    def store(self, *, is_whole: bool) -> None:
        """Write them to the cache. A partial list is put before the ids already stored."""
        place = _place(self._settings)
        if place is None or self._resource.is_raw:
            return
        with optional_files():
            folder = _ids() / place
            if folder.is_symlink():
                return
            file = folder / self._resource.command
            labels, names = self._labels(folder), self._names(folder)
            if not is_whole:
                labels |= self._not_listed(_read(file))
                names |= self._not_listed(_read_names(file))
            known = [(key, label) for key, label in labels.items() if _WORD.fullmatch(key)]
            _write(file, known[:MAX_ROWS])
            count = Counter(names.values())
            words = [(name, key) for key, name in names.items() if count[name] == 1]
            offered = [each for each in words if self._is_offered(*each)]
            _write(_names_file(file), offered[:MAX_ROWS])

    def _not_listed(self, before: Ids) -> Ids:
        """Return what the cache has for other ids."""
        return {key: text for key, text in before.items() if key not in self._found}

    def _labels(self, folder: Path) -> Ids:
        """Return what people know the rows by: a name, or for a report its evaluation."""
        other = self._resource.label_resource
        if other is None:
            return {key: _label(text) for key, text in self._found.items()}
        names = _read_names(folder / other.command)
        return {
            key: _label(f"of {other.noun} {names.get(text, text)}" if text else "")
            for key, text in self._found.items()
        }

    def _names(self, folder: Path) -> Ids:
        """Return the names by which a command finds the rows."""
        other = self._resource.label_resource
        if other is not None:
            names = _read_names(folder / other.command)
            return {key: names[text] for key, text in self._found.items() if text in names}
        if self._names_of is None:
            return dict(self._found)
        return dict(self._names_of([{"id": k, "name": name} for k, name in self._found.items()]))

    def _is_offered(self, name: str, key: str) -> bool:
        """Return True if a shell can offer the name, and a command looks it up."""
        return (
            0 < len(name) <= _LONGEST_WORD
            and name == visible(name.strip())
            and not name.startswith("-")
            and not may_be_secret(name)
            and not self._resource.is_id(name)
            and _WORD.fullmatch(key) is not None
        )


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


def _label(text: str) -> str:
    return "" if may_be_secret(text) else visible(text[:_MAX_NAME])


def _read(file: Path) -> Ids:
    lines = (read_private(file) or b"").decode("utf-8", "replace").split("\n")
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _read_names(file: Path) -> Ids:
    """Return the names by id beside a file of ids."""
    return {key: name for name, key in _read(_names_file(file)).items()}


def _names_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.names")


def _write(file: Path, rows: Iterable[tuple[str, str]]) -> None:
    text = "".join(f"{key}\t{name}\n" for key, name in rows)
    write_private(file, text.encode("utf-8", "replace"), durable=False, follow_link=False)
