"""Parse the text of an option: JSON, `@FILE`, `-`, null, numbers, ages, ids.

Every function raises UsageError for bad text, with the option and the position of the error.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from llmctl.errors import Hint, UsageError
from llmctl.input.files import read_file, read_stdin, shown_path
from llmctl.input.text import BYTE_ORDER_MARK, NotTextError, decode
from llmctl.output.sanitize import typed
from llmctl.safe.secret_forms import is_uuid, may_be_secret, path_may_be_secret, starts_like_key

MAX_DIGITS = 1000  # more than any real number has, fewer than Python refuses to parse
STDIN = ("-", "@-")  # the second one as in curl
MAX_BYTES = 20 * 1024 * 1024  # PostHog's limit for a request body

KEY_FIELDS = {"api_key", "personal_api_key"}


class Null:
    """The type of NULL: JSON null, as a value or as a body. None means that nothing is given."""


NULL = Null()


def is_id(reference: str) -> bool:
    """Return True for an ID, a UUID with hyphens; anything else is a name."""
    return is_uuid(reference)


def parse_reference(text: str, *, option: str = "") -> str:
    """Return `text`, the name or the ID of an object."""
    refuse_secret(text, option=option, what="a name or an ID")
    if not text.strip() or any(unicodedata.category(character) == "Cc" for character in text):
        where = f"{option}: " if option else ""
        raise UsageError(f"{where}a name cannot be empty or contain control characters")
    return text


def read_references(words: Sequence[str]) -> tuple[str, ...]:
    """Return names and IDs, each once. `-` stands for the lines of standard input.

    Blank lines, and spaces around a line, are ignored.
    """
    found: dict[str, None] = {}
    for word in words:
        if word != "-":
            found[word] = None
            continue
        if words.count("-") > 1:
            raise UsageError("- can only be given once: it reads all of standard input")
        text, source = _read(word, "the argument")
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                option = f"line {number} of {source}"
                found[parse_reference(line.strip(), option=option)] = None
    return tuple(found)


def refuse_key(text: str, *, option: str, what: str) -> str:
    """Return `text`, which may look random. Raise UsageError if it contains a key."""
    if starts_like_key(text):
        raise _secret_error(option, what)
    return text


def refuse_secret(text: str, *, option: str, what: str) -> str:
    """Return `text`, an ID, a name or another word. Raise UsageError if it may be a secret."""
    if may_be_secret(text):
        raise _secret_error(option, what)
    return text


def parse_command(text: str, *, option: str) -> str:
    """Return a command line. Raise UsageError for a secret, which the shell would print."""
    if len(text.split()) == 1 and path_may_be_secret(text):
        raise _secret_error(option, "a command")
    return text


def _secret_error(option: str, what: str) -> UsageError:
    where = f"{option}: " if option else ""
    return UsageError(f"{where}this looks like a secret, not {what}; nothing was sent")


def read_text(text: str | None, *, option: str) -> str | None:
    """Return the text, or for `@FILE` and `-` the content of the file or of standard input.

    UsageError for the name of a file without the `@`: it would be sent in place of the content.
    """
    if text is None:
        return None
    if is_reference(text):
        return _read(text, option)[0]
    if hint := _file_hint(text):
        raise UsageError(f"{option}: {shown_path(text)} is a file; nothing was sent", hint=hint)
    return text


def read_json(
    text: str | None, *, option: str, kind: type | None = None, nullable: bool = False
) -> Any:
    """Return the JSON value of `text`, `@FILE` or `-`, or None if the option was not given.

    JSON null comes back as NULL. `kind`, `list` or `dict`, is the type that the value must have,
    unless it is null and `nullable`.
    """
    if text is None:
        return None
    hint = None
    if is_reference(text):
        text, source = _read(text, option)
    else:
        source = option
        text = text.removeprefix(BYTE_ORDER_MARK)  # of a file that a shell put in its place
        hint = _file_hint(text)
    value = _parse_json(text, source, hint)
    if value is None and (nullable or kind is None):
        return NULL
    if kind is not None and not isinstance(value, kind):
        null = " or null" if nullable else ""
        raise UsageError(f"{source} is not a JSON {'array' if kind is list else 'object'}{null}")
    return value


def parse_integer(text: str | None, *, option: str, nullable: bool = False) -> int | Null | None:
    """Return a whole number written in plain digits, or None if the option was not given.

    With `nullable`, the word `null` is NULL. The server checks the range.
    """
    if text is None:
        return None
    if nullable and text == "null":
        return NULL
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}", text):
        raise UsageError(f"{option} is not a whole number{' or null' if nullable else ''}")
    return int(text)


def parse_bounded(text: str | int, *, option: str, least: int, most: int | None = None) -> int:
    """Return a whole number from `least` to `most`. A default is a number already."""
    word = typed(str(text))
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}", str(text)):
        raise UsageError(f"{option} must be a whole number, not '{word}'")
    number = int(text)
    if number < least or (most is not None and number > most):
        bounds = f"{least} or more" if most is None else f"from {least} to {most}"
        raise UsageError(f"{option} must be {bounds}, not {word}")
    return number


def parse_text_or_null(text: str | None) -> str | Null | None:
    """Return the text, NULL for the word `null`, or None if the option was not given."""
    return NULL if text == "null" else text


def request_body(
    data: str | None,
    fields: dict[str, Any],
    key_hint: Hint | None = None,
    assignments: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON object to send: that of `--data`, overridden by the `assignments` of `--set`,
    overridden by the options in `fields`.

    Raise UsageError, with `key_hint`, for a key on the command line.
    """
    given = parse_fields(assignments, option="--set", key_hint=key_hint)
    given |= {name: value for name, value in fields.items() if value is not None}
    body: dict[str, Any] = read_json(data, option="--data", kind=dict) or {}
    if data is not None and not is_reference(data) and has_key_field(body):
        raise key_in_option("--data", key_hint)
    return {**body, **{name: None if value is NULL else value for name, value in given.items()}}


