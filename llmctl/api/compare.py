"""Compare what was sent with what the server has, by meaning.

The object must contain what was sent. Servers add fields of their own, trim text, and write times
in UTC and ids in lower case. Write-only fields have a readable twin: `X_display`, a mask, or the
active key.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsFloat

from llmctl.api.resources import Object
from llmctl.safe.secret import MASK, Secret, without_secrets
from llmctl.safe.secret_forms import starts_like_key

if TYPE_CHECKING:
    from decimal import Decimal

_MAX_CHARACTERS = 200  # shown of a value
_MISSING = object()

# Servers compile these from an evaluation's code and filters: an object that is sent back as it was
# read, with other code, has the old ones.
_COMPILED = {"bytecode", "bytecode_error"}

# What Django accepts beyond ISO 8601: one digit where two are usual, and any case.
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6})\d*)?)?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
# What Django REST framework accepts for a boolean.
_WORDS = {True: {"true", "t", "yes", "y", "on", "1"}, False: {"false", "f", "no", "n", "off", "0"}}


class Difference(NamedTuple):
    """A field (`name`, or a path such as `event_filters[0].value`), as sent and as stored."""

    field: str
    sent: str
    stored: str

    def __str__(self) -> str:
        return f"{self.field}: sent {self.sent}, the server has {self.stored}"


class Comparison(NamedTuple):
    """The fields that differ, those that the object does not show, and those that match but prove
    nothing (a mask of asterisks)."""

    different: list[Difference]
    not_shown: list[str]
    unproven: list[str]

    @property
    def is_proof(self) -> bool:
        """True if the object has every field as sent."""
        return not (self.different or self.not_shown or self.unproven)


def compare(sent: Mapping[str, Any], found: Object) -> Comparison:
    """Compare a request's body with the object in the response, or as it was read back.

    The object does not show `set_as_active`, so that it is unproven if it was sent as true.
    """
    result = Comparison([], [], [])
    secrets = [value for value in sent.values() if isinstance(value, Secret)]
    # A response has *** wherever it would repeat one of them.
    for name, value in without_secrets(secrets, sent).items():
        shown = _shown(name, value, found)
        if name == "updated_at":
            continue  # every write changes it, so that an object can be sent back as it was read
        if name == "set_as_active":
            if not same(value, stored=False):
                result.unproven.append(name)
        elif shown is _MISSING:
            result.not_shown.append(name)
        elif isinstance(value, Secret):
            fits = value.fits_mask(shown) if isinstance(shown, str) else None
            if fits is None:
                result.unproven.append(name)
            elif not fits:
                result.different.append(_difference(name, value.mask, shown))
        else:
            result.different.extend(_differences(name, value, shown))
    return result


def _difference(field: str, sent: object, stored: object) -> Difference:
    return Difference(field, as_text(sent), as_text(stored))


def as_text(value: object) -> str:
    """Return a value as JSON, cut if it is long, with `***` in place of what looks like a key."""
    if value is _MISSING:
        return "nothing"
    from llmctl.safe.strict_json import dumps

    text = dumps(value, ensure_ascii=False)
    text = re.sub(r"[\w-]+", lambda word: MASK if starts_like_key(word[0]) else word[0], text)
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}..."


def same(sent: object, stored: object) -> bool:
    """Return True if two JSON values mean the same. Objects and arrays must be equal."""
    if type(sent) is type(stored) and sent == stored:
        return True
    if isinstance(stored, bool):
        return sent is stored or str(sent).strip().lower() in _WORDS[stored]
    if isinstance(sent, bool):
        return False
    if isinstance(sent, str) and isinstance(stored, str):
        return _is_same_text(sent.strip(), stored.strip())
    one, other = as_number(sent), as_number(stored)
    if one is None or other is None:
        return sent == stored
    # Databases store no more digits of a fraction than a float has.
    are_whole = isinstance(sent, int) and isinstance(stored, int)
    return one == other or (not are_whole and float(one) == float(other))


def as_uuid(value: object) -> uuid.UUID | None:
    """Return a value as a UUID; None if it is not one, in any form."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def _shown(name: str, value: object, found: Object) -> Any:
    """Return what the object shows for a field of a request."""
    if name == "key_id":
        active = found.get("active_provider_key", _MISSING)
        return active.get("id") if isinstance(active, dict) else active
    if isinstance(value, Secret):
        return found.get(f"{name}_masked", _MISSING)
    return found.get(name, found.get(f"{name}_display", _MISSING))


def _differences(path: str, sent: Any, stored: Any) -> Iterator[Difference]:
    """Yield the differences at the deepest paths. In an object, null may be left out."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key, value in sent.items():
            if key in _COMPILED or (value is None and key not in stored):
                continue
            yield from _differences(f"{path}.{key}", value, stored.get(key, _MISSING))
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for number, values in enumerate(zip(sent, stored, strict=True)):
            yield from _differences(f"{path}[{number}]", *values)
    elif not same(sent, stored):
        yield _difference(path, sent, stored)


def _is_same_text(sent: str, stored: str) -> bool:
    moment, object_id = as_time(sent), as_uuid(sent)
    return (
        sent == stored
        or (moment is not None and moment == as_time(stored))
        or (object_id is not None and object_id == as_uuid(stored))
    )


def as_number(value: object) -> Decimal | None:
    """Return the value of a number, or of a text that is one."""
    from decimal import Decimal, InvalidOperation

    if isinstance(value, bool) or not isinstance(value, str | SupportsFloat):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_time(text: str) -> datetime | None:
    """Return the moment, as servers read it: in UTC unless it has an offset."""
    match = _TIME.fullmatch(text)
    if match is not None:
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        text = f"{year}-{month:>02}-{day:>02}T{hour:>02}:{minute:>02}:{second or '':>02}"
        text += f".{fraction:<06}" if fraction else ""
        text += (offset or "").upper()
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
