"""The client: reads and writes in one project of one server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from llmctl import config, paths
from llmctl.api.completion_cache import ListedIds, NamesOf
from llmctl.api.curl import RefuseWrites, curl_command
from llmctl.api.error_mapping import ErrorMapping
from llmctl.api.operation import Operation
from llmctl.api.page import Page, parse_page
from llmctl.api.pages import Rows, SelectedRows
from llmctl.api.paging import EVERYTHING, Paging
from llmctl.api.prefix import Prefix, PrefixFallback
from llmctl.api.read_back import ReadBack
from llmctl.api.resources import Object, Resource, Target
from llmctl.api.write_check import WriteCheck
from llmctl.errors import LlmctlError
from llmctl.http import (
    Deadline,
    Exchange,
    InProcess,
    QueryParams,
    RateLimit,
    Response,
    Retry,
    open_sandbox,
    open_session,
)
from llmctl.output.criteria import Criteria
from llmctl.safe.secret import Secret

Query = dict[str, str | None] | QueryParams


class Client:
    """One project of one server.

    Objects are plain dicts as the API sent them. Every method raises the error that the response
    maps to (see `error_mapping`). `timeout` bounds each call in seconds, retries included. `report`
    is called with one line about each wait, and if `verbose` about each request. With `reads_back`,
    each write is checked: its response, or if that is lost, the object. `rate_limit` is shared by
    the clients of one run for the same host and key.
    """

    def __init__(
        self,
        settings: config.Settings,
        *,
        timeout: float,
        retries: int,
        report: Callable[[str], None],
        verbose: bool = False,
        dry_run: bool = False,
        reads_back: bool = True,
        rate_limit: RateLimit | None = None,
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        # The send chain, outermost first: read back, map errors, choose the prefix, refuse writes
        # (--dry-run), retry, keep the deadline, exchange. It is built from the inside out: the one
        # public function of each layer, `send`, calls that of the next and passes the deadline on.
        origin, key = settings.origin, settings.key
        attempt: Deadline | InProcess
        if settings.is_sandbox:
            session = open_sandbox(origin, key, paths.sandbox_database(), report)
            attempt = InProcess(Exchange(session, origin, key).send, timeout=timeout)
        else:
            certificate = settings.client_certificate
            session = open_session(origin, key, certificate)
            attempt = Deadline(
                Exchange(session, origin, key).send,
                timeout=timeout,
                has_client_cert=certificate is not None,
            )
        self._rate_limit = rate_limit or RateLimit()
        retry = Retry(
            attempt.send,
            origin=origin,
            retries=retries,
            report=report,
            verbose=verbose,
            rate_limit=self._rate_limit,
        )
        send = RefuseWrites(retry.send, settings).send if dry_run else retry.send
        self.prefix = Prefix(origin, fixed=settings.api_prefix, remember=not settings.is_sandbox)
        self._prefixed = PrefixFallback(send, settings, self.prefix)
        self._mapping = ErrorMapping(
            self._prefixed.send, origin=origin, pin_hint=self._prefixed.pin_hint
        )
        read_back = ReadBack(self._mapping.send, origin=origin, report=report)
        self._send = read_back.send if reads_back else self._mapping.send
        self._check = WriteCheck(self._send, key=key, report=report) if reads_back else None

    @property
    def profile(self) -> str | None:
        """The name of the profile in use, if any."""
        return self._settings.profile

    @property
    def key(self) -> Secret:
        """The personal API key."""
        return self._settings.key

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self._settings.origin

    @property
    def project(self) -> str:
        """The project's number, or `@current`."""
        return self._settings.require_project()

    @property
    def described(self) -> str:
        """The project, its server and the profile, for a question."""
        profile = f" (profile {self.profile})" if self.profile else ""
        return f"project {self.project} at {self.origin}{profile}"

    def wait_out_rate_limit(self, seconds: float) -> None:
        """From now on, wait so long for each request while the server answers 429."""
        self._rate_limit.wait_timeout = seconds

    def get(
        self, resource: Resource, object_id: str | None = None, query: Query | None = None
    ) -> Object:
        """GET one object."""
        operation = Operation("GET", Target(resource, object_id), _params(query))
        found: Object = self._send(operation, self._deadline()).body
        return found

    def create(self, resource: Resource, body: Object, *, before: Object | None = None) -> Object:
        """POST to a collection; return the object from a 200 or 201.

        `before` is an object that the server may change instead of creating a new one.
        """
        operation = Operation("POST", Target(resource), body=body, before=before)
        return self._recorded(operation, self._send(operation, self._deadline()))

    def act(self, target: Target, body: Object) -> Object:
        """POST to an action of a resource or of an object; return the object from a 200 or 201.

        One of the resource's `reading_actions` is sent with --dry-run too, and retried like a GET.
        """
        operation = Operation("POST", target, body=body)
        return self._recorded(operation, self._send(operation, self._deadline()))

    def start(self, target: Target) -> datetime | None:
        """POST to an action that the server does later; return its clock, if it said.

        The response is a 202 without content.
        """
        operation = Operation("POST", target, is_deferred=True)
        return self._send(operation, self._deadline()).answered_at

    def update(
        self,
        resource: Resource,
        object_id: str,
        body: Object,
        *,
        before: Object | None = None,
        is_current: Callable[[], bool] | None = None,
    ) -> Object:
        """PATCH; return the object as it is now.

        `before` is the object as it was just read: without it, the outcome of a new secret stays
        unknown if the response is lost. OutdatedError once `is_current` returns False.
        """
        target = Target(resource, object_id)
        operation = Operation("PATCH", target, body=body, before=before, is_current=is_current)
        return self._recorded(operation, self._send(operation, self._deadline()))

    def delete(
        self,
        resource: Resource,
        object_id: str,
        query: Query | None = None,
        *,
        is_current: Callable[[], bool] | None = None,
    ) -> None:
        """DELETE; expect a 204 without content. OutdatedError once `is_current` returns False."""
        target = Target(resource, object_id)
        operation = Operation("DELETE", target, _params(query), is_current=is_current)
        self._send(operation, self._deadline())

    def confirm_writes(self) -> None:
        """Compare what was written since the last call with what was sent.

        PartialError if the server ignored or changed a field, or changed an existing object.
        """
        if self._check is not None:
            self._check.confirm(self._deadline())

    def list(
        self,
        source: Resource | Target,
        paging: Paging = EVERYTHING,
        query: Query | None = None,
        *,
        names_of: NamesOf | None = None,
    ) -> Rows | SelectedRows:
        """Return the rows of a list, all or what `paging` says; the first page is read at once.

        The list is that of a resource, or an action of one of its objects.
        A server that can filter gets the filters that it knows; all are checked here. `names_of`
        returns the names that shell completion offers; by default those in the rows.
        """
        target = source if isinstance(source, Target) else Target(source)
        params = _params(query)
        if paging.criteria == Criteria():
            return self._rows(target, paging, params, names_of)
        exact = paging.criteria.exact
        asked = {name: exact[name] for name in target.resource.list_filters if name in exact}
        asked |= dict(params)
        everything = paging._replace(limit=None, offset=None)
        rows = self._rows(target, everything, tuple(asked.items()), names_of)
        return SelectedRows(rows, paging)

    def _rows(
        self, target: Target, paging: Paging, query: QueryParams, names_of: NamesOf | None
    ) -> Rows:
        if self._settings.is_sandbox:
            paging = paging._replace(concurrency=1)  # one process is no faster in parallel
        limit = paging.size if paging.limit is None else paging.limit
        bounds = {"limit": limit, "offset": paging.offset}
        numbers = {name: str(number) for name, number in bounds.items() if number is not None}
        params = (*query, *numbers.items())

        def read(params: QueryParams) -> Page:
            operation = Operation("GET", target, params)
            return parse_page(self._send(operation, self._deadline()), self.origin)

        ids = None
        if target.action is None:
            ids = ListedIds(self._settings, target.resource, names_of)
        return Rows(read(params), params, paging, read, ids)

    def exchange(self, operation: Operation) -> tuple[Response, LlmctlError | None]:
        """Send one operation; return the response, whatever its status, and the error it maps to.

        Nothing is read back or compared. Raise the error if there is no response.
        """
        response = self._prefixed.send(operation, self._deadline())
        return response, self._mapping.error(operation, response)

    def curl(
        self, method: str, target: Target, query: Query | None = None, body: Any = None
    ) -> str:
        """Return a request as the equivalent curl command, without secrets."""
        request = self._prefixed.request(Operation(method, target, _params(query), body))
        return curl_command(self._settings, request)

    def _recorded(self, operation: Operation, response: Response) -> Object:
        if self._check is not None and operation.is_write:
            self._check.record(operation, response)
        stored: Object = response.body
        return stored

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout


def _params(query: Query | None) -> QueryParams:
    pairs = query.items() if isinstance(query, dict) else query or ()
    return tuple((name, text) for name, text in pairs if text is not None)
