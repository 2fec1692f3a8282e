"""Read a secret from a file, an environment variable, a command or a prompt; never from argv."""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple

from llmctl.errors import Hint, UsageError
from llmctl.input.files import read_file, read_stdin, shown_path
from llmctl.input.text import NotTextError, decode
from llmctl.output.sanitize import typed
from llmctl.safe.secret import MAX_LENGTH, Secret, parse_secret, too_long

MAX_BYTES = MAX_LENGTH + len("\r\n")
KEY_OPTIONS = (
    "--api-key-file PATH (- is standard input), --api-key-env VARIABLE or --api-key-command CMD"
)


class SourceNames(NamedTuple):
    """The names of the sources in messages: those of options, or of fields in a file."""

    file: str = "--api-key-file"
    variable: str = "--api-key-env"
    command: str = "--api-key-command"


_OPTIONS = SourceNames()


def has_key_option(*sources: str | None) -> bool:
    """Return True if any of the options that give a key was used."""
    return any(source is not None for source in sources)


def refuse_several(
    file: str | None,
    variable: str | None,
    command: str | None,
    names: SourceNames = _OPTIONS,
) -> str | None:
    """Return the one option that gives a key; None without one. UsageError if several do."""
    given = dict(zip(names, (file, variable, command), strict=True))
    chosen = [option for option, text in given.items() if text is not None]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot be combined")
    return chosen[0] if chosen else None


def read_key(
    *,
    file: str | None,
    variable: str | None,
    command: str | None,
    command_timeout: float,
    what: str = "API key",
    names: SourceNames = _OPTIONS,
) -> Secret:
    """Return the key from the one source given, or else from a hidden prompt on a terminal.

    `file` is a path or `-` (standard input), `variable` the name of an environment variable,
    `command` a command line that prints the key within `command_timeout` seconds; `what` names the
    key in the prompt, and `names` the sources in errors. Raise UsageError if several sources are
    given, or the source has no valid key.
    """
    chosen = refuse_several(file, variable, command, names)
    if file is not None:
        text = _from_file(file, names.file)
    elif variable is not None:
        text = _from_variable(variable, names.variable)
    elif command is not None:
        text = _from_command(command, command_timeout, names.command)
    else:
        text = _from_prompt(what)
    source = f"the value from {chosen}" if chosen else "the input"
    return parse_secret(text, source=source, error=UsageError)


def _from_file(path: str, name: str) -> str:
    if path == "-":
        data = read_stdin(MAX_BYTES, name)
    else:
        data = read_file(path, MAX_BYTES, f"{name}: cannot read {shown_path(path)}")
    return _text(data, name)


def _from_variable(variable: str, name: str) -> str:
    text = os.environ.get(variable)
    if not text:
        fault = "is not set" if text is None else "is empty"
        raise UsageError(f"{name}: variable {typed(variable)} {fault}")
    return text


def _from_command(command: str, timeout: float, name: str) -> str:
    from llmctl.input.user_command import CommandTimeoutError, run_key_command

    try:
        data, code = run_key_command(command, MAX_BYTES, timeout=timeout, name=name)
    except CommandTimeoutError:
        raise UsageError(
            f"{name} did not end within {timeout:g} s",
            hint=Hint("nothing was changed; for more time, add --command-timeout SECONDS"),
        ) from None
    except (OSError, ValueError):
        raise UsageError(f"cannot run {name}") from None
    if code:
        raise UsageError(f"{name} failed with exit code {code}")
    if not data.strip(b"\r\n"):
        raise UsageError(f"{name} printed nothing; expected a key")
    return _text(data, name)


def _text(data: bytes, option: str) -> str:
    """Return the text of a file or of a command's output, without surrounding white space."""
    if len(data) > MAX_BYTES:
        raise too_long(f"the value from {option}", UsageError)
    try:
        return decode(data).strip(" \t\r\n")
    except NotTextError as error:
        raise UsageError(f"the value from {option} {error.reason}") from None


def _from_prompt(what: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"cannot prompt for the {what}: no terminal", hint=Hint(f"use {KEY_OPTIONS}")
        )
    from llmctl.output import ask

    answer = ask(f"{what[0].upper()}{what[1:]} (not shown): ", hidden=True)
    if answer is None:
        raise UsageError(f"no {what} was given")
    # Remove the marks that a terminal puts around pasted text, and white space pasted with it.
    return re.sub("\x1b\\[20[01]~", "", answer).strip(" \t\r\n")
