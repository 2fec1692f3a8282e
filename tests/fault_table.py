"""The table of faults: what is injected, what must happen, and the results of a test run. A test
named `test_a01_...` covers row A01. `pytest --fault-table` prints every row with what its tests
recorded; a row that cannot be injected on this machine is skipped by its test and listed as not
run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.faults.rows import ROWS

_NAME = re.compile(r"test_([a-z][0-9]{2})_")
_GOT = "fault_got"

Got = Callable[[object], None]


class Seen(NamedTuple):
    """The records and outcomes of the tests of one row."""

    got: list[str]
    outcomes: set[str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-table", action="store_true", help="print the table of faults")


@pytest.fixture
def got(request: pytest.FixtureRequest) -> Got:
    """Record what happened, for the table."""
    return lambda what: request.node.user_properties.append((_GOT, str(what)))


def row_of(node_id: str) -> str | None:
    """The row that a test covers."""
    match = _NAME.search(node_id.rpartition("::")[2])
    return match[1].upper() if match else None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not config.getoption("--fault-table"):
        return
    rows: dict[str, Seen] = defaultdict(lambda: Seen([], set()))
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if not isinstance(report, pytest.TestReport):  # a test that was deselected, a warning
                continue
            row = row_of(report.nodeid)
            if row is not None and (report.when == "call" or report.outcome != "passed"):
                rows[row].outcomes.add("not run" if outcome == "skipped" else outcome)
                rows[row].got.extend(_recorded(report))
    terminalreporter.section("table of faults")
    for row, fault in ROWS.items():
        seen = rows[row]
        state = ", ".join(sorted(seen.outcomes)) or "NO TEST"
        terminalreporter.write_line(f"{row}  {state}")
        terminalreporter.write_line(f"     injected: {fault.injected}")
        terminalreporter.write_line(f"     expected: {fault.expected}")
        terminalreporter.write_line(f"     got:      {'; '.join(dict.fromkeys(seen.got)) or '-'}")
    passed = sum(rows[row].outcomes == {"passed"} for row in ROWS)
    terminalreporter.write_line(f"{passed} of {len(ROWS)} rows passed")


def _recorded(report: pytest.TestReport) -> list[str]:
    if report.skipped and isinstance(report.longrepr, tuple):
        return [report.longrepr[2].removeprefix("Skipped: ")]
    return [str(value) for name, value in report.user_properties if name == _GOT]
