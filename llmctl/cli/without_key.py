"""Notes on the evaluations and taggers that a new active key leaves without a key."""

from __future__ import annotations

from llmctl.errors import Hint
from llmctl.output import NotePrinter
from llmctl.rotation.dependents import Dependents, describe_without_key
from llmctl.rotation.hints import WEB_APP
from llmctl.rotation.key_resolution import without_key


def note_without_key(out: NotePrinter, dependents: Dependents, active_provider: str) -> None:
    """Name what is left without a key by an active key for this provider, and what was not read."""
    found = without_key(dependents.found, active_provider)
    for line in (*describe_without_key(found), *dependents.unread):
        out.note(line)
    if any(each.enabled for each in found):
        pin = f"pin a key to each of them {WEB_APP}, or make another key active"
        out.note(
            f"the active key is for {active_provider} and serves no other provider",
            Hint(pin, ("evaluation-config", "set-active-key", "KEY_ID")),
        )
