"""Bad input: a clear error, and nothing sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply

BAD_NAMES = ["", " ", "a\nb", "a\x00b", "\x1b[0m", "sk-ant-CANARY-0123456789"]
WITH_NAME = [
    ["clustering-jobs", "get"],
    ["evaluation-config", "set-active-key"],
    ["provider-keys", "get"],
    ["provider-keys", "rotate"],
]


@pytest.mark.parametrize("command", WITH_NAME, ids=" ".join)
def test_a12_bad_names(run: Run, server: RecordingServer, command: list[str]) -> None:
    for text in BAD_NAMES:
        result = run(*command, text)
        assert (result.code, result.out) == (ExitCode.USAGE, ""), text
        assert result.err.count("\n") <= 2
    assert server.sent == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--event-filters", "[1,"],
            "--event-filters is not JSON: Expecting value (line 1, column 4)",
        ),
        (["--event-filters", '[{"a": 1, "a": 2}]'], "same key twice"),
        (["--event-filters", "[NaN]"], "NaN is not a JSON number"),
        (["--event-filters", "[1e999]"], "too large"),
        (["--event-filters", "[" * 100_000], "nested too deeply"),
        (["--data", "[]"], "--data is not a JSON object"),
        (["--data", "null"], "--data is not a JSON object"),
        (["--data", "@/nonexistent/file"], "cannot read /nonexistent/file: No such file"),
        (["--data", "@"], "--data: no file name after @"),
        (["--data", "@/"], "cannot read /: Is a directory"),
        (["--data", "-"], "standard input is not JSON"),
        (["--data", "-", "--event-filters", "-"], "cannot both read standard input"),
        (["--analysis-level", "galaxy"], "'trace', 'generation', 'evaluation'"),
        (["--columns", "id,nmae"], "unknown column 'nmae'"),
        (["--columns", "id", "-o", "json"], "--columns works with table, tsv and csv"),
        (["--columns", "id", "-o", "ids"], "--columns works with table, tsv and csv"),
        (["-o", "yaml"], "-o"),
        (["--no-such-option"], "no such option"),
    ],
)
def test_create_refused(run: Run, server: RecordingServer, words: list[str], said: str) -> None:
    result = run("clustering-jobs", "create", *words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert said in result.err
    assert server.sent == []


def test_json_file_is_named_with_line_and_column(
    run: Run, server: RecordingServer, tmp_path: Path
) -> None:
    file = tmp_path / "filters.json"
    file.write_text('[\n  {"key": }\n]')
    result = run("clustering-jobs", "create", "--event-filters", f"@{file}")
    assert f"{file} is not JSON: Expecting value (line 2, column 11)" in result.err
    file.write_bytes(b"[\xff]")
    assert (
        f"{file} is not valid UTF-8 (byte 2)"
        in run("clustering-jobs", "create", "--event-filters", f"@{file}").err
    )
    assert server.sent == []


def test_name_of_a_file_in_place_of_json(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my filters.json").write_text("[]")
    set_filters = ["clustering-config", "set-event-filters", "-p", "sandbox", "--event-filters"]
    result = run(*set_filters, "my filters.json")
    assert result.code == ExitCode.USAGE
    assert "hint: to read the file, use '@my filters.json'\n" in result.err
    for text in ("missing.json", "@missing.json", "[1", "a\0b", "x" * 100_000):
        assert "hint" not in run(*set_filters, text).err


@pytest.mark.parametrize(
    "words",
    [
        ["evaluations", "create", "--name", "x", "--output-type", "boolean", "--source"],
        ["evaluations", "update", JOB_ID, "--prompt"],
        ["evaluation-reports", "update", JOB_ID, "--report-prompt-guidance"],
    ],
    ids=lambda words: words[-1],
)
def test_name_of_a_file_in_place_of_text(
    run: Run,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
) -> None:
    """It would be stored as the code or the prompt."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short.hog").write_text("return true")
    result = run(*words, "short.hog")
    assert result.code == ExitCode.USAGE
    assert result.err == (
        f"error: {words[-1]}: short.hog is a file; nothing was sent\n"
        "hint: to read the file, use @short.hog\n"
    )
    assert server.sent == []
    for text in ("Is it polite?", ".", "a\0b", "x" * 100_000):
        assert "is a file" not in run(*words, text).err


