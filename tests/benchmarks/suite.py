"""What the tests cost, in processor time, so that a slow or busy machine does not change it."""

from __future__ import annotations

import sys
from typing import NamedTuple

from tests.benchmarks.measure import run

BOUND = 1.4
IMPORT = [sys.executable, "-c", "import typer"]
TESTS = [sys.executable, "-m", "pytest", "-q"]
IMPORTS = 1_000
MEASURED = 100  # of the imports, before the tests and after them


class Cost(NamedTuple):
    """Seconds of processor time of all tests with what they start, and of importing typer 1,000
    times."""

    tests: float
    imports: float

    @property
    def ratio(self) -> float:
        """How many times as much the tests cost."""
        return self.tests / self.imports


def cost() -> Cost:
    """Run the tests once. CalledProcessError where one fails."""
    run(IMPORT)  # once unmeasured: files into memory
    before = sum(run(IMPORT).cpu for _ in range(MEASURED))
    tests = run(TESTS).cpu
    after = sum(run(IMPORT).cpu for _ in range(MEASURED))
    return Cost(tests, (before + after) / (2 * MEASURED) * IMPORTS)
