"""Notes on the evaluations and taggers that another active key leaves without a key."""

from __future__ import annotations

from llmctl.errors import Hint
from llmctl.output import NotePrinter
from llmctl.rotation.dependents import Dependents, describe_stranded
from llmctl.rotation.key_resolution import stranded_by


def note_stranded(out: NotePrinter, dependents: Dependents, provider: str) -> None:
    """Name what finds no key while the active key is for this provider; say what was not read."""
    stranded = stranded_by(provider, dependents.found)
    for line in (*describe_stranded(stranded), *dependents.unread):
        out.note(line)
    if any(each.enabled for each in stranded):
        pin = "pin a key to each of them in PostHog's web page, or make another key active"
        out.note(
            f"an active key serves its own provider only, here {provider}",
            Hint(pin, ("evaluation-config", "set-active-key", "KEY_ID")),
        )
