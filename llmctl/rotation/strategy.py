"""The two strategies, apart from all else: the command's help loads no more of a rotation."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """How a key gets a new secret."""

    IN_PLACE = "in-place"
    REPLACE = "replace"
