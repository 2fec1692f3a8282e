"""The table of exit codes in README.md."""

from __future__ import annotations

from pathlib import Path

from llmctl.reference import tables

README = Path(__file__).parents[2] / "README.md"
START = "<!-- exit codes: made by `python -m llmctl.reference` -->"
END = "<!-- end -->"


def updated(text: str) -> str:
    """Return the README's text with a fresh table of exit codes."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    rows = (f"| {int(code)} | {name} | {meaning} |" for code, name, meaning in tables.exit_codes())
    table = "\n".join(["| code | name | meaning |", "|---|---|---|", *rows])
    return f"{head}{START}\n\n{table}\n\n{END}{tail}"
