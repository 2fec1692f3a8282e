"""SECURITY.md, CONTRIBUTING.md and the links of all documents."""

from __future__ import annotations

import re

import pytest

from llmctl.reference.readme import README
from tests.benchmarks import __main__ as benchmarks
from tests.faults.rows import ROWS

ROOT = README.parent


@pytest.mark.parametrize("name", ["README", "SECURITY", "CONTRIBUTING", "CHANGELOG"])
def test_links_lead_to_files(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / f"{name}.md").read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_every_fault_belongs_to_a_promise() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    said = set()
    for cell in re.findall(r"^\| [^|]+ \| ([A-Z0-9, -]+) \|", text, re.MULTILINE):
        for part in cell.split(", "):
            first, _, last = part.partition("-")
            numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
            said |= {f"{first[0]}{number:02}" for number in numbers}
    assert said == set(ROWS)


def test_rooms_of_the_package_are_listed() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "llmctl").glob("*/__init__.py")}
    assert rooms == set(re.findall(r"^\| `llmctl/(\w+)/` \|", text, re.MULTILINE))


def test_benchmarks_have_a_place_for_their_table() -> None:
    text = benchmarks.CONTRIBUTING.read_text(encoding="utf-8")
    assert text.count(benchmarks.START) == text.count(benchmarks.END) == 1
