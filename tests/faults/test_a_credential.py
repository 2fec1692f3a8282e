"""A. The credential goes only where it should: hosts, redirects, links to pages, names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from llmctl.api.pages import MAX_PAGES
from llmctl.config import Profile, ProfileStore
from llmctl.errors import ExitCode
from llmctl.safe.secret import Secret
from tests.conftest import Run
from tests.faults.servers import Proxy, RawServer, hanging_up
from tests.support import JOB, JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply, Sent, page

READ = ["clustering-jobs", "get", JOB_ID]
LIST = ["clustering-jobs", "list"]
CREATE = ["clustering-jobs", "create", "--name", "x"]
EU = "https://eu.posthog.com"


@pytest.mark.parametrize(
    "host",
    ["http://us.posthog.com@HERE", "http://u:p@HERE", "http://HERE\\@us.posthog.com", "//u@HERE"],
)
def test_a03_host_with_userinfo(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    host = host.replace("HERE", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("LLMCTL_HOST", host)
    assert run(*READ).code == ExitCode.CONFIG
    monkeypatch.delenv("LLMCTL_HOST")
    ProfileStore().add(Profile("work", host, "42"), Secret(KEY), replace=False)
    result = run(*READ, "-p", "work")
    assert result.code == ExitCode.CONFIG
    assert "the host of profile work is not a" in result.err
    assert server.sent == []


@pytest.fixture
def everything_elsewhere(
    monkeypatch: pytest.MonkeyPatch, server: RecordingServer
) -> Iterator[Proxy]:
    """A proxy that receives any request to another machine."""
    with closing(Proxy(server.port)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield proxy


@pytest.mark.parametrize(
    "host",
    [
        "https://eu.posthog.com.evil.test",
        "https://eu.posthog.com-evil.test",
        "https://evileu.posthog.com",
        "https://eu.posthog.com@evil.test",
        "https://evil.test/eu.posthog.com",
        "https://evil.test#eu.posthog.com",
        "https://eu.posthog.com:444",
        "https://eu.p\u03bfsthog.com",
        "http://eu.posthog.com",
        "us",
    ],
)
def test_a04_look_alike_host(run: Run, everything_elsewhere: Proxy, host: str) -> None:
    ProfileStore().add(Profile("work", EU, "42"), Secret(KEY), replace=False)
    result = run(*READ, "-p", "work", "--host", host)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert everything_elsewhere.heads == []


@pytest.mark.parametrize("host", ["http://us.posthog.com", "http://10.0.0.1", "http://evil.test"])
def test_a06_plain_http_to_another_machine(
    run: Run, everything_elsewhere: Proxy, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", host)
    result = run(*READ)
    assert result.code == ExitCode.CONFIG
    assert "unencrypted" in result.err
    assert everything_elsewhere.heads == []


@pytest.mark.parametrize("command", [READ, CREATE], ids=["read", "write"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a07_redirect_on_the_same_origin(
    run: Run, server: RecordingServer, status: int, command: list[str]
) -> None:
    for location in (f"{server.origin}/login/?next=/", "/login/", "login", "?a=1"):
        server.reply(Reply(status, None, {"Location": location}))
        server.sent.clear()
        result = run(*command)
        assert (result.code, result.out) == (ExitCode.CONFIG, "")
        assert f"redirects to another page of {server.origin} ({status})" in result.err
        assert len(server.sent) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a08_redirect_elsewhere(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    create = ["provider-keys", "create", "--provider", "openai", "--api-key-env", "NEW"]
    with closing(RawServer(hanging_up)) as other:
        here, there = f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"
        places = {
            f"http://{there}/api/": f"to http://{there}",
            f"https://{there}/api/": f"to https://{there}",
            f"http://localhost:{other.port}?a=1": f"to http://localhost:{other.port}",
            f"//{there}/api/": f"to http://{there}",
            f"http://{here}@{there}/": "elsewhere",
            f"http://{there}\\@{here}/": "elsewhere",
            "http://[": "elsewhere",
        }
        for location, place in places.items():
            server.reply(Reply(status, None, {"Location": location}))
            for command in (READ, create):
                result = run(*command)
                assert (result.code, result.out) == (ExitCode.CONFIG, "")
                assert f"redirects {place} " in result.err
        assert other.requests == []


def test_a09_create_redirected_to_a_list(run: Run, server: RecordingServer) -> None:
    def answer(sent: Sent) -> Reply:
        if sent.method == "POST":
            return Reply(302, None, {"Location": sent.target + "?page=1"})
        return Reply(200, page([JOB]))

    server.reply(answer)
    result = run(*CREATE)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert [sent.method for sent in server.sent] == ["POST"]


@pytest.mark.parametrize("place", ["http://127.0.0.1", "https://127.0.0.1", "http://HERE", ""])
def test_next_page_by_way_of_a_proxy(run: Run, server: RecordingServer, place: str) -> None:
    link = place.replace("HERE", f"127.0.0.1:{server.port}") + "/api/x/?limit=1&offset=1"
    server.reply(page([JOB], count=2, following=link), page([JOB | {"id": "b"}], count=2))
    assert run(*LIST, "-o", "ids").out == f"{JOB['id']}\nb\n"
    assert server.lines[1].endswith("/clustering_jobs/?limit=1&offset=1")


@pytest.mark.parametrize(
    "link",
    [
        "http://THERE/api/x/?offset=1",
        "//THERE/api/x/?offset=1",
        "http://HERE@THERE/api/x/?offset=1",
        "http://THERE\\@HERE/?offset=1",
        "http://[HERE/?offset=1",
        "http://HERE/?offset=\ud800",
        "http://127.0.0.1:80/api/x/?offset=1",
        "http://localhost/api/x/?offset=1",
        "http://127.0.0.1:99999/?offset=1",
    ],
)
def test_a10_next_page_elsewhere(run: Run, server: RecordingServer, link: str) -> None:
    with closing(RawServer(hanging_up)) as other:
        link = link.replace("HERE", f"127.0.0.1:{server.port}")
        link = link.replace("THERE", f"127.0.0.1:{other.port}")
        server.reply(page([JOB], count=2, following=link))
        for output in ("json", "ids"):
            result = run(*LIST, "-o", output)
            assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
            assert "the link to the next page" in result.err
        assert len(server.sent) == 2
        assert other.requests == []


@pytest.mark.parametrize("rows", [[JOB], []])
def test_a11_pages_that_lead_back(run: Run, server: RecordingServer, rows: list[Any]) -> None:
    server.reply(page(rows, count=9, following=f"{server.origin}/api/x/?offset=1"))
    result = run(*LIST, "-o", "json")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert len(server.sent) <= 2


def test_a11_pages_that_never_end(run: Run, server: RecordingServer) -> None:
    def answer(sent: Sent) -> Reply:
        link = f"{server.origin}/?offset={len(server.sent)}"
        return Reply(200, page([JOB], count=10**9, following=link))

    server.reply(answer)
    result = run(*LIST, "-o", "json")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert len(server.sent) == MAX_PAGES


def test_a13_name_that_two_keys_have(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    words = ["--provider", "openai", "--name", "twin", "--api-key-env", "NEW", "-p", "sandbox"]
    ids = [run("provider-keys", "create", *words, "-o", "ids").out.strip() for _ in range(2)]
    before = run("provider-keys", "list", "-p", "sandbox", "-o", "json").out
    result = run("provider-keys", "rotate", *words, "--yes", "-v")
    assert result.code == ExitCode.USAGE
    assert all(key_id in result.err for key_id in ids)
    assert not {"* POST", "* PATCH", "* DELETE"} & set(result.err.split(" /")[:-1])
    assert json.loads(run("provider-keys", "list", "-p", "sandbox", "-o", "json").out) == (
        json.loads(before)
    )
