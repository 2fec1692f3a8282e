"""audit: find keys that do not work, and evaluations and taggers without a key that works."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.cli.dependencies import Client, Connections, shows_projects
from llmctl.cli.injection import command
from llmctl.errors import ExitCode, Hint, LlmctlError, ProblemsError, most_serious
from llmctl.input.values import parse_age
from llmctl.output import Column, LocalRows, Printer
from llmctl.output.formats import OutputFormat

if TYPE_CHECKING:
    from llmctl.rotation.problems import Problem, ProjectState
    from llmctl.rotation.snapshot import Key

Row = dict[str, Any]


def _plain_name(row: Row) -> str:
    """Return a key's name without a tag: its parts are among the problems."""
    from llmctl.rotation.tag import read_name

    return read_name(row["name"]).plain


COLUMNS = (
    Column("id", whole=True),
    Column("name", cell=_plain_name),
    Column("provider", shown=False),
    Column("state"),
    Column("active"),
    Column("age_days", "days old"),
    Column("last_used_at", "last used"),
    Column("pinned_evaluations", "pinned"),
    Column("problems", below=True, cell=lambda row: "; ".join(map(str, row["problems"])) or "-"),
    Column("api_key_masked", "mask", shown=False),
    Column("error_message", shown=False),
    Column("used_by", shown=False),
)
COLUMNS_OF_SEVERAL = (
    Column("profile"),
    Column("project", shown=False),
    # Without the last use the table fits 80 columns.
    *(each._replace(in_table=each.key != "last_used_at") for each in COLUMNS),
)

MaxAgeOption = Annotated[
    float | None,
    typer.Option(
        "--max-age",
        metavar="AGE",
        help="Report keys older than this, or soon to be: 90d, 12h, 2w.",
        parser=functools.partial(parse_age, option="--max-age"),
    ),
]
FailOption = Annotated[
    bool,
    typer.Option("--fail", help="Fail if there are problems (see above); print a line for each."),
]

app = typer.Typer()


@command(
    app,
    "audit",
    "llmctl provider-keys audit --max-age 90d -p sandbox",
    "llmctl provider-keys audit --fail -o json -p sandbox",
)
def audit(
    connections: Connections,
    out: Annotated[Printer, shows_projects(COLUMNS, COLUMNS_OF_SEVERAL)],
    max_age: MaxAgeOption = None,
    fail: FailOption = False,
) -> None:
    """Check that evaluations and taggers find a key that works.

    Each uses the key that it is pinned to, or else the active key, but only if that is for the same
    provider. Shows age, use, state and problems of every key. Nothing is changed or validated: the
    state is what the server found last. A key whose state is unknown counts as one that does not
    work. The age is the time since the key was created; a rotation in place does not reset it.

    With --fail, the exit code is 6 if an enabled evaluation or tagger finds no key that works or
    only one older than --max-age, if an evaluation was stopped because of a key, if a rotation was
    begun more than 24 hours ago and not finished, or if an old secret is still to be revoked; else
    7 if a key in use could not be validated because its provider did not answer; else 4 if your
    personal key may not read everything.

    Keys that nothing enabled uses do not count, nor do those that become older than --max-age
    within 30 days; these are noted.
    """
    report = _Report(out, max_age, fail=fail, are_several=connections.are_several)
    for client, found in connections.read_all(report.examine):
        report.add(client, found)
    report.print()


