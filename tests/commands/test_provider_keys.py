"""Provider keys and models: requests of the writes, deletes of keys in use, checks, audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.canaries import found_in
from tests.conftest import Run
from tests.support import JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply, Sent, page, storing

pytestmark = pytest.mark.generation("v1", complete="v3")

API = "/api/environments/42/llm_analytics"
SECRET = "sk-proj-CANARYsecret0123"
ROW = {
    "id": JOB_ID,
    "name": "n",
    "provider": "gemini",
    "state": "ok",
    "api_key_masked": "sk-p...0123",
}
FIELDS = [
    (["--provider", "anything"], {"provider": "anything"}),
    (["--name", "a b"], {"name": "a b"}),
    (["--data", '{"provider": "low"}'], {"provider": "low"}),
    (["--azure-endpoint", "https://x.openai.azure.com"], None),
    (["--api-version", "2024-10-21"], {"api_version": "2024-10-21"}),
    (["--base-url", "https://x"], {"base_url": "https://x"}),
    (["--data", '{"region": "eu", "tier": 2}', "--set", "tier=3"], {"region": "eu", "tier": 3}),
    (
        ["--set", "a=x=y", "--set", "b=1.10", "--set", "c=007"],
        {"a": "x=y", "b": "1.10", "c": "007"},
    ),
    (["--set", "a=[-1]", "--set", "b=null", "--set", "c=true"], {"a": [-1], "b": None, "c": True}),
    (["--set", "base_url=https://low", "--base-url", "https://x"], {"base_url": "https://x"}),
]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    monkeypatch.setenv("EMPTY", "")


@pytest.mark.parametrize(("words", "body"), FIELDS)
def test_create(run: Run, server: RecordingServer, words: list[str], body: Any) -> None:
    server.reply(stored)
    if "provider" not in " ".join(words):
        words = [*words, "--provider", "any"]
    result = run("provider-keys", "create", *words, "--api-key-env", "SECRET", "-o", "json", "-v")
    assert result.code == 0
    expected = {"provider": "any"} | (body or {"azure_endpoint": "https://x.openai.azure.com"})
    assert server.lines == [f"POST {API}/provider_keys/"]
    assert server.sent[0].json == expected | {"api_key": SECRET}
    assert json.loads(result.out) == stored(server.sent[0]).body
    assert SECRET not in result.out + result.err


def stored(sent: Sent) -> Reply:
    """The response of a server that stores what it is sent."""
    if sent.method == "GET" and sent.path.endswith("evaluation_config/"):
        return Reply(200, {"active_provider_key": ROW})
    return storing(ROW)(sent)


def test_create_as_active_from_a_file(run: Run, server: RecordingServer, tmp_path: Path) -> None:
    server.reply(stored)
    (tmp_path / "key").write_text(f"{SECRET}\n")
    words = ["--provider", "openai", "--name", "n", "--set-as-active"]
    assert run("provider-keys", "create", *words, "--api-key-file", str(tmp_path / "key")).code == 0
    (create,) = [sent.json for sent in server.sent if sent.method == "POST"]
    assert (create["set_as_active"], create["api_key"]) == (True, SECRET)
    assert run("provider-keys", "create", *words, "--api-key-file", "-", stdin=SECRET).code == 0
    command = f"printf {SECRET}"
    assert run("provider-keys", "create", *words, "--api-key-command", command).code == 0


USES_OF_A_SECRET = [
    ["create", "--provider", "openai", "--name", "n"],
    ["update", JOB_ID],
    ["validate", "--provider", "openai"],
    ["rotate", JOB_ID, "--yes"],
    ["rotate", JOB_ID, "--yes", "--dry-run"],
]


@pytest.mark.parametrize("words", USES_OF_A_SECRET, ids=lambda words: " ".join(words))
@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        (KEY, "it is the personal API key in use"),
        ("AIza...1234", "it is a mask"),
        ("********", "it is a mask"),
        ('{"key":"sk-proj-0123456789"}', "it looks like JSON"),
        ('["sk-proj-0123456789"]', "it looks like JSON"),
        ('"sk-proj-0123456789"', "it is in quotes"),
        ("'sk-proj-0123456789'", "it is in quotes"),
        ("$OPENAI_API_KEY", "it is a reference"),
        ("${OPENAI_API_KEY}", "it is a reference"),
        ("op://vault/openai/key", "it is a reference"),
        ("vault:secret/openai#key", "it is a reference"),
        ("null", "it is null"),
        ("None", "it is None"),
    ],
)
def test_k02_secret_that_cannot_be_meant(
    run: Run, server: RecordingServer, words: list[str], secret: str, reason: str
) -> None:
    result = run("provider-keys", *words, "--api-key-file", "-", stdin=secret)
    assert result.code == 2
    assert server.sent == []
    assert f"the secret is not a provider key: {reason}" in result.err
    assert secret in ("null", "None") or secret not in result.out + result.err


@pytest.mark.parametrize(
    "secret", ["sk-abc...wxyz", "[key]x", '"', "sk-$HOME", "vaults:x", "nullable", "***x"]
)
def test_k02_secret_that_only_resembles_those(
    run: Run, server: RecordingServer, secret: str
) -> None:
    server.reply(stored)
    words = ["create", "--provider", "openai", "--name", "n", "--api-key-file", "-"]
    assert run("provider-keys", *words, stdin=secret).code == 0
    assert server.sent[0].json["api_key"] == secret


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        ([], "", "cannot prompt for the provider key: no terminal"),
        (["--api-key-env", "NOPE"], "", "NOPE is not set"),
        (["--api-key-env", "EMPTY"], "", "EMPTY is empty"),
        (["--api-key-file", "/nope"], "", "cannot read /nope"),
        (["--api-key-file", "-"], "", "empty"),
        (
            ["--api-key-file", "-"],
            "a\nb",
            "from --api-key-file is not a valid key: character 2 is U+000A",
        ),
        (["--api-key-file", "-"], "sk-é", "U+00E9"),
        (["--api-key-command", "exit 3"], "", "code 3"),
        (["--api-key-command", "echo"], "", "--api-key-command printed nothing"),
        (["--api-key-env", "SECRET", "--api-key-file", "x"], "", "cannot be combined"),
        (["--api-key-file", "-", "--data", "-"], "", "cannot both read standard input"),
    ],
)
def test_bad_secret_is_not_sent(
    run: Run, server: RecordingServer, words: list[str], stdin: str, message: str
) -> None:
    result = run("provider-keys", "create", "--provider", "any", *words, stdin=stdin)
    assert result.code == 2
    assert message in result.err
    assert server.sent == []


@pytest.mark.parametrize("words", [[], ["--provider", ""], ["--data", '{"provider": null}']])
def test_create_without_a_provider(run: Run, server: RecordingServer, words: list[str]) -> None:
    # The key's source is not looked at: nobody is asked for a key that goes nowhere.
    result = run("provider-keys", "create", "--name", "n", *words, "--api-key-env", "NOPE")
    assert result.code == 2
    assert "--provider is required" in result.err
    assert server.sent == []


@pytest.mark.parametrize("command", [["create"], ["update", JOB_ID]], ids=["create", "update"])
def test_secret_in_data_is_refused(
    run: Run, server: RecordingServer, command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "key.json").write_text('{"provider": "openai", "api_key": "sk-CANARY"}')
    for data in ('{"provider": "openai", "api_key": "sk-CANARY"}', f"@{tmp_path}/key.json"):
        for more in ([], ["--dry-run"], ["--api-key-env", "SECRET"]):
            result = run("provider-keys", *command, "--data", data, *more)
            assert (result.code, result.out) == (2, "")
            assert "--data contains an api_key" in result.err
            assert "--api-key-file PATH" in result.err
            assert "CANARY" not in result.err
    assert server.sent == []


@pytest.mark.parametrize(("words", "body"), FIELDS)
def test_update(run: Run, server: RecordingServer, words: list[str], body: Any) -> None:
    server.reply(stored)
    assert run("provider-keys", "update", JOB_ID, *words).code == 0
    path = f"{API}/provider_keys/{JOB_ID}/"
    is_specific = not {"name", "provider"} & (body or {}).keys()  # the other fields are kept
    reads = [f"GET {path}"] if "--name" in words or is_specific else []  # its tag is kept
    assert server.lines == [*reads, f"PATCH {path}"]
    assert server.sent[-1].json == (body or {"azure_endpoint": "https://x.openai.azure.com"})


def test_update_with_a_secret_sends_the_provider(run: Run, server: RecordingServer) -> None:
    server.reply(ROW)
    assert run("provider-keys", "update", JOB_ID, "--api-key-env", "SECRET").code == 0
    assert server.lines == [
        f"GET {API}/provider_keys/{JOB_ID}/",
        f"PATCH {API}/provider_keys/{JOB_ID}/",
    ]
    assert server.sent[1].json == {"provider": "gemini", "api_key": SECRET}
    assert run("provider-keys", "update", JOB_ID).code == 2


@pytest.mark.parametrize("verb", ["create", "validate"])
def test_dry_run_shows_no_secret(run: Run, server: RecordingServer, verb: str) -> None:
    result = run(
        "provider-keys", verb, "--provider", "openai", "--api-key-env", "SECRET", "--dry-run"
    )
    assert result.code == 0
    assert '"api_key": "***"' in result.out
    assert SECRET not in result.out + result.err
    assert server.sent == []


@pytest.mark.parametrize(
    ("secret", "code", "state"),
    [("sk-good-0123", 0, "ok"), ("sk-invalid-1", 6, "invalid"), ("sk-outage-12", 7, "error")],
)
def test_validate(
    run: Run, monkeypatch: pytest.MonkeyPatch, secret: str, code: int, state: str
) -> None:
    monkeypatch.setenv("SECRET", secret)
    words = ["--provider", "openai", "--api-key-env", "SECRET", "-p", "sandbox", "-o", "json"]
    result = run("provider-keys", "validate", *words)
    assert (result.code, json.loads(result.out)["state"]) == (code, state)
    assert run("provider-keys", "validate", "--api-key-env", "SECRET").code == 2


@pytest.mark.parametrize("status", [200, 201, 400, 403, 500])
def test_c05_secret_that_the_server_repeats(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The server's words are shown, but for the keys that it was sent."""
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    said = f"key {PROVIDER_KEY} of {KEY} is bad"
    echo = {"X-Request-Id": f"req {PROVIDER_KEY} {KEY}", "Location": f"/{KEY}"}
    server.reply(Reply(status, {"id": "a", "detail": said, "api_key": PROVIDER_KEY}, echo))
    create = ["provider-keys", "create", "--provider", "openai", "--name", "x"]
    for output in ("json", "table", "tsv"):
        result = run(*create, "--api-key-env", "NEW", "-v", "-o", output)
        assert not found_in(result.out + result.err)
    if status == 400:
        assert "key *** of *** is bad" in result.err


