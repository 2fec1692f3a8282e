"""Problems of a project: will every enabled evaluation and tagger find a key that works?

The server decides by `key_resolution`; the state of a key is the one that it stored when it last
validated the secret. A key in the state `unknown` counts as one that does not work: the server uses
it where it is pinned or active already, but refuses to make it active before it is validated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from llmctl.errors import ConfigError, DeniedError, ExitCode, Hint, LlmctlError
from llmctl.rotation import hints
from llmctl.rotation.api import Api
from llmctl.rotation.conflicts import end_hint
from llmctl.rotation.dependents import MAX_NAMES
from llmctl.rotation.key_resolution import (
    is_stopped_by_key,
    key_found_by,
    may_be_stopped,
    use_of,
    without_key,
)
from llmctl.rotation.leftover import age_of
from llmctl.rotation.reader import read_snapshot, read_taggers, with_key
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.revocation import due
from llmctl.rotation.snapshot import Dependent, Key, Snapshot

FORESIGHT = timedelta(days=30)  # a key that becomes too old within this time is noted
WEB_PAGE = "in PostHog's web page"
EVALUATIONS, TAGGERS, ACTIVE_KEY = "the evaluations", "the taggers", "the active key"


@dataclass(frozen=True)
class Problem:
    """A problem of a key, or of what needs one.

    `exit_code` is OK if it does not count as a failure. `key` is the key that it is about, if any,
    and `dependents` are the evaluations and taggers. `is_note`: it is not only part of a key's row.
    """

    text: str
    exit_code: ExitCode = ExitCode.OK
    key: Key | None = None
    dependents: tuple[Dependent, ...] = ()
    hint: Hint | None = None
    is_note: bool = False

    def as_output(self, selection: Iterable[str]) -> dict[str, Any]:
        """Return the problem for programs; commands get the options in `selection`."""
        return {
            "exit_code": int(self.exit_code),
            "message": self.text,
            "key": self.key and self.key.as_output(),
            "used_by": [dependent_as_output(each) for each in self.dependents],
            "hint": self.hint and self.hint.line(tuple(selection)),
        }


@dataclass(frozen=True)
class ProjectState:
    """A project as it was read. `unread` are the errors for the parts that could not be read.

    Without the active key, `dependents` lacks those that are pinned to none.
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
    with _noting_failure(unread, EVALUATIONS):
        dependents += snapshot.evaluations
    with _noting_failure(unread, TAGGERS):
        dependents += read_taggers(api)
    with _noting_failure(unread, ACTIVE_KEY):
        active_id = snapshot.active
    if ACTIVE_KEY in unread:
        dependents = [each for each in dependents if each.key_id is not None]
    for key_id in dict.fromkeys([active_id, *(each.key_id for each in dependents)]):
        if key_id is not None:
            snapshot = with_key(api, snapshot, key_id)
    active = None if active_id is None else snapshot.key(active_id)
    return ProjectState(snapshot, active, tuple(dependents), unread)


@contextlib.contextmanager
def _noting_failure(unread: dict[str, LlmctlError], part: str) -> Iterator[None]:
    """Record that a part of the project cannot be read: no access, or a 404 of a gateway."""
    try:
        yield
    except (DeniedError, ConfigError) as error:
        if error.status == 401:
            raise
        unread[part] = error


def find_problems(state: ProjectState, max_days: float | None) -> list[Problem]:
    """Return the problems of the project: those of its keys in their order, then the others."""
    of_keys = [problem for key in state.snapshot.keys for problem in _of_key(key, state, max_days)]
    return [*of_keys, *_without_key(state), *_paused_or_stopped(state), *_unread(state)]


def _of_key(key: Key, state: ProjectState, max_days: float | None) -> Iterator[Problem]:
    users = state.users(key)
    stopped = tuple(filter(is_stopped_by_key, users))
    if key.state != "ok":
        yield _not_ok(key, users)
    elif stopped:
        text = f"the key works, but {_stopped(stopped)}"
        yield Problem(text, ExitCode.REJECTED, key, stopped, _start_again(stopped))
    if max_days is not None:
        yield from _age(key, state, max_days)
    if key.parts.replaced_by is not None:
        yield Problem(f"kept since key {key.parts.replaced_by} replaced it", key=key)
    if due(key):
        masks = ", ".join(f"{owed.mask} ({owed.provider})" for owed in due(key))
        text = f"the old secret {masks} is still to be revoked"
        revoked = ("provider-keys", "rotate", key.id, "--revoked")
        hint = Hint("run rotate with --revoke-command CMD, or, once it is revoked", revoked)
        yield Problem(text, ExitCode.REJECTED, key, hint=hint)
    if key.tag is not None:
        yield _pending(key, state.snapshot)
    elif not users and key != state.active and not {EVALUATIONS, ACTIVE_KEY} & {*state.unread}:
        or_tagger = "" if TAGGERS in state.unread else "or tagger "
        yield Problem(f"no evaluation {or_tagger}uses it", key=key)
    if key.mask.strip("*") and (twins := _twins(key, state.snapshot)):
        yield Problem(f"same mask as {', '.join(twins)}", key=key)


