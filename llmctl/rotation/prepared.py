"""A rotation between reading the project and the first write."""

from __future__ import annotations

from dataclasses import dataclass

from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Confirm, Report
from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.patience import Patience
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.rotation_run import RotationRun, start_run
from llmctl.rotation.snapshot import Key, Snapshot


@dataclass(frozen=True)
class PreparedRotation:
    """The request, the project as it was read, and the callbacks.

    `patience` limits the wait for changes that the server does not show yet.
    """

    api: Api
    request: RotationRequest
    snapshot: Snapshot
    target: RotationTarget
    report: Report
    confirm: Confirm
    patience: Patience

    @property
    def old_key(self) -> Key | None:
        """The old key; None if it is gone."""
        return self.snapshot.key(self.target.old_id)

    def start_run(self) -> RotationRun:
        """Return a run that has done nothing yet."""
        return start_run(self.request, self.target, self.snapshot)
