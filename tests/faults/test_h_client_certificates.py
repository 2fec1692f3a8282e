"""H06. Servers that require a client certificate."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.faults.conftest import StartTLS
from tests.faults.servers import OK, Listener
from tests.faults.tls import Authority, Pair
from tests.support import JOB, JOB_ID, KEY, PROJECT, PROVIDER_KEY, RecordingServer, page, storing

READ = ["clustering-jobs", "get", JOB_ID]
CREATE = ["clustering-jobs", "create", "--name", "x"]
COMMANDS = pytest.mark.parametrize("command", [READ, CREATE], ids=["read", "write"])
VERSIONS = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
CERT, CERT_KEY = "LLMCTL_CLIENT_CERT", "LLMCTL_CLIENT_KEY"

Present = Callable[[Pair], None]


@pytest.fixture(autouse=True)
def _trust(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))


@pytest.fixture(scope="module")
def client(authority: Authority) -> Pair:
    """A client certificate that the test's servers accept."""
    return authority.client()


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> Present:
    """Return a function that gives the environment's key a client certificate."""

    def do(pair: Pair) -> None:
        monkeypatch.setenv(CERT, str(pair.cert))
        monkeypatch.setenv(CERT_KEY, str(pair.key))

    return do


def refused_once(run: Run, command: list[str], *said: str) -> None:
    """Assert exit 7 with these messages after one attempt."""
    result = run(*command, "-v")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert all(text in result.err for text in said), result.err
    assert "retrying" not in result.err
    assert "may or may not" not in result.err
    assert result.err.count("* GET ") + result.err.count("* POST ") == 1


@VERSIONS
@COMMANDS
def test_h06_certificate_required(
    run: Run, authority: Authority, tls: StartTLS, version: ssl.TLSVersion, command: list[str]
) -> None:
    server = tls(authority.requiring_clients(version))
    required = "client certificate required\n"
    old = "TLS handshake failed; the server may require a client certificate\n"
    said = f"error: cannot reach {server.origin}: "
    said += required if version == ssl.TLSVersion.TLSv1_3 else old
    refused_once(run, command, said, "hint: set client_cert and client_key of the profile, or ")
    assert server.sent == []


def test_h06_large_body(run: Run, authority: Authority, tls: StartTLS) -> None:
    """The server closes the connection while the body is still on its way."""
    tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    large = '[{"key": "%s"}]' % ("x" * 100_000)
    refused_once(run, [*CREATE, "--event-filters", large], "client certificate required\n")


@VERSIONS
def test_h06_certificate_from_the_environment(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, present: Present,
    version: ssl.TLSVersion,
) -> None:  # fmt: skip
    present(client)
    server = tls(authority.requiring_clients(version))
    server.reply(storing(JOB))
    for command in (READ, CREATE):
        assert run(*command).code == 0
    shown = run("profiles", "show").out
    assert f"client_cert\t{client.cert}\t{CERT}\n" in shown
    assert f"client_key\t{client.key}\t{CERT_KEY}\n" in shown


@VERSIONS
def test_h06_certificate_of_a_profile(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, version: ssl.TLSVersion,
    key_file: str, tmp_path: Path,
) -> None:  # fmt: skip
    server = tls(authority.requiring_clients(version))
    shutil.copy(client.cert, tmp_path / "c.pem")
    shutil.copy(client.key, tmp_path / "c.key")
    (tmp_path / "c.key").chmod(0o644)
    server.reply({"email": "a@b.example", "organization": None}, page([{"id": 7, "name": "x"}]))
    os.environ.pop("LLMCTL_HOST")
    add = ["profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file]
    refused_once(run, add, "client certificate")
    added = run(*add, "--client-cert", "c.pem", "--client-key", "c.key")
    assert added.code == 0
    key = tmp_path / "c.key"
    assert "other users can read c.key (mode 0644); run: chmod 600 c.key" in added.err
    server.reply(storing(JOB))
    for command in (READ, CREATE):
        assert run(*command).code == 0
    shown = run("profiles", "show").out
    assert f"client_cert\t{tmp_path / 'c.pem'}\tprofile work\n" in shown
    assert f"client_key\t{key}\tprofile work\n" in shown
    printed = run(*CREATE, "--dry-run").out
    assert f"  --cert {tmp_path / 'c.pem'} \\\n  --key {key} \\\n" in printed
    assert "BEGIN" not in (Path.home() / ".config/llmctl/config.toml").read_text()


def test_h06_one_file_with_both(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    both = tmp_path / "both.pem"
    both.write_bytes(client.cert.read_bytes() + client.key.read_bytes())
    monkeypatch.setenv(CERT, str(both))
    tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3)).reply(storing(JOB))
    assert run(*CREATE).code == 0


