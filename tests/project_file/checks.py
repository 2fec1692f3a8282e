"""What must hold of a project that a file was applied to."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.project_file.server import Object, Server


def undisturbed(before: Server, wanted: Server) -> Callable[[Server], None]:
    """Return a check after each write: nothing that runs before and after stops on the way."""
    kept = before.running() & wanted.running()

    def check(server: Server) -> None:
        stopped = kept - server.running()
        assert not stopped, [server.evaluations[each] for each in stopped]

    return check


def configured(server: Server, *, with_keys: bool = True) -> Object:
    """Return what the file describes, without what only the server knows."""
    found = server.facts()
    for name in ("secrets", *(() if with_keys else ("keys",))):
        del found[name]
    return found


def same(one: Server, other: Server) -> None:
    """Assert that two projects have the same configuration, but for the keys' states."""
    left, right = configured(one), configured(other)
    for found in (left, right):
        found["keys"] = sorted(
            json.dumps({k: v for k, v in json.loads(key).items() if k != "state"}, sort_keys=True)
            for key in found["keys"]
        )
    for name, value in left.items():
        assert value == right[name], name
