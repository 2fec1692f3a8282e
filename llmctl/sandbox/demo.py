"""The tour of `llmctl sandbox demo`: prints each command, then runs it on a new sandbox.

On a terminal it waits for Enter before each step.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from llmctl.app import main
from llmctl.output.command_lines import WIDTH, fill
from llmctl.output.messages import ask

# On two lines, as a person would type it; the shell and JSON allow that.
_FILTERS = """[{"key": "$ai_model", "value": "gpt-4",
      "operator": "exact", "type": "event"}]"""
_NEW_KEY = "sk-proj-0123456789"  # a simulated one


class _Quit(Exception):
    """The user leaves the tour."""


def run() -> None:
    """Print the tour to standard output, and delete its sandbox afterwards."""
    with contextlib.suppress(_Quit), _fresh_sandbox():
        _say(
            "llmctl administers a PostHog project's LLM analytics. This tour needs no account: it "
            "uses a sandbox, a simulated PostHog server on this machine."
        )
        print("\n$ export LLMCTL_PROFILE=sandbox")
        _clustering()
        _provider_keys()
        _rotation()
        _reports()
        _scripts()
        _gate()
        _step("That is the end of the tour. The same commands work on your own project:")
        print("\n  llmctl profiles add work --host eu     # prompts for the key")
        print("  llmctl clustering-jobs list")
        print("\nTo experiment, use the profile sandbox: llmctl clustering-jobs list -p sandbox")


def _clustering() -> None:
    _step("1. A new project has three clustering jobs.")
    _llmctl("clustering-jobs", "list")
    _step("Cluster the traces of one model. The server then disables the default job for traces.")
    _llmctl(
        *("clustering-jobs", "create", "--name", "GPT-4 traces", "--analysis-level", "trace"),
        *("--event-filters", _FILTERS),
    )
    _step("Commands take names as well as IDs.")
    _llmctl("clustering-jobs", "get", "GPT-4 traces")
    _step("`update` changes only the fields you give; `delete` asks for confirmation.")
    _llmctl("clustering-jobs", "update", "GPT-4 traces", "--name", "GPT-4 only", "-o", "json")
    _llmctl("clustering-jobs", "delete", "GPT-4 only", "--yes")


def _provider_keys() -> None:
    _step("2. Evaluations call an LLM with one of the project's provider keys.")
    _llmctl("provider-keys", "list")
    _llmctl("evaluation-config", "get")
    _step("Only a key in state ok can be the active key; the server refuses others:")
    _llmctl("evaluation-config", "set-active-key", "Old Anthropic")


def _rotation() -> None:
    _step(
        "3. Rotate the active key to a new secret. llmctl shows what uses the key, and asks first. "
        "The tour answers yes."
    )
    os.environ["NEW_KEY"] = _NEW_KEY
    print(f"\n$ export NEW_KEY={_NEW_KEY}", flush=True)
    with _typing("y\n"):
        _llmctl("provider-keys", "rotate", "--active", "--api-key-env", "NEW_KEY")
    _step(
        "A rotation is safe to run again, after an interruption for example. Then audit the keys:"
    )
    _llmctl("provider-keys", "rotate", "--active", "--api-key-env", "NEW_KEY", "--yes")
    _llmctl("provider-keys", "audit")


def _reports() -> None:
    _step("4. Reports summarise an evaluation, for instance every Monday at 9:00 in Paris.")
    _llmctl("evaluations", "list")
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", "Answer relevance"),
        *("--frequency", "scheduled", "--rrule", "FREQ=WEEKLY;BYDAY=MO"),
        *("--starts-at", "2026-01-05T09:00:00+01:00", "--timezone-name", "Europe/Paris"),
        *("--email", "team@example.com"),
    )
    _step(
        "--dry-run prints the request instead of sending it. --replace changes an existing report:"
    )
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", "Answer relevance"),
        *("--trigger-threshold", "500", "--replace", "--dry-run"),
    )


def _scripts() -> None:
    _step("5. In a pipe, the output is TSV; -o selects json, jsonl, csv, ids, tsv or table.")
    _llmctl("evaluation-reports", "list", "-o", "csv")
    _step("Each kind of failure has its own exit code:")
    code = _llmctl("clustering-jobs", "get", "Weekly traces")
    print(f"$ echo $?\n{code}")


def _gate() -> None:
    _step(
        "6. Newer servers also show the results of a report. Reset the sandbox to the newest one, "
        "and block a deploy in CI if relevance is below 95%:"
    )
    _llmctl("sandbox", "reset", "--generation", "v3", "--yes")
    _llmctl("evaluation-reports", "runs", "Answer relevance", "--limit", "3")
    code = _llmctl("evaluation-reports", "gate", "Answer relevance", "--min-pass-rate", "95")
    print(f"$ echo $?\n{code}")


def _llmctl(*args: str) -> int:
    """Print a command, run it, and return its exit code."""
    print(_shown(["llmctl", *args]), flush=True)
    return main(args)


def _shown(words: Sequence[str]) -> str:
    """Return the command for a shell, with long lines broken before options."""
    parts: list[str] = []
    for word in words:
        quoted = shlex.quote(word)
        if parts and not word.startswith("-"):
            parts[-1] += f" {quoted}"
        else:
            parts.append(quoted)
    return "\n" + "\n".join(fill([f"$ {parts[0]}", *parts[1:]]))


def _step(text: str) -> None:
    """Introduce a step, on a terminal after Enter. Raise _Quit if the answer is q."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        print(flush=True)
        answer = ask("Press Enter for the next step, or q to quit: ")
        if answer is None or answer.lower() in ("q", "quit"):
            raise _Quit
    _say(text)


def _say(text: str) -> None:
    print("\n" + textwrap.fill(text, WIDTH), flush=True)


class _Keyboard(io.StringIO):
    """Standard input of a terminal, with what is typed on it: it is echoed."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        line = super().readline(size)
        sys.stderr.write(line)
        return line


class _Screen:
    """Standard error as a terminal, wherever it goes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _typing(answers: str) -> Iterator[None]:
    """Let questions be asked without a terminal as well, and type the answers."""
    stdin, stderr = sys.stdin, sys.stderr
    sys.stdin, sys.stderr = _Keyboard(answers), _Screen(stderr)
    try:
        yield
    finally:
        sys.stdin, sys.stderr = stdin, stderr


@contextlib.contextmanager
def _fresh_sandbox() -> Iterator[None]:
    """Use an empty sandbox as the only setting in the environment; restore that afterwards."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="llmctl-demo-", ignore_cleanup_errors=True) as folder:
        for name in before:
            if name.startswith(("LLMCTL_", "POSTHOG_")):
                del os.environ[name]
        os.environ |= {
            "LLMCTL_PROFILE": "sandbox",
            "LLMCTL_CONFIG_DIR": folder,
            "LLMCTL_CACHE_DIR": folder,
            "LLMCTL_DATA_DIR": folder,
        }
        if sys.stdout.isatty():
            os.environ["LLMCTL_OUTPUT"] = "table"
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
