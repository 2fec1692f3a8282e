"""Add to the wheel: completion scripts, in the package and where shells look for them, and the
manual page, which is made here."""

# mypy: disable-error-code="misc, type-arg"
# hatchling is installed for a build, but perhaps not for mypy.

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SHARED = {
    "completions/llmctl.bash": "share/bash-completion/completions/llmctl",
    "completions/_llmctl": "share/zsh/site-functions/_llmctl",
    "completions/llmctl.fish": "share/fish/vendor_completions.d/llmctl.fish",
}


class Hook(BuildHookInterface):
    """Called by hatchling for each wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add. An editable install finds the scripts in the clone."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from llmctl.reference.manual import page

        self._made = tempfile.TemporaryDirectory()
        manual = Path(self._made.name) / "llmctl.1"
        manual.write_text(page(), encoding="utf-8")
        shared = {str(root / source): target for source, target in _SHARED.items()}
        build_data["shared_data"] |= shared | {str(manual): "share/man/man1/llmctl.1"}
        build_data["force_include"][str(root / "completions")] = (
            "llmctl/reference/completion/scripts"
        )

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary manual page."""
        if version != "editable":
            self._made.cleanup()
