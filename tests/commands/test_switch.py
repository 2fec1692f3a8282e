"""evaluations enable, disable: those that are changed, what the server changes, the question."""

from __future__ import annotations

import json

import pytest

from tests.commands.stopped_project import (
    DENIED,
    PAUSED,
    REFUSED,
    StoppedProject,
    id_of,
    stopped_by,
)
from tests.conftest import Run
from tests.support import RecordingServer, call

ENABLE = ("evaluations", "enable")
DISABLE = ("evaluations", "disable")
BOTH = pytest.mark.parametrize("words", [ENABLE, DISABLE], ids=lambda words: words[1])


@pytest.fixture
def project(server: RecordingServer) -> StoppedProject:
    found = StoppedProject()
    server.reply(found.answer)
    return found


def test_disable_names_the_reports_that_the_server_disables_with_it(
    run: Run, project: StoppedProject
) -> None:
    project.add("Tone")
    project.add("Bias")
    result = run(*DISABLE, "Tone", "--yes", "-o", "json")
    assert (result.code, json.loads(result.out)["name"]) == (0, "Tone")
    assert result.err == (
        f"the server also disabled evaluation report {id_of('f', 1)} of 'Tone'; to start again "
        f"with reports: llmctl evaluations enable {id_of('e', 1)} --reports\n"
    )
    assert (project.running(), project.reporting()) == (["Bias"], ["Bias"])
    assert project.log == [
        "GET evaluations",  # the name
        "GET evaluation_reports",
        "PATCH Tone",
        "GET evaluation_reports",
    ]


def test_reports_have_the_names_of_evaluations_that_are_given_by_id(
    run: Run, project: StoppedProject
) -> None:
    ids = [project.add("Tone"), project.add("Bias")]
    disabled = run(*DISABLE, *ids, "--yes")
    assert disabled.err == (
        f"the server also disabled evaluation report {id_of('f', 2)} of 'Bias', evaluation report "
        f"{id_of('f', 1)} of 'Tone'; to start again with reports: llmctl evaluations enable "
        f"{id_of('e', 2)} {id_of('e', 1)} --reports\n"
    )
    enabled = run(*ENABLE, *ids, "--reports", "--yes")
    assert enabled.err == (
        f"enabled evaluation report {id_of('f', 1)} of 'Tone'\n"
        f"enabled evaluation report {id_of('f', 2)} of 'Bias'\n"
    )


def test_an_id_is_not_looked_up(run: Run, project: StoppedProject) -> None:
    tone = project.add("Tone")
    project.reports.clear()
    assert run(*DISABLE, tone, "--yes").code == 0
    assert project.log == ["GET evaluation_reports", "PATCH Tone"]


def test_enable_names_the_reports_that_are_still_disabled(
    run: Run, project: StoppedProject
) -> None:
    project.add("Tone", **PAUSED)
    result = run(*ENABLE, "Tone", "--yes")
    report = id_of("f", 1)
    assert result.code == 0
    assert result.err == (
        f"still disabled: evaluation report {report} of 'Tone'; to enable: llmctl "
        f"evaluation-reports update {report} --enabled\n"
    )
    assert (project.running(), project.reporting()) == (["Tone"], [])


def test_enable_with_reports(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **PAUSED)
    project.add("Bias", **PAUSED)
    project.add("Of nobody", **PAUSED)
    result = run(*ENABLE, "Tone", "Bias", "--reports", "--yes", "-o", "json")
    assert (result.code, len(json.loads(result.out))) == (0, 2)
    assert result.err.splitlines() == [
        f"enabled evaluation report {id_of('f', 2)} of 'Bias'",
        f"enabled evaluation report {id_of('f', 1)} of 'Tone'",
    ]
    assert project.running() == project.reporting() == ["Tone", "Bias"]


def test_reports_of_an_evaluation_that_is_not_enabled_stay_disabled(
    run: Run, project: StoppedProject
) -> None:
    project.add("Tone", **PAUSED)
    project.add("Bias", **PAUSED)
    project.replies["PATCH Tone"] = REFUSED
    result = run(*ENABLE, "Tone", "Bias", "--reports", "--yes")
    assert result.code == 6
    assert "'Tone': enabled: Add a provider API key to enable this evaluation" in result.err
    assert "hint: find the key and what to do: llmctl provider-keys audit, or" in result.err
    assert project.running() == project.reporting() == ["Bias"]


