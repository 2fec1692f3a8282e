"""`llmctl doctor` explains the connection of a real request: TLS, authorities and proxies."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import Run
from tests.faults.conftest import StartTLS
from tests.faults.servers import Proxy
from tests.faults.tls import Authority
from tests.support import RecordingServer, Reply


def network(run: Run, code: int) -> dict[str, dict[str, Any]]:
    result = run("doctor", "--retries", "0", "-o", "json")
    assert result.code == code
    found = json.loads(result.out)["checks"]
    return {each["name"]: each for each in found if each["group"] == "network"}


def test_certificate_and_authority(
    run: Run, authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tls(authority.server())
    server.reply(Reply(401, {"detail": "Invalid."}))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    found = network(run, 4)
    trusted = f"trusted: REQUESTS_CA_BUNDLE ({authority.file})"
    assert found["tls"]["detail"] == f"TLSv1.3, certificate issued by llmctl test, {trusted}"
    assert f"{server.origin} (127.0.0.1), without a proxy" in found["connection"]["detail"]


def test_certificate_that_is_not_trusted(run: Run, authority: Authority, tls: StartTLS) -> None:
    tls(authority.server())
    (found,) = network(run, 7).values()
    assert "its TLS certificate was rejected" in found["detail"]
    assert "set REQUESTS_CA_BUNDLE" in found["hint"]


def test_unusable_authorities(
    run: Run, authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls(authority.server())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    (found,) = network(run, 3).values()
    assert "REQUESTS_CA_BUNDLE is set to /nonexistent" in found["detail"]


def test_proxy(
    run: Run, authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: RecordingServer = tls(authority.server())
    server.reply(Reply(401, {"detail": "Invalid."}))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with closing(Proxy(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = network(run, 4)
        assert found["proxy"]["detail"] == f"{proxy.url.removeprefix('http://')} (127.0.0.1)"
        assert "through a proxy" in found["connection"]["detail"]
        assert found["tls"]["detail"].startswith("TLSv1.3, certificate issued by llmctl test")
