"""Notes, questions and errors on standard error; and the one way to standard output."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys

from llmctl.errors import LlmctlError, UsageError
from llmctl.output.sanitize import log_line, visible
from llmctl.output.text import json_text

# A command on a project, or on its settings: group and verb.
_COMMAND = re.compile(r"\bllmctl (?!profiles (?!show)|sandbox )[a-z]+(-[a-z]+)* [a-z]+(-[a-z]+)*\b")


def write(text: str) -> None:
    """Write data to standard output, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def comment(text: str) -> None:
    """One line among commands on standard output, which a shell leaves alone."""
    write(f"# {visible(text)}\n")


def note(text: str) -> None:
    """Tell the user, on one line of standard error."""
    _write_error(log_line(visible(text)))


def report(text: str) -> None:
    """One line about the traffic: what `--verbose` shows, and every wait."""
    note(f"* {text}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone. UsageError unless the answer is yes."""
    if yes:
        return
    require_terminal(yes=yes)
    if (ask(f"{question} [y/N] ") or "").lower() not in ("y", "yes"):
        raise UsageError("not confirmed; nothing was changed")


def ask(question: str, *, hidden: bool = False) -> str | None:
    """What the user types after `question`; None for the end of input (Ctrl-D).

    A hidden answer is as it was typed, another one is without spaces round it.
    """
    question = visible(question)
    if hidden:
        from getpass import getpass

        try:
            return getpass(question)
        except UnicodeDecodeError:
            raise UsageError("what was typed is not text") from None
        except EOFError:
            pass
    else:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if line.endswith("\n"):
            return line.strip()
    _write_error("")  # or the next line would stand behind the question
    return None


def require_terminal(*, yes: bool) -> None:
    """UsageError where a question will come and nobody can be asked."""
    if yes:
        return
    if sys.stdin is None or sys.stderr is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "this needs a confirmation, and there is no terminal to ask on"
        raise UsageError(message, hint="add --yes")


def print_error(error: LlmctlError, *, as_json: bool) -> None:
    """The error as a sentence and a hint, or as one JSON object."""
    if as_json:
        fields = {
            "code": error.exit_code.name,
            "message": error.message,
            "hint": None if error.hint is None else str(error.hint),
            "status": error.status,
            "attr": error.attr,
            "server_code": error.server_code,
        }
        _write_error(json_text({"error": fields}, indent=None, ascii_only=True))
        return
    _write_error(f"error: {visible(error.message)}")
    if error.hint:
        _write_error(f"hint: {visible(str(error.hint))}")


def selection(profile: str | None, host: str | None, project: str | None) -> list[str]:
    """The options that choose the project, as they were given."""
    given = {"-p": profile, "--host": host, "--project": project}
    return [word for name, value in given.items() if value for word in (name, value)]


def with_selection(text: str, selection: list[str]) -> str:
    """The commands in a text with the options that choose the project, as `-p staging`.

    Pasted as it stands, a command would go to the current profile's project.
    """
    if not selection:
        return text
    words = " ".join(shlex.quote(word) for word in selection)
    return _COMMAND.sub(lambda match: f"{match[0]} {words}", text)


def _write_error(line: str) -> None:
    """A lost message never changes what a command does."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
