"""How a rotation talks to the command that runs it."""

from __future__ import annotations

from collections.abc import Callable

# Prints one line for the user.
Report = Callable[[str], None]
# Asks a question and raises unless the answer is yes. Returns False if no question was needed.
Confirm = Callable[[str], bool]
