"""--revoke-command: when it runs, what it sees, and what its failure means."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.conftest import Shell
from tests.rotation.conftest import NEW_SECRET, OLD_ID, Project, Rotate

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


def test_secrets_of_all_profiles_are_hidden_from_the_revoke_command(
    project: Project, tmp_path: Path
) -> None:
    from llmctl.resources.provider_keys.revoke import revoke
    from llmctl.rotation.state import Key

    os.environ |= {"NEW_ONE": NEW_SECRET, "NEW_TWO": NEW_SECRET}
    key = Key("a", "A", "openai", "ok", "sk-o...6789")
    command = f"env > {tmp_path}/seen; exit 3"
    failure = revoke(command, key, lambda text: None, hidden="NEW*")
    assert failure is not None
    assert NEW_SECRET not in (tmp_path / "seen").read_text()
    assert "LLMCTL_OLD_KEY_MASK=sk-o...6789" in (tmp_path / "seen").read_text()
    del os.environ["NEW_ONE"], os.environ["NEW_TWO"]


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