def _twins(key: Key, snapshot: Snapshot) -> list[str]:
    """Return the ids of the other keys with its mask."""
    return [each.id for each in snapshot.keys if each.mask == key.mask and each.id != key.id]


def _not_ok(key: Key, users: tuple[Dependent, ...]) -> Problem:
    """Return the problem of a key that does not work: a failure if anything enabled uses it."""
    enabled = [each for each in users if each.needs_key]
    stopped = [each for each in users if is_stopped_by_key(each)]
    disabled = [each for each in users if not each.enabled and not is_stopped_by_key(each)]
    is_outage = key.state == "error"
    reason = key.error_message or ("not validated" if key.state == "unknown" else "")
    parts = [
        f"its state is {key.state}" + (f": {reason}" if reason else ""),
        *([f"used by {_listed(enabled)}"] if enabled else []),
        *([_stopped(stopped)] if stopped else []),
        *([f"disabled: {_listed(disabled)}"] if disabled else []),
    ]
    code = ExitCode.OK
    if enabled or stopped:
        code = ExitCode.UNAVAILABLE if is_outage and not stopped else ExitCode.REJECTED
    if key.state in ("error", "unknown"):
        again = "once the provider is back, store" if is_outage else "store"
        words = ("provider-keys", "update", key.id, "--api-key-env", "VARIABLE")
        hint = Hint(f"{again} its secret again to validate it", words)
    else:
        hint = Hint("give it a new secret", ("provider-keys", "rotate", key.id))
    if stopped:
        hint = hints.followed_by(hint, Hint(f"then {_start_again(stopped).text}"))
    return Problem("; ".join(parts), code, key, users, hint)


def _age(key: Key, state: ProjectState, max_days: float) -> Iterator[Problem]:
    """Yield the problem of a key that is too old, or becomes so within FORESIGHT."""
    age = state.age_of(key)
    if age is None:
        return
    left = timedelta(days=max_days) - age
    enabled = tuple(each for each in state.users(key) if each.needs_key)
    replace = ("provider-keys", "rotate", key.id, "--strategy", "replace")
    hint = Hint("replace it", replace)
    used = f"; used by {_listed(enabled)}" if enabled else ""
    if left < timedelta(0):
        code = ExitCode.REJECTED if enabled else ExitCode.OK
        text = f"older than {max_days:g} days{used}"
        yield Problem(text, code, key, enabled, hint if enabled else None)
    elif left <= FORESIGHT and enabled:
        when = f"in {left.days} days" if left.days > 1 else "tomorrow" if left.days else "today"
        text = f"becomes older than {max_days:g} days {when}{used}"
        yield Problem(text, key=key, dependents=enabled, hint=hint, is_note=True)


def _pending(key: Key, snapshot: Snapshot) -> Problem:
    """Return the problem of a rotation's new key: a failure if the rotation was abandoned."""
    tag = key.tag
    assert tag is not None
    age = age_of(key, snapshot)
    if not tag.is_kept and age is not None and age > RotationRequest.stale_after:
        days = f"{age.days} day{'' if age.days == 1 else 's'}"
        text = f"a rotation of {tag.old_id} was begun {days} ago and not finished"
        return Problem(text, ExitCode.REJECTED, key, hint=end_hint(snapshot, tag.old_id))
    text = f"a rotation of {tag.old_id} is pending"
    return Problem(
        text, key=key, hint=hints.finish("finish it (or cancel it with --abort)", key.id)
    )


def _without_key(state: ProjectState) -> Iterator[Problem]:
    """Yield a problem for what finds no key: by its provider, or by the key that is gone."""
    lacking = without_key(state.dependents, state.active)
    lost = [
        each for each in state.dependents if each.key_id and not state.snapshot.key(each.key_id)
    ]
    for group in _grouped(lacking, lambda each: each.provider or ""):
        provider = group[0].provider
        pinned = f"{'they are' if len(group) > 1 else 'it is'} pinned to none"
        other = state.active
        active = "there is no active key"
        if other is not None:
            active = f"the active key {other.plain_name} is for {other.provider}, not {provider}"
        yield _no_key(group, f"{pinned}, and {active}", _key_for(provider, state))
    for group in _grouped(lost, lambda each: each.key_id or ""):
        why = f"key {group[0].key_id}, which {'they are' if len(group) > 1 else 'it is'} pinned to,"
        yield _no_key(group, f"{why} does not exist", _key_for(group[0].provider, state))


