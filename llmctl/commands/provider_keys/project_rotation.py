"""The rotation in one project: read, ask, receive the secret, carry out; and its result."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from llmctl.cli.dependencies import Client, Confirm, EngineConnections
from llmctl.commands.provider_keys.dry_run import print_plan
from llmctl.commands.provider_keys.new_secret import NewSecretOptions
from llmctl.commands.provider_keys.revocation import RevokeOptions, Settled
from llmctl.commands.provider_keys.stopped import StoppedEvaluations
from llmctl.errors import ExitCode, Hint, LlmctlError, Terminated, command_line, most_serious
from llmctl.output import comment
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.plan import NEW_ID
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.progress import Progress
from llmctl.rotation.question import facts, question
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import carry_out, planned_steps, prepare, prepare_again, preview
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import Owed
from llmctl.safe.secret import Secret


@dataclass(frozen=True)
class RotateOptions:
    """The options of `rotate`, checked. `request` does not have the secret yet.

    `recover`: start the evaluations that the key stopped. `plans`: the result names what is left
    as well.
    """

    request: RotationRequest
    new_secret: NewSecretOptions
    connections: EngineConnections
    confirm: Confirm
    revoke_command: str | None
    recover: bool
    plans: bool
    wait_timeout: float

    @property
    def dry_run(self) -> bool:
        """True if nothing may be changed."""
        return self.connections.dry_run

    @property
    def secret_follows(self) -> bool:
        """True if a command gives the secret: it runs last. To roll back, none is needed."""
        return self.new_secret.is_command and self.request.mode is not Mode.ROLLBACK

    def read_secrets(self, clients: Mapping[str, Client]) -> dict[str, Secret]:
        """Read the new secrets by profile; none if the mode needs none and no source is given."""
        is_rollback = self.request.mode is Mode.ROLLBACK
        needs_none = is_rollback or self.request.mode is Mode.FINISH
        if (needs_none and not self.new_secret.is_given) or (
            is_rollback and self.new_secret.is_command
        ):
            return {}
        return self.new_secret.read_all(clients)

    def request_with(self, secret: Secret | None) -> RotationRequest:
        """Return the request with what only the other options say."""
        return replace(
            self.request,
            secret=secret,
            secret_follows=self.secret_follows,
            revokes=bool(self.revoke_command),
            recovers=self.recover,
        )

    def revoke_options(self, profiles: Iterable[str], secrets: Collection[Secret]) -> RevokeOptions:
        """Return how to revoke the old secrets; `secrets` are the new ones of these profiles."""
        return RevokeOptions(
            self.revoke_command,
            self.new_secret.variables(profiles),
            secrets,
            self.new_secret.command_timeout,
        )

    def print_plan(self, client: Client, secret: Secret | None) -> None:
        """Print what would be done in the client's project."""
        described, planned = preview(client, self.request_with(secret))
        if self.secret_follows:
            comment("the key command was not run, so the new secret is a placeholder here")
        print_plan(client, described, planned)
        if self.revoke_command and planned:
            comment(f"{len(planned) + 1}. run the revoke command")

    def plan_document(self, client: Client, secret: Secret | None) -> dict[str, Any]:
        """Return what would be done in the client's project, as a result in which all is left."""
        described, planned = preview(client, self.request_with(secret))
        left = [step.text for step in planned]
        left += ["run the revoke command"] if self.revoke_command and planned else []
        return _where(client) | {
            "result": "planned" if planned else "nothing to do",
            "exit_code": int(ExitCode.OK),
            "facts": described,
            "done": [],
            "left": left,
        }


