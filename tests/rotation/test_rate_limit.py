"""A rotation of many evaluations against a server that limits the rate, over HTTP."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from llmctl.errors import ExitCode, NotFoundError, RejectedError
from llmctl.safe.secret import Secret
from tests.conftest import Run
from tests.rotation.model import Model
from tests.rotation.test_decisions import NEW, OLD
from tests.support import KEY, PROJECT, RecordingServer, Reply, Sent, page

ROTATE = ["provider-keys", "rotate", "--active", "--strategy", "replace", "--yes"]


@dataclass
class Throttled:
    """The model over HTTP; more than `allowed` requests within `window` seconds are answered 429.

    `closed` are parts of requests that always are.
    """

    model: Model
    allowed: int = 10**9
    window: float = 1.0
    closed: str = "none"
    times: list[float] = field(default_factory=list)
    refused: int = 0

    def answer(self, sent: Sent) -> Reply:
        now = time.monotonic()
        recent = sum(1 for moment in self.times[-self.allowed :] if now - moment < self.window)
        if recent >= self.allowed or self.closed in sent.line:
            self.refused += 1
            return Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "1"})
        self.times.append(now)
        path = urlsplit(sent.target).path.split(f"/{PROJECT}/")[1]
        query = {name: values[0] for name, values in parse_qs(urlsplit(sent.target).query).items()}
        body = sent.json or {}
        if isinstance(body.get("api_key"), str):
            body["api_key"] = Secret(body["api_key"])
        return self._reply(sent.method, path, body, query)

    def _reply(self, method: str, path: str, body: Any, query: dict[str, str]) -> Reply:
        try:
            found = self.model.handle(method, path, body, query)
        except (NotFoundError, RejectedError) as error:
            kind = "validation_error" if isinstance(error, RejectedError) else "invalid_request"
            return Reply(error.status or 400, {"type": kind, "detail": error.message})
        if found is None:
            return Reply(204)
        return Reply(200, page(found) if isinstance(found, list) else found)


def project(evaluations: int, keys: int) -> Model:
    model = Model(is_newer=True)
    model.active = model.add_key(OLD)
    for number in range(keys - 1):
        model.add_key(f"sk-more-{number:010}", f"Key {number}")
    for _ in range(evaluations):
        model.add_evaluation(model.active)
    return model


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, server: RecordingServer) -> None:
    for name, value in {"API_KEY": KEY, "HOST": server.origin, "PROJECT": PROJECT}.items():
        monkeypatch.setenv(f"LLMCTL_{name}", value)
    monkeypatch.setenv("NEW", NEW)


@pytest.mark.usefixtures("variables")
def test_i06_rate_limit_is_waited_out(run: Run, server: RecordingServer) -> None:
    throttled = Throttled(project(20, 5), allowed=40)
    server.reply(throttled.answer)
    result = run(*ROTATE, "--api-key-env", "NEW", "-o", "json", "--timeout", "0.9")
    assert result.code == 0, result.err
    assert throttled.refused > 0
    assert "rate limited; waiting up to 3600 s" in result.err
    assert throttled.model.facts()["active"] == NEW
    assert len(json.loads(result.out)["moved_evaluations"]) == 20


@pytest.mark.usefixtures("variables")
def test_i06_rate_limit_that_does_not_end(run: Run, server: RecordingServer) -> None:
    throttled = Throttled(project(3, 1), closed="evaluation-2")
    server.reply(throttled.answer)
    start = time.monotonic()
    result = run(*ROTATE, "--api-key-env", "NEW", "--wait-timeout", "1.5", "--timeout", "1")
    assert result.code == ExitCode.UNFINISHED, result.err
    assert time.monotonic() - start < 10
    assert "key-0001" in throttled.model.keys


@pytest.mark.usefixtures("variables")
def test_i06_rate_limit_before_the_first_write(run: Run, server: RecordingServer) -> None:
    server.reply(Throttled(project(3, 1), closed="POST").answer)
    result = run(*ROTATE, "--api-key-env", "NEW", "--timeout", "1", "--retries", "0")
    assert result.code == ExitCode.UNAVAILABLE


@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_wait_timeout_out_of_range(run: Run, seconds: str) -> None:
    assert run(*ROTATE, "--wait-timeout", seconds, "-p", "sandbox").code == 2
