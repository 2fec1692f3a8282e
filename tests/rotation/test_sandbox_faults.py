"""Rotations on a sandbox whose reads lag, or that refuses the writes to one object."""

from __future__ import annotations

import pytest

from llmctl.errors import ExitCode
from llmctl.rotation import patience
from tests.conftest import complete
from tests.rotation.conftest import NEW_SECRET, SECOND_EVALUATION, Project, Rotate

pytestmark = pytest.mark.generation("v1", complete="v3")

REPLACE = ["--strategy", "replace"]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("reads", [1, patience.PAUSES, patience.PAUSES + 1, 100])
@pytest.mark.parametrize("path", ["/", complete("provider_keys")])
def test_h04_in_place_with_reads_that_lag(
    project: Project, rotate: Rotate, path: str, reads: int
) -> None:
    result = rotate(faults=f"GET {path}: lag {reads}")
    assert result.code == (ExitCode.OK if reads <= patience.PAUSES else ExitCode.UNFINISHED)
    assert "another client" not in result.err
    assert project.check()["active"] == NEW_SECRET
    assert rotate().code == ExitCode.OK


def test_h08_evaluation_that_cannot_be_moved(project: Project, rotate: Rotate) -> None:
    faults = f"PATCH evaluations/{SECOND_EVALUATION}: status 400 The model is retired."
    for _ in range(2):
        result = rotate(*REPLACE, faults=faults)
        assert result.code == ExitCode.UNFINISHED
        error = next(line for line in result.err.splitlines() if line.startswith("error:"))
        assert SECOND_EVALUATION in error
        assert "The model is retired." in error
        moved = {name: secret == NEW_SECRET for name, _, secret in project.check()["evaluations"]}
        assert moved == {"Toxicity": False, "Answer relevance": True}
    assert rotate(*REPLACE).code == ExitCode.OK
    assert {secret for *_, secret in project.check()["evaluations"]} == {NEW_SECRET}


@pytest.mark.parametrize(
    "rule",
    [
        complete("GET provider_keys: lag 4"),
        complete("GET evaluations: lag 5"),
        complete("GET evaluation_config: lag 12"),
        "GET /: lag 12",
    ],
)
def test_h04_replace_accuses_nobody(
    rotate: Rotate, project: Project, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.0)
    result = rotate("--strategy", "replace", faults=rule)
    assert result.code in (0, 8, 11), result.err
    assert "another client keeps" not in result.err
    project.check()
    assert rotate("--strategy", "replace").code == 0
    assert project.check()["active"] == NEW_SECRET
