"""Find out how llmctl was installed, and how to add an optional package to it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

DISTRIBUTION = "posthog-llmctl"


def install_command(requirement: str) -> str:
    """Return the command line that adds a package, for the installer in use.

    `requirement` is llmctl with an extra, such as `posthog-llmctl[sandbox]`, or another package.
    uvx and `pipx run` install nothing; for them, return how to run llmctl with the package.
    """
    prefix = Path(sys.prefix)
    is_own = requirement.startswith(DISTRIBUTION)
    if (prefix / "pipx_metadata.json").is_file():
        if is_own and prefix.parent.name == ".cache":
            return shlex.join(["pipx", "run", "--spec", requirement, "llmctl"]) + " ..."
        # Older versions of pipx find llmctl installed and do nothing without --force.
        force = ["--force"] if is_own else []
        return shlex.join(["pipx", "inject", *force, prefix.name, requirement])
    package = [requirement] if is_own else [DISTRIBUTION, "--with", requirement]
    if (prefix / "uv-receipt.toml").is_file():
        return shlex.join(["uv", "tool", "install", *package])
    if _is_made_by_uv(prefix):
        if prefix.parent.name.startswith(("archive-", "environments-")):
            return shlex.join(["uvx", "--from", *package, "llmctl"]) + " ..."
        return shlex.join(["uv", "pip", "install", "--python", sys.executable, requirement])
    return shlex.join([sys.executable or "python3", "-m", "pip", "install", requirement])


def _is_made_by_uv(prefix: Path) -> bool:
    """Return True for a virtual environment of uv, which has no pip."""
    try:
        lines = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)
