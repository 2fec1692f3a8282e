"""What the text of an option means: JSON, `@FILE`, `-`, null, ids, keys.

Every function here raises UsageError, naming the option and where in its text the fault is;
nothing has been sent by then.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import Any

from llmctl.errors import UsageError
from llmctl.output.sanitize import visible
from llmctl.safe.secret import MASK, MAX_LENGTH, Secret, looks_like_key, parse_secret

MAX_DIGITS = 1000  # more than any number has, and fewer than Python refuses to read
MAX_BYTES = 20 * 1024 * 1024  # PostHog's server takes no larger request body
MAX_KEY_BYTES = MAX_LENGTH + len("\r\n")

_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}")


class Null:
    """The JSON null that a user asked for, as None is the option that was not given."""


NULL = Null()


def parse_id(text: str, *, option: str = "the ID") -> str:
    """`text` if it is one safe path segment; that it is a UUID is the server's to judge."""
    if not _ID.fullmatch(text) or text in (".", ".."):
        raise UsageError(
            f"{option} is not an id: an id is 1 to 255 letters, digits, dots, hyphens, "
            "underscores and tildes"
        )
    return text


def parse_optional_id(text: str | None, *, option: str) -> str | None:
    """As `parse_id`; None where the option was not given."""
    return None if text is None else parse_id(text, option=option)


def read_text(text: str | None, *, option: str) -> str | None:
    """The text itself, or what `@FILE` or `-` (standard input) holds."""
    if text is None or not (text == "-" or text.startswith("@")):
        return text
    return _read(text, option)[0]


def read_json(text: str | None, *, option: str, kind: type | None = None) -> Any:
    """The JSON value that `text`, `@FILE` or `-` holds; None where the option was not given.

    `kind` is the type it must have (`list` or `dict`).
    """
    if text is None:
        return None
    hint = None
    if text == "-" or text.startswith("@"):
        text, source = _read(text, option)
    else:
        source = option
        hint = f"{shlex.quote('@' + text)} reads the file" if os.path.isfile(text) else None
    value = _parse_json(text, source, hint)
    if kind is not None and not isinstance(value, kind):
        raise UsageError(f"{source} is not a JSON {'array' if kind is list else 'object'}")
    return NULL if value is None else value


def parse_integer(text: str | None, *, option: str, nullable: bool = False) -> int | Null | None:
    """A whole number in plain digits; None where the option was not given.

    With `nullable` also the word `null`. How large it may be is the server's to judge.
    """
    if text is None:
        return None
    if nullable and text == "null":
        return NULL
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}", text):
        raise UsageError(f"{option} is not a whole number{' or null' if nullable else ''}")
    return int(text)


def parse_text_or_null(text: str | None) -> str | Null | None:
    """The text, `null`, or None where the option was not given."""
    return NULL if text == "null" else text


