"""Start-up against baselines: scripts that import the same libraries and do the same work."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FLOOR_VERSION = """
import typer
print("baseline 1.0")
"""
# The same tree of the same names and help texts, rendered by Typer alone.
FLOOR_HELP = """
import sys, typer
from llmctl.app import EPILOG, HELP, RESOURCES
root = typer.Typer(help=HELP, epilog=EPILOG, add_completion=False, rich_markup_mode=None)

@root.callback()
def options(version: bool = typer.Option(False, "--version", help="Show the version.")) -> None:
    pass

for name, resource in RESOURCES.items():
    root.add_typer(typer.Typer(rich_markup_mode=None), name=name, help=resource.help)
root(["--help"])
"""
FLOOR_GROUP_HELP = """
import typer
app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
HELP = {
    "list": "List the clustering jobs, oldest first.",
    "get": "Show one clustering job.",
    "create": "Create a clustering job.",
    "update": "Change the given fields of a clustering job, and no others.",
    "delete": "Delete a clustering job. It cannot be restored.",
}

def command() -> None:
    pass

for name, text in HELP.items():
    app.command(name, help=text)(command)
app(["--help"])
"""
FLOOR_CALL = """
import json
import os
import requests
import typer
{more}
app = typer.Typer()

@app.command()
def main() -> None:
    host, project = os.environ["LLMCTL_HOST"], os.environ["LLMCTL_PROJECT"]
    answer = requests.get(
        f"{{host}}/api/environments/{{project}}/llm_analytics/clustering_jobs/{path}",
        headers={{"Authorization": "Bearer " + os.environ["LLMCTL_API_KEY"]}},
        timeout=30,
    )
    answer.raise_for_status()
    {show}

app()
"""
SHOW_JSON = "print(json.dumps(answer.json(), indent=2))"
MORE_RICH = "from rich.console import Console\nfrom rich.table import Table"
SHOW_TABLE = """
    table = Table("id", "name", "level", "enabled", "filters", "updated")
    for job in answer.json()["results"]:
        table.add_row(*(str(job[key]) for key in (
            "id", "name", "analysis_level", "enabled", "event_filters", "updated_at")))
    Console().print(table)
"""


class Case(NamedTuple):
    """A command, its baseline, and the ratio that it must not exceed."""

    name: str
    command: list[str]
    baseline: list[str]
    bound: float | None


def cases(folder: Path, job_id: str) -> Iterator[Case]:
    """Every command, and a baseline against itself to show the precision of the figures."""

    def script(name: str, text: str) -> list[str]:
        path = folder / f"{name}.py"
        path.write_text(text)
        return [sys.executable, str(path)]

    llmctl = [str(Path(sys.executable).with_name("llmctl"))]
    version = script("version", FLOOR_VERSION)
    listing = script("list", FLOOR_CALL.format(more="", path="", show=SHOW_JSON))
    getting = script("get", FLOOR_CALL.format(more="", path=f"{job_id}/", show=SHOW_JSON))
    table = script("table", FLOOR_CALL.format(more=MORE_RICH, path="", show=SHOW_TABLE))
    jobs = [*llmctl, "clustering-jobs"]
    yield Case("`import typer` against itself", version, version, None)
    yield Case("`import typer, requests`, a call, against itself", listing, listing, None)
    yield Case("`llmctl --version`", [*llmctl, "--version"], version, 1.0)
    yield Case("`llmctl --help`", [*llmctl, "--help"], script("help", FLOOR_HELP), 1.15)
    yield Case(
        "`llmctl clustering-jobs --help`",
        [*jobs, "--help"],
        script("group", FLOOR_GROUP_HELP),
        1.15,
    )
    yield Case(
        "`llmctl clustering-jobs list -o json`", [*jobs, "list", "-o", "json"], listing, 1.15
    )
    yield Case(
        "`llmctl clustering-jobs get ID -o json`",
        [*jobs, "get", job_id, "-o", "json"],
        getting,
        1.15,
    )
    yield Case(
        "`llmctl clustering-jobs list -o table`", [*jobs, "list", "-o", "table"], table, 1.15
    )


# Other tools' own help, where they are installed.
PEERS = {
    "curl": ["curl", "--help"],
    "HTTPie": ["http", "--help"],
    "PostHog's own CLI": ["posthog-cli", "--help"],
    "Hugging Face's hf": ["hf", "--help"],
    "llm": ["llm", "--help"],
    "AWS CLI": ["aws", "--version"],
    "gh": ["gh", "--help"],
    "kubectl": ["kubectl", "--help"],
}


def peers() -> Iterator[tuple[str, list[str]]]:
    """The similar tools that are installed on this machine."""
    for name, command in PEERS.items():
        if shutil.which(command[0]):
            yield name, command
