"""Write the generated files: `python -m llmctl.reference [--check | --manual]`.

They are the README's tables and the completion scripts. `--check` writes nothing and exits 1 if
one is stale. `--manual` prints the manual page, which only a build writes to a file:
`python -m llmctl.reference --manual | man -l -`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from llmctl.reference import manual, readme
from llmctl.reference.completion import generate

USAGE = "usage: python -m llmctl.reference [--check | --manual]"


def main(argv: list[str]) -> int:
    """Write the stale files, or do what the option says. Return the exit code."""
    if argv == ["--manual"]:
        print(manual.page(), end="")
        return 0
    if argv not in ([], ["--check"]):
        print(USAGE, file=sys.stderr)
        return 2
    stale = [(path, text) for path, text in _generated() if _current(path) != text]
    for path, text in stale:
        if argv:
            print(f"{path} is stale: run python -m llmctl.reference", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return int(bool(argv and stale))


def _generated() -> Iterator[tuple[Path, str]]:
    """Yield each generated file with its text as it should be."""
    yield readme.README, readme.updated(readme.README.read_text(encoding="utf-8"))
    yield from generate.scripts()


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
