"""Fault table, part L: times in several zones."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.support import JOB, JOB_ID, RecordingServer, page
from tests.terminal import drawn

AUGUST, NOVEMBER = "2026-08-11T12:00:00Z", "2026-11-11T12:00:00.5Z"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()


def table(server: RecordingServer, times: list[Any], *words: str, columns: int = 200) -> str:
    server.reply(page([JOB | {"updated_at": text, "created_at": AUGUST} for text in times]))
    return drawn("clustering-jobs", "list", *words, columns=columns, NO_COLOR="1").text


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("moment", "local", "zone"),
    [(AUGUST, "2026-08-11 14:00", "CEST"), (NOVEMBER, "2026-11-11 13:00", "CET")],
)
def test_l03_zone_of_the_time(server: RecordingServer, moment: str, local: str, zone: str) -> None:
    """The heading has the zone of the times, not today's."""
    shown = table(server, [moment, None])
    assert f"updated ({zone})" in shown
    assert f"{local}\n" in re.sub(" +", " ", shown)


@pytest.mark.usefixtures("berlin")
def test_l03_times_in_two_zones(server: RecordingServer) -> None:
    """Each time has its own zone; the hour that comes twice in autumn is told apart."""
    twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
    shown = table(server, [AUGUST, NOVEMBER, *twice])
    assert "(CE" not in shown
    for text in ("08-11 14:00 CEST", "11-11 13:00 CET", "10-25 02:30 CEST", "10-25 02:30 CET"):
        assert text in shown


@pytest.mark.usefixtures("berlin")
def test_l03_each_column_for_itself(server: RecordingServer) -> None:
    shown = table(server, [NOVEMBER], "--columns", "name,created_at,updated_at")
    assert re.search(r"created \(CEST\) +updated \(CET\)", shown)


@pytest.mark.usefixtures("berlin")
def test_l03_one_object(server: RecordingServer) -> None:
    server.reply(JOB | {"created_at": AUGUST, "updated_at": NOVEMBER})
    shown = drawn("clustering-jobs", "get", JOB_ID, NO_COLOR="1").text
    assert re.search(
        r"created_at +2026-08-11 14:00 CEST\nupdated_at +2026-11-11 13:00 CET\n", shown
    )


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("text", ["2026-08-11", "2026-08-11T12:00:00", "soon", "9999-12-31T23:59Z"])
def test_l03_not_a_moment(server: RecordingServer, text: str) -> None:
    """A time without an offset, or beyond the calendar, is shown as the API sent it."""
    shown = table(server, [text])
    assert text in shown
    assert "(CE" not in shown
