"""A request before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from llmctl.input.values import NULL
from llmctl.safe.secret import Secret
from llmctl.safe.strict_json import dumps

QueryParams = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A method, a path below the origin (each segment already safe), a query, a JSON body.

    Without a body, `body` is None; JSON null is NULL.
    `verify_command` is the command, without `llmctl`, that shows whether a write happened.
    `is_current`, if given, is asked before each attempt: nothing is sent once it returns False.
    `stores_nothing`: it can be sent again like a GET, whatever its method.
    """

    method: str
    path: str
    query: QueryParams = ()
    body: Any = None
    verify_command: tuple[str, ...] = ()
    is_current: Callable[[], bool] | None = None
    stores_nothing: bool = False

    @property
    def is_write(self) -> bool:
        """True for every method but GET, unless the request stores nothing."""
        return self.method != "GET" and not self.stores_nothing

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def secrets(self) -> list[Secret]:
        """The secrets in the body, at any depth."""
        return list(_secrets_in(self.body))

    def encoded_body(self) -> bytes | None:
        """Return the body's bytes. The one place where a secret in a body becomes text."""
        if self.body is None:
            return None
        text = dumps(self.body, allow_nan=False, default=_reveal)
        return text.encode("ascii")


def _secrets_in(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secrets_in(item)


def _reveal(value: object) -> str | None:
    if isinstance(value, Secret):
        return value.reveal()
    if value is NULL:
        return None
    raise TypeError(f"a request body cannot hold {type(value).__name__}")
