"""The README's command table, made from the commands: `python -m llmctl.reference [--check]`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from llmctl.cli import RESOURCES, load

README = Path(__file__).parent.parent / "README.md"
START = "<!-- commands: made by `python -m llmctl.reference` -->"
END = "<!-- end of commands -->"


class Command(NamedTuple):
    """A command's words, its first line of help, and its examples."""

    words: tuple[str, str]
    summary: str
    examples: tuple[str, ...]


def commands() -> Iterator[Command]:
    """Every command of the live tree, in the order of the help."""
    for name in RESOURCES:
        for command in load(name).registered_commands:
            assert command.name is not None
            assert command.callback is not None
            summary = (command.callback.__doc__ or "").strip().partition("\n")[0]
            text = "\n".join((command.epilog or "").splitlines()[2:])
            found = re.split(r"(?<!\\)\n  ", text.removeprefix("  "))
            yield Command((name, command.name), summary, tuple(found))


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
            print("README.md is stale: run python -m llmctl.reference", file=sys.stderr)
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
