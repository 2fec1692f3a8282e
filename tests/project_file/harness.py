"""The project file's modules on a server in memory: export, plan and apply."""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any

from llmctl.project_file.apply import ApplyRun
from llmctl.project_file.document import parse
from llmctl.project_file.export import to_toml
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import Plan, ProjectFile
from llmctl.project_file.plan import also_to_read, make_plan, tables_to_read
from llmctl.project_file.project import read_project
from llmctl.project_file.source import Text
from llmctl.project_file.steps import steps_of
from llmctl.rotation.patience import Patience
from llmctl.safe.secret import Secret
from tests.project_file.links import Link
from tests.project_file.server import Server

NEW_SECRET = "sk-ant-CANARY-new-9876543210"
VARIABLE = "NEW_PROVIDER_KEY"


def exported(server: Server, tables: Collection[str] = tuple(BY_TABLE)) -> str:
    """Return the project as TOML."""
    client: Any = Link(server)
    return to_toml(read_project(client, tables), tables)


def wanted_file(server: Server) -> str:
    """Return an export with a source of each provider key's secret."""
    line = f'api_key_env = "{VARIABLE}"'
    return exported(server).replace("\n[[provider_keys]]\n", f"\n[[provider_keys]]\n{line}\n")


@functools.lru_cache(maxsize=4)
def parsed(text: str) -> ProjectFile:
    """Return the file of a text. It is read once: nothing changes it."""
    return parse([Text("llm.toml", text)], {}, None)


def planned(server: Server, text: str, **options: Any) -> Plan:
    """Return the plan of a diff."""
    file = parsed(text)
    client: Any = Link(server)
    prune = options.get("prune", False)
    project = read_project(client, tables_to_read(file), also=also_to_read(file, prune=prune))
    return make_plan(file, project, **options)


def applied(
    link: Link,
    text: str,
    *,
    prune: bool = False,
    force: bool = False,
    drop_unsupported: bool = False,
) -> Plan:
    """Apply a file, as the command does after the question; return its plan."""
    file = parsed(text)
    client: Any = link
    project = read_project(client, tables_to_read(file), also=also_to_read(file, prune=prune))
    plan = make_plan(
        file, project, prune=prune, drop_unsupported=drop_unsupported, needs_secrets=True
    )
    steps = steps_of(plan, file, project)
    secrets = {step.name: Secret(NEW_SECRET) for step in steps if step.kind == "create"}
    patience = Patience(sleep=lambda seconds: None, now=lambda: 0.0)
    ApplyRun(client, project, _print, force, secrets, patience).run(steps)
    return plan


def described(plan: Plan) -> list[str]:
    """Return the changes of a plan, a line each."""
    return [
        f"{change.action} {change.kind.table} {change.name!r} "
        + ", ".join(f"{each.field}: {each.old!r} -> {each.new!r}" for each in change.fields)
        for change in plan.changes
    ]


def _print(line: str) -> None:
    pass
