"""Parse the path, the query and the body of a raw request.

It stays on the host, no secret gets into a URL, and a key in a body comes from a file or from
standard input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from llmctl.errors import Hint, UsageError
from llmctl.input.values import (
    KEY_FIELDS,
    NULL,
    has_key_field,
    is_reference,
    key_in_option,
    parse_fields,
    read_json,
    refuse_key,
    refuse_secret,
)
from llmctl.output.sanitize import visible
from llmctl.safe.secret import Secret

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
QueryParams = tuple[tuple[str, str], ...]

_ROOT = "/api/"
_PLAIN = re.compile(r"[A-Za-z0-9._~@!$&'()*+,=:%-]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
# HTTP libraries, proxies and servers decode these at different moments, so that another path could
# be requested than the one that was checked.
_NEVER_ESCAPED = re.compile(r"[\x00-\x1f\x7f./\\%]")
_FORM = Hint("a path is relative to the project, such as evaluations/, or starts with /api/")
_KEY_HINT = Hint("give it as @FILE, or as - for standard input")


class RawPath(NamedTuple):
    """A path, relative to the project or below `/api/`, and its query."""

    path: str
    query: QueryParams = ()


def parse_method(text: str) -> str:
    """Return the method, which may be in lower case. UsageError if the API has no such method."""
    import difflib

    method = text.upper()
    if method in METHODS:
        return method
    refuse_secret(text, option="METHOD", what="a method")
    hint = Hint(f"methods: {', '.join(METHODS)}")
    if "/" in text:
        hint = Hint("did you mean", ("api", "GET", text))
    elif nearest := difflib.get_close_matches(method, METHODS, n=1):
        hint = Hint(f"did you mean {nearest[0]}", also=hint)
    raise UsageError(f"METHOD {visible(text)!r} is not known", hint=hint)


def parse_path(text: str) -> RawPath:
    """Return the path and the query in `text`.

    UsageError if it could lead to another host or another path than it seems to, or if it contains
    a key: logs keep the paths of requests.
    """
    path, _, query = text.partition("?")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) or path.startswith("//"):
        raise _error("is a URL, but requests only go to the profile's host", _FORM)
    if path.startswith("api/"):
        raise _error("lacks the slash before api/", _FORM)
    if path.startswith("/") and not path.startswith(_ROOT):
        raise _error("starts with a slash, but not with /api/", _FORM)
    for segment in path.removeprefix(_ROOT).removesuffix("/").split("/"):
        _check_segment(segment)
    return RawPath(path, _parse_query(query))


def query_fields(assignments: Sequence[str]) -> QueryParams:
    """Return the fields in texts of the form `FIELD=VALUE` for a query."""
    fields = tuple((name, _as_query(value)) for name, value in _fields(assignments).items())
    for name, value in fields:
        _check_query_field(name, value, option="--field")
    return fields


def raw_body(data: str | None, assignments: Sequence[str]) -> Any:
    """Return the JSON of `--data`, overridden by the `FIELD=VALUE` texts of `--field`.

    Without both it is None; JSON null is NULL. Keys are Secrets. UsageError for a key on the
    command line, or if fields are given for anything but an object.
    """
    body = read_json(data, option="--data")
    if data is not None and not is_reference(data) and has_key_field(body):
        raise key_in_option("--data", _KEY_HINT)
    fields = _fields(assignments)
    if fields and not isinstance(body, dict | None):
        raise UsageError("--field can only be combined with a JSON object in --data")
    return _with_secrets({**(body or {}), **fields} if fields else body)


def _fields(assignments: Sequence[str]) -> dict[str, Any]:
    for text in assignments:
        name, _, value = text.partition("=")
        literal = name if is_reference(value) else text
        refuse_key(literal, option="--field", what="a field")
    fields = parse_fields(assignments, option="--field", key_hint=_KEY_HINT)
    return {name: None if value is NULL else value for name, value in fields.items()}


def _as_query(value: Any) -> str:
    from llmctl.safe.strict_json import dumps

    return value if isinstance(value, str) else dumps(value)


def _with_secrets(value: Any) -> Any:
    """Return a JSON value with its keys as Secrets, which no message shows."""
    if isinstance(value, dict):
        return {
            name: Secret(item.strip())
            if name in KEY_FIELDS and isinstance(item, str)
            else _with_secrets(item)
            for name, item in value.items()
        }
    return [_with_secrets(item) for item in value] if isinstance(value, list) else value


def _check_segment(segment: str) -> None:
    if not segment:
        raise _error("is empty, or has an empty part", _FORM)
    for character in segment:
        if not _PLAIN.fullmatch(character):
            raise _error(f"contains {visible(character)!r}", Hint("percent-encode it"))
    escapes = _ESCAPE.findall(segment)
    if not all(escapes):
        raise _error("contains a % without two hexadecimal digits")
    decoded = unquote(segment)
    hidden = "".join(chr(int(digits, 16)) for digits in escapes)
    if segment in (".", "..") or _NEVER_ESCAPED.search(hidden):
        raise _error("contains . or .. as a part, or an encoded dot, slash or percent")
    refuse_secret(decoded, option="PATH", what="a path")


def _parse_query(text: str) -> QueryParams:
    if re.search(r"[^!-~]|[#\\]", text):
        raise _error("has a query with a character that must be percent-encoded")
    try:
        query = tuple(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        raise _error("has a query that is not valid UTF-8") from None
    for name, value in query:
        _check_query_field(name, value, option="PATH")
    return query


def _check_query_field(name: str, value: str, *, option: str) -> None:
    """Raise UsageError for a key. PostHog takes `token` for a project's token."""
    if name in KEY_FIELDS or name == "token":
        raise UsageError(f"{option}: a key does not belong in a URL; nothing was sent")
    refuse_secret(name, option=option, what="a field")
    # The cursor of a list looks as random as a key.
    refuse = refuse_key if name == "cursor" else refuse_secret
    refuse(value, option=option, what="a value")


def _error(what: str, hint: Hint | None = None) -> UsageError:
    return UsageError(f"PATH {what}; nothing was sent", hint=hint)
