"""The two strategies, in a separate module so that the command's help loads nothing else."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """How a key gets a new secret: under the same id, or by a new key that replaces it."""

    IN_PLACE = "in-place"
    REPLACE = "replace"
