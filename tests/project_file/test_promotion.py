"""A project of the sandbox is exported and promoted to one of the other generation."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.conftest import Result, Run, complete
from tests.project_file import states
from tests.project_file.harness import wanted_file

NEW_SECRET = "sk-ant-CANARY-promoted-0123456789"

On = Callable[..., Result]


@pytest.fixture
def on(
    run: Run,
    fresh_databases: Callable[[Generation], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> On:
    """Run a command in the sandbox of a generation; each has its own database."""
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("NEW_KEY", NEW_SECRET)
    for generation in Generation:
        folder = tmp_path / generation
        folder.mkdir(mode=0o700)
        shutil.copy(fresh_databases(generation), folder / "sandbox.sqlite3")

    def call(generation: Generation, *words: str, code: int = 0) -> Result:
        monkeypatch.setenv("LLMCTL_DATA_DIR", str(tmp_path / generation))
        result = run(*words)
        assert result.code == code, (words, result.out, result.err)
        assert NEW_SECRET not in result.out + result.err
        return result

    return call


def set_up(on: On, source: Generation) -> None:
    """Fill staging with one of each, and with what only its generation has."""
    on(source, "provider-keys", "create", "--name", "Claude", "--provider", "anthropic",
       "--api-key-env", "NEW_KEY")  # fmt: skip
    on(source, "clustering-jobs", "delete", "Default - traces", "--yes")
    on(source, "clustering-jobs", "create", "--name", "Ünïcode 🙂", "--analysis-level", "trace")
    hog = ["--evaluation-type", "hog", "--evaluation-config", '{"source": "return true\\n"}']
    on(source, "evaluations", "create", "--name", "Length", *hog, "--output-type", "boolean")
    if source is Generation.V3:
        numeric = '{"min": 0, "max": 10}'
        on(source, "evaluations", "create", "--name", "Score", *hog,
           "--output-type", "numeric", "--output-config", numeric)  # fmt: skip
        report = defaults.REPORT_ID
    else:
        created = on(
            source, "evaluation-reports", "create", "--evaluation", "Answer relevance",
            "--frequency", "scheduled", "--rrule", "FREQ=MONTHLY;BYMONTHDAY=1",
            "--starts-at", "2026-01-01T09:00:00+01:00", "--timezone-name", "Europe/Berlin",
            "-o", "json",
        )  # fmt: skip
        report = json.loads(created.out)["id"]
    on(source, "evaluation-reports", "update", report, "--slack", "Sandbox:#evals")


def empty(on: On, target: Generation) -> None:
    """Leave nothing in production but its default jobs."""
    empty_file = Path("empty.toml")
    empty_file.write_text("evaluations = []\nprovider_keys = []\n")
    on(target, "apply", "-f", "empty.toml", "--prune", "--yes")
    on(target, "provider-keys", "delete", defaults.ACTIVE_KEY_ID, "--force", "--yes")


def with_sources(text: str) -> str:
    return text.replace("\n[[provider_keys]]\n", '\n[[provider_keys]]\napi_key_env = "NEW_KEY"\n')


@pytest.mark.parametrize("source", [*Generation])
def test_promotion_to_the_other_generation(on: On, source: Generation) -> None:
    target = Generation.V1 if source is Generation.V3 else Generation.V3
    set_up(on, source)
    on(source, "export", "-f", "staging.toml")
    on(source, "diff", "-f", "staging.toml")
    empty(on, target)
    file = Path("staging.toml")
    file.write_text(with_sources(file.read_text()))

    refused = on(target, "diff", "-f", "staging.toml", code=2)
    assert "--drop-unsupported" in refused.err
    words = ["-f", "staging.toml", "--drop-unsupported"]
    on(target, "diff", *words, code=9)
    on(target, "apply", *words, "--yes")
    on(target, "diff", *words)
    again = on(target, "apply", *words, "--yes", "-v")
    assert "POST" not in again.err
    assert "PATCH" not in again.err
    on(target, "export", "-f", "production.toml")
    on(target, "diff", "-f", "production.toml")

    on(target, "evaluations", "update", "Answer relevance", "--description", "A click")
    drift = on(target, "diff", *words, code=9)
    assert "description" in drift.out
    assert "A click" in drift.out
    found = json.loads(on(target, "diff", *words, "-o", "json", code=9).out)
    assert [change["name"] for change in found["changes"]] == ["Answer relevance"]
    assert [each["field"] for each in found["changes"][0]["fields"]] == ["description"]
    on(target, "apply", *words, "--yes")
    on(target, "diff", *words)


@pytest.mark.parametrize("examples", [pytest.param(3, id="few"), complete(60, id="many")])
def test_any_project_is_applied_and_exported(
    on: On, generation: Generation, tmp_path: Path, examples: int
) -> None:
    """Random evaluations, jobs and reports, which the sandbox stores as it likes."""

    @settings(settings.get_profile("projects"), max_examples=examples)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        wanted = data.draw(states.servers(generation))
        states.make_portable(wanted)
        wanted.directories = {}
        for row in wanted.evaluations.values():
            row["directory_id"] = None
        on(generation, "sandbox", "reset", "--yes", "--generation", generation)
        text = wanted_file(wanted).replace("NEW_PROVIDER_KEY", "NEW_KEY")
        text = text.replace(
            "\nsource = {", "\n# source = {", 1
        )  # its cohort is this project's, too
        (tmp_path / "any.toml").write_text(text)
        on(generation, "apply", "-f", "any.toml", "--prune", "--yes")
        on(generation, "diff", "-f", "any.toml", "--prune")
        on(generation, "export", "--force", "-f", "again.toml")
        on(generation, "diff", "-f", "again.toml", "--prune")

    check()


FILE = """
[[clustering_jobs]]
name = "New"
analysis_level = "trace"

