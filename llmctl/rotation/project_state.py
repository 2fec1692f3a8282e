"""Read a project for an audit: its keys, the active one, and what uses them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from llmctl.errors import ConfigError, DeniedError, LlmctlError
from llmctl.rotation.api import Api
from llmctl.rotation.key_resolution import use_of
from llmctl.rotation.reader import read_snapshot, read_taggers, with_key
from llmctl.rotation.snapshot import Dependent, Key, Snapshot

EVALUATIONS, TAGGERS, ACTIVE_KEY = "the evaluations", "the taggers", "the active key"


@dataclass(frozen=True)
class ProjectState:
    """A project as it was read.

    `unread` maps the parts that could not be read to the errors. If the active key is one of them,
    `dependents` are only those that are pinned to a key.
    """

    snapshot: Snapshot
    active: Key | None
    dependents: tuple[Dependent, ...]
    unread: dict[str, LlmctlError]

    def users(self, key: Key) -> tuple[Dependent, ...]:
        """Return what uses a key, disabled ones included."""
        use = use_of(key.id, self.dependents, self.active)
        return (*use.pinned, *use.unpinned)

    def age_of(self, key: Key) -> timedelta | None:
        """Return the time since a key was created, at least 0; None if unknown."""
        try:
            created = datetime.fromisoformat(key.created_at).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        # The server's Date has whole seconds: a new key may seem to be created after it.
        return max((self.snapshot.time or datetime.now(UTC)) - created, timedelta(0))


def read_state(api: Api) -> ProjectState:
    """Read the project. Raise DeniedError if the keys cannot be read."""
    snapshot = read_snapshot(api)
    active_id: str | None = None
    dependents: list[Dependent] = []
    unread: dict[str, LlmctlError] = {}
    with _recording_failure(unread, EVALUATIONS):
        dependents += snapshot.evaluations
    with _recording_failure(unread, TAGGERS):
        dependents += read_taggers(api)
    with _recording_failure(unread, ACTIVE_KEY):
        active_id = snapshot.active
    if ACTIVE_KEY in unread:
        dependents = [each for each in dependents if each.key_id is not None]
    for key_id in dict.fromkeys([active_id, *(each.key_id for each in dependents)]):
        if key_id is not None:
            snapshot = with_key(api, snapshot, key_id)
    active = None if active_id is None else snapshot.key(active_id)
    return ProjectState(snapshot, active, tuple(dependents), unread)


@contextlib.contextmanager
def _recording_failure(unread: dict[str, LlmctlError], part: str) -> Iterator[None]:
    """Record that a part of the project cannot be read: no access, or a 404 from a gateway."""
    try:
        yield
    except (DeniedError, ConfigError) as error:
        if error.status == 401:
            raise
        unread[part] = error
