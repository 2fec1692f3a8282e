"""Rotating in many projects: one failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmctl.commands.provider_keys.revoke import revoke
from llmctl.commands.provider_keys.rotate_one import Call
from llmctl.config import ProfileStore, ignored_variables
from llmctl.errors import ExitCode, InterruptedWriteError, LlmctlError, UsageError
from llmctl.output import Column, LocalRows, View, comment, note
from llmctl.output.messages import with_selection
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.snapshot import Key
from llmctl.safe.secret import Secret

COLUMNS = (
    Column("profile"),
    Column("project", shown=False),
    Column("result"),
    Column("exit_code", "code"),
    Column("id", "key", whole=True),
    Column("mask"),
    Column("message", below=True),
)
# Of several results, the first of these that occurred is the exit code.
_WORST_FIRST = (1, 8, 11, 10, 7, 6, 5, 4, 3, 2)

Row = dict[str, Any]


def chosen_profiles(profiles: str | None) -> list[str]:
    """The names in `--profiles`; without it every stored profile."""
    if profiles is not None:
        names = [name.strip() for name in profiles.split(",") if name.strip()]
    else:
        names = [profile.name for profile in ProfileStore().profiles()]
    if not names:
        raise UsageError("there is no profile to rotate in", hint="llmctl profiles list")
    return list(dict.fromkeys(names))


def note_ignored_variables(option: str) -> None:
    """Name the variables that are set, and that do not count beside `option`."""
    names = ignored_variables()
    if names:
        note(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} ignored with {option}")


def rotate_in_many(call: Call, profiles: list[str], view: View) -> int:
    """Rotate in the project of each profile; the worst exit code.

    A signal stops all of it, after the results so far.
    """
    run = Run(call, profiles)
    try:
        for profile in profiles:
            run.rotate_in(profile)
        run.revoke()
    finally:
        if not call.dry_run:
            view.rows(LocalRows(run.rows))
    codes = {row["exit_code"] for row in run.rows}
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.OK)


class Run:
    """One run over many projects, and a row of results for each."""

    def __init__(self, call: Call, profiles: list[str]) -> None:
        self.rows: list[Row] = []
        self._call = call
        self._profiles = profiles
        self._shared = None if call.source.is_per_profile else call.secret(None)
        self._given: dict[tuple[str, str], tuple[str, Secret | None]] = {}
        self._retired: list[tuple[Row, Key | None]] = []
        # The keys that may still have an old secret, by profile; None where they are not known.
        self._left: dict[str, list[Key] | None] = dict.fromkeys(profiles)

    def rotate_in(self, profile: str) -> None:
        """Rotate in one project. Raises for a signal alone."""
        row: Row = {"profile": profile, "project": None, "result": "interrupted"}
        row |= {"exit_code": int(ExitCode.UNKNOWN), "id": None, "mask": None}
        row["message"] = f"to look: llmctl provider-keys list -p {profile}"
        self.rows.append(row)
        report = _prefixed(profile)
        try:
            self._rotate(profile, row, report)
        except InterruptedWriteError:
            raise
        except LlmctlError as error:
            row |= {"result": "failed"}
            _fail(row, error, report)

    def _rotate(self, profile: str, row: Row, report: Callable[[str], None]) -> None:
        client = self._call.connect(profile, None, None, profile_only=True)
        row["project"] = client.project
        secret = self._shared if self._shared is not None else self._call.secret(profile)
        other, given = self._given.setdefault((client.origin, client.project), (profile, secret))
        if given != secret:
            raise UsageError(
                f"profile {other} is the same project, and was given another secret by this run"
            )
        if self._call.dry_run:
            comment(f"profile {profile}")
            self._call.preview(client, secret)
            row["exit_code"] = int(ExitCode.OK)
            return

        def found(keys: list[Key]) -> None:
            self._left[profile] = keys

        outcome = self._call.rotate(client, secret, report, found)
        settled = {key.id for key in (outcome.retired, outcome.new) if key is not None}
        left = self._left[profile] or []
        self._left[profile] = [key for key in left if key.id not in settled]
        row |= _result(outcome)
        self._retired.append((row, outcome.retired))

    def revoke(self) -> None:
        """Run the revoke command for each old secret that no project of the run may still use."""
        command = self._call.revoke_command
        if not command or self._call.dry_run:
            return
        hidden = self._call.source.variables(self._profiles)
        done: set[tuple[str, str]] = set()
        for row, old in self._retired:
            report = _prefixed(row["profile"])
            if old is not None and (users := self._users(old, besides=row["profile"])):
                report(
                    f"the revoke command was not run: {', '.join(users)} may still use the old "
                    f"secret ({old.mask or old.id})"
                )
                continue
            if old is not None and (old.provider, old.mask) in done:
                continue
            error = revoke(command, old, report, hidden=hidden)
            if error is not None:
                row |= {"result": "not revoked"}
                _fail(row, error, report)
            elif old is not None:
                done.add((old.provider, old.mask))

    def _users(self, old: Key, *, besides: str) -> list[str]:
        """The other profiles whose project may still use the secret of an old key."""
        return [
            profile
            for profile, keys in self._left.items()
            if profile != besides
            and (keys is None or any(_may_share_secret(key, old) for key in keys))
        ]


def _may_share_secret(key: Key, other: Key) -> bool:
    """Whether two keys may have the same secret: an empty mask or one of stars does not tell."""
    is_told = key.mask.strip("*") and other.mask.strip("*")
    return key.provider == other.provider and (key.mask == other.mask or not is_told)


def _result(outcome: Outcome) -> Row:
    key = outcome.new
    return {
        "result": "rotated" if outcome.changed else "nothing to do",
        "exit_code": int(ExitCode.OK),
        "id": key.id if key else None,
        "mask": key.mask if key else None,
        "message": outcome.summary,
    }


def _fail(row: Row, error: LlmctlError, report: Callable[[str], None]) -> None:
    row |= {"exit_code": int(error.exit_code), "message": error.message}
    report(f"error: {error.message}")
    if error.hint:
        report(f"hint: {with_selection(str(error.hint), ['-p', row['profile']])}")


def _prefixed(profile: str) -> Callable[[str], None]:
    return lambda text: note(f"{profile}: {text}")