[[clustering_jobs]]
name = "Default - traces"
analysis_level = "trace"
enabled = true

[[provider_keys]]
name = "Claude"
provider = "anthropic"
api_key_env = "NEW_KEY"

[evaluation_config]
active_provider_key = "Claude"

[[evaluations]]
name = "Created"
evaluation_type = "llm_judge"
output_type = "boolean"
enabled = true
evaluation_config.prompt = "Good?"
model_configuration = {provider = "anthropic", model = "claude"}
"""

# The first write, the create of an evaluation, and its start.
KILLS = {"POST .*/provider_keys/": "after", "POST .*/evaluations/": "after", "PATCH ": "before"}


@pytest.mark.parametrize("place", [pytest.param(0), complete(1), complete(2)])
def test_a_killed_apply_is_finished_by_another(
    on: On, generation: Generation, tmp_path: Path, place: int
) -> None:
    Path("llm.toml").write_text(FILE)
    words = ["apply", "-f", "llm.toml", "--yes"]
    prepared = tmp_path / generation / "sandbox.sqlite3"
    on(generation, "profiles", "show")
    copy = Path(shutil.copy(prepared, tmp_path / "copy.sqlite3"))
    requests = re.findall(r"^\* (\S+ \S+): ", on(generation, *words, "-v").err, re.MULTILINE)
    pattern, when = [*KILLS.items()][place]
    number = next(n for n, line in enumerate(requests, 1) if re.match(pattern, line))
    from django.db import connection

    connection.close()
    for suffix in ("-wal", "-shm"):
        Path(f"{prepared}{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, prepared)
    done = subprocess.run(
        [sys.executable, "-m", "llmctl", *words],
        env=os.environ | {"LLMCTL_SANDBOX_FAULTS": f"* / #{number}: kill-{when} KILL"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    on(generation, *words)
    on(generation, "diff", "-f", "llm.toml")
    keys = json.loads(on(generation, "provider-keys", "list", "-o", "json").out)
    assert [key["name"] for key in keys].count("Claude") == 1
