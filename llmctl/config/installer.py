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
    prefix, tool = Path(sys.prefix), installer()
    is_own = requirement.startswith(DISTRIBUTION)
    if tool.startswith("pipx"):
        if is_own and tool == "pipx run":
            return shlex.join(["pipx", "run", "--spec", requirement, "llmctl"]) + " ..."
        # Older versions of pipx find llmctl installed and do nothing without --force.
        force = ["--force"] if is_own else []
        return shlex.join(["pipx", "inject", *force, prefix.name, requirement])
    package = [requirement] if is_own else [DISTRIBUTION, "--with", requirement]
    if tool == "uv tool":
        return shlex.join(["uv", "tool", "install", *package])
    if tool == "uvx":
        return shlex.join(["uvx", "--from", *package, "llmctl"]) + " ..."
    if tool == "uv":
        return shlex.join(["uv", "pip", "install", "--python", sys.executable, requirement])
    return shlex.join([sys.executable or "python3", "-m", "pip", "install", requirement])


def installer() -> str:
    """Return what installed llmctl: pipx, pipx run, uv tool, uvx, uv (a virtual environment of
    it) or pip."""
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():
        return "pipx run" if prefix.parent.name == ".cache" else "pipx"
    if (prefix / "uv-receipt.toml").is_file():
        return "uv tool"
    if _is_made_by_uv(prefix):
        is_temporary = prefix.parent.name.startswith(("archive-", "environments-"))
        return "uvx" if is_temporary else "uv"
    return "pip"


def _is_made_by_uv(prefix: Path) -> bool:
    """Return True for a virtual environment of uv, which has no pip."""
    try:
        lines = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)