@pytest.mark.parametrize(
    "words",
    [
        ["clustering-config", "set-event-filters", "--event-filters", "{}"],
        ["clustering-config", "set-event-filters", "--event-filters", "null"],
        ["clustering-config", "set-event-filters"],
        ["clustering-jobs", "update", JOB_ID],
        ["clustering-jobs", "update", JOB_ID, "--data", "{}"],
        ["evaluation-reports", "update", JOB_ID],
        ["evaluation-reports", "create", "--trigger-threshold", "ten"],
        ["evaluation-reports", "create", "--cooldown-minutes", "ten"],
        ["evaluation-reports", "create", "--frequency", "hourly"],
        ["evaluation-reports", "create", "--slack", "general"],
        ["evaluation-reports", "create", "--slack", "x:"],
        ["evaluation-reports", "create", "--slack", f"{'1' * 5000}:#general"],
        ["evaluation-reports", "create", "--delivery-targets", "{}", "--email", "a@b.c"],
        ["evaluation-reports", "update", JOB_ID, "--delivery-targets", "null"],
        ["clustering-jobs", "create", "--event-filters", "{}"],
        ["clustering-jobs", "update", JOB_ID, "--event-filters", "null"],
        ["clustering-jobs", "list", "--limit", "0"],
        ["clustering-jobs", "list", "--offset", "-1"],
        ["clustering-jobs", "delete", JOB_ID],
        ["evaluation-reports", "delete", JOB_ID],
        ["clustering-config", "get", "-o", "ids"],
        ["clustering-jobs"],
        ["clustering-jobs", "get"],
    ],
    ids=" ".join,
)
def test_refused(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err
    assert server.sent == []


@pytest.mark.parametrize(
    "option", ["--trigger-threshold", "--cooldown-minutes", "--daily-run-cap", "--max-sample-size"]
)
def test_whole_numbers_in_plain_digits(run: Run, server: RecordingServer, option: str) -> None:
    for text in ("1_000", "\u0661\u0662", "1e3", "1.0", " 1", "", "0x10", "1\n", "9" * 1001):
        result = run("evaluation-reports", "create", option, text)
        assert (result.code, result.out) == (ExitCode.USAGE, ""), text
        assert f"{option} is not a whole number" in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    "words",
    [
        ["sk-ant-CANARY-0123456789"],
        ["provider-keys", "sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "--limit", "sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "--api-key=sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "-o", "sk-ant-CANARY-0123456789"],
        ["provider-keys", "get", "key=sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "--project", "sk-ant-CANARY-0123456789"],
        ["provider-keys", "list", "--host", "sk-ant-CANARY-0123456789"],
    ],
)
def test_key_typed_in_the_wrong_place_is_not_repeated(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    result = run(*words)
    assert result.code in (ExitCode.USAGE, ExitCode.CONFIG)
    assert "CANARY" not in result.out + result.err


def test_help_as_a_word(run: Run) -> None:
    for words in ([], ["clustering-jobs"], ["clustering-jobs", "list"]):
        result = run("help", *words)
        assert (result.code, result.out) == (0, run(*words, "--help").out)


def test_masked_word_is_explained(run: Run) -> None:
    result = run("clustering-jobs", PROVIDER_KEY)
    assert "clustering-jobs has no command '***'" in result.err
    assert "hint: the word you typed is shown as *** in case it is a key; llmctl " in result.err


def test_unknown_state_is_refused(run: Run, server: RecordingServer) -> None:
    for state in ("ivalid", "ok,nope", "", ","):
        result = run("provider-keys", "list", "--state", state)
        assert (result.code, server.sent) == (ExitCode.USAGE, [])
        assert "hint: states: unknown, ok, invalid, error\n" in result.err


def test_json_errors_behind_a_switch(run: Run) -> None:
    for words in (["-vo", "json"], ["-vojson"], ["-o", "table", "-vo=json"]):
        result = run("clustering-jobs", "get", "", *words)
        assert json.loads(result.err)["error"]["code"] == "USAGE", words


def test_json_errors_for_usage_too(run: Run) -> None:
    for words in (["-o", "json"], ["-ojson"], ["--output=json"], ["--output", "json"]):
        assert run("clustering-jobs", "nope", *words).err.startswith('{"error":{"code":"USAGE"')


def test_verbose_and_timeout_are_on_every_server_command(run: Run, server: RecordingServer) -> None:
    server.reply({"event_filters": []})
    result = run("clustering-config", "get", "-v")
    assert result.err.startswith("* GET /api/environments/42/llm_analytics/clustering_config/: 200")


SECRETS = [
    PROVIDER_KEY,
    KEY,
    "sk-ant-api03-CANARY_0123456789",
    "Zr8Kq2vXw9Lm4Tn7Yb3Hc6Jd",
    "8c6976e5b5410415bde908bd4dee15df",
    "V3n8sKqXw29LmT4nYb73HcJd6fGh/1ZpRt5Qe0Wu+8k==",
]
# These look like ordinary words: only the option before them tells that they are secrets.
PASSPHRASES = [
    "correct-horse-battery-staple",
    "hunter2hunter2",
    "a b\nc\u202ed",
    "\x1b[31mred",
    "o",
]
MISPLACED = [
    ["{}"],
    ["{}", "list"],
    ["clustering-jobs", "{}"],
    ["clustering-jobs", "list", "{}"],
    ["clustering-jobs", "list", "--limit", "{}"],
    ["clustering-jobs", "list", "--limit={}"],
    ["clustering-jobs", "list", "-o", "{}"],
    ["clustering-jobs", "create", "--analysis-level", "{}"],
    ["clustering-jobs", "get", "id", "{}"],
    ["clustering-jobs", "list", "-o{}"],
    ["clustering-jobs", "list", "-vo{}"],
    ["clustering-jobs", "list", "-o={}"],
    ["clustering-jobs", "list", "-p={}"],
    ["clustering-jobs", "create", "-d={}"],
    ["clustering-jobs", "create", '-d={{"api_key":"{}"}}'],
    ["clustering-jobs", "list", "--{}"],
    ["clustering-jobs", "list", "--columns", "{}"],
    ["provider-keys", "list", "--state", "{}"],
    ["evaluation-reports", "create", "--frequency", "{}"],
    ["completion", "{}"],
    ["help", "{}"],
    ["help", "clustering-jobs", "{}"],
    ["clustering-jobs", "help", "{}"],
]
AFTER_KEY_OPTIONS = [
    ["provider-keys", "create", "--api-key", "{}"],
    ["provider-keys", "create", "--api-key={}"],
    ["provider-keys", "create", "--apikey", "{}"],
    ["provider-keys", "create", "--token={}"],
    ["provider-keys", "create", "--provider-api-key", "{}"],
    ["--api-key", "{}", "provider-keys", "list"],
    ["--api-key={}", "provider-keys", "list"],
    ["provider-keys", "--api-key", "{}", "list"],
    ["provider-keys", "list", "--limit", "x", "--api-key", "{}"],
]


@pytest.mark.parametrize("words", [*MISPLACED, *AFTER_KEY_OPTIONS], ids=" ".join)
def test_c08_key_typed_in_the_wrong_place(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    for secret in SECRETS + (PASSPHRASES if words in AFTER_KEY_OPTIONS else []):
        result = run(*(word.replace("{}", secret) for word in words))
        assert (result.code, result.out) == (ExitCode.USAGE, ""), secret
        if len(secret) > 1:
            assert secret not in result.err
            assert repr(secret)[1:-1] not in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clustering-jobs", "list", "--limit", "0"], "error: --limit must be 1 or more, not 0\n"),
        (["clustering-jobs", "list", "--offset=-1"], "error: --offset must be 0 or more, not -1\n"),
        (
            ["clustering-jobs", "list", "--limit", "many"],
            "--limit must be a whole number, not 'many'\n",
        ),
        (
            ["clustering-jobs", "list", "--retries", "11"],
            "--retries must be from 0 to 10, not 11\n",
        ),
        (["-p", "sandbox", "clustering-jobs", "list"], "options go after the command"),
        (["clustering-jobs", "list", "--api-key", "x"], "--api-key-env VARIABLE"),
    ],
)
def test_usage_errors_still_help(run: Run, words: list[str], said: str) -> None:
    result = run(*words)
    assert result.code == ExitCode.USAGE
    assert said in result.err


def test_hints_name_the_project_that_was_chosen(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(502))
    create = ["clustering-jobs", "create", "--name", "x", "--retries", "0"]
    assert "llmctl clustering-jobs list\n" in run(*create).err
    assert "llmctl clustering-jobs list --project 7\n" in run(*create, "--project=7").err


def test_hints_name_the_profile_that_was_chosen_behind_a_switch(run: Run) -> None:
    result = run("clustering-jobs", "get", JOB_ID, "-vp", "sandbox")
    assert result.err.endswith("IDs: llmctl clustering-jobs list -p sandbox\n")


@pytest.mark.parametrize(
    "words",
    [
        ["clustering-jobs", "delete", JOB_ID],
        ["evaluation-reports", "delete", JOB_ID],
        ["provider-keys", "delete", JOB_ID],
        ["provider-keys", "rotate", "--active"],
        ["profiles", "remove", "x"],
        ["sandbox", "reset"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_question_without_a_terminal(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words)
    assert result.code == ExitCode.USAGE
    assert "cannot ask for confirmation: no terminal" in result.err
    assert "hint: add --yes\n" in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    "line",
    [
        "clustering-jobs list -h",
        "-h clustering-jobs list",
        "--help clustering-jobs list",
        "-p sandbox clustering-jobs list -h",
        "clustering-jobs -p sandbox list -h",
        "clustering-jobs list --no-such-option -h",
        "clustering-jobs list too many -h",
        "clustering-jobs list --limit x --help",
        "clustering-jobs list -vh",
    ],
)
def test_help_anywhere(run: Run, line: str) -> None:
    result = run(*line.split())
    assert (result.code, result.err) == (0, "")
    assert result.out == run("clustering-jobs", "list", "--help").out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-h", ""),
        ("--nope -h", ""),
        ("-h clustering-jobs", "clustering-jobs"),
        ("clustering-jobs -o json -h", "clustering-jobs"),
        ("--nope -h clustering-jobs", "clustering-jobs"),
        ("clustering-jobs get list --nope -h", "clustering-jobs get"),
        ("completion --nope -h", "completion"),
    ],
)
def test_help_of_what_was_named(run: Run, line: str, words: str) -> None:
    assert run(*line.split()).out == run(*words.split(), "--help").out


@pytest.mark.parametrize("line", ["nope -h", "-h nope", "clustering-jobs nope -h"])
def test_help_on_an_unknown_word(run: Run, line: str) -> None:
    result = run(*line.split())
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "'nope'" in result.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "clustering-jobs get",
            "NAME or ID is required\nhint: list the names and IDs: ",
        ),
        ("clustering-jobs delete --yes -p s", "names and IDs: llmctl clustering-jobs list -p s\n"),
        (
            "evaluation-config set-active-key",
            "NAME or ID is required\nhint: list the names and IDs: ",
        ),
        ("profiles use", "NAME is required\nhint: list the profiles: llmctl profiles list\n"),
        ("profiles add", "NAME is required\nhint: llmctl profiles add --help\n"),
        ("diff llm.toml", "--file is required\nhint: give --file PATH; llmctl diff --help\n"),
        ("apply --yes", "--file is required\nhint: give --file PATH; llmctl apply --help\n"),
        ("completion", "SHELL is required\nhint: choose bash, zsh, fish or powershell\n"),
        ("clustering-jobs get --nope", "no such option '--nope'"),
    ],
)
def test_missing_argument(run: Run, line: str, said: str) -> None:
    result = run(*line.split())
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert said in result.err


@pytest.mark.parametrize("kind", ["CONFIG", "DATA"])
def test_directory_that_is_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(f"LLMCTL_{kind}_DIR", str(tmp_path / "file"))
    words = {"CONFIG": ["profiles", "use", "sandbox"], "DATA": ["models", "list", "-p", "sandbox"]}
    result = run(*words[kind])
    assert result.code == ExitCode.CONFIG
    assert f"hint: set LLMCTL_{kind}_DIR to another directory\n" in result.err


def test_the_suggested_command_quotes_a_name(run: Run) -> None:
    result = run("clustering-jobs", "gt", "Default - traces")
    assert "did you mean: llmctl clustering-jobs get 'Default - traces'\n" in result.err


@pytest.mark.parametrize("name", [f"Bearer {KEY}", "a; b", "$(a) b", "a\nb"])
def test_the_suggested_command_does_not_repeat_an_unsafe_name(run: Run, name: str) -> None:
    result = run("clustering-jobs", "gt", name)
    assert "did you mean: llmctl clustering-jobs get\n" in result.err
