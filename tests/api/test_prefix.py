"""environments or projects: every way in which a server shows its prefix, and the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmctl import paths
from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, Reply, Sent, page, storing

LIST = ["clustering-jobs", "list", "-o", "json"]
CREATE = ["clustering-jobs", "create", "--name", "x"]
MADE = {"id": JOB_ID, "name": "x"}
OLD = "/api/environments/42/llm_analytics/clustering_jobs/"
NEW = "/api/projects/42/llm_analytics/clustering_jobs/"
MISSING = Reply(404, {"detail": "Endpoint not found."})


def deprecated(body: object) -> Reply:
    link = f'<{NEW}>; rel="successor-version"'
    return Reply(200, body, {"Deprecation": "true", "Link": link})


def test_deprecation_is_remembered(run: Run, server: RecordingServer) -> None:
    server.reply(deprecated(page([])), page([]))
    assert run(*LIST).code == 0
    assert run(*LIST).code == 0
    assert server.lines == [f"GET {OLD}", f"GET {NEW}"]
    stored = json.loads((paths.cache_dir() / "prefixes.json").read_text())
    assert stored == {server.origin: "projects"}


@pytest.mark.parametrize(
    "link",
    [
        '<{origin}{new}?limit=1>; rel="successor-version"',
        "<{new}>; REL=Successor-Version",
        '<{new}>; title="a, b; c \\" d"; rel="next successor-version"; hreflang=en',
        '</a>; rel="next", <{new}>;rel = successor-version',
        '</a>; title="<{new}>; rel=next", <{new}>; rel="successor-version"',
        '<http://127.0.0.1{new}>; rel="successor-version"',
    ],
)
def test_forms_of_the_link(run: Run, server: RecordingServer, link: str) -> None:
    named = link.replace("{new}", NEW).replace("{origin}", server.origin)
    server.reply(Reply(200, page([]), {"Deprecation": "@1688169599", "Link": named}))
    run(*LIST)
    run(*LIST)
    assert server.lines == [f"GET {OLD}", f"GET {NEW}"]


@pytest.mark.parametrize("value", ["false", "False", "?0", ""])
def test_not_deprecated(run: Run, server: RecordingServer, value: str) -> None:
    link = f'<{NEW}>; rel="successor-version"'
    server.reply(Reply(200, page([]), {"Deprecation": value, "Link": link}))
    run(*LIST)
    run(*LIST)
    assert server.lines == [f"GET {OLD}"] * 2


@pytest.mark.parametrize(
    "link",
    [
        "",
        '</api/other/>; rel="successor-version"',
        f'<{NEW}>; rel="next"',
        f"<{NEW}>; rel=next; rel=successor-version",
        f'<{NEW}>; title="; rel=successor-version"',
        f'</a>; title="<{NEW}>; rel=successor-version"',
        f'<https://evil.example{NEW}>; rel="successor-version"',
        f'<//127.0.0.1:1{NEW}>; rel="successor-version"',
        f'<{NEW}>; rel="successor-versions"',
        f'<{NEW}>; rel="successor-version',
        "<" * 1000 + f'{NEW}; rel="successor-version"',
    ],
)
def test_other_links_change_nothing(run: Run, server: RecordingServer, link: str) -> None:
    server.reply(Reply(200, page([]), {"Deprecation": "true", "Link": link}))
    run(*LIST)
    run(*LIST)
    assert server.lines == [f"GET {OLD}"] * 2


def test_deprecation_between_pages(run: Run, server: RecordingServer) -> None:
    following = f"{server.origin}{NEW}?limit=1&offset=1"
    second = page([JOB | {"id": "b"}], count=2)
    server.reply(deprecated(page([JOB], count=2, following=following)), second)
    assert len(json.loads(run(*LIST).out)) == 2
    assert server.lines[1] == f"GET {NEW}?limit=1&offset=1"


@pytest.mark.parametrize("absolute", [True, False])
def test_307_to_the_same_request(run: Run, server: RecordingServer, absolute: bool) -> None:
    location = (server.origin if absolute else "") + NEW
    server.reply(Reply(307, None, {"Location": location}), Reply(201, MADE))
    assert run(*CREATE).code == 0
    assert server.lines == [f"POST {OLD}", f"POST {NEW}"]
    assert server.sent[1].json == {"name": "x"}


@pytest.mark.parametrize(
    "location",
    [NEW + "?a=1", "/api/projects/43/x/", "http://127.0.0.1:1" + NEW, "", "//evil" + NEW],
)
def test_307_elsewhere_is_refused(run: Run, server: RecordingServer, location: str) -> None:
    server.reply(Reply(307, None, {"Location": location}))
    assert run(*CREATE).code == ExitCode.CONFIG
    assert len(server.sent) == 1


def test_endpoint_only_under_the_other_prefix(run: Run, server: RecordingServer) -> None:
    def answer(sent: Sent) -> Reply:
        return Reply(201, MADE) if sent.target.startswith("/api/projects/") else MISSING

    server.reply(answer)
    assert run(*CREATE).code == 0
    assert run(*CREATE).code == 0
    assert server.lines == [f"POST {OLD}", f"POST {NEW}", f"POST {NEW}"]


def test_endpoint_under_neither(run: Run, server: RecordingServer) -> None:
    server.reply(MISSING)
    result = run(*LIST)
    assert result.code == ExitCode.NOT_FOUND
    assert "does not have this resource" in result.err
    assert server.lines == [f"GET {OLD}", f"GET {NEW}"]
    assert not (paths.cache_dir() / "prefixes.json").exists()


def test_missing_object_is_not_requested_under_the_other_prefix(
    run: Run, server: RecordingServer
) -> None:
    server.reply(Reply(404, {"detail": "Not found."}))
    assert run("clustering-jobs", "get", JOB_ID).code == ExitCode.NOT_FOUND
    assert len(server.sent) == 1


@pytest.mark.parametrize("content", ["", "[", "[]", '{"x": 1}'])
def test_broken_cache_is_ignored(run: Run, server: RecordingServer, content: str) -> None:
    paths.cache_dir().mkdir(parents=True)
    (paths.cache_dir() / "prefixes.json").write_text(content)
    server.reply(deprecated(page([])))
    assert run(*LIST).code == 0


def test_works_without_a_cache(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LLMCTL_CACHE_DIR", str(tmp_path / "file"))
    server.reply(deprecated(page([])))
    assert run(*LIST).code == 0


@pytest.fixture
def pinned(run: Run, server: RecordingServer, key_file: str) -> list[str]:
    """The option for a profile that pins the old prefix."""
    words = ["--host", server.origin, "--project", "42", "--api-key-file", key_file, "--no-check"]
    assert run("profiles", "add", "work", *words, "--api-prefix", "environments").code == 0
    return ["-p", "work"]


GONE = {"Deprecation": "true", "Link": f'<{NEW}>; rel="successor-version"'}


@pytest.mark.parametrize(
    ("reply", "code", "is_certain"),
    [
        (Reply(307, None, {"Location": NEW}), ExitCode.CONFIG, True),
        (Reply(308, None, {"Location": NEW}), ExitCode.CONFIG, True),
        (Reply(301, None, {"Location": NEW + "?limit=100"}), ExitCode.CONFIG, True),
        (MISSING, ExitCode.NOT_FOUND, False),
        (Reply(404, MISSING.body, GONE), ExitCode.NOT_FOUND, True),
        (Reply(404, b"<html>", {"Content-Type": "text/html"}), ExitCode.CONFIG, False),
        (Reply(410, {"detail": "Gone."}, GONE), ExitCode.REJECTED, True),
        (Reply(410, {"detail": "Gone."}), ExitCode.REJECTED, False),
    ],
)
@pytest.mark.parametrize("command", [LIST, CREATE, ["clustering-jobs", "get", JOB_ID]])
def test_m15_pinned_prefix_is_named(
    run: Run,
    server: RecordingServer,
    pinned: list[str],
    command: list[str],
    reply: Reply,
    code: ExitCode,
    is_certain: bool,
) -> None:
    def answer(sent: Sent) -> Reply:
        moved = sent.path.replace("/environments/", "/projects/")
        headers = {name: text.replace(NEW, moved) for name, text in reply.headers.items()}
        return Reply(reply.status, reply.body, headers)

    server.reply(answer)
    result = run(*command, *pinned)
    assert result.code == code
    reason = "this server uses projects:" if is_certain else "if this server uses projects,"
    assert 'profile work pins api_prefix = "environments"' in result.err.replace("\\", "")
    assert f"; {reason} remove that line from {paths.config_dir()}/config.toml" in result.err
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {"detail": "Not found.", "code": "not_found"}, GONE),
        Reply(403, {"detail": "No."}, GONE),
        Reply(307, None, {"Location": "/login"}),
        Reply(307, None, {"Location": "http://127.0.0.1:1" + NEW}),
        Reply(503, {"detail": "Wait."}),
    ],
)
def test_m15_other_errors_do_not_name_the_pin(
    run: Run, server: RecordingServer, pinned: list[str], reply: Reply
) -> None:
    server.reply(reply)
    result = run("clustering-jobs", "get", JOB_ID, "--retries", "0", *pinned)
    assert result.code != 0
    assert "api_prefix" not in result.err


def test_m15_without_the_pin_the_prefix_is_detected(
    run: Run, server: RecordingServer, pinned: list[str]
) -> None:
    file = paths.config_dir() / "config.toml"
    file.write_text(file.read_text().replace('api_prefix = "environments"\n', ""))
    server.reply(Reply(307, None, {"Location": NEW}), storing(JOB))
    assert run(*CREATE, *pinned).code == 0
