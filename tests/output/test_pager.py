"""LLMCTL_PAGER: tables and help topics on a terminal go through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, page
from tests.terminal import drawn, on_terminal

LIST = ["clustering-jobs", "list"]


@pytest.mark.parametrize("words", [LIST, ["help", "output"]], ids=str)
def test_pager(server: RecordingServer, words: list[str]) -> None:
    server.reply(page([JOB]))
    plain = on_terminal(*words, NO_COLOR="1")
    paged = on_terminal(*words, NO_COLOR="1", LLMCTL_PAGER="sed 's/^/| /'")
    assert paged.code == 0
    assert paged.text == "".join(f"| {line}" for line in plain.text.splitlines(keepends=True))


def test_ctrl_c_is_for_the_pager(server: RecordingServer) -> None:
    server.reply(page([JOB]))
    pager = "sh -c 'trap : INT; cat; echo ready; kill -INT 0; echo end'"
    shown = on_terminal(*LIST, LLMCTL_PAGER=pager)
    assert shown.code == 0
    assert shown.text.endswith("end\n")


def test_pager_that_quits_early(server: RecordingServer) -> None:
    server.reply(page([JOB] + [JOB | {"id": str(n), "name": "x" * 100} for n in range(2000)]))
    shown = on_terminal(*LIST, LLMCTL_PAGER="head -n 1", NO_COLOR="1")
    assert (shown.code, shown.text.split()[0], len(shown.text.splitlines())) == (0, "name", 1)


@pytest.mark.parametrize("pager", ["", " ", "cat", "/nonexistent/pager -R", "'unclosed", "/"])
def test_no_pager(server: RecordingServer, pager: str) -> None:
    server.reply(page([JOB]))
    shown = drawn(*LIST, LLMCTL_PAGER=pager)
    assert shown.code == 0
    assert JOB_ID in shown.text


def test_only_tables_on_a_terminal(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    was_run = tmp_path / "was-run"
    monkeypatch.setenv("LLMCTL_PAGER", f"touch {was_run}")
    server.reply(page([JOB]))
    assert JOB_ID in run(*LIST, "-o", "table").out
    assert "GPT-4" in drawn(*LIST, "-o", "tsv").text
    assert run("help", "output").out
    assert not was_run.exists()
