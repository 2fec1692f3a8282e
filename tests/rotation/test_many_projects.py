"""Rotating the keys of several projects with one command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llmctl.config.sources import HOST_VARIABLES, PROJECT_VARIABLES
from llmctl.errors import most_serious
from llmctl.http import retry
from llmctl.safe.secret import Secret
from llmctl.sandbox import defaults
from tests.conftest import Result, Run, complete
from tests.fault_table import Got
from tests.rotation.conftest import NEW_SECRET, OLD_SECRET, Project
from tests.support import KEY, RecordingServer, Reply, Sent, page

pytestmark = pytest.mark.generation("v1", complete="v3")

ROTATE = [sys.executable, "-m", "llmctl", "provider-keys", "rotate"]


def add_profile(run: Run, name: str, origin: str) -> None:
    os.environ["PERSONAL"] = defaults.ALL_SCOPES_KEY
    words = ["--host", origin, "--project", "1", "--api-key-env", "PERSONAL"]
    assert run("profiles", "add", name, *words).code == 0


def test_many_projects(run: Run, project: Project, origin: str, tmp_path: Path) -> None:
    add_profile(run, "one", origin)
    add_profile(run, "two", origin)
    for name in ("one", "two"):
        (tmp_path / f"key-{name}").write_text(NEW_SECRET)
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-file"]
    words.append(f"{tmp_path}/key-{{profile}}")
    result = run(*words, "--profiles", "one,two", "-o", "json")
    rows = json.loads(result.out)
    assert [row["result"] for row in rows] == ["rotated", "already"]
    assert [row["exit_code"] for row in rows] == [0, 0]
    assert result.code == 0
    table = run(*words, "--profiles", "one,two", "-o", "table").out
    assert "\n  nothing to do: key " in table
    again = run(*words, "--all-profiles", "-o", "json")
    assert again.code == 0
    assert {row["result"] for row in json.loads(again.out)} == {"already"}
    assert project.facts()["active"] == NEW_SECRET
    assert "# profile two" in run(*words, "--all-profiles", "--dry-run").out


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([9, 0], 9),
        ([9, 2], 2),
        ([2, 3, 4, 5, 6], 6),
        ([6, 7], 7),
        ([7, 10], 10),
        ([10, 11], 11),
        ([11, 8], 8),
        ([8, 1], 1),
    ],
)
def test_most_serious_of_several_exit_codes(codes: list[int], code: int) -> None:
    assert most_serious(codes) == code
    assert most_serious(codes[::-1]) == code


def signalled(words: list[str], number: signal.Signals, *, after: Path) -> Result:
    """Send the command a signal as soon as a file exists, and return its result."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not after.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate()
    return Result(process.returncode, out, err)


