"""The encoding of standard output."""

from __future__ import annotations

import sys


def output_encoding() -> str:
    """Return the encoding of standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def is_unicode() -> bool:
    """Return True if standard output can show every character."""
    return output_encoding().lower().startswith("utf")
