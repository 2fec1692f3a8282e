"""test_hog: Hog code on the generations that the sandbox has."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from llmctl.sandbox.hog import GENERATIONS, ONLY
from tests.sandbox.conftest import Answer, Ask

PATH = "/api/projects/1/evaluations/test_hog/"


def tried(ask: Ask, source: str, **fields: Any) -> Answer:
    return ask("POST", PATH, {"source": source} | fields, key=defaults.READ_ONLY_KEY)


def results(ask: Ask, source: str, **fields: Any) -> list[Any]:
    answer = tried(ask, source, **fields)
    assert answer.status == 200, answer.body
    return [each["error"] or each["result"] for each in answer.body["results"]]


def test_result(ask: Ask, generation: Generation) -> None:
    first, *others = tried(ask, "let a := 1; return true").body["results"]
    assert (first["error"], len(others)) == (ONLY, 3)
    first = tried(ask, "print('seen'); return true", sample_count=1).body["results"][0]
    sample = GENERATIONS[0]
    ids = {"sample_id": sample.uuid, "sample_type": "generation"}
    assert first == (ids if generation == "v3" else {}) | {
        "event_uuid": sample.uuid,
        "trace_id": sample.properties["$ai_trace_id"],
        "input_preview": sample.input,
        "output_preview": sample.output,
        "result": True,
        "reasoning": "seen",
        "error": None,
    }


NOT_BOOLEAN = "Must return boolean, got"


@pytest.mark.generation("v3")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return true", [True] * 4),
        ("return false; // no", [False] * 4),
        ("return null", [f"{NOT_BOOLEAN} NoneType: None"] * 4),
        ("return 1", [f"{NOT_BOOLEAN} int: 1"] * 4),
        ("return length(output) > 15", [True, False, True, False]),
        ("return not (output == '') and input like '%?'", [True, True, True, False]),
        ("return lower(output) ilike 'ON %' or output == ''", [False, True, False, True]),
        ("return properties.$ai_latency >= 1.4", [False, True, True, False]),
        ("return properties.missing > 1", [False] * 4),
        ("return properties.\"$ai_model\" != 'gpt-5'", [True, True, False, True]),
        ("return output == 5", ["The sandbox does not convert values to other types."] * 4),
        ("let a := length(output); return a > 5", [ONLY] * 4),
        ("return output in ['a', 'b']", [ONLY] * 4),
        ("return" + " (" * 5000 + "true" + ")" * 5000, [ONLY] * 4),
    ],
    ids=lambda value: str(value)[:40],
)
def test_sources(ask: Ask, source: str, expected: list[Any]) -> None:
    assert results(ask, source) == expected


def test_not_applicable(ask: Ask) -> None:
    assert results(ask, "return null", allows_na=True) == [None] * 4
    hinted = results(ask, "return 'x'", allows_na=True)[0]
    assert hinted == "Must return boolean (or null if N/A is enabled), got str: x"


@pytest.mark.parametrize("source", ["return 'open", "return (true", "return true)", "return #"])
def test_source_that_does_not_compile(ask: Ask, source: str) -> None:
    answer = tried(ask, source)
    text = "{'hog': ErrorDetail(string='Hog code has errors.', code='invalid')}"
    assert (answer.status, answer.body) == (400, {"error": f"Compilation error: {text}"})


def test_invalid_requests(ask: Ask) -> None:
    missing = ask("POST", PATH, {})
    assert (missing.status, missing.body) == (
        400,
        {"error": {"source": ["This field is required."]}},
    )
    many = tried(ask, "return true", sample_count=11).body
    assert many == {"error": {"sample_count": ["Ensure this value is less than or equal to 10."]}}


def test_conditions(ask: Ask, generation: Generation) -> None:
    def chosen(*sets: list[dict[str, Any]]) -> Answer:
        conditions = [{"id": "c", "properties": each} for each in sets]
        return tried(ask, "return true", conditions=conditions)

    newest = [{"key": "$ai_model", "value": "gpt-5", "operator": "exact", "type": "event"}]
    failed = [{"key": "$ai_is_error", "value": [True]}]
    assert len(chosen(newest).body["results"]) == 1
    assert len(chosen(newest, failed).body["results"]) == 2
    assert len(chosen([]).body["results"]) == 4
    # Next to others, one without filters counts only in v3, where it matches all.
    assert len(chosen(newest, []).body["results"]) == (4 if generation == "v3" else 1)
    assert chosen(newest + failed).body == {
        "results": [],
        "message": "No recent AI events found in the last 7 days",
    }
    other = chosen([{"key": "$ai_latency", "value": 1, "operator": "gt"}])
    text = "The sandbox filters only with the operator exact."
    assert (other.status, other.body) == (400, {"error": text})


@pytest.mark.generation("v3")
def test_other_targets_and_outputs(ask: Ask) -> None:
    assert tried(ask, "return true", target="trace").body == {
        "results": [],
        "message": "No recent AI traces found in the last 7 days",
    }
    for seconds, words in ((86_400, "24 hours"), (60, "1 minute"), (30, "30 seconds")):
        answer = tried(
            ask, "return true", target="session", target_config={"quiet_period_seconds": seconds}
        ).body
        assert answer == {
            "results": [],
            "message": f"No sessions have been quiet for {words} in the last 7 days, "
            "so there is nothing to preview yet.",
        }
    score = tried(ask, "return length(output)", output_type="numeric", output_config={"max": 24})
    assert [(each["score"], each["result"]) for each in score.body["results"]] == [
        (22, None), (11, None), (None, None), (0, None)
    ]  # fmt: skip
    assert "within the bounds" in score.body["results"][2]["error"]
    options = {"options": [{"key": "good", "label": "Good"}]}
    named = tried(ask, "return 'good'", output_type="categorical", output_config=options)
    assert named.body["results"][0]["categories"] == ["good"]
    invalid = tried(ask, "return 'good'", output_type="categorical")
    assert invalid.status == 400
    assert invalid.body["error"]["output_config"][0].startswith("Invalid config for hog/categ")


def test_scope(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmctl.sandbox.access import KEYS

    without = KEYS[defaults.READ_ONLY_KEY] - {"evaluation:read"}
    monkeypatch.setitem(KEYS, defaults.READ_ONLY_KEY, without)
    assert "'evaluation:read'" in tried(ask, "return true").body["detail"]
