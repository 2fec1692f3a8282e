"""B. Attempts, waits and sizes: busy servers and hostile ones."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import time
from email.utils import formatdate

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, complete
from tests.fault_table import Got
from tests.faults.conftest import StartRaw
from tests.support import JOB, JOB_ID, RecordingServer, Reply, Sent

READ = ["clustering-jobs", "get", JOB_ID]
WRITE = ["clustering-jobs", "create", "--name", "x"]
NEVER = ["--retries", "0"]
MEMORY_MB = 150

BUSY = {"type": "server_error", "code": "error", "detail": "Busy.", "attr": None}
THROTTLED = {"type": "throttled_error", "code": "throttled", "detail": "Throttled.", "attr": None}


def test_b12_busy_on_a_read(run: Run, server: RecordingServer) -> None:
    busy = Reply(503, BUSY, {"Retry-After": "0"})
    server.reply(busy)
    result = run(*READ)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert "Busy." in result.err
    assert len(server.sent) == 3
    server.reply(busy, busy, JOB)
    assert run(*READ).code == 0


def test_b13_busy_on_a_create(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(503, BUSY, {"Retry-After": "0"}))
    result = run(*WRITE)
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert "Busy." in result.err
    assert [sent.method for sent in server.sent].count("POST") == 1


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
def test_b14_throttled(run: Run, server: RecordingServer, command: list[str]) -> None:
    """A write is sent again, too: a throttled request did nothing."""
    arrivals: list[float] = []

    def answer(sent: Sent) -> Reply:
        arrivals.append(time.monotonic())
        if len(arrivals) == 1:
            return Reply(429, THROTTLED, {"Retry-After": "1"})
        return Reply(200 if sent.method == "GET" else 201, JOB | (sent.json or {}))

    server.reply(answer)
    result = run(*command)
    assert result.code == 0
    assert "* too many requests; retrying in 1.0 s" in result.err
    assert arrivals[1] - arrivals[0] >= 0.99


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
def test_b14_throttled_with_retries_turned_off(
    run: Run, server: RecordingServer, command: list[str]
) -> None:
    server.reply(Reply(429, THROTTLED, {"Retry-After": "0"}))
    assert run(*command, *NEVER).code == ExitCode.UNAVAILABLE
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    ("seconds", "as_date", "said"),
    [
        (86400, False, "wait 24 hours"),
        (3 * 86400, True, "wait 3 days"),
        (600, False, "wait 10 minutes"),
        (31, False, "wait 31 seconds"),
    ],
)
def test_b15_throttled_for_longer_than_the_deadline(
    run: Run, server: RecordingServer, seconds: int, as_date: bool, said: str
) -> None:
    after = formatdate(time.time() + seconds, usegmt=True) if as_date else str(seconds)
    server.reply(Reply(429, THROTTLED, {"Retry-After": after}))
    start = time.monotonic()
    for command in (READ, WRITE):
        result = run(*command)
        assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
        assert result.err == f"error: Throttled.\nhint: {said}, then try again\n"
    assert time.monotonic() - start < 2
    assert len(server.sent) == 2


@pytest.mark.parametrize(
    "after",
    ["abc", "-5", "+5", "1.5", "1, 2", "9" * 30, "9" * 5000, "\u0664",
     "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 99 Xyz 9999 99:99:99 GMT",
     "Mon, 01 Jan 9999 00:00:00 GMT", "Mon, 01 Jan 99999999999 00:00:00 GMT"],
)  # fmt: skip
def test_b16_absurd_retry_after(run: Run, server: RecordingServer, after: str) -> None:
    server.reply(Reply(429, THROTTLED, {"Retry-After": after.encode().decode("latin-1")}), JOB)
    result = run(*READ, *NEVER)
    assert result.code == ExitCode.UNAVAILABLE
    assert result.err == "error: Throttled.\nhint: wait, then try again\n"


def test_b16_absurd_retry_after_is_no_reason_to_give_up(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(429, THROTTLED, {"Retry-After": "abc"}), JOB)
    assert run(*READ).code == 0


MEASURED = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "llmctl", *sys.argv[1:]]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def ended_within_memory(got: Got, code: ExitCode, said: str) -> None:
    """Assert the exit code and message of a read in its own process, and that it takes little
    memory."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *READ, *NEVER], capture_output=True, text=True, check=True
    )
    ended, megabytes = map(int, done.stdout.split())
    got(f"exit {ended}, {megabytes} MB")
    assert (ended, megabytes < MEMORY_MB) == (code, True)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (b"200 OK", ExitCode.UNAVAILABLE, "larger than 32 MiB"),
        complete(b"302 Found\r\nLocation: /", ExitCode.CONFIG, "redirects to another page"),
        complete(b"500 Error", ExitCode.UNAVAILABLE, "server error (500)"),
    ],
)
@pytest.mark.cold  # its memory is its own
def test_b17_body_of_256_mib(
    raw: StartRaw, got: Got, status: bytes, code: ExitCode, said: str
) -> None:
    size = 256 * 1024**2
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    def flood(connection: socket.socket) -> None:
        connection.sendall(head % (status, size))
        for _ in range(size // 1024**2):
            connection.sendall(b" " * 1024**2)

    raw(flood)
    ended_within_memory(got, code, said)


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (1, "larger than 32 MiB"),
        (3, "in an unsupported encoding"),
        complete(8, "in an unsupported encoding"),
    ],
)
@pytest.mark.cold  # its memory is its own
def test_b18_gzip_bomb(server: RecordingServer, got: Got, packed: int, said: str) -> None:
    bomb = gzip.compress(bytes(1024**2)) * 512  # half a GiB in half a MiB
    for _ in range(packed - 1):
        bomb = gzip.compress(bomb)
    server.reply(Reply(200, bomb, {"Content-Encoding": ", ".join(["gzip"] * packed)}))
    ended_within_memory(got, ExitCode.UNAVAILABLE, said)


