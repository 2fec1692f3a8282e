"""The client: requests below one project, pages, and the prefix that the server wants."""

from __future__ import annotations

import contextlib
import time
from typing import Any
from urllib.parse import parse_qsl

from llmctl import config, paths
from llmctl.api import id_cache, prefix
from llmctl.api.curl import curl_command
from llmctl.api.error_mapping import not_the_api, refusal
from llmctl.api.pages import Page, Rows
from llmctl.api.paging import EVERYTHING, Paging
from llmctl.api.read_back import FirstPage, Lost, read_back
from llmctl.api.resources import Resource, Target
from llmctl.api.urls import own_address
from llmctl.errors import DryRun, LlmctlError, UnavailableError, UnknownOutcomeError, command_line
from llmctl.http import Answer, Request, Transport
from llmctl.output import report

Object = dict[str, Any]
Query = dict[str, str | None]


class Client:
    """One project of one server.

    Paths are relative to the project (`llm_analytics/clustering_jobs/`), or start with `/api/`.
    Objects come back as the API sent them. Every method raises the error that the answer means.
    """

    def __init__(
        self,
        settings: config.Settings,
        *,
        timeout: float,
        retries: int,
        verbose: bool = False,
        dry_run: bool = False,
        reads_back: bool = True,
    ) -> None:
        self._settings = settings
        self._dry_run = dry_run
        self._reads_back = reads_back
        self._end: float | None = None
        self._verbose = verbose
        self._timeout = timeout
        self._retries = retries
        self._prefix = prefix.Prefix(
            settings.origin, fixed=settings.api_prefix, remember=not settings.is_sandbox
        )
        self._opened: Transport | None = None

    @property
    def profile(self) -> str | None:
        """The profile's name, where one was used."""
        return self._settings.profile

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self._settings.origin

    @property
    def project(self) -> str:
        """The project's number, or `@current`."""
        return self._settings.require_project()

    def get(
        self, resource: Resource, object_id: str | None = None, query: Query | None = None
    ) -> Object:
        """GET one object."""
        return self._object("GET", Target(resource, object_id), query)

    def create(self, resource: Resource, body: Object) -> Object:
        """POST to a collection, answered 200 or 201 with the object."""
        return self._write("POST", Target(resource), body)

    def act(self, resource: Resource, action: str, body: Object) -> Object:
        """POST to an action of a resource, answered 200 or 201 with an object."""
        return self._write("POST", Target(resource, action=action), body)

    def update(
        self, resource: Resource, object_id: str, body: Object, *, before: Object | None = None
    ) -> Object:
        """PATCH, answered 200 with the object as it is now.

        `before` is the object as it was read just before: without it, a new secret whose answer
        is lost stays unknown.
        """
        return self._write("PATCH", Target(resource, object_id), body, before=before)

    def delete(self, resource: Resource, object_id: str, query: Query | None = None) -> None:
        """DELETE, answered 204 without content."""
        self._write("DELETE", Target(resource, object_id), {}, query)

    def list(
        self, resource: Resource, paging: Paging = EVERYTHING, query: Query | None = None
    ) -> Rows:
        """The rows of a list, all or what `paging` says; nothing is sent before iteration."""
        if self._settings.is_sandbox:
            paging = paging._replace(concurrency=1)  # one process is no faster side by side
        bounds = {"limit": paging.limit, "offset": paging.offset}
        asked = (query or {}) | {
            name: None if number is None else str(number) for name, number in bounds.items()
        }
        return Rows(self, resource, _pairs(asked), paging)

    def remember(self, rows: Rows) -> None:
        """Leave the ids of a list that was shown to the end, for the shells' completion."""
        id_cache.remember(self._settings, rows.resource, rows.ids, is_whole=rows.is_whole)

    def curl(
        self, method: str, target: Target, query: Query | None = None, body: Object | None = None
    ) -> str:
        """A request as the equivalent curl command, without secrets."""
        full = self._full_path(target.path, self._prefix.name)
        return curl_command(self._settings.origin, Request(method, full, _pairs(query), body))

    def page(self, resource: Resource, query: tuple[tuple[str, str], ...]) -> Page:
        """One page of a list. The link to the next must stay on this server."""
        target = Target(resource)
        request, answer = self._exchange("GET", target, query)
        body = answer.body
        rows = body.get("results") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(_is_object(row) for row in rows):
            raise not_the_api(request, self._odd("a page of a list"), target, answer.status)
        count = body.get("count")
        following = body.get("next")
        if following is None:
            return Page(rows, count if isinstance(count, int) else None, None, answer.answered_at)
        if not isinstance(following, str):
            raise not_the_api(request, self._odd("a page of a list"), target, answer.status)
        query = self._next_query(following)
        return Page(rows, count if isinstance(count, int) else None, query, answer.answered_at)

    def first_page(self, resource: Resource) -> FirstPage:
        """The first page of a list, and what time the server says it is."""
        page = self.page(resource, ())
        return FirstPage(page.rows, page.time)

    def _write(
        self,
        method: str,
        target: Target,
        body: Object,
        query: Query | None = None,
        before: Object | None = None,
    ) -> Object:
        """One write. Where its answer is lost, what the server shows then may tell that it was
        done; `timeout` bounds both together."""
        start = time.monotonic()
        self._end = start + self._timeout
        try:
            if method == "DELETE":
                self._exchange(method, target, _pairs(query))
                return {}
            return self._object(method, target, query, body)
        except UnknownOutcomeError as error:
            found = None
            if self._reads_back and time.monotonic() < self._end:
                lost = Lost(method, target, body, time.monotonic() - start, before)
                with contextlib.suppress(LlmctlError):
                    found = read_back(self, lost)
            if found is None:
                raise
            report(f"{error.message.partition(';')[0]}; the server shows that it was done")
            return found
        finally:
            self._end = None

    def _object(
        self, method: str, target: Target, query: Query | None = None, body: Object | None = None
    ) -> Object:
        request, answer = self._exchange(method, target, _pairs(query), body)
        if not _is_object(answer.body):
            message = self._odd("an object")
            raise not_the_api(request, message, target, answer.status)
        found: Object = answer.body
        return found

    def _exchange(
        self,
        method: str,
        target: Target,
        query: tuple[tuple[str, str], ...] = (),
        body: Object | None = None,
    ) -> tuple[Request, Answer]:
        """One request and its answer, after the prefix that the server wants was found."""
        path = target.path
        request = Request(method, self._full_path(path, self._prefix.name), query, body)
        if self._dry_run and request.is_write:
            raise DryRun(curl_command(self._settings.origin, request))
        check = command_line(target.read_command)
        answer = self._send(request, check)
        if not path.startswith("/") and not self._prefix.is_fixed:
            twin = request._replace(path=self._full_path(path, self._prefix.other))
            request, answer = self._follow_prefix(request, answer, twin, check)
        error = refusal(request, answer, origin=self._settings.origin, target=target)
        if error is not None:
            raise error
        return request, answer

    def _follow_prefix(
        self, request: Request, answer: Answer, twin: Request, check: str
    ) -> tuple[Request, Answer]:
        """The answer under the other prefix where the server asks for it, else this one."""
        if prefix.is_deprecated(answer, self._settings.origin, twin):
            self._prefix.switch()
            return request, answer
        if prefix.is_moved(answer, self._settings.origin, request, twin):
            self._prefix.switch()
            return twin, self._send(twin, check)
        if prefix.is_unknown_endpoint(answer):
            # A route that does not exist did nothing, so that a write may be sent again.
            other = self._send(twin, check)
            if not prefix.is_unknown_endpoint(other):
                self._prefix.switch()
                return twin, other
        return request, answer

    def _send(self, request: Request, check: str) -> Answer:
        end = time.monotonic() + self._timeout if self._end is None else self._end
        return self._transport.exchange(request, end=end, check=check)

    @property
    def _transport(self) -> Transport:
        if self._opened is None:
            sandbox = paths.sandbox_database() if self._settings.is_sandbox else None
            self._opened = Transport(
                self._settings.origin,
                self._settings.key,
                timeout=self._timeout,
                retries=self._retries,
                report=report,
                verbose=self._verbose,
                sandbox=sandbox,
            )
        return self._opened

    def _full_path(self, path: str, name: str) -> str:
        if path.startswith("/"):
            return path
        return f"/api/{name}/{self._settings.require_project()}/{path}"

    def _next_query(self, link: str) -> tuple[tuple[str, str], ...]:
        """The query of a link to the next page, and only that: the rest is ours to say."""
        linked = own_address(link, self._settings.origin)
        if linked is None:
            raise UnavailableError(
                f"the link to the next page of {self._settings.origin} does not lead to it, "
                "and was not followed"
            )
        return tuple(parse_qsl(linked.query))

    def _odd(self, expected: str) -> str:
        return f"the answer of {self._settings.origin} is not {expected}"


def _pairs(query: Query | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in (query or {}).items() if text is not None)


def _is_object(value: object) -> bool:
    """Whether this is an object of the API: where it has an id, the id is one."""
    if not isinstance(value, dict):
        return False
    return "id" not in value or isinstance(value["id"], str | int)