def test_signal_ends_all_of_many_projects(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first project's write hangs; the second project is not touched."""
    key = {"id": "a", "name": "A", "provider": "openai", "state": "ok", "api_key_masked": "old"}

    def answer(sent: Sent) -> Reply:
        if sent.method == "PATCH":
            (tmp_path / "reached").touch()
            time.sleep(0.5)
        is_list = sent.path.endswith("provider_keys/")
        return Reply(200, page([key]) if is_list else {"active_provider_key": key})

    server.reply(answer)
    os.environ["PERSONAL"] = KEY
    for name in ("one", "two"):
        words = ["--host", server.origin, "--project", "1", "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", name, "--no-check", *words).code == 0
    monkeypatch.delenv("LLMCTL_API_KEY")
    monkeypatch.setenv("NEW", NEW_SECRET)
    words = [*ROTATE, "A", "--yes", "-o", "json", "--profiles", "one,two", "--api-key-env", "NEW"]
    result = signalled(words, signal.SIGTERM, after=tmp_path / "reached")
    assert result.code == 143, result.err
    assert sum(line.startswith("PATCH") for line in server.lines) == 1
    row, untouched = json.loads(result.out)
    assert (row["profile"], row["result"], row["exit_code"]) == ("one", "interrupted", 8)
    assert (untouched["result"], untouched["done"]) == ("interrupted", [])


def test_same_project_twice(run: Run, project: Project, origin: str, tmp_path: Path) -> None:
    """Two secrets for one project would replace each other on every run."""
    for name in ("one", "two"):
        add_profile(run, name, origin)
        (tmp_path / f"key-{name}").write_text(f"sk-proj-of-{name}-0123456789")
    words = ["provider-keys", "rotate", "--active", "--yes", "--profiles", "one,two", "-o", "json"]
    result = run(*words, "--api-key-file", f"{tmp_path}/key-{{profile}}", "--dry-run")
    assert result.code == 2
    result = run(*words, "--api-key-file", f"{tmp_path}/key-{{profile}}")
    assert (result.code, result.out) == (2, "")
    assert "profile one has the same project as two but a different new secret" in result.err
    assert project.facts()["active"] == OLD_SECRET


@dataclass
class Projects:
    """Three projects, whose profiles are p1 to p3; `keys` are their keys as API objects. `broken`
    are requests that get a 503: a method and a project.
    """

    run: Run
    revoked: Path
    keys: dict[str, list[dict[str, str]]]
    broken: set[tuple[str, str]] = field(default_factory=set)

    def answer(self, sent: Sent) -> Reply:
        project, name = sent.target.split("/")[3], sent.path.rstrip("/").rpartition("/")[2]
        if (sent.method, project) in self.broken:
            return Reply(503, {"detail": "Busy."})
        keys = self.keys[project]
        if name == "provider_keys":
            return Reply(200, page(keys))
        if name == "evaluation_config":
            return Reply(200, {"active_provider_key": keys[0]})
        key = next(key for key in keys if key["id"] == name)
        if sent.method == "PATCH":
            key["name"] = sent.json.get("name", key["name"])
            if "api_key" in sent.json:
                key["api_key_masked"] = Secret(sent.json["api_key"]).mask
        return Reply(200, key)

    def rotate(self, profiles: str, *, source: str = "KEY_{profile}") -> Result:
        words = ["provider-keys", "rotate", "--active", "--yes", "--profiles", profiles]
        command = f'echo "$LLMCTL_OLD_KEY_MASK" >> {self.revoked}'
        words += ["--api-key-env", source, "--revoke-command", command, "-o", "json"]
        return self.run(*words)

    @property
    def masks_revoked(self) -> list[str]:
        return self.revoked.read_text().split() if self.revoked.exists() else []


def a_key(mask: str = "sk-o...old1", provider: str = "openai", name: str = "a") -> dict[str, str]:
    key = {"id": name, "name": name, "provider": provider, "state": "ok"}
    return key | {"api_key_masked": mask}


@pytest.fixture
def projects(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Projects:
    """Their active keys share one old secret."""
    monkeypatch.setattr(retry, "BACKOFF_SECONDS", 0.0)
    monkeypatch.delenv("LLMCTL_PROJECT")
    monkeypatch.setenv("PERSONAL", KEY)
    monkeypatch.setenv("NEW", NEW_SECRET)
    for number in "123":
        monkeypatch.setenv(f"KEY_p{number}", f"sk-proj-0123456789-new{number}")
        words = ["--host", server.origin, "--project", number, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{number}", "--no-check", *words).code == 0
    found = Projects(run, tmp_path / "revoked", {number: [a_key()] for number in "123"})
    server.reply(found.answer)
    return found


@pytest.mark.parametrize("source", ["KEY_{profile}", "NEW"])
def test_shared_old_secret_is_revoked_once(projects: Projects, source: str) -> None:
    result = projects.rotate("p1,p2,p3", source=source)
    assert result.code == 0, result.err
    assert projects.masks_revoked == ["sk-o...old1"]


@pytest.mark.parametrize("source", ["KEY_{profile}", complete("NEW")])
@pytest.mark.parametrize("order", ["p2,p1,p3", complete("p1,p2,p3"), "p1,p3,p2"])
def test_i01_shared_old_secret_is_revoked_when_no_project_uses_it(
    projects: Projects, order: str, source: str, got: Got
) -> None:
    projects.broken = {("PATCH", "2")}
    result = projects.rotate(order, source=source)
    assert result.code == 8
    assert projects.masks_revoked == []
    reason = "old secret sk-o...old1 (openai) is not revoked yet: key a (a) of profile p2"
    assert f"p1: error: the rotation is done, but the {reason}" in result.err
    assert f"p3: error: the rotation is done, but the {reason}" in result.err
    projects.broken = set()
    assert projects.rotate(order, source=source).code == 0
    assert projects.masks_revoked == ["sk-o...old1"]
    got("not run before the last project is done, then once")


@pytest.mark.parametrize("source", ["KEY_{profile}", complete("NEW")])
@pytest.mark.parametrize(
    ("mask", "provider", "revoked"),
    [
        ("sk-o...old2", "openai", True),
        ("sk-o...old1", "azure_openai", True),
        ("****", "openai", False),
        ("****", "azure_openai", True),
        ("", "openai", False),
    ],
)
def test_i01_failed_project_keeps_only_its_own_secret_alive(
    projects: Projects, mask: str, provider: str, revoked: bool, source: str
) -> None:
    projects.keys["2"] = [a_key(mask, provider)]
    projects.broken = {("PATCH", "2")}
    result = projects.rotate("p1,p2,p3", source=source)
    assert result.code != 0
    assert projects.masks_revoked == (["sk-o...old1"] if revoked else [])
    assert ("of profile p2 may still use it" in result.err) is not revoked


@pytest.mark.parametrize("order", ["p2,p1", "p1,p2"])
def test_i01_project_that_was_not_read_may_use_any_secret(projects: Projects, order: str) -> None:
    projects.broken = {("GET", "2")}
    result = projects.rotate(order)
    assert result.code != 0
    assert projects.masks_revoked == []
    assert "the keys of profile p2 cannot be read" in result.err


@pytest.mark.parametrize("order", ["p2,p1", "p1,p2"])
def test_i01_project_that_is_done_may_have_another_key_with_the_secret(
    projects: Projects, order: str
) -> None:
    projects.keys["2"].append(a_key(name="twin"))
    result = projects.rotate(order)
    assert result.code == 11
    assert projects.masks_revoked == []
    assert "key twin (twin) of profile p2 may still use it" in result.err


@pytest.mark.parametrize(
    ("method", "number", "code"),
    [
        ("PATCH", signal.SIGTERM, 143),
        pytest.param("PATCH", signal.SIGINT, 130, marks=pytest.mark.complete),
        pytest.param("GET", signal.SIGTERM, 143, marks=pytest.mark.complete),
        pytest.param("GET", signal.SIGINT, 130, marks=pytest.mark.complete),
    ],
)
def test_i01_signal_partway_revokes_nothing(
    projects: Projects,
    server: RecordingServer,
    tmp_path: Path,
    method: str,
    number: signal.Signals,
    code: int,
) -> None:
    """The first project is done when the signal arrives."""

    def answer(sent: Sent) -> Reply:
        if (sent.method, sent.target.split("/")[3]) == (method, "2"):
            (tmp_path / "reached").touch()
            time.sleep(2)
        return projects.answer(sent)

    server.reply(answer)
    words = ["--active", "--yes", "--profiles", "p1,p2,p3", "--api-key-env", "KEY_{profile}"]
    words += ["--revoke-command", f"touch {projects.revoked}", "-o", "json"]
    result = signalled([*ROTATE, *words], number, after=tmp_path / "reached")
    assert result.code == code, result.err
    first = "not revoked" if method == "PATCH" else "interrupted"  # every project is read first
    assert [row["result"] for row in json.loads(result.out)][:2] == [first, "interrupted"]
    assert not projects.revoked.exists()


@pytest.mark.parametrize(
    ("chosen", "projects"),
    [
        (["--profiles", "p1,sandbox,p2"], ["1", "1", "2"]),
        (["--all-profiles"], ["1", "2"]),
    ],
)
def test_k07_variables_do_not_override_the_projects_of_many_profiles(
    run: Run,
    project: Project,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    chosen: list[str],
    projects: list[str],
) -> None:
    masks: dict[str, str] = {}

    def answer(sent: Sent) -> Reply:
        number = sent.target.split("/")[3]
        if sent.method == "PATCH":
            masks[number] = f"{NEW_SECRET[:4]}...{NEW_SECRET[-4:]}"
        key = {"id": "a", "name": "A", "provider": "openai", "state": "ok"}
        key["api_key_masked"] = masks.get(number, "sk-o...old1")
        if sent.path.endswith("provider_keys/"):
            return Reply(200, page([key]))
        is_config = sent.target.endswith("evaluation_config/")
        return Reply(200, {"active_provider_key": key} if is_config else key)

    server.reply(answer)
    monkeypatch.setenv("PERSONAL", KEY)
    for number in ("1", "2"):
        words = ["--host", server.origin, "--project", number, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{number}", "--no-check", *words).code == 0
    for name in PROJECT_VARIABLES:
        monkeypatch.setenv(name, "999")
    for name in HOST_VARIABLES:
        monkeypatch.setenv(name, "https://posthog.example.com")
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-env", "NEW", "-o", "json"]
    result = run(*words, *chosen)
    assert result.code == 0, result.err
    rows = json.loads(result.out)
    assert [(row["project"], row["result"]) for row in rows] == [
        (number, "rotated") for number in projects
    ]
    assert {sent.target.split("/")[3] for sent in server.sent} == {"1", "2"}
    ignored = ", ".join((*PROJECT_VARIABLES, *HOST_VARIABLES))
    assert result.err.splitlines()[0] == f"{ignored} are ignored with {chosen[0]}"
    assert result.err.count("ignored") == 1


def test_k07_variable_does_not_give_one_of_many_profiles_its_project(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONAL", KEY)
    monkeypatch.setenv("NEW", NEW_SECRET)
    monkeypatch.delenv("LLMCTL_HOST")
    words = ["--host", server.origin, "--api-key-env", "PERSONAL"]
    assert run("profiles", "add", "one", "--no-check", *words).code == 0
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-env", "NEW"]
    result = run(*words, "--profiles", "one")
    assert result.code == 3
    assert server.sent == []
    assert result.err.splitlines() == [
        "LLMCTL_PROJECT is ignored with --profiles",
        "error: profile one has no project",
        "hint: give it a project: llmctl profiles add one --replace "
        f"--host {server.origin} --project NUMBER",
    ]


@pytest.mark.parametrize("order", ["p1,nope", "nope,p1", "p1,aimless", "p1,keyless,p2"])
def test_k04_profile_that_cannot_be_used_stops_the_run_before_it_starts(
    projects: Projects, server: RecordingServer, order: str, run: Run
) -> None:
    words = ["profiles", "add", "aimless", "--no-check", "--host", server.origin]
    assert run(*words, "--api-key-env", "PERSONAL").code == 0
    config = Path(os.environ["HOME"], ".config", "llmctl", "config.toml")
    with config.open("a") as file:
        file.write(f'\n[profiles.keyless]\nhost = "{server.origin}"\nproject = "2"\n')
    result = projects.rotate(order, source="NOT_READ")
    assert result.code == 3
    assert server.sent == []
    (name,) = {"nope", "aimless", "keyless"} & {*order.split(",")}
    assert f"profile {name}" in result.err or name in result.err
    assert result.out == ""


def test_i01_project_that_could_not_be_read_may_share_the_secret(projects: Projects) -> None:
    projects.broken = {("GET", "2")}
    assert projects.rotate("p1,p2").code != 0
    projects.broken = set()
    alone = projects.rotate("p1")
    assert alone.code == 11
    assert "it is shared by 2 projects; run with --profiles for all of them" in alone.err
    assert projects.masks_revoked == []
    assert projects.rotate("p1,p2").code == 0
    assert projects.masks_revoked == ["sk-o...old1"]


def test_i01_every_entry_of_a_secret_counts(projects: Projects) -> None:
    """Each run shares the secret among more projects, and the last of them fails."""
    projects.broken = {("PATCH", "2")}
    assert projects.rotate("p1,p2").code != 0
    projects.broken = {("PATCH", "3")}
    assert projects.rotate("p1,p2,p3").code != 0
    again = projects.rotate("p1,p2")
    assert again.code == 11
    assert projects.masks_revoked == []
    projects.broken = set()
    assert projects.rotate("p1,p2,p3").code == 0
    assert projects.masks_revoked == ["sk-o...old1"]


def test_i01_more_projects_than_before(projects: Projects) -> None:
    projects.broken = {("PATCH", "2")}
    assert projects.rotate("p1,p2").code != 0
    projects.broken = set()
    assert projects.rotate("p1,p2,p3").code == 0
    assert projects.masks_revoked == ["sk-o...old1"]
    assert {key["name"] for keys in projects.keys.values() for key in keys} == {"a"}


@pytest.mark.parametrize(
    ("old", "new"), [("****", "sk-proj-0123456789-new1"), ("sk-o...old1", "sk-short")]
)
def test_i01_asterisks_of_the_own_key_keep_nothing_alive(
    projects: Projects, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    projects.keys["1"] = [a_key(old)]
    monkeypatch.setenv("KEY_p1", new)
    result = projects.rotate("p1")
    assert result.code == 0, result.err
    assert projects.masks_revoked == [old]
    again = projects.rotate("p1")
    assert again.code == 0, again.err
    assert len(projects.masks_revoked) == 1


def test_keys_are_read_once_for_all_old_secrets(
    projects: Projects, server: RecordingServer
) -> None:
    def lists() -> int:
        before = len(server.sent)
        assert projects.rotate("p1,p2,p3").code == 0
        paths = [f"{each.method} {each.path}" for each in server.sent[before:]]
        return sum(path.endswith("provider_keys/") for path in paths)

    shared = lists()
    assert projects.masks_revoked == ["sk-o...old1"]
    for number in "123":
        projects.keys[number] = [a_key(f"sk-o...old{number}")]
    assert lists() == shared
    assert len(projects.masks_revoked) == 4
