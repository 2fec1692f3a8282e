"""The fields of an evaluation report: columns, options, and the request body."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import typer

from llmctl.cli import completers
from llmctl.cli.injection import Depends
from llmctl.cli.options import DataOption, ObjectsArgument, reference_parser, text_parser
from llmctl.commands.evaluation_reports.recipients import (
    Edits,
    RecipientEdits,
    email_target,
    slack_target,
)
from llmctl.commands.evaluation_reports.times import time_notes
from llmctl.errors import UsageError
from llmctl.input.values import (
    one_reader_of_stdin,
    parse_integer,
    parse_text_or_null,
    read_json,
    read_text,
    request_body,
    require_changes,
)
from llmctl.output import ID, Column, cell_text, note


def _trigger(report: dict[str, Any]) -> str:
    """The recurrence rule, or the number of new results, that triggers the next report."""
    if report.get("frequency") == "scheduled":
        return str(report.get("rrule") or "-")
    threshold = report.get("trigger_threshold")
    return "-" if threshold is None else f"every {threshold}"


def recipients(report: dict[str, Any]) -> str:
    """Return the addresses and channels; JSON if they have another shape, empty if none."""
    targets = report.get("delivery_targets")
    if not isinstance(targets, list):
        return cell_text(targets)
    return ", ".join(_recipient(each) for each in targets)


def _recipients(report: dict[str, Any]) -> str:
    return recipients(report) or "-"


def _recipient(target: Any) -> str:
    found = target.get("value") or target.get("channel") if isinstance(target, dict) else None
    return cell_text(found or target)


COLUMNS = (
    ID,
    Column("evaluation", least=16),
    Column("frequency", rank=4),
    Column("trigger_threshold", "trigger", cell=_trigger, rank=3, least=12),
    Column("delivery_targets", "recipients", cell=_recipients, in_text=False, least=14),
    Column("enabled", rank=1),
    Column("next_delivery_date", "next", rank=2),
    *(
        Column(key, shown=False)
        for key in (
            "rrule",
            "starts_at",
            "timezone_name",
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

# In the editor: field -> a comment on its value.
FIELDS = {
    "evaluation": "ID from `llmctl evaluations list`.",
    "frequency": "every_n or scheduled.",
    "trigger_threshold": "Results per report, for every_n.",
    "rrule": "Recurrence rule, for scheduled, such as FREQ=WEEKLY;BYDAY=MO.",
    "starts_at": "Start, for scheduled, such as 2026-01-05T09:00:00+01:00.",
    "timezone_name": "IANA time zone of the rule, such as Europe/Paris.",
    "enabled": "true or false.",
    "max_sample_size": "Maximum number of results to analyse.",
    "cooldown_minutes": "Minimum minutes between reports.",
    "daily_run_cap": "Maximum reports per day.",
    "report_prompt_guidance": "What to focus on.",
    "delivery_targets": "Recipients, for example:\n"
    '[{ type = "email", value = "a@example.com" },\n'
    ' { type = "slack", integration_id = 1, channel = "#llm-quality" }]',
}


class Frequency(StrEnum):
    """The trigger of reports."""

    SCHEDULED = "scheduled"
    EVERY_N = "every_n"


EvaluationOption = Annotated[
    str | None,
    typer.Option(
        "--evaluation",
        metavar="NAME|ID",
        help="Evaluation of the report.",
        parser=reference_parser("--evaluation"),
    ),
    completers.ids("evaluations"),
]
FrequencyOption = Annotated[
    Frequency | None,
    typer.Option("--frequency", help="On a schedule, or every N results."),
    completers.words(
        *Frequency,
        instead=tuple(
            (word, f"--frequency scheduled --rrule FREQ={word.upper()}")
            for word in ("daily", "weekly", "monthly")
        ),
    ),
]
RruleOption = Annotated[
    str | None,
    typer.Option(
        "--rrule",
        metavar="RULE",
        help="Recurrence rule, e.g. FREQ=WEEKLY;BYDAY=MO.",
        parser=text_parser("--rrule", "a rule"),
    ),
]
StartsAtOption = Annotated[
    str | None,
    typer.Option(
        "--starts-at",
        metavar="TIME",
        help="Start, e.g. 2026-01-05T09:00:00+01:00, or null.",
        parser=text_parser("--starts-at", "a time"),
    ),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(
        "--timezone-name",
        metavar="ZONE",
        help="IANA time zone of the rule, e.g. Europe/Paris.",
        parser=text_parser("--timezone-name", "a time zone"),
    ),
]
TargetsOption = Annotated[
    str | None,
    typer.Option(
        "--delivery-targets",
        metavar="JSON",
        help="All recipients: JSON array, @FILE or -; [] for none.",
    ),
    completers.AT_FILE,
]
EmailOption = Annotated[
    list[str] | None,
    typer.Option(
        "--email",
        metavar="ADDRESS",
        help="Email recipient; repeatable. Replaces all recipients.",
        parser=text_parser("--email", "an address"),
    ),
]
SlackOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slack",
        metavar="NAME|ID:CHANNEL",
        help="Slack recipient; repeatable. Replaces all recipients.",
        parser=text_parser("--slack", "a recipient"),
    ),
    completers.ids("integrations"),
]
SampleOption = Annotated[
    str | None,
    typer.Option("--max-sample-size", metavar="N", help="Maximum number of results to analyse."),
]
EnabledOption = Annotated[
    bool | None,
    typer.Option("--enabled/--disabled", help="Enable or disable the report.", show_default=False),
]
DeletedOption = Annotated[
    bool | None,
    typer.Option(
        "--deleted/--not-deleted", help="Delete or restore the report.", show_default=False
    ),
]
GuidanceOption = Annotated[
    str | None,
    typer.Option(
        "--report-prompt-guidance", metavar="TEXT", help="What to focus on: text, @FILE or -."
    ),
    completers.AT_FILE,
]
ThresholdOption = Annotated[
    str | None,
    typer.Option(
        "--trigger-threshold", metavar="N", help="Results per report for every_n, or null."
    ),
]
CooldownOption = Annotated[
    str | None,
    typer.Option("--cooldown-minutes", metavar="N", help="Minimum minutes between reports."),
]
CapOption = Annotated[
    str | None, typer.Option("--daily-run-cap", metavar="N", help="Maximum reports per day.")
]


def _body(
    evaluation: EvaluationOption = None,
    frequency: FrequencyOption = None,
    trigger_threshold: ThresholdOption = None,
    rrule: RruleOption = None,
    starts_at: StartsAtOption = None,
    timezone_name: TimezoneOption = None,
    delivery_targets: TargetsOption = None,
    email: EmailOption = None,
    slack: SlackOption = None,
    report_prompt_guidance: GuidanceOption = None,
    max_sample_size: SampleOption = None,
    cooldown_minutes: CooldownOption = None,
    daily_run_cap: CapOption = None,
    enabled: EnabledOption = None,
    deleted: DeletedOption = None,
    data: DataOption = None,
) -> dict[str, Any]:
    one_reader_of_stdin(
        delivery_targets=delivery_targets, report_prompt_guidance=report_prompt_guidance, data=data
    )
    return request_body(
        data,
        {
            "evaluation": evaluation,
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


GivenFields = Annotated[dict[str, Any], Depends(_body)]


def _noted(body: GivenFields) -> dict[str, Any]:
    for text in time_notes(body):
        note(text)
    return body


def _check_stdin(
    references: ObjectsArgument,
    delivery_targets: TargetsOption = None,
    report_prompt_guidance: GuidanceOption = None,
    data: DataOption = None,
) -> None:
    one_reader_of_stdin(
        references,
        delivery_targets=delivery_targets,
        report_prompt_guidance=report_prompt_guidance,
        data=data,
    )


class Changes(NamedTuple):
    """The changes to a report: fields to set, and recipients to add and remove."""

    fields: dict[str, Any]
    recipients: Edits


def _changes(
    body: GivenFields,
    recipients: RecipientEdits,
    _: Annotated[None, Depends(_check_stdin, is_first=True)],
) -> Changes:
    if recipients and "delivery_targets" in body:
        raise UsageError(
            "--add-email, --add-slack and --remove-target cannot be combined with --email, --slack "
            "or --delivery-targets, which replace all recipients"
        )
    return Changes(_noted(body if recipients else require_changes(body)), recipients)


ReportBody = Annotated[dict[str, Any], Depends(_noted)]
ReportChanges = Annotated[Changes, Depends(_changes)]


def _targets(delivery_targets: str | None, emails: list[str], slacks: list[str]) -> Any:
    """Return the list of recipients; None if no option gives one.

    The Slack integrations are not looked up yet.
    """
    given = read_json(delivery_targets, option="--delivery-targets", kind=list)
    added = [
        *(email_target(address) for address in emails),
        *(slack_target(text, option="--slack") for text in slacks),
    ]
    return [*(given or []), *added] if added else given
