"""Edits by others while a file is applied, and what an apply costs."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.errors import ConflictError, ExitCode, LlmctlError
from llmctl.sandbox.generation import Generation
from tests.project_file import server as api
from tests.project_file.checks import same
from tests.project_file.harness import applied, described, planned, wanted_file
from tests.project_file.links import Link, Request
from tests.project_file.server import Object, Server
from tests.project_file.test_fault_at_each_apply_request import add_judge, change, everything

EDITS: dict[str, Object] = {
    api.EVALUATIONS: {"conditions": [{"id": "edited", "properties": []}]},
    api.REPORTS: {"max_sample_size": 77},
    api.JOBS: {"event_filters": [{"key": "edited"}]},
}


def edit_of(request: Request) -> tuple[str, Object] | None:
    """Return the collection and an edit of the object that a request reads; None for others."""
    for collection, body in EDITS.items():
        is_of_object = request.path != collection and request.path.startswith(collection)
        if request.method == "GET" and is_of_object:
            return collection, body
    return None


def test_n05_an_edit_before_each_read_is_kept(generation: Generation) -> None:
    case = everything(generation)
    text = wanted_file(case.wanted)
    reads = [each for each in case.run(text, case.before.copy())[0].requests if edit_of(each)]
    assert len(reads) > 10
    for read in reads:
        found = edit_of(read)
        assert found is not None
        server = case.before.copy()
        path, body = read.path, found[1]

        def before(request: Request) -> None:
            if request.number == read.number:  # noqa: B023 - called in this turn of the loop
                server.patch(path, body)  # noqa: B023

        with pytest.raises(LlmctlError) as raised:
            applied(Link(server, before), text, prune=True)
        assert raised.value.exit_code is ExitCode.CONFLICT, (read, raised.value.message)
        name = next(iter(body))
        assert _plain(server.handle("GET", path)[name]) == _plain(body[name]), read
        applied(Link(server), text, prune=True)
        same(server, case.wanted)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [{k: v for k, v in each.items() if k in ("id", "key")} for each in value]
    return value


def test_force_overwrites_edits(generation: Generation) -> None:
    case = everything(generation)
    server = case.before.copy()

    def before(request: Request) -> None:
        found = edit_of(request)
        if found:
            server.patch(request.path, found[1])

    applied(Link(server, before), wanted_file(case.wanted), prune=True, force=True)


def test_n05_an_active_key_that_another_client_set_is_kept(generation: Generation) -> None:
    case = everything(generation)
    server = case.before.copy()
    other = server.post(
        api.KEYS, {"name": "Other", "provider": "openai", "api_key": "sk-proj-other-0123456789"}
    )

    def before(request: Request) -> None:
        if request.path == "llm_analytics/evaluation_config/" and request.number > 10:
            server.active = other["id"]

    with pytest.raises(ConflictError):
        applied(Link(server, before), wanted_file(case.wanted), prune=True)
    assert server.active == other["id"]


@pytest.fixture
def hundred(generation: Generation) -> Server:
    """A project with a hundred evaluations, which run."""
    server = Server(generation)
    key = {"name": "Key", "provider": "openai", "api_key": "sk-proj-one-0123456789"}
    server.post(api.ACTIVE, {"key_id": server.post(api.KEYS, key)["id"]})
    for number in range(100):
        add_judge(server, f"Evaluation {number:03}", "openai", None)
    return server


def test_one_of_a_hundred_evaluations(hundred: Server) -> None:
    wanted = hundred.copy()
    changed = [*wanted.evaluations][41]
    change(wanted, api.EVALUATIONS, changed, evaluation_config={"prompt": "Another one?\n"})
    text = wanted_file(wanted)
    link = Link(hundred)
    plan = applied(link, text)
    assert len(described(plan)) == 1
    lists = link.requests[:-2]
    assert all(each.method == "GET" and "-" not in each.path for each in lists)
    assert len(lists) <= 6
    assert [(each.method, each.path) for each in link.requests[-2:]] == [
        ("GET", f"evaluations/{changed}/"),
        ("PATCH", f"evaluations/{changed}/"),
    ]
    assert link.requests[-1].body == {"evaluation_config": {"prompt": "Another one?"}}
    assert described(planned(hundred, text)) == []
