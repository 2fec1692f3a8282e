"""The client: requests below one project, pages, and the prefix that the server wants."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from llmctl import config, paths, prefix
from llmctl.curl import DryRun, curl_command
from llmctl.errors import UnavailableError
from llmctl.output import report
from llmctl.refusals import check_command, not_the_api, refusal
from llmctl.transport import Answer, Request, Transport

MAX_PAGES = 1_000  # of 100 rows where the server chooses

Object = dict[str, Any]
Query = dict[str, str | None]


def connect(
    profile: str | None,
    host: str | None,
    project: str | None,
    *,
    timeout: float | None,
    retries: int,
    verbose: bool,
    dry_run: bool = False,
) -> Client:
    """A client for what the options and the environment say. Nothing is sent yet.

    ConfigError where there is no key or no project.
    """
    settings = config.resolve(profile=profile, host=host, project=project)
    settings.require_project()
    return Client(
        settings,
        timeout=config.resolve_timeout(timeout),
        retries=retries,
        verbose=verbose,
        dry_run=dry_run,
    )


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
    ) -> None:
        self._settings = settings
        self._dry_run = dry_run
        self._verbose = verbose
        self._timeout = timeout
        self._retries = retries
        self._prefix = prefix.Prefix(
            settings.origin, fixed=settings.api_prefix, remember=not settings.is_sandbox
        )
        self._opened: Transport | None = None

    @property
    def project(self) -> str:
        """The project's number, or `@current`."""
        return self._settings.require_project()

    def get(self, path: str, query: Query | None = None) -> Object:
        """GET one object."""
        return self._object("GET", path, query)

    def post(self, path: str, body: Object) -> Object:
        """POST, answered 200 or 201 with an object."""
        return self._object("POST", path, None, body)

    def patch(self, path: str, body: Object) -> Object:
        """PATCH, answered 200 with the object as it is now."""
        return self._object("PATCH", path, None, body)

    def delete(self, path: str, query: Query | None = None) -> None:
        """DELETE, answered 204 without content."""
        self._exchange("DELETE", path, _pairs(query))

    def list(
        self,
        path: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        query: Query | None = None,
    ) -> Rows:
        """The rows of a list, all pages of them or `limit`; nothing is sent before iteration."""
        paging = {"limit": limit, "offset": offset}
        asked = (query or {}) | {
            name: None if number is None else str(number) for name, number in paging.items()
        }
        return Rows(self, path, _pairs(asked), limit)

    def curl(
        self, method: str, path: str, query: Query | None = None, body: Object | None = None
    ) -> str:
        """A request as the equivalent curl command, without secrets."""
        full = self._full_path(path, self._prefix.name)
        return curl_command(self._settings.origin, Request(method, full, _pairs(query), body))

    def page(self, path: str, query: tuple[tuple[str, str], ...]) -> Page:
        """One page of a list. The link to the next must stay on this server."""
        request, answer = self._exchange("GET", path, query)
        check = check_command(path)
        body = answer.body
        rows = body.get("results") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(_is_object(row) for row in rows):
            raise not_the_api(request, self._odd("a page of a list"), check, answer.status)
        count = body.get("count")
        following = body.get("next")
        if following is None:
            return Page(rows, count if isinstance(count, int) else None, None)
        if not isinstance(following, str):
            raise not_the_api(request, self._odd("a page of a list"), check, answer.status)
        return Page(rows, count if isinstance(count, int) else None, self._next_query(following))

    def _object(
        self, method: str, path: str, query: Query | None = None, body: Object | None = None
    ) -> Object:
        request, answer = self._exchange(method, path, _pairs(query), body)
        if not _is_object(answer.body):
            message = self._odd("an object")
            raise not_the_api(request, message, check_command(path), answer.status)
        found: Object = answer.body
        return found

    def _exchange(
        self,
        method: str,
        path: str,
        query: tuple[tuple[str, str], ...] = (),
        body: Object | None = None,
    ) -> tuple[Request, Answer]:
        """One request and its answer, after the prefix that the server wants was found."""
        request = Request(method, self._full_path(path, self._prefix.name), query, body)
        if self._dry_run and request.is_write:
            raise DryRun(self._settings.origin, request)
        check = check_command(path)
        answer = self._transport.exchange(request, check=check)
        if not path.startswith("/") and not self._prefix.is_fixed:
            twin = dataclasses.replace(request, path=self._full_path(path, self._prefix.other))
            request, answer = self._follow_prefix(request, answer, twin, check)
        error = refusal(request, answer, origin=self._settings.origin, check=check)
        if error is not None:
            raise error
        return request, answer

    def _follow_prefix(
        self, request: Request, answer: Answer, twin: Request, check: str
    ) -> tuple[Request, Answer]:
        """The answer under the other prefix where the server asks for it, else this one."""
        if prefix.is_deprecated(answer, twin):
            self._prefix.switch()
            return request, answer
        if prefix.is_moved(answer, self._settings.origin, request, twin):
            self._prefix.switch()
            return twin, self._transport.exchange(twin, check=check)
        if prefix.is_unknown_endpoint(answer):
            # A route that does not exist did nothing, so that a write may be sent again.
            other = self._transport.exchange(twin, check=check)
            if not prefix.is_unknown_endpoint(other):
                self._prefix.switch()
                return twin, other
        return request, answer

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
        """The query of a link to the next page, and only that: the rest is ours to say.

        Behind a proxy that ends TLS a server may think that it is called by http; any other
        difference in the address is refused.
        """
        own = self._settings.origin
        try:
            linked = urlsplit(link)
        except ValueError:
            linked = None
        if not link.isascii() or not linked or linked.netloc not in ("", urlsplit(own).netloc):
            raise UnavailableError(
                f"the link to the next page of {own} does not lead to it, and was not followed"
            )
        return tuple(parse_qsl(linked.query))

    def _odd(self, expected: str) -> str:
        return f"the answer of {self._settings.origin} is not {expected}"


