"""`llmctl schema`: the JSON Schema of project files, checked with a public validator."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from llmctl.project_file.kinds import KINDS
from llmctl.project_file.schema import make_schema
from tests.conftest import Run

SCHEMA = make_schema()
VALIDATORS = (Draft4Validator(SCHEMA), Draft7Validator(SCHEMA))  # editors know one or the other
KEY = '[[provider_keys]]\nname = "a"\nprovider = "openai"\n'
REPORT = '[[evaluation_reports]]\nevaluation = "a"\n'
JOB = '[[clustering_jobs]]\nname = "a"\nanalysis_level = "trace"\n'
EVALUATION = (
    '[[evaluations]]\nname = "a"\nevaluation_type = "hog"\noutput_type = "boolean"\n'
    'evaluation_config = { source = "return true" }\n'
)


def errors(text: str) -> list[str]:
    """Return the schema's errors in a TOML text, as an editor would show them."""
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    said, same = ([each.message for each in one.iter_errors(document)] for one in VALIDATORS)
    assert said == same
    return said


def test_it_is_a_schema() -> None:
    Draft4Validator.check_schema(SCHEMA)
    Draft7Validator.check_schema(SCHEMA)


def test_command_needs_no_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_CONFIG_DIR", "/nowhere")
    monkeypatch.setenv("LLMCTL_PROFILE", "missing")
    result = run("schema")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == SCHEMA


def test_every_field_is_described() -> None:
    for kind in KINDS:
        table = SCHEMA["properties"][kind.table]
        entry = table if kind.is_single else table["items"]
        assert entry["description"] == kind.explanation
        for field in kind.fields:
            said: dict[str, Any] = entry["properties"][field.name]
            assert said["description"].startswith(field.explanation)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[clustering_config]\nevent_filters = []",
        f'{JOB}enabled = "${{vars.on}}"\nevent_filters = "${{vars.filters}}"',
        '[[clustering_jobs]]\nname = "a"\nanalysis_level = "tr${vars.level}"',
        f'{JOB}event_filters = [{{ value = "${{vars.model}}" }}, "${{vars.filter}}"]',
        f'{REPORT}delivery_targets = ["${{vars.recipient}}", {{ type = "webhook" }}]',
        f'{KEY}base_url = "https://example.com"\napi_key_env = "KEY"',
        f'{KEY}id = "01990000-0000-7000-8000-000000000021"',
        f'{REPORT}trigger_threshold = "null"\nstarts_at = 2026-01-01T00:00:00Z',
        f'{REPORT}delivery_targets = [{{ type = "email", value = "a@example.com" }}, '
        '{ type = "slack", integration = "Acme", channel = "#a" }]',
        f'{EVALUATION}model_configuration = "null"\ndirectory = "null"',
        f'{EVALUATION}model_configuration = {{ provider = "openai", model = "gpt-5" }}',
        f'{EVALUATION}conditions = [{{ rollout_percentage = "${{vars.share}}" }}]',
        'source = { host = "us", project = "1" }\n[target]\nhost = "eu"\nproject = 2\n'
        "[vars]\na = 1\n[vars.work]\na = 2",
    ],
)
def test_it_accepts(text: str) -> None:
    assert errors(text) == []


@pytest.mark.usefixtures("sandbox")
def test_it_accepts_an_export(run: Run) -> None:
    result = run("export", "-p", "sandbox")
    assert result.out.startswith("#:schema ./llmctl.schema.json\n")
    assert errors(result.out) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[clustering_job]]", "'clustering_job' was unexpected"),
        ('[[clustering_jobs]]\nname = "a"', "'analysis_level' is a required property"),
        (f"{JOB}enable = true", "'enable' was unexpected"),
        (f'{JOB}enabled = "yes"', "'yes' is not valid"),
        (JOB.replace("trace", "traces"), "'traces' is not valid"),
        (f'{KEY}api_key = "a"', "should not be valid under {}"),
        (f'{KEY}api_key_env = "A"\napi_key_file = "a"', "is valid under each of"),
        (f'{REPORT}delivery_targets = [{{ type = "email" }}]', "is not valid under any"),
        (f'{EVALUATION}model_configuration = {{ model = "a" }}', "is not valid under any"),
        (f'{REPORT}trigger_threshold = "none"', "'none' is not valid under any"),
        ("clustering_config = []", "[] is not of type 'object'"),
    ],
)
def test_it_refuses(text: str, said: str) -> None:
    assert said in " ".join(errors(text))
