"""--revoke-command: the user's own command, once a rotation took the old secret out of use."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Collection

from llmctl.config.resolve import KEY_VARIABLES
from llmctl.errors import LlmctlError, RejectedError, Terminated
from llmctl.rotation.snapshot import Key

_PREFIX = "LLMCTL_OLD_KEY_"
MAX_OUTPUT = 64 * 1024  # bytes of what the command prints that are shown


def revoke(
    command: str, old: Key | None, report: Callable[[str], None], *, hidden: Collection[str]
) -> LlmctlError | None:
    """Run the command for the key whose secret is out of use; the error to end with, if any.

    `hidden` are the variables that hold new secrets: the command sees none of them.
    """
    if old is None:
        report(
            "the revoke command was not run: this run took no secret out of use for certain; "
            "if an earlier one did and died, or another key has the same mask, see to the old "
            "secret yourself"
        )
        return None
    by_hand = f"revoke the old secret ({old.mask or f'of key {old.id}'}) at {old.provider} yourself"
    try:
        code, output = _run(command, _environment(old, {*KEY_VARIABLES, *hidden}))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a name cannot be in an environment"
        message = f"the rotation is done, but the revoke command could not be started: {why}"
        return RejectedError(message, hint=by_hand)
    except (KeyboardInterrupt, Terminated):
        report(f"the rotation is done, but the revoke command was interrupted: {by_hand}")
        raise
    for line in output.decode("utf-8", "replace").splitlines():
        report(line)
    if code == 0:
        return None
    message = f"the rotation is done, but the revoke command ended with code {code}"
    return RejectedError(message, hint=by_hand)


def _run(command: str, env: dict[str, str]) -> tuple[int, bytes]:
    """The exit code and the start of what was printed.

    That is for people: standard output holds the result alone. It goes to a file, as a pipe would
    be held open by what the command leaves in the background.
    """
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(  # noqa: S602 - the user's own command line
            command,
            shell=True,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        return done.returncode, output.read(MAX_OUTPUT)


def _environment(old: Key, hidden: Collection[str]) -> dict[str, str]:
    """The environment without the keys in it, and which key is meant, as far as it is known."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith(_PREFIX)
    }
    known = {"ID": old.id, "NAME": old.name, "MASK": old.mask, "PROVIDER": old.provider}
    return env | {f"{_PREFIX}{name}": value for name, value in known.items() if value}
