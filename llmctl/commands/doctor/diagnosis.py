"""Print the findings for a project: as a checklist, as rows, or as one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from llmctl.commands.doctor.check import Check, Group, Status
from llmctl.errors import ExitCode, ProblemsError, most_serious
from llmctl.output import Column
from llmctl.output.text import counted

if TYPE_CHECKING:
    from llmctl.commands.doctor.generation import Generation
    from llmctl.commands.doctor.rights import Cell, Right

RIGHTS_COLUMNS = (
    Column("command"),
    Column("read"),
    Column("write"),
    Column("missing", "missing scope"),
)
_TITLES = {Group.INSTALLATION: "llmctl"}


@dataclass(frozen=True)
class Diagnosis:
    """The findings for one project. `profile` is set if there are several.

    `selection` are the options that select the project, for the commands in hints.
    """

    profile: str | None
    selection: Sequence[str]
    checks: list[Check]
    rights: list[Right] = field(default_factory=list)
    generation: Generation | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each check and each right."""
        rows = [as_row(check, self.selection) for check in self.checks]
        place = next(
            (number for number, row in enumerate(rows) if row["group"] == Group.EVALUATIONS),
            len(rows),
        )
        rows[place:place] = [_row_of(right) for right in self.rights]
        return [{"profile": self.profile} | row for row in rows]

    def as_output(self, machine: Iterable[Check]) -> dict[str, Any]:
        """Return one document for programs; `machine` are the checks of this machine."""
        code = most_serious({check.exit_code for check in (*machine, *self.checks)})
        return {
            "profile": self.profile,
            "result": "ok" if code is ExitCode.OK else "failed",
            "exit_code": int(code),
            "checks": [as_row(check, self.selection) for check in (*machine, *self.checks)],
            "rights": [_right_output(right) for right in self.rights],
            "generation": self.generation and self.generation._asdict(),
        }


def as_row(check: Check, selection: Sequence[str]) -> dict[str, Any]:
    """Return a check for programs. Commands get the options in `selection`."""
    return {
        "group": check.group,
        "name": check.name,
        "status": check.status,
        "detail": check.detail,
        "hint": check.hint and check.hint.line(selection),
    }


def _row_of(right: Right) -> dict[str, Any]:
    texts = {"read": right.read, "write": right.write}
    shown = [f"{name}: {_text(cell)}" for name, cell in texts.items() if cell is not None]
    details = [*shown, *(["missing: " + ", ".join(right.missing)] if right.missing else [])]
    is_lacking = any(cell.verdict in ("no", "unknown") for cell in right.cells)
    return {
        "group": Group.RIGHTS,
        "name": right.command,
        "status": Status.WARNING if is_lacking else Status.OK,
        "detail": "; ".join([*details, *right.reasons]),
        "hint": None,
    }


def _right_output(right: Right) -> dict[str, Any]:
    return {
        "command": right.command,
        "read": right.read and right.read.verdict,
        "write": right.write and right.write.verdict,
        "write_is_inferred": right.write is not None and right.write.is_inferred,
        "missing_scopes": right.missing,
        "reasons": right.reasons,
    }


def _text(cell: Cell | None) -> str | None:
    if cell is None:
        return None
    return f"{cell.verdict}, inferred" if cell.is_inferred else str(cell.verdict)


def as_text(machine: list[Check], diagnoses: Sequence[Diagnosis]) -> str:
    """Return checklists and tables for people."""
    parts = [*_sections(machine, ())]
    for each in diagnoses:
        named = f" of profile {each.profile}" if each.profile is not None else ""
        parts += _sections(each.checks, each.selection, each.rights, named)
    return "\n".join(parts)


def _sections(
    checks: list[Check],
    selection: Sequence[str],
    rights: Sequence[Right] = (),
    named: str = "",
) -> Iterator[str]:
    from llmctl.output.table import Item, Screen

    screen = Screen()
    for group, members in groupby(checks, lambda check: check.group):
        title = _TITLES.get(group, group.capitalize()) + named
        items = [
            Item(each.status, each.name, each.detail, each.hint and each.hint.selecting(selection))
            for each in members
        ]
        text = screen.checklist(title, items)
        if group is Group.RIGHTS and rights:
            text += "\n" + screen.rows(
                [_cells(right) for right in rights], RIGHTS_COLUMNS, are_chosen=False
            )
            reasons = _reasons(rights)
            if reasons:
                text += "\n" + screen.notes(reasons)
        yield text


def _cells(right: Right) -> dict[str, Any]:
    return {
        "command": right.command,
        "read": _text(right.read),
        "write": _text(right.write),
        "missing": ", ".join(right.missing),
    }


def _reasons(rights: Iterable[Right]) -> list[str]:
    """Return the server's texts that name no scope, each with the commands that it is about."""
    commands: dict[str, list[str]] = {}
    for right in rights:
        for reason in right.reasons:
            commands.setdefault(reason, []).append(right.command)
    return [f"{', '.join(names)}: {reason}" for reason, names in commands.items()]


def fail(machine: Sequence[Check], diagnoses: Iterable[Diagnosis]) -> None:
    """Raise ProblemsError if a check failed."""
    found: list[tuple[str | None, Sequence[str], Check]] = [(None, (), each) for each in machine]
    for diagnosis in diagnoses:
        found += [(diagnosis.profile, diagnosis.selection, each) for each in diagnosis.checks]
    failures = [each for each in found if each[2].status is Status.FAILED]
    if failures:
        names = [f"{name}: {each.name}" if name else each.name for name, _, each in failures]
        count = f"{counted(len(failures), 'check')} failed"
        raise ProblemsError(
            f"{count}: {', '.join(names)}",
            [
                {"profile": profile, "exit_code": int(check.exit_code)} | as_row(check, selection)
                for profile, selection, check in failures
            ],
            exit_code=most_serious({check.exit_code for _, _, check in failures}),
        )
