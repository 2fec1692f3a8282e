"""Replacing a key at scale: the number of requests, and the time under a rate limit."""

from __future__ import annotations

import time
from contextlib import closing
from typing import NamedTuple

from llmctl.api.client import Client
from llmctl.config import Settings
from llmctl.http import RateLimit
from llmctl.rotation.find_key import Selector
from llmctl.rotation.patience import Patience
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.rotate import rotate
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret
from tests.rotation.test_decisions import NEW
from tests.rotation.test_rate_limit import Throttled, project
from tests.support import KEY, PROJECT, RecordingServer

ALLOWED = 480  # requests per minute
FACTOR = 30  # a minute of the server takes 60 / FACTOR seconds
KEYS = 200
PAGE = 1_000


class Cost(NamedTuple):
    """The requests and seconds of one rotation, and how many requests were answered 429."""

    requests: int
    seconds: float
    refused: int
    moved: int


def bound(evaluations: int) -> int:
    """Return the most requests that a rotation may take."""
    pages = -(-KEYS // PAGE) + -(-evaluations // PAGE)
    return 3 * evaluations + 30 + 4 * pages


def cost(evaluations: int, *, is_limited: bool = False, is_paced: bool = False) -> Cost:
    """Rotate over HTTP, with a rate limit of the server or without, paced by llmctl or not.

    An error of the rotation is raised.
    """
    window = 60 / FACTOR
    model = project(evaluations, KEYS)
    throttled = Throttled(model, ALLOWED if is_limited else 10**9, window)
    rate_limit = RateLimit([(ALLOWED, window + 1 / FACTOR)] if is_paced else ())
    with closing(RecordingServer()) as server:
        server.reply(throttled.answer)
        client = Client(
            Settings(origin=server.origin, key=Secret(KEY), project=PROJECT),
            timeout=30.0,
            retries=2,
            report=lambda line: None,
            reads_back=False,
            rate_limit=rate_limit,
        )
        patience = Patience(on_partial=lambda: client.wait_out_rate_limit(3600.0))
        request = RotationRequest(Selector(active=True), Secret(NEW), Strategy.REPLACE)
        start = time.perf_counter()
        outcome = rotate(
            client, request, lambda line: None, lambda question: False, patience=patience
        )
        seconds = time.perf_counter() - start
        assert outcome.deleted
        return Cost(len(server.sent), seconds, throttled.refused, len(outcome.moved))
