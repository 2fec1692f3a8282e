"""Read and describe the evaluations and taggers that use a provider key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from llmctl.errors import LlmctlError, UnavailableError
from llmctl.output.text import counted
from llmctl.rotation.api import Api
from llmctl.rotation.key_resolution import use_of
from llmctl.rotation.reader import read_evaluations, read_taggers
from llmctl.rotation.snapshot import Dependent, Evaluation, Key, Snapshot

MAX_NAMES = 10  # of one kind; the others are counted
PAUSED_OR_STOPPED = "paused or stopped (this server does not say which)"


@dataclass(frozen=True)
class Dependents:
    """The evaluations and taggers that need a key, and a line for each list that was not read."""

    found: tuple[Dependent, ...]
    unread: tuple[str, ...] = ()


def read_dependents(
    api: Api,
    evaluations: Callable[[], tuple[Evaluation, ...]] | None = None,
    *,
    tolerated: tuple[type[LlmctlError], ...] = (LlmctlError,),
) -> Dependents:
    """Read the evaluations and taggers. `evaluations` returns the evaluations if they are known.

    A `tolerated` error becomes a line, unless it is a 401: the key itself is invalid.
    """
    found: list[Dependent] = []
    unread: list[str] = []
    lists: dict[str, Callable[[], Iterable[Dependent]]] = {
        "evaluations": evaluations or partial(read_evaluations, api),
        "taggers": partial(read_taggers, api),
    }
    for what, read in lists.items():
        try:
            found += read()
        except tolerated as error:
            if error.status == 401:
                raise
            if isinstance(error, UnavailableError) and what == "evaluations":
                unread.append(unread_line("evaluations and taggers", error))
                break  # the other list would take as long to fail
            unread.append(unread_line(what, error))
    return Dependents(tuple(found), tuple(unread))


def unread_line(what: str, error: LlmctlError) -> str:
    """Return the line for what could not be read."""
    return f"{what} could not be read: {error.message}"


def describe_dependents(snapshot: Snapshot, key: Key, dependents: Iterable[Dependent]) -> list[str]:
    """Return the key and what uses it, one line each."""
    is_active = snapshot.is_active(key)
    known = {True: "the active key", False: "not the active key", None: "possibly the active key"}
    use = use_of(key.id, dependents, None if is_active is False else key)
    unpinned = "uses it as the active key" if is_active else "uses it if it is the active key"
    return [
        f"{key.provider} key {key.id} ({key.plain_name}, {key.mask}, {key.state}): "
        f"{known[is_active]}",
        *_lines("pinned to it", use.pinned),
        *_lines(unpinned, use.unpinned),
    ]


def describe_without_key(dependents: Iterable[Dependent]) -> list[str]:
    """Return evaluations and taggers without a key, one line each; enabled ones first."""
    lines: list[str] = []
    by_provider = sorted(dependents, key=lambda each: (not each.enabled, each.provider or ""))
    for (is_enabled, provider), group in groupby(
        by_provider, lambda each: (each.enabled, each.provider)
    ):
        lead = "left without a key" if is_enabled else "not enabled, and without a key"
        lines += _lines(f"{lead} for {provider}" if provider else lead, group)
    return lines


def describe_stopped(stopped: Sequence[Evaluation]) -> list[str]:
    """Return evaluations that the server stopped, one line each."""
    lines = [f"{each} stays stopped ({each.stop_reason})" for each in stopped[:MAX_NAMES]]
    more = len(stopped) - MAX_NAMES
    if more > 0:
        lines.append(f"{more} more evaluation{' stays' if more == 1 else 's stay'} stopped")
    return lines


def describe_unclear(disabled: Iterable[Evaluation]) -> list[str]:
    """Return disabled evaluations of a server that gives no reasons, one line each."""
    return [*_lines(PAUSED_OR_STOPPED, disabled)]


def listed(dependents: Iterable[Dependent]) -> str:
    """Return `evaluations A, B and tagger C`, with at most MAX_NAMES names of each kind."""
    texts = []
    by_noun = sorted(dependents, key=lambda each: each.noun)
    for noun, group in groupby(by_noun, lambda each: each.noun):
        names = [each.name for each in group]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        plural = "s" if len(names) > 1 else ""
        texts.append(f"{noun}{plural} {', '.join(names[:MAX_NAMES])}{more}")
    return " and ".join(texts)


def _lines(lead: str, dependents: Iterable[Dependent]) -> Iterator[str]:
    """Yield a line for each of the first few of a kind, and one that counts the others."""
    for noun, group in groupby(sorted(dependents, key=_order), lambda each: each.noun):
        members = list(group)
        for each in members[:MAX_NAMES]:
            yield f"{lead}: {noun} {each.id} ({each.name}, {_state(each)})"
        if (more := len(members) - MAX_NAMES) > 0:
            yield f"{lead}: {counted(more, f'more {noun}')}"


def _order(dependent: Dependent) -> tuple[str, bool]:
    return dependent.noun, not dependent.enabled


def _state(dependent: Dependent) -> str:
    if dependent.stop_reason is not None:
        return f"stopped: {dependent.stop_reason}"
    return "enabled" if dependent.enabled else "disabled"
