"""A. The credential goes only where it should: certificates, proxies, regions."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.faults.conftest import StartTLS
from tests.faults.servers import Proxy
from tests.faults.tls import Authority
from tests.support import JOB, JOB_ID, KEY, RecordingServer, Reply, storing

READ = ["clustering-jobs", "get", JOB_ID]
CREATE = ["clustering-jobs", "create", "--name", "x"]
PASSWORD = "proxy-password-0123"

Trust = Callable[[], None]


@pytest.fixture
def trust(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Trust:
    """Return a function that makes the environment trust the test's authority."""
    return lambda: monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))


def test_a01_netrc_entry_for_the_host(
    run: Run, authority: Authority, tls: StartTLS, trust: Trust
) -> None:
    """Over TLS, because the environment's settings do not apply to plain HTTP."""
    (Path.home() / ".netrc").write_text("machine 127.0.0.1 login me password wrong\n")
    bearer_alone(run, tls(authority.server()), trust)


def test_a02_netrc_default_entry(
    run: Run,
    authority: Authority,
    tls: StartTLS,
    trust: Trust,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "netrc").write_text("default login me password wrong\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    bearer_alone(run, tls(authority.server()), trust)


def bearer_alone(run: Run, server: RecordingServer, trust: Trust) -> None:
    trust()
    server.reply(storing(JOB))
    for command in (READ, CREATE):
        assert run(*command).code == 0
    assert [sent.headers["Authorization"] for sent in server.sent] == [f"Bearer {KEY}"] * 2


def old_tls(authority: Authority) -> ssl.SSLContext:
    """Return the context of a server that supports nothing newer than TLS 1.1."""
    context = authority.server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def refused_before_http(run: Run, server: RecordingServer, *said: str) -> None:
    """Assert that reads and writes exit 7 with these messages and that no request arrives."""
    for command in (READ, CREATE):
        result = run(*command)
        assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
        assert f"cannot reach {server.origin}: " in result.err
        assert all(text in result.err for text in said), result.err
    assert server.sent == []


def test_a14_unknown_authority(run: Run, authority: Authority, tls: StartTLS) -> None:
    hint = "hint: if a private authority signed it, set REQUESTS_CA_BUNDLE"
    said = "its TLS certificate was rejected: unable to get local issuer certificate"
    refused_before_http(run, tls(authority.server()), said, hint)


def test_a15_certificate_of_another_host(
    run: Run, authority: Authority, tls: StartTLS, trust: Trust
) -> None:
    trust()
    server = tls(authority.server("DNS:other.example.com"))
    refused_before_http(run, server, "mismatch", "hint: check the host")


def test_a15_expired_certificate(
    run: Run, authority: Authority, tls: StartTLS, trust: Trust
) -> None:
    trust()
    server = tls(authority.server(end="20250101000000Z"))
    refused_before_http(run, server, "certificate has expired")


def test_a15_only_tls_1_1(run: Run, authority: Authority, tls: StartTLS, trust: Trust) -> None:
    trust()
    refused_before_http(run, tls(old_tls(authority)), "it supports no secure TLS version")


def test_a15_no_tls(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.origin = server.origin.replace("http://", "https://")
    monkeypatch.setenv("LLMCTL_HOST", server.origin)
    refused_before_http(run, server, "this port does not use TLS")


@pytest.mark.parametrize(
    ("variable", "content", "said"),
    [
        ("REQUESTS_CA_BUNDLE", None, "cannot be read: No such file or directory"),
        ("CURL_CA_BUNDLE", None, "cannot be read: No such file or directory"),
        ("REQUESTS_CA_BUNDLE", b"", "contains no certificate"),
        ("REQUESTS_CA_BUNDLE", b"\x00\xff garbage", "contains no certificate"),
        (
            "REQUESTS_CA_BUNDLE",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "contains no certificate",
        ),
        ("REQUESTS_CA_BUNDLE", "directory", "is a directory without hashed certificates"),
    ],
)
def test_a16_unusable_authorities(
    run: Run,
    authority: Authority,
    tls: StartTLS,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    content: bytes | str | None,
    said: str,
) -> None:
    path = tmp_path / "bundle.pem"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    monkeypatch.setenv(variable, str(path))
    server = tls(authority.server())
    result = run(*READ)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert (
        result.err
        == f"error: cannot reach {server.origin}: {variable} is set to {path}, which {said}\n"
    )
    assert server.sent == []


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_a17_private_authority(
    run: Run,
    authority: Authority,
    tls: StartTLS,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
) -> None:
    path = authority.file if kind == "file" else authority.hashed_into(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    server = tls(authority.server())
    server.reply(JOB)
    assert run(*READ).code == 0
    assert server.sent[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.fixture
def proxied(
    authority: Authority, tls: StartTLS, trust: Trust
) -> tuple[RecordingServer, Callable[..., Proxy]]:
    """Return a TLS server whose certificate is trusted, and a function that starts a proxy."""
    trust()
    server = tls(authority.server())
    server.reply(storing(JOB))
    return server, lambda *refusals: Proxy(server.port, *refusals)


def test_a18_https_goes_through_the_proxy_unseen(
    run: Run, proxied: tuple[RecordingServer, Callable[..., Proxy]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, start = proxied
    with closing(start()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert run(*READ).code == 0
        (head,) = proxy.heads
        assert head.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.")
        assert "authorization" not in head.lower()
        assert proxy.tunnelled
        assert KEY.encode() not in proxy.tunnelled
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert run(*READ).code == 0
        assert len(proxy.heads) == 1
    assert len(server.sent) == 2


def test_a18_plain_http_to_this_machine_uses_no_proxy(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    server.reply(JOB)
    assert run(*READ).code == 0


def test_a19_write_is_repeated_after_the_proxy_refused(
    run: Run, proxied: tuple[RecordingServer, Callable[..., Proxy]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, start = proxied
    with closing(start(503)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        result = run(*CREATE)
        assert result.code == 0
        assert f"the proxy 127.0.0.1:{proxy.port} failed: it returned 503" in result.err
        assert len(proxy.heads) == 2
    assert len(server.sent) == 1


def test_a19_proxy_that_requires_a_password(
    run: Run, proxied: tuple[RecordingServer, Callable[..., Proxy]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, start = proxied
    with closing(start(407)) as proxy:
        address = proxy.url.replace("//", f"//user:{PASSWORD}@")
        monkeypatch.setenv("HTTPS_PROXY", address)
        result = run(*CREATE, "--retries", "0", "-v")
        assert result.code == ExitCode.UNAVAILABLE
        assert "failed: it returned 407" in result.err
        assert PASSWORD not in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    ("proxy", "code", "said"),
    [
        ("http://HERE:1", ExitCode.UNAVAILABLE, "failed: connection refused"),
        ("HERE:1", ExitCode.UNAVAILABLE, "failed: connection refused"),
        ("http://user:PW@HERE:1", ExitCode.UNAVAILABLE, "failed: connection refused"),
        ("http://user:PW@HERE:SERVER", ExitCode.UNAVAILABLE, "connection closed"),
        ("socks5h://user:PW@HERE:1", ExitCode.CONFIG, "'requests[socks]'"),
        ("htp://user:PW@HERE:1", ExitCode.CONFIG, "set it to http://HOST:PORT"),
        ("http://user:PW@:1", ExitCode.CONFIG, "set it to http://HOST:PORT"),
        ("http://user:PW@[HERE:1", ExitCode.CONFIG, "set it to http://HOST:PORT"),
        ("http://user:PW@HERE:99999", ExitCode.CONFIG, "set it to http://HOST:PORT"),
        ("http://user:PW@HERE:port", ExitCode.CONFIG, "set it to http://HOST:PORT"),
        ("http://", ExitCode.CONFIG, "set it to http://HOST:PORT"),
    ],
)
def test_a19_unusable_proxy(
    run: Run,
    proxied: tuple[RecordingServer, Callable[..., Proxy]],
    monkeypatch: pytest.MonkeyPatch,
    proxy: str,
    code: ExitCode,
    said: str,
) -> None:
    server, _ = proxied
    proxy = proxy.replace("PW", PASSWORD).replace("HERE", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", proxy.replace("SERVER", str(server.port)))
    for command in (READ, CREATE):
        result = run(*command, "--retries", "0", "-v")
        assert (result.code, result.out) == (code, ""), result.err
        assert said in result.err
        assert PASSWORD not in result.err
    assert server.sent == []


@pytest.mark.parametrize(("host", "other"), [("us", "eu"), ("eu", "us")])
def test_a20_key_of_the_other_region(
    run: Run,
    authority: Authority,
    tls: StartTLS,
    trust: Trust,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    other: str,
) -> None:
    trust()
    server = tls(authority.server(f"DNS:{host}.posthog.com"))
    server.reply(
        Reply(401, {"detail": "Invalid personal API key.", "code": "authentication_failed"})
    )
    monkeypatch.setenv("LLMCTL_HOST", host)
    with closing(Proxy(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        result = run(*READ)
        assert (result.code, result.out) == (ExitCode.DENIED, "")
        assert f"it may belong to {other} (https://{other}.posthog.com)" in result.err
        assert [head.split()[1] for head in proxy.heads] == [f"{host}.posthog.com:443"]
    assert len(server.sent) == 1