@pytest.mark.usefixtures("sandbox")
def test_list_by_state(run: Run) -> None:
    words = ["provider-keys", "list", "-p", "sandbox", "-o", "ids"]
    assert run(*words, "--state", "invalid,error").out == f"{defaults.INVALID_KEY_ID}\n"
    assert run(*words, "--state", "ok, invalid", "--limit", "1").out.count("\n") == 1
    assert run(*words, "--state", "nope").out == ""


def test_list_by_state_counts_what_is_listed(run: Run, server: RecordingServer) -> None:
    states = ["ok", "error", "ok", "invalid", "ok", "ok"]
    rows = [ROW | {"id": f"k{number}", "state": state} for number, state in enumerate(states)]
    link = f"{server.origin}{API}/provider_keys/?limit=3&offset=3"
    server.reply(page(rows[:3], count=6, following=link), page(rows[3:], count=6))
    words = ["--state", "ok", "--offset", "1", "--limit", "2", "-o", "ids"]
    assert run("provider-keys", "list", *words).out == "k2\nk4\n"
    assert server.lines[0] == f"GET {API}/provider_keys/"


@pytest.mark.generation("v1")
@pytest.mark.usefixtures("sandbox")
def test_models_of_no_provider(run: Run) -> None:
    """Older servers require one."""
    result = run("models", "list", "-p", "sandbox")
    assert result.code == 6
    assert "hint: add --provider or --key-id; known providers: openai, anthropic, " in result.err


