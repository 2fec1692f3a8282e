"""Evaluation reports: when a report on an evaluation is generated, and who receives it."""

import typer

from llmctl.commands.evaluation_reports import commands, gate, generate, runs, show_run

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
for verbs in (commands, runs, show_run, generate, gate):  # the order of the help
    app.registered_commands += verbs.app.registered_commands

__all__ = ["app"]
