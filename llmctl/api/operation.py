"""An API call before it becomes a request: the prefix of its path is not chosen yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from llmctl.api.resources import Object, Target

if TYPE_CHECKING:
    from llmctl.http import QueryParams


class Operation(NamedTuple):
    """A method, its target, a query and a JSON body.

    `before` is the object as it was read just before an update, or before a create that may change
    it; None if it was not read. `is_current` is that of the request. `is_deferred`: the server only
    accepts the action and does it later, so that its response has no content.
    """

    method: str
    target: Target
    query: QueryParams = ()
    body: Object | None = None
    before: Object | None = None
    is_current: Callable[[], bool] | None = None
    is_deferred: bool = False

    @property
    def is_write(self) -> bool:
        """True for every method but GET."""
        return self.method != "GET"
