"""Apply a file to one or several projects: make all plans, ask once, apply one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from llmctl.cli.dependencies import Client, Confirm, WriterConnections
from llmctl.cli.projects import read_each
from llmctl.commands.project_file.compared import Compared, compare, of_profile
from llmctl.commands.project_file.options import File
from llmctl.errors import (
    ExitCode,
    InterruptedWriteError,
    LlmctlError,
    PartialError,
    Terminated,
    most_serious,
)
from llmctl.output import LocalRows, Printer, comment, note, write
from llmctl.project_file import difference
from llmctl.project_file.apply import ApplyRun, Progress
from llmctl.project_file.key_secrets import KeySecrets
from llmctl.project_file.model import FileError, Plan, Problem, ProjectFile
from llmctl.project_file.pending_rotations import refuse_pending
from llmctl.project_file.steps import Step, steps_of
from llmctl.rotation.patience import Patience
from llmctl.safe.secret import Secret

MAX_NAMES = 10  # objects listed above the question
RATE_LIMIT_WAIT = 600.0  # seconds per request, after the first change


@dataclass(frozen=True)
class ApplyOptions:
    """The options of `apply`."""

    connections: WriterConnections
    confirm: Confirm
    prune: bool
    drop_unsupported: bool
    force: bool
    command_timeout: float


class ProjectApply:
    """The apply in one project: its plan, its steps and their outcome.

    `error` is the error or signal that ended it, if there was one.
    """

    def __init__(
        self,
        client: Client,
        file: ProjectFile,
        options: ApplyOptions,
        report: Callable[[str], None],
    ) -> None:
        self.client = client
        self.file = file
        self.error: BaseException | None = None
        self.compared: Compared | None = None
        self.steps: list[Step] = []
        self.is_ended = False
        self._options = options
        self._report = report
        self._secrets: dict[str, Secret] = {}
        self._progress = Progress()

    def plan(self, compared: Compared | LlmctlError) -> None:
        """Set the plan, or the error instead."""
        if isinstance(compared, LlmctlError):
            self.fail(compared)
            return
        self.compared = compared
        try:
            refuse_pending(compared.plan, compared.file, compared.project)
            self.steps = steps_of(compared.plan, compared.file, compared.project)
        except LlmctlError as error:
            self.fail(error)
        self._progress.left = list(self.steps)
        self.is_ended = self.is_ended or not self.steps

    def fail(self, error: BaseException) -> None:
        """End it with an error or a signal."""
        self.error = error
        self.is_ended = True

    def read_secrets(self, secrets: KeySecrets, *, commands: bool) -> None:
        """Read the secrets of the keys to create; run their commands only with `commands`."""
        assert self.compared is not None
        self._secrets = secrets.read(self.compared.plan, self.client.key, commands=commands)

    def run(self) -> None:
        """Run the steps. Errors are recorded; signals are raised."""
        assert self.compared is not None
        apply_run = ApplyRun(
            self.client,
            self.compared.project,
            self._report,
            self._options.force,
            self._secrets,
            Patience(on_partial=partial(self.client.wait_out_rate_limit, RATE_LIMIT_WAIT)),
            self._progress,
        )
        try:
            apply_run.run(self.steps)
        except InterruptedWriteError:
            raise
        except LlmctlError as error:
            self.fail(error)
            return
        self.is_ended = True
        self._report(f"applied: {_counts(self.compared.plan)}")

    def report_error(self, out: Printer) -> None:
        """Print the error of one of several projects; that of a single one is raised."""
        if self._options.connections.are_several and isinstance(self.error, LlmctlError):
            out.error(of_profile(self.error, str(self.client.profile)))

    @property
    def code(self) -> int:
        """The exit code for this project alone."""
        error = self.error
        if isinstance(error, LlmctlError | Terminated):
            return int(error.exit_code)
        if error is not None:
            is_signal = isinstance(error, KeyboardInterrupt)
            return ExitCode.INTERRUPTED if is_signal else ExitCode.INTERNAL
        return ExitCode.OK

    def document(self) -> dict[str, Any]:
        """Return the plan and its outcome, for programs."""
        found: dict[str, Any] = {"profile": self.client.profile}
        if not self._options.connections.are_several:
            found = {}
        if self.compared is None:
            found["project"] = {"host": self.client.origin, "project": self.client.project}
        else:
            found |= difference.as_json(self.compared.plan, self.compared.project)
        if self._options.connections.are_several and isinstance(self.error, LlmctlError):
            found["error"] = self.error.message
        return {
            **found,
            "done": [step.done_text for step in self._progress.done],
            "left": [step.text for step in self._progress.left],
            "result": self._result(),
            "exit_code": self.code,
        }

    def _result(self) -> str:
        if isinstance(self.error, InterruptedWriteError) or (
            self.error is not None and not isinstance(self.error, LlmctlError)
        ):
            return "interrupted"
        if self.error is not None and not isinstance(self.error, PartialError):
            return "failed"
        if self._options.connections.dry_run and self.steps:
            return "planned"
        if self._progress.left:
            return "not started"
        return "applied" if self.steps else "nothing to change"

    @property
    def plan_text(self) -> str:
        """The plan as text for people."""
        return "" if self.compared is None else difference.text(self.compared.plan)

    @property
    def warnings(self) -> list[str]:
        """Lines to show above the question: what will be deleted, and what will start."""
        deletes = [each.text for each in self.steps if each.kind == "delete"]
        starts = [step.subject.called(step.name) for step in self.steps if _starts(step)]
        lines = [f"will {text}" for text in deletes[:MAX_NAMES]]
        if len(deletes) > MAX_NAMES:
            lines.append(f"will delete {len(deletes) - MAX_NAMES} more")
        if starts:
            more = len(starts) - MAX_NAMES
            names = ", ".join(starts[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
            lines.append(f"will start {names}; this can cost money")
        return lines


def _starts(step: Step) -> bool:
    """Return True for a step that starts an evaluation or enables a report."""
    if step.kind == "create" and step.subject.table == "evaluation_reports":
        return step.body.get("enabled", True) is True
    is_enabled = step.body.get("enabled") is True and "enabled" not in step.undoes
    return is_enabled and step.subject.table in ("evaluations", "evaluation_reports")


def run(options: ApplyOptions, file: File, out: Printer) -> int:
    """Apply the file to each project. Return the exit code, or raise the error of a single one.

    Nothing is changed if the file has an error for any of the projects, or a secret is missing.
    Other errors in a project do not stop the others; a signal does. The results are printed in any
    case.
    """
    applies = _open(options, file, out)
    try:
        _make_plans(applies, options)
        _apply_all(applies, options, out)
    except BaseException as error:
        for each in applies:
            if not each.is_ended:
                each.fail(error)
        _print_results(applies, options, out)
        raise
    _print_results(applies, options, out)
    if not options.connections.are_several and isinstance(applies[0].error, LlmctlError):
        raise applies[0].error
    return most_serious({each.code for each in applies})


def _open(options: ApplyOptions, file: File, out: Printer) -> list[ProjectApply]:
    """Open the projects. FileError, before the first request, if the file itself has errors."""
    return [
        ProjectApply(client, file.parse(client.profile), options, _reporter(client, options, out))
        for client in options.connections.open_selected()
    ]


def _make_plans(applies: Sequence[ProjectApply], options: ApplyOptions) -> None:
    """Read the projects and make the plans."""

    def read(each: ProjectApply) -> Compared:
        return compare(
            each.client,
            each.file,
            prune=options.prune,
            drop_unsupported=options.drop_unsupported,
            needs_secrets=True,
        )

    for each, compared in zip(applies, read_each(applies, read), strict=True):
        each.plan(compared)


def _apply_all(applies: Sequence[ProjectApply], options: ApplyOptions, out: Printer) -> None:
    """Show the plans, ask, and run them."""
    for each in applies:
        each.report_error(out)
    if any(isinstance(each.error, FileError) for each in applies):
        return
    if options.connections.dry_run:
        _print_dry_run(applies, out)
        return
    _print_plans(applies, options, out)
    todo = [each for each in applies if not each.is_ended]
    if todo:
        secrets = KeySecrets(options.command_timeout)
        _read_secrets(todo, secrets)
        _ask(todo, options)
        for each in todo:
            each.read_secrets(secrets, commands=True)
        for each in todo:
            each.run()
            each.report_error(out)
    elif all(each.error is None for each in applies):
        note("nothing to change")


def _read_secrets(todo: Sequence[ProjectApply], secrets: KeySecrets) -> None:
    """Read the secrets that no command gives. FileError with those that are missing anywhere."""
    problems: list[Problem] = []
    for each in todo:
        try:
            each.read_secrets(secrets, commands=False)
        except FileError as error:
            problems += error.problems
    if problems:
        raise FileError(list(dict.fromkeys(problems)))


def _ask(todo: Sequence[ProjectApply], options: ApplyOptions) -> None:
    """Ask once for all projects."""
    if not options.confirm.asks:
        return
    for each in todo:
        prefix = f"{each.client.profile}: " if options.connections.are_several else ""
        for line in each.warnings:
            note(prefix + line)
    places = "; ".join(each.client.described for each in todo)
    options.confirm(f"Apply the file to {places}?")


def _print_plans(applies: Sequence[ProjectApply], options: ApplyOptions, out: Printer) -> None:
    """Print the plans for people: to standard output, or as notes if -o has another format."""
    several = options.connections.are_several
    for number, each in enumerate(each for each in applies if each.compared):
        title = f"{each.client.described}:\n" if several else ""
        if out.is_document:
            write("\n" * (number > 0) + title + each.plan_text)
        elif options.confirm.asks:
            for line in (title + each.plan_text).splitlines():
                note(line, wrap=False)


def _print_dry_run(applies: Sequence[ProjectApply], out: Printer) -> None:
    """Print the writes as comments and curl commands."""
    if not out.is_document:
        return
    for each in applies:
        if each.compared is None:
            continue
        comment(f"{each.client.described}: {difference.summary(each.compared.plan)}")
        for number, step in enumerate(each.steps, start=1):
            comment(f"{number}. {step.text}")
            write(each.client.curl(step.method, step.target, None, step.shown_body) + "\n")


def _print_results(applies: Sequence[ProjectApply], options: ApplyOptions, out: Printer) -> None:
    """Print one document per project. For people, the notes are enough."""
    if out.is_document:
        return
    if out.is_json:
        documents = [each.document() for each in applies]
        if options.connections.are_several:
            out.rows(LocalRows(documents))
        else:
            out.item(documents[0])
        return
    out.rows(
        LocalRows(
            ({"profile": each.client.profile} if options.connections.are_several else {}) | row
            for each in applies
            if each.compared is not None
            for row in difference.as_rows(each.compared.plan, each.compared.project)
        )
    )


def _reporter(client: Client, options: ApplyOptions, out: Printer) -> Callable[[str], None]:
    prefix = f"{client.profile}: " if options.connections.are_several else ""
    return lambda text: out.note(prefix + text)


def _counts(plan: Plan) -> str:
    """Return `1 created, 2 changed`."""
    actions = [change.action for change in plan.changes]
    verbs = {"create": "created", "change": "changed", "delete": "deleted", "disable": "disabled"}
    return ", ".join(
        f"{actions.count(action)} {verb}" for action, verb in verbs.items() if action in actions
    )
