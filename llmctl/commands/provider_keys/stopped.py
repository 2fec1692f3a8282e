"""After a rotation: name the evaluations that its key stopped, or start them with --recover."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from llmctl.cli.dependencies import Client, Confirmation
from llmctl.errors import LlmctlError, UnfinishedError
from llmctl.rotation import hints
from llmctl.rotation.callbacks import Report
from llmctl.rotation.dependents import describe_stopped, describe_unclear, listed, unread_line
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.recovery import Candidate, Recovery
from llmctl.rotation.reports import describe_disabled, read_reports
from llmctl.rotation.snapshot import Evaluation
from llmctl.rotation.stopped import candidates, find_stopped, stopped_before


class StoppedEvaluations:
    """The evaluations that the key of one rotation stopped.

    If it `recovers`, they are started: `recovery` is the progress, and `error` names those that
    could not be started. `is_settled` at the end, without an error. `command_line` returns a
    command for the project.
    """

    def __init__(
        self,
        client: Client,
        report: Report,
        command_line: Callable[[Sequence[str]], str],
        recovers: bool,
    ) -> None:
        self.recovery = Recovery()
        self.error: LlmctlError | None = None
        self.is_settled = False
        self._found: list[Evaluation] | None = None  # once they are known
        self._client = client
        self._report = report
        self._command_line = command_line
        self._recovers = recovers

    @property
    def ids(self) -> list[str] | None:
        """The IDs of those that stay stopped; None while that is unknown."""
        return None if self._found is None else [each.id for each in self._left]

    @property
    def left_to_start(self) -> list[Evaluation]:
        """Those that are still to be started."""
        return self._left if self._recovers else []

    @property
    def _left(self) -> list[Evaluation]:
        return [each for each in self._found or () if each not in self.recovery.started]

    @property
    def recovered_ids(self) -> list[str] | None:
        """The IDs of those that were started; None if that was not asked for."""
        return [each.id for each in self.recovery.started] if self._recovers else None

    def ask(self, rotation: PreparedRotation, confirm: Confirmation) -> None:
        """Ask before evaluations are started by a run that has nothing else to do."""
        stopped = stopped_before(rotation) if self._recovers else []
        if stopped and confirm.asks:
            self._report(self._client.described)
            confirm(f"Start {listed(stopped)} again? This can cost money.")

    def settle(
        self,
        rotation: PreparedRotation,
        outcome: Outcome,
        facts: Sequence[str],
        *,
        read_again: bool,
    ) -> None:
        """Start them if that was asked for, and report those that stay stopped.

        `facts` are the lines that were printed before the rotation.
        """
        try:
            found = find_stopped(rotation, outcome, read_again=read_again)
        except LlmctlError as error:  # the rotation itself is done
            line = unread_line("evaluations", error)
            if self._recovers:
                self.error = UnfinishedError(
                    f"the rotation is done, but {line}", hint=hints.start_again("them")
                )
            elif not any(error.message in fact for fact in facts):
                self._report(line)
            return
        self._found = found.by_key
        if self._recovers:
            rotation.patience.on_partial()
            self._start(candidates(rotation, outcome, found.by_key))
        else:
            for line in describe_stopped(found.by_key):
                self._report(line)
            if found.by_key:
                what = "it" if len(found.by_key) == 1 else "them"
                self._report(f"start {what} again: {self._command_line(hints.RECOVER)}")
        for line in describe_unclear(found.unclear):
            self._report(line)
        if found.unclear and self._recovers:
            command = self._command_line((*hints.RECOVER, "EVALUATION"))
            self._report(f"to start one of these, name it: {command}")
        self.is_settled = self.error is None

    def _start(self, stopped: Iterable[Candidate]) -> None:
        """Start evaluations, and name the reports that stay disabled."""
        self.recovery.run(self._client, stopped, self._report)
        self.error = self.recovery.error
        started = {each.id: each.name for each in self.recovery.started}
        try:
            reports = [each for each in read_reports(self._client, started) if not each.enabled]
        except LlmctlError as error:
            self._report(unread_line("evaluation reports", error))
            return
        if reports:
            text, hint = describe_disabled(reports)
            self._report(f"{text}; {hint.text}: {self._command_line(hint.command)}")
