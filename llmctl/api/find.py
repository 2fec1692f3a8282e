"""Find objects by name: users give a name wherever an ID is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from llmctl.api.paging import EVERYTHING
from llmctl.api.resources import Object, Resource
from llmctl.errors import Hint, LlmctlError, NotFoundError, UnavailableError, UsageError
from llmctl.input.values import is_id, parse_reference

if TYPE_CHECKING:
    from llmctl.api.client import Client
    from llmctl.output.criteria import Criteria

# id -> a second name, for some of the objects of a list
Aliases = Callable[[Sequence[Object]], Mapping[str, str]]


class Found(NamedTuple):
    """An object that the user named; `name` is None for an ID, which is not looked up."""

    id: str
    name: str | None = None


def find(
    client: Client, resource: Resource, reference: str, *, aliases: Aliases | None = None
) -> Found:
    """Return the object with this ID or name; see `find_each`.

    NotFoundError with the nearest names, UsageError with the candidates if several have the name.
    """
    [found] = find_each(client, resource, [reference], aliases=aliases)
    if isinstance(found, LlmctlError):
        raise found
    return found


def find_each(
    client: Client,
    resource: Resource,
    references: Sequence[str],
    *,
    aliases: Aliases | None = None,
) -> list[Found | LlmctlError]:
    """Return, for each reference, the object or the error that `find` raises.

    A dashed UUID is an ID. Anything else is a name: the list is read once for all of them, and
    names are compared exactly. An evaluation report has the name of its evaluation, so that two
    lists are read. UsageError, and nothing is sent, if a reference may be a secret.
    """
    for reference in references:
        parse_reference(reference)
    named: Sequence[_Named] = ()
    if not all(map(is_id, references)):
        named = _read_names(client, resource, aliases)
    return [
        Found(reference) if is_id(reference) else _match(resource, named, reference)
        for reference in references
    ]


def find_by_label(
    client: Client, resource: Resource, ids: Sequence[str]
) -> list[Found | LlmctlError]:
    """Return, for each ID of another object, the object that has it in its label, or the error.

    Reports are found by the IDs of their evaluations so; the list is read once for all of them.
    """
    if not ids:
        return []
    named = [_Named(row.get(resource.label), row) for row in read_all(client, resource)]
    return [_match(resource, named, each.lower()) for each in ids]


def nearest_names(name: str, known: Iterable[str], otherwise: Hint) -> Hint:
    """Return the hint with the names that are spelled like `name`, and `otherwise`.

    A name that differs only in case is the only suggestion.
    """
    import difflib

    names = {each.lower(): each for each in known}
    wanted = name.lower()
    close = [wanted] if wanted in names else difflib.get_close_matches(wanted, names)
    if not close:
        return otherwise
    *others, last = [repr(names[each]) for each in close]
    meant = f"{', '.join(others)} or {last}" if others else last
    return Hint(f"did you mean {meant}", also=otherwise)


class _Named(NamedTuple):
    """An object with one of its names; None if it has none."""

    name: object
    row: Object


def _read_names(client: Client, resource: Resource, aliases: Aliases | None) -> list[_Named]:
    rows = read_all(client, resource)
    named = [_Named(row.get(resource.label), row) for row in rows]
    if resource.label_resource is not None:
        names = {
            row.get("id"): row.get("name") for row in read_all(client, resource.label_resource)
        }
        return [
            _Named(names.get(label) if isinstance(label, str) else None, row)
            for label, row in named
        ]
    others = aliases(rows) if aliases else {}
    return named + [_Named(others[row["id"]], row) for row in rows if row.get("id") in others]


def read_all(
    client: Client,
    resource: Resource,
    criteria: Criteria | None = None,
    query: Mapping[str, str | None] | None = None,
) -> list[Object]:
    """Return all objects, or those that pass. UnavailableError if some may be missing."""
    paging = EVERYTHING if criteria is None else EVERYTHING._replace(criteria=criteria)
    rows = client.list(resource, paging, dict(query or {}))
    found = list(rows)
    if rows.changed_while_reading:
        raise UnavailableError(
            f"the list of {resource.noun}s changed while it was read; nothing was done",
            hint=Hint("run the command again"),
        )
    return found


def _match(resource: Resource, named: Sequence[_Named], name: str) -> Found | LlmctlError:
    rows = {str(each.row.get("id")): each.row for each in named if each.name == name}
    if not all(map(is_id, rows)):
        return UnavailableError(f"unexpected response: the ID of a {resource.noun} is not valid")
    if len(rows) == 1:
        return Found(next(iter(rows)), name)
    if not rows:
        names = [each.name for each in named if isinstance(each.name, str)]
        known = [each for each in names if not is_id(each)]
        return NotFoundError(
            f"no {resource.noun} {_relation(resource, 's')} {name!r}",
            hint=nearest_names(name, known, _list_hint(resource, known)),
        )
    candidates = ", ".join(f"{key} ({_details(resource, row)})" for key, row in rows.items())
    return UsageError(
        f"{len(rows)} {resource.noun}s {_relation(resource)} {name!r}: {candidates}",
        hint=Hint("give the ID instead"),
    )


def _list_hint(resource: Resource, known: Sequence[str]) -> Hint:
    """Return the hint with the command that lists the objects, or else with their names."""
    if resource.command:
        return Hint("", (resource.command, "list"))
    return Hint(f"known: {', '.join(map(repr, known)) or 'none'}")


def _relation(resource: Resource, singular: str = "") -> str:
    """Return the verb between an object and its name."""
    if resource.label_resource is not None:
        return f"belong{singular} to {resource.label_resource.noun}"
    return "is named" if singular else "are named"


def _details(resource: Resource, row: Object) -> str:
    """Return what tells an object apart from others with its name."""
    shown = []
    for field in resource.details:
        value = row.get(field)
        if isinstance(value, bool):
            shown.append(field if value else f"not {field}")
        elif value is not None:
            shown.append(str(value))
    return ", ".join(shown)
