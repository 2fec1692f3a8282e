"""The next delivery of scheduled reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule as dateutil_rrule

LEAD = timedelta(minutes=15)

# dateutil expands a rule step by step without a limit: one that repeats every second for years, or
# one with a date filter that never matches, would take forever.
_MAX_OCCURRENCES = 200_000
_DATE_FILTERS = {"bymonth", "bymonthday", "byyearday", "byweekno", "byeaster", "bysetpos"}


def parse_rule(text: str, anchor: datetime | None = None) -> dateutil_rrule.rrule:
    """Return the recurrence rule in `text`. Raise ValueError, or what dateutil raises."""
    rule = dateutil_rrule.rrulestr(text, dtstart=anchor)
    if not isinstance(rule, dateutil_rrule.rrule):
        raise ValueError("only a single rule is supported")
    return rule


def next_delivery(
    rule: str, starts_at: datetime, timezone_name: str, now: datetime | None = None
) -> datetime | None:
    """Return the first occurrence more than 15 minutes after `now`, in UTC, or None.

    The rule is expanded in the local time of `timezone_name`, so that 9:00 stays 9:00 when the
    clocks change. Raise an error for an unknown zone, or a rule that takes too long to expand.
    """
    zone = ZoneInfo(timezone_name or "UTC")
    anchor = starts_at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    after = ((now or datetime.now(UTC)) + LEAD).astimezone(zone).replace(tzinfo=None)
    parsed = parse_rule(rule, anchor)
    _refuse_endless(parsed)
    for number, occurrence in enumerate(parsed):
        if occurrence > after:
            return occurrence.replace(tzinfo=zone).astimezone(UTC)
        if number > _MAX_OCCURRENCES:
            raise ValueError("the rule repeats too often to be expanded")
    return None


def _refuse_endless(rule: Any) -> None:
    if rule._interval < 1:
        raise ValueError("the interval of a rule must be at least 1")
    if rule._freq > dateutil_rrule.DAILY and _DATE_FILTERS & rule._original_rule.keys():
        raise ValueError("a rule within the day with a filter on the date takes too long to expand")
