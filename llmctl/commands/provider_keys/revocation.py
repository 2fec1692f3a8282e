"""Revoke the old secrets that are owed: run the command for each, then record that it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice

from llmctl.cli.dependencies import Client
from llmctl.commands.provider_keys.revoke_command import run_revoke_command
from llmctl.errors import Hint, InterruptedWriteError, LlmctlError, UnfinishedError
from llmctl.rotation.patience import Patience
from llmctl.rotation.reader import read_snapshot
from llmctl.rotation.revocation import due, settle
from llmctl.rotation.snapshot import Key
from llmctl.rotation.tag import Owed, projects_fingerprint
from llmctl.safe.secret import Secret

_MAX_GUESSES = 10_000  # sets of projects

Report = Callable[[str], None]


@dataclass
class Settled:
    """What became of the secrets that one project owes; `done` are those that were revoked now.

    `revoked` is None if nothing was owed. `why` says why something is left. `was_tried`: there is a
    command to revoke it.
    """

    revoked: bool | None = None
    done: list[Owed] = field(default_factory=list)
    left: list[Owed] = field(default_factory=list)
    why: str = ""
    was_tried: bool = False
    hint: Hint | None = None

    def error(self, key: Key) -> UnfinishedError | None:
        """Return the error for what is left, if anything is."""
        if not self.left:
            return None
        masks = ", ".join(f"{owed.mask} ({owed.provider})" for owed in self.left)
        again = "fix the cause and run the same command again"
        hint = self.hint or Hint(
            again if self.was_tried else "run the same command again with --revoke-command CMD",
            also=Hint(
                "or, once it is revoked",
                ("provider-keys", "rotate", key.id, "--revoked"),
            ),
        )
        message = f"the rotation is done, but the old secret {masks} is not revoked yet"
        return UnfinishedError(f"{message}: {self.why}", hint=hint)


@dataclass(frozen=True)
class RevokeOptions:
    """The command, if there is one, and how to run it. `secrets` are masked in its output."""

    command: str | None
    hidden: Collection[str]
    secrets: Collection[Secret]
    timeout: float


class Revocation:
    """The secrets that the projects of one run owe.

    `clients` are all projects of the run, by profile; `in_use` the keys that took over, of those
    that were rotated.
    """

    def __init__(
        self,
        options: RevokeOptions,
        clients: Mapping[str, Client],
        in_use: Mapping[str, Key],
        report: Callable[[str], Report],
    ) -> None:
        self.settled = {profile: Settled() for profile in in_use}
        self._options = options
        self._clients = clients
        self._in_use = in_use
        self._report = report
        self._patience = Patience()
        self._keys: dict[str, list[Key] | None] = {}
        self._holders: dict[Owed, list[str]] = {}
        for profile, key in in_use.items():
            if key.parts.owed:
                self.settled[profile].revoked = False
            for owed in due(key):
                # Two projects may owe one secret for keys of different ids.
                self._holders.setdefault(owed, []).append(profile)

    def run(self) -> None:
        """Revoke what can be revoked. Only a signal raises; all else is in `settled`."""
        for profile, key in self._in_use.items():
            if self._options.command and key.tag is not None and key.parts.owed:
                self._report(profile)("the revoke command runs when the rotation is finished")
        if self._holders and self._options.command is not None:
            self._read_keys()
        for secret in dict.fromkeys(_secret(owed) for owed in self._holders):
            entries = [owed for owed in self._holders if _secret(owed) == secret]
            why = self._blocked(entries)
            if why is None:
                why = self._revoke(entries[0], self._holders[entries[0]][0])
            for owed in entries:
                for profile in self._holders[owed]:
                    self._record(owed, profile, why)

    def _blocked(self, entries: list[Owed]) -> str | None:
        """Return why a secret must not be revoked, or not by this run; None if it may be.

        `entries` are all that name the secret. Reads that lag may still show it where it was.
        """
        if self._options.command is None:
            return "no --revoke-command was given"
        for owed in entries:
            if owed.projects and not self._is_complete(owed):
                return f"it is shared by {owed.count} projects; run with --profiles for all of them"
        while True:
            user = self._user_of(entries[0], {owed.key_id for owed in entries})
            if user is None:
                return None
            why, may_lag = user
            if not may_lag or not self._patience.pause():
                return why
            self._read_keys()

    def _read_keys(self) -> None:
        self._keys = {profile: _keys(client) for profile, client in self._clients.items()}

    def _user_of(self, owed: Owed, old_ids: set[str]) -> tuple[str, bool] | None:
        """Return what may still use a secret, if anything, and whether a lag may explain it."""
        for profile, found in self._keys.items():
            if found is None:
                return f"the keys of {_named(profile)} cannot be read", False
            own = self._in_use.get(profile)
            for key in found:
                is_own = own is not None and key.id == own.id
                if _may_have(key, owed, is_known=is_own):
                    why = f"key {key.id} ({key.plain_name}) of {_named(profile)} may still use it"
                    return why, is_own or (own is not None and key.id in old_ids)
        return None

    def _is_complete(self, owed: Owed) -> bool:
        """Return True if the projects that share a secret are all among those of this run.

        Those with the same entry are known. Others may have recorded already that it is revoked.
        """
        places = {name: (each.origin, each.project) for name, each in self._clients.items()}
        group = (_secret(owed), owed.count, owed.projects)
        owing = {
            places[profile]
            for each, profiles in self._holders.items()
            if (_secret(each), each.count, each.projects) == group
            for profile in profiles
        }
        missing = owed.count - len(owing)
        if missing < 0:
            return False
        sets = combinations(sorted({*places.values()} - owing), missing)
        return any(
            projects_fingerprint({*owing, *others}) == owed.projects
            for others in islice(sets, _MAX_GUESSES)
        )

    def _revoke(self, owed: Owed, profile: str) -> str | None:
        """Run the command; return why it failed, if it did."""
        options = self._options
        assert options.command is not None
        return run_revoke_command(
            options.command,
            owed,
            self._in_use[profile].plain_name,
            self._report(profile),
            hidden=options.hidden,
            secrets=options.secrets,
            timeout=options.timeout,
        )

    def _record(self, owed: Owed, profile: str, why: str | None) -> None:
        settled, report = self.settled[profile], self._report(profile)
        if why is None:
            try:
                settle(self._clients[profile], self._in_use[profile], owed, report, self._patience)
            except InterruptedWriteError:
                raise
            except LlmctlError as error:
                why = f"it was revoked, but this could not be recorded: {error.message}"
                settled.hint = error.hint
        if why is not None:
            settled.left.append(owed)
            settled.why = settled.why or why
            settled.was_tried = self._options.command is not None
        else:
            settled.done.append(owed)
        settled.revoked = not settled.left


def _keys(client: Client) -> list[Key] | None:
    try:
        return list(read_snapshot(client).keys)
    except LlmctlError:
        return None


def _named(profile: str) -> str:
    return f"profile {profile}" if profile else "this project"


def _secret(owed: Owed) -> tuple[str, ...]:
    """Return what tells a secret from others: asterisks do not, so the key's id must."""
    return owed.secret if owed.mask.strip("*") else (*owed.secret, owed.key_id)


def _may_have(key: Key, owed: Owed, *, is_known: bool) -> bool:
    """Return True unless the masks show that the key has another secret.

    `is_known`: the key got its new secret from a rotation, together with the entry in its name.
    """
    if key.provider != owed.provider:
        return False
    if not key.mask.strip("*") or not owed.mask.strip("*"):
        return not is_known
    return key.mask == owed.mask