def test_models_of_a_key(run: Run, server: RecordingServer) -> None:
    server.reply(ROW, {"models": [{"id": "m"}]})
    assert run("models", "list", "--key-id", JOB_ID, "-o", "ids").out == "m\n"
    assert server.lines == [
        f"GET {API}/provider_keys/{JOB_ID}/",
        f"GET {API}/models/?provider=gemini&key_id={JOB_ID}",
    ]
    server.reply(Reply(404, {"detail": "Not found."}))
    result = run("models", "list", "--key-id", JOB_ID)
    assert (result.code, len(server.sent)) == (5, 3)
    assert "llmctl provider-keys list" in result.err


def test_models(run: Run, server: RecordingServer) -> None:
    rows = [{"id": "m", "posthog_available": True}]
    server.reply({"models": rows, "providers": []})
    result = run("models", "list", "--provider", "openai", "--key-id", JOB_ID, "-o", "json")
    assert server.lines == [f"GET {API}/models/?provider=openai&key_id={JOB_ID}"]
    assert json.loads(result.out) == rows
    for answer in ({}, {"models": None}, {"models": ["m"]}):
        server.reply(answer)
        assert run("models", "list").code == 7


DELETE = ["provider-keys", "delete", "-p", "sandbox"]
USED, FREE = defaults.ACTIVE_KEY_ID, defaults.INVALID_KEY_ID


