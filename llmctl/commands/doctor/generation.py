"""Guess which generation of PostHog a server is, from what it answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from llmctl.api import generations
from llmctl.commands.doctor.rights import RUNS, Answer, Right, Verdict

_NAMES = {
    "v0": "v0, older than PostHog's API page",
    "v1": "v1, as PostHog's API page describes it",
    "v2": "v2, newer than PostHog's API page",
    "v3": "v3, the newest",
}
# Command -> object of a missing scope -> the generations that need it.
_BY_SCOPE = {
    "clustering-config": {"llm_analytics": "v1 v2", "ai_observability_clusters": "v3"},
    "clustering-jobs": {"llm_analytics": "v1 v2", "ai_observability_clusters": "v3"},
    "evaluation-config": {"llm_provider_key": "v0", "evaluation": "v1 v2", "llm_analytics": "v3"},
    "evaluation-reports": {"llm_analytics": "v0 v1 v2", "evaluation": "v3"},
}
_CONFIGS = {
    "v2": "evaluation-config has trial_grandfathered",
    "v0 v1": "evaluation-config counts trial evaluations",
    "v3": "evaluation-config counts no trial evaluations",
}


class Generation(NamedTuple):
    """The generations that fit all evidence, and the evidence. None fits if it conflicts."""

    guess: list[str]
    evidence: list[str]

    @property
    def text(self) -> str:
        """The guess and the reasons for it, in a line."""
        if not self.evidence:
            return "cannot tell"
        because = "; ".join(self.evidence)
        if not self.guess:
            return f"unknown, because the evidence conflicts: {because}"
        if len(self.guess) == 1:
            return f"probably {_NAMES[self.guess[0]]}: {because}"
        return f"probably {' or '.join(self.guess)}: {because}"


class _Clue(NamedTuple):
    text: str
    generations: str  # those that it fits


def guess(reads: Mapping[str, Answer], rights: list[Right]) -> Generation:
    """Return the generations that fit what the server answered."""
    clues = [
        *_by_scopes(rights),
        *_by_fields(reads),
        *_by_closed(reads),
    ]
    fitting = [name for name in _NAMES if all(name in clue.generations.split() for clue in clues)]
    return Generation(fitting if clues else [], list(dict.fromkeys(clue.text for clue in clues)))


def _by_scopes(rights: list[Right]) -> Iterator[_Clue]:
    for right in rights:
        named = [cell.scope for cell in right.cells if cell.scope and not cell.is_inferred]
        for scope in named:
            fits = _BY_SCOPE.get(right.command, {}).get(scope.partition(":")[0])
            if fits:
                yield _Clue(f"{right.command} needs the scope {scope}", fits)


def _by_fields(reads: Mapping[str, Answer]) -> Iterator[_Clue]:
    fits = generations.of_evaluation_config(_body(reads, "evaluation-config"))
    if fits:
        yield _Clue(_CONFIGS[fits], fits)
    for report in _rows(reads, "evaluation-reports"):
        fits = generations.of_report(report)
        has = "have" if fits == "v3" else "have no"
        yield _Clue(f"reports {has} generated_report_count", fits)
    if "providers" in _body(reads, "models"):
        yield _Clue("models lists providers", "v3")


def _by_closed(reads: Mapping[str, Answer]) -> Iterator[_Clue]:
    verdicts = {command: answer.cell.verdict for command, answer in reads.items()}
    if verdicts.get("clustering-jobs") is Verdict.CLOSED:
        yield _Clue("clustering-jobs accepts no personal API key", "v0")
    elif verdicts.get("clustering-jobs") is Verdict.YES:
        yield _Clue("clustering-jobs accepts personal API keys", "v1 v2 v3")
    if verdicts.get(RUNS) is Verdict.CLOSED:
        yield _Clue(f"{RUNS} accepts no personal API key", "v0 v1")


def _body(reads: Mapping[str, Answer], command: str) -> dict[str, Any]:
    return reads[command].body if command in reads else {}


def _rows(reads: Mapping[str, Answer], command: str) -> list[dict[str, Any]]:
    rows = _body(reads, command).get("results")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
