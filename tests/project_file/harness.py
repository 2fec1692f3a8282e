"""The project file's modules on a server in memory: export, plan and apply."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from llmctl.project_file.document import parse
from llmctl.project_file.export import to_toml
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import Plan, ProjectFile
from llmctl.project_file.plan import also_to_read, make_plan, tables_to_read
from llmctl.project_file.project import read_project
from llmctl.project_file.source import Text
from tests.project_file.links import Link
from tests.project_file.server import Server

NEW_SECRET = "sk-ant-CANARY-new-9876543210"
VARIABLE = "NEW_PROVIDER_KEY"


def exported(server: Server, tables: Collection[str] = tuple(BY_TABLE)) -> str:
    """Return the project as TOML."""
    client: Any = Link(server)
    return to_toml(read_project(client, tables), tables)


def with_secrets(text: str) -> str:
    """Return an export in which each provider key has a source of its secret."""
    line = f'api_key_env = "{VARIABLE}"'
    return text.replace("\n[[provider_keys]]\n", f"\n[[provider_keys]]\n{line}\n")


def parsed(text: str) -> ProjectFile:
    """Return the file of a text."""
    return parse([Text("llm.toml", text)], {}, None)


def planned(server: Server, text: str, **options: Any) -> Plan:
    """Return the plan of a diff."""
    file = parsed(text)
    client: Any = Link(server)
    prune = options.get("prune", False)
    project = read_project(
        client, tables_to_read(file, prune=prune), also=also_to_read(file, prune=prune)
    )
    return make_plan(file, project, **options)
