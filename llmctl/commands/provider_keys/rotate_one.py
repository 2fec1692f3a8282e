"""What `rotate` does around a rotation in one project: its secret, its plan, its result."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmctl.api import connect
from llmctl.commands.provider_keys.plans import show_plan
from llmctl.commands.provider_keys.revoke import revoke
from llmctl.errors import ExitCode, UsageError
from llmctl.input.secret_source import has_key_option, read_key
from llmctl.output import Column, View, comment, confirm, note
from llmctl.output.messages import selection, with_selection
from llmctl.rotation.callbacks import OnKeys
from llmctl.rotation.find_key import Selector
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import preview, rotate
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret

if TYPE_CHECKING:
    from llmctl.api.client import Client

COLUMNS = (
    Column("id", whole=True),
    Column("old_key"),
    Column("new_key"),
    Column("was_active"),
    Column("moved_evaluations"),
    Column("deleted"),
    Column("resumed"),
    Column("changed"),
)


def choose_way(
    strategy: Strategy, *, keep_old: bool, finish: bool, rollback: bool, abort: bool
) -> Mode:
    """The way that the options say. UsageError for two of them, or without `replace`."""
    given = [
        (keep_old, "--keep-old", Mode.KEEP_OLD),
        (finish, "--finish", Mode.FINISH),
        (rollback, "--rollback", Mode.ROLLBACK),
        (abort, "--abort", Mode.ROLLBACK),
    ]
    chosen = [(option, way) for is_given, option, way in given if is_given]
    if not chosen:
        return Mode.FULL
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(option for option, _ in chosen)} exclude each other")
    if strategy is not Strategy.REPLACE:
        raise UsageError(f"{chosen[0][0]} is of the other strategy", hint="add --strategy replace")
    return chosen[0][1]


def check_profiles(
    profiles: str | None,
    all_profiles: bool,
    profile: str | None,
    host: str | None,
    project: str | None,
) -> None:
    """UsageError where the projects are named in two ways."""
    if profiles is not None and all_profiles:
        raise UsageError("--profiles and --all-profiles exclude each other")
    if (profiles is not None or all_profiles) and (profile or host or project):
        raise UsageError("--profiles and --all-profiles leave no room for -p, --host or --project")


@dataclass(frozen=True)
class KeySource:
    """Where the new secret comes from; `{profile}` in it stands for the profile's name."""

    file: str | None
    variable: str | None
    command: str | None

    @property
    def is_per_profile(self) -> bool:
        """Whether each profile has a secret of its own."""
        return any("{profile}" in (text or "") for text in (self.file, self.variable, self.command))

    def variables(self, profiles: Iterable[str]) -> set[str]:
        """The variables that hold the new secrets of these profiles."""
        return {(self.variable or "").replace("{profile}", profile) for profile in profiles}

    @property
    def is_given(self) -> bool:
        """Whether any option names a source."""
        return has_key_option(self.file, self.variable, self.command)

    def read(self, profile: str | None) -> Secret:
        """The secret, for one profile."""
        name = profile or ""

        def fill(text: str | None, value: str) -> str | None:
            return None if text is None else text.replace("{profile}", value)

        return read_key(
            file=fill(self.file, name),
            variable=fill(self.variable, name),
            command=fill(self.command, shlex.quote(name)),
            what="new provider key",
        )


@dataclass(frozen=True)
class Call:
    """One call of the command, after its options were checked."""

    selector: Selector
    strategy: Strategy
    way: Mode
    source: KeySource
    expect_mask: str | None
    revoke_command: str | None
    yes: bool
    dry_run: bool
    timeout: float | None
    retries: int
    verbose: bool

    def in_one(self, profile: str | None, host: str | None, project: str | None, view: View) -> int:
        """Rotate in one project; the exit code."""
        client = self.connect(profile, host, project)
        secret = self.secret(client.profile)
        if self.dry_run:
            self.preview(client, secret)
            return ExitCode.OK
        outcome = self.rotate(client, secret, note)
        failure = None
        # Before the result is written: a full disk must not leave the old secret alive.
        try:
            if self.revoke_command:
                hidden = self.source.variables([client.profile or ""])
                failure = revoke(self.revoke_command, outcome.retired, note, hidden=hidden)
        finally:
            view.item(outcome.as_output())
        if failure is not None:
            raise failure
        return ExitCode.OK

    def connect(
        self,
        profile: str | None,
        host: str | None,
        project: str | None,
        *,
        profile_only: bool = False,
    ) -> Client:
        """A client for the project; with `profile_only`, for the one stored in the profile."""
        return connect(
            profile,
            host,
            project,
            timeout=self.timeout,
            retries=self.retries,
            verbose=self.verbose,
            dry_run=self.dry_run,
            reads_back=False,  # a rotation looks by itself
            profile_only=profile_only,
        )

    def secret(self, profile: str | None) -> Secret | None:
        """The new secret; going back needs none, and finishing only to be sure."""
        if self.way in (Mode.ROLLBACK, Mode.FINISH) and not self.source.is_given:
            return None
        return self.source.read(profile)

    def _request(self, secret: Secret | None) -> RotationRequest:
        return RotationRequest(self.selector, secret, self.strategy, self.way, self.expect_mask)

    def rotate(
        self,
        client: Client,
        secret: Secret | None,
        report: Callable[[str], None],
        found: OnKeys = lambda keys: None,
    ) -> Outcome:
        """Rotate, asking first; what came of it is told by `report`."""

        def ask(question: str) -> bool:
            confirm(question, yes=self.yes)
            return not self.yes

        outcome = rotate(client, self._request(secret), report, ask, found)
        report(outcome.summary)
        if outcome.known_by_mask and outcome.new is not None:
            update = f"llmctl provider-keys update {outcome.new.id} --api-key-env VARIABLE"
            chosen = selection(client.profile, None, None)
            same = "should it be another secret with the same mask"
            report(f"{same}: {with_selection(update, chosen)}")
        return outcome

    def preview(self, client: Client, secret: Secret | None) -> None:
        """Show what would be done."""
        facts, planned = preview(client, self._request(secret))
        show_plan(client, facts, planned)
        if self.revoke_command and planned:
            comment(f"{len(planned) + 1}. run the revoke command")