@pytest.mark.usefixtures("sandbox")
def test_delete_of_a_free_key(run: Run) -> None:
    assert run(*DELETE, FREE).code == 2
    result = run(*DELETE, FREE, "--yes")
    assert (result.code, result.out) == (0, "")
    assert "not the active key" in result.err
    assert run(*DELETE, FREE, "--yes").code == 5


@pytest.mark.usefixtures("sandbox")
def test_f15_delete_of_a_key_in_use(run: Run) -> None:
    result = run(*DELETE, USED, "--yes")
    assert result.code == 2
    assert "is in use; it was not deleted" in result.err
    assert "pinned to it: evaluation" in result.err
    assert run("provider-keys", "get", USED, "-p", "sandbox").code == 0
    assert run(*DELETE, USED, "--yes", "--replacement", USED).code == 2
    wrong = run(*DELETE, USED, "--yes", "--replacement", FREE)
    assert wrong.code == 2
    assert "a key for anthropic, not for openai" in wrong.err
    assert run(*DELETE, USED, "--yes", "--force").code == 0
    config = json.loads(run("evaluation-config", "get", "-p", "sandbox", "-o", "json").out)
    assert config["active_provider_key"] is None


@pytest.mark.usefixtures("sandbox")
def test_delete_with_replacement_leaves_an_active_key(run: Run) -> None:
    words = ["--provider", "openai", "--name", "n", "--api-key-env", "SECRET", "-o", "ids"]
    new = run("provider-keys", "create", *words, "-p", "sandbox").out.strip()
    planned = run(*DELETE, USED, "--replacement", new, "--dry-run").out
    assert planned.index("set_active_key") < planned.index("curl -X DELETE")
    assert f'{{"key_id": "{new}"}}' in planned
    assert "# pinned to it: evaluation" in planned
    assert run(*DELETE, USED, "--yes", "--replacement", new).code == 0
    config = json.loads(run("evaluation-config", "get", "-p", "sandbox", "-o", "json").out)
    assert config["active_provider_key"]["id"] == new
    evaluation = json.loads(run("evaluations", "list", "-p", "sandbox", "-o", "json").out)[0]
    assert evaluation["model_configuration"]["provider_key_id"] == new
    assert evaluation["enabled"] is True


