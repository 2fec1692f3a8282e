"""Notes, questions and errors on standard error; `write` for data on standard output."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from llmctl.errors import Hint, LlmctlError, UsageError
from llmctl.output.color import wants_color
from llmctl.output.sanitize import log_line, visible
from llmctl.output.text import json_text

_DIM, _RED = 2, 31
_COMMAND = ": llmctl "  # how a message introduces a command to copy


def write(text: str) -> None:
    """Write data to standard output and flush it."""
    sys.stdout.write(text)
    sys.stdout.flush()


def comment(text: str) -> None:
    """Write a shell comment to standard output, between commands that a script may run."""
    write(f"# {visible(text)}\n")


def note(text: str, *, wrap: bool = True, style: int | None = None) -> None:
    """Print one line to standard error. On a terminal it is wrapped, unless it is to be copied.

    `style` is the number of its colour in escape sequences, if it has one.
    """
    line = log_line(visible(text))
    line = _folded(line) if wrap else line
    _write_error(line if style is None else _styled(line, style))


def _folded(text: str) -> str:
    """Break a line at spaces, so that the terminal does not break it within a word or an id.

    A command and what follows it stay on one line, to be copied.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return text
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    if len(text) <= width:
        return text
    end = " " * (len(text) - len(text.rstrip()))  # before an answer
    prose, colon, command = text.rstrip().partition(_COMMAND)
    lines = textwrap.wrap(prose + colon[:1], width, break_long_words=False, break_on_hyphens=False)
    if command:
        command = colon[2:] + command
        if len(lines[-1]) + 1 + len(command) <= width:
            command = f"{lines.pop()} {command}"
        lines.append(command)
    return "\n".join(lines) + end


def report(text: str) -> None:
    """Print a line about the traffic: requests with `--verbose`, and every wait."""
    note(f"* {text}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before a change that cannot be undone. Raise UsageError unless the answer is yes."""
    if yes:
        return
    require_terminal(yes=yes)
    if (ask(f"{question} [y/N] ") or "").lower() not in ("y", "yes"):
        raise UsageError("not confirmed; nothing was changed")


def ask(question: str, *, hidden: bool = False) -> str | None:
    """Ask `question` on the terminal; return the answer, or None at the end of input (Ctrl-D).

    With `hidden`, the answer is not echoed, and is returned as typed; otherwise it is stripped.
    """
    question = _folded(visible(question))
    if hidden:
        from getpass import getpass

        try:
            return getpass(question)
        except UnicodeDecodeError:
            raise UsageError("the input is not valid text") from None
        except EOFError:
            pass
    else:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if line.endswith("\n"):
            return line.strip()
    _write_error("")  # end the line of the question
    return None


def require_terminal(*, yes: bool) -> None:
    """Raise UsageError if there is no terminal for the question, unless `yes` is set."""
    if yes:
        return
    if not can_ask():
        raise UsageError("cannot ask for confirmation: no terminal", hint=Hint("add --yes"))


def can_ask() -> bool:
    """Return True if there is a terminal to show questions on and read answers from."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def print_error(error: LlmctlError, *, as_json: bool, selection: Sequence[str] = ()) -> None:
    """Print the error's lines and its hint, or both as one JSON object.

    `selection` are the options that select the project: they are added to the hint's commands.
    """
    hint = error.hint.line(selection) if error.hint else None
    if as_json:
        fields = {
            "code": error.exit_code.name,
            "message": error.message,
            "hint": hint,
            "status": error.status,
            "attr": error.attr,
            "server_code": error.server_code,
            **error.json_fields,
        }
        _write_error(json_text({"error": fields}, indent=None, ascii_only=True))
        return
    for line in error.lines:
        _write_error(_styled(_folded(f"error: {visible(line)}"), _RED))
    if hint:
        _write_error(_styled(_folded(f"hint: {visible(hint)}"), _DIM))


def _styled(text: str, style: int) -> str:
    """Style each line, if standard error shows colours."""
    if not wants_color(is_terminal=sys.stderr is not None and sys.stderr.isatty()):
        return text
    return "\n".join(f"\x1b[{style}m{line}\x1b[0m" for line in text.split("\n"))


def _write_error(line: str) -> None:
    """Write to standard error; a lost message never changes what a command does."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
