"""Evaluations: they score LLM output, each with a provider key."""

import typer

from llmctl.commands.evaluations import commands, recover, switch, test_hog

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
for verbs in (commands, switch, recover, test_hog):  # the order of the help
    app.registered_commands += verbs.app.registered_commands

__all__ = ["app"]
