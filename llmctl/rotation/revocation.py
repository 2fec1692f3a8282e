"""Secrets to revoke: which are due, and recording that one is revoked."""

from __future__ import annotations

from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.reconcile import reconcile
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import Owed


def due(key: Key) -> tuple[Owed, ...]:
    """Return the secrets that nothing uses any more: none while the key's rotation is pending."""
    return () if key.tag is not None else key.parts.owed


def settle(api: Api, key: Key, owed: Owed, report: Report) -> None:
    """Record in the key's name that a secret is revoked."""

    def decide(snapshot: Snapshot, run: RotationRun) -> Step | None:
        now = snapshot.key(key.id)
        if now is None or owed not in now.parts.owed:
            return None
        return steps.settle(now, owed)

    reconcile(api, RotationRun(key.id), decide, report, check_first=False)
