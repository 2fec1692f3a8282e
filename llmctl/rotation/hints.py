"""Hints for rotations: the commands that end one, and how to join hints."""

from __future__ import annotations

import dataclasses

from llmctl.errors import Hint

RERUN = "run the same command again in a minute: it checks the server and continues from there"
LIST_KEYS = Hint("", ("provider-keys", "list"))
RECOVER = ("evaluations", "recover")
WEB_APP = "in PostHog's web app"


def abort(text: str, key_id: str) -> Hint:
    """Return the hint to cancel a pending rotation of the key."""
    return Hint(text, (*_rotate(key_id), "--abort"))


def finish(text: str, key_id: str) -> Hint:
    """Return the hint to finish a pending rotation of the key."""
    return Hint(text, (*_rotate(key_id), "--finish"))


def delete(text: str, key_id: str, replacement_id: str | None) -> Hint:
    """Return the hint to delete a key in favour of another one."""
    words = ("provider-keys", "delete", key_id, "--replacement", str(replacement_id))
    return Hint(text, words)


def start_again(what: str, *, lead: str = "") -> Hint:
    """Return the hint to start stopped evaluations again."""
    return Hint(f"{lead}start {what} again", RECOVER)


def _rotate(key_id: str) -> tuple[str, ...]:
    return ("provider-keys", "rotate", key_id, "--strategy", "replace")


def followed_by(first: Hint | None, then: Hint) -> Hint:
    """Return the first hint with the other one after it."""
    if not first:
        return then
    return dataclasses.replace(first, also=followed_by(first.also, then))
