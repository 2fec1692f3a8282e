"""Rotate in one project: read the secret, rotate, run the revoke command, print the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from llmctl.cli.dependencies import Client, Confirm, Connections
from llmctl.commands.provider_keys.dry_run import print_plan
from llmctl.commands.provider_keys.new_secret import NewSecretOptions
from llmctl.commands.provider_keys.revoke_command import run_revoke_command
from llmctl.errors import ExitCode, command_line
from llmctl.output import Printer, comment
from llmctl.rotation.callbacks import OnKeys
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import preview, rotate
from llmctl.safe.secret import Secret


@dataclass(frozen=True)
class RotateOptions:
    """The options of `rotate`, checked. `request` does not have the secret yet."""

    request: RotationRequest
    new_secret: NewSecretOptions
    connections: Connections
    confirm: Confirm
    revoke_command: str | None
    wait_timeout: float

    @property
    def dry_run(self) -> bool:
        """True if nothing may be changed."""
        return self.connections.dry_run

    def read_secret(self, profile: str | None, clients: Iterable[Client]) -> Secret | None:
        """Read the new secret; None if the mode needs none and no source is given."""
        needs_none = self.request.mode in (Mode.ROLLBACK, Mode.FINISH)
        if needs_none and not self.new_secret.is_given:
            return None
        return self.new_secret.read_for(profile, clients)

    def rotate(
        self,
        client: Client,
        secret: Secret | None,
        report: Callable[[str], None],
        on_keys: OnKeys = lambda keys: None,
    ) -> Outcome:
        """Ask, and rotate in the client's project; `report` prints what was done."""

        def ask(question: str) -> bool:
            self.confirm(question)
            return not self.confirm.yes

        request = replace(self.request, secret=secret)
        patience = Patience(on_partial=partial(client.wait_out_rate_limit, self.wait_timeout))
        outcome = rotate(client, request, report, ask, on_keys, patience=patience)
        report(outcome.summary)
        if outcome.known_by_mask and outcome.new is not None:
            update = ("provider-keys", "update", outcome.new.id, "--api-key-env", "VARIABLE")
            selection = () if client.profile is None else ("-p", client.profile)
            report(f"if this is a different secret, run: {command_line(update, selection)}")
        return outcome

    def print_plan(self, client: Client, secret: Secret | None) -> None:
        """Print what would be done in the client's project."""
        facts, planned = preview(client, replace(self.request, secret=secret))
        print_plan(client, facts, planned)
        if self.revoke_command and planned:
            comment(f"{len(planned) + 1}. run the revoke command")


def rotate_one(options: RotateOptions, out: Printer) -> int:
    """Rotate in the one project that the options select; return the exit code."""
    client = options.connections.open()
    secret = options.read_secret(client.profile, [client])
    if options.dry_run:
        options.print_plan(client, secret)
        return ExitCode.OK
    outcome = options.rotate(client, secret, out.note)
    failure = None
    # Before the result is printed: a full disk must not keep the old secret from being revoked.
    try:
        if options.revoke_command:
            hidden = options.new_secret.variables([client.profile or ""])
            failure = run_revoke_command(
                options.revoke_command,
                outcome.retired,
                out.note,
                hidden=hidden,
                secrets=[secret] if secret else [],
                timeout=options.new_secret.command_timeout,
            )
    finally:
        out.item(outcome.as_output())
    if failure is not None:
        raise failure
    return ExitCode.OK