class ProjectRotation:
    """One rotation. `report` prints what is found and done. `has_begun` once requests are sent."""

    def __init__(
        self, options: RotateOptions, client: Client, report: Callable[[str], None]
    ) -> None:
        self.client = client
        self.outcome: Outcome | None = None
        self.has_begun = False
        self._options = options
        self._report = report
        self._prepared: PreparedRotation | None = None
        self._planned: list[Step] = []
        self._read_again = False
        self._facts: list[str] = []
        self._stopped = StoppedEvaluations(client, report, self._command_line, options.recover)
        self._settled: Settled | None = None

    @property
    def prepared(self) -> PreparedRotation:
        """The rotation as it was read; `prepare` comes first."""
        assert self._prepared is not None
        return self._prepared

    @property
    def recovery_error(self) -> LlmctlError | None:
        """The error that names the evaluations that could not be started, if any."""
        return self._stopped.error

    @property
    def key_in_use(self) -> Key | None:
        """The key that is in use after the rotation; None if it did not succeed."""
        return None if self.outcome is None else self.outcome.new or self.outcome.old

    def old_secrets(self) -> list[tuple[str, str]]:
        """Return the provider and mask of the old secret, also if an earlier run replaced it."""
        rotation = self.prepared
        old, done = rotation.old_key, rotation.done
        if done is not None:
            key = done.new or done.old
            return [] if key is None else [owed.secret for owed in key.parts.owed]
        return [] if old is None else [owed.secret for owed in rotation.request.owed_for(old)]

    @property
    def awaits_secret(self) -> bool:
        """True if there is something to do, and a command has to give the secret for it."""
        return self.prepared.done is None and self.prepared.request.secret_follows

    def prepare(self, secret: Secret | None) -> None:
        """Read the project, and check what can be checked."""
        options = self._options
        self.has_begun = True
        request = replace(options.request_with(secret), can_ask=not options.confirm.yes)
        patience = Patience(
            on_partial=partial(self.client.wait_out_rate_limit, options.wait_timeout)
        )
        self._prepared = prepare(self.client, request, self._report, patience=patience)

    def share(self, count: int, projects: str) -> None:
        """Record that several projects share the old secret."""
        request = replace(self.prepared.request, shared=(count, projects))
        self._prepared = replace(self.prepared, request=request)

    def ask(self) -> None:
        """Say what depends on the key, and ask."""
        rotation, confirm = self.prepared, self._options.confirm
        if rotation.done is not None:
            self._stopped.ask(rotation, confirm)
            return
        if not confirm.yes:
            self._report(self.client.described)
        if not confirm.yes or rotation.request.mode is not Mode.ROLLBACK:
            self._facts = facts(rotation, brief=confirm.yes)
            for line in self._facts:
                self._report(line)
        confirm(question(rotation))
        self._read_again = not confirm.yes

    def prepare_again(self, secret: Secret | None) -> None:
        """Read the project again, and go on with the secret that a command gave meanwhile."""
        self._prepared = prepare_again(self.prepared, secret)

    def carry_out(self) -> Outcome:
        """Rotate, and return the result."""
        rotation = self.prepared
        if self._options.plans:
            with contextlib.suppress(LlmctlError):  # the rotation itself says what is wrong
                self._planned = planned_steps(rotation)
        outcome = self.outcome = carry_out(rotation, read_again=self._read_again)
        self._report(outcome.summary)
        self._stopped.settle(rotation, outcome, self._facts, read_again=self._read_again)
        if outcome.known_by_mask and outcome.new is not None:
            update = ("provider-keys", "update", outcome.new.id, "--api-key-env", "VARIABLE")
            self._report(f"if this is a different secret, run: {self._command_line(update)}")
        return outcome

    def record(self, settled: Settled) -> None:
        """Record what became of the old secrets."""
        self._settled = settled
        if self.outcome is not None:
            self.outcome = self.outcome.without(settled.done)

    def failure(self, revocation: LlmctlError | None) -> LlmctlError | None:
        """Return the most serious of the errors after the rotation, if there are any."""
        errors = [each for each in (revocation, self.recovery_error) if each is not None]
        code = most_serious({each.exit_code for each in errors})
        return next((each for each in errors if each.exit_code is code), None)

    def fields(self) -> dict[str, Any]:
        """Return the result as it is printed to people: what is done was reported before."""
        return self._unfinished() if self.outcome is None else self.outcome.as_output()

    def document(self, error: BaseException | None = None) -> dict[str, Any]:
        """Return the result as `-o json` prints it, after a failure or a signal as well."""
        outcome = self.outcome
        progress = Progress() if self._prepared is None else self._prepared.progress
        owed, revoked = self._owed()
        stopped = self._stopped
        is_done = error is None and not (owed and revoked is False and self._is_due)
        code = ExitCode.OK if is_done else ExitCode.UNFINISHED
        return (
            (self._unfinished() if outcome is None else outcome.as_output())
            | _where(self.client)
            | {
                "result": self._result(error, is_done=is_done),
                "exit_code": int(code if error is None else _code_of(error)),
                "done": [
                    *(step.done_text for step in progress.done),
                    *(f"started {each}" for each in stopped.recovery.started),
                ],
                "left": [
                    *(self._left(progress) if outcome is None else []),
                    *(f"start {each}" for each in stopped.left_to_start),
                    *(f"revoke the old secret {each.mask} ({each.provider})" for each in owed),
                ],
                "revoked": revoked,
                "stopped_evaluations": stopped.ids,
                "recovered": stopped.recovered_ids,
                "next": self._next(error),
            }
        )

    @property
    def _is_due(self) -> bool:
        return self.key_in_use is not None and self.key_in_use.tag is None

    def _owed(self) -> tuple[list[Owed], bool | None]:
        """Return the secrets that are still to be revoked, and whether those of this run are."""
        if self._settled is not None:
            return self._settled.left, self._settled.revoked
        key = self.key_in_use
        owed = [] if key is None else list(key.parts.owed)
        is_asked = bool(self._options.revoke_command) and self.outcome is None
        return owed, False if owed or is_asked else None

    def _unfinished(self) -> dict[str, Any]:
        """Return the result of a run that stopped: what it knows of the keys."""
        rotation, run = self._prepared, self._run
        done = [] if rotation is None else rotation.progress.done
        document = Outcome(
            old=None if rotation is None else rotation.old_key,
            new=None,
            summary="",
            was_active=None if run is None else run.was_active,
            moved=[step.subject for step in done if step.kind == "move"],
            changed=bool(done),
        ).as_output()
        if run is not None and run.own_id is not None:
            unknown = dict.fromkeys(("name", "provider", "state", "api_key_masked"))
            document["new_key"] = {"id": run.own_id, **unknown}
        return document

    def _left(self, progress: Progress) -> list[str]:
        """Return the planned steps that were not done. Those of one kind were done in order."""
        done = Counter(step.kind for step in progress.done)
        left = []
        for step in self._planned:
            if step.kind == "check" or done[step.kind] > 0:
                done[step.kind] -= 1
            else:
                left.append(step.text)
        own_id = None if self._run is None else self._run.own_id
        return [text.replace(NEW_ID, own_id) if own_id else text for text in left]

    @property
    def _run(self) -> RotationRun | None:
        """The run that was carried out, if it came to that."""
        runs = [] if self._prepared is None else self._prepared.runs
        return runs[-1] if runs else None

    def _result(self, error: BaseException | None, *, is_done: bool) -> str:
        if self.outcome is None:
            return "failed"
        if error is not None and self._options.recover and not self._stopped.is_settled:
            return "not recovered"
        if not is_done:
            return "not revoked"
        if self.outcome.known_by_mask:
            return "already"
        if not self.outcome.changed:
            return "nothing to do"
        return "rolled back" if self._options.request.mode is Mode.ROLLBACK else "rotated"

    def _next(self, error: BaseException | None) -> str | None:
        """Return the command that goes on, if the error says one; not one that gives up."""
        hint: Hint | None = error.hint if isinstance(error, LlmctlError) else None
        if hint is not None and hint.command:
            return self._command_line(hint.command)
        if error is None and self.key_in_use is not None and self.key_in_use.tag is not None:
            return self._command_line(("provider-keys", "rotate", self.key_in_use.id, "--finish"))
        return None

    def _command_line(self, words: Sequence[str]) -> str:
        profile = self.client.profile
        return command_line(words, () if profile is None else ("-p", profile))


def _where(client: Client) -> dict[str, Any]:
    return {"profile": client.profile, "project": client.project}


def _code_of(error: BaseException) -> int:
    if isinstance(error, LlmctlError | Terminated):
        return error.exit_code
    return ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.INTERNAL
