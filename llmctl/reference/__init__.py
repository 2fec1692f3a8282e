"""Documentation made from the commands: README tables, manual page, completion scripts, help."""

from __future__ import annotations

from collections.abc import Iterator

from llmctl.app import RESOURCES, commands_of
from llmctl.cli.command_spec import Command


def commands() -> Iterator[Command]:
    """Yield every command of the live tree, in the order of the help."""
    for name in RESOURCES:
        yield from commands_of(name)