def key_in_option(option: str, hint: Hint | None) -> UsageError:
    """Return the error for a key in the value of an option such as `--data`."""
    return UsageError(
        f"{option} contains an api_key; secrets are never given as option values", hint=hint
    )


def parse_fields(
    texts: Sequence[str], *, option: str, key_hint: Hint | None = None
) -> dict[str, Any]:
    """Return the fields in texts of the form `FIELD=VALUE`.

    A value of true, false, null (NULL), a whole number, a JSON object or a JSON array is that;
    `@FILE` and `-` stand for the text of a file or of standard input; any other value is text.
    UsageError if a field is given twice and, with `key_hint`, for a key on the command line.
    """
    fields: dict[str, Any] = {}
    is_stdin_read = False
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise UsageError(f"{option} must be FIELD=VALUE")
        if name in fields:
            raise UsageError(f"{option}: {name} is given twice")
        if value in STDIN and is_stdin_read:
            raise UsageError(f"{option} can read standard input for one field only")
        is_stdin_read = is_stdin_read or value in STDIN
        fields[name] = _field_value(value, f"{option} {name}")
        if not is_reference(value) and has_key_field({name: fields[name]}):
            raise key_in_option(option, key_hint)
    return fields


def stdin_of_fields(texts: Sequence[str]) -> str | None:
    """Return `-` if one of the `FIELD=VALUE` texts reads standard input, for the check of that."""
    return next((value for text in texts if (value := text.partition("=")[2]) in STDIN), None)


def _field_value(text: str, option: str) -> Any:
    if is_reference(text):
        return read_text(text, option=option)
    is_json = text in ("true", "false", "null") or text.startswith(("{", "["))
    if is_json or re.fullmatch(rf"-?(0|[1-9][0-9]{{0,{MAX_DIGITS - 1}}})", text):
        return read_json(text, option=option)
    return text


def require_changes(body: dict[str, Any]) -> dict[str, Any]:
    """Return `body`. Raise UsageError if it is empty."""
    if not body:
        raise UsageError("nothing to change: give at least one field")
    return body


def one_reader_of_stdin(references: Sequence[str] = (), **options: str | None) -> None:
    """Raise UsageError if several options read standard input: the second would find it empty.

    `references` are the arguments that name objects.
    """
    readers = [f"--{name.replace('_', '-')}" for name, text in options.items() if text in STDIN]
    if "-" in references:
        readers.insert(0, "-")
    if len(readers) > 1:
        raise UsageError(f"{' and '.join(readers)} cannot both read standard input")


def parse_age(text: str, *, option: str) -> timedelta:
    """Return the age in `90m`, `24h`, `2d` or `1w`."""
    match = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    if match is None:
        raise UsageError(f"{option} must be a number followed by m, h, d or w, such as 24h")
    minutes = {"m": 1, "h": 60, "d": 1440, "w": 10_080}[match[2]]
    return timedelta(minutes=int(match[1]) * minutes)


def parse_percentage(text: str, *, option: str) -> float:
    """Return a number from 0 to 100, with the 4 decimals that measured rates have."""
    number = round(float(text), 4) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", text) else -1.0
    if not 0 <= number <= 100:
        raise UsageError(f"{option} must be a number from 0 to 100, such as 3 or 99.5")
    return number


def is_reference(text: str) -> bool:
    """Return True for `@FILE` and `-`."""
    return text in STDIN or text.startswith("@")


def _file_hint(text: str) -> Hint | None:
    """Return how to read the file, if the text is the name of one."""
    if not os.path.isfile(os.path.expanduser(text)):
        return None
    return Hint(f"to read the file, use {shlex.quote('@' + text)}")


def has_key_field(value: Any) -> bool:
    """Return True if a field of a JSON value, at any depth, is for an API key."""
    if isinstance(value, dict):
        return not KEY_FIELDS.isdisjoint(value) or any(map(has_key_field, value.values()))
    return isinstance(value, list) and any(map(has_key_field, value))


def _read(text: str, option: str) -> tuple[str, str]:
    """Return the text that `-` or `@FILE` refers to, and its name for errors."""
    if text in STDIN:
        data, source = read_stdin(MAX_BYTES, option), "standard input"
    else:
        path = text[1:]
        if not path:
            raise UsageError(f"{option}: no file name after @")
        source = shown_path(path)
        data = read_file(path, MAX_BYTES, f"{option}: cannot read {source}")
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} is larger than {MAX_BYTES} bytes")
    try:
        return decode(data), source
    except NotTextError as error:
        raise UsageError(f"{source} {error.reason}") from None


def _parse_json(text: str, source: str, hint: Hint | None) -> Any:
    from llmctl.safe import strict_json

    try:
        return strict_json.parse(text)
    except strict_json.BadJSONError as error:
        message = f"{source} is not JSON: {error.reason}{error.where}"
        raise UsageError(message, hint=hint) from None
