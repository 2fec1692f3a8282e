"""The README's command table: `python -m llmctl.reference.readme [--check]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from llmctl.app import RESOURCES, commands_of
from llmctl.cli.command_spec import Command

README = Path(__file__).parents[2] / "README.md"
START = "<!-- commands: made by `python -m llmctl.reference.readme` -->"
END = "<!-- end of commands -->"


def commands() -> Iterator[Command]:
    """Every command of the live tree, in the order of the help."""
    for name in RESOURCES:
        yield from commands_of(name)


def table() -> str:
    """The table as it stands in the README."""
    rows = [f"| `llmctl {' '.join(command.words)}` | {command.summary} |" for command in commands()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def main(argv: list[str]) -> int:
    """Write the table into the README; with `--check`, only say whether it is fresh."""
    before = README.read_text(encoding="utf-8")
    head, _, rest = before.partition(START)
    _, _, tail = rest.partition(END)
    after = f"{head}{START}\n\n{table()}\n\n{END}{tail}"
    if argv == ["--check"]:
        if before != after:
            print("README.md is stale: run python -m llmctl.reference.readme", file=sys.stderr)
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
