"""Rotate in many projects: one failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmctl.cli.dependencies import Client
from llmctl.commands.provider_keys.project_rotation import ProjectRotation, RotateOptions
from llmctl.commands.provider_keys.revocation import Revocation
from llmctl.errors import (
    ExitCode,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    UsageError,
    most_serious,
)
from llmctl.output import LocalRows, Printer, comment, note
from llmctl.rotation.tag import projects_fingerprint
from llmctl.safe.secret import Secret

Row = dict[str, Any]


def rotate_many(options: RotateOptions, out: Printer) -> int:
    """Rotate in the project of each profile; return the most serious exit code.

    Nothing is sent unless every profile has a key and a project, and nothing is changed unless
    there is a secret for each. A signal stops the whole run, after printing the results so far.
    """
    clients = options.connections.open_all()
    secrets = {} if options.secret_follows else options.read_secrets(clients)
    _refuse_two_secrets(clients, secrets)
    if options.dry_run:
        return _print_plans(options, clients, secrets, out)
    run = ManyRotations(options, clients, secrets)
    try:
        run.prepare()
        run.read_secrets()
        run.rotate()
        run.revoke()
    except BaseException as error:
        run.stop(error)
        raise
    finally:
        if run.rows:
            rows = [run.rows[name] for name in clients if name in run.rows]
            noted = {"message": None} if out.repeats_notes else {}
            out.rows(LocalRows(row | noted for row in rows))
    return most_serious({row["exit_code"] for row in run.rows.values()})


class ManyRotations:
    """The rotations of one run by profile, and a row of results for each project."""

    def __init__(
        self, options: RotateOptions, clients: dict[str, Client], secrets: dict[str, Secret]
    ) -> None:
        self.rows: dict[str, Row] = {}
        self._options = options
        self._clients = clients
        self._secrets = secrets
        self._rotations = {
            profile: ProjectRotation(options, client, _prefixed(profile))
            for profile, client in clients.items()
        }

    def prepare(self) -> None:
        """Read every project, and ask for each, before anything is changed."""
        for profile, rotation in self._rotations.items():
            with _Failure(self, profile):
                rotation.prepare(self._secrets.get(profile))
                rotation.ask()
        if self._options.revoke_command:
            self._share()

    def read_secrets(self) -> None:
        """Run the commands that give the secrets, if there are any. UsageError if one fails."""
        waiting = {
            profile: self._clients[profile]
            for profile, rotation in self._rotations.items()
            if profile not in self.rows and rotation.awaits_secret
        }
        if not waiting:
            return
        self._secrets |= self._options.read_secrets(waiting)
        _refuse_two_secrets(waiting, self._secrets)

    def rotate(self) -> None:
        """Rotate where it was prepared."""
        for profile, rotation in self._rotations.items():
            if profile in self.rows:
                continue
            self.rows[profile] = _interrupted(rotation)
            with _Failure(self, profile):
                if rotation.prepared.done is None:  # time has passed, and others were rotated
                    rotation.prepare_again(self._secrets.get(profile))
                rotation.carry_out()
                error = rotation.recovery_error
                self.rows[profile] = _row(rotation, error)
                if error is not None:
                    _report(error, profile)

    def revoke(self) -> None:
        """Run the revoke command for each old secret that no project of the run still uses."""
        in_use = {
            profile: key
            for profile, rotation in self._rotations.items()
            if (key := rotation.key_in_use) is not None
        }
        options = self._options.revoke_options(self._clients, set(self._secrets.values()))
        revocation = Revocation(options, self._clients, in_use, _prefixed)
        revocation.run()
        for profile, settled in revocation.settled.items():
            error = settled.error(in_use[profile])
            self._rotations[profile].record(settled)
            failure = self._rotations[profile].failure(error)
            self.rows[profile] = _row(self._rotations[profile], failure)
            if error is not None:
                _report(error, profile)

    def fail(self, profile: str, error: LlmctlError) -> None:
        """Record and report that the rotation in one project failed."""
        self.rows[profile] = _row(self._rotations[profile], error)
        _report(error, profile)

    def stop(self, error: BaseException) -> None:
        """Record what ends the whole run, an error or a signal, in each project it was in."""
        for profile, rotation in self._rotations.items():
            if profile not in self.rows and rotation.has_begun:
                self.rows[profile] = _row(rotation, error)
                if _failure(error) is None:
                    self.rows[profile]["result"] = "interrupted"

    def _share(self) -> None:
        """Let the projects that have the same old secret remember how many they are.

        A project that failed so far may have any secret.
        """
        places = {name: (each.origin, each.project) for name, each in self._clients.items()}
        sharing: dict[tuple[str, str], list[str]] = {}
        for profile, rotation in self._rotations.items():
            for secret in set(rotation.old_secrets()) if profile not in self.rows else ():
                sharing.setdefault(secret, []).append(profile)
        for profiles in sharing.values():
            shared = {places[profile] for profile in (*profiles, *self.rows)}
            if len(shared) > 1:
                for profile in profiles:
                    self._rotations[profile].share(len(shared), projects_fingerprint(shared))


class _Failure:
    """Turns an error in one project into its row; signals pass."""

    def __init__(self, run: ManyRotations, profile: str) -> None:
        self._run = run
        self._profile = profile

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        failure = _failure(error)
        if failure is not None:
            self._run.fail(self._profile, failure)
        return failure is not None


def _failure(error: BaseException | None) -> LlmctlError | None:
    """Return the error of one project; None for a signal, an interrupted write included."""
    is_signal = isinstance(error, InterruptedWriteError)
    return error if isinstance(error, LlmctlError) and not is_signal else None


def _refuse_two_secrets(clients: dict[str, Client], secrets: dict[str, Secret]) -> None:
    """Raise UsageError if two profiles have one project and different secrets."""
    given: dict[tuple[str, str], str] = {}
    for profile, secret in secrets.items():
        client = clients.get(profile)
        if client is None:
            continue
        other = given.setdefault((client.origin, client.project), profile)
        if secrets[other] != secret:
            raise UsageError(
                f"profile {other} has the same project as {profile} but a different new secret"
            )


def _print_plans(
    options: RotateOptions, clients: dict[str, Client], secrets: dict[str, Secret], out: Printer
) -> int:
    documents: list[Row] = []
    codes: set[int] = {ExitCode.OK}
    for profile, client in clients.items():
        secret = secrets.get(profile)
        try:
            if out.is_json:
                documents.append(options.plan_document(client, secret))
            else:
                comment(f"profile {profile}")
                options.print_plan(client, secret)
        except LlmctlError as error:
            codes.add(error.exit_code)
            _report(error, profile)
            failed = {"result": "failed", "exit_code": int(error.exit_code)}
            documents.append({"profile": profile, "project": client.project} | failed)
    if out.is_json:
        out.rows(LocalRows(documents))
    return most_serious(codes)


def _row(rotation: ProjectRotation, error: BaseException | None = None) -> Row:
    key = rotation.key_in_use
    summary = rotation.outcome.summary if rotation.outcome is not None else ""
    return rotation.document(error) | {
        "id": key.id if key else None,
        "mask": key.mask if key else None,
        "message": error.message if isinstance(error, LlmctlError) else summary,
    }


def _interrupted(rotation: ProjectRotation) -> Row:
    look = Hint("to look", ("provider-keys", "list"))
    return _row(rotation) | {
        "result": "interrupted",
        "exit_code": int(ExitCode.UNKNOWN),
        "message": look.line(("-p", rotation.client.profile or "")),
    }


def _report(error: LlmctlError, profile: str) -> None:
    report = _prefixed(profile)
    report(f"error: {error.message}")
    if error.hint:
        report(f"hint: {error.hint.line(('-p', profile))}")


def _prefixed(profile: str) -> Callable[[str], None]:
    return lambda text: note(f"{profile}: {text}")
