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
from llmctl.project_file.model import Plan
from llmctl.sandbox.generation import Generation
from tests.conftest import complete
from tests.project_file import server as api
from tests.project_file import states
from tests.project_file.checks import same, undisturbed
from tests.project_file.harness import applied, described, wanted_file
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
WRITTEN = ["response lost", "killed before"]  # at each write


class Case(NamedTuple):
    """A project, and the one that a file describes."""

    before: Server
    wanted: Server

    def check(self, *, is_complete: bool) -> None:
        """Let faults hit each request, and run it again: all of them, or those that matter most."""
        text = wanted_file(self.wanted)
        requests = self.run(text, self.before.copy())[0].requests
        for request in requests:
            others = [*FAULTS][request.number % len(FAULTS) :][:1]
            names = [*WRITTEN, *others] if request.is_write else others
            for name in FAULTS if is_complete else dict.fromkeys(names):
                self.check_at(text, request, name)

    def check_at(self, text: str, hit: Request, name: str) -> None:
        """Let a fault hit a request, and run it again."""
        server = self.before.copy()
        case = (name, hit)

        def before(request: Request) -> None:
            if request.number == hit.number:
                raise FAULTS[name](request)

        with contextlib.suppress(Dead):
            try:
                self.run(text, server, before)
            except LlmctlError as error:
                if error.exit_code not in SAFE_CODES:
                    raise AssertionError(case) from error
        self.run(text, server)
        same(server, self.wanted)
        link, plan = self.run(text, server)
        assert (described(plan), link.writes) == ([], []), case

    def run(
        self, text: str, server: Server, before: Callable[[Request], None] = lambda request: None
    ) -> tuple[Link, Plan]:
        """Apply the file; no evaluation stops on the way that runs before and after."""
        link = Link(server, before, undisturbed(self.before, self.wanted))
        return link, applied(link, text, prune=True)


how_many = pytest.mark.parametrize(
    "is_complete", [pytest.param(False, id="sample"), complete(True, id="all")]
)

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
    for number in range(before.max_jobs - len(before.jobs)):
        before.post(api.JOBS, {"name": f"Custom {number}", "analysis_level": "evaluation"})
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
    wanted.jobs.popitem()
    wanted.post(api.JOBS, {"name": "Created", "analysis_level": "trace"})
    change(wanted, api.JOBS, next(iter(wanted.jobs)), enabled=True)
    wanted.post(api.FILTERS, {"event_filters": [{"key": "a", "value": 1}]})
    return Case(before, wanted)


@how_many
def test_n04_a_fault_at_each_request(generation: Generation, is_complete: bool) -> None:
    everything(generation).check(is_complete=is_complete)


@how_many
def test_n04_a_fault_at_each_request_of_any_change(
    generation: Generation, is_complete: bool
) -> None:
    @settings(settings.get_profile("projects"), max_examples=10 if is_complete else 3)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        before = data.draw(states.servers(generation, size=2))
        Case(before, data.draw(states.changed(before))).check(is_complete=is_complete)

    check()
