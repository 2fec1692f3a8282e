"""The plan of a dry run on standard output: comments and curl commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmctl.output import comment, write

if TYPE_CHECKING:
    from llmctl.api.client import Client
    from llmctl.rotation.steps import Step


def print_plan(client: Client, facts: Iterable[str], steps: Iterable[Step]) -> None:
    """Print what depends on the key, then the writes in order, without secrets."""
    for fact in facts:
        comment(fact)
    for number, step in enumerate(steps, start=1):
        comment(f"{number}. {step.text}")
        body = None if step.body is None else dict(step.body)
        write(client.curl(step.method, step.target, step.query, body) + "\n")
