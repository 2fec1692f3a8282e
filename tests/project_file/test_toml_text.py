"""The TOML of an export: it reads back as it was, and reads well."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.output.sanitize import is_unsafe
from llmctl.project_file.toml_text import WIDTH, table

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
# What decides which quotes a text gets, and what is escaped in them.
AWKWARD = st.lists(
    st.sampled_from(
        [
            "'",
            "''",
            '"',
            '""',
            "\\",
            "\n",
            "\r",
            "\t",
            " ",
            "a",
            "#",
            "é",
            "\u202e",
            "\x00",
            "::",
            "#[",
        ]
    )
).map("".join)
VALUES = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | AWKWARD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | AWKWARD, inner, max_size=4),
    max_leaves=12,
)


def parsed(text: str, name: str = "t") -> Any:
    return tomllib.loads(text)[name]


@given(st.dictionaries(TEXT | AWKWARD, VALUES, max_size=5), st.sets(TEXT, max_size=2))
def test_reads_back_as_it_was(values: dict[str, Any], own: set[str]) -> None:
    single, several = table("[t]", values, own), table("[[t]]", values, own)
    assert parsed(single) == values
    assert parsed(several) == [values]
    assert json.dumps(parsed(single), sort_keys=True) == json.dumps(values, sort_keys=True)
    for text in (single, several):
        assert not any(is_unsafe(each) for each in text if each not in "\n\t")
        assert not any(line.endswith((" ", "\t")) for line in text.splitlines())
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
        assert "##[" not in text


@given(AWKWARD)
def test_a_text_of_several_lines_reads_back(text: str) -> None:
    assert parsed(table("[t]", {"a": f"{text}\n{text}"})) == {"a": f"{text}\n{text}"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", '"plain"'),
        ("it's", '''"it's"'''),
        ('say "x"', """'say "x"'"""),
        (r"\d+", r"'\d+'"),
        ("two\nlines", '"""\ntwo\nlines"""'),
        ("two\nlines\n", '"""\ntwo\nlines\n"""'),
        ("\ntwo", '"""\n\ntwo"""'),
        ('say\n"x"', '"""\nsay\n"x\\""""'),
        ("\\d\n'x", "'''\n\\d\n'x'''"),
        ("\\d\n'x'", '"""\n\\\\d\n\'x\'"""'),
        ("a\r\nb\r\n", '"""\na\\r\nb\\r\n"""'),
        ("a  \nb\t\nc ", '"""\na \\u0020\nb\\t\nc\\u0020"""'),
        ("\ta\n\tb", '"""\n\ta\n\tb"""'),
        ("Größe: 3 µm\n日本語", '"""\nGröße: 3 µm\n日本語"""'),
        ("safe\u202eevil", '"safe\\u202eevil"'),
        ("\x1b]0;t\x07", '"\\u001b]0;t\\u0007"'),
        ("\U000e0041", '"\\U000e0041"'),
        (True, "true"),
        (1e16, "1e+16"),
        (10**30, "1" + "0" * 30),
        ([], "[]"),
        ({}, "{}"),
        (["a", "b"], '["a", "b"]'),
        ({"a": 1, "b c": [1.5]}, '{ a = 1, "b c" = [1.5] }'),
        ([{"a": 1}, {"a": 2}], "[\n  { a = 1 },\n  { a = 2 },\n]"),
    ],
)
def test_value(value: Any, shown: str) -> None:
    assert table("[t]", {"x": value}) == f"[t]\nx = {shown}\n"
    assert parsed(table("[t]", {"x": value})) == {"x": value}


def test_long_values_are_broken_at_their_elements() -> None:
    properties = [{"key": f"$ai_{name}", "value": name * 9, "operator": "exact"} for name in "xyz"]
    assert table("[[t]]", {"c": [{"id": "all", "properties": properties}]}) == (
        "[[t]]\n"
        "c = [\n"
        '  { id = "all", properties = [\n'
        '    { key = "$ai_x", value = "xxxxxxxxx", operator = "exact" },\n'
        '    { key = "$ai_y", value = "yyyyyyyyy", operator = "exact" },\n'
        '    { key = "$ai_z", value = "zzzzzzzzz", operator = "exact" },\n'
        "  ] },\n"
        "]\n"
    )
    names = [f"number-{number}" for number in range(9)]
    assert table("[t]", {"c": names}).count("\n") == len(names) + 3


def test_objects_that_are_long_or_have_lines_are_tables() -> None:
    short = {"provider": "openai"}
    assert table("[[t]]", {"m": short, "z": 1}) == '[[t]]\nm = { provider = "openai" }\nz = 1\n'
    assert table("[[t]]", {"m": short, "z": 1}, ["m"]) == (
        '[[t]]\nz = 1\n\n[t.m]\nprovider = "openai"\n'
    )
    long = {"a": "x" * WIDTH, "b": {"c": "1\n2"}}
    assert table("[t]", {"m": long, "z": {}}) == (
        f'[t]\nz = {{}}\n\n[t.m]\na = "{"x" * WIDTH}"\n\n[t.m.b]\nc = """\n1\n2"""\n'
    )
