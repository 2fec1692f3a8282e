"""--revoke-command: the user's own command, run once the old secret is no longer used."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Collection

from llmctl.config.resolve import KEY_VARIABLES
from llmctl.errors import Hint, LlmctlError, RejectedError, Terminated
from llmctl.input.key_command import may_prompt, stop
from llmctl.rotation.snapshot import Key
from llmctl.safe.held_signals import hold_signals

_PREFIX = "LLMCTL_OLD_KEY_"
MAX_OUTPUT = 64 * 1024  # bytes of the command's output that are shown


def run_revoke_command(
    command: str, old: Key | None, report: Callable[[str], None], *, hidden: Collection[str]
) -> LlmctlError | None:
    """Run the command for the key whose secret is no longer used; return the error, if any.

    `hidden` are the variables that hold new secrets: they are hidden from the command.
    """
    if old is None:
        report(
            "the revoke command was not run: cannot confirm that the old secret is unused (an "
            "earlier run was interrupted, or another key has the same mask); revoke it yourself"
        )
        return None
    by_hand = f"revoke the old secret ({old.mask or f'of key {old.id}'}) at {old.provider} yourself"
    try:
        code, output = _run(command, _environment(old, {*KEY_VARIABLES, *hidden}))
    except (OSError, ValueError) as error:
        why = (
            error.strerror
            if isinstance(error, OSError)
            else "a value cannot be passed in an environment variable"
        )
        message = f"the rotation is done, but the revoke command did not start: {why}"
        return RejectedError(message, hint=Hint(by_hand))
    except (KeyboardInterrupt, Terminated):
        report(f"the rotation is done, but the revoke command was interrupted; {by_hand}")
        raise
    for line in output.decode("utf-8", "replace").splitlines():
        report(line)
    if code == 0:
        return None
    message = f"the rotation is done, but the revoke command failed with exit code {code}"
    return RejectedError(message, hint=Hint(by_hand))


def _run(command: str, env: dict[str, str]) -> tuple[int, bytes]:
    """Return the exit code and the start of the output.

    The output goes to a file: a process that the command leaves in the background would keep a pipe
    open. An exception here, Ctrl-C included, stops the command and everything it started.
    """
    is_group = not may_prompt()
    process: subprocess.Popen[bytes] | None = None
    with tempfile.TemporaryFile() as output:
        try:
            with hold_signals():  # a half-started process could not be stopped
                process = subprocess.Popen(  # noqa: S602 - the user's own command line
                    command,
                    shell=True,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    process_group=0 if is_group else None,
                )
            code = process.wait()
        except BaseException:
            if process is not None:
                stop(process, is_group)
            raise
        output.seek(0)
        return code, output.read(MAX_OUTPUT)


def _environment(old: Key, hidden: Collection[str]) -> dict[str, str]:
    """Return the environment without keys, plus the known fields of the old key."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith(_PREFIX)
    }
    known = {"ID": old.id, "NAME": old.name, "MASK": old.mask, "PROVIDER": old.provider}
    return env | {f"{_PREFIX}{name}": value for name, value in known.items() if value}
