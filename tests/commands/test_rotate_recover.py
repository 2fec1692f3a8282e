"""rotate --recover: after a rotation, start what its key stopped, and nothing else."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from llmctl import paths
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.commands.sandbox_project import OTHER, Sandbox
from tests.commands.stopped_project import KEY_STOPPED, PAUSED, stopped_by
from tests.conftest import Result, Run, complete
from tests.support import PROVIDER_KEY, call, serving

ACTIVE = defaults.ACTIVE_KEY_ID
BARE = ("provider-keys", "rotate", "--active")
ROTATE = (*BARE, "--api-key-env", "NEW", "--yes")
RECOVER = (*ROTATE, "--recover", "-o", "json")
REPLACE = ("--strategy", "replace")
STRATEGIES = pytest.mark.parametrize("strategy", [(), REPLACE], ids=["in-place", "replace"])


@pytest.fixture
def project(sandbox: None, generation: Generation, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    found = Sandbox(generation)
    found.add_key()
    return found


def running(project: Sandbox) -> set[str]:
    from llmctl.sandbox.models import Evaluation

    project.use()
    return {each.name for each in Evaluation.objects.filter(enabled=True)} - {"Answer relevance"}


def with_faults(run: Run, faults: str, *words: str) -> Result:
    os.environ["LLMCTL_SANDBOX_FAULTS"] = faults
    try:
        return run(*words)
    finally:
        del os.environ["LLMCTL_SANDBOX_FAULTS"]


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)
    return found


@pytest.mark.generation("v3")
@STRATEGIES
def test_it_starts_exactly_those_that_the_key_stopped(
    run: Run, project: Sandbox, strategy: tuple[str, ...]
) -> None:
    tone = project.add("Tone", ACTIVE, **KEY_STOPPED)
    bias = project.add("Bias", **stopped_by("provider_key_quota_exceeded"))
    project.add("Claude's", OTHER, "anthropic", **KEY_STOPPED)
    project.add("Unserved", None, "gemini", **stopped_by("provider_key_required"))
    project.add("No such model", ACTIVE, **stopped_by("model_not_found"))
    project.add("Paused", ACTIVE, **PAUSED)
    result = run(*RECOVER, *strategy)
    found = document(result)
    assert (result.code, found["result"], found["exit_code"]) == (0, "rotated", 0), result.err
    assert set(found["recovered"]) == {tone, bias}
    assert (found["stopped_evaluations"], found["left"]) == ([], [])
    assert found["done"][-2:] == [
        f"started evaluation {bias} (Bias)",
        f"started evaluation {tone} (Tone)",
    ]
    assert running(project) == {"Tone", "Bias"}
    again = run(*RECOVER, *strategy)
    assert (again.code, document(again)["recovered"]) == (0, [])
    assert running(project) == {"Tone", "Bias"}


@pytest.mark.generation("v3")
def test_without_the_option_nothing_is_started(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    found = document(run(*ROTATE, "-o", "json"))
    assert (found["recovered"], found["stopped_evaluations"]) == (None, [tone])
    assert running(project) == set()


@pytest.mark.generation("v3")
def test_a_run_that_was_interrupted_before_it_started_any(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    assert run(*ROTATE).code == 0
    planned = run(*RECOVER, "--dry-run")
    assert document(planned)["left"] == [f"start evaluation {tone} (Tone)"]
    result = run(*RECOVER)
    found = document(result)
    assert (result.code, found["result"], found["recovered"]) == (0, "already", [tone])
    assert running(project) == {"Tone"}


@pytest.mark.generation("v3")
def test_with_a_kept_key(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", ACTIVE, **KEY_STOPPED)
    kept = document(run(*RECOVER, "--keep-old"))
    assert kept["recovered"] == [tone]
    late = project.add("Late", kept["new_key"]["id"], **KEY_STOPPED)
    finished = run(*BARE, "--finish", "--recover", "--yes", "-o", "json")
    assert (finished.code, document(finished)["recovered"]) == (0, [late])
    assert running(project) == {"Tone", "Late"}


@pytest.mark.generation("v3")
def test_with_a_rollback(run: Run, project: Sandbox) -> None:
    new_id = document(run(*ROTATE, "--keep-old", "-o", "json"))["new_key"]["id"]
    tone = project.add("Tone", new_id, **KEY_STOPPED)
    result = run(*BARE, "--abort", "--recover", "--yes", "-o", "json")
    assert (result.code, document(result)["recovered"]) == (0, [tone])
    assert running(project) == {"Tone"}


@pytest.mark.generation("v1")
@STRATEGIES
def test_a_server_without_reasons(run: Run, project: Sandbox, strategy: tuple[str, ...]) -> None:
    project.add("Tone", **PAUSED)
    result = run(*RECOVER, *strategy)
    assert (result.code, document(result)["recovered"]) == (0, [])
    assert "to start one of these, name it: llmctl evaluations recover" in result.err
    assert running(project) == set()


@pytest.mark.generation("v3")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status 403 No editor access", 6),
        ("status 400 Cannot", 6),
        ("drop-before", 11),
        complete("status 503 Down", 11),
    ],
)
def test_one_that_cannot_be_started_does_not_stop_the_others(
    run: Run, project: Sandbox, fault: str, code: int
) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    bias = project.add("Bias", **KEY_STOPPED)
    result = with_faults(run, f"PATCH {bias}: {fault}", *RECOVER)
    found = document(result)
    assert (result.code, found["exit_code"], found["result"]) == (code, code, "not recovered")
    assert (found["recovered"], found["stopped_evaluations"]) == ([tone], [bias])
    assert found["left"] == [f"start evaluation {bias} (Bias)"]
    error = json.loads(result.err.splitlines()[-1])["error"]
    named = f"the rotation is done, but an evaluation could not be started: evaluation {bias} "
    assert error["message"].startswith(named)
    assert error["hint"].endswith("start it again: llmctl evaluations recover")
    assert run(*RECOVER).code == 0
    assert running(project) == {"Tone", "Bias"}


@pytest.mark.generation("v3")
def test_a_lost_response_is_looked_up(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    result = with_faults(run, f"PATCH {tone}: drop-after", *RECOVER)
    assert (result.code, document(result)["recovered"]) == (0, [tone])


@pytest.mark.generation("v3")
@STRATEGIES
@pytest.mark.parametrize("fault", ["GET evaluations: status 403 no", "PATCH 00000000: status 403"])
def test_missing_rights_are_found_before_anything_is_changed(
    run: Run, project: Sandbox, strategy: tuple[str, ...], fault: str
) -> None:
    project.add("Tone", **KEY_STOPPED)
    result = with_faults(run, fault, *RECOVER, *strategy)
    assert result.code == 4
    keys = json.loads(run("provider-keys", "list", "-o", "json").out)
    assert "sk-p...beef" in {key["api_key_masked"] for key in keys}
    assert len(keys) == 3


@pytest.mark.generation("v3")
def test_dry_run(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", ACTIVE, **KEY_STOPPED)
    shown = run(*ROTATE, "--recover", "--dry-run").out
    assert f"# 2. start evaluation {tone} (Tone)\ncurl -X PATCH" in shown
    assert shown.count('{"enabled": true}') == 1
    left = document(run(*RECOVER, *REPLACE, "--dry-run", "--revoke-command", "true"))["left"]
    assert left[-2:] == [f"start evaluation {tone} (Tone)", "run the revoke command"]


@pytest.mark.generation("v3")
def test_the_question(run: Run, project: Sandbox) -> None:
    words = [word for word in ROTATE if word != "--yes"]
    fact = "then: no evaluation is started, because the key stopped none"
    code, _, err = call([*words, "--recover"], is_terminal=True, typed="n\n")
    assert (code, fact in err) == (2, True)
    project.add("Tone", **KEY_STOPPED)
    project.add("Bias", **KEY_STOPPED)
    _, _, err = call([*words, "--recover"], is_terminal=True, typed="n\n")
    assert "then: evaluations Bias, Tone will be started, which can cost money" in err
    assert run(*ROTATE).code == 0
    # The rotation is done: what is left to do is asked for.
    question = "Start evaluations Bias, Tone again? This can cost money. [y/N] "
    code, _, err = call([*words, "--recover"], is_terminal=True, typed="n\n")
    assert (code, question in err, running(project)) == (2, True, set())
    code, _, err = call([*words, "--recover"], is_terminal=True, typed="y\n")
    assert (code, question in err, running(project)) == (0, True, {"Tone", "Bias"})


@pytest.mark.generation("v3")
def test_a_revocation_that_fails_as_well(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    result = with_faults(
        run, f"PATCH {tone}: status 400 no", *RECOVER, "--revoke-command", "exit 1"
    )
    assert (result.code, document(result)["exit_code"]) == (11, 11)
    messages = [line for line in result.err.splitlines() if line.startswith('{"error"')]
    assert ["could not be started" in messages[0], "is not revoked yet" in messages[1]] == [
        True,
        True,
    ]


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("generation", "sandbox")
def test_recover_with_revoked(run: Run) -> None:
    result = run(*BARE, "--revoked", "--recover", "--yes", "-p", "sandbox")
    assert result.code == 2
    assert "--revoked cannot be combined with --recover" in result.err


@pytest.mark.generation("v3")
def test_many_projects(run: Run, project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    bias = project.add("Bias", **KEY_STOPPED)
    fault = f"PATCH {bias}: status 400 no"
    with serving(paths.sandbox_database(), fault) as origin:
        monkeypatch.setenv("PERSONAL", defaults.ALL_SCOPES_KEY)
        where = ["--host", origin, "--project", "1", "--api-key-env", "PERSONAL"]
        for name in ("one", "two"):
            assert run("profiles", "add", name, *where).code == 0
        result = run(*RECOVER, "--profiles", "one,two")
    assert result.code == 6
    one, two = json.loads(result.out)
    assert (one["recovered"], one["result"], one["exit_code"]) == ([tone], "not recovered", 6)
    assert (two["recovered"], two["stopped_evaluations"]) == ([], [bias])
    assert f"one: started evaluation {tone} (Tone)\n" in result.err
    assert "one: error: the rotation is done, but an evaluation could not be started" in result.err
    assert "one: hint: fix the cause, then start it again: llmctl evaluations recover -p one" in (
        result.err
    )


@pytest.mark.generation("v3")
def test_a_signal_while_evaluations_are_started(run: Run, project: Sandbox) -> None:
    tone = project.add("Tone", **KEY_STOPPED)
    bias = project.add("Bias", **KEY_STOPPED)  # the first one: the list is newest first
    result = with_faults(run, f"PATCH {tone}: kill-before INT", *RECOVER)
    found = document(result)
    assert (result.code, found["exit_code"], found["result"]) == (130, 130, "not recovered")
    assert (found["recovered"], found["left"]) == ([bias], [f"start evaluation {tone} (Tone)"])
    assert (run(*RECOVER).code, running(project)) == (0, {"Tone", "Bias"})