def test_reports_are_enabled_by_a_second_run_as_well(
    server: RecordingServer, run: Run, project: StoppedProject
) -> None:
    """The first was interrupted after it had enabled the evaluations."""
    project.add("Tone")
    project.add("Bias")
    for report in project.reports:
        report["enabled"] = False
    assert "still disabled: evaluation report" in run(*ENABLE, "--all", "--yes").err
    code, _, err = call([*ENABLE, "--all", "--reports"], is_terminal=True, typed="n\n")
    shown = " ".join(err.split())
    assert (code, project.reporting()) == (2, [])
    assert "Enable these 2 evaluation reports? They will be delivered. [y/N]" in shown
    result = run(*ENABLE, "--all", "--search", "Tone", "--reports", "--yes")
    assert (result.code, project.reporting()) == (0, ["Tone"])
    assert result.err == (
        f"1 of 1 evaluations already enabled\nenabled evaluation report {id_of('f', 1)} of 'Tone'\n"
    )


def test_a_deleted_evaluation_does_not_score(run: Run, project: StoppedProject) -> None:
    """Servers accept it: a deleted evaluation can still be changed."""
    tone = project.add("Tone", **PAUSED, deleted=True)
    result = run(*ENABLE, tone, "--yes")
    assert result.code == 0
    assert result.err == (
        f"evaluation 'Tone' ({tone}) is deleted and does not score; restore it: "
        f"llmctl evaluations update {tone} --not-deleted\n"
    )


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox", "generation")
def test_a_signal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports that may have changed are named, although nothing is sent any more."""
    name = "Answer relevance"
    create = ["--name", "Second", "--output-type", "boolean", "--source", "return true"]
    assert run("evaluations", "create", *create, "--enabled", "--yes", "-p", "sandbox").code == 0
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", "PATCH evaluations/ #2: kill-before INT")
    for words, said in (
        (DISABLE, "the server may also have disabled evaluation report "),
        ((*ENABLE, "--reports"), "still disabled: evaluation report "),
    ):
        result = run(*words, name, "Second", "--yes", "-p", "sandbox")
        assert result.code == 130
        assert any(line.startswith(said) for line in result.err.splitlines())
        assert "error: 'Second': interrupted after the PATCH was sent" in result.err


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ((), ["Tone", "Bias"]),
        (("--search", "on"), ["Tone"]),
        (("--filter", "name=B*"), ["Bias"]),
        (("--filter", "name=*i*", "--filter", "name!=*y", "--search", "Bias"), ["Bias"]),
        (("--filter", "name=Nothing"), []),
    ],
)
def test_all_changes_only_those_that_differ(
    run: Run, project: StoppedProject, options: tuple[str, ...], changed: list[str]
) -> None:
    project.add("Tone", **PAUSED)
    project.add("Bias", **stopped_by("model_not_found"))
    project.add("Already")
    result = run(*ENABLE, "--all", *options, "--yes", "-o", "json")
    assert result.code == 0, result.err
    assert [each["name"] for each in json.loads(result.out)] == changed
    assert [line for line in project.log if "PATCH" in line] == [f"PATCH {n}" for n in changed]


def test_all_counts_those_that_stay_as_they_are(run: Run, project: StoppedProject) -> None:
    project.add("Tone")
    project.add("Bias", **PAUSED)
    assert "1 of 2 evaluations already disabled\n" in run(*DISABLE, "--all", "--yes").err
    again = run(*DISABLE, "--all", "--yes", "-o", "json")
    assert (again.code, again.out) == (0, "[]\n")
    assert again.err == "2 of 2 evaluations already disabled\n"
    nothing = run(*DISABLE, "--all", "--search", "x", "--yes")
    assert (nothing.code, nothing.err) == (0, "nothing to do: no evaluations found\n")


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give names or IDs, or --all"),
        (("Tone", "--all"), "--all cannot be combined with names or IDs"),
        (("-", "--search", "x"), "--search cannot be combined with names or IDs"),
        (("Tone", "--filter", "name=x"), "--filter cannot be combined with names or IDs"),
        (("--all", "--search", " "), "--search is empty: it would select all evaluations"),
        (("--search", "x"), "--search needs --all"),
        (("--filter", "name=x"), "--filter needs --all"),
        (("--all", "--filter", "nothing=x"), "--filter: unknown column 'nothing'"),
    ],
)
def test_refused(
    run: Run,
    project: StoppedProject,
    words: tuple[str, ...],
    options: tuple[str, ...],
    message: str,
) -> None:
    result = run(*words, *options, "--yes")
    assert (result.code, project.log) == (2, [])
    assert message in result.err


@BOTH
def test_without_a_terminal_it_needs_yes(
    run: Run, project: StoppedProject, words: tuple[str, ...]
) -> None:
    result = run(*words, "--all")
    assert (result.code, project.log) == (2, [])
    assert "add --yes" in result.err


def test_nothing_on_standard_input(run: Run, project: StoppedProject) -> None:
    result = run(*ENABLE, "-", "--yes", "-o", "json", stdin="\r\n")
    assert (result.code, result.out, project.log) == (0, "[]\n", [])
    assert result.err == "standard input names no objects\n"


def test_names_on_standard_input(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **PAUSED)
    project.add("Bias", **PAUSED)
    result = run(*ENABLE, "-", "--yes", "-o", "ids", stdin="Tone\r\n\n" + id_of("e", 2))
    assert (result.code, result.out.split()) == (0, [id_of("e", 1), id_of("e", 2)])


def test_a_name_that_is_not_there_changes_nothing(run: Run, project: StoppedProject) -> None:
    project.add("Tone")
    result = run(*DISABLE, "Tone", "Ton", "--yes")
    assert (result.code, project.log) == (5, ["GET evaluations"])
    assert "did you mean 'Tone'" in result.err


def test_dry_run_reads_only_what_it_has_to_find(run: Run, project: StoppedProject) -> None:
    project.add("Tone", **PAUSED)
    project.add("Bias", **PAUSED)
    result = run(*ENABLE, "--all", "--dry-run")
    assert (result.code, project.log) == (0, ["GET evaluations"])
    assert result.out.count("curl -X PATCH") == result.out.count('{"enabled": true}') == 2
    with_reports = run(*ENABLE, "Tone", "--reports", "--dry-run")
    assert with_reports.out.count("curl -X PATCH") == 2
    assert f"evaluation_reports/{id_of('f', 1)}/" in with_reports.out
    assert project.running() == []


@pytest.mark.parametrize("words", [(*DISABLE, "Tone"), (*ENABLE, "Bias")])
def test_without_the_right_to_read_reports(
    run: Run, project: StoppedProject, words: tuple[str, ...]
) -> None:
    project.add("Tone")
    project.add("Bias", **PAUSED)
    project.replies["GET evaluation_reports"] = DENIED
    result = run(*words, "--yes")
    assert result.code == 0
    assert result.err.startswith("cannot read the evaluation reports: ")
    refused = run(*ENABLE, "Bias", "--reports", "--yes")
    assert refused.code == 4  # nothing else was done


def test_the_question_names_the_project_and_each_evaluation(
    server: RecordingServer, project: StoppedProject
) -> None:
    tone = project.add("Tone", **PAUSED)
    bias = project.add("Bias", **PAUSED)
    code, _, err = call([*ENABLE, "--all", "--reports"], is_terminal=True, typed="n\n")
    assert code == 2
    shown = " ".join(err.split())
    assert shown.startswith(f"project 42 at {server.origin} evaluation 'Tone' ({tone})")
    assert f"evaluation 'Bias' ({bias}) Enable these 2 evaluations? They will score" in shown
    assert "can cost money; 2 disabled reports will be enabled, too. [y/N]" in shown
    code, _, err = call([*DISABLE, tone], is_terminal=True, typed="y\n")
    shown = " ".join(err.split())
    assert (code, f"Disable evaluation 'Tone' ({tone})? It will stop scoring" in shown) == (0, True)


@pytest.mark.generation("v3", complete="v1")
@pytest.mark.usefixtures("sandbox", "generation")
def test_in_the_sandbox(run: Run) -> None:
    name = "Answer relevance"
    for words in ([*DISABLE, name], [*DISABLE, "--all"], [*ENABLE, name, "--reports"]):
        result = run(*words, "--yes", "-p", "sandbox", "-o", "json")
        assert result.code == 0, result.err
    assert json.loads(result.out)["status"] == "active"
    found = run("evaluation-reports", "list", "--filter", "enabled=false", "-p", "sandbox")
    assert "nothing" not in found.out
    assert len(found.out.splitlines()) == 1  # the heading
