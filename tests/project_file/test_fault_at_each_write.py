"""At each request of an apply, the request or its response is lost or refused, or the process ends;
another run finishes it. At no moment does an evaluation stop that runs before and after.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.errors import ExitCode, LlmctlError, UnavailableError
from llmctl.sandbox.generation import Generation
from tests.conftest import complete
from tests.project_file import server as api
from tests.project_file import states
from tests.project_file.checks import same, undisturbed
from tests.project_file.harness import applied, described, planned, wanted_file
from tests.project_file.links import Dead, Link, Lost, Request, status
from tests.project_file.server import Object, Server

SAFE_CODES = {ExitCode.UNAVAILABLE, ExitCode.UNKNOWN, ExitCode.UNFINISHED}

Fault = Callable[[Request], BaseException]
FAULTS: dict[str, Fault] = {
    "lost": lambda request: Lost(applied=False),
    "response lost": lambda request: Lost(applied=True),
    "500": status(500),
    "429": status(429),
    "no connection": lambda request: UnavailableError("connection refused"),
    "killed before": lambda request: Dead(),
    "killed after": lambda request: Dead(applied=True),
}


class Case(NamedTuple):
    """A project, and the one that a file describes."""

    before: Server
    wanted: Server

    def check(self, faults: dict[str, Fault], *, gap: int = 1) -> None:
        """Let each fault hit each request, or only every `gap`-th, and run it again."""
        text = wanted_file(self.wanted)
        count = len(self.run(text, self.before.copy()).requests)
        for number in range(1, count + 1, gap):
            for name, fault in faults.items():
                self.check_at(text, number, (name, fault))

    def check_at(self, text: str, number: int, named: tuple[str, Fault]) -> None:
        name, fault = named
        server = self.before.copy()

        def before(request: Request) -> None:
            if request.number == number:
                raise fault(request)

        case = (name, number)
        with contextlib.suppress(Dead):
            try:
                self.run(text, server, before)
            except LlmctlError as error:
                assert error.exit_code in SAFE_CODES, (case, error.message)
        again = self.run(text, server)
        assert described(planned(server, text, prune=True)) == [], (case, again.writes)
        same(server, self.wanted)
        assert not self.run(text, server).writes, case

    def run(
        self, text: str, server: Server, before: Callable[[Request], None] = lambda request: None
    ) -> Link:
        link = Link(server, before, undisturbed(self.before, self.wanted))
        applied(link, text, prune=True)
        return link


JUDGE = {"evaluation_type": "llm_judge", "output_type": "boolean"}


def add_key(server: Server, name: str, provider: str) -> str:
    body = {"name": name, "provider": provider, "api_key": states.SECRET}
    return str(server.post(api.KEYS, body)["id"])


def add_judge(server: Server, name: str, provider: str, key: str | None, **more: object) -> str:
    """Add an evaluation with a model of a provider; it runs."""
    model = {"provider": provider, "model": "m", "provider_key_id": key}
    body: Object = {"name": name, **JUDGE, "model_configuration": model, "enabled": True, **more}
    return str(server.post(api.EVALUATIONS, {"evaluation_config": {"prompt": "p"}, **body})["id"])


def change(server: Server, path: str, object_id: str, **body: object) -> None:
    server.patch(f"{path}{object_id}/", body)


def everything(generation: Generation) -> Case:
    """A change of everything: the active key moves to a new key of another provider, jobs need the
    slots of others, evaluations start, stop and change.
    """
    before = Server(generation)
    old = add_key(before, "Old", "openai")
    unused = add_key(before, "Unused", "gemini")
    before.post(api.ACTIVE, {"key_id": old})
    for level in ("trace", "generation", "evaluation"):
        before.post(api.JOBS, {"name": f"Default - {level}s", "analysis_level": level})
    gone = "Gone"
    while len(before.jobs) < before.max_jobs:
        job = {"name": gone, "analysis_level": "trace", "enabled": False}
        before.post(api.JOBS, job)
        gone += "!"
    change(before, api.JOBS, next(iter(before.jobs)), enabled=True)
    moves = add_judge(before, "Moves with the active key", "openai", None)
    pinned = add_judge(before, "Stays pinned", "openai", old)
    unpinned = add_judge(before, "Is unpinned", "openai", old)
    stops = add_judge(before, "Stops", "openai", None)
    starts = add_judge(before, "Starts", "openai", old, enabled=False)
    deleted = add_judge(before, "Deleted", "openai", None)
    if generation is Generation.V1:
        for each in (moves, stops):
            before.post(api.REPORTS, {"evaluation": each, "trigger_threshold": 100})

    wanted = before.copy()
    new = add_key(wanted, "New", "anthropic")
    wanted.post(api.ACTIVE, {"key_id": new})
    model = {"provider": "anthropic", "model": "claude", "provider_key_id": None}
    for each in (moves, unpinned):
        change(wanted, api.EVALUATIONS, each, model_configuration=model)
    prompt = {"prompt": "Line\nby line\n"}
    change(wanted, api.EVALUATIONS, pinned, evaluation_config=prompt)
    change(wanted, api.EVALUATIONS, stops, enabled=False, model_configuration=model)
    change(wanted, api.EVALUATIONS, starts, model_configuration=model, description="Now running")
    change(wanted, api.EVALUATIONS, starts, enabled=True)
    change(wanted, api.EVALUATIONS, deleted, deleted=True)
    add_judge(wanted, "Created", "anthropic", new, target="trace")
    for report in wanted.reports.values():
        values = {"enabled": True, "delivery_targets": [{"type": "email", "value": "a@b.c"}]}
        if wanted.is_listed(report):
            change(wanted, api.REPORTS, report["id"], **values)
    del wanted.keys[unused], wanted.secrets[unused]
    for job in [*wanted.jobs.values()]:
        if job["name"].startswith("Gone"):
            del wanted.jobs[job["id"]]
    wanted.post(api.JOBS, {"name": "Created", "analysis_level": "trace"})
    change(wanted, api.JOBS, next(iter(wanted.jobs)), enabled=True)
    wanted.post(api.FILTERS, {"event_filters": [{"key": "a", "value": 1}]})
    return Case(before, wanted)


def test_a_fault_at_each_request(generation: Generation) -> None:
    everything(generation).check(FAULTS)


@pytest.mark.parametrize("examples", [pytest.param(5, id="few"), complete(100, id="many")])
def test_a_fault_at_each_request_of_any_change(generation: Generation, examples: int) -> None:
    @settings(settings.get_profile("projects"), max_examples=examples)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        before = data.draw(states.servers(generation))
        Case(before, data.draw(states.changed(before))).check(FAULTS)

    check()
