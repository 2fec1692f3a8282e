"""README.md: short, fresh, and every command in it runs as printed."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from llmctl.reference.readme import README
from llmctl.sandbox import defaults
from tests.conftest import Shell
from tests.support import PROVIDER_KEY, serving

TEXT = README.read_text(encoding="utf-8")
# .ci/run runs these: they install from a registry.
RUN_BY_CI = ("install", "try-it", "run-the-tests")


def _blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language, but not those that .ci/run runs."""
    marked = rf"<!-- ({'|'.join(RUN_BY_CI)}) -->\n.*?<!-- end -->"
    text = re.sub(marked, "", TEXT, flags=re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_at_most_200_lines() -> None:
    assert len(TEXT.splitlines()) <= 200


def test_it_has_the_commands_that_ci_runs() -> None:
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    for name in RUN_BY_CI:
        assert f"<!-- {name} -->\n```sh\n" in TEXT
        assert f"readme {name}" in script


def test_it_names_every_exit_code() -> None:
    said = {
        (int(code), name) for code, name in re.findall(r"^\| (\d+) \| (\w*) \|", TEXT, re.MULTILINE)
    }
    assert said == {(code.value, "" if code > 128 else code.name) for code in ExitCode}


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
def test_commands_run_as_printed(printed: Shell) -> None:
    """The tour, the rotation and the file, on the same sandbox."""
    tour, _, rotation, file = _blocks("sh")
    assert "llmctl evaluation-reports create" in tour
    result = printed(tour)
    assert result.code == 0, result.err
    assert "curl -X POST" in result.out
    assert "--finish" in rotation
    result = printed(rotation)
    assert result.code == 0, result.err
    result = printed(f"cd\n{file}llmctl diff -f llm.toml -p sandbox")
    assert result.code == 0, result.err


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """A sandbox over HTTP."""
    with serving(tmp_path / "sandbox.sqlite3") as found:
        yield found


def test_profile_of_ones_own(printed: Shell, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prompts for a key; here it comes from a variable."""
    _, block, _, _ = _blocks("sh")
    monkeypatch.setenv("MY_KEY", defaults.ALL_SCOPES_KEY)
    words = f"--host {origin} --project {defaults.PROJECT_ID} --api-key-env MY_KEY"
    script = block.replace("--host eu", words)
    assert script != block
    result = printed(script)
    assert result.code == 0, result.err
    assert defaults.TRACES_JOB_ID in result.out


def test_steps_for_a_file_run_as_printed(
    shell: Shell, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, _ = _blocks("yaml")
    comment = textwrap.dedent(steps.partition("run: |\n")[2].partition("- if:")[0])
    apply = steps.rpartition("run: ")[2]
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
    monkeypatch.setenv("LLMCTL_PROJECT", str(defaults.PROJECT_ID))
    monkeypatch.setenv("LLMCTL_HOST", origin)
    monkeypatch.setenv("PR", "1")
    edit = "llmctl export | sed 's/relevant to/about/' > llm.toml"
    stub = "gh() { cat plan.md >&2; }"
    result = shell(f"cd; set -e; {edit}\n{stub}\n{comment}\n{apply}\nllmctl diff -f llm.toml")
    assert result.code == 0, result.err
    assert '-> "Is the answer about the question?"' in result.err


def test_rotation_in_ci_runs_as_printed(
    shell: Shell, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, workflow = _blocks("yaml")
    script = textwrap.dedent(workflow.partition("- run: |\n")[2].partition("        env:")[0])
    for name in ("LLMCTL_API_KEY", "LLMCTL_PROJECT", "LLMCTL_HOST", "NEW_KEY"):
        assert f"{name}: " in workflow
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
    monkeypatch.setenv("LLMCTL_PROJECT", str(defaults.PROJECT_ID))
    monkeypatch.setenv("LLMCTL_HOST", origin)
    monkeypatch.setenv("NEW_KEY", PROVIDER_KEY)
    for changed in (True, False):
        result = shell(f"cd; set -e; {script}\ncat rotation.json >&2")
        assert result.code == 0, result.err
        record = result.err[result.err.index("\n{\n") :]
        assert json.loads(record)["changed"] is changed
        assert PROVIDER_KEY not in result.out + result.err
