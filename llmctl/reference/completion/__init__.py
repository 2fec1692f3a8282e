"""Tab completion that starts no process: one static script for each shell.

The scripts are checked in as `completions/` and made by `python -m llmctl.reference`.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def folder() -> Traversable:
    """Return the scripts' folder: in the installed package, zipped or not, or in a clone."""
    packaged = files(__name__) / "scripts"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "completions"
