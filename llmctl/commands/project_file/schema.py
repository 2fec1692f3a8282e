"""schema: print the JSON Schema of project files."""

from __future__ import annotations

import typer

from llmctl.cli.injection import command
from llmctl.output import write

app = typer.Typer(rich_markup_mode=None)


@command(app, "schema", "llmctl schema > llmctl.schema.json")
def schema() -> None:
    """Print the JSON Schema of project files.

    Editors that support TOML, such as VS Code with Even Better TOML, use it to complete and check
    files. An exported file refers to llmctl.schema.json in its own directory.
    """
    from llmctl.output.text import json_text
    from llmctl.project_file.schema import make_schema

    write(json_text(make_schema(), indent=2) + "\n")
