"""The text of a project's file, and every error in it."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.errors import ExitCode
from llmctl.output import print_error
from llmctl.project_file.document import parse, read_texts
from llmctl.project_file.model import FileError, Owner, Position, ProjectFile, SecretSource
from llmctl.project_file.source import Text
from tests.support import KEY as PERSONAL_KEY
from tests.support import PROVIDER_KEY

ID = "01990000-0000-7000-8000-000000000011"
OTHER_ID = "01990000-0000-7000-8000-000000000012"
JOB = """\
[[clustering_jobs]]
name = "Traces"
analysis_level = "trace"
"""
EVALUATION = """\
[[evaluations]]
name = "Helpful"
evaluation_type = "llm_judge"
output_type = "boolean"
"""
REPORT = """\
[[evaluation_reports]]
evaluation = "Helpful"
"""
KEY = """\
[[provider_keys]]
name = "Main"
provider = "openai"
"""


def read(*texts: str, profile: str | None = None, **variables: str) -> ProjectFile:
    names = ["a.toml", "b.toml", "c.toml"]
    return parse(
        [Text(name, text) for name, text in zip(names, texts, strict=False)], variables, profile
    )


def problems(*texts: str, **variables: str) -> list[str]:
    with pytest.raises(FileError) as error:
        read(*texts, **variables)
    assert error.value.exit_code == ExitCode.USAGE
    return [str(problem) for problem in error.value.problems]


def test_a_whole_file() -> None:
    file = read(
        """\
