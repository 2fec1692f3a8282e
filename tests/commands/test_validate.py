"""`provider-keys validate KEY`: a stored key is checked again, which writes its state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import JOB_ID, RecordingServer, Reply, Sent, call, page

VALIDATE = ["provider-keys", "validate"]
KEYS = "/api/environments/42/llm_analytics/provider_keys/"
ROW = {
    "id": JOB_ID,
    "name": "Main",
    "provider": "gemini",
    "state": "ok",
    "error_message": None,
    "api_key_masked": "AIza...0123",
}


def answering(**state: Any) -> Any:
    """The responses of a server that has one key, and gives it this state."""

    def reply(sent: Sent) -> Reply:
        if sent.method == "POST":
            return Reply(200, ROW | state)
        return Reply(200, ROW if JOB_ID in sent.path else page([ROW]))

    return reply


@pytest.mark.parametrize(
    ("state", "message", "code", "said"),
    [
        ("ok", None, 0, ""),
        ("invalid", "Invalid API key", 6, f"llmctl provider-keys rotate {JOB_ID}"),
        ("error", "Rate limited", 7, f"llmctl provider-keys validate {JOB_ID}"),
        ("unknown", None, 7, "unexpected state 'unknown'"),
    ],
)
def test_the_state_is_the_exit_code(
    run: Run, server: RecordingServer, state: str, message: str | None, code: int, said: str
) -> None:
    server.reply(answering(state=state, error_message=message))
    result = run(*VALIDATE, JOB_ID, "--yes", "-o", "json")
    assert (result.code, json.loads(result.out)["state"]) == (code, state)
    assert server.lines == [f"POST {KEYS}{JOB_ID}/validate/"]
    assert said in result.err
    assert (message or "") in result.err


def test_by_name_as_a_table(run: Run, server: RecordingServer) -> None:
    server.reply(answering())
    result = run(*VALIDATE, "Main", "--yes", "-o", "table")
    assert (result.code, server.lines[-1]) == (0, f"POST {KEYS}{JOB_ID}/validate/")
    assert "AIza...0123" in result.out
    missing = run(*VALIDATE, "Mian", "--yes")
    assert (missing.code, "did you mean 'Main'" in missing.err) == (5, True)


@pytest.mark.parametrize(("typed", "code", "writes"), [("y\n", 0, 1), ("n\n", 2, 0), ("", 2, 0)])
def test_it_asks_first(server: RecordingServer, typed: str, code: int, writes: int) -> None:
    server.reply(answering())
    got, _, err = call([*VALIDATE, "Main"], is_terminal=True, typed=typed)
    assert (got, [sent.method for sent in server.sent].count("POST")) == (code, writes)
    assert f"Validate provider key 'Main' ({JOB_ID}) with gemini again? Its state (ok)" in (
        " ".join(err.split())
    )


def test_without_a_terminal_it_needs_yes(run: Run, server: RecordingServer) -> None:
    result = run(*VALIDATE, JOB_ID)
    assert (result.code, server.sent) == (2, [])
    assert "add --yes" in result.err


def test_dry_run(run: Run, server: RecordingServer) -> None:
    server.reply(answering())
    result = run(*VALIDATE, "Main", "--dry-run")
    assert (result.code, f"{KEYS}{JOB_ID}/validate/" in result.out) == (0, True)
    assert [sent.method for sent in server.sent] == ["GET"]


@pytest.mark.parametrize(
    "words",
    [
        ["--provider", "openai"],
        ["--azure-endpoint", "https://x"],
        ["--api-version", "v"],
        ["--base-url", "https://x"],
        ["--set", "a=1"],
        ["--api-key-env", "HOME"],
        ["--api-key-file", "-"],
        ["--api-key-command", "touch run"],
    ],
    ids=lambda words: words[0],
)
def test_options_that_cannot_be_combined(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    result = run(*VALIDATE, JOB_ID, *words, "--yes")
    assert (result.code, server.sent) == (2, [])
    assert f"{words[0]} cannot be combined with a stored key" in result.err


def test_neither_a_stored_key_nor_a_secret(run: Run, server: RecordingServer) -> None:
    result = run(*VALIDATE)
    assert (result.code, server.sent) == (2, [])
    assert result.err == (
        "error: give a stored key, or --provider and a secret\n"
        "hint: list the stored keys: llmctl provider-keys list\n"
    )


def test_a_key_without_a_secret(run: Run, server: RecordingServer) -> None:
    text = "No API key configured for this provider key."
    server.reply(Reply(400, {"detail": text}))
    result = run(*VALIDATE, JOB_ID, "--yes")
    assert (result.code, text in result.err) == (6, True)


def test_a_lost_response_proves_nothing(run: Run, server: RecordingServer) -> None:
    server.reply(lambda sent: Reply(500) if sent.method == "POST" else Reply(200, ROW))
    result = run(*VALIDATE, JOB_ID, "--yes")
    assert (result.code, result.out) == (8, "")
    assert f"llmctl provider-keys get {JOB_ID}" in result.err


def test_a_check_without_an_answer_says_why(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K", "AIza-0123456789")
    server.reply(Reply(500, {"detail": "A server error occurred."}))
    result = run(*VALIDATE, "--provider", "gemini", "--api-key-env", "K")
    assert result.code == 7
    assert "nothing was changed: " in result.err
    assert "returned a server error (500): A server error occurred.\n" in result.err


def test_a_secret_with_its_fields(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", "key-0123456789")
    server.reply({"state": "ok", "error_message": None, "error_field": None})
    words = ["--provider", "new", "--base-url", "https://x", "--set", "region=eu", "--set", "n=2"]
    assert run(*VALIDATE, *words, "--api-key-env", "NEW").code == 0
    (sent,) = server.sent
    assert sent.json == {
        "provider": "new",
        "base_url": "https://x",
        "region": "eu",
        "n": 2,
        "api_key": "key-0123456789",
    }


@pytest.mark.generation("v1")
@pytest.mark.usefixtures("sandbox")
def test_a_server_that_refuses(run: Run) -> None:
    result = run(*VALIDATE, "Production OpenAI", "--yes", "-p", "sandbox")
    assert (result.code, result.out) == (4, "")
    assert "This action does not support personal API key access" in result.err
    assert (
        "validate the secret itself: llmctl provider-keys validate --provider PROVIDER "
        "--api-key-env VARIABLE -p sandbox"
    ) in result.err


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_in_the_sandbox(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    assert run(*VALIDATE, "Production OpenAI", "--yes").code == 0
    assert run(*VALIDATE, "Old Anthropic", "--yes").code == 6
    monkeypatch.setenv("NEW", "sk-revoked-0123456789")
    rotate = ["provider-keys", "rotate", "Production OpenAI", "--api-key-env", "NEW", "--yes"]
    assert run(*rotate).code == 0
    result = run(*VALIDATE, "Production OpenAI", "--yes")
    assert (result.code, "Invalid API key" in result.err) == (6, True)
    row = json.loads(run("provider-keys", "get", defaults.ACTIVE_KEY_ID, "-o", "json").out)
    assert row["state"] == "invalid"