def test_h06_certificate_goes_to_its_own_source_only(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, present: Present, key_file: str,
) -> None:  # fmt: skip
    """Neither source uses the certificate of the other."""
    server = tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    server.reply(storing(JOB))
    add = ["profiles", "add", "work", "--host", server.origin, "--project", "1", "--no-check"]
    add += ["--api-key-file", key_file]
    assert run(*add).code == 0
    present(client)
    refused_once(run, [*READ, "-p", "work"], "client certificate required")
    assert "client_cert" not in run("profiles", "show", "-p", "work").out
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(CERT)
        environment.delenv(CERT_KEY)
        files = ["--client-cert", str(client.cert), "--client-key", str(client.key)]
        assert run(*add, "--replace", *files).code == 0
        assert run(*READ).code == 0
        environment.setenv("LLMCTL_API_KEY", KEY)
        environment.setenv("LLMCTL_PROJECT", PROJECT)
        refused_once(run, READ, "client certificate required")


def test_h06_path_in_the_configuration(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, key_file: str
) -> None:
    """A relative path starts from the directory of the file, `~` is the home."""
    server = tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    server.reply(storing(JOB))
    add = ["profiles", "add", "work", "--host", server.origin, "--project", "1", "--no-check"]
    assert run(*add, "--api-key-file", key_file).code == 0
    config = Path.home() / ".config/llmctl/config.toml"
    shutil.copy(client.cert, config.parent / "c.pem")
    shutil.copy(client.key, Path.home() / "c.key")
    table = '[profiles.work]\nclient_cert = "c.pem"\nclient_key = "~/c.key"\n'
    config.write_text(config.read_text().replace("[profiles.work]\n", table))
    assert run(*READ).code == 0


ALERTS = {
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    47: "illegal parameter",
    48: "unknown CA",
    49: "access denied",
    116: "certificate required",
}


class Alerting(Listener):
    """Answers each TLS handshake with one alert."""

    def __init__(self, alert: int) -> None:
        self._record = bytes([21, 3, 3, 0, 2, 2, alert])
        self.connections = 0
        super().__init__()

    def serve(self, connection: Any) -> None:
        self.connections += 1
        connection.recv(65536)
        connection.sendall(self._record)
        connection.recv(65536)


@pytest.fixture
def alerting(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], Alerting]]:
    """Start a server that the settings point to, and that answers with one alert."""
    started: list[Alerting] = []

    def start(alert: int) -> Alerting:
        started.append(Alerting(alert))
        monkeypatch.setenv("LLMCTL_HOST", f"https://127.0.0.1:{started[-1].port}")
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.mark.parametrize(("alert", "text"), ALERTS.items())
def test_h06_alerts_in_the_handshake(
    run: Run, client: Pair, present: Present, alerting: Callable[[int], Alerting], alert: int,
    text: str,
) -> None:  # fmt: skip
    named = "" if alert == 116 else f" (TLS alert: {text})"
    listener = alerting(alert)
    refused_once(run, CREATE, f"client certificate required{named}\n")
    present(client)
    refused_once(run, CREATE, f"client certificate rejected: {text}\n", "hint: check the cert")
    refused_once(run, READ, f"client certificate rejected: {text}\n")
    assert listener.connections == 3


def test_h06_other_alert_in_the_handshake(run: Run, alerting: Callable[[int], Alerting]) -> None:
    listener = alerting(80)  # internal error: another attempt may help
    result = run(*CREATE)
    assert result.code == ExitCode.UNAVAILABLE
    assert "client certificate" not in result.err
    assert listener.connections == 3


@VERSIONS
def test_h06_expired_certificate(
    run: Run, authority: Authority, tls: StartTLS, present: Present, version: ssl.TLSVersion
) -> None:
    present(authority.client("old", end="20250101000000Z"))
    tls(authority.requiring_clients(version))
    refused_once(run, CREATE, "client certificate rejected: certificate expired")


