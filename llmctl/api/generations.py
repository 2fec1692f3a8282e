"""Which generations of PostHog an object comes from, by its fields.

Generations are `v0`, older than PostHog's API page, to `v3`, the newest; several are separated by
spaces.
"""

from __future__ import annotations

from llmctl.api.resources import Object


def of_evaluation_config(config: Object) -> str:
    """Return the generations of an evaluation configuration; empty if it does not show them."""
    if "trial_grandfathered" in config:
        return "v2"
    if "trial_eval_limit" in config:
        return "v0 v1"
    return "v3" if "active_provider_key" in config else ""


def of_evaluation(evaluation: Object) -> str:
    """Return the generations of an evaluation."""
    return "v3" if "directory_id" in evaluation else "v0 v1 v2"


def of_report(report: Object) -> str:
    """Return the generations of an evaluation report."""
    return "v3" if "generated_report_count" in report else "v0 v1 v2"
