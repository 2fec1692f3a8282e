"""Find the objects that the entries of a file describe, and the objects that they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmctl.api.find import nearest_names
from llmctl.api.resources import SLACK_INTEGRATIONS
from llmctl.errors import Hint
from llmctl.project_file.kinds import BY_TABLE, KINDS, Field
from llmctl.project_file.model import Entry, Problem, Project, ProjectFile, Stored
from llmctl.safe.secret_forms import is_uuid

_NOUNS = {"integrations": "Slack integration", "evaluation_directories": "evaluation directory"}
_ADVICE = {
    "integrations": "connect it in PostHog",
    "evaluation_directories": "create it in PostHog",
}

MAX_NAMES = 10  # names of objects that a message lists


class References:
    """Matches the entries of a file with the objects of a project.

    `problems` are ambiguous entries, and IDs that no object has.
    """

    def __init__(self, file: ProjectFile, project: Project) -> None:
        self._file = file
        self._project = project
        self._stored: dict[int, Stored] = {}  # by the identity of the entry
        self._entries: dict[str, Entry] = {}  # by the ID of the object
        self.problems: list[Problem] = []
        for kind in KINDS:  # evaluations before their reports
            entries = file.of(kind.table)
            for entry in sorted(entries, key=lambda each: each.id is None):
                self._match(entry)

    def stored(self, entry: Entry) -> Stored | None:
        """Return the object that an entry describes; None if it is to be created."""
        return self._stored.get(id(entry))

    def entry(self, stored: Stored) -> Entry | None:
        """Return the entry that describes an object."""
        return self._entries.get(_key(stored))

    def find(self, table: str, reference: str) -> Stored | Entry | str:
        """Return the object that a reference in the file names; an Entry if it is to be created.

        An error message if there is none, or if there are several.
        """
        resource = BY_TABLE[table].resource
        stored = self._project.of(table)
        if resource.is_id(reference):
            wanted = self._project.pending.get(reference.lower(), reference.lower())
            found = next((each for each in stored if each.id == wanted), None)
            if found is None and table in self._project.unread:
                return Stored(BY_TABLE[table], wanted, wanted, {}, {})  # as exports have it
            return found or f"no {resource.noun} in this project has the ID {reference}"
        name = reference.strip()
        entries = [each for each in self._file.of(table) if each.name.strip() == name]
        others = [each for each in stored if each.name.strip() == name and not self.entry(each)]
        if len(entries) + len(others) == 1:
            entry = entries[0] if entries else None
            return others[0] if entry is None else self.stored(entry) or entry
        if entries or others:
            ids = [each.id for each in (*map(self.stored, entries), *others) if each]
            return f"several {resource.noun}s are named {reference!r}: use an ID ({', '.join(ids)})"
        if table in self._project.unread:
            return f"cannot look up {resource.noun} {reference!r}: {self._project.unread[table]}"
        known = [each.name for each in self._file.of(table)]
        known += [each.name for each in stored if not self.entry(each)]  # others may be renamed
        return _unknown(resource.noun, reference, known)

    def find_stored(self, table: str, reference: str) -> Stored | None:
        """Return the object that a reference in the project's own values names."""
        for each in self._project.of(table):
            if reference == (each.name if each.is_unique else each.id):
                return each
        return None

    def find_id(self, table: str, reference: str) -> tuple[str | None, str]:
        """Return the ID of an object outside the file: a directory or an integration.

        None and an error message if there is none, or if there are several.
        """
        noun = _NOUNS[table]
        names = self._project.references.get(table, {})
        if _is_id(table, reference):
            if reference in names or table not in self._project.references:
                return reference, ""
            return None, f"no {noun} in this project has the ID {reference}"
        found = [each for each, name in names.items() if name.strip() == reference.strip()]
        if len(found) == 1:
            return found[0], ""
        if found:
            return None, f"several {noun}s are named {reference!r}: use an ID ({', '.join(found)})"
        if table in self._project.unread:
            return None, f"cannot look up {noun} {reference!r}: {self._project.unread[table]}"
        return None, _unknown(noun, reference, names.values(), _ADVICE[table])

    def canonical(self, field: Field, value: Any) -> Any:
        """Return a value of the file with its references in the form that the project has.

        References that cannot be resolved stay as they are.
        """
        if field.refers_to and isinstance(value, str):
            return self._reference(field.refers_to, value)
        if field.name == "model_configuration" and isinstance(value, dict):
            key = value.get("provider_key")
            rest = {name: each for name, each in value.items() if name != "provider_key"}
            return (
                {**rest, "provider_key": self._reference("provider_keys", key)}
                if isinstance(key, str)
                else rest
            )
        if field.name == "delivery_targets" and isinstance(value, list):
            return [self._target(each) for each in value]
        return value

    def _target(self, target: Any) -> Any:
        if not isinstance(target, dict) or target.get("integration") is None:
            return target
        reference = self._reference("integrations", str(target["integration"]))
        return {**target, "integration": reference}

    def _reference(self, table: str, reference: str) -> str:
        if table not in BY_TABLE:
            found_id, _ = self.find_id(table, reference)
            names = self._project.references.get(table, {})
            name = names.get(found_id or "", "")
            is_unique = sum(each.strip() == name.strip() for each in names.values()) == 1
            is_name = name and is_unique and not _is_id(table, name.strip())
            return name if is_name else found_id or reference
        found = self.find(table, reference)
        if isinstance(found, Stored):
            return found.name if found.is_unique else found.id
        return found.name if isinstance(found, Entry) else reference

    def unresolved(self, entry: Entry, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield a problem for each reference in an entry's values that cannot be resolved."""
        for field, table, reference in references(entry, values):
            if table in BY_TABLE:
                found = self.find(table, reference)
                problem = found if isinstance(found, str) else ""
            else:
                _, problem = self.find_id(table, reference)
            if problem:
                yield Problem(problem, entry.at(field))

    def _match(self, entry: Entry) -> None:
        kind = entry.kind
        stored = self._project.of(kind.table)
        if kind.is_single:
            found = list(stored)
        elif entry.id is not None:
            found = [each for each in stored if each.id == entry.id.lower()]
            if not found:
                self.problems.append(
                    Problem(
                        f"no {kind.resource.noun} in this project has the ID {entry.id}; "
                        "remove id to find it by name",
                        entry.at("id"),
                    )
                )
        else:
            name = entry.name.strip()
            if kind.table == "evaluation_reports":
                name = self._reference("evaluations", name)
            found = [each for each in stored if each.name.strip() == name and not self.entry(each)]
        if len(found) > 1:
            candidates = " or ".join(f'id = "{each.id}"' for each in found)
            which = "belong to" if kind.table == "evaluation_reports" else "are named"
            self.problems.append(
                Problem(
                    f"{len(found)} {kind.resource.noun}s {which} {entry.name!r}; add {candidates}",
                    entry.at(kind.label),
                )
            )
        elif found:
            self._stored[id(entry)] = found[0]
            self._entries[_key(found[0])] = entry


def references(entry: Entry, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the path, the table and the text of each reference in the values."""
    for field in entry.kind.fields:
        value = values.get(field.name)
        if field.refers_to and isinstance(value, str):
            yield field.name, field.refers_to, value
        elif field.name == "model_configuration" and isinstance(value, dict):
            if isinstance(value.get("provider_key"), str):
                yield f"{field.name}.provider_key", "provider_keys", value["provider_key"]
        elif field.name == "delivery_targets" and isinstance(value, list):
            for number, target in enumerate(value):
                if isinstance(target, dict) and target.get("integration") is not None:
                    path = f"{field.name}.{number}.integration"
                    yield path, "integrations", str(target["integration"])


def provider_of(
    key: Stored | Entry | str | None, references: References, *, is_after: bool
) -> str | None:
    """Return the provider of a key, before or after the plan; None if it is not known."""
    if key is None or isinstance(key, str):
        return None
    entry = key if isinstance(key, Entry) else references.entry(key) if is_after else None
    stored = key.values if isinstance(key, Stored) else {}
    provider = (entry.values if entry else stored).get("provider", stored.get("provider"))
    return provider if isinstance(provider, str) else None


def _key(stored: Stored) -> str:
    return f"{stored.kind.table} {stored.id}"


def _unknown(noun: str, reference: str, known: Iterable[str], advice: str = "") -> str:
    names = sorted({*known})
    others = nearest_names(reference, names, Hint("")).text
    if others:
        return f"no {noun} is named {reference!r}; {others}?"
    others = "the project has none"
    if names:
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        others = f"known: {', '.join(map(repr, names[:MAX_NAMES]))}{more}"
    return f"no {noun} is named {reference!r}; {others}{advice and f'; or {advice}'}"


def _is_id(table: str, reference: str) -> bool:
    """Return True for an ID of an object outside the file."""
    return (SLACK_INTEGRATIONS.is_id if table == "integrations" else is_uuid)(reference)