@VERSIONS
def test_h06_certificate_of_another_authority(
    run: Run, authority: Authority, tls: StartTLS, present: Present, version: ssl.TLSVersion,
    tmp_path: Path,
) -> None:  # fmt: skip
    present(Authority(tmp_path).client())
    tls(authority.requiring_clients(version))
    refused_once(run, CREATE, "client certificate rejected: unknown CA")


class AsksLater(Listener):
    """Reads a request, sends `start` of a response, and only then requires a certificate."""

    def __init__(self, context: ssl.SSLContext, start: bytes) -> None:
        self.requests = 0
        self._context = context
        self._start = start
        super().__init__()

    def serve(self, connection: Any) -> None:
        with suppress(ssl.SSLError), self._context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(65536)
            self.requests += 1
            if self._start:
                tls.sendall(self._start)
            tls.verify_client_post_handshake()
            tls.do_handshake()
            while tls.recv(65536):
                pass


@pytest.mark.parametrize("start", [b"", OK], ids=["instead of the answer", "within the answer"])
def test_h06_alert_after_the_request(
    run: Run, authority: Authority, server: RecordingServer, monkeypatch: pytest.MonkeyPatch,
    start: bytes,
) -> None:  # fmt: skip
    context = authority.requiring_clients(ssl.TLSVersion.TLSv1_3)
    context.post_handshake_auth = True
    with closing(AsksLater(context, start)) as later:
        monkeypatch.setenv("LLMCTL_HOST", f"https://127.0.0.1:{later.port}")
        if start:
            assert run(*CREATE, "--retries", "0").code == ExitCode.UNKNOWN
        else:
            refused_once(run, CREATE, "client certificate required")
            assert later.requests == 1


def encrypted(pair: Pair, folder: Path) -> Pair:
    key = folder / "encrypted.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(pair.key), "-out", str(key)]
    subprocess.run([*command, "-passout", "pass:secret"], check=True, capture_output=True)
    return Pair(pair.cert, key)


