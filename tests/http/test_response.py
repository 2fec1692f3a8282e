"""Responses as they are read: no secret in any spelling, and headers without meaning."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, KEY, PROVIDER_KEY, RecordingServer, Reply, Sent, page


def spelt(how: str, text: str) -> str:
    """Return a string as a server may write it between JSON's quotes."""
    if how == "code points":
        return "".join(f"\\u{ord(character):04x}" for character in text)
    if how == "solidus":
        return json.dumps(text)[1:-1].replace("/", "\\/")
    shown = {"plain": text, "page": html.escape(text), "address": quote(text, safe="")}[how]
    return json.dumps(shown)[1:-1]


@pytest.mark.parametrize("how", ["plain", "solidus", "code points", "page", "address"])
def test_secret_is_hidden_in_every_spelling(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    secret = 'sk-"ab/cd&ef\\0123456789=='
    monkeypatch.setenv("SECRET", secret)
    body = b'{"detail": "bad key: %s.", "attr": "%s"}' % ((spelt(how, secret).encode(),) * 2)
    server.reply(Reply(400, body))
    create = ["provider-keys", "create", "--provider", "openai", "--api-key-env", "SECRET"]
    result = run(*create)
    assert result.err == "error: ***: bad key: ***.\n"


@pytest.mark.parametrize("zone", ["GMT", "+99999999999999999999"])
@pytest.mark.parametrize("year", ["2026", "99999999999"])
def test_invalid_date_header(run: Run, server: RecordingServer, zone: str, year: str) -> None:
    date = {"Date": f"Mon, 01 Jan {year} 00:00:00 {zone}"}
    server.reply(Reply(502, {}, date), Reply(200, page([JOB]), date))
    result = run("clustering-jobs", "create", "--name", "x", "--retries", "0")
    assert result.code == ExitCode.UNKNOWN


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_response_that_repeats_the_request_shows_no_secret(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def echo(sent: Sent) -> Reply:
        return Reply(status, {"headers": sent.headers, "data": sent.body.decode()})

    monkeypatch.setenv("SECRET", PROVIDER_KEY)
    server.reply(echo)
    create = ["provider-keys", "create", "--provider", "openai", "--api-key-env", "SECRET"]
    for words in (create, [*create, "-o", "json"]):
        result = run(*words)
        assert "***" in result.err
        assert PROVIDER_KEY not in result.err
        assert KEY not in result.err
