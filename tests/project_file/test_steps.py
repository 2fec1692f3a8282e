"""The writes of a plan, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.project_file.model import Project
from llmctl.project_file.plan import make_plan
from llmctl.project_file.steps import Step, steps_of
from llmctl.sandbox.generation import Generation
from tests.project_file.plans import JOB, JUDGE, KEY, OTHER_KEY, REPORT, file, project

ACTIVE_OTHER = '[evaluation_config]\nactive_provider_key = "Other"\n'
JUDGE_TEXT = (
    '[[evaluations]]\nname = "Relevance"\nevaluation_type = "llm_judge"\noutput_type = "boolean"\n'
)
REPORT_TEXT = '[[evaluation_reports]]\nevaluation = "Relevance"\n'


def steps(text: str, of: Project, **options: Any) -> list[Step]:
    parsed = file(text)
    return steps_of(make_plan(parsed, of, **options), parsed, of)


def texts(text: str, of: Project, **options: Any) -> list[str]:
    return [each.text for each in steps(text, of, **options)]


def running(provider: str, key: str | None = None) -> Project:
    """A project in which an evaluation runs, with the key Main active."""
    pinned = {} if key is None else {"provider_key": key}
    model = {"provider": provider, "model": "old", **pinned}
    judge = JUDGE | {"model_configuration": model}
    return project(provider_keys=[KEY, OTHER_KEY], active="Main", evaluations=[judge])


ACTIVATE = "make provider key 'Other' the active key"
CHANGE = "change evaluation 'Relevance': model_configuration"


@pytest.mark.parametrize(
    ("old_provider", "old_key", "new_key", "expected"),
    [
        (
            "openai",
            None,
            None,
            [
                "pin evaluation 'Relevance' to provider key 'Other': model_configuration",
                ACTIVATE,
                "unpin evaluation 'Relevance', so that it uses the active key",
            ],
        ),
        ("openai", None, "Other", [CHANGE, ACTIVATE]),
        ("openai", "Main", None, [ACTIVATE, CHANGE]),  # its own key works until then
        ("anthropic", None, None, [ACTIVATE, CHANGE]),  # it has no key before
    ],
)
def test_a_running_evaluation_always_has_a_key(
    old_provider: str, old_key: str | None, new_key: str | None, expected: list[str]
) -> None:
    pinned = "" if new_key is None else f', provider_key = "{new_key}"'
    model = f'model_configuration = {{ provider = "anthropic", model = "new"{pinned} }}\n'
    of = running(old_provider, old_key)
    assert texts(ACTIVE_OTHER + JUDGE_TEXT + model, of) == expected


def test_evaluations_are_disabled_first_and_enabled_last() -> None:
    stored = [JUDGE, JUDGE | {"name": "Other", "enabled": False}]
    other = JUDGE_TEXT.replace("Relevance", "Other") + 'enabled = true\ndescription = "New"\n'
    model = 'model_configuration = { provider = "openai", model = "gpt-5-mini" }\n'
    new = f"{JUDGE_TEXT.replace('Relevance', 'New')}enabled = true\n{model}"
    job = '[[clustering_jobs]]\nname = "Traces"\nanalysis_level = "trace"\nenabled = false\n'
    of = project(evaluations=stored, clustering_jobs=[JOB])
    found = steps(f"{other}{new}{JUDGE_TEXT}enabled = false\n{job}", of)
    assert [each.text for each in found] == [
        "disable evaluation 'Relevance'",
        "create evaluation 'New'",
        "change evaluation 'Other': description",
        "change clustering job 'Traces': enabled",
        "enable evaluation 'Other'",
        "enable evaluation 'New'",
    ]
    assert found[1].body["enabled"] is False


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_report_that_the_server_disables_is_enabled_again(
    generation: Generation, is_stopped: bool
) -> None:
    line = "enabled = false\n" if is_stopped else 'description = "New"\n'
    of = project(
        generation.value, evaluations=[JUDGE | {"enabled": is_stopped}], evaluation_reports=[REPORT]
    )
    found = steps(f"{JUDGE_TEXT}{line}{REPORT_TEXT}enabled = true\n", of)
    again = ["re-enable evaluation report 'Relevance'"] * (generation is Generation.V3)
    assert [each.text for each in found[1:]] == again
    assert [each.undoes for each in found[1:]] == [{"enabled"} if is_stopped else set()] * len(
        again
    )
    more = steps(f"{JUDGE_TEXT}{line}{REPORT_TEXT}enabled = true\nmax_sample_size = 9\n", of)
    assert ("enabled" in more[1].undoes) == (generation is Generation.V3)


JOB_TEXT = '[[clustering_jobs]]\nname = "{}"\nanalysis_level = "trace"\n'


def test_a_job_is_deleted_before_the_create_that_needs_its_slot() -> None:
    old = [JOB | {"name": name} for name in ("Old 1", "Old 2", "Old 3")]
    text = JOB_TEXT.format("New 1") + JOB_TEXT.format("New 2")
    found = texts(text, project(clustering_jobs=old), prune=True)
    assert [each.partition(" (")[0] for each in found] == [
        "delete clustering job 'Old 1'",
        "create clustering job 'New 1'",
        "delete clustering job 'Old 2'",
        "create clustering job 'New 2'",
        "delete clustering job 'Old 3'",
    ]


@pytest.mark.parametrize("more", ["", "event_filters = [{ key = 'a' }]\n"])
def test_a_default_job_that_a_create_disables_is_enabled_again(more: str) -> None:
    default = JOB | {"name": "Default - traces"}
    of = project(clustering_jobs=[default])
    of.of("clustering_jobs")[0].row.update(default)
    text = JOB_TEXT.format("New") + JOB_TEXT.format("Default - traces") + "enabled = true\n" + more
    [create, again] = steps(text, of)
    assert create.text == "create clustering job 'New'"
    assert again.body["enabled"] is True
    assert again.undoes == {"enabled"}
    assert ("event_filters" in again.body) == bool(more)


def test_a_created_default_job_is_enabled_again() -> None:
    text = JOB_TEXT.format("Default - mine") + JOB_TEXT.format("Later")
    assert texts(text, project(clustering_jobs=[])) == [
        "create clustering job 'Default - mine'",
        "create clustering job 'Later'",
        "enable clustering job 'Default - mine'",
    ]


def test_nothing_is_done_with_a_report_that_is_left_out() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    rule = 'frequency = "scheduled"\nrrule = "FREQ=MONTHLY"\nenabled = true\n'
    text = f"{JUDGE_TEXT}enabled = false\n{REPORT_TEXT}{rule}"
    assert texts(text, of, drop_unsupported=True) == ["disable evaluation 'Relevance'"]


def test_a_change_of_a_key_sends_the_other_fields_of_its_provider() -> None:
    """Servers reset those that are left out."""
    of = project(provider_keys=[{"name": "Azure", "provider": "azure"}])
    of.of("provider_keys")[0].row.update(
        provider="azure", azure_endpoint_display="https://old.example", api_version_display="2026"
    )
    key = '[[provider_keys]]\nname = "Azure"\nprovider = "azure"\n'
    [step] = steps(key + 'azure_endpoint = "https://new.example"\n', of)
    assert step.shown_body == {"azure_endpoint": "https://new.example", "api_version": "2026"}
