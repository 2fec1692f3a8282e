"""Reads from a replica of the database that lags behind the writes."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Replica:
    """The database as it was before recent writes. Times are those of any rising clock."""

    past: list[tuple[float, bytes]] = field(default_factory=list)

    def write_follows(self, until: float) -> None:
        """Keep the current state: reads up to the time `until` do not see the write."""
        self.past.append((until, _current_state()))

    def state(self, now: float) -> bytes | None:
        """Return the state that a read at `now` sees, or None if it is the current one."""
        self.past = [(until, state) for until, state in self.past if now <= until]
        return self.past[0][1] if self.past else None


def _current_state() -> bytes:
    from django.db import connections

    name = connections.databases["default"]["NAME"]
    with contextlib.closing(sqlite3.connect(name)) as connection:
        return connection.serialize()


@contextlib.contextmanager
def reading(state: bytes) -> Iterator[None]:
    """Make this thread's queries use a copy of the database in that state."""
    from django.db import connections

    current = connections["default"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "replica.sqlite3")
        copy.write_bytes(state)
        replica = type(current)({**current.settings_dict, "NAME": str(copy)}, "default")
        connections["default"] = replica
        try:
            yield
        finally:
            connections["default"] = current
            replica.close()
