"""An API call before it becomes a request: the prefix of its path is not chosen yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.api.resources import Object, Target

if TYPE_CHECKING:
    from llmctl.http import QueryParams


class Operation(NamedTuple):
    """A method, its target, a query and a body: an object, or for a raw resource any JSON.

    Without a body, `body` is None; JSON null is NULL.
    `before` is the object as it was read just before an update, or before a create that may change
    it; None if it was not read. `is_current` is that of the request. `is_deferred`: the server only
    accepts the action and does it later, so that its response has no content.
    """

    method: str
    target: Target
    query: QueryParams = ()
    body: Any = None
    before: Object | None = None
    is_current: Callable[[], bool] | None = None
    is_deferred: bool = False

    @property
    def is_write(self) -> bool:
        """True for every method but GET, unless the action stores nothing."""
        action, resource = self.target.action, self.target.resource
        return self.method != "GET" and action not in resource.reading_actions

    @property
    def is_unpaged_list(self) -> bool:
        """True for the whole of a list without pages: the response is an array."""
        target = self.target
        is_collection = target.object_id is None and target.action is None
        return self.method == "GET" and is_collection and target.resource.is_unpaged