def request_body(data: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """The JSON object to send: `--data` below, the typed options that were given above it."""
    given = {name: value for name, value in fields.items() if value is not None}
    body: dict[str, Any] = read_json(data, option="--data", kind=dict) or {}
    return {**body, **{name: None if value is NULL else value for name, value in given.items()}}


def require_changes(body: dict[str, Any]) -> dict[str, Any]:
    """`body` if it changes anything."""
    if not body:
        raise UsageError("there is nothing to change: give at least one field's option")
    return body


def one_reader_of_stdin(**options: str | None) -> None:
    """Refuse two options that both read standard input: the second would find it empty."""
    readers = [f"--{name.replace('_', '-')}" for name, text in options.items() if text == "-"]
    if len(readers) > 1:
        raise UsageError(f"{' and '.join(readers)} cannot both read standard input")


def has_key_option(*sources: str | None) -> bool:
    """Whether any of the options that give a key was given."""
    return any(source is not None for source in sources)


def parse_age(text: str | None, *, option: str) -> float | None:
    """Days in `90d`, `12h` or `2w`."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text)
    if match is None:
        raise UsageError(f"{option} is a number followed by h, d or w, e.g. 90d")
    return int(match[1]) * {"h": 1 / 24, "d": 1.0, "w": 7.0}[match[2]]


def read_key(
    *,
    file: str | None,
    variable: str | None,
    command: str | None,
    what: str = "API key",
) -> Secret:
    """The key from the one source that was given, else from a hidden prompt on a terminal.

    `file` is a path or `-`, `variable` an environment variable's name, `command` a command line
    that prints the key.
    """
    given = {"--api-key-file": file, "--api-key-env": variable, "--api-key-command": command}
    chosen = [option for option, text in given.items() if text is not None]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other")
    if file is not None:
        text = _key_from_file(file)
    elif variable is not None:
        text = _key_from_variable(variable)
    elif command is not None:
        text = _key_from_command(command)
    else:
        text = _key_from_prompt(what)
    return parse_secret(text, source=chosen[0] if chosen else "the answer", error=UsageError)


def _read(text: str, option: str) -> tuple[str, str]:
    """The text that `-` or `@FILE` names, and what to call it in an error."""
    if text == "-":
        data, source = _read_stdin(MAX_BYTES, option), "standard input"
    else:
        path = text[1:]
        if not path:
            raise UsageError(f"{option} @ names no file")
        source = visible(path)
        data = _read_file(path, MAX_BYTES, f"{option}: cannot read {source}")
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} is larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8"), source
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not UTF-8 (byte {error.start + 1})") from None


def _read_file(path: str, limit: int, failure: str) -> bytes:
    """What the file holds, cut one byte behind `limit`; `failure` begins the error."""
    try:
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise UsageError(f"{failure}: {reason}") from None


def _read_stdin(limit: int, option: str) -> bytes:
    """What is piped in, cut one byte behind `limit`."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(f"{option} - reads standard input, and nothing is piped into it")
    try:
        return sys.stdin.buffer.read(limit + 1) or b""  # None where it would have to wait
    except OSError as error:
        raise UsageError(f"{option} -: standard input cannot be read: {error.strerror}") from None


def _parse_json(text: str, source: str, hint: str | None) -> Any:
    from llmctl.safe import strict_json

    try:
        return strict_json.parse(text)
    except strict_json.BadJSONError as error:
        message = f"{source} is not JSON: {error.reason}{error.where}"
        raise UsageError(message, hint=hint) from None


def _key_from_file(path: str) -> str:
    if path == "-":
        data = _read_stdin(MAX_KEY_BYTES, "--api-key-file")
    else:
        data = _read_file(path, MAX_KEY_BYTES, f"--api-key-file: cannot read {_unless_key(path)}")
    return data.decode("utf-8", "replace")


def _unless_key(text: str) -> str:
    """The name of a key's source as an error shows it: somebody may have given the key itself."""
    return MASK if looks_like_key(text) else visible(text)


def _key_from_variable(name: str) -> str:
    text = os.environ.get(name)
    if not text:
        fault = "is not set" if text is None else "is empty"
        raise UsageError(f"--api-key-env: the variable {_unless_key(name)} {fault}")
    return text


def _key_from_command(command: str) -> str:
    from llmctl.input.key_command import output_of

    try:
        data, code = output_of(command, MAX_KEY_BYTES)
    except (OSError, ValueError):
        raise UsageError("--api-key-command cannot be run") from None
    if code:
        raise UsageError(f"--api-key-command failed: it ended with code {code}")
    return data.decode("utf-8", "replace")


def _key_from_prompt(what: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"there is no terminal to ask for the {what}",
            hint="give it with --api-key-file PATH (- is standard input), "
            "--api-key-env VARIABLE or --api-key-command 'CMD'",
        )
    from llmctl.output import ask

    answer = ask(f"{what[0].upper()}{what[1:]} (not shown): ", hidden=True)
    if answer is None:
        raise UsageError(f"no {what} was given")
    return answer
