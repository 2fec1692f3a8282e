"""--revoke-command: the user's own command, once a rotation took the old secret out of use."""

from __future__ import annotations

import os
from collections.abc import Callable
from fnmatch import fnmatchcase

from llmctl.config.resolve import KEY_VARIABLES
from llmctl.errors import LlmctlError, RejectedError
from llmctl.rotation.state import Key


def revoke(
    command: str, old: Key | None, report: Callable[[str], None], *, hidden: str
) -> LlmctlError | None:
    """Run the command for the key whose secret is out of use; the error to end with, if any.

    `hidden` is a pattern of variables that hold new secrets: the command sees none of them.
    """
    if old is None:
        report(
            "the revoke command was not run: this run took no secret out of use for certain; "
            "if an earlier one did and died, revoke the old secret yourself"
        )
        return None
    import subprocess

    # What it prints is for people: standard output holds the result alone.
    done = subprocess.run(  # noqa: S602 - the user's own command line
        command,
        shell=True,
        env=_environment(old, [*KEY_VARIABLES, hidden]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        report(line)
    if done.returncode == 0:
        return None
    return RejectedError(
        f"the rotation is done, but the revoke command ended with code {done.returncode}",
        hint=f"revoke the old secret ({old.mask or f'of key {old.id}'}) at {old.provider} yourself",
    )


def _environment(old: Key, hidden: list[str]) -> dict[str, str]:
    """The environment without the keys in it, and which key is meant."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not any(fnmatchcase(name, pattern) for pattern in hidden)
    }
    return env | {
        "LLMCTL_OLD_KEY_ID": old.id,
        "LLMCTL_OLD_KEY_NAME": old.name,
        "LLMCTL_OLD_KEY_MASK": old.mask,
        "LLMCTL_OLD_KEY_PROVIDER": old.provider,
    }
