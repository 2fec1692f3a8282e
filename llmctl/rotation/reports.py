"""The reports of evaluations. Newer servers disable them when an evaluation stops, for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.errors import Hint
from llmctl.rotation.api import Api
from llmctl.rotation.reader import read_rows


class Report(NamedTuple):
    """A report, and the name of its evaluation."""

    id: str
    evaluation_id: str
    evaluation: str
    enabled: bool

    def __str__(self) -> str:
        return f"evaluation report {self.id} of {self.evaluation!r}"


def read_reports(api: Api, evaluations: Mapping[str, str]) -> list[Report]:
    """Return the reports of evaluations, which are given as id -> name."""
    names = {evaluation_id.lower(): name for evaluation_id, name in evaluations.items()}
    found = [
        Report(str(row.get("id")), of, names[of], row.get("enabled") is True)
        for row in (read_rows(api, EVALUATION_REPORTS) if names else ())
        if (of := str(row.get("evaluation")).lower()) in names
    ]
    return sorted(found, key=lambda each: each.evaluation)


def describe_disabled(reports: Sequence[Report]) -> tuple[str, Hint]:
    """Return which reports are disabled, and how to enable them."""
    command = (EVALUATION_REPORTS.command, "update", *(each.id for each in reports), "--enabled")
    return f"still disabled: {', '.join(map(str, reports))}", Hint("to enable", command)
