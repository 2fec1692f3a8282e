"""The tour of `llmctl sandbox demo`: prints each command, then runs it on a new sandbox."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence

from llmctl.app import main
from llmctl.output.command_lines import WIDTH, fill
from llmctl.sandbox import defaults

# On two lines, as a person would type it; the shell and JSON allow that.
_FILTERS = """[{"key": "$ai_model", "value": "gpt-4",
      "operator": "exact", "type": "event"}]"""


def run() -> None:
    """Print the tour to standard output, and delete its sandbox afterwards."""
    with _fresh_sandbox():
        _say(
            "llmctl administers a PostHog project's LLM analytics. This tour needs no account: it "
            "uses a sandbox, a simulated PostHog server on this machine."
        )
        print("\n$ export LLMCTL_PROFILE=sandbox")
        _clustering()
        _provider_keys()
        _reports()
        _scripts()
        _say("That is the end of the tour. The same commands work on your own project:")
        print("\n  llmctl profiles add work --host eu     # prompts for the key")
        print("  llmctl clustering-jobs list")
        print("\nTo experiment, use the profile sandbox: llmctl clustering-jobs list -p sandbox")


def _clustering() -> None:
    _say("1. A new project has three clustering jobs.")
    _llmctl("clustering-jobs", "list")
    _say("Cluster the traces of one model. The server then disables the default job for traces.")
    job = _llmctl_keeping(
        "JOB",
        *("clustering-jobs", "create", "--name", "GPT-4 traces", "--analysis-level", "trace"),
        *("--event-filters", _FILTERS),
    )
    _llmctl("clustering-jobs", "get", job)
    _say("`update` changes only the fields you give; `delete` asks for confirmation.")
    _llmctl("clustering-jobs", "update", job, "--name", "GPT-4 only", "-o", "json")
    _llmctl("clustering-jobs", "delete", job, "--yes")


def _provider_keys() -> None:
    _say("2. Evaluations call an LLM with one of the project's provider keys.")
    _llmctl("provider-keys", "list")
    _llmctl("evaluation-config", "get")
    _say("Only a key in state ok can be the active key; the server refuses others:")
    _llmctl("evaluation-config", "set-active-key", defaults.INVALID_KEY_ID)


def _reports() -> None:
    _say("3. Reports summarise an evaluation, for instance every Monday at 9:00 in Paris.")
    _llmctl("evaluations", "list")
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", defaults.EVALUATION_ID),
        *("--frequency", "scheduled", "--rrule", "FREQ=WEEKLY;BYDAY=MO"),
        *("--starts-at", "2026-01-05T09:00:00+01:00", "--timezone-name", "Europe/Paris"),
        *("--email", "team@example.com"),
    )
    _say(
        "--dry-run prints the request instead of sending it. --replace changes an existing report:"
    )
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", defaults.EVALUATION_ID),
        *("--trigger-threshold", "500", "--replace", "--dry-run"),
    )


def _scripts() -> None:
    _say("4. In a pipe, the output is TSV; -o selects json, jsonl, csv, ids, tsv or table.")
    _llmctl("evaluation-reports", "list", "-o", "csv")
    _say("Each kind of failure has its own exit code:")
    code = _llmctl("clustering-jobs", "get", defaults.EVALUATION_ID)
    print(f"$ echo $?\n{code}")


def _llmctl(*args: str) -> int:
    """Print a command, run it, and return its exit code."""
    print(_shown(["llmctl", *args]), flush=True)
    return main(args)


def _llmctl_keeping(variable: str, *args: str) -> str:
    """Print and run a command that stores an id in a shell variable; return the id."""
    print(_shown([f"{variable}=$(llmctl", *args, "-o", "ids)"]), flush=True)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        main([*args, "-o", "ids"])
    return output.getvalue().strip()


def _shown(words: Sequence[str]) -> str:
    """Return the command for a shell, with long lines broken before options."""
    parts: list[str] = []
    for word in words:
        quoted = word if word in (words[0], "ids)") else shlex.quote(word)
        if parts and not word.startswith("-"):
            parts[-1] += f" {quoted}"
        else:
            parts.append(quoted)
    return "\n" + "\n".join(fill([f"$ {parts[0]}", *parts[1:]]))


def _say(text: str) -> None:
    print("\n" + textwrap.fill(text, WIDTH), flush=True)


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
