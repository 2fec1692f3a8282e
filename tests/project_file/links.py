"""Ways to the in-memory server: in place of the client, with faults, and over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from llmctl.api.resources import Object, Resource, Target
from llmctl.errors import (
    LlmctlError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)
from llmctl.safe.secret import Secret
from tests.project_file.server import Refused, Server
from tests.support import PROJECT, Reply, Sent

ORIGIN = "https://us.posthog.com"


class Request(NamedTuple):
    """A request, by its number from 1 on."""

    number: int
    method: str
    path: str
    body: Object | None

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


class Lost(Exception):
    """Raised in `before`: the request is lost (not `applied`), or its response."""

    def __init__(self, *, applied: bool) -> None:
        super().__init__()
        self.applied = applied


class Dead(BaseException):
    """Raised in `before`: the process ends here, before or after its request is done."""

    def __init__(self, *, applied: bool = False) -> None:
        super().__init__()
        self.applied = applied


def status(code: int) -> Callable[[Request], Exception]:
    """Return a fault: the error of the client for a status that no retry got rid of."""

    def error(request: Request) -> Exception:
        if request.is_write and code >= 500:
            return UnknownOutcomeError(f"HTTP {code}", status=code)
        return UnavailableError(f"HTTP {code}", status=code)

    return error


Before = Callable[[Request], None]


def _nothing(request: Request) -> None:
    pass


class Listed(list[Object]):
    """The rows of a list that does not change while it is read."""

    changed_while_reading = False
    missing = 0
    time = None

    def remember(self) -> None:
        pass


@dataclass
class Link:
    """A client that sends its requests to a server in memory.

    `before` is called before each request and may change the server, or raise a fault. `after` is
    called after each write that is done.
    """

    server: Server
    before: Before = _nothing
    after: Callable[[Server], None] = lambda server: None
    requests: list[Request] = field(default_factory=list)
    origin: str = ORIGIN
    project: str = PROJECT
    profile: str | None = None

    @property
    def described(self) -> str:
        return f"project {self.project} at {self.origin}"

    @property
    def writes(self) -> list[str]:
        """The writes so far, as `METHOD path`."""
        return [f"{each.method} {each.path}" for each in self.requests if each.is_write]

    def _do(self, method: str, path: str, body: Object | None = None, query: Any = None) -> Any:
        request = Request(len(self.requests) + 1, method, path, body)
        self.requests.append(request)
        try:
            self.before(request)
        except (Lost, Dead) as fault:
            if fault.applied:
                self._handle(request, query)
            if isinstance(fault, Dead):
                raise
            if request.is_write:
                raise UnknownOutcomeError("no valid response") from None
            raise UnavailableError("no valid response") from None
        return self._handle(request, query)

    def _handle(self, request: Request, query: Any) -> Any:
        try:
            body = _revealed(request.body)
            found = self.server.handle(request.method, request.path, body, dict(query or {}))
        except Refused as refused:
            raise _error(refused, request) from None
        if request.is_write:
            self.after(self.server)
        return found

    def get(self, resource: Resource, object_id: str | None = None, query: Any = None) -> Object:
        if resource.path == "/api/projects/":
            return {"id": int(self.project), "name": "Project"}
        found: Object = self._do("GET", Target(resource, object_id).path, query=query)
        return found

    def create(self, resource: Resource, body: Object, *, before: Object | None = None) -> Object:
        found: Object = self._do("POST", resource.path, body)
        return found

    def act(self, target: Target, body: Object) -> Object:
        found: Object = self._do("POST", target.path, body)
        return found

    def update(
        self,
        resource: Resource,
        object_id: str,
        body: Object,
        *,
        before: Object | None = None,
        is_current: Callable[[], bool] | None = None,
    ) -> Object:
        found: Object = self._do("PATCH", Target(resource, object_id).path, body)
        return found

    def delete(
        self,
        resource: Resource,
        object_id: str,
        query: Any = None,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> None:
        self._do("DELETE", Target(resource, object_id).path, None, query)

    def list(self, resource: Resource, *args: Any, **options: Any) -> Listed:
        return Listed(self._do("GET", resource.path, query=options.get("query")))

    def confirm_writes(self) -> None:
        pass

    def wait_out_rate_limit(self, seconds: float) -> None:
        pass


def _revealed(body: Any) -> Any:
    """Return a body as it is sent."""
    if isinstance(body, Secret):
        return body.reveal()
    if isinstance(body, dict):
        return {name: _revealed(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_revealed(each) for each in body]
    return body


def _error(refused: Refused, request: Request) -> LlmctlError:
    details: dict[str, Any] = {"status": refused.status, "attr": refused.body["attr"]}
    if refused.status == 404:
        is_of_object = refused.detail == "Not found."
        return NotFoundError(refused.detail, is_of_object=is_of_object, **details)
    if refused.status >= 500:
        return UnknownOutcomeError(refused.detail, status=refused.status)
    return RejectedError(refused.detail, **details)


_BELOW_PROJECT = re.compile(rf"/api/(?:environments|projects)/{PROJECT}/(.*)")
_UNPAGED = ("evaluation_directories",)


def over_http(server: Server, fault: Callable[[Sent], Reply | None] = lambda sent: None) -> Any:
    """Return the responses of a RecordingServer with this project.

    A response that `fault` returns is sent in place of the server's.
    """

    def reply(sent: Sent) -> Reply:
        planned = fault(sent)
        if planned is not None:
            return planned
        found = _BELOW_PROJECT.fullmatch(sent.path)
        if found is None:
            return Reply(404, Refused(404, "Endpoint not found.").body)
        query = dict(parse_qsl(sent.target.partition("?")[2]))
        try:
            body = server.handle(sent.method, found[1], sent.json, query)
        except Refused as refused:
            return Reply(refused.status, refused.body)
        if sent.method == "DELETE":
            return Reply(204)
        if isinstance(body, list) and not found[1].startswith(_UNPAGED):
            body = _page(sent, body, query)
        is_create = sent.method == "POST" and not found[1].strip("/").endswith(("_key", "_filters"))
        return Reply(201 if is_create else 200, body)

    return reply


def _page(sent: Sent, rows: list[Any], query: dict[str, str]) -> Object:
    limit, offset = int(query.get("limit", 100)), int(query.get("offset", 0))
    following = None
    if offset + limit < len(rows):
        more = query | {"limit": str(limit), "offset": str(offset + limit)}
        following = f"http://{sent.headers['Host']}{sent.path}?{urlencode(more)}"
    part = json.loads(json.dumps(rows[offset : offset + limit]))
    return {"count": len(rows), "next": following, "previous": None, "results": part}
