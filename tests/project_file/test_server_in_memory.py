"""The in-memory server stores and shows what the sandbox does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.sandbox import defaults
from llmctl.sandbox.adapter import SandboxAdapter
from llmctl.sandbox.generation import Generation
from tests.conftest import complete
from tests.project_file import server as api
from tests.project_file import states
from tests.project_file.server import Object, Refused, Server

_KEY = defaults.ACTIVE_KEY_ID
_VARY = {"id", "created_at", "updated_at", "created_by", "next_delivery_date", "starts_at"}


class Both:
    """Sends each request to the sandbox and to the in-memory server, and compares."""

    def __init__(self, fresh: Path, database: Path, generation: Generation) -> None:
        from django.db import connection

        connection.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        shutil.copy(fresh, database)
        self._session = requests.Session()
        self._session.mount(defaults.ORIGIN, SandboxAdapter(database))
        self._ids: dict[str, str] = {}
        self.server = Server(generation, slack={1: "Sandbox"})
        key = {"name": "Production OpenAI", "provider": "openai", "state": "ok"}
        self.server.keys[_KEY] = {"id": _KEY, **key}
        self.server.secrets[_KEY] = "sk-proj-sandbox-0000-beef"
        self.server.active = _KEY
        for level in ("trace", "generation", "evaluation"):
            self.server.post(api.JOBS, {"name": f"Default - {level}s", "analysis_level": level})

    def send(self, method: str, path: str, body: Object | None = None) -> Any:
        """Return the in-memory server's object; None if both refuse the request."""
        translated = {
            name: self._ids.get(str(value), value) for name, value in (body or {}).items()
        }
        for mine, other in self._ids.items():
            if mine in path:
                theirs = path.replace(mine, other)
                break
        else:
            theirs = path
        response = self._session.request(
            method,
            f"{defaults.ORIGIN}/api/projects/1/{theirs}",
            json=translated,
            headers={"Authorization": f"Bearer {defaults.ALL_SCOPES_KEY}"},
        )
        try:
            found = self.server.handle(method, path, body)
        except Refused as refused:
            if response.status_code != refused.status:
                raise AssertionError((body, response.text)) from refused
            return None
        assert response.ok, (method, path, body, response.text)
        if method == "DELETE":
            return None
        shown = response.json()
        if method == "POST":
            self._ids[found["id"]] = shown["id"]
        assert _plain(found) == _plain(shown), body
        return found


def _plain(row: Object) -> Object:
    return {name: value for name, value in row.items() if name not in _VARY | {"evaluation"}}


@pytest.fixture
def compared(fresh_database: Path, tmp_path: Path, generation: Generation) -> Callable[[], Both]:
    """Return a function that starts both servers anew."""
    return lambda: Both(fresh_database, tmp_path / "s.sqlite3", generation)


@pytest.fixture(params=[pytest.param(8, id="few"), complete(60, id="many")])
def examples(request: pytest.FixtureRequest) -> settings:
    """Return the settings of a test."""
    return settings(settings.get_profile("projects"), max_examples=request.param)


def test_evaluations_and_reports_are_stored_alike(
    compared: Callable[[], Both], examples: settings
) -> None:
    @examples
    @given(st.data())
    def check(data: st.DataObject) -> None:
        both = compared()
        found = both.send("POST", api.EVALUATIONS, data.draw(states.evaluation_bodies(both.server)))
        path = f"{api.EVALUATIONS}{found['id']}/"
        both.send("PATCH", path, data.draw(states.evaluation_changes(both.server, found)))
        values = {"evaluation": found["id"], **data.draw(states.report_values(both.server))}
        report = both.send("POST", api.REPORTS, values)
        both.send("PATCH", path, {"enabled": True})
        if report:
            values = data.draw(states.report_values(both.server))
            both.send("PATCH", f"{api.REPORTS}{report['id']}/", values)
        both.send("GET", path)

    check()


def test_jobs_are_stored_alike(compared: Callable[[], Both], examples: settings) -> None:
    @examples
    @given(st.data())
    def check(data: st.DataObject) -> None:
        both = compared()
        found = both.send("POST", api.JOBS, data.draw(states.job_bodies))
        if found:
            body = {**data.draw(states.job_bodies), "name": found["name"]}
            both.send("PATCH", f"{api.JOBS}{found['id']}/", body)

    check()
