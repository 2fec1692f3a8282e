"""The user's editor, on a private temporary file."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from llmctl.errors import ConfigError, DryRun, Hint, UsageError
from llmctl.input.files import read_file
from llmctl.input.text import NotTextError, decode
from llmctl.output import note
from llmctl.safe.held_signals import leave_interrupts_to_program

_MAX_BYTES = 20 * 1024 * 1024  # PostHog's limit for a request body


def find_editor() -> list[str]:
    """Return the words of `$VISUAL`, or else `$EDITOR`. UsageError if it cannot be run."""
    variable = next((name for name in ("VISUAL", "EDITOR") if os.environ.get(name)), None)
    if variable is None:
        raise UsageError("no editor is set", hint=Hint("set VISUAL or EDITOR, e.g. EDITOR=vi"))
    try:
        words = shlex.split(os.environ[variable])
    except ValueError:
        raise UsageError(f"{variable} is not a command line: a quotation is not closed") from None
    if not words:
        raise UsageError(f"{variable} is empty")
    words[0] = os.path.expanduser(words[0])
    if shutil.which(words[0]) is None:
        raise UsageError(f"{variable} names an editor that cannot be found: {words[0]}")
    return words


class Draft:
    """A text that the user edits in a file of its own. `path` is the file."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._original = text
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    @property
    def is_changed(self) -> bool:
        """True if the file differs from the original text, or cannot be read as text."""
        try:
            return self.path.exists() and self.read() != self._original
        except UsageError:
            return True

    def read(self) -> str:
        """Return the text as it is now. UsageError if it cannot be read."""
        failure = f"cannot read {self.path}"
        data = read_file(str(self.path), _MAX_BYTES, failure)
        if len(data) > _MAX_BYTES:
            raise UsageError(f"{failure}: larger than {_MAX_BYTES} bytes")
        try:
            return decode(data)
        except NotTextError as error:
            raise UsageError(f"{self.path} {error.reason}") from None

    def edit(self, editor: list[str]) -> None:
        """Open the file in an editor and wait for it. UsageError if it fails."""
        with leave_interrupts_to_program():
            try:
                # A pipe on standard output is for the data; the editor needs the terminal.
                stdout = None if sys.stdout is not None and sys.stdout.isatty() else 2
                code = subprocess.call([*editor, str(self.path)], stdout=stdout)  # noqa: S603
            except OSError as error:
                raise UsageError(f"cannot run {editor[0]}: {error.strerror}") from None
        if code != 0:
            raise UsageError(f"{editor[0]} failed (exit code {code}); nothing was sent")


@contextlib.contextmanager
def open_draft(name: str, text: str) -> Iterator[Draft]:
    """Create a private file with the text, and delete it afterwards.

    If the block fails, a changed text is kept, and a note names the file.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="llmctl-"))
        draft = Draft(folder / name, text)
    except OSError as error:
        raise ConfigError(
            f"cannot create a temporary file: {error.strerror}",
            hint=Hint("set TMPDIR to another directory"),
        ) from None
    try:
        yield draft
    except DryRun:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except BaseException:
        if draft.is_changed:
            note(f"your text is kept in {draft.path}", wrap=False)
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
