"""The part of the API client that a rotation uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from llmctl.api.resources import Object, Resource, Target


class Listing(Protocol):
    """The rows of a list, and the server's clock, if it said.

    `changed_while_reading` is known once they are read.
    """

    @property
    def time(self) -> datetime | None: ...

    @property
    def changed_while_reading(self) -> bool: ...

    def __iter__(self) -> Iterator[Object]: ...


class Api(Protocol):
    """The client."""

    def get(self, resource: Resource, object_id: str | None = None) -> Object: ...

    def create(self, resource: Resource, body: Object) -> Object: ...

    def act(self, target: Target, body: Object) -> Object: ...

    def update(
        self,
        resource: Resource,
        object_id: str,
        body: Object,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> Object: ...

    def delete(
        self,
        resource: Resource,
        object_id: str,
        query: dict[str, str | None] | None = None,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> None: ...

    def list(self, resource: Resource) -> Listing: ...
