"""Provider-specific fields, known to llmctl or not, are given with options and never lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmctl.api.provider_fields import provider_fields
from llmctl.rotation import steps
from llmctl.rotation.reader import parse_key
from llmctl.rotation.tag import KeyName
from llmctl.safe.secret import Secret
from llmctl.sandbox.generation import Generation
from tests.conftest import Run
from tests.support import JOB_ID, PROVIDER_KEY, RecordingServer, Reply, Sent, storing

KEY = {
    "id": JOB_ID,
    "name": "n",
    "provider": "new_provider",
    "provider_display": "New Provider",
    "state": "ok",
    "api_key_masked": "sk-p...0123",
    "api_key_display": "sk-p...0123",
    "region_display": "eu",
    "limits_display": {"rpm": 5},
    "azure_endpoint_display": None,
    "base_url_display": "",
}
SPECIFIC = {"region": "eu", "limits": {"rpm": 5}}
UPDATE = ["provider-keys", "update", JOB_ID]
AZURE = ["--provider", "azure_openai", "--azure-endpoint", "https://a.openai.azure.com"]
COMPATIBLE = ["--provider", "openai_compatible", "--base-url", "https://llm.example.com/v1"]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD", "key-0123456789-old1")
    monkeypatch.setenv("NEW", "key-9876543210-new2")
    monkeypatch.setenv("OUTAGE", "key-outage-0123456789")


def shown(sent: Sent) -> Reply:
    """The responses of a server that stores the specific fields, and shows them."""
    reply = storing(KEY)(sent)
    fields = {name: value for name, value in (sent.json or {}).items() if name in SPECIFIC}
    reply.body |= {f"{name}_display": value for name, value in fields.items()}
    return reply


def test_fields_that_a_key_shows() -> None:
    assert provider_fields(KEY) == SPECIFIC


def test_a_replacement_has_them() -> None:
    key = parse_key(KEY)
    body = steps.create(key, KeyName("n"), Secret(PROVIDER_KEY)).body or {}
    assert {name: body[name] for name in SPECIFIC} == SPECIFIC
    check = steps.check(key, Secret(PROVIDER_KEY)).body or {}
    assert dict(check).keys() == {"api_key", "provider", *SPECIFIC}


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--set", "region=us"], SPECIFIC | {"region": "us"}),
        (["--set", "region=null"], SPECIFIC | {"region": None}),
        (["--base-url", "https://x"], SPECIFIC | {"base_url": "https://x"}),
        (
            ["--provider", "new_provider", "--set", "limits=[1]"],
            {"provider": "new_provider"} | SPECIFIC | {"limits": [1]},
        ),
        (["--provider", "other", "--set", "region=us"], {"provider": "other", "region": "us"}),
        (["--provider", "new_provider"], {"provider": "new_provider"}),
    ],
)
def test_update_keeps_the_others(
    run: Run, server: RecordingServer, words: list[str], body: dict[str, Any]
) -> None:
    server.reply(shown)
    assert run(*UPDATE, *words).code == 0
    assert server.sent[-1].json == body
    planned = run(*UPDATE, *words, "--dry-run").out
    assert all(name in planned for name in body)


def test_an_outage_is_found_with_them(run: Run, server: RecordingServer) -> None:
    def reply(sent: Sent) -> Reply:
        if sent.method == "PATCH":
            return Reply(400, {"detail": "No such region", "attr": "region"})
        return Reply(200, {"state": "error", "error_message": "Down"} if sent.json else KEY)

    server.reply(reply)
    result = run(*UPDATE, "--api-key-env", "NEW")
    assert (result.code, "Down; nothing was changed" in result.err) == (7, True)
    assert server.sent[1].json == {"provider": "new_provider", "api_key": "key-9876543210-new2"}
    assert server.sent[2].json == server.sent[1].json | SPECIFIC


@pytest.mark.parametrize("name", ["api_key", "personal_api_key"])
@pytest.mark.parametrize("value", ["plain-CANARY", "@key", '{"a": 1}'])
@pytest.mark.parametrize("verb", ["create", "update", "validate"])
def test_no_secret_in_set(
    run: Run, server: RecordingServer, tmp_path: Path, verb: str, name: str, value: str
) -> None:
    (tmp_path / "key").write_text("CANARY")
    words = ["update", JOB_ID] if verb == "update" else [verb, "--provider", "openai"]
    result = run("provider-keys", *words, "--set", f"{name}={value}", "--api-key-env", "NEW")
    assert (result.code, server.sent) == (2, [])
    assert "--set contains an api_key" in result.err
    assert "CANARY" not in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "region"], "--set must be FIELD=VALUE"),
        (["--set", "=eu"], "--set must be FIELD=VALUE"),
        (["--set", "a=1", "--set", "a=2"], "--set: a is given twice"),
        (["--set", "a={"], "--set a is not JSON"),
        (["--set", f"a={PROVIDER_KEY}"], "--set: this looks like a secret"),
        (["--set", "a=@nope"], "--set a: cannot read nope"),
        (["--set", "a=-", "--set", "b=-"], "for one field only"),
        (["--set", "a=-", "--data", "-"], "--set and --data cannot both read standard input"),
        (["--set", 'a={"b": {"api_key": "x"}}'], "--set contains an api_key"),
    ],
)
def test_bad_values(run: Run, server: RecordingServer, words: list[str], said: str) -> None:
    result = run(*UPDATE, *words)
    assert (result.code, server.sent) == (2, [])
    assert said in result.err
    assert PROVIDER_KEY not in result.err


def test_values_from_files(run: Run, server: RecordingServer, tmp_path: Path) -> None:
    server.reply(shown)
    (tmp_path / "region").write_text("123")
    assert run(*UPDATE, "--set", "region=@region", "--set", "zone=-", stdin="true").code == 0
    assert server.sent[-1].json == SPECIFIC | {"region": "123", "zone": "true"}


@pytest.mark.generation("v3", complete="v1")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("words", [AZURE, COMPATIBLE], ids=["azure", "compatible"])
def test_in_the_sandbox(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], generation: Generation
) -> None:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    if words is COMPATIBLE and generation is Generation.V1:
        return  # it has no such provider

    def key(*words: str) -> dict[str, Any]:
        result = run("provider-keys", *words, "-o", "json")
        assert result.code == 0, result.err
        found: dict[str, Any] = json.loads(result.out)
        return found

    version = ["--api-version", "2025-01-01"] if words is AZURE else []
    made = key("create", *words, *version, "--name", "K", "--api-key-env", "OLD")
    fields = provider_fields(made)
    assert len(fields) == (2 if words is AZURE else 1)

    url = words[3].replace("https://", "https://b.")
    moved = key("update", "K", words[2], url)
    assert provider_fields(moved) == fields | {words[2][2:].replace("-", "_"): url}
    assert moved["state"] == "unknown"
    key("update", "K", *words[2:], "--api-key-env", "OLD")

    for strategy, secret in (("in-place", "NEW"), ("replace", "OLD")):
        rotate = ["rotate", "K", "--strategy", strategy, "--yes", "--api-key-env"]
        outage = run("provider-keys", *rotate, "OUTAGE")
        assert outage.code == 7, outage.err
        key(*rotate, secret)
        assert provider_fields(key("get", "K")) == fields
