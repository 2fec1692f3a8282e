"""Evaluation reports: when a report on an evaluation is generated, and who receives it."""

from llmctl.commands.evaluation_reports.commands import app

__all__ = ["app"]
