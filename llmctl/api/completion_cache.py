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
_UUID = r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
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
            text = row.get(self._resource.label)
            self._found[str(row["id"])] = "" if text is None else str(text)

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
            labels = {key: _label(text, self._resource) for key, text in self._found.items()}
            rows = self._with_others(labels, before)
            known = [(key, name) for key, name in rows.items() if _WORD.fullmatch(key)]
            _write(file, known[:MAX_ROWS])
            file = folder / f"{self._resource.command}.names"
            before = {} if is_whole else {key: name for name, key in _read(file).items()}
            names = self._with_others(self._names(), before)
            count = Counter(names.values())
            known = [(name, key) for key, name in names.items() if count[name] == 1]
            _write(file, [each for each in known if _is_offered(*each)][:MAX_ROWS])

    def _with_others(self, found: Ids, before: Ids) -> Ids:
        """Return what was found, and what the cache had for ids that were not listed."""
        return found | {key: text for key, text in before.items() if key not in self._found}

    def _names(self) -> Ids:
        """Return the names by id, of the rows that are found by one."""
        if self._names_of is not None:
            return dict(self._names_of([{"id": k, "name": n} for k, n in self._found.items()]))
        return self._found if self._resource.label == "name" else {}


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


def _label(text: str, resource: Resource) -> str:
    """Return what people know a row by: its name, or for a report `of evaluation ID`."""
    if text and resource.label != "name":
        text = f"of {resource.label} {text}"
    return "" if may_be_secret(text) else visible(text[:_MAX_NAME])


def _is_offered(name: str, key: str) -> bool:
    """Return True if a shell can offer the name as a word, and a command would look it up."""
    return (
        0 < len(name) <= _LONGEST_WORD
        and name == visible(name.strip())
        and not name.startswith("-")
        and not may_be_secret(name)
        and re.fullmatch(_UUID, name) is None
        and _WORD.fullmatch(key) is not None
    )


def _read(file: Path) -> Ids:
    lines = (read_private(file) or b"").decode("utf-8", "replace").split("\n")
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _write(file: Path, rows: Iterable[tuple[str, str]]) -> None:
    text = "".join(f"{key}\t{name}\n" for key, name in rows)
    write_private(file, text.encode("utf-8", "replace"), durable=False, follow_link=False)
