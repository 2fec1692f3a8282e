"""Find a project's problems: evaluations and taggers without a working key, and keys to look after.

A key's state is the one that the server stored when it last validated the secret. A key in the
state `unknown` counts as one that does not work: the server uses it where it is pinned or active
already, but refuses to make it active before it is validated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from llmctl.errors import ExitCode, Hint
from llmctl.output.text import counted
from llmctl.rotation import hints
from llmctl.rotation.conflicts import end_hint
from llmctl.rotation.dependents import MAX_NAMES, PAUSED_OR_STOPPED, listed
from llmctl.rotation.key_resolution import (
    is_stopped_by_key,
    key_used_by,
    may_be_stopped,
    without_key,
)
from llmctl.rotation.leftover import age_of
from llmctl.rotation.project_state import ACTIVE_KEY, EVALUATIONS, TAGGERS, ProjectState
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.revocation import due
from llmctl.rotation.snapshot import Dependent, Key, Snapshot

NOTED_AHEAD = timedelta(days=30)  # a key that becomes too old within this time is noted


@dataclass(frozen=True)
class Problem:
    """A problem of a key, or of evaluations and taggers.

    `exit_code` is OK if it is no failure. `key` is the key with the problem, if any; `dependents`
    are the evaluations and taggers that are affected. `is_note`: print it as a note as well, not
    only in the key's row.
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
            "used_by": [each.as_output() for each in self.dependents],
            "hint": self.hint and self.hint.line(tuple(selection)),
        }


def find_problems(state: ProjectState, max_age: timedelta | None) -> list[Problem]:
    """Return the problems of the project: those of its keys in their order, then the others."""
    of_keys = [problem for key in state.snapshot.keys for problem in _of_key(key, state, max_age)]
    return [*of_keys, *_without_key(state), *_paused_or_stopped(state), *_unread(state)]


def _of_key(key: Key, state: ProjectState, max_age: timedelta | None) -> Iterator[Problem]:
    users = state.users(key)
    stopped = tuple(filter(is_stopped_by_key, users))
    if key.state != "ok":
        yield _not_ok(key, users)
    elif stopped:
        text = f"the key works, but {_stopped(stopped)}"
        yield Problem(text, ExitCode.REJECTED, key, stopped, hints.start_again(listed(stopped)))
    if max_age is not None:
        yield from _age(key, state, max_age)
    if key.parts.replaced_by is not None:
        yield Problem(f"kept since key {key.parts.replaced_by} replaced it", key=key)
    if due(key):
        yield _owing(key)
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
    parts = [
        state_of(key),
        *([f"used by {listed(enabled)}"] if enabled else []),
        *([_stopped(stopped)] if stopped else []),
        *([f"disabled: {listed(disabled)}"] if disabled else []),
    ]
    code = ExitCode.OK
    if enabled or stopped:
        code = ExitCode.UNAVAILABLE if is_outage and not stopped else ExitCode.REJECTED
    hint = repair_hint(key, listed(stopped))
    return Problem("; ".join(parts), code, key, users, hint)


def state_of(key: Key) -> str:
    """Return the state of a key that does not work, with the reason."""
    reason = key.error_message or ("not validated" if key.state == "unknown" else "")
    return f"its state is {key.state}" + (f": {reason}" if reason else "")


def repair_hint(key: Key, stopped: str = "") -> Hint:
    """Return how to make a key work that does not, and how to start what it `stopped`, if any."""
    if key.state in ("error", "unknown"):
        again = "once the provider is back, store" if key.state == "error" else "store"
        words = ("provider-keys", "update", key.id, "--api-key-env", "VARIABLE")
        then = hints.start_again(stopped, lead="then ") if stopped else None
        return Hint(f"{again} its secret again to validate it", words, then)
    rotate = ("provider-keys", "rotate", key.id)
    if stopped:
        return Hint(f"give it a new secret and start {stopped} again", (*rotate, "--recover"))
    return Hint("give it a new secret", rotate)


def _age(key: Key, state: ProjectState, max_age: timedelta) -> Iterator[Problem]:
    """Yield the problem of a key that is too old, or becomes so within NOTED_AHEAD."""
    age = state.age_of(key)
    if age is None:
        return
    left = max_age - age
    limit = f"{max_age / timedelta(days=1):g} days"
    enabled = tuple(each for each in state.users(key) if each.needs_key)
    replace = ("provider-keys", "rotate", key.id, "--strategy", "replace")
    hint = Hint("replace it", replace)
    used = f"; used by {listed(enabled)}" if enabled else ""
    if left < timedelta(0):
        code = ExitCode.REJECTED if enabled else ExitCode.OK
        text = f"older than {limit}{used}"
        yield Problem(text, code, key, enabled, hint if enabled else None)
    elif left <= NOTED_AHEAD and enabled:
        when = f"in {left.days} days" if left.days > 1 else "tomorrow" if left.days else "today"
        text = f"becomes older than {limit} {when}{used}"
        yield Problem(text, key=key, dependents=enabled, hint=hint, is_note=True)


def _owing(key: Key) -> Problem:
    """Return the problem of a key whose old secret is not revoked yet."""
    masks = ", ".join(f"{owed.mask} ({owed.provider})" for owed in due(key))
    text = f"the old secret {masks} is still to be revoked"
    revoked = ("provider-keys", "rotate", key.id, "--revoked")
    hint = Hint("run rotate with --revoke-command CMD, or, once it is revoked", revoked)
    return Problem(text, ExitCode.REJECTED, key, hint=hint)