class _Report:
    """The rows and problems of one project, or of several in order."""

    def __init__(
        self, out: Printer, max_age: float | None, *, fail: bool, are_several: bool
    ) -> None:
        self._out = out
        self._max_age = max_age
        self._fail = fail
        self._are_several = are_several
        self._rows: list[Row] = []
        self._problems: list[_Located] = []
        self._projects = 0
        self._failed = 0

    def examine(self, client: Client) -> tuple[list[Row], list[Problem]]:
        """Read one project; return a row for each key, and all problems."""
        from llmctl.rotation.problems import find_problems, read_state

        state = read_state(client)
        problems = find_problems(state, self._max_age)
        selection = self._selection(client)
        rows = [_row(key, state, problems, selection) for key in state.snapshot.keys]
        return rows, problems

    def add(self, client: Client, found: tuple[list[Row], list[Problem]] | LlmctlError) -> None:
        """Add a project. Raise the error if it is the only one."""
        from llmctl.rotation.problems import Problem

        self._projects += 1
        rows: list[Row] = []
        where = {"profile": client.profile, "project": client.project}
        if isinstance(found, LlmctlError):
            if not self._are_several:
                raise found
            self._failed += 1
            text = f"cannot be read: {found.message}"
            problems = [Problem(text, found.exit_code, hint=found.hint)]
        else:
            rows, problems = found
        self._rows += [where | row for row in rows] if self._are_several else rows
        self._problems += [
            _Located(where, each, self._selection(client), isinstance(found, LlmctlError))
            for each in problems
        ]

    def print(self) -> None:
        """Print rows, problems and notes. ProblemsError if there is a failure."""
        if self._failed < self._projects:
            self._out.rows(LocalRows(self._rows))
        failures = [each for each in self._problems if self._is_failure(each)]
        as_json = self._out.output is OutputFormat.JSON
        for each in self._problems:
            if not as_json if self._is_failure(each) else each.problem.is_note:
                self._out.note(each.line)
        if failures:
            codes = {each.problem.exit_code for each in failures}
            refused = ExitCode.REJECTED in codes
            raise ProblemsError(
                self._summary(failures),
                [each.as_output() for each in failures],
                exit_code=ExitCode.REJECTED if refused else most_serious(codes),
            )

    def _is_failure(self, each: _Located) -> bool:
        return each.is_of_project or (self._fail and each.problem.exit_code is not ExitCode.OK)

    def _summary(self, failures: list[_Located]) -> str:
        count = len(failures) - self._failed
        parts = [f"{count} {'problem' if count == 1 else 'problems'}"] if count else []
        if self._failed:
            parts.append(f"{self._failed} of {self._projects} projects cannot be read")
        return " and ".join(parts)

    def _selection(self, client: Client) -> Sequence[str]:
        """Return the options that select the client's project again."""
        if self._are_several and client.profile is not None:
            return ("-p", client.profile)
        return self._out.selection


@dataclasses.dataclass(frozen=True)
class _Located:
    """A problem and its project; `is_of_project` if that could not be read."""

    where: dict[str, str | None]
    problem: Problem
    selection: Sequence[str]
    is_of_project: bool

    @property
    def line(self) -> str:
        """The problem in one line: where, which key, what, and what to run."""
        profile, project = self.where["profile"], self.where["project"]
        parts = [profile or f"project {project}"]
        key = self.problem.key
        if key is not None:
            parts.append(f"{key.provider} key {key.plain_name} ({key.mask})")
        hint = self.problem.hint
        line = ": ".join([*parts, self.problem.text])
        return line if hint is None else f"{line.removesuffix('.')}; {hint.line(self.selection)}"

    def as_output(self) -> dict[str, Any]:
        return self.where | self.problem.as_output(self.selection)


def _row(key: Key, state: ProjectState, problems: list[Problem], selection: Sequence[str]) -> Row:
    from llmctl.rotation.problems import ACTIVE_KEY, EVALUATIONS, dependent_as_output

    users = state.users(key)
    pinned = [each for each in users if each.key_id is not None and each.noun == "evaluation"]
    age = state.age_of(key)
    return {
        "id": key.id,
        "name": key.name,
        "provider": key.provider,
        "state": key.state,
        "active": None if ACTIVE_KEY in state.unread else key == state.active,
        "age_days": None if age is None else age.days,
        "last_used_at": key.last_used_at,
        "pinned_evaluations": None if EVALUATIONS in state.unread else len(pinned),
        "problems": [_in_row(each, selection) for each in problems if each.key is key],
        "api_key_masked": key.mask,
        "error_message": key.error_message,
        "used_by": [dependent_as_output(each) for each in users],
    }


def _in_row(problem: Problem, selection: Sequence[str]) -> str | Hint:
    """Return the problem with its hint, whose commands select the project."""
    if problem.hint is None:
        return problem.text
    hint = _selecting(problem.hint, selection)
    return dataclasses.replace(hint, text=f"{problem.text}; {hint.text}")


def _selecting(hint: Hint, selection: Sequence[str]) -> Hint:
    command = (*hint.command, *selection) if hint.command else ()
    also = None if hint.also is None else _selecting(hint.also, selection)
    return Hint(hint.text, command, also)
