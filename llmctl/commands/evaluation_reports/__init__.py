"""Evaluation reports: when a report about an evaluation is made, and to whom it goes."""

from llmctl.commands.evaluation_reports.commands import app

__all__ = ["app"]
