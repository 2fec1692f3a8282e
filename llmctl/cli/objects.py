"""Commands on one or several objects, given by name or ID, or read from standard input.

Names are found before anything is changed. Then each object is done by itself: one failure does not
stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from llmctl.api.find import Aliases, Found, find_each
from llmctl.cli.dependencies import Confirmation
from llmctl.cli.injection import Depends
from llmctl.cli.options import ObjectsArgument
from llmctl.errors import (
    DeniedError,
    DryRun,
    ExitCode,
    InterruptedWriteError,
    LlmctlError,
    NotFoundError,
    UsageError,
    most_serious,
)
from llmctl.input.values import read_references
from llmctl.output import LocalRows, NotePrinter, Printer, note

if TYPE_CHECKING:
    from llmctl.api.client import Client
    from llmctl.api.resources import Object, Resource

# They end a command that changes several objects; other errors do not.
SIGNALS = (InterruptedWriteError, KeyboardInterrupt, SystemExit)


class References(NamedTuple):
    """The names and IDs that were given. `are_several`: more than one word, or standard input."""

    words: tuple[str, ...]
    are_several: bool


def given_objects(references: ObjectsArgument) -> References:
    """Return the objects that the words of an argument name."""
    words = read_references(references)
    if not words:
        note("standard input names no objects")
    return References(words, are_several=len(references) > 1 or "-" in references)


# The objects of a command.
Objects = Annotated[References, Depends(given_objects)]


def refuse_for_several(objects: References, given: Mapping[str, Any], *fields: str) -> None:
    """Raise UsageError if a field is given that makes sense for one object only."""
    for field in fields:
        if len(objects.words) > 1 and field in given:
            option = f"--{field.replace('_', '-')}"
            raise UsageError(f"{option} can only be given for one object; nothing was changed")


def find_all(
    client: Client,
    resource: Resource,
    objects: References,
    out: NotePrinter,
    *,
    aliases: Aliases | None = None,
) -> list[Found]:
    """Return the objects to change, each once. Every name that has no object is reported.

    Raise the most serious of these errors.
    """
    results = find_each(client, resource, objects.words, aliases=aliases)
    suffix = "; nothing was changed" if objects.are_several else ""
    return all_found(results, out, suffix=suffix)


def all_found(
    results: Sequence[Found | LlmctlError], out: NotePrinter, *, suffix: str = ""
) -> list[Found]:
    """Return the objects, each once, if all were found. Otherwise every error is reported.

    Raise the most serious of them, its message followed by `suffix`.
    """
    errors = [each for each in results if isinstance(each, LlmctlError)]
    if errors:
        code = most_serious({each.exit_code for each in errors})
        last = next(each for each in errors if each.exit_code is code)
        for error in errors:
            if error is not last:
                out.error(error)
        raise last.restated(last.message + suffix, last.hint) if suffix else last
    return _each_once(each for each in results if isinstance(each, Found))


def show_each(
    client: Client,
    resource: Resource,
    objects: References,
    out: Printer,
    *,
    aliases: Aliases | None = None,
) -> ExitCode:
    """Print the objects that are there, and report the others."""
    results = find_each(client, resource, objects.words, aliases=aliases)
    errors = [each for each in results if isinstance(each, LlmctlError)]
    if errors and not objects.are_several:
        raise errors[0]
    for error in errors:
        out.error(error)
    found = _each_once(each for each in results if isinstance(each, Found))
    code = print_each(client, objects, found, lambda each: client.get(resource, each.id), out)
    return most_serious({*(error.exit_code for error in errors), code})


def update_each(
    client: Client, resource: Resource, objects: References, changes: Object, out: Printer
) -> ExitCode:
    """Change the fields of all objects, and print them."""

    def update_one(found: Found) -> Object:
        return client.update(resource, found.id, changes)

    return print_each(client, objects, find_all(client, resource, objects, out), update_one, out)


def print_each(
    client: Client,
    objects: References,
    found: Sequence[Found],
    do: Callable[[Found], Object],
    out: Printer,
) -> ExitCode:
    """Print the object that `do` returns: several as a list. Return the most serious exit code.

    With several, what `do` wrote is checked after each one.
    """
    if not objects.are_several:
        out.item(do(found[0]))
        return ExitCode.OK
    rows = LocalRows()

    def add(each: Found) -> None:
        rows.append(do(each))
        client.confirm_writes()

    try:
        code = for_each(found, add, out)
    except DryRun:
        raise
    except BaseException:
        if rows:
            out.rows(rows)
        raise
    if rows or out.output != "table":
        out.rows(rows)
    return code


def for_each(found: Sequence[Found], do: Callable[[Found], None], out: NotePrinter) -> ExitCode:
    """Call `do` for each object, and report the failures. Return the most serious exit code.

    With --dry-run, the commands of all are printed.
    """
    codes: set[int] = set()
    commands = []
    for place, each in enumerate(found, start=1):
        try:
            do(each)
        except DryRun as dry_run:
            commands.append(dry_run.command)
        except SIGNALS as signal:
            if left := found[place:]:
                out.note(f"stopped before {', '.join(other.name or other.id for other in left)}")
            if isinstance(signal, LlmctlError) and len(found) > 1:
                raise _naming(each, signal) from None
            raise
        except LlmctlError as error:
            codes.add(error.exit_code)
            out.error(_naming(each, error) if len(found) > 1 else error)
    if commands:
        raise DryRun("\n".join(commands))
    return most_serious(codes)


def confirm_each(
    confirm: Confirmation,
    client: Client,
    resource: Resource,
    found: Sequence[Found],
    consequence: str,
    verb: str = "Delete",
) -> None:
    """Ask before objects are changed, naming each one. `consequence` completes "It ..."/"They ...".

    Names that are not known yet are read for the question only.
    """
    if not confirm.asks or not found:
        return
    named = [described(resource, with_name(client, resource, each)) for each in found]
    ask_about(confirm, client, resource, named, consequence, verb)


def ask_about(
    confirm: Confirmation,
    client: Client,
    resource: Resource,
    named: Sequence[str],
    consequence: str,
    verb: str,
) -> None:
    """Name the project, and ask about its objects as they are `named`; see `confirm_each`."""
    if not confirm.asks or not named:
        return
    note(client.described)
    if len(named) == 1:
        confirm(f"{verb} {named[0]}? It {consequence}.")
        return
    for text in named:
        note(f"  {text}")
    confirm(f"{verb} these {len(named)} {resource.noun}s? They {consequence}.")


def in_turn(*stages: Callable[[], ExitCode]) -> ExitCode:
    """Carry out the stages of a command; return the most serious exit code.

    With --dry-run, the commands of all are printed.
    """
    codes: set[int] = set()
    commands = []
    for stage in stages:
        try:
            codes.add(stage())
        except DryRun as dry_run:
            commands.append(dry_run.command)
    if commands:
        raise DryRun("\n".join(commands))
    return most_serious(codes)


def described(resource: Resource, found: Found) -> str:
    """Return the name, if known, and the ID of an object for a sentence."""
    if found.name is None:
        return f"{resource.noun} {found.id}"
    if resource.label_resource is not None:
        return f"{resource.noun} {found.id} of {found.name!r}"
    return f"{resource.noun} {found.name!r} ({found.id})"


def with_name(client: Client, resource: Resource, found: Found) -> Found:
    """Return the object with its name, which is read if an ID was given."""
    if found.name is not None:
        return found
    try:
        name = resource.label_of(client.get(resource, found.id))
        if resource.label_resource is not None and isinstance(name, str):
            name = _label_of(client, resource.label_resource, name)
    except DeniedError as error:
        if error.status != 403:
            raise
        note(f"cannot read the name of {described(resource, found)}: {error.message}")
        return found
    return found._replace(name=name if isinstance(name, str) else None)


def _label_of(client: Client, resource: Resource, object_id: str) -> object:
    try:
        return resource.label_of(client.get(resource, object_id))
    except NotFoundError:
        return object_id


def _each_once(found: Iterable[Found]) -> list[Found]:
    """Return the objects without those that were given twice."""
    once: dict[str, Found] = {}
    for each in found:
        once.setdefault(each.id.lower(), each)
    return list(once.values())


def _naming(found: Found, error: LlmctlError) -> LlmctlError:
    """Return the error with the object's name or ID, if its message lacks it."""
    given = found.id if found.name is None else repr(found.name)
    if given in error.message:
        return error
    return error.restated(f"{given}: {error.message}", error.hint)
