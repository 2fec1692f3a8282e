"""--revoke-command: the user's own command, run once the old secret is no longer used."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Collection
from typing import IO

from llmctl.config.resolve import KEY_VARIABLES
from llmctl.errors import Hint, LlmctlError, Terminated, UnfinishedError
from llmctl.input.user_command import CommandTimeoutError, run_command, wait_for
from llmctl.rotation.snapshot import Key
from llmctl.safe.secret import MAX_LENGTH, Secret

_PREFIX = "LLMCTL_OLD_KEY_"
MAX_OUTPUT = 64 * 1024  # bytes of the end of the command's output that are shown
_LONGEST_SPELLING = 6 * MAX_LENGTH  # of a secret: HTML entities


def run_revoke_command(
    command: str,
    old: Key | None,
    report: Callable[[str], None],
    *,
    hidden: Collection[str],
    secrets: Collection[Secret],
    timeout: float,
) -> LlmctlError | None:
    """Run the command for the key whose secret is no longer used; return the error, if any.

    `hidden` are the variables that hold new secrets: they are hidden from the command. `secrets`
    are masked in its output. It is stopped after `timeout` seconds.
    """
    if old is None:
        report(
            "the revoke command was not run: cannot confirm that the old secret is unused (an "
            "earlier run was interrupted, or another key has the same mask); revoke it yourself"
        )
        return None
    by_hand = f"revoke the old secret ({old.mask or f'of key {old.id}'}) at {old.provider} yourself"
    # A file: a process that the command leaves in the background would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        try:
            code = _run(command, _environment(old, {*KEY_VARIABLES, *hidden}), output, timeout)
            failure = f"failed with exit code {code}" if code else None
        except (OSError, ValueError) as error:
            why = (
                error.strerror
                if isinstance(error, OSError)
                else "a value cannot be passed in an environment variable"
            )
            failure = f"did not start: {why}"
        except CommandTimeoutError:
            failure = f"did not end within {timeout:g} s (--command-timeout) and was stopped"
        except (KeyboardInterrupt, Terminated):
            report(f"the rotation is done, but the revoke command was interrupted; {by_hand}")
            raise
        for line in _end_of(output, secrets).splitlines():
            report(line)
    if failure is None:
        return None
    message = f"the rotation is done, but the revoke command {failure}"
    return UnfinishedError(message, hint=Hint(by_hand))


def _run(command: str, env: dict[str, str], output: IO[bytes], timeout: float) -> int:
    """Return the exit code. CommandTimeoutError after `timeout` seconds."""

    def finish(process: subprocess.Popen[bytes]) -> int:
        def has_ended(seconds: float) -> bool:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            return process.returncode is not None

        wait_for(has_ended, timeout, "the revoke command")
        return process.wait()

    return run_command(command, finish, env=env, stdout=output, stderr=subprocess.STDOUT)


def _end_of(output: IO[bytes], secrets: Collection[Secret]) -> str:
    """Return the end of the output, without the secrets.

    More is read than is shown, so that no part of a secret is left where the shown part starts.
    """
    cut = max(0, output.seek(0, os.SEEK_END) - MAX_OUTPUT)
    margin = min(cut, _LONGEST_SPELLING)
    output.seek(cut - margin)
    text = output.read(margin + MAX_OUTPUT).decode("utf-8", "replace")
    for secret in secrets:
        text = secret.hide_in(text)
    return text[margin:]


def _environment(old: Key, hidden: Collection[str]) -> dict[str, str]:
    """Return the environment without keys, plus the known fields of the old key."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith(_PREFIX)
    }
    known = {"ID": old.id, "NAME": old.plain_name, "MASK": old.mask, "PROVIDER": old.provider}
    return env | {f"{_PREFIX}{name}": value for name, value in known.items() if value}
