"""`${vars.NAME}` in a project's file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.project_file.document import parse
from llmctl.project_file.model import FileError, ProjectFile
from llmctl.project_file.source import Text
from llmctl.project_file.variables import Variables, escape_variables

JOB = """\
[[clustering_jobs]]
name = "A ${vars.a}"
analysis_level = "trace"
"""
FILTER = "[clustering_config]\nevent_filters = [{key = 'id', value = '${vars.a}'}]\n"


def read(*texts: str, profile: str | None = None, **variables: str) -> ProjectFile:
    named = [Text(f"{number}.toml", text) for number, text in enumerate(texts, start=1)]
    return parse(named, variables, profile)


def value_of(*texts: str, profile: str | None = None, **variables: str) -> Any:
    (entry,) = read(FILTER, *texts, profile=profile, **variables).entries
    return entry.values["event_filters"][0]["value"]


def problems(*texts: str, profile: str | None = None, **variables: str) -> list[str]:
    with pytest.raises(FileError) as error:
        read(*texts, profile=profile, **variables)
    return [*error.value.lines]


def test_precedence() -> None:
    declared = "[vars]\na = 'common'\n[vars.staging]\na = 'staging'\n"
    assert value_of(declared) == "common"
    assert value_of(declared, profile="production") == "common"
    assert value_of(declared, profile="staging") == "staging"
    assert value_of(declared, profile="staging", a="given") == "given"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("3", 3), ("1.50", 1.5), ("true", True), ("'x'", "x"), ("[1, 'b']", [1, "b"])),
        *(("'null'", None), ("'\\null'", "null"), ("2026-01-05", "2026-01-05")),
    ],
)
def test_a_whole_value_keeps_its_type(written: str, value: object) -> None:
    found = value_of(f"[vars]\na = {written}")
    assert (found, type(found) is bool) == (value, type(value) is bool)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3", 3), ("-3", -3), ("03", "03"), ("true", True), ("null", None), ("x y", "x y")),
        *(("[1]", [1]), ("[1", "[1"), ("", ""), ("${vars.a}", "${vars.a}")),
    ],
)
def test_a_given_value_is_read_as_fields_are(text: str, value: object) -> None:
    assert value_of(a=text) == value
    assert value_of("[vars]\na = 1", a=text) == value
    assert value_of("[vars]\na = 'a text'", a=text) == text


def test_within_a_text() -> None:
    (job,) = read(JOB, "[vars]\na = 3").entries
    assert job.values["name"] == "A 3"
    assert job.from_variables == {"name"}
    assert read(JOB, a="true").entries[0].values["name"] == "A true"
    assert read(JOB, a="null: $${vars.a}").entries[0].values["name"] == "A null: $${vars.a}"
    for value, kind in {"'null'": "null", "[1]": "an array"}.items():
        assert problems(JOB, f"[vars]\na = {value}") == [
            f"1.toml:2:11: variable a is {kind}, so it cannot be part of a string"
        ]


def test_the_paths_of_variables() -> None:
    (entry,) = read(FILTER, a="1").entries
    assert entry.from_variables == {"event_filters", "event_filters.0.value"}


def test_escapes() -> None:
    text = "${vars.} ${vars.a b} $${vars.a} $$${vars.a} ${a} $${a} $vars.a"
    variables = Variables({"a": "x"}, {}, {})
    assert variables.substitute("$${vars.a} $$${vars.} ${a} $${a} $", (), _fail)[0] == (
        "${vars.a} $${vars.} ${a} $${a} $"
    )
    assert variables.substitute(escape_variables(text), (), _fail) == (text, [])


@given(st.lists(st.sampled_from(["$", "{", "vars.", "a", "}", "é", " "])).map("".join))
def test_every_text_can_be_written(text: str) -> None:
    value = {"k": [text, {"${vars.a}": text}]}
    assert Variables({}, {}, {}).substitute(escape_variables(value), (), _fail) == (value, [])


def test_unset() -> None:
    prompt = (
        "[[evaluations]]\nname = 'a'\nevaluation_type = 'hog'\noutput_type = 'boolean'\n"
        'evaluation_config.source = """\na ${vars.ab}\n  ${vars.cohrt} ${vars.a b}"""\n'
        "enabled = '${vars.on}'\n"
    )
    assert problems(prompt, "[vars]\ncohort = 1") == [
        "1.toml:6:3: variable ab is not set; set it in [vars] or with --var ab=VALUE",
        "1.toml:7:3: variable cohrt is not set; did you mean cohort?",
        "1.toml:7:17: not a valid variable; write ${vars.NAME}, or $${vars. for the text itself",
        "1.toml:8:12: variable on is not set; set it in [vars] or with --var on=VALUE",
    ]


def test_a_misspelt_reference() -> None:
    job = "[[clustering_jobs]]\nname = 'a ${var.x} ${var.y}'\nanalysis_level = 'trace'\n"
    assert problems(job, "[vars]\nx = 1") == [
        "1.toml:2:11: not a variable; did you mean ${vars.x}?"
    ]


def test_an_unset_variable_can_be_set_for_the_profile() -> None:
    with pytest.raises(FileError) as error:
        parse([Text("1.toml", "[[clustering_jobs]]\nname = '${vars.a}'\n")], {}, "production")
    assert "set it in [vars], [vars.production] or with --var a=VALUE" in error.value.message


def test_the_type_of_a_variable_is_checked() -> None:
    text = JOB + "enabled = '${vars.on}'\n"
    assert read(text, a="1", on="false").entries[0].values["enabled"] is False
    assert problems(text, a="1", on="no") == ["1.toml:4:1: enabled must be a boolean, not a string"]


def test_unknown_given_variables() -> None:
    assert problems(FILTER, "[vars]\nb = 1", a="1", zz="1", x="1") == [
        "--var: the file has no variable zz",
        "--var: the file has no variable x",
    ]
    assert problems(FILTER, "[vars]\ncohort = 1", a="1", cohrot="1") == [
        "--var: the file has no variable cohrot; did you mean cohort?"
    ]
    read(FILTER, "[vars]\nunused = 1\n[vars.other]\nelse = 1\n", a="1", unused="2")
    assert "--var" not in problems(JOB + "x = 1", "a =", a="1", b="1")[0]  # what is in the other?


def test_secrets() -> None:
    (problem,) = problems(FILTER, a="sk-ant-0123456789abcdef")
    assert problem == "--var a: this looks like a secret"


def test_declarations() -> None:
    assert problems("vars = 1") == ["1.toml:1:1: vars must be a table: [vars]"]
    assert problems("[vars]\n'a b' = 1\nc = '${vars.d}'\nd = '$${vars.x}'") == [
        "1.toml:2:1: variable names may only contain letters, digits, _ and -",
        "1.toml:3:1: variables cannot refer to other variables",
    ]
    assert problems("[vars]\na = 1\n[vars.p]\nb = 1", "[vars]\na = 1\n[vars.p]\nb = 2\nc = 1") == [
        "2.toml:2:1: variable a is already defined at 1.toml:2:1",
        "2.toml:4:1: variable b is already defined at 1.toml:4:1",
    ]
    # A profile may have the name of a variable.
    assert value_of("[vars]\na = 1", "[vars.a]\na = 2", profile="a") == 2


@pytest.mark.parametrize("value", ["${vars.a} ", "${vars.a}"])
def test_variables_are_limited_in_size(value: str) -> None:
    filters = ", ".join([f'{{ value = "{value}" }}'] * 30)
    text = f"[clustering_config]\nevent_filters = [{filters}]\n[vars]\na = '{'x' * 1_000_000}'"
    (problem,) = problems(text)
    assert "the variables make the file larger than 20971520 bytes" in problem


def _fail(path: object, message: str, part: str) -> None:
    raise AssertionError(message)
