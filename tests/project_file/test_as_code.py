"""The topic as-code: its file and its workflow, in the sandbox."""

from __future__ import annotations

import itertools
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from llmctl.project_file.kinds import BY_TABLE
from llmctl.reference import topics
from llmctl.reference.topics import Kind
from llmctl.sandbox import defaults
from tests.conftest import Run, Shell
from tests.project_file.test_schema import errors
from tests.support import serving


def verbatim(start: str) -> str:
    """Return the first indented text after the block `start`, blank lines included."""
    after = itertools.dropwhile(lambda block: block.text != start, topics.blocks("as-code"))
    shown = itertools.dropwhile(lambda block: block.kind is not Kind.VERBATIM, after)
    found = itertools.takewhile(lambda block: block.kind is Kind.VERBATIM, shown)
    return textwrap.dedent("\n\n".join(block.text for block in found)) + "\n"


def script(workflow: str, job: str) -> str:
    """Return the last script of a job, which runs llmctl."""
    steps = workflow.partition(f"  {job}:\n")[2].partition("\n  apply:\n")[0]
    run = steps.rpartition("- run: ")[2].partition("        env:\n")[0]
    return textwrap.dedent(run.removeprefix("|\n"))


FILE = verbatim("THE FILE")
WORKFLOW = verbatim("GITHUB ACTIONS")


def test_schema_accepts_the_file() -> None:
    assert FILE.startswith("#:schema ./llmctl.schema.json\n")
    assert tomllib.loads(FILE).keys() == {*BY_TABLE, "vars"} - {"clustering_config"}
    assert errors(FILE) == []


@pytest.mark.usefixtures("sandbox")
def test_file_can_be_applied(run: Run) -> None:
    Path("llm.toml").write_text(FILE)
    words = ("-f", "llm.toml", "-p", "sandbox")
    assert run("diff", *words).code == ExitCode.DIFFERS
    applied = run("apply", "--yes", *words)
    assert applied.code == 0, applied.err
    again = run("diff", *words)
    assert again.code == 0, again.out


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sandbox over HTTP that the environment selects, as in the workflow."""
    with serving(tmp_path / "sandbox.sqlite3") as origin:
        monkeypatch.setenv("LLMCTL_HOST", origin)
        monkeypatch.setenv("LLMCTL_PROJECT", str(defaults.PROJECT_ID))
        yield


@pytest.mark.usefixtures("project")
def test_workflow_runs_as_printed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLMCTL_API_KEY", "LLMCTL_PROJECT", "LLMCTL_HOST"):
        assert f"{name}: " in WORKFLOW
    Path("llm.toml").write_text(FILE.replace("${vars.slack}", "Sandbox"))
    monkeypatch.setenv("PR", "7")
    gh = 'gh() { printf "%s\\n" "gh $*"; cat plan.md; }'
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.READ_ONLY_KEY)
    before = shell(f"set -e; {gh}\n{script(WORKFLOW, 'diff')}")
    assert before.code == 0, before.err
    assert before.out.startswith("gh pr comment 7 --body-file plan.md --edit-last")
    assert "Polite" in before.out
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
    applied = shell(script(WORKFLOW, "apply"))
    assert applied.code == 0, applied.err
    after = shell(f"set -e; {gh}\n{script(WORKFLOW, 'diff')}")
    assert (after.code, "Polite" in after.out) == (0, False)