def rsa_key(path: Path) -> Path:
    command = ["openssl", "genpkey", "-algorithm", "RSA", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


UNUSABLE: dict[str, tuple[Callable[[Pair, Authority, Path], Pair], str]] = {
    "missing": (
        lambda pair, _, folder: Pair(folder / "no.pem", pair.key),
        "cannot read the client certificate {cert}: No such file or directory",
    ),
    "missing key": (
        lambda pair, _, folder: Pair(pair.cert, folder / "no.key"),
        "cannot read the client key {key}: No such file or directory",
    ),
    "directory": (
        lambda pair, _, folder: Pair(folder, pair.key),
        "the client certificate: cannot read {cert}: not a regular file",
    ),
    "pipe": (
        lambda pair, _, folder: Pair(pair.cert, fifo(folder / "pipe")),
        "the client key: cannot read {key}: not a regular file",
    ),
    "garbage": (
        lambda pair, _, folder: Pair(written(folder / "a.pem", b"\x30\x82\0\1"), pair.key),
        "{cert} contains no PEM certificate",
    ),
    "bad PEM": (
        lambda pair, _, folder: Pair(
            written(folder / "a.pem", pair.cert.read_bytes().replace(b"M", b"!")), pair.key
        ),
        "cannot use the client certificate {cert}: ",
    ),
    "certificate as key": (
        lambda pair, *_: Pair(pair.cert, pair.cert),
        "{key} contains no PEM private key",
    ),
    "mismatched types": (
        lambda pair, _, folder: Pair(pair.cert, rsa_key(folder / "rsa.key")),
        "the key in {key} does not belong to the certificate in {cert}",
    ),
    "mismatched": (
        lambda pair, authority, _: Pair(pair.cert, authority.client("other").key),
        "the key in {key} does not belong to the certificate in {cert}",
    ),
    "encrypted": (
        lambda pair, _, folder: encrypted(pair, folder),
        "the client key {key} is encrypted; llmctl cannot use a passphrase",
    ),
}


@pytest.mark.parametrize(("make", "said"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_h06_unusable_files(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, present: Present, tmp_path: Path,
    key_file: str, make: Callable[[Pair, Authority, Path], Pair], said: str,
) -> None:  # fmt: skip
    server = tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    pair = make(client, authority, tmp_path)
    add = ["profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file]
    files = ["--client-cert", str(pair.cert), "--client-key", str(pair.key)]
    for words in ([*add, *files], [*add, *files, "--no-check"]):
        refused_before_sending(run, words, pair, said)
    present(pair)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LLMCTL_API_KEY", KEY)
        environment.setenv("LLMCTL_PROJECT", PROJECT)
        for words in (READ, CREATE):
            refused_before_sending(run, words, pair, said)
        shown = run("profiles", "show")
    assert (shown.code, server.sent) == (ExitCode.CONFIG, [])
    assert f"client_cert\t{pair.cert}\t{CERT}\n" in shown.out
    assert shown.err.startswith(f"error: {said.format(cert=pair.cert, key=pair.key)}")


def refused_before_sending(run: Run, words: list[str], pair: Pair, said: str) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert result.err.startswith(f"error: {said.format(cert=pair.cert, key=pair.key)}")
    assert "BEGIN" not in result.err


def test_h06_key_without_a_certificate(
    run: Run, server: RecordingServer, client: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ["profiles", "add", "work", "--host", server.origin, "--client-key", str(client.key)]
    assert run(*add).err == "error: --client-key needs --client-cert\n"
    monkeypatch.setenv(CERT_KEY, str(client.key))
    result = run(*READ)
    assert (result.code, server.sent) == (ExitCode.CONFIG, [])
    assert result.err == f"error: {CERT_KEY} is set without {CERT}\n"


def test_h06_certificate_without_its_key(
    run: Run, server: RecordingServer, client: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CERT, str(client.cert))
    result = run(*READ)
    assert (result.code, server.sent) == (ExitCode.CONFIG, [])
    assert result.err == (
        f"error: {client.cert} contains no PEM private key\n"
        f"hint: give the private key's file with --client-key or {CERT_KEY}\n"
    )


@pytest.mark.parametrize("form", ["PEM", "base64", "API key"])
@pytest.mark.parametrize("variable", [CERT, CERT_KEY])
def test_h06_content_in_place_of_a_path(
    run: Run, server: RecordingServer, client: Pair, present: Present,
    monkeypatch: pytest.MonkeyPatch, key_file: str, variable: str, form: str,
) -> None:  # fmt: skip
    """CI systems keep the files' content in variables: the key must not end up in a log."""
    pem = client.key.read_bytes()
    texts = {"PEM": pem.decode(), "base64": b64encode(pem).decode(), "API key": PROVIDER_KEY}
    present(client)
    monkeypatch.setenv(variable, texts[form])
    monkeypatch.setenv("LLMCTL_API_KEY", KEY)
    monkeypatch.setenv("LLMCTL_PROJECT", PROJECT)
    option = "--client-cert" if variable == CERT else "--client-key"
    add = ["profiles", "add", "work", "--api-key-file", key_file, "--client-cert", str(client.cert)]
    for words in (READ, CREATE, ["profiles", "show"], [*add, option, texts[form]]):
        result = run(*words)
        name = variable if words[1] != "add" else option
        assert result.code == ExitCode.CONFIG
        assert f"error: {name} is not a path but the content of a file\n" in result.err
        assert texts[form][:40] not in result.out + result.err
    assert server.sent == []


def test_h06_rotation(
    run: Run, authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert answers the rotation's first request, so nothing was done."""
    monkeypatch.setenv("NEW", "sk-proj-NEWCANARY-0123456789")
    tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    rotate = ["provider-keys", "rotate", JOB_ID, "--api-key-env", "NEW", "--yes"]
    refused_once(run, rotate, "client certificate required")


def test_h06_certificate_is_not_shown_to_a_proxy(
    run: Run, authority: Authority, tls: StartTLS, client: Pair, present: Present,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    present(client)
    server = tls(authority.requiring_clients(ssl.TLSVersion.TLSv1_3))
    server.reply(storing(JOB))
    context = authority.server()
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(authority.file)
    shown: list[object] = []

    class TLSProxy(Listener):
        def serve(self, connection: Any) -> None:
            with context.wrap_socket(connection, server_side=True) as inner:
                inner.recv(65536)
                shown.append(inner.getpeercert())
                inner.sendall(b"HTTP/1.1 403 No\r\n\r\n")

    with closing(TLSProxy()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{proxy.port}")
        result = run(*CREATE)
    assert shown == [None]
    assert f"the proxy 127.0.0.1:{proxy.port} failed: it returned 403\n" in result.err