@pytest.mark.parametrize(
    "value",
    [
        b"{}",
        *(pytest.param(each, marks=pytest.mark.complete) for each in (b"[]", b"1", b'{"a":1}')),
    ],
)
@pytest.mark.cold  # its memory is its own
def test_b18_too_many_values(server: RecordingServer, got: Got, value: bytes) -> None:
    """Each value takes far more memory than its few bytes."""
    mebibyte = gzip.compress((value + b",") * (1024**2 // (len(value) + 1)))
    packed = gzip.compress(b'{"results":[') + mebibyte * 31 + gzip.compress(value + b"]}")
    server.reply(Reply(200, packed, {"Content-Encoding": "gzip"}))
    ended_within_memory(got, ExitCode.UNAVAILABLE, "it may contain more than 1000000 values")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("gzip", "the response cannot be decompressed"), ("br", "in an unsupported encoding")],
)
def test_b18_not_what_the_encoding_says(
    run: Run, server: RecordingServer, encoding: str, said: str
) -> None:
    server.reply(Reply(200, b"{}", {"Content-Encoding": encoding}))
    for command, code in ((READ, ExitCode.UNAVAILABLE), (WRITE, ExitCode.UNKNOWN)):
        result = run(*command, *NEVER)
        assert (result.code, result.out) == (code, "")
        assert said in result.err


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_l04_retry_after_by_the_servers_clock(
    run: Run, raw: StartRaw, hours: int, command: list[str]
) -> None:
    def answer(connection: socket.socket) -> None:
        now = int(time.time()) + hours * 3600
        dates = (formatdate(each, usegmt=True) for each in (now, now + 1))
        status = b"429 Busy" if len(busy.requests) == 1 else b"200 OK"
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status
        head += "Date: {}\r\nRetry-After: {}\r\n".format(*dates).encode()
        body = json.dumps(JOB | {"name": "x"}).encode()
        connection.sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    busy = raw(answer)
    result = run(*command)
    assert result.code == 0
    assert "* too many requests; retrying in 1.0 s" in result.err
    assert len(busy.requests) == 2
