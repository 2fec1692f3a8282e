"""The tour of `llmctl sandbox demo`: each command is printed, then run, on a fresh sandbox."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence

from llmctl.output.command_lines import WIDTH, fill
from llmctl.sandbox import defaults

# On two lines, as a person would type it: the shell and JSON allow it.
_FILTERS = """[{"key": "$ai_model", "value": "gpt-4",
      "operator": "exact", "type": "event"}]"""


def run() -> None:
    """Run the tour on standard output; the sandbox it uses is gone afterwards."""
    with _fresh_sandbox():
        _say(
            "llmctl administers a PostHog project's LLM analytics. This tour needs no account: it "
            "runs on a sandbox, PostHog's API on this machine with a project in it."
        )
        print("\n$ export LLMCTL_PROFILE=sandbox")
        _clustering()
        _provider_keys()
        _reports()
        _scripts()
        _say("That was it. The same commands work on your own project:")
        print("\n  llmctl profiles add work --host eu     # asks for the key, hidden")
        print("  llmctl clustering-jobs list")
        print("\nand the sandbox stays for trying things: llmctl clustering-jobs list -p sandbox")


def _clustering() -> None:
    _say("1. A project is born with three clustering jobs.")
    _llmctl("clustering-jobs", "list")
    _say("Cluster the traces of one model. The server disables the default job of that level.")
    job = _llmctl_keeping(
        "JOB",
        *("clustering-jobs", "create", "--name", "GPT-4 traces", "--analysis-level", "trace"),
        *("--event-filters", _FILTERS),
    )
    _llmctl("clustering-jobs", "get", job)
    _say("`update` changes what you name and nothing else; `delete` asks first.")
    _llmctl("clustering-jobs", "update", job, "--name", "GPT-4 only", "-o", "json")
    _llmctl("clustering-jobs", "delete", job, "--yes")


def _provider_keys() -> None:
    _say("2. Evaluations call an LLM with one of the project's provider keys.")
    _llmctl("provider-keys", "list")
    _llmctl("evaluation-config", "get")
    _say("Only a key whose state is ok can be the active one. The refusal is the server's own:")
    _llmctl("evaluation-config", "set-active-key", defaults.INVALID_KEY_ID)


def _reports() -> None:
    _say("3. Reports tell people how an evaluation does: every Monday in Paris, for instance.")
    _llmctl("evaluations", "list")
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", defaults.EVALUATION_ID),
        *("--frequency", "scheduled", "--rrule", "FREQ=WEEKLY;BYDAY=MO"),
        *("--starts-at", "2026-01-05T09:00:00+01:00", "--timezone-name", "Europe/Paris"),
        *("--email", "team@example.com"),
    )
    _say("--dry-run shows the request instead of sending it:")
    _llmctl(
        *("evaluation-reports", "create", "--evaluation", defaults.EVALUATION_ID),
        *("--trigger-threshold", "500", "--dry-run"),
    )


def _scripts() -> None:
    _say("4. In a pipe there are tabs in place of tables, -o gives json, jsonl, csv and ids.")
    _llmctl("evaluation-reports", "list", "-o", "csv")
    _say("Every kind of failure has its own exit code:")
    code = _llmctl("clustering-jobs", "get", defaults.EVALUATION_ID)
    print(f"$ echo $?\n{code}")


def _llmctl(*args: str) -> int:
    """Print the command, run it, and give its exit code."""
    from llmctl.app import main

    print(_shown(["llmctl", *args]), flush=True)
    return main(args)


def _llmctl_keeping(variable: str, *args: str) -> str:
    """Print and run a command as a script does that keeps an id in a variable."""
    from llmctl.app import main

    print(_shown([f"{variable}=$(llmctl", *args, "-o", "ids)"]), flush=True)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        main([*args, "-o", "ids"])
    return output.getvalue().strip()


def _shown(words: Sequence[str]) -> str:
    """The command as a shell takes it, broken before an option where the line gets long."""
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
    """An environment with the sandbox as its profile and no other setting, put back afterwards."""
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
