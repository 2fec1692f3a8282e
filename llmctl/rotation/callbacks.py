"""How a rotation talks to the command that runs it."""

from __future__ import annotations

from collections.abc import Callable

from llmctl.rotation.snapshot import Key

# Tells the user one line.
Report = Callable[[str], None]
# Asks a question and raises unless the answer is yes. Returns False if no one had to be asked.
Confirm = Callable[[str], bool]
# Gets the project's keys each time the rotation learns of them before it writes.
OnKeys = Callable[[list[Key]], None]