#:schema ./schema.json
source = {host = "us", project = 12}
[target]
host = "https://eu.posthog.com/"
project = "3"
[[provider_keys]]
name = "Main"
provider = "azure_openai"
azure_endpoint = "https://x.example.com"
api_key_env = "AZURE_KEY"
[evaluation_config]
active_provider_key = "Main"
[[evaluations]]
id = "01990000-0000-7000-8000-000000000011"
name = "Helpful"
evaluation_type = "llm_judge"
output_type = "boolean"
directory = "null"
model_configuration = {provider = "openai", model = "gpt-5", provider_key = "Main"}
[evaluations.evaluation_config]
prompt = \"\"\"
Is it helpful?
Say "null".
\"\"\"
[[evaluations.conditions]]
rollout_percentage = 12.50
properties = [{key = "n", value = 123456789012345678901234567890}]
[[evaluation_reports]]
evaluation = "Helpful"
starts_at = 2026-01-05T09:00:00+01:00
delivery_targets = [
  {type = "email", value = "a@example.com"},
  {type = "slack", integration = 3, channel = "#a", note = 1},
]
[clustering_config]
event_filters = []
"""
    )
    assert file.source == Owner("https://us.posthog.com", "12")
    assert file.target == Owner("https://eu.posthog.com", "3")
    assert file.target_position == Position("a.toml", 3, 1)
    assert [entry.kind.table for entry in file.entries] == [
        "provider_keys",
        "evaluation_config",
        "evaluations",
        "evaluation_reports",
        "clustering_config",
    ]
    key, config, evaluation, report, clustering = file.entries
    assert key.secret == SecretSource(variable="AZURE_KEY")
    assert key.values == {
        "name": "Main",
        "provider": "azure_openai",
        "azure_endpoint": "https://x.example.com",
    }
    assert config.values == {"active_provider_key": "Main"}
    assert (evaluation.id, evaluation.name) == (ID, "Helpful")
    assert evaluation.values["directory"] is None
    assert evaluation.values["evaluation_config"] == {
        "prompt": 'Is it helpful?\nSay "null".\n',
    }
    (condition,) = evaluation.values["conditions"]
    assert str(condition["rollout_percentage"]) == "12.50"
    assert condition["properties"][0]["value"] == 123456789012345678901234567890
    assert report.values["starts_at"] == "2026-01-05T09:00:00+01:00"
    assert report.values["delivery_targets"][1] == {
        "type": "slack",
        "integration": "3",
        "channel": "#a",
        "note": 1,
    }
    assert clustering.values == {"event_filters": []}
    assert key.at() == Position("a.toml", 6, 1)
    assert evaluation.at("evaluation_config") == Position("a.toml", 20, 1)
    assert evaluation.at("model_configuration.provider_key") == Position("a.toml", 19, 62)
    assert report.at("delivery_targets.1.channel") == Position("a.toml", 33, 37)
    assert report.at("delivery_targets.1.more") == Position("a.toml", 33, 3)
    assert report.at("enabled") == report.at()


def test_tables_without_entries_are_there() -> None:
    """--prune deletes what a table does not contain, even if it contains nothing."""
    file = read("clustering_jobs = []\n")
    assert (file.entries, file.tables) == ((), frozenset({"clustering_jobs"}))
    assert read("").tables == frozenset()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[evaluation]]", "1:1: unknown table: evaluation; did you mean evaluations?"),
        ("[[jobs]]", "1:1: unknown table: jobs; did you mean clustering_jobs?"),
        ("version = 1", "1:1: unknown table: version"),
        ("[clustering_jobs]", "1:1: clustering_jobs must be an array of tables: [[cluster"),
        ("[[clustering_config]]", "1:1: clustering_config must be a table: [clustering_config]"),
        ("clustering_jobs = [3]", "1:20: clustering_jobs must contain only tables"),
        (JOB + 'nmae = "x"', "4:1: unknown field: nmae; did you mean name?"),
        (JOB + "created_at = 1", "4:1: unknown field: created_at"),
        ("[[evaluations]]", "1:1: name, evaluation_type and output_type are required"),
        (JOB + "enabled = 1", "4:1: enabled must be true or false, not a whole number"),
        (REPORT + "daily_run_cap = true", "3:1: daily_run_cap must be a whole number, not true"),
        (REPORT + "daily_run_cap = 1.0", "3:1: daily_run_cap must be a whole number, not a deci"),
        (REPORT + 'daily_run_cap = "1"', "3:1: daily_run_cap must be a whole number, not text"),
        (JOB + "event_filters = {}", "4:1: event_filters must be an array, not a table"),
        (JOB + "event_filters = [{}, 1]", "4:22: event_filters must contain only tables"),
        (JOB + 'enabled = "null"', "4:1: enabled must be true or false, not null"),
        (REPORT + 'starts_at = "soon"', "3:1: starts_at must be a time, such as 2026-01-05T09"),
        (REPORT + "starts_at = 2026-01-05", "3:1: starts_at must be a time"),
        (REPORT + 'frequency = "daily"', "3:1: frequency must be one of scheduled, every_n"),
        (JOB.replace("trace", "span"), "3:1: analysis_level must be one of trace, generation, "),
        (JOB.replace("Traces", " "), "2:1: name cannot be empty"),
        (JOB + 'id = "3"', "4:1: id must be a UUID"),
        ('[clustering_config]\nid = "x"', "2:1: unknown field: id"),
        (
            '[evaluation_config]\nkey_id = "x"',
            "2:1: unknown field: key_id; write active_provider_key = NAME",
        ),
        (
            '[evaluation_config]\nactive_provider_key = "null"',
            "2:1: active_provider_key must be text, not null",
        ),
        (
            EVALUATION + f'directory_id = "{ID}"',
            "5:1: unknown field: directory_id; write directory = NAME",
        ),
        (
            EVALUATION
            + 'model_configuration = {provider = "a", model = "b", provider_key_id = "c"}',
            "5:53: unknown field: provider_key_id; write provider_key = NAME",
        ),
        (EVALUATION + 'model_configuration = {provider = "a"}', "5:1: model is required"),
        (
            EVALUATION + 'model_configuration = {provider = "a", model = 1}',
            "5:40: model must be text, not a whole number",
        ),
        (
            EVALUATION + 'model_configuration = {provider = "a", model = "b", provider_key = 1}',
            "5:53: provider_key must be text, not a whole number",
        ),
        (
            EVALUATION + 'model_configuration = {provider = "a", model = "b", provider_keys = 1}',
            "5:53: unknown field: provider_keys; did you mean provider_key?",
        ),
        (
            EVALUATION + 'promt = "x"',
            "5:1: unknown field: promt; did you mean evaluation_config.prompt?",
        ),
        (
            EVALUATION + 'provider_key = "x"',
            "5:1: unknown field: provider_key; did you mean model_configuration.provider_key?",
        ),
        (
            EVALUATION + 'evaluation_config.promt = "x"',
            "5:19: unknown field: promt; did you mean prompt?",
        ),
        (REPORT + 'name = "x"', "3:1: unknown field: name; did you mean evaluation?"),
        (
            f'[[evaluation_reports]]\nevaluation = "x"\nevaluation_id = "{ID}"',
            "3:1: unknown field: evaluation_id; write evaluation = NAME",
        ),
        (REPORT + "delivery_targets = [{}]", "3:21: type is required"),
        (REPORT + 'delivery_targets = [{type = "email"}]', "3:21: value is required"),
        (
            REPORT + 'delivery_targets = [{type = "slack"}]',
            "3:21: integration and channel are required",
        ),
        (
            REPORT + 'delivery_targets = [{type = "slack", integration_id = 1, channel = "a"}]',
            "3:38: unknown field: integration_id; write integration = NAME",
        ),
        (
            REPORT + 'delivery_targets = [{type = "slack", integration = true, channel = "a"}]',
            "3:38: integration must be text, not true or false",
        ),
        (KEY + 'state = "ok"', "4:1: state is read-only"),
        (KEY + 'url_display = "x"', "4:1: unknown field: url_display; write url"),
        (
            KEY + "set_as_active = true",
            "4:1: unknown field: set_as_active; write [evaluation_config] active",
        ),
        (KEY + 'providers = "x"', "4:1: unknown field: providers; did you mean provider?"),
        (KEY + 'api_key_evn = "A"', "4:1: unknown field: api_key_evn; did you mean api_key_env?"),
        (KEY + "api_key_env = 1", "4:1: api_key_env must be text"),
        (KEY + 'api_key_env = "a b"', "4:1: api_key_env must be the name of an environment vari"),
        (
            KEY + 'api_key_env = "A"\napi_key_file = "b"',
            "5:1: api_key_env and api_key_file cannot be combined",
        ),
        (JOB + 'api_key_env = "A"', "4:1: unknown field: api_key_env"),
        (
            JOB + JOB,
            '5:1: clustering_jobs "Traces" is already defined at a.toml:2:1; if there are several, '
            "give each its id",
        ),
        (JOB + JOB.replace("Traces", " Traces ") + f'id = "{ID}"', "5:1: clustering_jobs"),
        (
            JOB + f'id = "{ID}"\n' + JOB.replace("Traces", "X") + f'id = "{ID.upper()}"',
            "8:1: the same id as at a.toml:2:1",
        ),
        ("target = 3", "1:1: target must be a table with host and project"),
        ('[target]\nhost = "us"', "1:1: target: project is required"),
        ('[target]\nhost = "us"\nproject = "x"', "3:1: target.project is not a valid project"),
        ('[target]\nhost = "us"\nproject = "@current"', "3:1: target.project must be the proj"),
        ('[target]\nhost = "a b"\nproject = 1', "2:1: target.host is not a valid host"),
        ('[target]\nhost = "us"\nproject = 1\nhots = "x"', "4:1: unknown field: hots; did you"),
    ],
)
def test_one_problem(text: str, problem: str) -> None:
    (found,) = problems(text)
    assert found.startswith(f"a.toml:{problem}")


def test_what_is_not_refused() -> None:
    read(KEY + 'base_url = "x"\nregion = "eu"\nanything = [1]')
    read(JOB + f'id = "{ID}"\n' + JOB + f'id = "{OTHER_ID}"')
    read(REPORT + 'delivery_targets = [{type = "webhook", url = "x"}]')
    read(REPORT + 'starts_at = "null"\ntrigger_threshold = "null"')
    read(REPORT.replace("Helpful", ID))  # plan finds out if it is not there
    file = read(
        EVALUATION + 'model_configuration = {provider = "", model = "", provider_key="null"}'
    )
    assert file.entries[0].values["model_configuration"] == {"provider": "", "model": ""}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = ", "1:5: not valid TOML: invalid value"),
        ("a = Polite", "1:5: not valid TOML: invalid value; put text in quotes"),
        ("a = treu", "1:5: not valid TOML: invalid value; did you mean true?"),
        ('{"a": 1}', "1:1: not valid TOML: invalid statement; this looks like JSON"),
        ("a = True", "1:5: not valid TOML: invalid value; did you mean true?"),
        ("a = null", '1:5: not valid TOML: invalid value; did you mean "null"?'),
        (
            'a = "b\nc = 1',
            "1:7: not valid TOML: illegal character '\\n'; is a closing quote missing?",
        ),
        ("a = 1\nb", "2:2: not valid TOML: expected '=' after a key"),
        ('a = """\nb', "2:2: not valid TOML: unterminated string (started in line 1)"),
        ("a = [1,\n\n", "3:1: not valid TOML: invalid value (started in line 1)"),
        ('a = "\\q"', "1:8: not valid TOML: unescaped"),
        ("a = 1\rb = 2", "1:6: not valid TOML"),
        ("a = 2026-02-30", "1:5: not valid TOML: invalid date or datetime"),
        ("a = 1\r\n\r\na = 2", "3:1: a is already defined in line 1"),
        ("[a]\nb = 1\n'b' = 2", "3:1: b is already defined in line 2"),
        ("[a]\n[b]\n[a]", "3:1: a is already defined in line 1"),
        ("[[a]]\nb = 1\n[[a]]\nb = 1\nb = 2", "5:1: b is already defined in line 4"),
        ("a.b = 1\nc = {d = 1, d = 2}", "2:13: d is already defined in line 2"),
        ("[[a]]\n[a]", "2:1: a is already defined in line 1"),
        ("a = 1\n[a.b]", "2:5: not valid TOML: cannot"),
        ("a = nan", "1:1: nan is not a JSON number"),
        ("a = [1, -inf]", "1:9: -inf is not a JSON number"),
        ("a = 1e999", "1:1: a number is too large"),
        (f"a = {'1' * 1001}", "1:5: a number has too many digits"),
        (f"a = 0x{'f' * 9000}", "1:5: a number has too many digits"),
        (f"a = {'[' * 5000}", "1:104: this is nested too deeply"),
        ("a = " + "{b=" * 300 + "1" + "}" * 300, "1:300: this is nested too deeply"),
        (f"{'a.' * 20000}b = 1", "1:199: this is nested too deeply"),
        (f"[{'a.' * 20000}b]", "1:1: this is nested too deeply"),
    ],
)
def test_not_toml(text: str, problem: str) -> None:
    found = [each for each in problems(text) if "unknown table" not in each]
    assert len(found) == 1
    assert found[0].startswith(f"a.toml:{problem}")


