"""`/api/environments/` or `/api/projects/`: which of the two names a server uses.

The first is the older name; newer servers know both and mark it deprecated, some redirect, and
some know one only. What a server said is remembered per origin, in the cache directory.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from llmctl import paths
from llmctl.api.urls import link_targets, own_address
from llmctl.errors import ConfigError
from llmctl.safe.private_file import locked, read_private, write_private

if TYPE_CHECKING:
    from llmctl.http import Answer, Request

NAMES = ("environments", "projects")
_FILE = "prefixes.json"


class Prefix:
    """The prefix in use for one origin. `fixed` (a profile's setting) is never left."""

    def __init__(self, origin: str, *, fixed: str | None = None, remember: bool = True) -> None:
        self._origin = origin
        self._remember = remember and fixed is None
        self.is_fixed = fixed is not None
        self.is_remembered = False
        self.name = fixed or NAMES[0]
        if self._remember and (remembered := _remembered(origin)):
            self.name, self.is_remembered = remembered, True

    @property
    def other(self) -> str:
        """The name that is not in use."""
        return NAMES[1 - NAMES.index(self.name)]

    def switch(self) -> None:
        """Use the other name from now on, and remember it for this origin."""
        self.name = self.other
        if self._remember:
            with contextlib.suppress(ConfigError):  # without a cache it works all the same
                _store(self._origin, self.name)


def is_deprecated(answer: Answer, origin: str, twin: Request) -> bool:
    """Whether the answer names `twin` (the same request, other prefix) as its successor."""
    if answer.headers.get("Deprecation", "").strip().lower() in ("", "false", "?0"):
        return False
    successors = link_targets(answer.headers.get("Link", ""), "successor-version")
    found = [own_address(target, origin) for target in successors]
    return any(each and each.path.rstrip("/") == twin.path.rstrip("/") for each in found)


def is_moved(answer: Answer, origin: str, request: Request, twin: Request) -> bool:
    """Whether the answer is a 307 to exactly the same request under the other prefix."""
    return answer.status == 307 and answer.location(origin + request.target) == origin + twin.target


def is_unknown_endpoint(answer: Answer) -> bool:
    """Whether the server says that it has no such route, under this prefix at least."""
    body = answer.body
    return (
        answer.status == 404
        and isinstance(body, dict)
        and body.get("detail") == "Endpoint not found."
    )


def _remembered(origin: str) -> str | None:
    try:
        stored = _load(paths.cache_dir() / _FILE)
    except ConfigError:
        return None
    name = stored.get(origin)
    return name if name in NAMES else None


def _store(origin: str, name: str) -> None:
    path = paths.cache_dir() / _FILE
    with locked(path.parent):
        data = json.dumps(_load(path) | {origin: name}).encode()
        write_private(path, data, follow_link=False)


def _load(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(read_private(path) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}
