"""The writes of a run so far, and their description in messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmctl.rotation.steps import Step


@dataclass
class Progress:
    """The steps that are done; `unconfirmed` is one that was sent and not confirmed yet."""

    done: list[Step] = field(default_factory=list)
    unconfirmed: Step | None = None

    @property
    def has_written(self) -> bool:
        """True if a write was done, or may have been."""
        return bool(self.done) or self.unconfirmed is not None

    @property
    def moved(self) -> list[str]:
        """The ids of the evaluations that were moved, in order."""
        return [step.subject for step in self.done if step.kind == "move"]

    def describe(self, new_id: str | None) -> str:
        """Return what is not confirmed and the new key's id, as sentences.

        What is done was reported step by step.
        """
        parts = []
        if self.unconfirmed is not None:
            parts.append(f"Not confirmed: {self.unconfirmed.text}.")
        if new_id is not None:
            parts.append(f"New key: {new_id}.")
        return " ".join(parts)