def test_all_problems_by_place() -> None:
    """Files in the order given, with what can be read of each."""
    found = problems(
        JOB + "enabled = 1\n[x]\n" + REPORT.replace('"Helpful"', "1"), "a = ", JOB + "y = 1"
    )
    assert [each.partition(": ")[0] for each in found] == [
        "a.toml:4:1",
        "a.toml:5:1",
        "a.toml:7:1",
        "b.toml:1:5",
        "c.toml:2:1",
        "c.toml:4:1",
    ]


def test_errors_are_printed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FileError) as error:
        read(JOB + "x = 1\ny = 2")
    print_error(error.value, as_json=False)
    assert capsys.readouterr().err == (
        "error: a.toml:4:1: unknown field: x\nerror: a.toml:5:1: unknown field: y\n"
    )
    print_error(error.value, as_json=True)
    assert (
        '"problems":[{"message":"unknown field: x","file":"a.toml","line":4,"column":1},'
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("secret", [PERSONAL_KEY, PROVIDER_KEY])
@pytest.mark.parametrize(
    "text",
    [
        KEY + 'api_key = "{}"',
        KEY + 'api_key_env = "{}"',
        KEY + 'api_key_file = "{}"',
        KEY + "api_key_command = '{}'",
        KEY + '"{}" = 1',
        KEY + 'url = "{}"',
        "[{}]\n[{}]",
        "{} = ",
        '"{}" = 1\n"{}" = 2',
        "x = {{{} = 1, {} = 2}}",
        "[{}]\nx=1\n[{}.x.y]",
        JOB.replace("Traces", "{}") + JOB.replace("Traces", "{}"),
        "# old key: {}",
        '[vars]\nx = "{}"',
        '[target]\nhost = "{}"\nproject = "{}"',
        JOB + 'x = "${{vars.{}}}"',
    ],
)
def test_secrets_are_refused_and_not_repeated(secret: str, text: str) -> None:
    found = problems(text.replace("{}", secret).replace("{{", "{").replace("}}", "}"))
    assert found
    assert secret not in "".join(found)


def test_a_key_anywhere() -> None:
    advice = "this looks like a secret; use api_key_env, "
    for text, place in (
        ("# sk-ant-0123456789abcdef", "1:3"),
        (JOB.replace("Traces", "sk-ant-0123456789abcdef"), "2:9"),
        (KEY.replace("Main", "a sk-ant-0123456789abcdef"), "2:11"),
        (KEY + 'url = "a ${vars.x}"\n[vars]\nx = "b sk-ant-0123456789abcdef"', "4:1"),
        (JOB + 'event_filters = [{ value = "sk-ant-0123456789abcdef" }]', "4:29"),
        (JOB + 'event_filters = [{ "a sk-ant-0123456789abcdef" = 1 }]', "4:23"),
        (JOB + "event_filters = [ # sk-ant-0123456789abcdef\n]", "4:21"),
        (JOB.replace("Traces", "sk\\u002dant-0123456789abcdef"), "2:1"),  # no key as it is written
        (KEY + 'api_key = "x"', "4:1"),
        (KEY + 'more = [{ api_key = "${vars.x}" }]\n[vars]\nx = "1"', "4:11"),
    ):
        (found,) = problems(text)
        assert found.startswith(f"a.toml:{place}: {advice}")


def test_a_text_that_mentions_a_key() -> None:
    text = "Never print keys such as sk-abc12345678."
    file = read(
        EVALUATION
        + f'description = "{text}"\n[evaluations.evaluation_config]\nprompt = """\n{text}"""'
    )
    (entry,) = file.entries
    assert entry.values["description"] == entry.values["evaluation_config"]["prompt"] == text
    for broken in (f'description = "{text}"\nx = ]', f"x = ]\ndescription = '{text}'"):
        (found,) = problems(EVALUATION + broken)
        assert "not valid TOML: invalid value" in found


def test_the_name_of_a_model_is_no_key() -> None:
    read(JOB + 'event_filters = [{ key = "$ai_model", value = "pplx-70b-online" }]')


def test_the_same_single_table_twice() -> None:
    config = "[clustering_config]\nevent_filters = []\n"
    target = '[target]\nhost = "us"\nproject = 1\n'
    source = "source = {host = 'us', project = 1}\n"
    assert problems(source + config + target, f"\n{source}{config}{target}") == [
        "b.toml:3:1: [clustering_config] is already defined at a.toml:2:1",
        "b.toml:5:1: target is already defined at a.toml:4:1",
    ]
    assert problems(source, source.replace("1", "2")) == [
        "b.toml:1:1: source differs from the one at a.toml:1:1"
    ]


def test_objects_of_several_files() -> None:
    file = read(JOB, JOB.replace("Traces", "Other") + KEY)
    assert [entry.name for entry in file.entries] == ["Main", "Traces", "Other"]
    assert problems(JOB, EVALUATION + JOB)[0].startswith(
        'b.toml:6:1: clustering_jobs "Traces" is already defined at a.toml:2:1'
    )


def test_files_and_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("folder")
    folder.mkdir()
    for name in ("b.toml", "a.toml", "c.txt"):
        (folder / name).write_text(name)
    (folder / "a.toml").write_bytes("\ufeffa = 'é'\r\n".encode("utf-16"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x = 1")))
    assert read_texts(["-", "folder"]) == [
        ("standard input", "x = 1"),
        ("folder/a.toml", "a = 'é'\r\n"),
        ("folder/b.toml", "b.toml"),
    ]


def test_files_that_cannot_be_read() -> None:
    Path("empty").mkdir()
    Path("wide.toml").write_bytes("a = 1".encode("utf-16-le"))
    Path("latin.toml").write_bytes(b"a = 1\nb = 'x\xe9'\n")
    Path("ok.toml").write_text("")
    with pytest.raises(FileError) as error:
        read_texts(["none.toml", "empty", "wide.toml", "latin.toml", "ok.toml", "./ok.toml"])
    assert error.value.lines == [
        "cannot read none.toml: No such file or directory",
        "empty has no .toml file",
        "wide.toml looks like UTF-16 without a byte order mark: save it as UTF-8",
        "latin.toml:2:7: the file is not valid UTF-8 (byte 13)",
        "./ok.toml is given twice",
    ]


def test_100_evaluations_with_long_prompts_are_read_fast() -> None:
    prompt = "\n".join(f'{number}: is the answer \\"helpful\\"?' for number in range(200))
    text = "".join(
        EVALUATION.replace("Helpful", f"E{number}")
        + f'evaluation_config.prompt = """\n{prompt}\n"""\n'
        for number in range(100)
    )
    start = time.process_time()
    assert len(read(text).entries) == 100
    assert time.process_time() - start < 1  # 0.15 s on two shared cores


PARTS = st.sampled_from(
    [
        *(
            JOB,
            KEY,
            EVALUATION,
            REPORT,
            "[vars]\n",
            "[target]\n",
            "[",
            "]",
            "{",
            "}",
            "=",
            ".",
            ",",
        ),
        *('"', '"""', "'", "'''", "\\", "#", "\n", "\r\n", " ", "name", "a", "1", "nan", "null"),
        *("${vars.", "$${vars.", "}", "source", "host", "\x00", "\ufeff", "é", "1e9999", "0x"),
    ]
)
VALUES: st.SearchStrategy[Any] = st.one_of(st.text(), st.lists(PARTS, max_size=30).map("".join))


@settings(max_examples=150)
@given(VALUES, VALUES)
def test_any_text_is_read_or_refused(one: str, other: str) -> None:
    with contextlib.suppress(FileError):
        read(one, other, profile="a", a="1")
