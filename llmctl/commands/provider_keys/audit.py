"""audit: find keys that do not work, and evaluations and taggers without a working key."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.cli.dependencies import Client, Connections, shows_projects
from llmctl.cli.injection import command
from llmctl.commands.provider_keys.fields import marked_name
from llmctl.errors import ExitCode, Hint, LlmctlError, ProblemsError, most_serious
from llmctl.input.values import parse_age
from llmctl.output import ID, Column, LocalRows, Printer
from llmctl.output.formats import OutputFormat
from llmctl.output.text import counted

if TYPE_CHECKING:
    from llmctl.rotation.problems import Problem
    from llmctl.rotation.project_state import ProjectState
    from llmctl.rotation.snapshot import Key

Row = dict[str, Any]


def _age(row: Row) -> str:
    return "-" if row["age_days"] is None else f"{row['age_days']}d"


COLUMNS = (
    ID,
    Column("name", cell=marked_name, least=28),
    Column("provider", shown=False),
    Column("state"),
    Column("active", rank=1),
    Column("age_days", "age", cell=_age, rank=2),
    Column("last_used_at", "last used", rank=4),
    Column("pinned_evaluations", "pinned", rank=3),
    Column("problems", below=True, cell=lambda row: "; ".join(map(str, row["problems"])) or "-"),
    Column("api_key_masked", "mask", shown=False),
    Column("error_message", shown=False),
    Column("used_by", shown=False),
)
COLUMNS_OF_SEVERAL = (
    Column("profile"),
    Column("project", shown=False),
    *(each._replace(least=min(each.least, 18)) for each in COLUMNS),
)

MaxAgeOption = Annotated[
    timedelta | None,
    typer.Option(
        "--max-age",
        metavar="AGE",
        help="Report keys that are older than this, or soon will be: 90d, 12h, 2w.",
        parser=functools.partial(parse_age, option="--max-age"),
    ),
]
FailOption = Annotated[
    bool,
    typer.Option("--fail", help="Print a line for each problem, and fail (see above)."),
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
    """Check that evaluations and taggers have a working key.

    Each uses the key that it is pinned to, or else the active key, if that is for the same
    provider. Shows the age, use, state and problems of every key. Nothing is changed or validated:
    the state is from the server's last validation. A key whose state is unknown counts as not
    working. The age is the time since the key was created; a rotation in place does not reset it.

    With --fail, the exit code is 6 if an enabled evaluation or tagger has no working key, or one
    older than --max-age; if an evaluation was stopped because of a key; if a rotation was started
    more than 24 hours ago and not finished; or if an old secret is still to be revoked. Otherwise
    it is 7 if the provider of a key in use did not respond when the key was validated, and 4 if
    your personal key may not read everything.

    A key that only disabled evaluations and taggers use is not a failure. A key that becomes older
    than --max-age within 30 days is only noted.
    """
    report = _Report(out, max_age, fail=fail, are_several=connections.are_several)
    for client, found in connections.read_all(report.examine):
        report.add(client, found)
    report.print()


class _Report:
    """The rows and problems of one project, or of several in the order of the profiles."""

    def __init__(
        self, out: Printer, max_age: timedelta | None, *, fail: bool, are_several: bool
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
        from llmctl.rotation.problems import find_problems
        from llmctl.rotation.project_state import read_state

        state = read_state(client)
        problems = find_problems(state, self._max_age)
        selection = self._selection(client)
        rows = [_row(key, state, problems, selection) for key in state.snapshot.keys]
        return rows, problems

    def add(self, client: Client, found: tuple[list[Row], list[Problem]] | LlmctlError) -> None:
        """Add a project. Raise the error if it is the only one."""
        from llmctl.rotation.problems import Problem

        self._projects += 1
        where = {"profile": client.profile, "project": client.project}
        selection = self._selection(client)
        if isinstance(found, LlmctlError):
            if not self._are_several:
                raise found
            self._failed += 1
            problem = Problem(f"cannot be read: {found.message}", found.exit_code, hint=found.hint)
            self._problems.append(_Located(problem, where, selection, is_of_project=True))
            return
        rows, problems = found
        self._rows += [where | row for row in rows] if self._are_several else rows
        self._problems += [_Located(each, where, selection) for each in problems]

    def print(self) -> None:
        """Print rows, problems and notes. ProblemsError if there is a failure."""
        if self._failed < self._projects:
            self._out.rows(LocalRows(self._rows))
        failures = [each for each in self._problems if self._is_failure(each)]
        in_error = failures if self._out.output is OutputFormat.JSON else []
        for each in self._problems:
            if each not in in_error and (each in failures or each.problem.is_note):
                self._out.note(each.line)
        if failures:
            codes = {each.problem.exit_code for each in failures}
            raise ProblemsError(
                self._summary(failures),
                [each.as_output() for each in failures],
                # In an audit, what needs someone to act precedes an outage.
                exit_code=ExitCode.REJECTED if ExitCode.REJECTED in codes else most_serious(codes),
            )

    def _is_failure(self, each: _Located) -> bool:
        return each.is_of_project or (self._fail and each.problem.exit_code is not ExitCode.OK)

    def _summary(self, failures: list[_Located]) -> str:
        count = len(failures) - self._failed
        parts = [counted(count, "problem")] if count else []
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
    """A problem and its project; `is_of_project` if the project could not be read."""

    problem: Problem
    where: dict[str, str | None]
    selection: Sequence[str]
    is_of_project: bool = False

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
    from llmctl.rotation.project_state import ACTIVE_KEY, EVALUATIONS

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
        "used_by": [each.as_output() for each in users],
    }


def _in_row(problem: Problem, selection: Sequence[str]) -> str | Hint:
    """Return the problem with its hint, whose commands select the project."""
    if problem.hint is None:
        return problem.text
    hint = problem.hint.selecting(selection)
    return dataclasses.replace(hint, text=f"{problem.text}; {hint.text}")
