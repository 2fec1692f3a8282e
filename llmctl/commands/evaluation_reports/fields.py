"""The fields of an evaluation report: columns, options, and the body that options make."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from llmctl.cli import completers
from llmctl.errors import UsageError
from llmctl.input.values import (
    one_reader_of_stdin,
    parse_integer,
    parse_optional_id,
    parse_text_or_null,
    read_json,
    read_text,
    request_body,
)
from llmctl.output import Column


def _trigger(report: dict[str, Any]) -> str:
    """What makes the next report: the recurrence rule, or the number of new results."""
    if report.get("frequency") == "scheduled":
        return str(report.get("rrule") or "-")
    threshold = report.get("trigger_threshold")
    return "-" if threshold is None else f"every {threshold}"


COLUMNS = (
    Column("id", whole=True),
    Column("evaluation", whole=True),
    Column("frequency"),
    Column("trigger_threshold", "trigger", cell=_trigger),
    Column("enabled"),
    Column("next_delivery_date", "next"),
    *(
        Column(key, shown=False)
        for key in (
            "rrule",
            "starts_at",
            "timezone_name",
            "delivery_targets",
            "max_sample_size",
            "deleted",
            "last_delivered_at",
            "generated_report_count",
            "last_generated_at",
            "report_prompt_guidance",
            "cooldown_minutes",
            "daily_run_cap",
            "created_by",
            "created_at",
        )
    ),
)


class Frequency(StrEnum):
    """What starts a report."""

    SCHEDULED = "scheduled"
    EVERY_N = "every_n"


EvaluationOption = Annotated[
    str | None,
    typer.Option("--evaluation", metavar="ID", help="As `llmctl evaluations list` shows it."),
    completers.ids("evaluations"),
]
FrequencyOption = Annotated[
    Frequency | None,
    typer.Option("--frequency", help="By a calendar rule, or every so many results."),
]
RruleOption = Annotated[
    str | None,
    typer.Option("--rrule", metavar="RULE", help="Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO."),
]
StartsAtOption = Annotated[
    str | None,
    typer.Option(
        "--starts-at", metavar="TIME", help="Start, e.g. 2026-01-05T09:00:00+01:00; or null."
    ),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(
        "--timezone-name", metavar="ZONE", help="IANA time zone of the rule, e.g. Europe/Paris."
    ),
]
TargetsOption = Annotated[
    str | None,
    typer.Option(
        "--delivery-targets",
        metavar="JSON",
        help="Who gets it, all of them: a JSON array, @FILE or -; [] for nobody.",
    ),
    completers.AT_FILE,
]
EmailOption = Annotated[
    list[str] | None,
    typer.Option(
        "--email", metavar="ADDRESS", help="An e-mail target; repeatable. Replaces old targets."
    ),
]
SlackOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slack",
        metavar="INTEGRATION_ID:CHANNEL",
        help="A Slack target; repeatable. Replaces old targets.",
    ),
]
SampleOption = Annotated[
    str | None,
    typer.Option("--max-sample-size", metavar="N", help="Maximum number of results read."),
]
EnabledOption = Annotated[
    bool | None,
    typer.Option("--enabled/--disabled", help="Whether it is delivered.", show_default=False),
]
DeletedOption = Annotated[
    bool | None,
    typer.Option("--deleted/--not-deleted", help="Delete softly, or restore.", show_default=False),
]
GuidanceOption = Annotated[
    str | None,
    typer.Option(
        "--report-prompt-guidance", metavar="TEXT", help="What to look at: text, @FILE or -."
    ),
    completers.AT_FILE,
]
ThresholdOption = Annotated[
    str | None,
    typer.Option(
        "--trigger-threshold", metavar="N", help="With every_n: results per report, or null."
    ),
]
CooldownOption = Annotated[
    str | None,
    typer.Option("--cooldown-minutes", metavar="N", help="Minimum minutes between reports."),
]
CapOption = Annotated[
    str | None, typer.Option("--daily-run-cap", metavar="N", help="Reports a day at most.")
]


def report_body(
    *,
    evaluation: str | None,
    frequency: Frequency | None,
    trigger_threshold: str | None,
    rrule: str | None,
    starts_at: str | None,
    timezone_name: str | None,
    delivery_targets: str | None,
    email: list[str] | None,
    slack: list[str] | None,
    report_prompt_guidance: str | None,
    max_sample_size: str | None,
    cooldown_minutes: str | None,
    daily_run_cap: str | None,
    enabled: bool | None,
    deleted: bool | None,
    data: str | None,
) -> dict[str, Any]:
    """The request body: only what was given, with `--data` below it."""
    one_reader_of_stdin(
        delivery_targets=delivery_targets, report_prompt_guidance=report_prompt_guidance, data=data
    )
    return request_body(
        data,
        {
            "evaluation": parse_optional_id(evaluation, option="--evaluation"),
            "frequency": frequency,
            "rrule": rrule,
            "starts_at": parse_text_or_null(starts_at),
            "timezone_name": timezone_name,
            "delivery_targets": _targets(delivery_targets, email or [], slack or []),
            "max_sample_size": parse_integer(max_sample_size, option="--max-sample-size"),
            "enabled": enabled,
            "deleted": deleted,
            "report_prompt_guidance": read_text(
                report_prompt_guidance, option="--report-prompt-guidance"
            ),
            "trigger_threshold": parse_integer(
                trigger_threshold, option="--trigger-threshold", nullable=True
            ),
            "cooldown_minutes": parse_integer(cooldown_minutes, option="--cooldown-minutes"),
            "daily_run_cap": parse_integer(daily_run_cap, option="--daily-run-cap"),
        },
    )


def _targets(delivery_targets: str | None, emails: list[str], slacks: list[str]) -> Any:
    """The whole list of targets; None where no option gives one."""
    given = read_json(delivery_targets, option="--delivery-targets", kind=list)
    added = [{"type": "email", "value": address} for address in emails]
    added += [_slack_target(text) for text in slacks]
    return [*(given or []), *added] if added else given


def _slack_target(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"([0-9]{1,18}):(.+)", text, re.DOTALL)
    if match is None:
        raise UsageError("--slack is INTEGRATION_ID:CHANNEL, e.g. 12:#llm-quality")
    return {"type": "slack", "integration_id": int(match[1]), "channel": match[2]}
