"""M: the words that people type, in the forms that they expect to work."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from llmctl.app import RESOURCES
from llmctl.errors import ExitCode
from llmctl.output.columns import Column, select
from llmctl.output.formats import OutputFormat
from llmctl.reference import commands
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import JOB, RecordingServer, page, storing
from tests.terminal import drawn

LIST = ["clustering-jobs", "list"]
GROUPS = [name for name, resource in RESOURCES.items() if not resource.is_command]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ([*LIST, "-o=json"], "-o json"),
        ([*LIST, "-o=yaml"], "-o yaml"),
        ([*LIST, "-o="], "-o table|tsv|json|jsonl|csv|ids"),
        ([*LIST, "-p=sandbox"], "-p sandbox"),
        ([*LIST, "--limit", "3", "-p=sandbox"], "-p sandbox"),
        ([*LIST, "-vo=json"], "-o json"),
        (["clustering-jobs", "create", "-d={}"], "-d JSON"),
        (["clustering-jobs", "create", "-d=@file.json"], "-d @file.json"),
        (["clustering-jobs", "create", '-d={"a": "o=p"}', "-o=json"], "-d JSON"),
        (["clustering-jobs", "get", "a", "-o=json"], "-o json"),
        (["profiles", "list", "-o=json"], "-o json"),
        ([*LIST, "-v", "-p=a b"], "-p NAME"),
    ],
)
def test_m09_short_options_with_an_equals_sign(
    run: Run, server: RecordingServer, words: list[str], written: str
) -> None:
    result = run(*words, "-o", "table")
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    option = written.split()[0]
    assert result.err == (
        f"error: {option} is separated from its value by a space, not by =\nhint: write {written}\n"
    )


SHORT = sorted(
    {
        (command.words, name, parameter.metavar)
        for command in commands()
        for parameter in command.parameters
        for name in parameter.names
        if len(name) == 2
    }
)


@pytest.mark.parametrize(("words", "name", "metavar"), SHORT)
def test_m09_every_short_option(
    run: Run, server: RecordingServer, words: tuple[str, ...], name: str, metavar: str
) -> None:
    result = run(*words, f"{name}=x", stdin="")
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    assert (f"hint: write {name} x\n" if metavar else f"{name} takes no value\n") in result.err


def test_m09_json_errors(run: Run) -> None:
    error = json.loads(run(*LIST, "-o=json").err)["error"]
    assert error["hint"] == "write -o json"


def test_m09_values_with_an_equals_sign(run: Run, server: RecordingServer) -> None:
    server.reply(storing(JOB))
    create = ["clustering-jobs", "create", "--name"]
    assert run(*create, "-o=json").code == 0
    assert run(*create[:-1], "--name=-o=json").code == 0
    assert run(*create[:-1], '-d{"name":"-o=json"}').code == 0
    assert run(*create[:-1], "-vd", '{"name":"-o=json"}').code == 0
    assert [sent.json for sent in server.sent] == [{"name": "-o=json"}] * 4


HINTS = [
    ("jobs list", "'jobs'", "did you mean: llmctl clustering-jobs list"),
    ("jobs show X", "'jobs'", "did you mean: llmctl clustering-jobs get X"),
    ("get job X -p sandbox", "'get'", "did you mean: llmctl clustering-jobs get X -p sandbox"),
    ("job", "'job'", "did you mean: llmctl clustering-jobs"),
    ("clustering_jobs list", "'clustering_jobs'", "did you mean: llmctl clustering-jobs list"),
    ("keys ls", "'keys'", "did you mean: llmctl provider-keys list"),
    ("reports", "'reports'", "did you mean: llmctl evaluation-reports"),
    ("config get", "'config'", "did you mean clustering-config get or evaluation-config get"),
    ("clustering-jobz", "'clustering-jobz'", "did you mean: llmctl clustering-jobs"),
    ("list jobs", "'list'", "did you mean: llmctl clustering-jobs list"),
    ("rotate --active", "'rotate'", "did you mean: llmctl provider-keys rotate --active"),
    ("rotation", "'rotation'", "did you mean: llmctl help rotation"),
    ("version", "'version'", "did you mean: llmctl --version"),
    ("login", "'login'", "did you mean: llmctl profiles add"),
    ("clustering jobs list", "'clustering'", "did you mean: llmctl clustering-jobs list"),
    ("provider key rotate X", "'provider'", "did you mean: llmctl provider-keys rotate X"),
    ("prov list", "'prov'", "did you mean: llmctl provider-keys list"),
    ("eval", "'eval'", "evaluation-config, evaluation-reports or evaluations"),
    ("auth login", "'auth'", "did you mean: llmctl profiles add"),
    ("auth status", "'auth'", "did you mean: llmctl profiles"),
    ("context use work", "'context'", "did you mean: llmctl profiles use work"),
    ("configure", "'configure'", "did you mean: llmctl profiles add"),
    ("-V", "'-V'", "did you mean: llmctl --version"),
    ("-v", "'-v'", "did you mean: llmctl --version"),
    ("xyzzy", "'xyzzy'", "llmctl --help"),
    ("clustering-jobs show X", "'show'", "did you mean: llmctl clustering-jobs get X"),
    ("clustering-jobs show X -p s", "'show'", "llmctl clustering-jobs get X -p s"),
    ("clustering-jobs show X$Y", "'show'", "did you mean: llmctl clustering-jobs get"),
    ("clustering-jobs lst --colums id -p s", "'lst'", "jobs list --colums id -p s"),
    ("clustering-jobs list --limt 3 -p s", "'--limt'", "llmctl clustering-jobs list --help"),
    ("clustering-jobs describe X", "'describe'", "did you mean: llmctl clustering-jobs get X"),
    ("clustering-jobs ls", "'ls'", "did you mean: llmctl clustering-jobs list"),
    ("clustering-jobs lst", "'lst'", "did you mean: llmctl clustering-jobs list"),
    ("clustering-jobs rm X", "'rm'", "did you mean: llmctl clustering-jobs delete X"),
    ("clustering-jobs add", "'add'", "did you mean: llmctl clustering-jobs create"),
    ("clustering-jobs modify X", "'modify'", "did you mean: llmctl clustering-jobs update X"),
    ("clustering-jobs rm -p sandbox", "'rm'", "llmctl clustering-jobs delete -p sandbox"),
    ("profiles rm X", "'rm'", "did you mean: llmctl profiles remove X"),
    ("profiles get X", "'get'", "did you mean: llmctl profiles show X"),
    ("profiles switch X", "'switch'", "did you mean: llmctl profiles use X"),
    ("profiles use -p work", "'-p'", "did you mean: llmctl profiles use NAME"),
    ("profiles remove --profile=work", "'--profile'", "did you mean: llmctl profiles remove NAME"),
    ("profiles current", "'current'", "did you mean: llmctl profiles show"),
    ("clustering-jobs enable X", "'enable'", "did you mean: llmctl clustering-jobs update X"),
    ("evaluation-config use X", "'use'", "llmctl evaluation-config set-active-key X"),
    ("clustering-jobs del X", "'del'", "did you mean: llmctl clustering-jobs delete X"),
    ("provider-keys val", "'val'", "did you mean: llmctl provider-keys validate"),
    ("clustering-config update", "'update'", "llmctl clustering-config set-event-filters"),
    ("clustering-jobs remove-it", "'remove-it'", "llmctl clustering-jobs --help"),
    ("clustering-jobs list --limt 3", "'--limt'", "did you mean --limit; "),
    ("clustering-jobs list --colums id", "'--colums'", "did you mean --columns; "),
    ("clustering-jobs list --json", "'--json'", "did you mean --output json; "),
    ("clustering-jobs list --format json", "'--format'", "did you mean --output; "),
    ("clustering-jobs create --filters []", "'--filters'", "did you mean --event-filters; "),
    ("clustering-jobs delete X --force", "'--force'", "did you mean --yes; "),
    ("clustering-jobs list --max-items 5", "'--max-items'", "did you mean --limit; "),
    ("clustering-jobs list -L 5", "'-L'", "did you mean --limit; "),
    ("evaluations pause Tone", "'pause'", "did you mean: llmctl evaluations disable Tone"),
    ("evaluations stop", "'stop'", "did you mean: llmctl evaluations disable"),
    ("evaluations resume Tone", "'resume'", "evaluations enable or evaluations recover"),
    ("clustering-jobs pause Daily", "'pause'", "did you mean: llmctl clustering-jobs update Daily"),
    ("evaluation-reports latest Tone", "'latest'", "llmctl evaluation-reports show-run Tone"),
    ("slack list", "'slack'", "did you mean: llmctl integrations list"),
    ("status", "'status'", "did you mean: llmctl doctor"),
    ("clustering-jobs list --region eu", "'--region'", "did you mean --host; "),
    ("clustering-jobs create -f x.json", "'-f'", "did you mean --data; "),
    ("clustering-jobs delete X -f", "'-f'", "llmctl clustering-jobs delete --help"),
    ("evaluation-reports list --eval X", "'--eval'", "did you mean --evaluation; "),
    ("clustering-jobs list --nonsense", "'--nonsense'", "llmctl clustering-jobs list --help"),
    ("clustering-jobs list -z", "'-z'", "llmctl clustering-jobs list --help"),
    ("clustering-jobs -p x list", "'-p'", "command: llmctl clustering-jobs list -p x"),
    ("-p x clustering-jobs list", "'-p'", "command: llmctl clustering-jobs list -p x"),
    ("-p sandbox sandbox reset -y", "'-p'", "list them with: llmctl sandbox reset --help"),
    ("--limit=3 models list", "'--limit'", "list them with: llmctl models list --help"),
    ("--limit=3 evaluations list", "'--limit'", "command: llmctl evaluations list --limit=3"),
    ("-v evaluations get ID", "'-v'", "command: llmctl evaluations get ID -v"),
    ("--install completion bash", "'--install'", "llmctl completion bash --install"),
    ('-d {"x":"y"} provider-keys create', "'-d'", "list them with: llmctl GROUP VERB --help"),
    ("-p x clustering-jobs", "'-p'", "list them with: llmctl GROUP VERB --help"),
    ("-o=json clustering-jobs list -o tsv", "'-o'", "llmctl clustering-jobs list -o tsv -o json"),
    ("clustering-jobs list -o jsno", "'jsno'", "did you mean -o json; "),
    ("clustering-jobs list --output=jsno", "'jsno'", "did you mean --output json; "),
    ("clustering-jobs list -o yaml", "'yaml'", "did you mean -o json; "),
    ("clustering-jobs list --output text", "'text'", "did you mean -o tsv; "),
    ("clustering-jobs list -o ndjson", "'ndjson'", "did you mean -o jsonl; "),
    ("clustering-jobs create --analysis-level traces", "'traces'", "--analysis-level trace; "),
    ("evaluation-reports create --frequency every-n", "'every-n'", "--frequency every_n; "),
    (
        "evaluation-reports create --frequency daily",
        "'daily'",
        "did you mean --frequency scheduled --rrule FREQ=DAILY; ",
    ),
    ("completion zhs", "'zhs'", "did you mean zsh; "),
    ("clustering-jobs list extra", "(extra)", "llmctl clustering-jobs list --help"),
    ("clustering-jobs list --timeout many", "'many'", "llmctl clustering-jobs list --help"),
    ("provider-keys list --state nope", "'nope'", "states: unknown, ok, "),
    ("provider-keys list --columns nmae", "'nmae'", "did you mean name; "),
    ("help jobs", "'jobs'", "did you mean: llmctl help clustering-jobs"),
    ("help env", "'env'", "did you mean: llmctl help environment"),
    ("help clustering-jobs show", "'show'", "did you mean: llmctl help clustering-jobs get"),
    ("clustering-jobs help show", "'show'", "did you mean: llmctl help clustering-jobs get"),
]


@pytest.mark.parametrize(("line", "repeated", "hint"), HINTS)
def test_m14_the_word_and_the_nearest_one(
    run: Run, server: RecordingServer, line: str, repeated: str, hint: str
) -> None:
    result = run(*line.split())
    assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
    error, help_line = result.err.splitlines()
    assert error.startswith("error: ")
    assert repeated in error
    assert help_line.startswith("hint: ")
    assert help_line.endswith(hint) or not hint.startswith(("did you mean: ", "llmctl "))
    assert hint in help_line
    assert "***" not in result.err


def test_m14_choices_are_named(run: Run) -> None:
    said = run(*LIST, "-o", "yaml").err
    assert "'table', 'tsv', 'json', 'jsonl', 'csv', 'ids'" in said


def test_m14_control_characters_are_escaped(run: Run) -> None:
    for word in ("\x1b[31mred", "a\nb", "\u202ex", "it's", "x " * 10_000, "[bold]x"):
        for words in ([word], ["clustering-jobs", word], [*LIST, f"--{word}"], [*LIST, word]):
            result = run(*words)
            assert result.code == ExitCode.USAGE
            assert "\x1b" not in result.err
            assert result.err.count("\n") == 2


@pytest.mark.cold
def test_m14_suggestions_are_loaded_only_for_errors(server: RecordingServer) -> None:
    script = (
        "import sys; from llmctl.app import main; code = main(sys.argv[1:]); "
        "found = {'llmctl.cli.usage', 'llmctl.cli.nearest', 'llmctl.cli.command_spec'}; "
        "print(found & {*sys.modules} or '', file=sys.stderr); sys.exit(code)"
    )
    server.reply(page([JOB]))
    for words in ([*LIST, "-o", "json"], [*LIST, "-v", "--help"], ["--help"], ["profiles", "list"]):
        command = [sys.executable, "-c", script, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "\n"), words


@pytest.mark.parametrize("group", GROUPS)
def test_m16_help_as_a_verb(run: Run, group: str) -> None:
    result = run(group, "help")
    assert (result.code, result.out, result.err) == (0, run(group, "--help").out, "")
    verb = next(command.words[1] for command in commands() if command.words[0] == group)
    assert run(group, "help", verb).out == run(group, verb, "--help").out
    assert run(group, "help", "no-such-verb").code == ExitCode.USAGE


def test_m16_help_as_a_value(run: Run, server: RecordingServer) -> None:
    server.reply(storing(JOB))
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


def test_m16_ambiguous_heading(run: Run) -> None:
    assert select(SEVERAL, "code", OutputFormat.TSV) == (SEVERAL[0],)  # the field's name goes first
    with pytest.raises(Exception, match="several columns have the heading 'key'") as raised:
        select(SEVERAL, "key", OutputFormat.TSV)
    error: Any = raised.value
    assert (error.exit_code, str(error.hint)) == (2, "use the name of a field: a, b")


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
