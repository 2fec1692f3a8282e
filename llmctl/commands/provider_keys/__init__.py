"""Provider keys: the LLM provider API keys that evaluations use."""

import typer

from llmctl.commands.provider_keys import audit, commands, delete, rotate, validate

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
for verbs in (commands, delete, validate, rotate, audit):  # the order of the help
    app.registered_commands += verbs.app.registered_commands

__all__ = ["app"]
