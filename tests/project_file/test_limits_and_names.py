"""The limit of jobs, default jobs, renames, and names that occur twice."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from llmctl.errors import LlmctlError, UnfinishedError, UsageError
from llmctl.sandbox.generation import Generation
from tests.project_file import server as api
from tests.project_file.harness import applied, described, planned, wanted_file
from tests.project_file.links import Dead, Link, Lost, Request
from tests.project_file.server import Object, Server
from tests.project_file.test_fault_at_each_apply_request import add_judge, add_key, change


@pytest.fixture
def server(generation: Generation) -> Server:
    """A project with the default jobs, and as many others as there can be."""
    server = Server(generation)
    for level in ("trace", "generation", "evaluation"):
        server.post(api.JOBS, {"name": f"Default - {level}s", "analysis_level": level})
    for number in range(server.max_jobs - 3):
        server.post(api.JOBS, {"name": f"Job {number}", "analysis_level": "trace"})
    return server


def jobs(server: Server) -> dict[str, bool]:
    return {job["name"]: job["enabled"] for job in server.jobs.values()}


NEW_JOB = '[[clustering_jobs]]\nname = "New"\nanalysis_level = "generation"\n'


def test_a_delete_frees_the_slot_of_a_create(server: Server) -> None:
    names = [name for name in jobs(server) if name != "Job 0"]
    kept = "".join(
        f'[[clustering_jobs]]\nname = "{job["name"]}"\nanalysis_level = "{job["analysis_level"]}"\n'
        for job in server.jobs.values()
        if job["name"] in names
    )
    link = Link(server)
    applied(link, kept + NEW_JOB, prune=True)
    assert [line.split()[0] for line in link.writes] == ["DELETE", "POST"]
    assert {*jobs(server)} == {*names, "New"}


def test_the_limit_is_the_servers_and_is_told(server: Server) -> None:
    text = NEW_JOB + '\n[clustering_config]\nevent_filters = [{key = "a"}]\n'
    before = server.facts()
    with pytest.raises(LlmctlError, match=f"Maximum of {server.max_jobs} clustering jobs") as error:
        applied(Link(server), text)
    assert not isinstance(error.value, UnfinishedError)  # nothing was written
    assert server.facts() == before


def test_a_default_job_stays_as_the_file_has_it(server: Server) -> None:
    server.jobs.popitem()
    text = NEW_JOB + (
        '[[clustering_jobs]]\nname = "Default - generations"\n'
        'analysis_level = "generation"\nenabled = true\n'
    )
    assert jobs(server)["Default - generations"]
    applied(Link(server), text)
    assert jobs(server)["Default - generations"]
    assert described(planned(server, text)) == []


def test_a_default_job_that_the_file_does_not_mention_is_noted(server: Server) -> None:
    server.jobs.popitem()
    plan = applied(Link(server), NEW_JOB)
    assert not jobs(server)["Default - generations"]
    assert any("Default - generations" in note for note in plan.notes)


def test_an_id_renames(server: Server) -> None:
    job = next(iter(server.jobs.values()))
    text = f'[[clustering_jobs]]\nid = "{job["id"]}"\nname = "É 🙂"\nanalysis_level = "trace"\n'
    applied(Link(server), text)
    assert server.jobs[job["id"]]["name"] == "É 🙂"
    assert described(planned(server, text)) == []


def renamed(server: Server, names: dict[str, str]) -> str:
    """Return a file that renames jobs by their IDs."""
    return "".join(
        f'[[clustering_jobs]]\nid = "{job["id"]}"\nname = "{names[job["name"]]}"\n'
        f'analysis_level = "{job["analysis_level"]}"\n'
        for job in server.jobs.values()
        if job["name"] in names
    )


RENAMES = {
    "swap": {"Job 0": "Job 1", "Job 1": "Job 0"},
    "circle": {"Job 1": "Job 0", "Default - traces": "Job 1", "Job 0": "Default - traces"},
    "chain": {"Job 0": "Job 1", "Job 1": "Other"},
    "chain, last first": {"Job 1": "Job 0", "Job 0": "Other"},
    "case": {"Job 0": "JOB 0"},
}


@pytest.mark.parametrize("case", RENAMES)
@pytest.mark.parametrize("fault", [Lost(applied=False), Dead(), Dead(applied=True)], ids=repr)
def test_renames_that_take_each_others_names(server: Server, case: str, fault: Any) -> None:
    names = RENAMES[case]
    text = renamed(server, names)
    wanted = {found: names.get(job["name"], job["name"]) for found, job in server.jobs.items()}
    undisturbed = Link(server.copy())
    applied(undisturbed, text)
    for number in range(1, len(undisturbed.requests) + 1):
        project = server.copy()

        def before(request: Request, number: int = number) -> None:
            if request.number == number:
                raise fault

        with contextlib.suppress(LlmctlError, Dead):
            applied(Link(project, before), text)
        applied(Link(project), text)
        assert {found: job["name"] for found, job in project.jobs.items()} == wanted
        again = Link(project)
        applied(again, text)
        assert again.writes == []


def test_a_new_job_takes_the_name_of_a_renamed_one(server: Server) -> None:
    text = renamed(server, {"Job 0": "Other", "Default - traces": "Job 1"}) + "".join(
        f'[[clustering_jobs]]\nname = "{name}"\nanalysis_level = "trace"\nenabled = true\n'
        for name in ("Job 0", "Default - traces")
    )
    applied(Link(server), text, prune=True)
    names = ("Other", "Job 0", "Default - traces")
    assert jobs(server) == {**dict.fromkeys(names, True), "Job 1": False}
    assert described(planned(server, text, prune=True)) == []


def test_names_that_occur_twice(generation: Generation) -> None:
    server = Server(generation)
    keys = [add_key(server, "Key", "openai") for _ in range(2)]
    server.post(api.ACTIVE, {"key_id": keys[1]})
    evaluations = [add_judge(server, "Twice", "openai", key) for key in keys]
    if generation is Generation.V1:
        for each in evaluations:
            server.post(api.REPORTS, {"evaluation": each, "trigger_threshold": 100})
    wanted = server.copy()
    change(wanted, api.EVALUATIONS, evaluations[1], description="The second one")
    wanted.post(api.ACTIVE, {"key_id": keys[0]})
    report = [*wanted.reports.values()][1]
    change(wanted, api.REPORTS, report["id"], max_sample_size=7)
    link = Link(server)
    applied(link, wanted_file(wanted))
    assert server.facts() == wanted.facts()
    assert server.active == keys[0]
    assert server.evaluations[evaluations[1]]["description"] == "The second one"
    assert server.reports[report["id"]]["max_sample_size"] == 7
    assert len(link.writes) == 3

    again = Link(server)
    without_id = '[[evaluations]]\nname = "Twice"\ndescription = "Which one?"\n'
    required = 'evaluation_type = "llm_judge"\noutput_type = "boolean"\n'
    with pytest.raises(UsageError) as error:
        applied(again, without_id + required)
    assert all(each in str(error.value) for each in evaluations)
    assert again.writes == []


def test_a_new_target_takes_its_configuration_along(generation: Generation) -> None:
    server = Server(generation)
    window = {"strategy": "inactivity", "quiet_period_seconds": 60, "max_age_seconds": 600}
    body: Object = {"name": "A", "evaluation_type": "hog", "output_type": "boolean"}
    body |= {"evaluation_config": {"source": "return true"}}
    server.post(api.EVALUATIONS, {**body, "target": "trace", "target_config": window})
    wanted = server.copy()
    for found in wanted.evaluations.values():
        found["target"] = "session" if wanted.is_v3 else "generation"
        found["target_config"] = window if wanted.is_v3 else {}
    text = wanted_file(wanted)
    applied(Link(server), text)
    assert described(planned(server, text)) == []
