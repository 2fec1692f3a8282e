"""evaluations recover: it starts exactly what a key stopped and what has a working key now."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.commands.sandbox_project import Sandbox
from tests.commands.stopped_project import (
    ANTHROPIC,
    DENIED,
    KEY_STOPPED,
    PAUSED,
    REFUSED,
    StoppedProject,
    id_of,
    stopped_by,
)
from tests.conftest import Run
from tests.support import RecordingServer, call
from tests.terminal import drawn

RECOVER = ("evaluations", "recover")


@pytest.fixture
def project(server: RecordingServer) -> StoppedProject:
    found = StoppedProject()
    server.reply(found.answer)
    return found


def results(text: str) -> dict[str, Any]:
    """Return the result of each evaluation, by name."""
    return {each["name"]: each["result"] for each in json.loads(text)}


def test_it_starts_what_a_key_stopped_and_what_works_now(run: Run, project: StoppedProject) -> None:
    project.add("Running")
    project.add("Tone", **KEY_STOPPED)
    project.add("Unpinned", None, **stopped_by("provider_key_quota_exceeded"))
    project.add("Paused", **PAUSED)
    result = run(*RECOVER, "--yes", "-o", "json")
    assert result.code == 0, result.err
    assert results(result.out) == {"Tone": "started", "Unpinned": "started"}
    assert json.loads(result.out)[0] == {
        "id": id_of("e", 2),
        "name": "Tone",
        "status_reason": "provider_key_invalid",
        "key": {
            "id": project.keys[0]["id"],
            "name": "Main openai",
            "provider": "openai",
            "state": "ok",
            "api_key_masked": "sk-x...1234",
        },
        "resolves": True,
        "result": "started",
        "message": None,
    }
    assert project.running() == ["Running", "Tone", "Unpinned"]
    assert result.err.startswith(f"still disabled: evaluation report {id_of('f', 2)} of 'Tone', ")
    again = run(*RECOVER, "--yes", "-o", "json")
    assert (again.code, again.out) == (0, "[]\n")
    assert again.err == "nothing to do: no evaluation is stopped because of a key\n"


@pytest.mark.parametrize(
    ("changed", "reason", "hint"),
    [
        (
            {"key_id": ANTHROPIC, "provider": "anthropic"},
            "key Main anthropic (ID) does not work: its state is invalid: Invalid API key",
            "give it a new secret and start what it stopped again: llmctl provider-keys rotate "
            f"{ANTHROPIC} --recover",
        ),
        (
            {"key_id": None, "provider": "anthropic"},
            "it is not pinned to a key, and the active key Main openai is for openai, not",
            "create a key: llmctl provider-keys create --provider anthropic",
        ),
        (
            {"key_id": id_of("a", 9)},
            "it is pinned to key ID, which does not exist",
            "pin key Main openai: llmctl evaluations update",
        ),
    ],
    ids=["key-does-not-work", "active-key-of-another-provider", "key-is-gone"],
)
def test_errors_name_those_that_cannot_be_started(
    run: Run, project: StoppedProject, changed: dict[str, Any], reason: str, hint: str
) -> None:
    project.add("Dead", **changed, **KEY_STOPPED)
    project.add("Tone", **KEY_STOPPED)
    result = run(*RECOVER, "--yes", "-o", "json")
    assert (result.code, results(result.out)) == (6, {"Dead": "not started", "Tone": "started"})
    error = json.loads(result.err.splitlines()[0])["error"]
    before, _, after = reason.partition("ID")
    assert error["message"].startswith(f"evaluation 'Dead' ({id_of('e', 1)}) is not started: ")
    assert before in error["message"]
    assert after in error["message"]
    assert hint in error["hint"]
    assert project.running() == ["Tone"]


def test_one_error_for_all_that_a_dead_key_stopped(run: Run, project: StoppedProject) -> None:
    for name in ("Tone", "Bias"):
        project.add(name, ANTHROPIC, "anthropic", **KEY_STOPPED)
    result = run(*RECOVER, "--yes")
    assert result.code == 6
    assert result.err.splitlines() == [
        f"error: evaluations Tone, Bias are not started: key Main anthropic ({ANTHROPIC}) does not "
        "work: its state is invalid: Invalid API key",
        "hint: give it a new secret and start what it stopped again: llmctl provider-keys rotate "
        f"{ANTHROPIC} --recover",
    ]
    assert result.out.count("does not work") == 2  # for each one in the table's data


def test_reports_that_an_earlier_run_left_disabled_are_named(
    run: Run, project: StoppedProject
) -> None:
    project.add("Tone", **KEY_STOPPED)
    project.add("Paused", **PAUSED)
    assert run(*RECOVER, "--yes").code == 0
    again = run(*RECOVER, "--reports", "--yes")
    assert again.code == 0
    assert again.err.splitlines() == [
        "nothing to do: no evaluation is stopped because of a key",
        f"still disabled: evaluation report {id_of('f', 1)} of 'Tone'; to enable: llmctl "
        f"evaluation-reports update {id_of('f', 1)} --enabled",
    ]
    assert project.reporting() == []  # a user may have disabled it


def test_no_active_key(run: Run, project: StoppedProject) -> None:
    project.active = None
    project.add("Tone", None, **stopped_by("provider_key_required"))
    result = run(*RECOVER, "--yes")
    assert (result.code, "and there is no active key" in result.err) == (6, True)


@pytest.mark.parametrize("reason", ["model_not_found", "hog_error", "no_default_model"])
def test_stopped_for_another_reason(run: Run, project: StoppedProject, reason: str) -> None:
    tone = project.add("Tone", **stopped_by(reason))
    result = run(*RECOVER, "--yes", "-o", "json")
    assert (result.code, results(result.out)) == (0, {"Tone": "not started"})
    assert f"not stopped by a key ({reason}); to see why: llmctl evaluations get" in result.err
    assert result.err.splitlines()[-1].startswith("nothing to do: ")
    assert run(*RECOVER, tone, "--yes").code == 6  # it was asked for
    assert project.running() == []


def test_named_ones_only(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **KEY_STOPPED)
    project.add("Bias", **KEY_STOPPED)
    project.add("Paused", **PAUSED)
    project.add("Running")
    result = run(*RECOVER, "Tone", "Running", "--yes", "-o", "json")
    assert result.code == 0
    assert results(result.out) == {"Tone": "started", "Running": "running"}
    again = run(*RECOVER, "Tone", "Running", "--yes", "-o", "json")
    assert (again.code, set(results(again.out).values())) == (0, {"running"})
    paused = run(*RECOVER, "Paused", "--yes")
    assert (paused.code, "it was not stopped by a key" in paused.err) == (6, True)
    assert "llmctl evaluations enable" in paused.err
    missing = run(*RECOVER, id_of("e", 9), id_of("e", 2), "--yes")
    assert missing.code == 5
    assert f"there is no evaluation {id_of('e', 9)}" in missing.err
    assert project.running() == ["Tone", "Bias", "Running"]
    nothing = run(*RECOVER, "-", "--yes", "-o", "json", stdin="\n")
    assert (nothing.code, nothing.out) == (0, "[]\n")
    assert nothing.err == "standard input names no objects\n"


def test_a_server_without_reasons(run: Run, project: StoppedProject) -> None:
    project.is_older = True
    tone = project.add("Tone", **PAUSED)
    project.add("Of a dead key", ANTHROPIC, "anthropic", **PAUSED)
    project.add("Hog", None, **PAUSED, evaluation_type="hog", model_configuration=None)
    result = run(*RECOVER, "--yes", "-o", "json")
    assert (result.code, project.running()) == (0, [])
    found = {each["name"]: (each["resolves"], each["result"]) for each in json.loads(result.out)}
    assert found == {"Tone": (True, "not started"), "Of a dead key": (False, "not started")}
    lines = result.err.splitlines()
    assert lines[0].startswith("paused or stopped (this server does not say which): ")
    assert lines[-1] == "to start one of these, name it; llmctl evaluations recover EVALUATION"
    named = run(*RECOVER, tone, "Of a dead key", "--yes")
    assert (named.code, project.running()) == (6, ["Tone"])
    assert "key Main anthropic" in named.err


def test_one_failure_does_not_stop_the_others(run: Run, project: StoppedProject) -> None:
    for name in ("Tone", "Bias", "Facts"):
        project.add(name, **KEY_STOPPED)
    project.replies |= {"PATCH Tone": REFUSED, "PATCH Bias": DENIED}
    result = run(*RECOVER, "--reports", "--yes", "-o", "json")
    assert result.code == 6
    found = {each["name"]: (each["result"], each["message"]) for each in json.loads(result.out)}
    assert found["Tone"][0] == "not started"
    assert "Add a provider API key" in found["Tone"][1]
    assert found["Facts"] == ("started", None)
    assert project.running() == project.reporting() == ["Facts"]


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox", "generation")
@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("drop-before", 8, "'Tone': the PATCH may or may not have happened"),
        ("kill-before INT", 130, "interrupted after the PATCH was sent"),
    ],
)
def test_an_unknown_outcome(
    run: Run, monkeypatch: pytest.MonkeyPatch, fault: str, code: int, said: str
) -> None:
    sandbox = Sandbox(Generation.V3)
    for name in ("Tone", "Bias"):
        sandbox.add(name, **KEY_STOPPED)
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", f"PATCH evaluations/ #2: {fault}")
    result = run(*RECOVER, "--yes", "-o", "json", "-p", "sandbox")
    assert result.code == code
    assert sorted(results(result.out).values()) == ["started", "unknown"]
    assert said in result.err


def test_reports(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **KEY_STOPPED)
    project.add("Paused", **PAUSED)
    result = run(*RECOVER, "--reports", "--yes")
    assert result.code == 0
    assert result.err == f"enabled evaluation report {id_of('f', 1)} of 'Tone'\n"
    assert project.reporting() == ["Tone"]


def test_dry_run(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **KEY_STOPPED)
    project.add("Paused", **PAUSED)
    result = run(*RECOVER, "--dry-run", "--reports", "-o", "json")
    assert (result.code, result.out.count('{"enabled": true}'), result.err) == (0, 2, "")
    assert f"evaluations/{id_of('e', 1)}/" in result.out
    assert f"evaluation_reports/{id_of('f', 1)}/" in result.out
    assert project.running() == []


def test_without_a_terminal_it_needs_yes(run: Run, project: StoppedProject) -> None:
    assert (run(*RECOVER).code, project.log) == (2, [])


def test_nothing_but_the_list_is_read_if_nothing_is_stopped(
    run: Run, project: StoppedProject
) -> None:
    project.add("Tone")
    assert run(*RECOVER, "--yes").code == 0
    assert project.log == ["GET evaluations"]


def test_without_the_right_to_read_keys(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **KEY_STOPPED)
    project.add("Unpinned", None, **KEY_STOPPED)
    project.replies["GET evaluation_config"] = DENIED
    result = run(*RECOVER, "--yes", "-o", "json")
    assert (result.code, results(result.out)) == (6, {"Tone": "started", "Unpinned": "not started"})
    assert "the active key cannot be read: " in result.err
    project.replies["GET provider_keys"] = DENIED
    assert (run(*RECOVER, "--yes").code, project.running()) == (4, ["Tone"])


def test_the_question(server: RecordingServer, project: StoppedProject) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    project.add("Bias", **KEY_STOPPED)
    code, out, err = call([*RECOVER, "--reports"], is_terminal=True, typed="n\n")
    shown = " ".join(err.split())
    assert (code, out, project.running()) == (2, "", [])
    assert shown.startswith(
        f"project 42 at {server.origin} evaluation 'Tone' ({tone}), stopped by "
        "provider_key_invalid, now with key Main openai (sk-x...1234)"
    )
    assert "Start these 2 evaluations? They will score new events, which can cost money;" in shown
    code, out, _ = call([*RECOVER, tone], is_terminal=True, typed="y\n")
    assert (code, project.running()) == (0, ["Tone"])


@pytest.mark.parametrize("columns", [80, 120])
def test_table(project: StoppedProject, columns: int) -> None:
    project.add("Answer relevance of long conversations", **KEY_STOPPED)
    project.add("Dead", ANTHROPIC, "anthropic", **stopped_by("provider_key_permission_denied"))
    lines = drawn(*RECOVER, "--yes", "-o", "table", columns=columns).text.splitlines()
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]
    first, second = [line for line in plain if line.endswith((id_of("e", 1), id_of("e", 2)))]
    assert max(len(first), len(second)) <= columns
    assert ("key invalid" in first, " started" in first) == (True, True)
    assert ("not started" in second, second.startswith("Dead")) == (True, True)


@pytest.mark.generation("v3", complete="v1")
def test_in_the_sandbox(run: Run, sandbox: None, generation: Generation) -> None:
    project = Sandbox(generation)
    project.add("Tone", defaults.ACTIVE_KEY_ID, **KEY_STOPPED)
    project.add("Claude's", defaults.INVALID_KEY_ID, "anthropic", **KEY_STOPPED)
    project.add("Paused", **PAUSED)
    names = [] if generation is Generation.V3 else ["Tone", "Claude's"]
    words = (*RECOVER, *names, "--yes", "-p", "sandbox", "-o", "json")
    result = run(*words)
    assert result.code == 6
    assert results(result.out) == {"Tone": "started", "Claude's": "not started"}
    result = run(*RECOVER, "Tone", "--yes", "-p", "sandbox", "-o", "json")
    assert (result.code, results(result.out)) == (0, {"Tone": "running"})
