"""Rotating in place when a response is lost or the key cannot be read back: the exit codes."""

from __future__ import annotations

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Shell
from tests.rotation.conftest import NEW_SECRET, OLD_ID, OLD_SECRET, Project, Rotate

pytestmark = pytest.mark.generation("v1", complete="v3")

LOST = "PATCH provider_keys #1: drop-after"
SENT = "PATCH provider_keys #1: drop-before"


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (f"{LOST}; GET provider_keys #2: status 403", ExitCode.UNKNOWN),
        (f"{LOST}; GET provider_keys #2: status 404", ExitCode.UNKNOWN),
        (f"{LOST}; GET provider_keys #2: status 400", ExitCode.UNKNOWN),
        (f"{SENT}; PATCH provider_keys #1: status 400", ExitCode.UNKNOWN),
        (f"{SENT}; PATCH provider_keys #1: status 403", ExitCode.UNKNOWN),
        ("GET provider_keys #2: status 403", ExitCode.UNFINISHED),
        ("GET provider_keys #2: status 404", ExitCode.UNFINISHED),
        ("GET provider_keys #2: status 400", ExitCode.UNFINISHED),
        ("PATCH provider_keys: status 403", ExitCode.DENIED),
        ("PATCH provider_keys: status 400", ExitCode.REJECTED),
    ],
)
def test_exit_code_says_whether_it_was_sent(
    project: Project, rotate: Rotate, faults: str, code: ExitCode
) -> None:
    result = rotate(faults=faults)
    assert (result.code, result.out) == (code, "")
    if code in (ExitCode.UNKNOWN, ExitCode.UNFINISHED):
        assert "run the same command again" in result.err
        assert OLD_ID in result.err
    assert rotate().code == 0
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (f"{LOST}; GET provider_keys #2: kill-before INT", "after a response was lost"),
        ("GET provider_keys #2: kill-before INT", "before the key was read back"),
    ],
)
def test_interrupted_read_back_says_what_was_sent(
    shell: Shell, project: Project, faults: str, said: str
) -> None:
    rotate = "llmctl provider-keys rotate --active --yes --api-key-env NEW"
    result = shell(f"LLMCTL_SANDBOX_FAULTS='{faults}' {rotate}")
    assert result.code == ExitCode.INTERRUPTED
    assert f"interrupted {said}" in result.err
    assert "run the same command again" in result.err
    assert OLD_SECRET != project.facts()["active"] == NEW_SECRET
