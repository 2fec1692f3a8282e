"""What a file says, and what a project has, make a plan."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from llmctl.errors import ConfigError
from llmctl.project_file.model import ABSENT, FileError, Project
from llmctl.project_file.plan import also_to_read, check_target, make_plan, tables_to_read
from tests.project_file.plans import (
    JOB,
    JUDGE,
    KEY,
    OTHER_KEY,
    REPORT,
    actions,
    changed,
    file,
    plan,
    project,
    uuid,
)

JOB_TEXT = '[[clustering_jobs]]\nname = "Traces"\nanalysis_level = "trace"\n'
JUDGE_TEXT = (
    '[[evaluations]]\nname = "Relevance"\nevaluation_type = "llm_judge"\noutput_type = "boolean"\n'
)
MODEL_TEXT = 'model_configuration = { provider = "openai", model = "gpt-5-mini" }\n'
REPORT_TEXT = '[[evaluation_reports]]\nevaluation = "Relevance"\n'
KEY_TEXT = '[[provider_keys]]\nname = "Main"\nprovider = "openai"\n'


def problems(text: str, of: Project, **options: Any) -> list[str]:
    with pytest.raises(FileError) as raised:
        plan(text, of, **options)
    return list(raised.value.lines)


def test_an_object_that_is_not_there_is_created_with_what_the_file_says() -> None:
    made = plan(JOB_TEXT + "enabled = false\n", project(clustering_jobs=[]))
    assert actions(made) == [("create", "clustering_jobs", "Traces")]
    assert changed(made.changes[0]) == {
        "name": (ABSENT, "Traces"),
        "analysis_level": (ABSENT, "trace"),
        "enabled": (ABSENT, False),
    }


def test_null_is_left_out_of_a_create_where_it_is_the_default() -> None:
    text = JUDGE_TEXT.replace("llm_judge", "hog") + 'directory = "null"\n'
    [change] = plan(f'{text}model_configuration = "null"\n', project(evaluations=[])).changes
    assert changed(change).keys() == {"name", "evaluation_type", "output_type"}


def test_only_what_the_file_mentions_is_compared() -> None:
    made = plan(JOB_TEXT, project(clustering_jobs=[JOB | {"enabled": False}]))
    assert (made.changes, made.unchanged) == ((), 1)


def test_a_field_that_differs_is_changed() -> None:
    made = plan(JOB_TEXT + "enabled = true\n", project(clustering_jobs=[JOB | {"enabled": False}]))
    assert changed(made.changes[0]) == {"enabled": (False, True)}


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ('description = "  Hello\\n"', {"description": "Hello"}),
        ('evaluation_config = { prompt = "A\\n" }', {"evaluation_config": {"prompt": "A"}}),
        (
            'evaluation_config = { source = "return true" }',
            {"evaluation_config": {"source": "return true", "bytecode": [1]}},
        ),
        ("output_config = {}", {"output_config": {"allows_na": False}}),
        (
            "output_config = { allows_na = false, true_is_failure = false }",
            {"output_config": {"allows_na": False}},
        ),
        ('conditions = [{ id = "all" }]', {}),
        (
            'conditions = [{ id = "all", rollout_percentage = 100.0, properties = [] }]',
            {"conditions": [{"id": "all", "rollout_percentage": 100, "bytecode_error": None}]},
        ),
        ('target_config = { strategy = "fixed_window" }', {}),
        ('directory = "Quality"', {"directory": "Quality"}),
        (
            'model_configuration = { provider = "openai", model = "m", provider_key = "Main" }',
            {"model_configuration": {"provider": "openai", "model": "m", "provider_key": "Main"}},
        ),
        (
            f'model_configuration = {{ provider="openai", model="m", provider_key="{uuid(101)}" }}',
            {"model_configuration": {"provider": "openai", "model": "m", "provider_key": "Main"}},
        ),
    ],
)
def test_the_ways_of_servers_are_no_difference(line: str, stored: dict[str, Any]) -> None:
    of = project(evaluations=[JUDGE | stored], provider_keys=[KEY])
    assert plan(f"{JUDGE_TEXT}{line}\n", of).changes == ()


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ('conditions = [{ id = "all" }]', {"conditions": [{"id": "all", "rollout_percentage": 5}]}),
        (
            'conditions = [{ id = "all", properties = [{ key = "a" }] }]',
            {"conditions": [{"id": "all", "properties": [{"key": "a", "operator": "exact"}]}]},
        ),
        ("output_config = { allows_na = true }", {}),
        ('model_configuration = { provider = "openai", model = "m", provider_key = "Main" }', {}),
        ('directory = "Quality"', {}),
        ("enabled = false", {}),
    ],
)
def test_a_real_difference_is_one(line: str, stored: dict[str, Any]) -> None:
    of = project(evaluations=[JUDGE | stored], provider_keys=[KEY])
    assert actions(plan(f"{JUDGE_TEXT}{line}\n", of)) == [("change", "evaluations", "Relevance")]


def test_times_are_compared_as_instants() -> None:
    report = REPORT | {"starts_at": "2026-01-05T09:00:00Z"}
    of = project("v1", evaluations=[JUDGE], evaluation_reports=[report])
    assert not plan(REPORT_TEXT + "starts_at = 2026-01-05T10:00:00+01:00\n", of).changes
    assert plan(REPORT_TEXT + "starts_at = 2026-01-05T10:00:00Z\n", of).changes


def test_an_ambiguous_name_is_refused_with_the_ids() -> None:
    of = project(clustering_jobs=[JOB, JOB])
    assert problems(JOB_TEXT, of) == [
        "f.toml:2:1: 2 clustering jobs are named 'Traces'; add "
        f'id = "{uuid(1)}" or id = "{uuid(2)}"'
    ]
    made = plan(f'{JOB_TEXT}id = "{uuid(2)}"\nenabled = false\n', of)
    assert [each.stored and each.stored.id for each in made.changes] == [uuid(2)]


def test_an_id_renames() -> None:
    text = JOB_TEXT.replace("Traces", "New") + f'id = "{uuid(1)}"\n'
    made = plan(text, project(clustering_jobs=[JOB]))
    assert changed(made.changes[0]) == {"name": ("Traces", "New")}


def test_an_id_of_no_object_is_refused() -> None:
    text = f'{JOB_TEXT}id = "{uuid(5)}"\n'
    assert "no clustering job in this project has the ID" in problems(text, project())[0]


def test_references_that_name_nothing_are_refused_with_the_nearest_names() -> None:
    text = (
        '[evaluation_config]\nactive_provider_key = "main"\n'
        f'{JUDGE_TEXT}directory = "Qualitt"\n'
        '[[evaluation_reports]]\nevaluation = "Relevanc"\n'
        'delivery_targets = [{ type = "slack", integration = "Slak", channel = "#a" }]\n'
    )
    of = project(provider_keys=[KEY], evaluations=[JUDGE])
    assert problems(text, of) == [
        "f.toml:2:1: no provider key is named 'main'; did you mean 'Main'?",
        "f.toml:7:1: no evaluation directory is named 'Qualitt'; did you mean 'Quality'?",
        "f.toml:9:1: no evaluation is named 'Relevanc'; did you mean 'Relevance'?",
        "f.toml:10:39: no Slack integration is named 'Slak'; did you mean 'Slack'?",
    ]


def test_a_file_without_tables_is_noted() -> None:
    made = plan('source = { host = "eu", project = "1" }\n', project())
    assert made.notes == ("the file has none of the tables that are compared",)


def test_without_a_near_name_the_known_ones_are_listed() -> None:
    text = '[evaluation_config]\nactive_provider_key = "x"\n'
    assert problems(text, project(provider_keys=[KEY])) == [
        "f.toml:2:1: no provider key is named 'x'; known: 'Main'"
    ]
    assert problems(text, project(provider_keys=[])) == [
        "f.toml:2:1: no provider key is named 'x'; the project has none"
    ]
    many = [KEY | {"id": uuid(n), "name": f"K{n:02}"} for n in range(12)]
    assert problems(text, project(provider_keys=many))[0].endswith("'K09' and 2 more")


def test_a_reference_may_name_an_object_that_the_file_creates() -> None:
    text = KEY_TEXT + '[evaluation_config]\nactive_provider_key = "Main"\n'
    assert actions(plan(text, project(provider_keys=[]))) == [
        ("create", "provider_keys", "Main"),
        ("change", "evaluation_config", "evaluation_config"),
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_nothing_is_deleted_without_prune(prune: bool) -> None:
    of = project(clustering_jobs=[JOB, JOB | {"name": "Old"}], evaluations=[JUDGE])
    made = plan(JOB_TEXT, of, prune=prune)
    assert actions(made) == ([("delete", "clustering_jobs", "Old")] if prune else [])


def test_prune_of_an_empty_table_deletes_all() -> None:
    made = plan("clustering_jobs = []\n", project(clustering_jobs=[JOB]), prune=True)
    assert actions(made) == [("delete", "clustering_jobs", "Traces")]


def test_prune_keeps_keys_that_something_needs() -> None:
    names = ["Active", "Pinned", "Tagged", "Pending", "Owing", "Free"]
    keys = [KEY | {"name": name} for name in names]
    model = {"provider": "openai", "model": "m", "provider_key": "Pinned"}
    of = project(
        provider_keys=keys, active="Active", evaluations=[JUDGE | {"model_configuration": model}]
    )
    of = dataclasses.replace(
        of,
        tagged=frozenset([uuid(103)]),
        pending={uuid(200): uuid(104)},
        owing=frozenset([uuid(105)]),
    )
    made = plan("provider_keys = []\n", of, prune=True)
    assert actions(made) == [("delete", "provider_keys", "Free")]
    assert list(made.notes) == [
        "provider key 'Active' is kept: it is the active key",
        "provider key 'Pinned' is kept: it is used by evaluation 'Relevance'",
        "provider key 'Tagged' is kept: it is used by a tagger",
        "provider key 'Pending' is kept: a rotation of it is pending",
        "provider key 'Owing' is kept: its old secret is not revoked yet",
    ]


def test_prune_deletes_a_key_that_the_file_no_longer_uses() -> None:
    model = {"provider": "openai", "model": "m", "provider_key": "Other"}
    of = project(
        provider_keys=[KEY, OTHER_KEY | {"provider": "openai"}],
        active="Other",
        evaluations=[JUDGE | {"model_configuration": model}],
    )
    text = (
        f'{KEY_TEXT}[evaluation_config]\nactive_provider_key = "Main"\n{JUDGE_TEXT}'
        'model_configuration = { provider = "openai", model = "m" }\n'
    )
    made = plan(text, of, prune=True)
    assert ("delete", "provider_keys", "Other") in actions(made)
    assert made.notes == ()


def test_prune_disables_reports_where_they_cannot_be_deleted() -> None:
    for generation, action in (("v1", "delete"), ("v3", "disable")):
        of = project(generation, evaluations=[JUDGE], evaluation_reports=[REPORT])  # type: ignore[arg-type]
        made = plan("evaluation_reports = []\n", of, prune=True)
        assert actions(made) == [(action, "evaluation_reports", "Relevance")]
    disabled = [REPORT | {"enabled": False}]
    of = project(evaluations=[JUDGE], evaluation_reports=disabled)
    assert not plan("evaluation_reports = []\n", of, prune=True).changes


def test_prune_leaves_a_report_that_nobody_has_set_up() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    [report] = of.of("evaluation_reports")
    report.row["created_by"] = None  # newer servers create one with each evaluation
    assert not plan("evaluation_reports = []\n", of, prune=True).changes
    report.values["delivery_targets"] = [{"type": "email", "value": "a@b.example"}]
    assert plan("evaluation_reports = []\n", of, prune=True).changes


def test_prune_keeps_an_evaluation_that_a_report_in_the_file_is_about() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    made = plan(f"evaluations = []\n{REPORT_TEXT}", of, prune=True)
    assert made.changes == ()
    assert made.notes == ("evaluation 'Relevance' is kept: a report in the file refers to it",)


@pytest.mark.parametrize("table", ["evaluation_config", "evaluations", "taggers"])
def test_prune_keeps_keys_if_it_cannot_read_what_uses_them(table: str) -> None:
    of = dataclasses.replace(project(provider_keys=[KEY]), unread={table: "denied"})
    made = plan("provider_keys = []\n", of, prune=True)
    assert made.changes == ()
    assert made.notes == ("provider key 'Main' is kept: cannot read what uses it: denied",)


def test_prune_deletes_a_key_with_the_evaluation_that_uses_it() -> None:
    model = {"provider": "openai", "model": "m", "provider_key": "Main"}
    of = project(provider_keys=[KEY], evaluations=[JUDGE | {"model_configuration": model}])
    made = plan("provider_keys = []\nevaluations = []\n", of, prune=True)
    assert sorted(actions(made)) == [
        ("delete", "evaluations", "Relevance"),
        ("delete", "provider_keys", "Main"),
    ]


def test_prune_keeps_a_key_that_the_file_pins_an_evaluation_to() -> None:
    pinned = 'model_configuration = { provider = "openai", model = "m", provider_key = "Main" }\n'
    of = project(provider_keys=[KEY], evaluations=[])
    made = plan(f"provider_keys = []\n{JUDGE_TEXT}{pinned}", of, prune=True)
    assert actions(made) == [("create", "evaluations", "Relevance")]
    assert made.notes == ("provider key 'Main' is kept: it is used by evaluation 'Relevance'",)


def test_a_report_goes_with_its_evaluation() -> None:
    of = project("v1", evaluations=[JUDGE], evaluation_reports=[REPORT])
    made = plan("evaluations = []\nevaluation_reports = []\n", of, prune=True)
    assert actions(made) == [("delete", "evaluations", "Relevance")]


V3_REPORT = (
    REPORT_TEXT
    + 'starts_at = 2026-01-05T09:00:00Z\ntimezone_name = "Europe/Berlin"\n'
    + 'frequency = "scheduled"\nrrule = "FREQ=MONTHLY"\n'
)


def test_what_newer_servers_do_not_support_is_told_at_once() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    assert problems(V3_REPORT, of) == [
        "f.toml:3:1: evaluation report 'Relevance': newer servers have no starts_at "
        "(--drop-unsupported drops it)",
        "f.toml:4:1: evaluation report 'Relevance': newer servers have no timezone_name "
        "(--drop-unsupported drops it)",
        "f.toml:6:1: evaluation report 'Relevance': newer servers support only daily and "
        "weekly rules, such as FREQ=WEEKLY;BYDAY=MO,FR (--drop-unsupported drops the whole object)",
    ]


def test_what_is_dropped_is_named() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    made = plan(V3_REPORT, of, drop_unsupported=True)
    assert [(each.entry.name, each.field) for each in made.dropped] == [("Relevance", "")]
    scheduled = REPORT | {"frequency": "scheduled", "rrule": "FREQ=DAILY"}
    of = project(evaluations=[JUDGE], evaluation_reports=[scheduled])
    made = plan(V3_REPORT, of, drop_unsupported=True)
    assert [each.field for each in made.dropped] == ["starts_at", "timezone_name", "rrule"]
    assert made.changes == ()


@pytest.mark.parametrize(
    ("rule", "is_supported"),
    [
        ("FREQ=DAILY", True),
        ("FREQ=WEEKLY;BYDAY=MO,FR", True),
        ("BYDAY=SU;FREQ=WEEKLY", True),
        ("", True),
        ("FREQ=WEEKLY", False),
        ("FREQ=WEEKLY;BYDAY=MO,MO", False),
        ("FREQ=DAILY;INTERVAL=2", False),
        ("freq=daily", False),
    ],
)
def test_newer_servers_take_daily_and_weekly_rules(rule: str, is_supported: bool) -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT | {"frequency": "scheduled"}])
    made = plan(f'{REPORT_TEXT}rrule = "{rule}"\n', of, drop_unsupported=True)
    assert (not made.dropped) == is_supported


def test_neutral_values_of_the_other_generation_are_ignored() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    assert not plan(REPORT_TEXT + 'timezone_name = "UTC"\n', of).changes


@pytest.mark.parametrize(
    ("text", "field", "dropped"),
    [
        (f'{JUDGE_TEXT}directory = "A"\n', "directory", ["directory"]),
        (f'{JUDGE_TEXT}target = "session"\n', "target", [""]),
        (JUDGE_TEXT.replace("boolean", "numeric"), "output_type", [""]),
        (
            f"{JUDGE_TEXT}output_config = {{ true_is_failure = true }}\n",
            "output_config.true_is_failure",
            ["output_config.true_is_failure"],
        ),
        (f'{KEY_TEXT}base_url = "https://a.example"\n', "base_url", ["base_url"]),
    ],
)
def test_what_older_servers_do_not_support(text: str, field: str, dropped: list[str]) -> None:
    of = project("v1", evaluations=[], provider_keys=[])
    [problem] = problems(text, of)
    assert "older servers" in problem
    made = plan(text, of, drop_unsupported=True)
    assert [each.field for each in made.dropped] == dropped
    assert bool(made.changes) == (dropped != [""])


def test_a_report_on_an_evaluation_that_is_left_out_is_left_out() -> None:
    text = f'{JUDGE_TEXT}target = "session"\n{REPORT_TEXT}'
    of = project("v1", evaluations=[], evaluation_reports=[])
    made = plan(text, of, drop_unsupported=True)
    assert made.changes == ()
    assert [each.reason for each in made.dropped] == [
        "older servers cannot evaluate sessions",
        "its evaluation is dropped",
    ]


def test_older_servers_get_the_beginning_of_a_schedule() -> None:
    text = f'{REPORT_TEXT}frequency = "scheduled"\nrrule = "FREQ=DAILY"\n'
    of = project("v1", evaluations=[JUDGE], evaluation_reports=[])
    made = plan(text, of, now=datetime(2026, 9, 1, 12, 34, tzinfo=UTC))
    assert changed(made.changes[0])["starts_at"] == (ABSENT, "2026-09-01T12:00:00Z")


def test_a_schedule_that_has_begun_begins_only_once() -> None:
    text = f'{REPORT_TEXT}frequency = "scheduled"\nrrule = "FREQ=DAILY"\n'
    stored = {"frequency": "scheduled", "rrule": "FREQ=DAILY", "starts_at": "2026-01-05T09:00:00Z"}
    of = project("v1", evaluations=[JUDGE], evaluation_reports=[REPORT | stored])
    assert plan(text, of).changes == ()


FOREIGN = (
    'source = { host = "us", project = "9" }\n'
    f'[evaluation_config]\nactive_provider_key = "{uuid(55)}"\n'
    f'{JUDGE_TEXT}conditions = [{{ id = "a", properties = [{{ type = "cohort", value = 12 }}] }}]\n'
    f'{REPORT_TEXT}delivery_targets = [{{ type = "slack", integration = "7", channel = "#a" }}]\n'
    f'{JOB_TEXT}event_filters = [{{ type = "static-cohort", value = "13" }}]\n'
)


def test_ids_of_another_project_are_refused() -> None:
    of = project(provider_keys=[KEY], evaluations=[JUDGE], clustering_jobs=[])
    where = "belongs to project 9 at https://us.posthog.com"
    assert problems(FOREIGN, of) == [
        f"f.toml:3:1: evaluation configuration: provider key {uuid(55)} {where}; "
        "use its name or a variable such as ${vars.NAME}",
        f"f.toml:8:60: evaluation 'Relevance': cohort 12 {where}; "
        "use a variable such as ${vars.NAME}",
        f"f.toml:11:39: evaluation report 'Relevance': Slack integration 7 {where}; "
        "use its name or a variable such as ${vars.NAME}",
        f"f.toml:15:44: clustering job 'Traces': cohort 13 {where}; "
        "use a variable such as ${vars.NAME}",
    ]


def test_newer_servers_require_the_model_of_a_judge() -> None:
    of = project("v3", evaluations=[], evaluation_reports=[])
    text = JUDGE_TEXT + REPORT_TEXT
    reason = "newer servers require model_configuration for llm_judge"
    assert problems(text, of) == [
        f"f.toml:1:1: evaluation 'Relevance': {reason} (--drop-unsupported drops the whole object)"
    ]
    made = plan(text, of, drop_unsupported=True)
    assert (made.changes, [each.reason for each in made.dropped]) == (
        (),
        [reason, "its evaluation is dropped"],
    )
    assert plan(JUDGE_TEXT + MODEL_TEXT + REPORT_TEXT, of).changes
    assert plan(JUDGE_TEXT, project("v3", evaluations=[JUDGE])).changes == ()
    hog = JUDGE_TEXT.replace("llm_judge", "hog") + MODEL_TEXT
    (change,) = plan(hog, of, drop_unsupported=True).changes
    assert "model_configuration" not in changed(change)


def test_an_id_of_another_projects_object_is_refused() -> None:
    text = f'source = {{ host = "us", project = "9" }}\n{JOB_TEXT}id = "{uuid(56)}"\n'
    (problem,) = problems(text, project(clustering_jobs=[]))
    assert problem == (
        f"f.toml:5:1: clustering job 'Traces': ID {uuid(56)} belongs to project 9 at "
        "https://us.posthog.com; remove it and give the object a unique name"
    )


@pytest.mark.parametrize("value", ['"${vars.cohort}"', '"1${vars.cohort}"'])
def test_an_id_from_a_variable_is_one_of_this_project(value: str) -> None:
    text = (
        'source = { host = "us", project = "9" }\n'
        f'{JOB_TEXT}event_filters = [{{ type = "cohort", value = {value} }}]\n'
    )
    assert make_plan(file(text, cohort="12"), project(clustering_jobs=[])).changes


def test_a_variable_beside_an_id_does_not_excuse_it() -> None:
    text = (
        f'source = {{ host = "us", project = "9" }}\n{JOB_TEXT}event_filters = '
        '[{ type = "cohort", value = "${vars.cohort}" }, { type = "cohort", value = 13 }]\n'
    )
    with pytest.raises(FileError) as raised:
        make_plan(file(text, cohort="12"), project(clustering_jobs=[]))
    assert "cohort 13 belongs" in raised.value.message
    assert "cohort 12" not in raised.value.message


def test_ids_of_the_same_project_are_good() -> None:
    text = FOREIGN.replace('"us", project = "9"', '"eu", project = "1"').replace("55", "01")
    text = text.replace(uuid(1), uuid(101))
    of = project(provider_keys=[KEY], evaluations=[JUDGE], clustering_jobs=[])
    assert plan(text, of).changes


def test_a_target_is_checked() -> None:
    target = file('[target]\nhost = "eu"\nproject = 2\n')
    check_target(target, "https://eu.posthog.com", "2")
    for origin, number in (("https://eu.posthog.com", "3"), ("https://us.posthog.com", "2")):
        with pytest.raises(ConfigError, match=r"f\.toml:1:1: \[target\]"):
            check_target(target, origin, number)


@pytest.mark.parametrize("prune", [False, True])
def test_what_uses_the_keys_is_read_with_them(prune: bool) -> None:
    keys = file(KEY_TEXT)
    for each in (keys, file(ACTIVE_OTHER)):
        users = {"provider_keys", "evaluation_config", "evaluations"}
        assert tables_to_read(each) == users
    assert also_to_read(keys, prune=prune) == ({"taggers"} if prune else set())
    assert tables_to_read(file(JOB_TEXT)) == {"clustering_jobs"}
    assert also_to_read(file(JOB_TEXT), prune=prune) == set()


def test_a_missing_secret_is_a_problem_for_apply_only() -> None:
    of = project(provider_keys=[])
    assert plan(KEY_TEXT, of).changes
    assert "api_key_env" in problems(KEY_TEXT, of, needs_secrets=True)[0]
    assert plan(KEY_TEXT + 'api_key_env = "A"\n', of, needs_secrets=True).changes
    assert not plan(KEY_TEXT, project(provider_keys=[KEY]), needs_secrets=True).changes


ACTIVE_OTHER = '[evaluation_config]\nactive_provider_key = "Other"\n'


@pytest.mark.parametrize(
    ("text", "stored", "is_stranded"),
    [
        ("", {}, True),
        ("", {"enabled": False}, False),
        ("", {"model_configuration": None}, False),
        (
            "",
            {"model_configuration": {"provider": "openai", "model": "m", "provider_key": "Main"}},
            False,
        ),
        (f"{JUDGE_TEXT}enabled = false\n", {}, False),
        (
            f'{JUDGE_TEXT}model_configuration = {{ provider = "anthropic", model = "m" }}\n',
            {},
            False,
        ),
        (
            f"{JUDGE_TEXT}model_configuration = "
            '{ provider = "openai", model = "m", provider_key = "Main" }\n',
            {},
            False,
        ),
        (f'{JUDGE_TEXT}model_configuration = {{ provider = "openai", model = "n" }}\n', {}, True),
    ],
)
def test_no_running_evaluation_is_stranded(
    text: str, stored: dict[str, Any], is_stranded: bool
) -> None:
    of = project(provider_keys=[KEY, OTHER_KEY], active="Main", evaluations=[JUDGE | stored])
    if is_stranded:
        [problem] = problems(ACTIVE_OTHER + text, of)
        assert "evaluation 'Relevance' would have no key" in problem
    else:
        assert plan(ACTIVE_OTHER + text, of).changes


def test_the_former_name_of_an_object_is_not_suggested() -> None:
    text = f'{KEY_TEXT}id = "{uuid(101)}"\n'.replace('"Main"', '"New name"')
    of = project(provider_keys=[KEY])
    found = problems(f'{text}[evaluation_config]\nactive_provider_key = "Main"\n', of)
    assert "no provider key is named 'Main'" in found[0]
    assert "did you mean 'Main'" not in found[0]


PINNED = JUDGE | {
    "model_configuration": {"provider": "openai", "model": "m", "provider_key": "Main"}
}
UNPINNED_TEXT = f'{JUDGE_TEXT}model_configuration = {{ provider = "openai", model = "m" }}\n'


@pytest.mark.parametrize(
    ("active", "what"),
    [
        ("Other", "the active key 'Other' is for anthropic"),
        ("", "there is no active key"),
    ],
)
def test_no_running_evaluation_is_unpinned_without_an_active_key(active: str, what: str) -> None:
    of = project(provider_keys=[KEY, OTHER_KEY], active=active, evaluations=[PINNED])
    [problem] = problems(UNPINNED_TEXT, of)
    assert f"its model is from openai, and {what}; change" in problem


@pytest.mark.parametrize("evaluation", [JUDGE, PINNED])
def test_a_key_that_is_used_stays_with_its_provider(evaluation: dict[str, Any]) -> None:
    of = project(provider_keys=[KEY], active="Main", evaluations=[evaluation])
    text = KEY_TEXT.replace("openai", "anthropic")
    found = problems(text, of)
    assert "'Main' is used by evaluation 'Relevance', so its provider cannot change" in found[-1]
    stopped = text + f"{JUDGE_TEXT}enabled = false\n"
    assert plan(stopped, of).changes
    model = '{ provider = "anthropic", model = "m", provider_key = "Main" }'
    moved = f"{text}{JUDGE_TEXT}model_configuration = {model}\n"
    assert "its provider cannot change" in problems(moved, of)[0]


def test_a_key_that_no_running_evaluation_uses_may_change_its_provider() -> None:
    other = JUDGE | {"model_configuration": {"provider": "gemini", "model": "m"}}
    model = {"provider": "openai", "model": "m", "provider_key": "B"}
    pinned = JUDGE | {"name": "P", "model_configuration": model}
    keys = [KEY, KEY | {"name": "B"}]
    of = project(provider_keys=keys, active="Main", evaluations=[other, pinned])
    made = plan(KEY_TEXT.replace("openai", "anthropic"), of)
    assert actions(made) == [("change", "provider_keys", "Main")]


def test_an_active_key_that_does_not_exist_is_one_problem() -> None:
    of = project(provider_keys=[KEY], active="Main", evaluations=[JUDGE])
    [problem] = problems(f'{ACTIVE_OTHER}{JUDGE_TEXT}description = "New"\n', of)
    assert "no provider key is named 'Other'" in problem


def test_an_evaluation_that_starts_without_a_key_is_left_to_the_server() -> None:
    of = project(
        provider_keys=[KEY, OTHER_KEY], active="Main", evaluations=[JUDGE | {"enabled": False}]
    )
    assert plan(f"{ACTIVE_OTHER}{JUDGE_TEXT}enabled = true\n", of).changes


def test_a_job_that_the_server_disables_is_noted_unless_the_file_says_what_it_is() -> None:
    default = JOB | {"name": "Default - traces"}
    of = project(clustering_jobs=[default])
    default_text = JOB_TEXT.replace("Traces", "Default - traces")
    made = plan(JOB_TEXT + default_text, of)
    assert made.notes == (
        "creating clustering job 'Traces' disables clustering job 'Default - traces'",
    )
    second = JOB_TEXT.replace("Traces", "Second")
    assert plan(JOB_TEXT + second, of).notes == made.notes
    assert plan(JOB_TEXT + default_text + "enabled = true\n", of).notes == ()
    assert plan(JOB_TEXT, of, prune=True).notes == ()  # it is deleted


@pytest.mark.parametrize("line", ["enabled = false", 'description = "New"'])
def test_a_report_that_newer_servers_disable_is_noted(line: str) -> None:
    for generation in ("v1", "v3"):
        stored = JUDGE | {"enabled": line == "enabled = false"}
        of = project(generation, evaluations=[stored], evaluation_reports=[REPORT])
        disables = "changing evaluation 'Relevance' disables its report"
        assert plan(f"{JUDGE_TEXT}{line}\n", of).notes == (disables,) * (generation == "v3")
        both = f"{JUDGE_TEXT}{line}\n{REPORT_TEXT}enabled = true\n"
        assert plan(both, of).notes == ()


def test_a_report_of_an_evaluation_that_runs_is_not_disabled() -> None:
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    assert plan(f'{JUDGE_TEXT}description = "New"\n', of).notes == ()


def test_a_table_that_cannot_be_read_is_a_problem() -> None:
    of = dataclasses.replace(project(), unread={"clustering_jobs": "denied"})
    assert "cannot compare clustering_jobs: denied" in problems(JOB_TEXT, of)


def test_ids_of_what_cannot_be_read_are_accepted() -> None:
    model = {"provider": "openai", "model": "gpt-5-mini", "provider_key": uuid(5)}
    of = dataclasses.replace(
        project(evaluations=[JUDGE | {"model_configuration": model}]),
        unread={"provider_keys": "denied"},
    )
    text = MODEL_TEXT.replace(" }", f', provider_key = "{uuid(5)}" }}')
    assert plan(JUDGE_TEXT + text, of).changes == ()
    (problem,) = problems(JUDGE_TEXT + text.replace(uuid(5), "Main"), of)
    assert "cannot look up provider key 'Main': denied" in problem


def test_a_missing_directory_is_not_created() -> None:
    of = project(evaluations=[JUDGE])
    (problem,) = problems(JUDGE_TEXT + 'directory = "Other"\n', of)
    assert problem.endswith("'Other'; known: 'Quality'; or create it in PostHog")


def test_the_order_is_that_of_the_file() -> None:
    text = JOB_TEXT + JUDGE_TEXT + MODEL_TEXT + KEY_TEXT
    of = project(provider_keys=[], evaluations=[], clustering_jobs=[])
    assert [each.kind.table for each in plan(text, of).changes] == [
        "provider_keys",
        "evaluations",
        "clustering_jobs",
    ]
