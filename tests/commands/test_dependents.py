"""Notes on the evaluations and taggers that use a key, or are left without one."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from llmctl import paths
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.commands.sandbox_project import OTHER, Sandbox
from tests.conftest import Result, Run, complete
from tests.support import PROVIDER_KEY, serving
from tests.terminal import on_terminal

ACTIVE = defaults.ACTIVE_KEY_ID
SET_ACTIVE = ["evaluation-config", "set-active-key", OTHER]
CREATE = ["provider-keys", "create", "--provider", "anthropic", "--name", "New"]
CREATE += ["--api-key-env", "NEW_ANTHROPIC", "--set-as-active"]
BOTH = pytest.mark.parametrize("words", [SET_ACTIVE, CREATE], ids=lambda words: words[1])
WITHOUT_KEY = "left without a key for openai: "
STOPPED: dict[str, Any] = {"enabled": False, "status": "error"}


@pytest.fixture
def project(sandbox: None, generation: Generation, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    monkeypatch.setenv("NEW_ANTHROPIC", "sk-ant-sandbox-0000-new1")
    found = Sandbox(generation)
    found.add_key()
    return found


def with_faults(run: Run, faults: str, *words: str) -> Result:
    os.environ["LLMCTL_SANDBOX_FAULTS"] = faults
    try:
        return run(*words)
    finally:
        del os.environ["LLMCTL_SANDBOX_FAULTS"]


def lines_with(text: str, result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if text in line]


def uses(text: str) -> list[str]:
    """Return the lines that say what uses a key."""
    lines = [line.removeprefix("# ").rstrip() for line in text.splitlines()]
    return [line for line in lines if line.startswith(("pinned to it: ", "uses it as the active"))]


@BOTH
def test_j02_another_active_key(run: Run, project: Sandbox, words: list[str]) -> None:
    tone = project.add("Tone")
    paused = project.add("Paused", enabled=False, status="paused")
    project.add("Pinned", ACTIVE)
    project.add("Claude's", provider="anthropic")
    project.add("Any model", provider=None)
    project.add("Hog", provider=None, evaluation_type="hog")
    expected = [f"{WITHOUT_KEY}evaluation {tone} (Tone, enabled)"]
    if project.has_taggers:
        topics = project.add_tagger("Topics")
        expected.append(f"{WITHOUT_KEY}tagger {topics} (Topics, enabled)")
    expected += [
        f"not enabled, and without a key for openai: evaluation {paused} (Paused, disabled)",
        "the active key is for anthropic and serves no other provider; pin a key to each of them "
        "in PostHog's web app, or make another key active: llmctl evaluation-config set-active-key "
        "KEY_ID",
    ]
    planned = run(*words, "--dry-run")
    assert (planned.code, planned.err.splitlines()) == (0, expected)
    assert planned.out.startswith("curl -X POST")
    done = run(*words, "-o", "json")
    assert (done.code, done.err.splitlines()) == (0, expected)
    active = json.loads(run("evaluation-config", "get", "-o", "json").out)["active_provider_key"]
    assert active["provider"] == "anthropic"


@BOTH
def test_j02_nothing_to_say(run: Run, project: Sandbox, words: list[str]) -> None:
    assert run(*words).err == ""


def test_create_of_a_key_that_is_not_active_reads_nothing(run: Run, project: Sandbox) -> None:
    project.add("Tone")
    result = run(*CREATE[:-1], "-v")
    assert len(lines_with("* ", result)) == 1


@pytest.mark.parametrize("word", ['"no"', "0"])
def test_j02_nothing_is_stranded_by_a_key_that_is_not_active(
    run: Run, project: Sandbox, word: str
) -> None:
    project.add("Tone")
    result = run(*CREATE[:-1], "--data", f'{{"set_as_active": {word}}}')
    assert (result.code, result.err) == (0, "")


@pytest.mark.generation("v3")
@BOTH
def test_j02_tagger_only(run: Run, project: Sandbox, words: list[str]) -> None:
    topics = project.add_tagger("Topics")
    result = run(*words)
    assert result.code == 0
    assert f"{WITHOUT_KEY}tagger {topics} (Topics, enabled)" in result.err


@BOTH
def test_j02_only_paused_ones(run: Run, project: Sandbox, words: list[str]) -> None:
    project.add("Paused", enabled=False, status="paused")
    result = run(*words)
    assert "not enabled, and without a key for openai: evaluation" in result.err
    assert "serves no other provider" not in result.err


@BOTH
def test_j02_long_lists_are_counted(run: Run, project: Sandbox, words: list[str]) -> None:
    for number in range(200):
        project.add(f"E{number:03}")
    result = run(*words)
    assert len(lines_with(f"{WITHOUT_KEY}evaluation ", result)) == 10
    assert f"{WITHOUT_KEY}190 more evaluations" in result.err


@BOTH
@pytest.mark.parametrize("status", [403, 500])
def test_j02_goes_on_without_the_lists(
    run: Run, project: Sandbox, words: list[str], status: int
) -> None:
    project.add("Tone")
    faults = f"GET evaluations: status {status} no; GET taggers: status {status} no"
    result = with_faults(run, faults, *words, "--retries", "0")
    assert result.code == 0
    assert re.search("^evaluations( and taggers)? could not be read: ", result.err, re.MULTILINE)
    assert "taggers could not be read: " in result.err
    assert WITHOUT_KEY not in result.err


@BOTH
def test_j02_nothing_is_said_if_the_write_fails(
    run: Run, project: Sandbox, words: list[str]
) -> None:
    project.add("Tone")
    result = with_faults(run, "POST llm_analytics: status 400 no", *words)
    assert result.code == 6
    assert WITHOUT_KEY not in result.err


DELETE = ["provider-keys", "delete", ACTIVE]


@pytest.mark.generation("v3", complete="v1")
def test_j07_delete_names_all_that_uses_the_key(run: Run, project: Sandbox) -> None:
    tone, paused = project.add("Tone"), project.add("Any", provider=None, enabled=False)
    project.add("Claude's", provider="anthropic")
    expected = [
        f"pinned to it: evaluation {defaults.EVALUATION_ID} (Answer relevance, enabled)",
        f"uses it as the active key: evaluation {tone} (Tone, enabled)",
        f"uses it as the active key: evaluation {paused} (Any, disabled)",
    ]
    if project.has_taggers:
        pinned, unpinned = project.add_tagger("Topics", ACTIVE), project.add_tagger("Intents")
        expected.insert(1, f"pinned to it: tagger {pinned} (Topics, enabled)")
        expected.append(f"uses it as the active key: tagger {unpinned} (Intents, enabled)")
    refused = run(*DELETE, "--yes")
    assert (refused.code, uses(refused.err)) == (2, expected)
    shown = on_terminal(*DELETE, columns=200, answers={"[y/N]": "n\r"})
    planned = run(*DELETE, "--dry-run")
    done = run(*DELETE, "--yes", "--force")
    for text in (shown.text, planned.out, done.err):
        assert uses(text) == expected
    question = (
        f"Delete provider key 'Production OpenAI' ({ACTIVE}) and stop everything that uses it?"
    )
    assert f"{question} It cannot be restored. [y/N]" in shown.text
    assert (shown.code, done.code) == (2, 0)
    assert done.err.endswith(
        f"deleted provider key {ACTIVE}\neverything that used key {ACTIVE} stops\n"
    )


@pytest.mark.generation("v3")
def test_j07_delete_key_that_only_a_tagger_uses(run: Run, project: Sandbox) -> None:
    topics = project.add_tagger("Topics", OTHER, enabled=False)
    result = run("provider-keys", "delete", OTHER, "--yes")
    assert result.code == 2
    assert f"pinned to it: tagger {topics} (Topics, disabled)" in result.err
    assert f"key {OTHER} is in use; it was not deleted" in result.err


@pytest.mark.parametrize("path", ["evaluations", "taggers", "evaluation_config"])
def test_j07_delete_without_the_right_to_read(run: Run, project: Sandbox, path: str) -> None:
    delete = ["provider-keys", "delete", OTHER, "--yes"]
    refused = with_faults(run, f"GET {path}: status 403 no", *delete)
    assert refused.code == 2
    assert f"key {OTHER} may be in use; it was not deleted" in refused.err
    unknown = "possibly the active key" if path == "evaluation_config" else f"{path} could not be"
    assert unknown in refused.err
    faults = "; ".join(f"GET {each}: status 403 no" for each in ("evaluation", "taggers"))
    assert with_faults(run, faults, *delete, "--force", "--dry-run").code == 0
    assert with_faults(run, faults, *delete, "--force").code == 0
    assert run("provider-keys", "get", OTHER).code == 5


ROTATE = ["provider-keys", "rotate", "--active", "--yes", "--api-key-env", "NEW"]
STRATEGIES = pytest.mark.parametrize(
    "strategy",
    [
        ["--strategy", "in-place"],
        ["--strategy", "replace"],
        complete(["--keep-old"]),
    ],
    ids=" ".join,
)


@pytest.mark.generation("v3", complete="v1")
@STRATEGIES
def test_j07_rotate_names_all_that_uses_the_key(
    run: Run, project: Sandbox, strategy: list[str]
) -> None:
    tone = project.add("Tone")
    expected = [
        f"pinned to it: evaluation {defaults.EVALUATION_ID} (Answer relevance, enabled)",
        f"uses it as the active key: evaluation {tone} (Tone, enabled)",
    ]
    if project.has_taggers:
        topics = project.add_tagger("Topics")
        expected.append(f"uses it as the active key: tagger {topics} (Topics, enabled)")
    planned = run(*ROTATE, *strategy, "--dry-run")
    asked = [word for word in ROTATE if word != "--yes"]
    shown = on_terminal(*asked, *strategy, columns=200, answers={"[y/N]": "n\r"})
    done = run(*ROTATE, *strategy)
    assert (planned.code, shown.code, done.code) == (0, 2, 0), done.err
    for text in (planned.out, shown.text, done.err):
        assert uses(text) == expected


@pytest.mark.generation("v3")
@STRATEGIES
def test_j01_rotate_names_what_stays_stopped(
    run: Run, project: Sandbox, strategy: list[str]
) -> None:
    invalid = {**STOPPED, "status_reason": "provider_key_invalid"}
    pinned = project.add("Pinned", ACTIVE, **invalid)
    unpinned = project.add("Unpinned", **STOPPED, status_reason="provider_key_quota_exceeded")
    project.add("Claude's", provider="anthropic", **invalid)
    project.add("Of another key", OTHER, "anthropic", **invalid)
    project.add("No such model", ACTIVE, **STOPPED, status_reason="model_not_found")
    project.add("Paused", ACTIVE, enabled=False, status="paused")
    expected = {
        f"evaluation {pinned} (Pinned) stays stopped (provider_key_invalid)",
        f"evaluation {unpinned} (Unpinned) stays stopped (provider_key_quota_exceeded)",
    }
    for _ in range(2):  # the second run finds the rotation done
        result = run(*ROTATE, *strategy, "-o", "json")
        assert result.code == 0, result.err
        assert set(lines_with("stays stopped", result)) == expected
        assert "start them again: llmctl evaluations recover -p sandbox\n" in result.err
        assert set(json.loads(result.out)["stopped_evaluations"]) == {pinned, unpinned}
    assert "does not say which" not in result.err


@pytest.mark.generation("v1")
@STRATEGIES
def test_j01_rotate_where_stopped_and_paused_look_alike(
    run: Run, project: Sandbox, strategy: list[str]
) -> None:
    tone = project.add("Tone", enabled=False, status="paused")
    result = run(*ROTATE, *strategy, "-o", "json")
    assert result.code == 0, result.err
    assert lines_with("does not say", result) == [
        f"paused or stopped (this server does not say which): evaluation {tone} (Tone, disabled)"
    ]
    assert json.loads(result.out)["stopped_evaluations"] == []


@pytest.mark.generation("v3")
def test_j01_many_stopped_evaluations_are_counted(run: Run, project: Sandbox) -> None:
    for number in range(15):
        project.add(f"E{number:02}", **STOPPED, status_reason="provider_key_invalid")
    result = run(*ROTATE, "-o", "json")
    assert len(lines_with("stays stopped", result)) == 10
    assert "5 more evaluations stay stopped\n" in result.err
    assert len(json.loads(result.out)["stopped_evaluations"]) == 15


def test_j01_rotate_without_the_right_to_read_evaluations(run: Run, project: Sandbox) -> None:
    result = with_faults(run, "GET evaluations: status 403 no", *ROTATE, "-o", "json")
    document = json.loads(result.out)
    assert (result.code, document["result"], document["stopped_evaluations"]) == (
        0,
        "rotated",
        None,
    )
    assert len(lines_with("evaluations could not be read: ", result)) == 1


@pytest.mark.parametrize("status", [401, 403, 500])
def test_j01_rerun_that_cannot_read_evaluations_is_done(
    run: Run, project: Sandbox, status: int
) -> None:
    assert run(*ROTATE).code == 0
    faults = f"GET evaluations: status {status} no"
    result = with_faults(run, faults, *ROTATE, "-o", "json", "--retries", "0")
    document = json.loads(result.out)
    assert (result.code, document["result"], document["stopped_evaluations"]) == (
        0,
        "already",
        None,
    )
    assert len(lines_with("evaluations could not be read: ", result)) == 1


def test_j07_rotate_without_the_right_to_read_the_active_key(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone")
    rotate = ["provider-keys", "rotate", ACTIVE, "--yes", "--api-key-env", "NEW"]
    result = with_faults(run, "GET evaluation_config: status 403 no", *rotate)
    assert result.code == 0
    assert "possibly the active key" in result.err
    assert f"uses it if it is the active key: evaluation {tone} (Tone, enabled)" in result.err


@pytest.mark.generation("v3")
def test_j01_rollback_names_what_uses_the_new_key(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **STOPPED, status_reason="provider_key_rate_limited")
    assert run(*ROTATE, "--keep-old").code == 0
    rollback = ["provider-keys", "rotate", ACTIVE, "--rollback"]
    shown = on_terminal(*rollback, columns=200, answers={"[y/N]": "y\r"})
    assert shown.code == 0
    assert uses(shown.text) == [
        f"pinned to it: evaluation {defaults.EVALUATION_ID} (Answer relevance, enabled)",
        f"uses it as the active key: evaluation {tone} (Tone, stopped: provider_key_rate_limited)",
    ]
    assert f"evaluation {tone} (Tone) stays stopped" in shown.text


@pytest.mark.generation("v3")
def test_j01_many_projects(run: Run, project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    tone = project.add("Tone", **STOPPED, status_reason="provider_key_invalid")
    with serving(paths.sandbox_database()) as origin:
        monkeypatch.setenv("PERSONAL", defaults.ALL_SCOPES_KEY)
        where = ["--host", origin, "--project", "1", "--api-key-env", "PERSONAL"]
        for name in ("one", "two"):
            assert run("profiles", "add", name, *where).code == 0
        result = run(*ROTATE, "--profiles", "one,two", "-o", "json")
    assert result.code == 0, result.err
    assert [row["stopped_evaluations"] for row in json.loads(result.out)] == [[tone], [tone]]
    for name in ("one", "two"):
        assert (
            f"{name}: evaluation {tone} (Tone) stays stopped (provider_key_invalid)" in result.err
        )
