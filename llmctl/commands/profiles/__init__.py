"""Profiles: names for a key, its host and its project, stored on this machine."""

from llmctl.commands.profiles.commands import app

__all__ = ["app"]