def test_delete_with_a_replacement_that_does_not_work(run: Run, server: RecordingServer) -> None:
    other = ROW | {"id": defaults.INVALID_KEY_ID, "state": "error"}
    server.reply(page([ROW, other]))
    result = run("provider-keys", "delete", JOB_ID, "--replacement", other["id"], "--yes")
    assert result.code == 6
    assert "has the state 'error'" in result.err
    assert {sent.method for sent in server.sent} == {"GET"}


@pytest.mark.usefixtures("sandbox")
def test_audit(run: Run) -> None:
    result = run("provider-keys", "audit", "-p", "sandbox", "-o", "json")
    rows = {row["id"]: row for row in json.loads(result.out)}
    assert rows[USED] | {"last_used_at": None} == {
        "id": USED,
        "name": "Production OpenAI",
        "provider": "openai",
        "state": "ok",
        "active": True,
        "age_days": 0,
        "last_used_at": None,
        "pinned_evaluations": 1,
        "problems": [],
        "api_key_masked": "sk-p...beef",
        "error_message": None,
        "used_by": [
            {
                "kind": "evaluation",
                "id": defaults.EVALUATION_ID,
                "name": "Answer relevance",
                "enabled": True,
                "stop_reason": None,
            }
        ],
    }
    state, unused = rows[FREE]["problems"]
    assert state.startswith("its state is invalid: Invalid API key; give it a new secret: llmctl")
    assert unused == "no evaluation or tagger uses it"
    # The key that is not ok is not in use: no alarm.
    assert run("provider-keys", "audit", "--fail", "-p", "sandbox").code == 0
    alarm = run("provider-keys", "audit", "--fail", "--max-age", "0h", "-p", "sandbox")
    assert alarm.code == 6
    assert USED in alarm.err
    assert FREE in alarm.out
    assert run("provider-keys", "audit", "--max-age", "x", "-p", "sandbox").code == 2


@pytest.mark.usefixtures("sandbox")
def test_j01_audit_after_the_active_key_was_deleted(run: Run, generation: Generation) -> None:
    delete = ["provider-keys", "delete", defaults.ACTIVE_KEY_ID, "--force", "--yes"]
    assert run(*delete, "-p", "sandbox").code == 0
    told = "evaluation Answer relevance is left without a key: it is not pinned to one, and"
    assert told in run("provider-keys", "audit", "-p", "sandbox").err
    result = run("provider-keys", "audit", "--fail", "-p", "sandbox")
    assert result.code == 6
    assert told in result.err
    why = {
        Generation.V1: "is paused or stopped (this server does not say which)",
        Generation.V3: "was stopped (provider_key_deleted)",
    }
    assert f"evaluation Answer relevance {why[generation]}" in result.err


@pytest.mark.usefixtures("sandbox")
def test_f20_audit_finds_twins_and_pending_rotations(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate = ["provider-keys", "rotate", "--active", "--strategy", "replace", "--yes"]
    source = ["--api-key-env", "SECRET", "-p", "sandbox"]
    assert run(*rotate, "--keep-old", *source).code == 0
    create = ["provider-keys", "create", "--provider", "openai", "--name", "twin"]
    assert run(*create, *source).code == 0
    rows = json.loads(run("provider-keys", "audit", "-p", "sandbox", "-o", "json").out)
    problems = "\n".join(problem for row in rows for problem in row["problems"])
    assert f"a rotation of {USED} is pending" in problems
    assert problems.count("same mask as") == 2


@pytest.mark.parametrize(("secret", "code"), [("sk-outage-0123456", 7), ("sk-invalid-012345", 6)])
@pytest.mark.parametrize(
    "words", [["create", "--provider", "openai", "--name", "B"], ["update", defaults.ACTIVE_KEY_ID]]
)
def test_h10_create_and_update_tell_an_outage_from_a_refused_secret(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], secret: str, code: int
) -> None:
    monkeypatch.setenv("NEW", secret)
    before = run("provider-keys", "list", "-o", "json", "-p", "sandbox").out
    result = run("provider-keys", *words, "--api-key-env", "NEW", "-p", "sandbox")
    assert result.code == code
    assert ("nothing was changed" in result.err) == (code == 7)
    assert run("provider-keys", "list", "-o", "json", "-p", "sandbox").out == before


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("verb", ["create", "update", "rotate", "replace"])
@pytest.mark.parametrize(
    ("secret", "code"),
    [("azure-outage-0123", 7), ("azure-ratelimit-0123", 7), ("azure-invalid-0123", 6)],
)
def test_h10_provider_with_an_address(
    run: Run, monkeypatch: pytest.MonkeyPatch, verb: str, secret: str, code: int
) -> None:
    """For an outage, the server names the address, not the secret."""
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("OLD", "azure-0123456789abc")
    monkeypatch.setenv("NEW", secret)
    create = ["create", "--provider", "azure_openai", "--name", "A"]
    create += ["--azure-endpoint", "https://a.openai.azure.com"]
    key = run("provider-keys", *create, "--api-key-env", "OLD", "-o", "ids").out.strip()
    words = {
        "create": create,
        "update": ["update", key],
        "rotate": ["rotate", key, "--yes"],
        "replace": ["rotate", key, "--yes", "--strategy", "replace"],
    }[verb]
    result = run("provider-keys", *words, "--api-key-env", "NEW")
    assert result.code == code, result.err


