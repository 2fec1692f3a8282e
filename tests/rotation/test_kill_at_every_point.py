"""Rotations over Django, and in processes that are really killed; one rerun finishes them. Every
request and every fault is tested on the model, in test_fault_at_each_request. This adds the path
through the client: each kind of request once in the normal run, all behind `complete`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.rotation.conftest import OLD_ID, Project, Rotate, writes

pytestmark = pytest.mark.generation("v1", complete="v3")

FAULTS = ["drop-before", "drop-after", "status 500", "status-after 500", "status 502", "status 429"]
SAFE_CODES = {0, 7, 8, 11}
STRATEGIES = {
    "in-place": ["--strategy", "in-place"],
    "replace": ["--strategy", "replace"],
    "replace, kept old": ["--strategy", "replace", "--keep-old"],
}
SIGNALS = {"KILL": -9, "INT": 130, "TERM": 143}

_REQUEST = re.compile(r"^\* ([A-Z]+) (\S+): (.*) \(", re.MULTILINE)
_ID = re.compile(r"[0-9a-f]{8}-[-0-9a-f]{27}")


def undisturbed(project: Project, rotate: Rotate, words: list[str]) -> tuple[list[str], Any]:
    """The kinds of the requests of a rotation, in order, and its result. A kind is a method, a path
    without ids, and the response: a permission check is a different kind than the write.
    """
    result = rotate(*words, "-v")
    assert result.code == 0, result.err
    facts = project.check()
    found = _REQUEST.findall(result.err)
    return [f"{method} {_ID.sub('ID', path)} {seen}" for method, path, seen in found], facts


def first_of_each(kinds: list[str]) -> list[int]:
    """The number of the first request of each kind."""
    return [kinds.index(kind) + 1 for kind in dict.fromkeys(kinds)]


def check_rerun(project: Project, rotate: Rotate, words: list[str], expected: Any) -> None:
    """The same command again ends as if nothing had happened."""
    project.check()
    again = rotate(*words)
    # Without the secret nobody can tell that a key which is gone was replaced by another.
    assert again.code in ({0, 5} if "--finish" in words else {0}), again.err
    assert project.check() == expected


def check_fault(
    project: Project, rotate: Rotate, words: list[str], faults: str, expected: Any
) -> None:
    """A rotation with faults ends in a state that a rerun finishes."""
    project.reset()
    result = rotate(*words, faults=faults)
    assert result.code in SAFE_CODES, (faults, result.err)
    check_rerun(project, rotate, words, expected)


@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f01_fault_at_each_kind_of_request(project: Project, rotate: Rotate, strategy: str) -> None:
    words = STRATEGIES[strategy]
    kinds, expected = undisturbed(project, rotate, words)
    for turn, number in enumerate(first_of_each(kinds), 1):
        fault = FAULTS[turn % len(FAULTS)]
        check_fault(project, rotate, words, f"* / #{number}: {fault}", expected)
    idle = rotate(*words, "-v")
    assert (idle.code, writes(idle)) == (0, []), idle.err


def test_f02_two_faults(project: Project, rotate: Rotate) -> None:
    """The create is lost, and so is the first lookup of its key."""
    words = STRATEGIES["replace"]
    kinds, expected = undisturbed(project, rotate, words)
    create = next(number for number, kind in enumerate(kinds, 1) if kind.endswith(" 201"))
    rules = f"* / #{create}: drop-after; * / #{create + 1}: drop-after"
    check_fault(project, rotate, words, rules, expected)


@pytest.mark.complete
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_f01_every_fault_at_each_request(
    project: Project, rotate: Rotate, strategy: str, fault: str
) -> None:
    words = STRATEGIES[strategy]
    kinds, expected = undisturbed(project, rotate, words)
    for number in range(1, len(kinds) + 1):
        check_fault(project, rotate, words, f"* / #{number}: {fault}", expected)


@pytest.mark.complete
@pytest.mark.parametrize("way", ["--finish", "--abort"])
@pytest.mark.parametrize("fault", ["drop-after", "status 502"])
def test_f01_fault_at_each_request_on_the_way_out(
    project: Project, rotate: Rotate, way: str, fault: str
) -> None:
    assert rotate("--strategy", "replace", "--keep-old").code == 0
    project = project.from_here()
    words = ["--strategy", "replace", way]
    kinds, expected = undisturbed(project, rotate, words)
    for number in range(1, len(kinds) + 1):
        check_fault(project, rotate, words, f"* / #{number}: {fault}", expected)


@pytest.mark.complete
@pytest.mark.parametrize("fault", ["drop-after", "status 500"])
def test_f02_two_faults_at_each_request(project: Project, rotate: Rotate, fault: str) -> None:
    words = STRATEGIES["replace"]
    kinds, expected = undisturbed(project, rotate, words)
    for first in range(1, len(kinds)):
        rules = f"* / #{first}: {fault}; * / #{first + 1}: {fault}"
        check_fault(project, rotate, words, rules, expected)


def check_signal(
    project: Project, rotate: Rotate, words: list[str], number: int, how: str, expected: Any
) -> None:
    """A rotation in its own process gets a signal at a request: `after INT`, for instance."""
    project.reset()
    command = ["provider-keys", "rotate", OLD_ID, "--yes", "--api-key-env", "NEW", *words]
    done = subprocess.run(
        [sys.executable, "-m", "llmctl", *command],
        env=os.environ | {"LLMCTL_SANDBOX_FAULTS": f"* / #{number}: kill-{how}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == SIGNALS[how.split()[1]], (number, how)
    check_rerun(project, rotate, words, expected)


# Where a key was stored or activated and nobody was told, and before an evaluation moves.
SAMPLE = {
    "in-place": {"PATCH .*/provider_keys/ID/ 200": "after KILL"},
    "replace": {
        "POST .*/set_active_key/ 200": "after INT",
        "PATCH .*/evaluations/ID/ 200": "before KILL",
    },
}


@pytest.mark.parametrize("strategy", SAMPLE)
def test_f03_signal_at_some_requests(project: Project, rotate: Rotate, strategy: str) -> None:
    words = STRATEGIES[strategy]
    kinds, expected = undisturbed(project, rotate, words)
    for wanted, how in SAMPLE[strategy].items():
        number = next(number for number, kind in enumerate(kinds, 1) if re.match(wanted, kind))
        check_signal(project, rotate, words, number, how, expected)


@pytest.mark.complete
@pytest.mark.parametrize("by", SIGNALS)
@pytest.mark.parametrize("strategy", ["in-place", "replace"])
def test_f03_signal_at_each_request(
    project: Project, rotate: Rotate, strategy: str, by: str
) -> None:
    words = STRATEGIES[strategy]
    kinds, expected = undisturbed(project, rotate, words)
    for number in range(1, len(kinds) + 1):
        for when in ("before", "after"):
            check_signal(project, rotate, words, number, f"{when} {by}", expected)


def test_f22_request_budget(project: Project, rotate: Rotate) -> None:
    from llmctl.sandbox.models import Evaluation

    project.use()
    Evaluation.objects.filter(name="Toxicity").delete()
    assert len(undisturbed(project, rotate, STRATEGIES["replace"])[0]) < 25
    project.reset()
    assert len(undisturbed(project, rotate, STRATEGIES["in-place"])[0]) < 8
