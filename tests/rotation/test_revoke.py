"""--revoke-command: when it runs, its environment and its failures."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from llmctl.commands.provider_keys.new_secret import NewSecretOptions
from llmctl.commands.provider_keys.revoke_command import run_revoke_command
from llmctl.rotation.snapshot import Key
from tests.conftest import Run, Shell
from tests.rotation.conftest import NEW_SECRET, OLD_ID, OLD_SECRET, Project, Rotate

REPLACE = ["--strategy", "replace"]


def test_revoke_command(project: Project, rotate: Rotate) -> None:
    names = "$LLMCTL_OLD_KEY_ID $LLMCTL_OLD_KEY_NAME $LLMCTL_OLD_KEY_MASK"
    command = f"echo revoking {names}"
    result = rotate(*REPLACE, "--keep-old", "--revoke-command", command)
    assert "the revoke command was not run" in result.err
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
    assert result.code == 6
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
    assert result.code == 0
    assert "revoking" not in result.err.splitlines()
    assert "or another key has the same mask" in result.err
    del os.environ["OLD"]


def test_revoke_command_that_cannot_be_started(project: Project, rotate: Rotate) -> None:
    os.environ["PADDING"] = "x" * 140_000  # longer than any one variable may be
    result = rotate("--revoke-command", "true", "-o", "json")
    del os.environ["PADDING"]
    assert result.code == 6
    assert "the revoke command did not start" in result.err
    assert json.loads(result.out)["changed"] is True


def test_revoke_command_that_leaves_something_behind(project: Project, rotate: Rotate) -> None:
    start = time.monotonic()
    result = rotate("--revoke-command", "sleep 60 & echo revoked $!")
    assert result.code == 0
    assert time.monotonic() - start < 30
    os.kill(int(result.err.rpartition("revoked ")[2].split()[0]), signal.SIGKILL)


def test_revoke_command_that_prints_without_end(project: Project, rotate: Rotate) -> None:
    result = rotate("--revoke-command", "head -c 10000000 /dev/zero | tr '\\0' x")
    assert result.code == 0
    assert 60_000 < len(result.err) < 70_000


def test_revoke_command_that_is_interrupted(shell: Shell, project: Project) -> None:
    rotate = "llmctl provider-keys rotate --active --yes --api-key-env NEW -o json"
    result = shell(f"{rotate} --revoke-command 'kill -INT $PPID; exec sleep 60'")
    assert result.code == 130
    assert "the revoke command was interrupted; revoke the old secret (sk-p...beef)" in result.err
    assert json.loads(result.out)["changed"] is True


def test_unknown_mask_is_not_set() -> None:
    """An empty mask would match every key in a script."""
    key = Key("a", "A", "openai", "deleted", "")
    seen: list[str] = []
    command = "echo ${LLMCTL_OLD_KEY_MASK-none} $LLMCTL_OLD_KEY_ID"
    assert run_revoke_command(command, key, seen.append, hidden=()) is None
    assert seen == ["none a"]


def test_new_secrets_are_hidden_by_name() -> None:
    os.environ |= {"ONE_KEY": NEW_SECRET, "TWO_KEY": NEW_SECRET, "ADMIN_KEY": "admin"}
    seen: list[str] = []
    hidden = NewSecretOptions(None, "{profile}_KEY", None).variables(["ONE", "TWO"])
    key = Key("a", "A", "openai", "ok", "sk-o...6789")
    assert run_revoke_command("env", key, seen.append, hidden=hidden) is None
    assert NEW_SECRET not in "".join(seen)
    assert "ADMIN_KEY=admin" in seen
    assert "LLMCTL_OLD_KEY_MASK=sk-o...6789" in seen
    del os.environ["ONE_KEY"], os.environ["TWO_KEY"], os.environ["ADMIN_KEY"]


def test_f21_full_disk_does_not_keep_the_old_secret_alive(
    shell: Shell, project: Project, tmp_path: Path
) -> None:
    command = (
        "llmctl provider-keys rotate --active --yes --api-key-env NEW "
        f"--revoke-command 'touch {tmp_path}/revoked'"
    )
    assert shell(f"{command} > /dev/full").code == 74
    assert (tmp_path / "revoked").exists()
    again = shell(f"{command} -o json")
    assert again.code == 0
    assert "the revoke command was not run" in again.err
