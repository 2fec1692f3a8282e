"""Rotate in one project: rotate, run the revoke command, print the result."""

from __future__ import annotations

from llmctl.cli.dependencies import Client
from llmctl.commands.provider_keys.project_rotation import ProjectRotation, RotateOptions
from llmctl.commands.provider_keys.revocation import Revocation
from llmctl.errors import ExitCode, LlmctlError
from llmctl.output import Printer
from llmctl.safe.secret import Secret


def rotate_one(options: RotateOptions, out: Printer) -> int:
    """Rotate in the one project that the options select; return the exit code."""
    client = options.connections.open()
    clients = {client.profile or "": client}
    secrets = {} if options.secret_follows else options.read_secrets(clients)
    secret = secrets.get(client.profile or "")
    if options.dry_run:
        if out.is_json:
            out.item(options.plan_document(client, secret))
        else:
            options.print_plan(client, secret)
        return ExitCode.OK
    rotation = ProjectRotation(options, client, out.note)
    failure: LlmctlError | None = None
    try:
        rotation.prepare(secret)
        rotation.ask()
        if rotation.awaits_secret:
            secret = options.read_secrets(clients)[client.profile or ""]
            rotation.prepare_again(secret)
        rotation.carry_out()
        # Before the result is printed: a full disk must not keep the old secret from being revoked.
        failure = _revoke(options, client, rotation, secret, out)
    except BaseException as error:
        if rotation.outcome is not None or (out.is_json and rotation.has_begun):
            _print_result(rotation, out, error)
        raise
    failure = _most_serious(rotation, failure, out)
    _print_result(rotation, out, failure)
    if failure is not None:
        raise failure
    return ExitCode.OK


def _most_serious(
    rotation: ProjectRotation, revocation: LlmctlError | None, out: Printer
) -> LlmctlError | None:
    """Return the error to end with, if there is one; print the other."""
    failure = rotation.failure(revocation)
    for other in (revocation, rotation.recovery_error):
        if other is not None and other is not failure:
            out.error(other)
    return failure


def _print_result(rotation: ProjectRotation, out: Printer, error: BaseException | None) -> None:
    """Print the result, unless the notes said it on the same terminal."""
    if not out.repeats_notes:
        out.item(rotation.document(error) if out.is_json else rotation.fields())


def _revoke(
    options: RotateOptions,
    client: Client,
    rotation: ProjectRotation,
    secret: Secret | None,
    out: Printer,
) -> LlmctlError | None:
    """Revoke what is owed; return the error for what is left."""
    key = rotation.key_in_use
    if key is None:
        return None
    profile = client.profile or ""
    run = options.revoke_options([profile], [secret] if secret else [])
    revocation = Revocation(run, {profile: client}, {profile: key}, lambda profile: out.note)
    revocation.run()
    rotation.record(revocation.settled[profile])
    return revocation.settled[profile].error(key)
