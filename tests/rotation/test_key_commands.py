"""Commands that print a secret run last: they may create it at the provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmctl.http import retry
from llmctl.sandbox import defaults
from tests.conftest import Result, Run, complete
from tests.fault_table import Got
from tests.rotation.conftest import (
    NEW_SECRET,
    OLD_ID,
    OLD_SECRET,
    SECOND_EVALUATION,
    Project,
    writes,
)
from tests.support import KEY, RecordingServer, Reply, Sent, page
from tests.terminal import on_terminal

pytestmark = pytest.mark.generation("v1", complete="v3")

UNKNOWN_ID = "01990000-0000-7000-8000-00000000dead"
REPLACE = ["--strategy", "replace"]
STRATEGIES = pytest.mark.parametrize("strategy", [[], REPLACE], ids=["in-place", "replace"])


@dataclass(frozen=True)
class Minter:
    """A command that prints a secret; `texts` has a line for each of its runs."""

    file: Path
    secret: Path

    def words(self, text: str = "x", *, then: str = "") -> list[str]:
        then = then or f"cat {self.secret}"
        return ["--api-key-command", f"echo {text} >> {self.file}; {then}"]

    @property
    def texts(self) -> list[str]:
        return self.file.read_text().split() if self.file.exists() else []


@pytest.fixture
def minter(tmp_path: Path) -> Minter:
    (tmp_path / "key").write_text(NEW_SECRET)
    return Minter(tmp_path / "runs", tmp_path / "key")


Mint = Callable[..., Result]


@pytest.fixture
def mint(run: Run, project: Project, minter: Minter) -> Mint:
    """Rotate in the sandbox with a secret from the command."""

    def call(*words: str, key: str = OLD_ID) -> Result:
        selector = [key] if key else []
        return run("provider-keys", "rotate", *selector, *minter.words(), "--yes", *words)

    return call


@STRATEGIES
def test_k01_command_runs_once_for_a_rotation(
    mint: Mint, minter: Minter, project: Project, strategy: list[str], got: Got
) -> None:
    result = mint(*strategy)
    assert result.code == 0, result.err
    assert minter.texts == ["x"]
    assert project.check()["active"] == NEW_SECRET
    again = mint("--active", *strategy, key="")
    assert (again.code, "nothing to do" in again.err) == (0, True)
    got("one run for each rotation")


@STRATEGIES
@pytest.mark.parametrize("words", [[], ["-o", "json"]])
def test_k01_dry_run_does_not_run_the_command(
    mint: Mint, minter: Minter, project: Project, strategy: list[str], words: list[str]
) -> None:
    result = mint("--dry-run", *strategy, *words)
    assert result.code == 0
    assert minter.texts == []
    shown = '"result": "planned"' if words else '"api_key": "***"'
    assert shown in result.out
    assert project.facts()["active"] == OLD_SECRET


@STRATEGIES
@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        (UNKNOWN_ID, [], 5),
        ("", ["--name", "Nobody", "--provider", "openai"], 5),
        (OLD_ID, ["--expect-mask", "sk-p...nope"], 10),
        (OLD_ID, ["--profile", "nope"], 3),
        (OLD_ID, ["--api-key-env", "NEW"], 2),
        (OLD_ID, ["--command-timeout", "0"], 2),
        ("", [], 2),
    ],
)
def test_k01_command_does_not_run_before_a_check_that_fails(
    mint: Mint,
    minter: Minter,
    strategy: list[str],
    dry_run: list[str],
    key: str,
    words: list[str],
    code: int,
) -> None:
    assert mint(*strategy, *dry_run, *words, key=key).code == code
    assert minter.texts == []


@STRATEGIES
@pytest.mark.parametrize(
    ("key", "code"), [(defaults.READ_ONLY_KEY, 4), ("phx_wrong", 4), ("unreachable", 7)]
)
def test_k01_command_does_not_run_without_permission_or_server(
    mint: Mint,
    minter: Minter,
    project: Project,
    origin: str,
    monkeypatch: pytest.MonkeyPatch,
    strategy: list[str],
    key: str,
    code: int,
) -> None:
    monkeypatch.delenv("LLMCTL_PROFILE")
    monkeypatch.setenv("LLMCTL_HOST", "http://127.0.0.1:9" if key == "unreachable" else origin)
    monkeypatch.setenv("LLMCTL_PROJECT", "1")
    monkeypatch.setenv("LLMCTL_API_KEY", key)
    assert mint(*strategy).code == code
    assert minter.texts == []
    assert project.facts()["active"] == OLD_SECRET


@pytest.mark.parametrize(
    ("strategy", "answer", "code", "runs"),
    [
        ([], "n\r", 2, 0),
        (REPLACE, "y\r", 0, 1),
        complete([], "y\r", 0, 1),
        complete(REPLACE, "n\r", 2, 0),
        complete(["--keep-old"], "n\r", 2, 0),
        complete(["--keep-old"], "y\r", 0, 1),
    ],
)
def test_k01_command_runs_after_the_question(
    project: Project, minter: Minter, strategy: list[str], answer: str, code: int, runs: int
) -> None:
    words = ["provider-keys", "rotate", OLD_ID, *minter.words(), *strategy]
    shown = on_terminal(*words, answers={"[y/N]": answer})
    assert shown.code == code, shown.text
    assert "then a secret from the command" in " ".join(shown.text.split())
    assert shown.text.count("[y/N]") == 1
    assert len(minter.texts) == runs
    assert NEW_SECRET not in shown.text


def test_k01_name_too_long_for_a_replacement(
    mint: Mint, run: Run, minter: Minter, project: Project
) -> None:
    assert run("provider-keys", "update", OLD_ID, "--name", "n" * 250).code == 0
    assert mint(*REPLACE).code == 2
    assert minter.texts == []


@pytest.mark.parametrize(
    "fault", [complete("DELETE provider_keys"), f"PATCH evaluations/{SECOND_EVALUATION}"]
)
def test_k01_command_continues_a_rotation(
    mint: Mint, minter: Minter, project: Project, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", f"{fault}: status 403")
    assert mint(*REPLACE).code == 11
    monkeypatch.delenv("LLMCTL_SANDBOX_FAULTS")
    planned = mint(*REPLACE, "--dry-run")
    assert planned.code == 0, planned.err
    assert "create a replacement" not in planned.out
    assert len(minter.texts) == 1
    assert mint(*REPLACE).code == 0
    assert len(minter.texts) == 2
    assert project.check()["active"] == NEW_SECRET


@pytest.mark.parametrize("mode", ["--rollback", "--finish"])
def test_k01_command_does_not_run_if_nothing_is_pending(
    mint: Mint, minter: Minter, mode: str
) -> None:
    result = mint(mode)
    assert (result.code, minter.texts) == (0, []), result.err
    assert "no rotation" in result.err


def test_k01_rollback_does_not_run_the_command(
    mint: Mint, minter: Minter, project: Project
) -> None:
    assert mint("--keep-old").code == 0
    assert mint("--rollback").code == 0
    assert minter.texts == ["x"]
    assert project.check()["active"] == OLD_SECRET


def test_k01_command_that_fails_changes_nothing(run: Run, project: Project, minter: Minter) -> None:
    words = ["provider-keys", "rotate", OLD_ID, "--yes", "-v"]
    result = run(*words, *minter.words(then="exit 3"))
    assert result.code == 2
    assert "failed with exit code 3" in result.err
    # The only write is an empty one to an id that nobody has: it tests the permission.
    assert all(defaults.ACTIVE_KEY_ID not in line for line in writes(result))
    assert project.facts()["active"] == OLD_SECRET


@STRATEGIES
def test_k01_key_that_changes_while_the_command_runs(
    run: Run, project: Project, minter: Minter, origin: str, strategy: list[str]
) -> None:
    """The command itself plays the other client."""
    changed = json.dumps({"api_key": "sk-proj-of-another-client", "provider": "openai"})
    url = f"{origin}/api/environments/1/llm_analytics/provider_keys/{OLD_ID}/"
    patch = (
        f"curl -sf -X PATCH -H 'Authorization: Bearer {defaults.ALL_SCOPES_KEY}' "
        f"-H 'Content-Type: application/json' -d '{changed}' {url} >/dev/null"
    )
    words = ["provider-keys", "rotate", OLD_ID, "--yes", *strategy]
    result = run(*words, *minter.words(then=f"{patch}; cat {minter.secret}"))
    assert result.code == 10, result.err
    assert "was changed while the command ran" in result.err
    assert project.facts()["active"] == "sk-proj-of-another-client"


@dataclass
class Projects:
    """Three projects, whose profiles are p1 to p3; `broken` ones answer 503, in `denied` ones
    nothing may be written."""

    run: Run
    server: RecordingServer
    masks: dict[str, str]
    broken: str = ""
    denied: str = ""

    def answer(self, sent: Sent) -> Reply:
        number = sent.path.split("/")[3]
        if number == self.broken:
            return Reply(503, {"detail": "Busy."})
        if sent.method == "PATCH" and number == self.denied:
            return Reply(403, {"detail": "No."})
        if sent.method == "PATCH" and sent.json:
            self.masks[number] = f"{sent.json['api_key'][:4]}...{sent.json['api_key'][-4:]}"
        key = {"id": "a", "name": "A", "provider": "openai", "state": "ok"}
        key["api_key_masked"] = self.masks.get(number, "sk-o...old1")
        if sent.method == "PATCH" and not sent.path.endswith("/a/"):
            return Reply(404, {"detail": "Not found."})
        if sent.path.endswith("provider_keys/"):
            return Reply(200, page([key]))
        if sent.path.split("/")[-2].partition("?")[0] in ("evaluations", "taggers"):
            return Reply(200, page([]))
        is_config = sent.path.endswith("evaluation_config/")
        return Reply(200, {"active_provider_key": key} if is_config else key)

    def rotate(self, *words: str) -> Result:
        return self.run("provider-keys", "rotate", "--active", "--yes", "-o", "json", *words)

    @property
    def written(self) -> list[str]:
        """The projects whose key got a secret, in order."""
        return [each.target.split("/")[3] for each in self.server.sent if each.json]


@pytest.fixture
def projects(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Projects:
    monkeypatch.setattr(retry, "BACKOFF_SECONDS", 0.0)
    monkeypatch.delenv("LLMCTL_PROJECT")
    monkeypatch.setenv("PERSONAL", KEY)
    for number in "123":
        words = ["--host", server.origin, "--project", number, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{number}", "--no-check", *words).code == 0
    found = Projects(run, server, {})
    server.reply(found.answer)
    return found


@pytest.mark.parametrize(
    ("text", "runs"), [("x", ["x"]), ("{profile}", ["p1", "p2"])], ids=["shared", "per profile"]
)
def test_k01_each_command_of_many_profiles_runs_once(
    projects: Projects, minter: Minter, text: str, runs: list[str], got: Got
) -> None:
    words = ["--profiles", "p1,p2", *minter.words(text)]
    planned = projects.rotate(*words, "--dry-run")
    assert planned.code == 0, planned.err
    assert minter.texts == []
    result = projects.rotate(*words)
    assert result.code == 0, result.err
    assert minter.texts == runs
    assert projects.written == ["1", "2"]
    got("each distinct command once")


def test_k01_commands_run_before_the_first_write(projects: Projects, minter: Minter) -> None:
    seen: list[int] = []

    def answer(sent: Sent) -> Reply:
        if sent.json:
            seen.append(len(minter.texts))
        return projects.answer(sent)

    projects.server.reply(answer)
    assert projects.rotate("--profiles", "p1,p2,p3", *minter.words("{profile}")).code == 0
    assert seen == [3, 3, 3]


@pytest.mark.parametrize("order", ["p1,p2", "p2,p1"])
@pytest.mark.parametrize(
    ("then", "message"),
    [
        ("test {profile} = p1 && echo sk-proj-0123456789", "failed with exit code 1"),
        ("test {profile} = p1 && echo sk-proj-0123456789; true", "printed nothing"),
        ("test {profile} = p1 && echo sk-proj-0123456789 || echo null", "it is null"),
    ],
)
def test_k01_one_of_many_commands_fails(
    projects: Projects, minter: Minter, order: str, then: str, message: str
) -> None:
    result = projects.rotate("--profiles", order, *minter.words("{profile}", then=then))
    assert result.code == 2
    assert [row["result"] for row in json.loads(result.out)] == ["failed", "failed"]
    assert "profile p2: " in result.err
    assert message in result.err
    assert projects.written == []


@pytest.mark.parametrize("source", ["env", "file"])
@pytest.mark.parametrize("order", ["p1,p2", "p2,p1"])
def test_k01_one_of_many_sources_is_missing(
    projects: Projects,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: str,
    source: str,
) -> None:
    monkeypatch.setenv("key_p1", NEW_SECRET)
    (tmp_path / "key_p1").write_text(NEW_SECRET)
    result = projects.rotate("--profiles", order, f"--api-key-{source}", "key_{profile}")
    assert (result.code, result.out) == (2, "")
    assert "profile p2: " in result.err
    assert projects.server.sent == []


@pytest.mark.parametrize(("kind", "code"), [("broken", 7), ("denied", 4)])
def test_k01_command_does_not_run_for_a_project_that_fails(
    projects: Projects, minter: Minter, kind: str, code: int
) -> None:
    setattr(projects, kind, "2")
    result = projects.rotate("--profiles", "p1,p2,p3", *minter.words("{profile}"))
    assert [row["exit_code"] for row in json.loads(result.out)] == [0, code, 0]
    assert minter.texts == ["p1", "p3"]
    assert projects.written == ["1", "3"]


def test_k01_no_command_runs_if_every_project_fails(projects: Projects, minter: Minter) -> None:
    projects.denied = "1"
    result = projects.rotate("--profiles", "p1", *minter.words())
    assert (result.code, minter.texts) == (4, [])
    assert [row["result"] for row in json.loads(result.out)] == ["failed"]
