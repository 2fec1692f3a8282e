"""The generation of the sandbox, for a new database and for an existing one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from llmctl import paths
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import serving

pytestmark = pytest.mark.generation("v1")

VARIABLE = "LLMCTL_SANDBOX_GENERATION"
REPORTS = ["evaluation-reports", "list", "-p", "sandbox", "-o", "ids"]
RESET = ["sandbox", "reset", "--yes"]
IN_V1, IN_V3 = "", f"{defaults.REPORT_ID}\n"


def test_new_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "v3")
    created = run(*REPORTS)
    assert (created.code, created.out, created.err) == (0, IN_V3, "")
    monkeypatch.delenv(VARIABLE)
    assert run(*REPORTS).out == IN_V3


@pytest.mark.usefixtures("sandbox")
def test_existing_database_keeps_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "v3")
    kept = run(*REPORTS)
    assert (kept.code, kept.out) == (0, IN_V1)
    assert kept.err == (
        f"* {VARIABLE}=v3 is not used: the sandbox stays v1 until llmctl sandbox reset\n"
    )
    assert run(*RESET).err == "sandbox reset (generation v3)\n"
    assert (run(*REPORTS).out, run(*REPORTS).err) == (IN_V3, "")


@pytest.mark.usefixtures("sandbox")
def test_reset(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*RESET, "--generation", "v3").code == 0
    assert run(*REPORTS).out == IN_V3
    monkeypatch.setenv(VARIABLE, "v3")
    assert run(*RESET, "--generation", "v1").code == 0
    assert run(*REPORTS).out == IN_V1
    monkeypatch.delenv(VARIABLE)
    assert run(*RESET, "--generation", "v3").code == 0
    assert run(*RESET).code == 0
    assert run(*REPORTS).out == IN_V1
    paths.sandbox_database().write_text("not a database")
    assert run(*RESET, "--generation", "v3").code == 0
    assert run(*REPORTS).out == IN_V3


def test_unknown_generation(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (["serve"], ["reset", "--yes"]):
        refused = run("sandbox", *command, "--generation", "v2")
        assert refused.code == 2
        assert "v1" in refused.err
        assert "v3" in refused.err
    monkeypatch.setenv(VARIABLE, "2")
    for words in (REPORTS, RESET, ["sandbox", "serve", "--port", "0"]):
        refused = run(*words)
        assert (refused.code, refused.out) == (3, "")
        assert f"{VARIABLE} is not a known generation" in refused.err
        assert "use v1 or v3" in refused.err
    assert not paths.sandbox_database().exists()


@pytest.mark.usefixtures("sandbox")
def test_serve_of_another_generation(run: Run) -> None:
    refused = run("sandbox", "serve", "--port", "0", "--generation", "v3")
    assert refused.code == 2
    assert "the sandbox has generation v1, not v3" in refused.err
    assert "llmctl sandbox reset --generation v3" in refused.err


@pytest.mark.usefixtures("sandbox")
def test_server_follows_a_reset(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(paths.sandbox_database()) as origin:
        monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
        monkeypatch.setenv("LLMCTL_HOST", origin)
        monkeypatch.setenv("LLMCTL_PROJECT", "1")
        get = ["evaluation-config", "get", "-o", "json"]
        assert "trial_eval_limit" in json.loads(run(*get).out)
        assert run(*RESET, "--generation", "v3").code == 0
        assert "trial_eval_limit" not in json.loads(run(*get).out)


def test_database_of_an_older_version(run: Run) -> None:
    database: Path = paths.sandbox_database()
    assert run(*REPORTS).code == 0
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version=1")
    connection.close()
    refused = run(*REPORTS)
    assert refused.code == 3
    assert "llmctl sandbox reset --yes" in refused.err
