"""`/api/environments/` or `/api/projects/`: the prefix of a project's paths.

The first is the older name. Newer servers support both and mark it as deprecated, some redirect,
and some support only one. Which one a server uses is remembered per origin, in the cache directory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from llmctl import paths
from llmctl.api.error_details import ENDPOINT_NOT_FOUND
from llmctl.api.urls import link_targets, same_origin
from llmctl.config import API_PREFIXES, ProfileStore
from llmctl.errors import Hint
from llmctl.safe.private_file import locked, optional_files, read_private, write_private

if TYPE_CHECKING:
    from llmctl.api.operation import Operation
    from llmctl.config import Settings
    from llmctl.http import Request, Response

_FILE = "prefixes.json"


class Prefix:
    """The prefix in use for one origin. `fixed` (a profile's setting) never changes."""

    def __init__(self, origin: str, *, fixed: str | None = None, remember: bool = True) -> None:
        self._origin = origin
        self._remember = remember and fixed is None
        self.is_fixed = fixed is not None
        self.is_remembered = False
        self.name = fixed or API_PREFIXES[0]
        if self._remember and (remembered := _remembered(origin)):
            self.name, self.is_remembered = remembered, True

    @property
    def other(self) -> str:
        """The name that is not in use."""
        return API_PREFIXES[1 - API_PREFIXES.index(self.name)]

    def switch(self) -> None:
        """Use the other name from now on, and remember it for this origin."""
        self.name = self.other
        if self._remember:
            with optional_files():
                _store(self._origin, self.name)


class PrefixFallback:
    """Adds the prefix to a project's paths, and switches to the other one if the response says
    so."""

    def __init__(
        self, send: Callable[[Request, float], Response], settings: Settings, prefix: Prefix
    ) -> None:
        self._send = send
        self._settings = settings
        self._prefix = prefix

    def send(self, operation: Operation, deadline: float) -> Response:
        """Return the response under the prefix that the server uses."""
        request = self.request(operation)
        response = self._send(request, deadline)
        if self._prefix.is_fixed:
            return response
        if operation.target.is_absolute:
            moved = _twin(request)
            if moved is None or not _is_moved(response, self._settings.origin, moved):
                return response
            return self._send(moved, deadline)
        twin = self.request(operation, self._prefix.other)
        if _is_deprecated(response, self._settings.origin, twin):
            self._prefix.switch()
        elif _is_moved(response, self._settings.origin, twin):
            self._prefix.switch()
            return self._send(twin, deadline)
        elif _is_unknown_endpoint(response):
            # A route that does not exist did nothing, so a write may be sent again.
            other = self._send(twin, deadline)
            if not _is_unknown_endpoint(other):
                self._prefix.switch()
                return other
        return response

    def pin_hint(self, operation: Operation, response: Response) -> Hint | None:
        """Return the hint for an error that the prefix pinned by a profile may have caused."""
        if operation.target.is_absolute or not self._settings.profile or not self._prefix.is_fixed:
            return None
        twin = self.request(operation, self._prefix.other)
        origin = self._settings.origin
        is_missing = response.status == 410 or (
            response.status == 404
            and (response.problem is not None or _is_unknown_endpoint(response))
        )
        is_moved = _is_redirect(response, origin, twin) or (
            is_missing and _is_deprecated(response, origin, twin)
        )
        if not is_moved and not is_missing:
            return None
        pin, other = self._prefix.name, self._prefix.other
        reason = f"this server uses {other}:" if is_moved else f"if this server uses {other},"
        return Hint(
            f'profile {self._settings.profile} pins api_prefix = "{pin}"; {reason} remove that '
            f"line from {ProfileStore().config_path} to let llmctl detect the prefix"
        )

    def request(self, operation: Operation, name: str | None = None) -> Request:
        """Return the request for an operation, under the prefix in use or another one.

        ConfigError if the path is a project's and no project is set.
        """
        from llmctl.http import Request

        target = operation.target
        path = target.path
        if not target.is_absolute:
            project = self._settings.require_project()
            path = f"/api/{name or self._prefix.name}/{project}/{path}"
        return Request(
            operation.method,
            path,
            operation.query,
            operation.body,
            target.read_command,
            operation.is_current,
            stores_nothing=not operation.is_write,
        )


def _twin(request: Request) -> Request | None:
    """Return an absolute request under the other prefix; None if it has neither."""
    for name, other in (API_PREFIXES, API_PREFIXES[::-1]):
        if request.path.startswith(f"/api/{name}/"):
            return request._replace(path=request.path.replace(name, other, 1))
    return None


def _is_deprecated(response: Response, origin: str, twin: Request) -> bool:
    """Return True if the server names `twin` (the same request, other prefix) as the successor."""
    if response.headers.get("Deprecation", "").strip().lower() in ("", "false", "?0"):
        return False
    successors = link_targets(response.headers.get("Link", ""), "successor-version")
    found = [same_origin(target, origin) for target in successors]
    return any(each and each.path.rstrip("/") == twin.path.rstrip("/") for each in found)


def _is_moved(response: Response, origin: str, twin: Request) -> bool:
    """Return True for a 307 to exactly the same request under the other prefix."""
    return response.status == 307 and response.location == origin + twin.target


def _is_redirect(response: Response, origin: str, twin: Request) -> bool:
    """Return True for any redirect to the path under the other prefix."""
    target = same_origin(response.location or "", origin) if 300 <= response.status < 400 else None
    return target is not None and target.path.rstrip("/") == twin.path.rstrip("/")


def _is_unknown_endpoint(response: Response) -> bool:
    """Return True if the server has no such route, at least under this prefix."""
    return (
        response.status == 404
        and isinstance(response.body, dict)
        and response.body.get("detail") == ENDPOINT_NOT_FOUND
    )


def _remembered(origin: str) -> str | None:
    name = None
    with optional_files():
        name = _load(paths.cache_dir() / _FILE).get(origin)
    return name if name in API_PREFIXES else None


def _store(origin: str, name: str) -> None:
    path = paths.cache_dir() / _FILE
    with locked(path.parent, patience=0):
        data = json.dumps(_load(path) | {origin: name}).encode()
        write_private(path, data, follow_link=False)


def _load(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(read_private(path) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}
