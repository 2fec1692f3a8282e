"""How a rotation talks to the command that runs it."""

from __future__ import annotations

from collections.abc import Callable

from llmctl.rotation.snapshot import Key

# Prints one line for the user.
Report = Callable[[str], None]
# Asks a question and raises unless the answer is yes. Returns False if no question was needed.
Confirm = Callable[[str], bool]
# Receives the project's keys each time the rotation reads them before a write.
OnKeys = Callable[[list[Key]], None]
