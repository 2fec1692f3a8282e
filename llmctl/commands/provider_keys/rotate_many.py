"""Rotate in many projects: one failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmctl.cli.dependencies import Client
from llmctl.commands.provider_keys.revoke_command import run_revoke_command
from llmctl.commands.provider_keys.rotate_one import RotateOptions
from llmctl.errors import (
    ExitCode,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    UsageError,
    most_serious,
)
from llmctl.output import LocalRows, Printer, comment, note
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.snapshot import Key
from llmctl.safe.secret import Secret

Row = dict[str, Any]


def rotate_many(options: RotateOptions, out: Printer) -> int:
    """Rotate in the project of each profile; return the most serious exit code.

    Nothing is sent unless every profile has a key and a project. A signal stops the whole run,
    after printing the results so far.
    """
    clients = options.connections.open_all()
    run = ManyRotations(options, clients)
    try:
        for profile in clients:
            run.rotate_in(profile)
        run.revoke()
    finally:
        if not options.dry_run:
            out.rows(LocalRows(run.rows))
    return most_serious({row["exit_code"] for row in run.rows})


class ManyRotations:
    """The rotations of one run, and a row of results for each project."""

    def __init__(self, options: RotateOptions, clients: dict[str, Client]) -> None:
        self.rows: list[Row] = []
        self._options = options
        self._clients = clients
        is_shared = not options.new_secret.is_per_profile
        self._shared = options.read_secret(None, clients.values()) if is_shared else None
        self._given: dict[tuple[str, str], tuple[str, Secret | None]] = {}
        self._retired: list[tuple[Row, Key | None]] = []
        # Profile -> keys that may still have an old secret; None if unknown.
        self._left: dict[str, list[Key] | None] = dict.fromkeys(clients)

    def rotate_in(self, profile: str) -> None:
        """Rotate in one project. Only a signal raises; errors go into the row."""
        row: Row = {"profile": profile, "project": None, "result": "interrupted"}
        row |= {"exit_code": int(ExitCode.UNKNOWN), "id": None, "mask": None}
        row["message"] = Hint("to look", ("provider-keys", "list")).line(("-p", profile))
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
        client = self._clients[profile]
        row["project"] = client.project
        secret = self._shared
        if secret is None:
            secret = self._options.read_secret(profile, [client])
        other, given = self._given.setdefault((client.origin, client.project), (profile, secret))
        if given != secret:
            raise UsageError(f"profile {other} has the same project but a different new secret")
        if self._options.dry_run:
            comment(f"profile {profile}")
            self._options.print_plan(client, secret)
            row["exit_code"] = int(ExitCode.OK)
            return

        def found(keys: list[Key]) -> None:
            self._left[profile] = keys

        outcome = self._options.rotate(client, secret, report, found)
        settled = {key.id for key in (outcome.retired, outcome.new) if key is not None}
        left = self._left[profile] or []
        self._left[profile] = [key for key in left if key.id not in settled]
        row |= _result(outcome)
        self._retired.append((row, outcome.retired))

    def revoke(self) -> None:
        """Run the revoke command for each old secret that no project in the run still uses."""
        command = self._options.revoke_command
        if not command or self._options.dry_run:
            return
        hidden = self._options.new_secret.variables(self._clients)
        secrets = {secret for _, secret in self._given.values() if secret is not None}
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
            error = run_revoke_command(
                command,
                old,
                report,
                hidden=hidden,
                secrets=secrets,
                timeout=self._options.new_secret.command_timeout,
            )
            if error is not None:
                row |= {"result": "not revoked"}
                _fail(row, error, report)
            elif old is not None:
                done.add((old.provider, old.mask))

    def _users(self, old: Key, *, besides: str) -> list[str]:
        """Return the other profiles whose project may still use the secret of an old key."""
        return [
            profile
            for profile, keys in self._left.items()
            if profile != besides
            and (keys is None or any(_may_share_secret(key, old) for key in keys))
        ]


def _may_share_secret(key: Key, other: Key) -> bool:
    """Return True unless the masks show that two keys have different secrets."""
    is_known = key.mask.strip("*") and other.mask.strip("*")
    return key.provider == other.provider and (key.mask == other.mask or not is_known)


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
        report(f"hint: {error.hint.line(('-p', row['profile']))}")


def _prefixed(profile: str) -> Callable[[str], None]:
    return lambda text: note(f"{profile}: {text}")
