"""The cost of the tests in processor time, which a slow or busy machine does not change."""

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
    """Seconds of processor time of all tests and their child processes, and of importing typer
    1,000 times."""

    tests: float
    imports: float

    @property
    def ratio(self) -> float:
        """The ratio of the costs."""
        return self.tests / self.imports


def cost() -> Cost:
    """Run the tests once. CalledProcessError if one fails."""
    run(IMPORT)  # once unmeasured: files into memory
    before = sum(run(IMPORT).cpu for _ in range(MEASURED))
    tests = run(TESTS).cpu
    after = sum(run(IMPORT).cpu for _ in range(MEASURED))
    return Cost(tests, (before + after) / (2 * MEASURED) * IMPORTS)
