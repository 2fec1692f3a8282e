"""Secrets in the wrong place, and texts that are not personal keys."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from llmctl.cli.command_spec import Command
from llmctl.config import Profile, ProfileStore
from llmctl.config.sources import KEY_VARIABLES
from llmctl.errors import ExitCode
from llmctl.reference import commands
from llmctl.safe.secret import Secret
from llmctl.safe.secret_forms import may_be_secret
from tests.conftest import Run, complete
from tests.fault_table import Got
from tests.support import JOB_ID, PROVIDER_KEY, RecordingServer, Reply, page
from tests.terminal import on_terminal

SECRETS = [
    PROVIDER_KEY,
    "sk-ant-api03-abcdefgh",
    "phx_0123456789abcdef",
    "AIzaSyD-0123456789abcdefghijklmnopqrstu",
    "gsk_0123456789abcdefghijklmn",
    "Zr8Kq2vXw9Lm4Tn7Yb3Hc6Jd",  # without a prefix, as Mistral's
    "8c6976e5b5410415bde908bd4dee15df",  # as Azure's
    "V3n-8sKq_Xw29LmT4nYb73HcJd6fGh1ZpRt5Qe0Wu8k",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
]
NAMES = [
    JOB_ID,
    JOB_ID.upper(),
    "Default - traces",
    "openai-production-2026-08-01",
    "MyEvalForGPT4Turbo2026",
    "claude-3-5-sonnet-20241022-v2:0",
    "risk-assessment-2026 (EU)",
    f"prod [rotates {JOB_ID} 0a1b2c3d-4e5f+active+kept]",
    f"prod [revoke openai sk-a...b123 {JOB_ID}]",
    "x" * 64,
    "20260801T120000Z",
]


@pytest.mark.parametrize("text", SECRETS)
def test_k06_forms_of_secrets(text: str) -> None:
    assert may_be_secret(text)
    assert may_be_secret(f"a,{text}")
    assert may_be_secret(f"OPENAI_API_KEY={text}")


@pytest.mark.parametrize("text", NAMES)
def test_k06_ids_and_names_pass(text: str) -> None:
    assert not may_be_secret(text)


_WORDS = ("ID", "NAME|ID", "[NAME|ID]", "NAME|ID...", "NAME", "MASK", "A,B,C", "HOST")


def _places() -> list[tuple[Command, str]]:
    """Each command with the name of an option for an id or a name, or "" for an argument."""
    return [
        (command, "" if each.is_argument else each.names[0])
        for command in commands()
        for each in command.parameters
        if each.metavar in _WORDS or each.names == ("--name",)
    ]


PLACES = _places()
PLACE_NAMES = [f"{' '.join(command.words)} {option or 'ID'}" for command, option in PLACES]


@pytest.mark.parametrize(("command", "option"), PLACES, ids=PLACE_NAMES)
def test_k06_secret_in_place_of_an_id(
    run: Run, server: RecordingServer, command: Command, option: str
) -> None:
    server.reply(page([]))
    for secret in (PROVIDER_KEY, SECRETS[1]):
        result = run(*command.words, *filter(None, [option]), secret, stdin="x")
        assert result.code in (ExitCode.USAGE, *([ExitCode.CONFIG] if option in _OF_HOST else ()))
        assert secret not in result.out + result.err
    assert server.sent == []


_OF_HOST = ("--host", "--project")


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize(
    "words",
    [
        ["clustering-jobs", "get"],
        ["evaluation-reports", "list", "--evaluation"],
        ["provider-keys", "delete", JOB_ID, "--yes", "--replacement"],
        ["provider-keys", "rotate", "--name"],
        ["clustering-jobs", "list", "-p"],
        ["profiles", "use"],
    ],
    ids=" ".join,
)
def test_k06_any_form_of_secret(
    run: Run, server: RecordingServer, words: list[str], text: str
) -> None:
    result = run(*words, text)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "this looks like a secret" in result.err
    assert text not in result.err
    assert server.sent == []


def test_k06_hints_and_paths_do_not_repeat_it(run: Run, server: RecordingServer, got: Got) -> None:
    for words in (
        ["clustering-jobs", "lst", "-p", PROVIDER_KEY],
        ["clustering-jobs", "list", "--columns", PROVIDER_KEY],
        ["clustering-jobs", "create", "--data", f"@{PROVIDER_KEY}"],
        ["provider-keys", "create", "--api-key-file", SECRETS[5]],
        ["provider-keys", "create", "--api-key-env", SECRETS[5]],
    ):
        result = run(*words, stdin="x")
        assert (result.code, result.out) == (ExitCode.USAGE, "")
        assert not any(text in result.err for text in SECRETS)
    assert server.sent == []
    got("neither sent nor repeated")


def test_k06_secret_in_a_variable_for_a_profile(
    run: Run, monkeypatch: pytest.MonkeyPatch, server: RecordingServer
) -> None:
    monkeypatch.delenv("LLMCTL_API_KEY")
    monkeypatch.setenv("LLMCTL_PROFILE", SECRETS[5])
    result = run("clustering-jobs", "list")
    assert result.code == ExitCode.CONFIG
    assert SECRETS[5] not in result.err
    assert server.sent == []


def test_k06_names_are_stored_as_given(run: Run, server: RecordingServer) -> None:
    for name in (*NAMES, "nightly 3f2a9c81d05be7763f2a9c81d05be7763f2a9c81"):
        server.reply({"id": JOB_ID, "name": name})
        assert run("clustering-jobs", "create", "--name", name).code == 0, name
        assert server.sent[-1].json == {"name": name}


COMMANDS = list(commands())
_FREE_TEXTS = ("--report-prompt-guidance",)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_k06_secret_in_any_option(run: Run, server: RecordingServer, command: Command) -> None:
    """Neither sent nor shown; other options that the command needs make no difference."""
    if command.words in (("sandbox", "serve"), ("sandbox", "demo")):
        return
    server.reply(lambda sent: Reply(204) if sent.method == "DELETE" else Reply(body=page([])))
    yes = [name for each in command.parameters for name in each.names if name == "--yes"]
    for option in command.parameters:
        if not option.metavar or option.is_argument or option.names[0] in _FREE_TEXTS:
            continue
        needed = [
            word
            for each in command.parameters
            if each.is_required and each is not option
            for word in (*each.names[:1], "[]" if each.metavar == "JSON" else JOB_ID)
        ]
        result = run(*command.words, *needed, *yes, option.names[0], SECRETS[1], stdin="x")
        assert result.code in (ExitCode.USAGE, ExitCode.CONFIG), option
        assert SECRETS[1] not in result.out + result.err, option
    assert server.sent == []


@pytest.mark.parametrize("more", [[], ["-o", "json"]])
def test_k06_secret_before_the_command(run: Run, server: RecordingServer, more: list[str]) -> None:
    for text in SECRETS:
        for words in ([f"-p{text}"], [f"-o={text}"], [f"--host={text}"], [f"--{text}"]):
            result = run(*words, *more)
            assert (result.code, result.out) == (ExitCode.USAGE, "")
            assert text not in result.err
    assert server.sent == []


@pytest.mark.parametrize("group", ["clustering-jobs", "evaluation-reports", "provider-keys"])
@pytest.mark.parametrize("data", ['{"api_key": "%s"}', '{"a": [{"personal_api_key": "%s"}]}'])
def test_k06_key_in_data(run: Run, server: RecordingServer, group: str, data: str) -> None:
    for words in (["create"], ["update", JOB_ID]):
        result = run(group, *words, "--data", data % PROVIDER_KEY)
        assert (result.code, result.out, server.sent) == (ExitCode.USAGE, "", [])
        assert "error: --data contains an api_key; secrets are never given as" in result.err
        assert PROVIDER_KEY not in result.err


PERSONAL = "phx_0123456789ABCDEFGHIJabcdefghij"
NOT_PERSONAL = {
    f'"{PERSONAL}"': "in quotes",
    f"'{PERSONAL}'": "in quotes",
    f'{PERSONAL}"': "in quotes",
    "$POSTHOG_API_KEY": "a reference",
    "${POSTHOG_API_KEY}": "a reference",
    "$(pass posthog)": "a space",
    "%POSTHOG_API_KEY%": "a reference",
    "op://vault/posthog/key": "a reference",
    "vault:secret/data/posthog#key": "a reference",
    "https://us.posthog.com": "a reference",
    "arn:aws:secretsmanager:eu-west-1:1:secret:x": "a reference",
    "/run/secrets/posthog": "a path",
    "@key.txt": "a path",
    "phc_0123456789ABCDEFGHIJabcdefghij": "a project API key",
    "phs_0123456789ABCDEFGHIJabcdefghij": "a project secret API key",
    "sk-ant-api03-0123456789": "a key of another service",
    "sk-x": "a key of another service",
    "gsk_0123456789": "a key of another service",
    "AIzaSyD-0123456789": "a key of another service",
    "ghp_0123456789": "a key of another service",
    f'{{"key":"{PERSONAL}"}}': "JSON",
    f'["{PERSONAL}"]': "JSON",
    "phx_...ghij": "a mask",
    "phx_****": "a mask",
    "***": "a mask",
    f"Bearer {PERSONAL}": "a space",
    f" {PERSONAL}": "a space",
    "YOUR_POSTHOG_KEY": "a placeholder",
    "phx_your_key": "a placeholder",
    "<key>": "a placeholder",
    "xxxxxxxx": "a placeholder",
    f"POSTHOG_API_KEY={PERSONAL}": "the name of a variable",
    "null": "null",
    "None": "None",
}
PLAUSIBLE = [
    PERSONAL,
    "phx_short",
    "0123456789ABCDEFGHIJabcdefghij",  # older keys have no prefix
    "Vq-3n_8sKqXw29LmT4nYb73HcJd6fGh1ZpRt5Qe0Wu8k",
    "pha_0123456789ABCDEFGHIJabcdefghij",  # a token of OAuth
]


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        *((KEY_VARIABLES[0], key) for key in NOT_PERSONAL),
        *((variable, next(iter(NOT_PERSONAL))) for variable in KEY_VARIABLES[1:]),
        *itertools.starmap(complete, itertools.product(KEY_VARIABLES[1:], NOT_PERSONAL)),
    ],
)
def test_k03_not_a_personal_key(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, variable: str, key: str
) -> None:
    monkeypatch.delenv("LLMCTL_API_KEY")
    monkeypatch.setenv(variable, key)
    result = run("clustering-jobs", "list")
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert result.err.startswith(f"error: {variable} is not a ")
    assert NOT_PERSONAL[key] in result.err
    assert len(key) < 5 or key not in result.err
    assert server.sent == []


STORABLE = [key for key in NOT_PERSONAL if " " not in key]
SOURCES = ["--api-key-env", "--api-key-file", "--api-key-command", "-"]


@pytest.mark.parametrize(
    ("source", "key"),
    [
        *(("--api-key-env", key) for key in STORABLE),
        *((source, STORABLE[0]) for source in SOURCES[1:]),
        *itertools.starmap(complete, itertools.product(SOURCES[1:], STORABLE[1:])),
    ],
)
def test_k03_not_stored(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    source: str, key: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("KEY", key)
    (tmp_path / "key").write_text(key)
    words = {
        "--api-key-env": ["--api-key-env", "KEY"],
        "--api-key-file": ["--api-key-file", "key"],
        "--api-key-command": ["--api-key-command", "cat key"],
        "-": ["--api-key-file", "-"],
    }[source]
    add = ["profiles", "add", "work", "--host", server.origin, "--project", "1"]
    for check in ([], ["--no-check"]):
        result = run(*add, *words, *check, stdin=key)
        assert (result.code, result.out) == (ExitCode.CONFIG, "")
        assert NOT_PERSONAL[key] in result.err
        assert len(key) < 5 or key not in result.err
    assert server.sent == []
    assert not ProfileStore().directory.exists()


@pytest.mark.parametrize("key", ["phc_0123456789ABCDEFGHIJabcdefghij", f'"{PERSONAL}"'])
def test_k03_stored_key(run: Run, server: RecordingServer, key: str) -> None:
    """In the file of keys, and in the login of PostHog's own CLI."""
    ProfileStore().add(Profile("work", server.origin, "1"), Secret(key), replace=False)
    login = Path.home() / ".posthog" / "credentials.json"
    login.parent.mkdir()
    login.write_text(json.dumps({"token": key, "host": server.origin, "env_id": "1"}))
    for words in (
        ["clustering-jobs", "list", "-p", "work"],
        ["profiles", "add", "new", "--from-posthog-cli"],
    ):
        result = run(*words)
        assert (result.code, result.out) == (ExitCode.CONFIG, "")
        assert NOT_PERSONAL[key] in result.err
        assert key not in result.err
    assert server.sent == []


@pytest.mark.parametrize("key", PLAUSIBLE)
def test_k03_plausible_keys_are_sent(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    server.reply(page([]))
    monkeypatch.setenv("LLMCTL_API_KEY", key)
    assert run("clustering-jobs", "list").code == 0
    assert server.sent[0].headers["Authorization"] == f"Bearer {key}"


def test_k03_prompt(server: RecordingServer) -> None:
    shown = on_terminal(
        *("profiles", "add", "work", "--no-check", "--project", "1"),
        answers={"(not shown): ": "phc_0123456789ABCDEFGHIJ\n"},
    )
    assert shown.code == ExitCode.CONFIG
    assert "a project API key" in shown.text
    assert "phc_0123" not in shown.text