def _pending(key: Key, snapshot: Snapshot) -> Problem:
    """Return the problem of a rotation's new key: a failure if the rotation was abandoned."""
    tag = key.tag
    assert tag is not None
    age = age_of(key, snapshot)
    if not tag.is_kept and age is not None and age > RotationRequest.stale_after:
        ago = f"{counted(age.days, 'day')} ago"
        text = f"a rotation of {tag.old_id} was started {ago} and not finished"
        return Problem(text, ExitCode.REJECTED, key, hint=end_hint(snapshot, tag.old_id))
    text = f"a rotation of {tag.old_id} is pending"
    return Problem(
        text, key=key, hint=hints.finish("finish it (or cancel it with --abort)", key.id)
    )


def _without_key(state: ProjectState) -> Iterator[Problem]:
    """Yield a problem for each provider without a key, and for each pinned key that is gone."""
    active = state.active
    lacking = without_key(state.dependents, active.provider if active else None)
    for group in _grouped(lacking, lambda each: each.provider or ""):
        provider = group[0].provider
        verb = _verb(group, "it is", "they are")
        why = f"{verb} not pinned to one, and {why_not_active(provider, active)}"
        yield _no_key(group, why, key_for(group, state.snapshot, state.active))
    lost = [
        each for each in state.dependents if each.key_id and not state.snapshot.key(each.key_id)
    ]
    for group in _grouped(lost, lambda each: each.key_id or ""):
        verb = _verb(group, "it is", "they are")
        why = f"{verb} pinned to key {group[0].key_id}, which does not exist"
        yield _no_key(group, why, key_for(group, state.snapshot, state.active))


def _grouped(
    dependents: Iterable[Dependent], by: Callable[[Dependent], str]
) -> Iterator[tuple[Dependent, ...]]:
    """Yield dependents without a key in groups, but not those that a user paused.

    If the server gives no reasons, a disabled one counts: its key may have been deleted.
    """
    found = [
        each
        for each in dependents
        if each.needs_key or is_stopped_by_key(each) or may_be_stopped(each)
    ]
    for _, group in groupby(sorted(found, key=by), by):
        yield tuple(group)


def _no_key(group: tuple[Dependent, ...], why: str, hint: Hint) -> Problem:
    text = f"{listed(group)} {_verb(group, 'is', 'are')} left without a key: {why}"
    unclear = [each for each in group if may_be_stopped(each)]
    stopped = [each for each in group if is_stopped_by_key(each)]
    if unclear:
        text = f"{text}; {_unclear(unclear)}"
    if stopped:
        text = f"{text}; {_stopped(stopped)}"
        hint = hints.followed_by(hint, hints.start_again(listed(stopped), lead="then "))
    return Problem(text, ExitCode.REJECTED, None, group, hint, is_note=True)


def key_for(group: Collection[Dependent], snapshot: Snapshot, active: Key | None) -> Hint:
    """Return how to give a key to evaluations and taggers of one provider that have none."""
    provider = next(each.provider for each in group)
    fitting = [
        key
        for key in snapshot.keys
        if key.state == "ok" and key.tag is None and provider in (None, key.provider)
    ]
    if fitting:
        key = fitting[0]
        activate = ("evaluation-config", "set-active-key", key.id)
        pin = _pin(f"pin key {key.plain_name}", group, key.id)
        return hints.followed_by(pin, Hint("or make it active", activate))
    create = ("provider-keys", "create", "--provider", provider or "PROVIDER", "--name", "NAME")
    if active is None:
        return Hint("create an active key", (*create, "--set-as-active"))
    return Hint("create a key", create, also=_pin("then pin it", group, "NAME"))


def _pin(text: str, group: Collection[Dependent], key: str) -> Hint:
    """Return the hint to pin evaluations to a key; llmctl cannot do that for taggers."""
    can_update = all(each.noun == "evaluation" and each.provider for each in group)
    if not can_update or len(group) > MAX_NAMES:
        return Hint(f"{text} {hints.WEB_APP}")
    ids = (each.id for each in group)
    return Hint(text, ("evaluations", "update", *ids, "--provider-key", key))


def why_not_active(provider: str | None, active: Key | None) -> str:
    """Return why the active key does not serve this provider."""
    if active is None:
        return "there is no active key"
    return f"the active key {active.plain_name} is for {active.provider}, not {provider}"


def _paused_or_stopped(state: ProjectState) -> Iterator[Problem]:
    keys = {key.id for key in state.snapshot.keys}
    with_key = [each for each in state.dependents if key_used_by(each, state.active) in keys]
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
    for reason, members in groupby(by_reason, lambda each: each.stop_reason):
        group = list(members)
        texts.append(f"{listed(group)} {_verb(group, 'was', 'were')} stopped ({reason})")
    return " and ".join(texts)


def _unclear(disabled: Collection[Dependent]) -> str:
    return f"{listed(disabled)} {_verb(disabled, 'is', 'are')} {PAUSED_OR_STOPPED}"


def _verb(group: Collection[Dependent], singular: str, plural: str) -> str:
    return singular if len(group) == 1 else plural
