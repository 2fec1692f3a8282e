"""--revoke-command: the user's own command, run once the old secret is no longer used."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Collection
from typing import IO

from llmctl.config.sources import KEY_VARIABLES, OLD_KEY_VARIABLE
from llmctl.errors import Terminated
from llmctl.input.user_command import CommandTimeoutError, run_command, wait_for
from llmctl.rotation.tag import Owed
from llmctl.safe.secret import MAX_LENGTH, Secret

_PREFIX = "LLMCTL_OLD_KEY_"
MAX_OUTPUT = 64 * 1024  # bytes of the end of the command's output that are shown
_LONGEST_SPELLING = 6 * MAX_LENGTH  # of a secret: HTML entities


def run_revoke_command(
    command: str,
    owed: Owed,
    name: str,
    report: Callable[[str], None],
    *,
    hidden: Collection[str],
    secrets: Collection[Secret],
    timeout: float,
) -> str | None:
    """Run the command for a secret that nothing uses any more; return why it failed, if it did.

    `name` is that of the key. `hidden` are the variables that hold new secrets: they are hidden
    from the command. `secrets` are masked in its output. It is stopped after `timeout` seconds.
    """
    # A file: a process that the command leaves in the background would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        try:
            code = _run(
                command,
                _environment(owed, name, {*KEY_VARIABLES, OLD_KEY_VARIABLE, *hidden}),
                output,
                timeout,
            )
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
            report("the revoke command was interrupted; run the same command again")
            raise
        for line in _end_of(output, secrets).splitlines():
            report(line)
    return None if failure is None else f"the revoke command {failure}"


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


def _environment(owed: Owed, name: str, hidden: Collection[str]) -> dict[str, str]:
    """Return the environment without keys, plus what is known of the old key."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith(_PREFIX)
    }
    known = {"ID": owed.key_id, "NAME": name, "MASK": owed.mask, "PROVIDER": owed.provider}
    return env | {f"{_PREFIX}{name}": value for name, value in known.items() if value}
