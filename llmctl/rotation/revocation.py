"""Secrets to revoke: which are due, and recording that one is revoked."""

from __future__ import annotations

from llmctl.api.resources import PROVIDER_KEYS
from llmctl.errors import Hint, UnfinishedError, UnknownOutcomeError
from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.hints import RERUN
from llmctl.rotation.patience import Patience
from llmctl.rotation.reader import parse_key
from llmctl.rotation.reconcile import MAX_TRIES
from llmctl.rotation.snapshot import Key
from llmctl.rotation.tag import Owed


def due(key: Key) -> tuple[Owed, ...]:
    """Return the secrets that nothing uses any more: none while the key's rotation is pending."""
    return () if key.tag is not None else key.parts.owed


def settle(api: Api, key: Key, owed: Owed, report: Report, patience: Patience) -> None:
    """Record in the key's name that a secret is revoked. `key` is the key as it was last seen.

    A name without the entry, or of a pending rotation, is older than that: reads lag. It is read
    again, and never written back. Raise UnfinishedError if the server goes on showing it.
    """
    tries = 0
    while True:
        now = parse_key(api.get(PROVIDER_KEYS, key.id))
        if owed not in due(now):
            if tries and now.tag is None:
                return  # a response was lost, but the write was done
            if patience.pause():
                continue
            if now.tag is None:
                return  # another run has recorded it
            raise UnfinishedError(
                f"the server still shows an older name of key {key.id}", hint=Hint(RERUN)
            )
        step, tries = steps.settle(now, owed), tries + 1
        try:
            step.send(api)
        except UnknownOutcomeError:
            if tries == MAX_TRIES:
                raise
            continue
        report(step.done_text)
        return
