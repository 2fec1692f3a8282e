"""What `rotate` does around a rotation: secrets, plans, results, and many projects."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmctl.client import connect
from llmctl.config import ProfileStore
from llmctl.errors import ExitCode, InterruptedWriteError, LlmctlError, UsageError
from llmctl.output import Column, LocalRows, View, comment, confirm, note
from llmctl.output.messages import with_selection
from llmctl.resources.provider_keys.plans import show_plan
from llmctl.resources.provider_keys.revoke import revoke
from llmctl.rotation.rotate import preview, rotate
from llmctl.rotation.select import Selector
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.wish import Outcome, Way, Wish
from llmctl.secret import Secret
from llmctl.values import has_key_option, read_key

if TYPE_CHECKING:
    from llmctl.client.client import Client

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
MANY_COLUMNS = (
    Column("profile"),
    Column("project", shown=False),
    Column("result"),
    Column("exit_code", "code"),
    Column("id", "key", whole=True),
    Column("mask"),
    Column("message", below=True),
)
# Of several results, the first of these that occurred is the exit code.
_WORST_FIRST = (1, 8, 11, 10, 7, 6, 5, 4, 3, 2, 9)


def choose_way(
    strategy: Strategy, *, keep_old: bool, finish: bool, rollback: bool, abort: bool
) -> Way:
    """The way that the options say. UsageError for two of them, or without `replace`."""
    given = [
        (keep_old, "--keep-old", Way.KEEP_OLD),
        (finish, "--finish", Way.FINISH),
        (rollback, "--rollback", Way.BACK),
        (abort, "--abort", Way.BACK),
    ]
    chosen = [(option, way) for is_given, option, way in given if is_given]
    if not chosen:
        return Way.ALL
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


def chosen_profiles(profiles: str | None) -> list[str]:
    """The names in `--profiles`; without it every stored profile."""
    if profiles is not None:
        names = [name.strip() for name in profiles.split(",") if name.strip()]
    else:
        names = [profile.name for profile in ProfileStore().profiles()]
    if not names:
        raise UsageError("there is no profile to rotate in", hint="llmctl profiles list")
    return list(dict.fromkeys(names))


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
    way: Way
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
        client = self._connect(profile, host, project)
        secret = self._secret(client.profile)
        if self.dry_run:
            self._preview(client, secret)
            return ExitCode.OK
        outcome = self._rotate(client, secret, note)
        # Before the result is written: a full disk must not leave the old secret alive.
        failure = self._revoke(outcome, note)
        view.item(outcome.shown())
        if failure is not None:
            raise failure
        return ExitCode.OK

    def in_many(self, profiles: list[str], view: View) -> int:
        """Rotate in each project; one failure does not stop the others. The worst exit code.

        A signal stops all of it, after the results so far.
        """
        shared = None if self.source.is_per_profile else self._secret(None)
        rows: list[dict[str, Any]] = []
        try:
            for profile in profiles:
                row = {"profile": profile, "project": None, "id": None, "mask": None}
                rows.append(self._row(row, profile, shared))
        finally:
            if not self.dry_run:
                view.rows(LocalRows(rows))
        codes = {row["exit_code"] for row in rows}
        return next((code for code in _WORST_FIRST if code in codes), ExitCode.OK)

    def _row(self, row: dict[str, Any], profile: str, shared: Secret | None) -> dict[str, Any]:
        """What came of one profile."""
        report = _prefixed(profile)
        try:
            client = self._connect(profile, None, None)
            row["project"] = client.project
            secret = shared if shared is not None else self._secret(profile)
            if self.dry_run:
                comment(f"profile {profile}")
                self._preview(client, secret)
                return row | {"exit_code": int(ExitCode.OK)}
            outcome = self._rotate(client, secret, report)
            row |= _result(outcome)
            failure = self._revoke(outcome, report)
            if failure is not None:
                raise failure
        except InterruptedWriteError:
            raise
        except LlmctlError as error:
            row |= {"result": "failed", "exit_code": int(error.exit_code)}
            row["message"] = error.message
            report(f"error: {error.message}")
            if error.hint:
                report(f"hint: {with_selection(error.hint, ['-p', profile])}")
        return row

    def _connect(self, profile: str | None, host: str | None, project: str | None) -> Client:
        return connect(
            profile,
            host,
            project,
            timeout=self.timeout,
            retries=self.retries,
            verbose=self.verbose,
            dry_run=self.dry_run,
            reads_back=False,  # a rotation looks by itself
        )

    def _secret(self, profile: str | None) -> Secret | None:
        """The new secret; going back needs none, and finishing only to be sure."""
        if self.way in (Way.BACK, Way.FINISH) and not self.source.is_given:
            return None
        return self.source.read(profile)

    def _wish(self, secret: Secret | None) -> Wish:
        return Wish(self.selector, secret, self.strategy, self.way, self.expect_mask)

    def _rotate(
        self, client: Client, secret: Secret | None, report: Callable[[str], None]
    ) -> Outcome:
        def ask(question: str) -> bool:
            confirm(question, yes=self.yes)
            return not self.yes

        outcome = rotate(client, self._wish(secret), report, ask)
        report(outcome.summary)
        if outcome.is_told_by_mask and outcome.new is not None:
            update = f"llmctl provider-keys update {outcome.new.id} --api-key-env VARIABLE"
            report(f"should it be another secret with the same mask: {update}")
        return outcome

    def _preview(self, client: Client, secret: Secret | None) -> None:
        facts, planned = preview(client, self._wish(secret))
        show_plan(client, facts, planned)
        if self.revoke_command and planned:
            comment(f"{len(planned) + 1}. run the revoke command")

    def _revoke(self, outcome: Outcome, report: Callable[[str], None]) -> LlmctlError | None:
        """Run the user's command. Its failure is the error to end with; the rotation stays done."""
        if not self.revoke_command:
            return None
        hidden = (self.source.variable or "").replace("{profile}", "*")
        return revoke(self.revoke_command, outcome.retired, report, hidden=hidden)


def _result(outcome: Outcome) -> dict[str, Any]:
    key = outcome.new
    return {
        "result": "rotated" if outcome.changed else "nothing to do",
        "exit_code": 0,
        "id": key.id if key else None,
        "mask": key.mask if key else None,
        "message": outcome.summary,
    }


def _prefixed(profile: str) -> Callable[[str], None]:
    return lambda text: note(f"{profile}: {text}")
