"""A rotation between reading the project and the first write."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.leftover import find_leftover
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.progress import Progress
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.rotation_run import RotationRun, start_run
from llmctl.rotation.snapshot import Key, Snapshot


@dataclass(frozen=True)
class PreparedRotation:
    """The request, the project as it was read, and how to report.

    `done` is the outcome if there is nothing to do. `patience` limits the wait for changes that
    the server does not show yet. `progress` is that of the run, once it has started.
    """

    api: Api
    request: RotationRequest
    snapshot: Snapshot
    target: RotationTarget
    report: Report
    patience: Patience
    done: Outcome | None = None
    progress: Progress = field(default_factory=Progress)
    runs: list[RotationRun] = field(default_factory=list)

    @property
    def old_key(self) -> Key | None:
        """The old key; None if it is gone."""
        return self.snapshot.key(self.target.old_id)

    @property
    def leftover(self) -> Key | None:
        """The pending key of an abandoned rotation that this one takes over, if any."""
        return find_leftover(self.snapshot, self.target, self.request)

    def start_run(self) -> RotationRun:
        """Return a run that has done nothing yet. The last of the `runs` is the one carried out."""
        self.runs.append(start_run(self.request, self.target, self.snapshot, self.progress))
        return self.runs[-1]
