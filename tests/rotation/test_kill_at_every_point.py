"""Each request of each strategy is lost, refused or killed in turn; one rerun must mend it all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.rotation.conftest import OLD_ID, Project, Rotate, requests, writes

FAULTS = ["drop-before", "drop-after", "status 500", "status-after 500", "status 502", "status 429"]
SAFE_CODES = {0, 7, 8, 11}
STRATEGIES = {
    "in-place": ["--strategy", "in-place"],
    "replace": ["--strategy", "replace"],
    "replace, kept old": ["--strategy", "replace", "--keep-old"],
}
QUICK = {"drop-before", "drop-after"}  # at every request in the normal run; the rest at some
SAMPLE = 6  # of the requests, every so many-th is killed in the normal run


def undisturbed(project: Project, rotate: Rotate, words: list[str]) -> tuple[int, Any]:
    """How many requests a rotation needs, and what it leaves."""
    result = rotate(*words, "-v")
    assert result.code == 0, result.err
    project.check()
    return requests(result), project.facts()


def check_rerun(project: Project, rotate: Rotate, words: list[str], expected: Any) -> None:
    """The same command again ends as if nothing had been."""
    project.check()
    again = rotate(*words)
    assert again.code == 0, again.err
    project.check()
    assert project.facts() == expected


def fault_at_each(project: Project, rotate: Rotate, strategy: str, fault: str, step: int) -> None:
    words = STRATEGIES[strategy]
    count, expected = undisturbed(project, rotate, words)
    codes = []
    for number in range(1, count + 1, step):
        project.reset()
        result = rotate(*words, faults=f"* / #{number}: {fault}")
        assert result.code in SAFE_CODES, (number, result.err)
        codes.append(result.code)
        check_rerun(project, rotate, words, expected)
    idle = rotate(*words, "-v")
    assert (idle.code, writes(idle)) == (0, []), idle.err
    print(
        f"{strategy}, {fault}: every {step}. of {count} requests, exit codes {codes}, all converged"
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f01_fault_at_each_request(
    project: Project, rotate: Rotate, strategy: str, fault: str
) -> None:
    step = 1 if strategy == "in-place" or fault in QUICK else 4
    fault_at_each(project, rotate, strategy, fault, step)


@pytest.mark.complete
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("strategy", ["replace", "replace, kept old"])
def test_f01_every_fault_at_each_request(
    project: Project, rotate: Rotate, strategy: str, fault: str
) -> None:
    fault_at_each(project, rotate, strategy, fault, 1)


@pytest.mark.parametrize("fault", ["drop-after", "status 500"])
def test_f02_two_faults(project: Project, rotate: Rotate, fault: str) -> None:
    words = STRATEGIES["replace"]
    count, expected = undisturbed(project, rotate, words)
    for first in range(6, count, 3):
        project.reset()
        rules = f"* / #{first}: {fault}; * / #{first + 1}: {fault}"
        assert rotate(*words, faults=rules).code in SAFE_CODES
        check_rerun(project, rotate, words, expected)


@pytest.mark.parametrize("way", ["--finish", "--abort"])
@pytest.mark.parametrize("fault", ["drop-after", "status 502"])
def test_f01_fault_on_the_way_out(project: Project, rotate: Rotate, way: str, fault: str) -> None:
    assert rotate("--strategy", "replace", "--keep-old").code == 0
    project = project.from_here()
    words = ["--strategy", "replace", way]
    count, expected = undisturbed(project, rotate, words)
    for number in range(1, count + 1):
        project.reset()
        result = rotate(*words, faults=f"* / #{number}: {fault}")
        assert result.code in SAFE_CODES, result.err
        project.check()
        again = rotate(*words)
        # Without the secret nobody can tell that a key which is gone was replaced by another.
        assert again.code in ({0, 5} if way == "--finish" else {0}), again.err
        assert project.facts() == expected


def kill_at(number: int, when: str, words: list[str], by: str = "KILL") -> Callable[[], int]:
    """A rotation in a process of its own that gets a signal at a request."""
    command = ["provider-keys", "rotate", OLD_ID, "--yes", "--api-key-env", "NEW", *words]
    process = subprocess.Popen(
        [sys.executable, "-m", "llmctl", *command],
        env=os.environ | {"LLMCTL_SANDBOX_FAULTS": f"* / #{number}: kill-{when} {by}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return process.wait


def killed(
    project: Project, rotate: Rotate, strategy: str, step: int, by: str = "KILL", code: int = -9
) -> None:
    words = STRATEGIES[strategy]
    count, expected = undisturbed(project, rotate, words)
    numbers = range(1, count + 1, step)
    for number in numbers:
        for when in ("before", "after"):
            project.reset()
            assert kill_at(number, when, words, by)() == code, (number, when)
            check_rerun(project, rotate, words, expected)
    print(
        f"{strategy}, SIG{by}: at {[*numbers]} of {count} requests, before and after; all converged"
    )


@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f03_kill_at_some_requests(project: Project, rotate: Rotate, strategy: str) -> None:
    killed(project, rotate, strategy, SAMPLE)


@pytest.mark.parametrize(("by", "code"), [("INT", 130), ("TERM", 143)])
def test_f03_signal_at_some_requests(project: Project, rotate: Rotate, by: str, code: int) -> None:
    killed(project, rotate, "replace", 2 * SAMPLE, by, code)


@pytest.mark.complete
@pytest.mark.parametrize(("by", "code"), [("INT", 130), ("TERM", 143)])
@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f03_signal_at_each_request(
    project: Project, rotate: Rotate, strategy: str, by: str, code: int
) -> None:
    killed(project, rotate, strategy, 1, by, code)


@pytest.mark.complete
@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f03_kill_at_each_request(project: Project, rotate: Rotate, strategy: str) -> None:
    killed(project, rotate, strategy, 1)


def test_f22_request_budget(project: Project, rotate: Rotate) -> None:
    from llmctl.sandbox.models import Evaluation

    project.use()
    Evaluation.objects.filter(name="Toxicity").delete()
    assert undisturbed(project, rotate, STRATEGIES["replace"])[0] < 25
    project.reset()
    assert undisturbed(project, rotate, STRATEGIES["in-place"])[0] < 8
