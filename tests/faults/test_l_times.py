"""Fault table, part L: times in several zones."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import JOB, JOB_ID, RecordingServer, page
from tests.terminal import drawn

AUGUST, NOVEMBER = "2026-08-11T12:00:00Z", "2026-11-11T12:00:00.5Z"
TWICE = "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()


def table(server: RecordingServer, times: list[Any]) -> str:
    server.reply(page([JOB | {"updated_at": text} for text in times]))
    return drawn("clustering-jobs", "list", columns=200, NO_COLOR="1").text


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("created", "updated", "times"),
    [
        (AUGUST, NOVEMBER, ("2026-08-11 14:00 CEST", "2026-11-11 13:00 CET")),
        # The hour that comes twice in autumn.
        (*TWICE, ("2026-10-25 02:30 CEST", "2026-10-25 02:30 CET")),
    ],
)
def test_l03_one_object(
    server: RecordingServer, created: str, updated: str, times: tuple[str, str]
) -> None:
    """Each time has the zone that applied then, not today's."""
    server.reply(JOB | {"created_at": created, "updated_at": updated})
    shown = drawn("clustering-jobs", "get", JOB_ID, NO_COLOR="1").text
    assert re.search(r"created_at +{}\nupdated_at +{}\n".format(*times), shown)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("ago", "shown_as"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(seconds=-5), "now"),
        (timedelta(minutes=59, seconds=30), "59m"),
        (timedelta(hours=3, minutes=30), "3h"),
        (timedelta(hours=47, minutes=30), "47h"),
        (timedelta(days=12, hours=1), "12d"),
        (timedelta(days=730, hours=1), "730d"),
        (timedelta(days=1000), "2y"),
        (timedelta(hours=-3, minutes=-1), "in 3h"),
    ],
    ids=str,
)
def test_l03_ages_in_lists(server: RecordingServer, ago: timedelta, shown_as: str) -> None:
    shown = table(server, [(datetime.now(UTC) - ago).isoformat()])
    assert f"  {shown_as}  " in shown
    assert "(CE" not in shown


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("text", ["2026-08-11", "2026-08-11T12:00:00", "soon", "9999-12-31T23:59Z"])
def test_l03_not_a_moment(server: RecordingServer, text: str) -> None:
    """A time without an offset, or beyond the calendar, is shown as the API sent it."""
    shown = table(server, [text])
    assert text in shown
    assert "(CE" not in shown
