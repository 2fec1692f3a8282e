"""--revoke-command: when it runs, its environment and its failures."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from llmctl.commands.provider_keys.new_secret import NewSecretOptions
from llmctl.commands.provider_keys.revoke_command import run_revoke_command
from llmctl.rotation.tag import Owed
from llmctl.safe.secret import Secret
from tests.conftest import Run, Shell, complete
from tests.fault_table import Got
from tests.rotation.conftest import NEW_SECRET, OLD_ID, OLD_SECRET, Project, Rotate

pytestmark = pytest.mark.generation("v1", complete="v3")

LIMITS: Any = {"secrets": (), "timeout": 60.0}
OWED = Owed("openai", "sk-o...6789", "a")
REPLACE = ["--strategy", "replace"]


def test_revoke_command(project: Project, rotate: Rotate) -> None:
    names = "$LLMCTL_OLD_KEY_ID $LLMCTL_OLD_KEY_NAME $LLMCTL_OLD_KEY_MASK"
    command = f"echo revoking {names}"
    result = rotate(*REPLACE, "--keep-old", "--revoke-command", command)
    assert "the revoke command runs when the rotation is finished" in result.err
    result = rotate(*REPLACE, "--finish", "--revoke-command", command, "-o", "json")
    assert json.loads(result.out)["deleted"] is True
    assert f"revoking {OLD_ID} Production OpenAI sk-p...beef" in result.err


def test_revoke_command_sees_no_secret(project: Project, rotate: Rotate, tmp_path: Path) -> None:
    os.environ["LLMCTL_API_KEY"] = "phx_other"
    assert rotate("--revoke-command", f"env > {tmp_path}/env", "-p", "sandbox").code == 0
    seen = (tmp_path / "env").read_text()
    assert NEW_SECRET not in seen
    assert "phx_other" not in seen
    del os.environ["LLMCTL_API_KEY"]


def test_revoke_command_that_fails(project: Project, rotate: Rotate) -> None:
    result = rotate("--revoke-command", "exit 3")
    assert result.code == 11
    assert "the rotation is done" in result.err
    assert project.facts()["active"] == NEW_SECRET


def test_revoke_command_of_a_key_that_has_a_twin(
    project: Project, rotate: Rotate, run: Run
) -> None:
    """Another key with the old mask may have the old secret and be in use."""
    os.environ["OLD"] = OLD_SECRET
    words = ["--provider", "openai", "--name", "Twin", "--api-key-env", "OLD"]
    assert run("provider-keys", "create", *words, "-p", "sandbox").code == 0
    result = rotate("--revoke-command", "echo revoking")
    assert result.code == 11
    assert "revoking" not in result.err.splitlines()
    assert "(Twin) of profile sandbox may still use it" in result.err
    del os.environ["OLD"]


def test_revoke_command_that_cannot_be_started(project: Project, rotate: Rotate) -> None:
    os.environ["PADDING"] = "x" * 140_000  # longer than any one variable may be
    result = rotate("--revoke-command", "true", "-o", "json")
    del os.environ["PADDING"]
    assert result.code == 11
    assert "the revoke command did not start" in result.err
    assert json.loads(result.out)["changed"] is True


def test_revoke_command_that_leaves_something_behind(project: Project, rotate: Rotate) -> None:
    start = time.monotonic()
    result = rotate("--revoke-command", "sleep 60 & echo revoked $!")
    assert result.code == 0
    assert time.monotonic() - start < 30
    os.kill(int(result.err.rpartition("revoked ")[2].split()[0]), signal.SIGKILL)


def test_i03_end_of_a_long_output_is_shown(project: Project, rotate: Rotate) -> None:
    result = rotate("--revoke-command", "head -c 10000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert result.code == 0
    assert "\nlast\n" in result.err
    assert 60_000 < len(result.err) < 70_000


SPELLINGS = {
    "plain": "sk-proj-a/b&c'0123456789",
    "url": "sk-proj-a%2Fb%26c%270123456789",
    "html": "sk-proj-a/b&amp;c&#x27;0123456789",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_i03_new_secret_is_masked(
    project: Project, rotate: Rotate, tmp_path: Path, spelling: str
) -> None:
    (tmp_path / "printed").write_text(f"got {SPELLINGS[spelling]}!")
    command = f"cat {tmp_path}/printed"
    result = rotate("--revoke-command", command, secret=SPELLINGS["plain"])
    assert result.code == 0, result.err
    assert "\ngot ***!\n" in result.err


@pytest.mark.allow_canary("printed")
def test_i03_new_secret_is_masked_where_the_output_is_cut(
    project: Project, rotate: Rotate, tmp_path: Path
) -> None:
    for start in range(1, len(NEW_SECRET), 5):
        (tmp_path / "printed").write_text("x" * 50_000 + NEW_SECRET + "y" * (65_536 - start))
        seen: list[str] = []
        limits: Any = LIMITS | {"secrets": [Secret(NEW_SECRET)]}
        command = f"cat {tmp_path}/printed"
        assert run_revoke_command(command, OWED, "A", seen.append, hidden=(), **limits) is None
        (line,) = seen
        assert set(line) <= {"*", "y"}


HANGS = "sleep 61 & echo started $!; wait"


def test_i03_revoke_command_that_hangs(shell: Shell, project: Project, got: Got) -> None:
    rotate = "llmctl provider-keys rotate --active --yes --api-key-env NEW -o json"
    result = shell(f"setsid -w {rotate} --command-timeout 3.2 --revoke-command '{HANGS}'")
    assert result.code == 11
    assert "waiting for the revoke command (up to 3.2 s)" in result.err
    assert "the revoke command did not end within 3.2 s" in result.err
    assert json.loads(result.out)["changed"] is True
    assert project.facts()["active"] == NEW_SECRET
    assert_ended(int(result.err.rpartition("started ")[2].split()[0]))


@pytest.mark.parametrize("selection", [complete(""), "--profiles sandbox"])
def test_i03_key_command_that_hangs(
    shell: Shell, project: Project, tmp_path: Path, selection: str
) -> None:
    before = project.facts()
    rotate = f"llmctl provider-keys rotate --active --yes {selection} --command-timeout 0.5"
    result = shell(
        f"setsid -w {rotate} --api-key-command 'sleep 61 & echo $! >{tmp_path}/id; wait'"
    )
    assert result.code == 2
    assert "--api-key-command did not end within 0.5 s" in result.err
    assert project.facts() == before
    assert_ended(int((tmp_path / "id").read_text()))


def assert_ended(process: int) -> None:
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail(f"process {process} goes on")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "86401"])
def test_bad_command_timeout(run: Run, seconds: str) -> None:
    words = ["--active", "--yes", "--api-key-command", "true", "--command-timeout", seconds]
    result = run("provider-keys", "rotate", *words, "-p", "sandbox")
    assert result.code == 2
    assert "--command-timeout must be a number of seconds above 0" in result.err


def test_revoke_command_that_is_interrupted(shell: Shell, project: Project) -> None:
    rotate = "llmctl provider-keys rotate --active --yes --api-key-env NEW -o json"
    result = shell(f"{rotate} --revoke-command 'kill -INT $PPID; exec sleep 60'")
    assert result.code == 130
    assert "the revoke command was interrupted; run the same command again" in result.err
    assert json.loads(result.out)["changed"] is True


def test_new_secrets_are_hidden_by_name() -> None:
    os.environ |= {"ONE_KEY": NEW_SECRET, "TWO_KEY": NEW_SECRET, "ADMIN_KEY": "admin"}
    seen: list[str] = []
    hidden = NewSecretOptions(None, "{profile}_KEY", None).variables(["ONE", "TWO"])
    assert run_revoke_command("env", OWED, "A", seen.append, hidden=hidden, **LIMITS) is None
    assert NEW_SECRET not in "".join(seen)
    assert "ADMIN_KEY=admin" in seen
    assert "LLMCTL_OLD_KEY_MASK=sk-o...6789" in seen
    del os.environ["ONE_KEY"], os.environ["TWO_KEY"], os.environ["ADMIN_KEY"]


def test_f21_full_disk_does_not_keep_the_old_secret_alive(
    shell: Shell, run: Run, project: Project, tmp_path: Path
) -> None:
    command = (
        "llmctl provider-keys rotate --active --yes --api-key-env NEW "
        f"--revoke-command 'touch {tmp_path}/revoked'"
    )
    assert shell(f"{command} > /dev/full").code == 74
    assert (tmp_path / "revoked").exists()
    again = run(*shlex.split(command)[1:], "-o", "json")
    assert again.code == 0
    assert json.loads(again.out)["revoked"] is None
