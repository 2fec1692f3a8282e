"""M: the words that people type, in the forms that they expect to work."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from llmctl.app import RESOURCES
from llmctl.errors import ExitCode
from llmctl.output.columns import Column, select
from llmctl.output.formats import OutputFormat
from llmctl.reference import commands
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import JOB, RecordingServer, page
from tests.terminal import drawn

LIST = ["clustering-jobs", "list"]
GROUPS = [name for name, resource in RESOURCES.items() if not resource.is_command]


@pytest.mark.parametrize("group", GROUPS)
def test_m16_help_as_a_verb(run: Run, group: str) -> None:
    result = run(group, "help")
    assert (result.code, result.out, result.err) == (0, run(group, "--help").out, "")
    verb = next(command.words[1] for command in commands() if command.words[0] == group)
    assert run(group, "help", verb).out == run(group, verb, "--help").out
    assert run(group, "help", "no-such-verb").code == ExitCode.USAGE


def test_m16_help_is_a_name_after_a_verb(run: Run, server: RecordingServer) -> None:
    server.reply(JOB)
    assert run("clustering-jobs", "create", "--name", "help").code == 0
    assert server.sent[0].json == {"name": "help"}


def test_m16_profiles_show_name(run: Run, server: RecordingServer, key_file: str) -> None:
    words = ["--host", server.origin, "--project", "5", "--api-key-file", key_file, "--no-check"]
    assert run("profiles", "add", "work", *words).code == 0
    for name in ("work", "sandbox"):
        result = run("profiles", "show", name, "-o", "json")
        assert (result.code, result.out) == (
            0,
            run("profiles", "show", "-p", name, "-o", "json").out,
        )
        assert run("profiles", "show", name, "-p", name).code == 0
    result = run("profiles", "show", "work", "-p", "sandbox")
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert run("profiles", "show", "wrok").code == ExitCode.CONFIG


KEY = {
    "active_provider_key": {"id": "1", "name": "Main", "last_used_at": "2026-08-11T12:00:00Z"},
    "trial_eval_limit": 5,
}


@pytest.mark.parametrize("output", ["tsv", "csv", "table"])
def test_m16_paths_in_columns(run: Run, server: RecordingServer, output: str) -> None:
    server.reply(KEY)
    columns = "active_provider_key.name,active provider key.last_used_at,trial_eval_limit"
    result = run("evaluation-config", "get", "--columns", columns, "-o", output)
    assert result.code == 0
    fields = ["active_provider_key.name", "active_provider_key.last_used_at", "trial_eval_limit"]
    values = ["Main", "2026-08-11T12:00:00Z", "5"]
    if output == "table":
        assert "active_provider_key.name          Main\n" in result.out
        assert "2026-08-11 12:00 UTC" in result.out
    else:
        delimiter = "\t" if output == "tsv" else ","
        assert [*csv.reader(io.StringIO(result.out), delimiter=delimiter)] == [fields, values]


@pytest.mark.parametrize(
    ("path", "cell"),
    [
        ("event_filters.0.key", "a"),
        ("event_filters.1.value.x", "2"),
        ("event_filters.key", '["a","b"]'),
        ("event_filters.7.key", ""),
        ("event_filters.0", '{"key":"a","value":1}'),
        ("event_filters." + "9" * 5000, "[null,null]"),
        ("filters.0.key", "a"),
        ("name.first", ""),
        ("created_at.x", ""),
    ],
)
def test_m16_paths_into_lists(run: Run, server: RecordingServer, path: str, cell: str) -> None:
    filters = [{"key": "a", "value": 1}, {"key": "b", "value": {"x": 2}}]
    server.reply(page([JOB | {"event_filters": filters}]))
    rows = [*csv.reader(io.StringIO(run(*LIST, "--columns", path, "-o", "csv").out))]
    assert rows[1:] == [[cell]]


@pytest.mark.parametrize("output", ["tsv", "csv", "table"])
@pytest.mark.parametrize(
    ("named", "field"),
    [
        ("level", "analysis_level"),
        ("updated", "updated_at"),
        ("updated (UTC)", "updated_at"),
        ("Filters", "event_filters"),
        ("analysis-level", "analysis_level"),
        ("analysis level", "analysis_level"),
        ("ID", "id"),
    ],
)
def test_m16_headings_in_columns(
    run: Run, server: RecordingServer, output: str, named: str, field: str
) -> None:
    server.reply(page([JOB]))
    expected = run(*LIST, "--columns", f"name,{field}", "-o", output)
    result = run(*LIST, "--columns", f"name, {named}", "-o", output)
    assert expected.code == 0
    assert result == expected


def test_m16_every_heading_of_every_table(run: Run, sandbox: None) -> None:
    """The first line of the table can be typed as it is shown."""
    words = ["--evaluation", defaults.EVALUATION_ID, "--trigger-threshold", "100"]
    words += ["--email", "a@b.example", "-p", "sandbox"]
    assert run("evaluation-reports", "create", *words).code == 0
    for command in commands():
        if command.words[-1] != "list":
            continue
        words = [*command.words, *([] if command.words[0] == "profiles" else ["-p", "sandbox"])]
        words += ["--provider", "openai"] if command.words[0] == "models" else []
        first_line = drawn(*words, columns=200, NO_COLOR="1").text.splitlines()[0]
        headings = re.split("  +", first_line.strip())
        result = run(*words, "--columns", ",".join(headings))
        assert result.code == 0, headings
        assert len(result.out.splitlines()[0].split("\t")) == len(headings) > 0


SEVERAL = (Column("code"), Column("exit_code", "code"), Column("a", "key"), Column("b", "Key"))


def test_m16_a_heading_that_stands_for_several(run: Run) -> None:
    assert select(SEVERAL, "code", OutputFormat.TSV) == (SEVERAL[0],)  # the field's name goes first
    with pytest.raises(Exception, match="several columns are headed 'key'") as raised:
        select(SEVERAL, "key", OutputFormat.TSV)
    error: Any = raised.value
    assert (error.exit_code, str(error.hint)) == (2, "use the name of the field: a, b")


@pytest.mark.parametrize("name", ["", "nmae", "name.", "name..x", ".name", "nope.x", "(UTC)"])
def test_m16_other_columns_are_refused(run: Run, server: RecordingServer, name: str) -> None:
    result = run(*LIST, "--columns", f"id,{name}")
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    assert f"unknown column {name!r}" in result.err
    assert "columns: id, name, " in result.err
    assert ("did you mean name; " in result.err) is (name in ("nmae", "name.", "name..x"))


def test_m16_columns_are_not_for_json(run: Run, server: RecordingServer) -> None:
    for output in ("json", "jsonl", "ids"):
        assert run(*LIST, "--columns", "level", "-o", output).code == ExitCode.USAGE
    server.reply(page([JOB]))
    assert json.loads(run(*LIST, "-o", "json").out) == [JOB]
