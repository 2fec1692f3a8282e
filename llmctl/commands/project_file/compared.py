"""Compare a file with a project: the first half of `diff` and `apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmctl.cli.dependencies import Client
from llmctl.errors import LlmctlError

if TYPE_CHECKING:
    from llmctl.project_file.model import Plan, Project, ProjectFile


class Compared(NamedTuple):
    """A file, a project, and the plan to apply the one to the other."""

    file: ProjectFile
    project: Project
    plan: Plan


def compare(
    client: Client,
    file: ProjectFile,
    *,
    prune: bool,
    drop_unsupported: bool,
    needs_secrets: bool = False,
) -> Compared:
    """Read the project and make the plan.

    ConfigError if [target] is another project, FileError with all errors in the file.
    """
    from llmctl.project_file.plan import also_to_read, check_target, make_plan, tables_to_read
    from llmctl.project_file.project import read_project

    if client.project != "@current":
        check_target(file, client.origin, client.project)
    project = read_project(client, tables_to_read(file), also=also_to_read(file, prune=prune))
    check_target(file, project.origin, project.number)
    plan = make_plan(
        file,
        project,
        prune=prune,
        drop_unsupported=drop_unsupported,
        needs_secrets=needs_secrets,
    )
    return Compared(file, project, plan)


def of_profile(error: LlmctlError, profile: str) -> LlmctlError:
    """Return the error of one of several profiles, with its name in it and in its commands."""
    from llmctl.project_file.model import FileError

    if isinstance(error, FileError):
        return error.of_profile(profile)
    hint = error.hint.selecting(("-p", profile)) if error.hint else None
    return error.restated(f"{profile}: {error.message}", hint)
