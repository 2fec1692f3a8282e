"""Evaluations that are created, changed and deleted, in both generations."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.evaluation_configs import bytecode
from llmctl.sandbox.generation import Generation
from tests.sandbox.conftest import Ask
from tests.sandbox.test_sandbox_errors import NIL, NULL, REQUIRED, denied, invalid

PATH, DIRECTORIES = "/api/projects/1/evaluations/", "/api/projects/1/evaluation_directories/"
ONE = f"{PATH}{defaults.EVALUATION_ID}/"
REPORTS, KEYS = "evaluation_reports/", "provider_keys/"
HOG = {
    "name": "Short",
    "evaluation_type": "hog",
    "evaluation_config": {"source": "return true"},
    "output_type": "boolean",
}
MODEL = {"provider": "openai", "model": "gpt-5-mini"}
JUDGE = HOG | {
    "evaluation_type": "llm_judge",
    "evaluation_config": {"prompt": "  Is it kind? "},
    "model_configuration": MODEL,
}
SCORE = HOG | {"output_type": "numeric"}
CATEGORIES = HOG | {"output_type": "categorical"}
OPTIONS = [{"key": "good", "label": "Good"}, {"key": "so-so", "label": "So so"}]
CHOICE = "Select a valid choice. {} is not one of the available choices."
V3 = pytest.mark.generation("v3")
V1 = pytest.mark.generation("v1")


def made(ask: Ask, body: dict[str, Any]) -> Any:
    answer = ask("POST", PATH, body)
    assert answer.status == 201, answer.body
    assert ask("GET", f"{PATH}{answer.body['id']}/").body == answer.body
    return answer.body


def refused(ask: Ask, body: dict[str, Any], attr: str, detail: str, code: str = "") -> None:
    answer = ask("POST", PATH, body)
    assert (answer.status, answer.body) == (400, invalid(attr, code or "invalid_input", detail))


def bad_config(detail: str) -> dict[str, Any]:
    return invalid("config", "invalid_input", detail)


def test_smallest_evaluation(ask: Ask, generation: Generation) -> None:
    found = made(ask, HOG)
    expected = {
        "description": "", "enabled": False, "status": "paused", "status_reason": None,
        "conditions": [], "target": "generation", "target_config": {},
        "model_configuration": None, "deleted": False,
        # What the server adds.
        "evaluation_config": {"source": "return true", "bytecode": bytecode("return true")},
        "output_config": {"allows_na": False}
        | ({"true_is_failure": False} if generation == "v3" else {}),
    }  # fmt: skip
    assert found.items() >= expected.items()
    assert ("directory_id" in found) is (generation == "v3")
    # Its report comes by itself in v3, enabled, without targets and creator.
    reports = ask("GET", f"{REPORTS}?evaluation={found['id']}").body["results"]
    assert [(each["enabled"], each["created_by"]) for each in reports] == (
        [(True, None)] if generation == "v3" else []
    )


def test_every_field(ask: Ask) -> None:
    condition = {"id": "c", "rollout_percentage": 50, "properties": [{"key": "$ai_model"}]}
    model: dict[str, Any] = MODEL | {"provider_key_id": defaults.ACTIVE_KEY_ID}
    body = JUDGE | {
        "description": "d", "enabled": True, "output_config": {"allows_na": True},
        "conditions": [condition], "target": "trace", "target_config": {"window_seconds": 60},
        "model_configuration": model,
    }  # fmt: skip
    found = made(ask, body)
    assert (found["enabled"], found["status"], found["description"]) == (True, "active", "d")
    assert found["evaluation_config"] == {"prompt": "Is it kind?"}
    assert found["output_config"]["allows_na"] is True
    assert found["conditions"][0].items() >= condition.items()
    assert found["target_config"] == {"strategy": "fixed_window", "window_seconds": 60}
    assert found["model_configuration"].items() >= model.items()


ERRORS = [
    ({"name": "x"}, "evaluation_type", REQUIRED, "required"),
    ({**HOG, "name": ""}, "name", "This field may not be blank.", "blank"),
    (
        {**HOG, "name": "x" * 401},
        "name",
        "Ensure this field has no more than 400 characters.",
        "max_length",
    ),
    (
        {**HOG, "evaluation_type": "x"},
        "evaluation_type",
        '"x" is not a valid choice.',
        "invalid_choice",
    ),
    ({**HOG, "enabled": None}, "enabled", NULL, "null"),
    (
        {**HOG, "output_type": "sentiment"},
        "config",
        "Unsupported combination: hog + sentiment",
        "",
    ),
    (
        {**HOG, "evaluation_config": {}},
        "config",
        "Invalid config for hog/boolean: 1 validation error for HogEvalConfig\n"
        "source\n  Field required",
        "",
    ),
    (
        {**JUDGE, "evaluation_config": {"prompt": " "}},
        "config",
        "Invalid config for llm_judge/boolean: 1 validation error for LLMJudgeConfig\n"
        "prompt\n  Value error, Prompt cannot be empty",
        "",
    ),
    (
        {**HOG, "output_config": {"allows_na": 5}},
        "config",
        "Invalid config for hog/boolean: 1 validation error for BooleanOutputConfig\n"
        "allows_na\n  Input should be a valid boolean",
        "",
    ),
    (
        {**HOG, "target": "trace", "target_config": {"window_seconds": 5}},
        "target_config",
        "Invalid target_config for trace: 1 validation error\n"
        "window_seconds\n  Input should be greater than or equal to 10",
        "",
    ),
    (
        {**JUDGE, "model_configuration": MODEL | {"provider_key_id": NIL}},
        "model_configuration__provider_key_id",
        "Provider key not found",
        "",
    ),
    (
        {**JUDGE, "model_configuration": MODEL | {"provider": "x"}},
        "model_configuration__provider",
        '"x" is not a valid choice.',
        "invalid_choice",
    ),
]


@pytest.mark.parametrize("row", ERRORS, ids=[f"{row[1]} {row[2][:30]}" for row in ERRORS])
def test_errors(ask: Ask, row: tuple[dict[str, Any], str, str, str]) -> None:
    refused(ask, *row)


@V3
@pytest.mark.parametrize(
    ("body", "attr", "detail"),
    [
        (
            {**JUDGE, "model_configuration": None},
            "model_configuration",
            "Select a provider and model for this LLM judge evaluation.",
        ),
        (
            {**HOG, "model_configuration": MODEL},
            "model_configuration",
            "This evaluation type does not use model configuration.",
        ),
        (
            JUDGE | {"enabled": True, "model_configuration": MODEL | {"provider": "anthropic"}},
            "enabled",
            "Add a provider API key to enable this evaluation.",
        ),
        (
            JUDGE
            | {
                "enabled": True,
                "model_configuration": MODEL
                | {"provider": "anthropic", "provider_key_id": defaults.INVALID_KEY_ID},
            },
            "enabled",
            "Attach a working provider API key to enable this evaluation.",
        ),
        (
            {
                **HOG,
                "evaluation_type": "sentiment",
                "evaluation_config": {},
                "output_type": "sentiment",
                "target": "session",
            },
            "target",
            "Sentiment evaluations can only target each generation. "
            "Choose the 'generation' target.",
        ),
    ],
)
def test_rules_of_v3(ask: Ask, body: dict[str, Any], attr: str, detail: str) -> None:
    refused(ask, body, attr, detail)


@V1
def test_v1_is_less_strict(ask: Ask) -> None:
    assert made(ask, {**JUDGE, "model_configuration": None})["model_configuration"] is None
    claude = {"provider": "anthropic", "model": "m", "provider_key_id": None}
    started = made(ask, JUDGE | {"enabled": True, "model_configuration": claude})
    assert started["enabled"] is True
    assert started["model_configuration"] == claude | {"provider_key_name": None}
    # It gives no reason, keeps the model on null, and shows what it compiled.
    assert ask("PATCH", ONE, {"model_configuration": None}).body["model_configuration"] is not None
    assert ask("PATCH", ONE, {"conditions": [{"id": "c"}]}).body["conditions"] == [
        {"id": "c", "bytecode": bytecode([]), "bytecode_error": None}
    ]
    refused(ask, SCORE, "output_type", '"numeric" is not a valid choice.', "invalid_choice")


@V3
@pytest.mark.parametrize(
    ("body", "config", "stored"),
    [
        (SCORE, {}, {"allows_na": False}),
        (
            SCORE,
            {
                "min": 0,
                "max": 10,
                "step": 0.5,
                "passing_rule": {"operator": "gte", "threshold": 7},
            },
            {
                "min": 0.0,
                "max": 10.0,
                "step": 0.5,
                "allows_na": False,
                "passing_rule": {"operator": "gte", "threshold": 7.0},
            },
        ),
        (SCORE, {"min": 3, "max": 2}, None),
        (SCORE, {"step": 0}, None),
        (SCORE, {"min": 0, "passing_rule": {"operator": "gte", "threshold": -1}}, None),
        (SCORE, {"passing_rule": {"operator": "eq", "threshold": 1}}, None),
        (
            CATEGORIES,
            {"options": OPTIONS, "passing_rule": {"categories": ["good"]}},
            {
                "options": OPTIONS,
                "selection_mode": "single",
                "allows_na": False,
                "passing_rule": {"categories": ["good"]},
            },
        ),
        (CATEGORIES, {}, None),
        (CATEGORIES, {"options": [{"key": "Not A Slug", "label": "x"}]}, None),
        (CATEGORIES, {"options": [*OPTIONS, *OPTIONS]}, None),
        (CATEGORIES, {"options": OPTIONS, "selection_mode": "any"}, None),
        (CATEGORIES, {"options": OPTIONS, "passing_rule": {"categories": ["bad"]}}, None),
    ],
)
def test_scores(
    ask: Ask, body: dict[str, Any], config: dict[str, Any], stored: dict[str, Any] | None
) -> None:
    answer = ask("POST", PATH, body | {"output_config": config})
    if stored is None:
        assert (answer.status, answer.body["attr"]) == (400, "config")
        assert answer.body["detail"].startswith(f"Invalid config for hog/{body['output_type']}: ")
    else:
        assert (answer.status, answer.body["output_config"]) == (201, stored)
        reports = ask("GET", f"{REPORTS}?evaluation={answer.body['id']}").body["count"]
        assert reports == ("passing_rule" in stored)


@V3
def test_output_type_of_a_score_is_fixed(ask: Ask) -> None:
    path = f"{PATH}{made(ask, SCORE)['id']}/"
    error = "Create a new evaluation to change its output type."
    for change in ("boolean", "categorical"):
        answer = ask("PATCH", path, {"output_type": change})
        assert answer.body == invalid("output_type", "invalid_input", error)
    # With a rule, it can have a report; PATCH changes only the fields of the output it has.
    ruled = {"passing_rule": {"operator": "lte", "threshold": 2}, "max": 5}
    changed = ask("PATCH", path, {"output_config": ruled}).body["output_config"]
    assert changed.items() >= {"max": 5.0, "allows_na": False}.items()
    merged = ask("PATCH", path, {"output_config": {"allows_na": True}}).body["output_config"]
    assert merged == changed | {"allows_na": True}
    assert ask("GET", REPORTS).body["count"] == 2
    replaced = ask("PUT", path, SCORE | {"output_config": {"min": 1}}).body["output_config"]
    assert replaced == {"min": 1.0, "allows_na": False}


@V3
@pytest.mark.parametrize(
    ("target", "config", "stored"),
    [
        (
            "session",
            {},
            {"strategy": "inactivity", "quiet_period_seconds": 3600, "max_age_seconds": 86_400},
        ),
        (
            "trace",
            {"strategy": "inactivity", "quiet_period_seconds": 60},
            {"strategy": "inactivity", "quiet_period_seconds": 60, "max_age_seconds": 7200},
        ),
        ("generation", {"strategy": "inactivity"}, {}),
        ("session", {"strategy": "inactivity", "max_age_seconds": 600}, None),
        ("session", {"strategy": "sliding"}, None),
        ("trace", {"strategy": "inactivity", "window_seconds": 100}, None),
        ("trace", {"window_seconds": 604_800}, None),
    ],
)
def test_target_config(
    ask: Ask, target: str, config: dict[str, Any], stored: dict[str, Any] | None
) -> None:
    answer = ask("POST", PATH, HOG | {"target": target, "target_config": config})
    if stored is None:
        assert (answer.status, answer.body["attr"]) == (400, "target_config")
        return
    assert (answer.status, answer.body["target_config"]) == (201, stored)
    # With another target, the configuration starts anew.
    path = f"{PATH}{answer.body['id']}/"
    moved = ask("PATCH", path, {"target": "session"}).body["target_config"]
    assert moved["strategy"] == "inactivity"
    assert ask("PATCH", path, {"target": "generation"}).body["target_config"] == {}


@pytest.mark.parametrize(
    ("query", "attr", "detail", "code"),
    [
        ("id__in=x", "id__in", "Enter a valid UUID.", ""),
        ("id__in=x&order_by=x", "id__in", "Enter a valid UUID.", ""),
        ("order_by=name,size", "order_by", CHOICE.format("size"), "invalid_choice"),
        ("order_by=x&evaluation_type=x", "evaluation_type", CHOICE.format("x"), "invalid_choice"),
        (
            "search=%00",
            "search",
            "Null characters are not allowed.",
            "null_characters_not_allowed",
        ),
    ],
)
def test_bad_filters(ask: Ask, query: str, attr: str, detail: str, code: str) -> None:
    answer = ask("GET", f"{PATH}?{query}")
    assert (answer.status, answer.body) == (400, invalid(attr, code or "invalid_input", detail))


@V3
def test_bad_filters_of_directories(ask: Ask) -> None:
    answer = ask("GET", f"{PATH}?directory_id=x&order_by=x")
    assert answer.body == invalid("directory_id", "invalid_input", "Enter a valid UUID.")
    assert ask("GET", f"{PATH}?directory_id__isnull=0").body["count"] == 1


def test_filters(ask: Ask) -> None:
    other = made(ask, HOG | {"name": "b", "description": "Answers"})["id"]
    for query, count in (
        ("enabled=True", 1), ("enabled=false", 1), ("enabled=1", 2), ("enabled=TRUE", 2),
        ("search=%20answer%20", 2), ("search=%20", 2), ("evaluation_type=hog", 1),
        (f"id__in={other},{NIL}", 1), (f"id__in={other},", 1), ("id__in=", 2), ("id__in=,", 0),
    ):  # fmt: skip
        assert ask("GET", f"{PATH}?{query}").body["count"] == count, query
    names = [row["name"] for row in ask("GET", f"{PATH}?order_by=-name,").body["results"]]
    assert names == ["b", "Answer relevance"]


def test_hog_that_does_not_compile(ask: Ask, generation: Generation) -> None:
    body = HOG | {"evaluation_config": {"source": "return ("}}
    if generation == "v3":
        detail = (
            "Failed to compile Hog code: "
            "{'hog': ErrorDetail(string='Hog code has errors.', code='invalid')}"
        )
        refused(ask, body, "evaluation_config", detail)
    else:
        assert ask("POST", PATH, body).status == 500
    assert ask("GET", PATH).body["count"] == 1


def test_key_for_another_provider(ask: Ask) -> None:
    before = ask("GET", ONE).body
    claude = {"provider": "anthropic", "model": "m", "provider_key_id": defaults.ACTIVE_KEY_ID}
    assert ask("POST", PATH, JUDGE | {"model_configuration": claude}).status == 500
    assert ask("PATCH", ONE, {"model_configuration": claude}).status == 500
    assert ask("GET", ONE).body == before


def test_other_code_has_other_bytecode(ask: Ask) -> None:
    found = made(ask, HOG)
    config = found["evaluation_config"] | {"source": "return false"}
    path = f"{PATH}{found['id']}/"
    changed = ask("PATCH", path, {"evaluation_config": config}).body["evaluation_config"]
    assert changed["bytecode"] not in (None, found["evaluation_config"]["bytecode"])


@V3
def test_report_restarts_with_the_rule(ask: Ask) -> None:
    """Without a passing rule, scores have no reports; with one, the same report goes on."""
    from llmctl.sandbox.models import EvaluationReport

    rule = {"passing_rule": {"operator": "gte", "threshold": 7}}
    found = made(ask, SCORE | {"enabled": True, "output_config": rule})
    reports, path = f"{REPORTS}?evaluation={found['id']}", f"{PATH}{found['id']}/"
    (report,) = ask("GET", reports).body["results"]
    ask("PATCH", path, {"output_config": {"passing_rule": None}})
    assert ask("GET", reports).body["count"] == 0
    EvaluationReport.objects.filter(pk=report["id"]).update(last_delivered_at=report["created_at"])
    ask("PATCH", path, {"output_config": rule})
    (again,) = ask("GET", reports).body["results"]
    assert again["id"] == report["id"]
    assert (again["last_delivered_at"], again["next_delivery_date"]) == (None, None)
    assert again["starts_at"] > report["created_at"]


@V3
def test_target_config_that_is_no_object(ask: Ask) -> None:
    detail = "Invalid target_config for trace: 'list' object is not a mapping"
    refused(ask, HOG | {"target": "trace", "target_config": ["a"]}, "target_config", detail)


@V3
@pytest.mark.parametrize(
    ("body", "name"),
    [
        (HOG | {"output_config": {"min": 0}}, "min"),
        (SCORE | {"output_config": {"true_is_failure": True}}, "true_is_failure"),
        (CATEGORIES | {"output_config": {"options": OPTIONS, "max": None}}, "max"),
    ],
)
def test_settings_of_another_output(ask: Ask, body: dict[str, Any], name: str) -> None:
    answer = ask("POST", PATH, body)
    assert (answer.status, answer.body["attr"]) == (400, "config")
    assert answer.body["detail"].endswith(f"\n{name}\n  Extra inputs are not permitted")


@V3
@pytest.mark.parametrize("provider", ["openrouter", "fireworks", "azure_openai"])
def test_most_providers_have_no_default_model(ask: Ask, provider: str) -> None:
    from llmctl.sandbox.models import Evaluation, ProviderKey

    Evaluation.objects.update(model_provider=None, provider_key=None, enabled=False)
    ProviderKey.objects.filter(pk=defaults.ACTIVE_KEY_ID).update(provider=provider)
    text = (
        "This evaluation's provider has no default model. "
        "Set a model on the evaluation before enabling it."
    )
    assert ask("PATCH", ONE, {"enabled": True}).body == invalid("enabled", "invalid_input", text)


@V3
def test_conditions(ask: Ask) -> None:
    whole = {"id": "c", "rollout_percentage": 100.0, "properties": []}
    assert made(ask, HOG | {"conditions": [{"id": "c"}]})["conditions"] == [whole]
    # Like the framework, the response to a PATCH lacks the defaults, which a GET has.
    answer = ask("PATCH", ONE, {"conditions": [{"id": "c"}]})
    assert answer.body["conditions"] == [{"id": "c"}]
    assert ask("GET", ONE).body["conditions"] == [whole]
    too_much = ask("PATCH", ONE, {"conditions": [{"id": "c", "rollout_percentage": 101}]})
    assert too_much.status == 400
    assert "less than or equal to 100" in too_much.body["detail"]


def test_put_keeps_what_it_does_not_have(ask: Ask) -> None:
    before = ask("GET", ONE).body
    assert ask("PUT", ONE, {"name": "x"}).body == invalid("evaluation_type", "required", REQUIRED)
    kept = {name: before[name] for name in ("name", "evaluation_type", "output_type")}
    after = ask("PUT", ONE, kept | {"name": "New name"})
    assert after.status == 200
    unchanged = ("description", "enabled", "evaluation_config", "conditions", "model_configuration")
    assert [after.body[name] for name in unchanged] == [before[name] for name in unchanged]
    assert after.body["name"] == "New name"


def test_soft_delete_and_restore(ask: Ask, generation: Generation) -> None:
    assert ask("DELETE", ONE).status == 405
    gone = ask("PATCH", ONE, {"deleted": True})
    assert (gone.status, gone.body["deleted"]) == (200, True)
    assert ask("GET", ONE).status == 404
    assert ask("GET", PATH).body["count"] == 0
    assert ask("PATCH", ONE, {"deleted": False}).body["deleted"] is False
    assert ask("GET", PATH).body["count"] == 1
    # Its report does not come back.
    assert ask("GET", REPORTS).body["count"] == 0


@V3
def test_model_is_replaced_as_a_whole(ask: Ask) -> None:
    other = {"provider": "openai", "model": "gpt-5"}
    changed = ask("PATCH", ONE, {"model_configuration": other}).body["model_configuration"]
    assert changed == other | {"provider_key_id": None, "provider_key_name": None}
    partial = ask("PATCH", ONE, {"model_configuration": {"model": "gpt-5"}})
    assert partial.body == invalid("model_configuration__provider", "required", REQUIRED)
    # Hog needs none.
    hog = {"evaluation_type": "hog", "evaluation_config": {"source": "return true"}}
    assert ask("PATCH", ONE, hog).body["attr"] == "model_configuration"
    moved = ask("PATCH", ONE, hog | {"model_configuration": None})
    assert (moved.status, moved.body["model_configuration"]) == (200, None)


@V3
def test_stopped_without_a_model(ask: Ask) -> None:
    from llmctl.sandbox.models import Evaluation

    Evaluation.objects.update(model_provider=None)
    evaluation = Evaluation.objects.get()
    for reason, text in (
        ("model_not_found", "Choose an available model before re-enabling this evaluation."),
        (
            "no_default_model",
            "This evaluation's provider has no default model. "
            "Set a model on the evaluation before re-enabling.",
        ),
    ):
        evaluation.set_status("error", reason)
        answer = ask("PATCH", ONE, {"enabled": True})
        assert answer.body == invalid("enabled", "invalid_input", text)
    started = ask("PATCH", ONE, {"enabled": True, "model_configuration": MODEL}).body
    assert (started["status"], started["status_reason"]) == ("active", None)


def test_writes_need_the_scope(ask: Ask) -> None:
    for method, path in (("POST", PATH), ("PATCH", ONE), ("PUT", ONE), ("DELETE", ONE)):
        answer = ask(method, path, {}, key=defaults.READ_ONLY_KEY)
        expected = denied("API key missing required scope 'evaluation:write'")
        assert (answer.status, answer.body) == (403, expected)


@V3
def test_directories(ask: Ask) -> None:
    made_one = ask("POST", DIRECTORIES, {"name": "Support"})
    assert (made_one.status, made_one.body["evaluation_count"]) == (201, 0)
    assert list(made_one.body) == [
        "id", "name", "created_at", "updated_at", "created_by", "evaluation_count"
    ]  # fmt: skip
    taken = ask("POST", DIRECTORIES, {"name": "support"})
    text = "A directory with this name already exists."
    assert taken.body == invalid("name", "invalid_input", text)
    ask("POST", DIRECTORIES, {"name": "Chat"})
    directory = made_one.body["id"]
    path = f"{DIRECTORIES}{directory}/"
    moved = ask("PATCH", ONE, {"directory_id": directory})
    assert (moved.status, moved.body["directory_id"]) == (200, directory)
    assert [(each["name"], each["evaluation_count"]) for each in ask("GET", DIRECTORIES).body] == [
        ("Chat", 0), ("Support", 1)
    ]  # fmt: skip
    for query, count in (
        (f"directory_id={directory}", 1), (f"directory_id={NIL}", 0),
        ("directory_id__isnull=true", 0), ("directory_id__isnull=false", 1),
    ):  # fmt: skip
        assert ask("GET", f"{PATH}?{query}").body["count"] == count
    unknown = ask("PATCH", ONE, {"directory_id": NIL})
    error = f'Invalid pk "{NIL}" - object does not exist.'
    assert unknown.body == invalid("directory_id", "does_not_exist", error)
    assert ask("PATCH", path, {"name": "Help desk"}).body["name"] == "Help desk"
    assert ask("PATCH", path, {"name": "HELP DESK"}).status == 200
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404
    top = ask("GET", ONE).body
    assert top["directory_id"] is None
    assert top["updated_at"] > moved.body["updated_at"]


@V1
def test_v1_has_no_directories(ask: Ask) -> None:
    assert ask("GET", DIRECTORIES).status == 404
    assert "directory_id" not in ask("PATCH", ONE, {"directory_id": NIL}).body
