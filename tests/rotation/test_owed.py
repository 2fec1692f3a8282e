"""Old secrets are owed a revocation until the command has done it; the server remembers them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from llmctl.api.resources import Resource
from llmctl.rotation.patience import Patience
from llmctl.rotation.revocation import settle
from llmctl.rotation.strategy import Strategy
from tests.conftest import Run, Shell, complete
from tests.fault_table import Got
from tests.rotation.conftest import NEW_SECRET, OLD_ID, Project, Rotate
from tests.rotation.model import Drop, Link, Object
from tests.rotation.test_decisions import fresh, go

pytestmark = pytest.mark.generation("v1", complete="v3")

KEYS = "llmctl provider-keys"
ROTATE = f"{KEYS} rotate --active --yes --api-key-env NEW -o json"
REPLACE = ["--strategy", "replace"]
BOTH = pytest.mark.parametrize("strategy", [[], REPLACE], ids=["in-place", "replace"])
OWED = f"Production OpenAI [revoke openai sk-p...beef {OLD_ID}]"
ANOTHER = "sk-proj-another-4321"
# In place, the first PATCH stores the secret. `replace` sends an empty one before its first write,
# and the second renames the new key at its end. The next PATCH records that it is revoked.
KILLS = [
    ("", "#1: kill-after"),
    complete("", "#2: kill-before"),
    complete("", "#2: kill-after"),
    complete("--strategy replace", "#1: kill-before"),
    complete("--strategy replace", "#1: kill-after"),
    complete("--strategy replace", "#2: kill-before"),
    ("--strategy replace", "#2: kill-after"),
]


def names(project: Project) -> list[str]:
    return [key[1] for key in project.facts()["keys"] if key[0] == "openai"]


@pytest.mark.parametrize(("strategy", "kill"), KILLS)
def test_i02_killed_around_the_revoke_command(
    shell: Shell,
    run: Run,
    project: Project,
    tmp_path: Path,
    strategy: str,
    kill: str,
    got: Got,
) -> None:
    revoked = tmp_path / "revoked"
    revoke = f"--revoke-command 'echo $LLMCTL_OLD_KEY_ID $LLMCTL_OLD_KEY_MASK >> {revoked}'"
    fault = f"PATCH provider_keys {kill}"
    killed = shell(f"LLMCTL_SANDBOX_FAULTS='{fault}' {ROTATE} {strategy} {revoke}")
    assert killed.code == -9, killed.err
    was_recorded = names(project) == ["Production OpenAI"]
    rotate = shlex.split(f"{ROTATE} {strategy}")[1:]
    without = run(*rotate)
    assert without.code == (0 if was_recorded else 11), without.err
    assert run(*rotate, *shlex.split(revoke)).code == 0
    assert names(project) == ["Production OpenAI"]
    assert project.check()["active"] == NEW_SECRET
    assert set(revoked.read_text().splitlines()) == {f"{OLD_ID} sk-p...beef"}
    got("owed until the command has exited 0")


def test_i02_killed_within_the_revoke_command(shell: Shell, run: Run, project: Project) -> None:
    assert shell(f"{ROTATE} --revoke-command 'kill -9 $PPID; sleep 0.2'").code == -9
    assert names(project) == [OWED]
    again = run(*ROTATE.split()[1:], "--revoke-command", "true")
    assert again.code == 0
    assert json.loads(again.out)["revoked"] is True
    assert names(project) == ["Production OpenAI"]


@BOTH
def test_i02_failed_command_is_owed(
    rotate: Rotate, run: Run, project: Project, strategy: list[str]
) -> None:
    result = rotate(*strategy, "--revoke-command", "false", "-o", "json")
    document = json.loads(result.out)
    assert (result.code, document["exit_code"], document["revoked"]) == (11, 11, False)
    assert document["result"] == "not revoked"
    assert document["left"] == ["revoke the old secret sk-p...beef (openai)"]
    assert document["next"] is None  # not --revoked, which would forget the secret
    audit = run("provider-keys", "audit", "--fail")
    assert audit.code == 6
    assert "the old secret sk-p...beef (openai) is still to be revoked" in audit.err


def test_i02_another_secret_leaves_both_owed(rotate: Rotate, project: Project) -> None:
    assert rotate("--revoke-command", "false").code == 11
    result = rotate(secret=ANOTHER)
    assert result.code == 11
    assert project.check()["active"] == ANOTHER
    assert names(project) == [OWED]
    assert "sk-p...beef (openai)" in result.err
    assert rotate("--revoke-command", "true", secret=ANOTHER).code == 0
    assert names(project) == ["Production OpenAI"]


def test_i02_replace_carries_what_the_old_key_owes(
    rotate: Rotate, project: Project, tmp_path: Path
) -> None:
    assert rotate("--revoke-command", "false").code == 11
    command = f"echo $LLMCTL_OLD_KEY_MASK >> {tmp_path}/revoked"
    result = rotate(*REPLACE, "--revoke-command", command, secret=ANOTHER)
    assert result.code == 0, result.err
    assert (tmp_path / "revoked").read_text().split() == ["sk-p...beef", "sk-p...6789"]
    assert names(project) == ["Production OpenAI"]


def test_i02_rollback_keeps_what_the_old_key_owes(rotate: Rotate, project: Project) -> None:
    assert rotate("--revoke-command", "false").code == 11
    assert rotate("--keep-old", "--revoke-command", "true", secret=ANOTHER).code == 0
    assert rotate("--rollback").code == 11
    assert names(project) == [OWED]


def test_i02_revoked_settles_by_hand(rotate: Rotate, run: Run, project: Project) -> None:
    assert rotate("--revoke-command", "false").code == 11
    words = ["provider-keys", "rotate", OLD_ID, "--revoked", "--yes", "-o", "json"]
    assert run(*words, "--dry-run").code == 0
    assert names(project) == [OWED]
    result = run(*words)
    assert result.code == 0, result.err
    assert names(project) == ["Production OpenAI"]
    again = run(*words)
    assert (again.code, json.loads(again.out)["changed"]) == (0, False)


@pytest.mark.parametrize(
    "words",
    [["--api-key-env", "NEW"], ["--revoke-command", "true"], ["--finish"], REPLACE],
)
def test_i02_revoked_rotates_nothing(run: Run, project: Project, words: list[str]) -> None:
    result = run("provider-keys", "rotate", OLD_ID, "--revoked", "--yes", *words)
    assert result.code == 2
    assert "--revoked cannot be combined with" in result.err


def test_i02_delete_does_not_forget(rotate: Rotate, run: Run, project: Project) -> None:
    assert rotate("--revoke-command", "false").code == 11
    words = ["provider-keys", "delete", OLD_ID, "--yes", "--force"]
    for more in ([], ["--dry-run"]):
        refused = run(*words, *more)
        assert refused.code == 10
        assert f"sk-p...beef (openai) of key {OLD_ID} is still to be" in refused.err
    assert run(*words, "--revoked").code == 0
    assert names(project) == []


def test_i02_update_does_not_forget(rotate: Rotate, run: Run, project: Project) -> None:
    assert rotate("--revoke-command", "false").code == 11
    assert run("provider-keys", "update", OLD_ID, "--name", "Main").code == 0
    assert names(project) == [OWED.replace("Production OpenAI", "Main")]


@BOTH
def test_i02_name_without_room(
    rotate: Rotate, run: Run, project: Project, strategy: list[str]
) -> None:
    assert run("provider-keys", "update", OLD_ID, "--name", "n" * 250).code == 0
    before = project.facts()
    result = rotate(*strategy, "--revoke-command", "true")
    assert result.code == 2
    assert "characters too long" in result.err
    assert project.facts() == before


@pytest.mark.parametrize("strategy", list(Strategy))
def test_i02_older_name_is_not_written_back(strategy: Strategy) -> None:
    """The read before the revocation is recorded may lag, and show the name from before."""
    model = fresh(is_newer=True)
    old_name = dict(model.keys["key-0001"])
    key = go(Link(model), strategy=strategy, revokes=True).new
    assert key is not None
    (owed,) = key.parts.owed

    class Lagging(Link):
        def get(self, resource: Resource, object_id: str | None = None) -> Object:
            row = super().get(resource, object_id)
            tag = "" if strategy is Strategy.IN_PLACE else " [rotates key-0001 0123abcd]"
            return row | {"name": old_name["name"] + tag} if self.count == 1 else row

    settle(Lagging(model), key, owed, lambda text: None, Patience(1, lambda seconds: None))
    assert [row["name"] for row in model.keys.values()] == ["Main"]


@pytest.mark.parametrize("applied", [False, True])
def test_i02_lost_record_is_checked(applied: bool) -> None:
    model = fresh(is_newer=True)
    key = go(Link(model), strategy=Strategy.IN_PLACE, revokes=True).new
    assert key is not None

    def lose(number: int, method: str, path: str) -> None:
        if number == 2:
            raise Drop(applied=applied)

    settle(Link(model, lose), key, key.parts.owed[0], lambda text: None, Patience(0))
    assert [row["name"] for row in model.keys.values()] == ["Main"]