@dataclasses.dataclass(frozen=True)
class Page:
    """Rows, how many there are in all where the server said so, and the next page's query."""

    rows: list[Object]
    count: int | None
    following: tuple[tuple[str, str], ...] | None


class Rows:
    """The rows of a list, page after page. `total` and `pages` are known from the first page on."""

    def __init__(
        self, client: Client, path: str, query: tuple[tuple[str, str], ...], limit: int | None
    ) -> None:
        self._client = client
        self._path = path
        self._query = query
        self._limit = limit
        self.total: int | None = None
        self.is_paged = False

    def __iter__(self) -> Iterator[Object]:
        left = self._limit
        for rows in self._pages():
            yield from rows if left is None else rows[:left]
            if left is not None:
                left -= len(rows)
                if left <= 0:
                    return

    def _pages(self) -> Iterator[list[Object]]:
        query: tuple[tuple[str, str], ...] | None = self._query
        seen: set[tuple[tuple[str, str], ...]] = set()
        while query is not None:
            if query in seen or len(seen) >= MAX_PAGES:
                raise UnavailableError("the server's pages do not end: a link leads back")
            seen.add(query)
            page = self._client.page(self._path, query)
            self.total = page.count
            if self._limit is not None and page.count is not None:
                self.total = min(page.count, self._limit)
            self.is_paged = page.following is not None
            yield page.rows
            if not page.rows and page.following is not None:
                raise UnavailableError("the server's pages do not end: one is empty")
            query = page.following


def _pairs(query: Query | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in (query or {}).items() if text is not None)


def _is_object(value: object) -> bool:
    """Whether this is an object of the API: where it has an id, the id is one."""
    if not isinstance(value, dict):
        return False
    return "id" not in value or isinstance(value["id"], str | int)
