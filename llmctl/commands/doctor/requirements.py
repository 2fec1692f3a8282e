"""Check that the key has the scopes that `--require` names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from llmctl.api.error_hints import scope_hint
from llmctl.commands.doctor.check import Check, Group, Status, passed, warned
from llmctl.commands.doctor.generation import Generation
from llmctl.commands.doctor.rights import RUNS, Answer, Cell, Right, Verdict
from llmctl.errors import ExitCode

# Command -> the object of its scope, where all generations agree, else by generation.
_OF_ALL = {"evaluations": "evaluation", "provider-keys": "llm_provider_key"}
_READ_OF_ALL = {"integrations": "integration", "user": "user", "project": "project"}
_CLUSTERING = {"v1": "llm_analytics", "v2": "llm_analytics", "v3": "ai_observability_clusters"}
_REPORTS = {"v0": "llm_analytics", "v1": "llm_analytics", "v2": "llm_analytics", "v3": "evaluation"}
_BY_GENERATION = {
    "clustering-config": _CLUSTERING,
    "clustering-jobs": _CLUSTERING,
    "evaluation-reports": _REPORTS,
    RUNS: _REPORTS,
}
_READ_BY_GENERATION = {
    "evaluation-config": {
        "v0": "llm_provider_key",
        "v1": "evaluation",
        "v2": "evaluation",
        "v3": "llm_analytics",
    },
    "models": {"v3": "llm_analytics"},
}


def check_required(
    required: Collection[str],
    rights: list[Right],
    generation: Generation,
    others: Mapping[str, Answer],
    origin: str,
) -> Iterator[Check]:
    """Yield a check for each required scope.

    `others` are the answers that need the scopes `user:read` and `project:read`.
    """
    cells = [
        (right.command, access, cell)
        for right in rights
        for access, cell in (("read", right.read), ("write", right.write))
        if cell is not None and not cell.is_inferred
    ]
    cells += [(name, "read", answer.cell) for name, answer in others.items()]
    for scope in dict.fromkeys(required):
        yield _check(scope, cells, generation.guess, origin)


def _check(scope: str, cells: list[tuple[str, str, Cell]], guess: list[str], origin: str) -> Check:
    group, name = Group.RIGHTS, f"scope {scope}"
    wanted, _, access = scope.partition(":")
    # A key that may not even read may not write: the right to write includes that to read.
    absent = {scope, f"{wanted}:read"}
    if any(cell.scope in absent for _, _, cell in cells):
        hint = scope_hint(scope, origin)
        return Check(group, name, Status.FAILED, "missing", hint, ExitCode.DENIED)
    testing = [
        cell
        for command, right, cell in cells
        if right == access and _objects(command, access, guess) == {wanted}
    ]
    for verdict in (Verdict.NO, Verdict.UNKNOWN):
        for cell in testing:
            if cell.verdict is verdict:
                is_no = verdict is Verdict.NO
                code = ExitCode.DENIED if is_no else ExitCode.UNAVAILABLE
                return Check(group, name, Status.FAILED, cell.reason or "cannot tell", None, code)
    if any(cell.verdict is Verdict.YES for cell in testing):
        return passed(group, name, "present")
    return warned(group, name, "cannot tell: no llmctl command needs it on this server")


def _objects(command: str, access: str, guess: list[str]) -> set[str | None]:
    """Return the objects of the scopes that a command needs in the generations that fit."""
    same, by_generation = _OF_ALL.get(command), _BY_GENERATION.get(command)
    if access == "read":
        same = same or _READ_OF_ALL.get(command)
        by_generation = by_generation or _READ_BY_GENERATION.get(command)
    if same:
        return {same}
    return {(by_generation or {}).get(name) for name in guess}