def _grouped(
    dependents: Iterable[Dependent], by: Callable[[Dependent], str]
) -> Iterator[tuple[Dependent, ...]]:
    """Yield those that count, together by a property: all but the ones that a user paused.

    Without any key, one that may be stopped counts: a deleted key leaves no other trace on the
    servers that give no reasons.
    """
    counted = [
        each
        for each in dependents
        if each.needs_key or is_stopped_by_key(each) or may_be_stopped(each)
    ]
    for _, group in groupby(sorted(counted, key=by), by):
        yield tuple(group)


def _no_key(group: tuple[Dependent, ...], why: str, hint: Hint) -> Problem:
    stopped = [each for each in group if is_stopped_by_key(each)]
    text = f"{_listed(group)} {'find' if len(group) > 1 else 'finds'} no key: {why}"
    unclear = [each for each in group if may_be_stopped(each)]
    if unclear:
        text = f"{text}; {_unclear(unclear)}"
    if stopped:
        text = f"{text}; {_stopped(stopped)}"
        hint = hints.followed_by(hint, Hint(f"then {_start_again(stopped).text}"))
    return Problem(text, ExitCode.REJECTED, None, group, hint, is_note=True)


def _key_for(provider: str | None, state: ProjectState) -> Hint:
    """Return how to give a key to evaluations and taggers that find none."""
    fitting = [
        key
        for key in state.snapshot.keys
        if key.state == "ok" and key.tag is None and provider in (None, key.provider)
    ]
    if fitting:
        activate = ("evaluation-config", "set-active-key", fitting[0].id)
        return Hint(f"pin key {fitting[0].plain_name} {WEB_PAGE}, or make it active", activate)
    create = ("provider-keys", "create", "--provider", provider or "PROVIDER", "--name", "NAME")
    if state.active is None:
        return Hint("create an active key", (*create, "--set-as-active"))
    return Hint(f"create a key and pin it {WEB_PAGE}", create)


def _paused_or_stopped(state: ProjectState) -> Iterator[Problem]:
    keys = {key.id for key in state.snapshot.keys}
    with_key = [each for each in state.dependents if key_found_by(each, state.active) in keys]
    unclear = tuple(filter(may_be_stopped, with_key))
    if unclear:
        yield Problem(_unclear(unclear), dependents=unclear, is_note=True)


def _unread(state: ProjectState) -> Iterator[Problem]:
    for what, error in state.unread.items():
        text = f"cannot read {what}, so not everything was checked: {error.message}"
        yield Problem(text, error.exit_code, hint=error.hint, is_note=True)


def _stopped(stopped: Iterable[Dependent]) -> str:
    """Return which were stopped, with the server's reasons."""
    by_reason = sorted(stopped, key=lambda each: each.stop_reason or "")
    texts = []
    for reason, group in groupby(by_reason, lambda each: each.stop_reason):
        each = list(group)
        texts.append(f"{_listed(each)} {'were' if len(each) > 1 else 'was'} stopped ({reason})")
    return " and ".join(texts)


def _unclear(disabled: Collection[Dependent]) -> str:
    """Return which are disabled, on a server that gives no reasons."""
    verb = "are" if len(disabled) > 1 else "is"
    return (
        f"{_listed(disabled)} {verb} disabled: paused by a user, or stopped because of a key; "
        "this server does not say which"
    )


def _start_again(stopped: Iterable[Dependent]) -> Hint:
    return Hint(f"start {_listed(stopped)} again {WEB_PAGE}")


def _listed(dependents: Iterable[Dependent]) -> str:
    """Return `evaluations A, B and tagger C`; no more than MAX_NAMES of each."""
    texts = []
    for noun, group in groupby(sorted(dependents, key=lambda each: each.noun), lambda e: e.noun):
        names = [each.name for each in group]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        plural = "s" if len(names) > 1 else ""
        texts.append(f"{noun}{plural} {', '.join(names[:MAX_NAMES])}{more}")
    return " and ".join(texts)


def dependent_as_output(dependent: Dependent) -> dict[str, Any]:
    """Return an evaluation or a tagger for programs."""
    return {
        "kind": dependent.noun,
        "id": dependent.id,
        "name": dependent.name,
        "enabled": dependent.enabled,
        "stop_reason": dependent.stop_reason,
    }
