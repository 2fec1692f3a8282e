"""Profiles: a key with its host and project, stored on this machine under a name."""

from llmctl.commands.profiles.commands import app

__all__ = ["app"]