@pytest.mark.parametrize(
    "words",
    [
        ["create", "--provider", "openai", "--name", "n", "--dry-run"],
        ["update", JOB_ID, "--provider", "openai", "--dry-run"],
        ["validate", "--provider", "openai", "--dry-run"],
    ],
    ids=lambda words: words[0],
)
def test_k01_dry_run_does_not_run_the_command(
    run: Run, server: RecordingServer, tmp_path: Path, words: list[str]
) -> None:
    result = run("provider-keys", *words, "--api-key-command", f"touch {tmp_path}/run; echo sk-x")
    assert result.code == 0, result.err
    assert '"api_key": "***"' in result.out or '"api_key":"***"' in result.out
    assert not (tmp_path / "run").exists()
    assert server.sent == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["create", "--name", "n"], 2),
        (["create", "--provider", "openai", "--data", "{"], 2),
        (["create", "--provider", "openai", "--api-key-env", "SECRET"], 2),
        (["create", "--provider", "openai", "--profile", "nope"], 3),
        (["create", "--provider", "openai", "--timeout", "0"], 2),
        (["update", "a\nb"], 2),
        (["update", JOB_ID, "other"], 2),
        (["update", JOB_ID, "--host", "http://posthog.example.com"], 3),
        (["validate"], 2),
    ],
)
def test_k01_bad_options_and_settings_come_before_the_command(
    run: Run, server: RecordingServer, tmp_path: Path, words: list[str], code: int
) -> None:
    result = run("provider-keys", *words, "--api-key-command", f"touch {tmp_path}/run; echo sk-x")
    assert result.code == code, result.err
    assert not (tmp_path / "run").exists()
    assert server.sent == []


@pytest.mark.parametrize(
    ("replies", "code"),
    [
        ([Reply(404, {"detail": "Not found."})], 5),
        ([Reply(401, {"detail": "No."})], 4),
        ([Reply(200, ROW), Reply(403, {"detail": "No."})], 4),
    ],
    ids=["unknown id", "wrong key", "read-only key"],
)
def test_k01_update_checks_the_key_before_the_command(
    run: Run, server: RecordingServer, tmp_path: Path, replies: list[Reply], code: int
) -> None:
    server.reply(*replies)
    words = ["update", JOB_ID, "--api-key-command", f"touch {tmp_path}/run; echo sk-x"]
    assert run("provider-keys", *words).code == code
    assert not (tmp_path / "run").exists()


def test_k01_update_runs_the_command_last(
    run: Run, server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(SECRET)
    server.reply(Reply(200, ROW), Reply(404, {"detail": "Not found."}), Reply(200, ROW))
    words = ["update", JOB_ID, "--api-key-command", f"echo x >> runs; cat {tmp_path}/key"]
    assert run("provider-keys", *words).code == 0
    assert (tmp_path / "runs").read_text() == "x\n"
    assert server.sent[-1].json == {"api_key": SECRET, "provider": "gemini"}
