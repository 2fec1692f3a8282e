"""The rows of `gate`: what was measured for each report, and how a table shows it."""

from __future__ import annotations

from datetime import timedelta

from llmctl.api.find import Found
from llmctl.api.resources import Object
from llmctl.commands.evaluation_reports.rules import Judgement, duration
from llmctl.errors import ExitCode
from llmctl.output import Column


def _evaluation(row: Object) -> str:
    return str(row["evaluation"] or row["report"])


def _result(row: Object) -> str:
    return str(row["result"]).replace("_", " ")


def _rate(row: Object) -> str:
    return "-" if row["pass_rate"] is None else f"{row['pass_rate']:g}%"


def _change(row: Object) -> str:
    return "-" if row["drop"] is None else f"{0 - row['drop']:+g}"


def _age(row: Object) -> str:
    seconds = row["age_seconds"]
    return "-" if seconds is None else duration(timedelta(seconds=seconds))


# Rule -> the measured value that breaks it; its limit follows.
_NOT_MET = {
    "min_pass_rate": "pass rate <",
    "max_drop": "drop >",
    "min_results": "results <",
    "max_age": "age >",
}


def _not_met(row: Object) -> str:
    """The rules that failed, with their limits; the reason if nothing was measured."""
    return ", ".join(
        f"{_NOT_MET[each['rule']]} {_limit(each)}"
        for each in row["failed_rules"]
        if each["value"] is not None
    ) or str(row["reason"] or "-")


def _limit(rule: Object) -> str:
    if rule["rule"] == "max_age":
        return duration(timedelta(seconds=rule["limit"]))
    return f"{rule['limit']:g}%" if rule["rule"] == "min_pass_rate" else f"{rule['limit']:g}"


COLUMNS = (
    Column("evaluation", cell=_evaluation, least=16),
    Column("report", in_table=False),
    Column("run", in_table=False),
    Column("result", cell=_result),
    Column("pass_rate", cell=_rate),
    Column("previous_pass_rate", in_table=False),
    Column("drop", "change", cell=_change, rank=1),
    Column("results", rank=2),
    Column("period_end", in_table=False),
    Column("age_seconds", "age", cell=_age, rank=3),
    Column("reason", in_table=False),
    Column("failed_rules", "not met", cell=_not_met, least=25),
    Column("exit_code", in_table=False),
)


def unmeasured(
    report: Found, run: Object | None, result: str, reason: str, code: ExitCode
) -> Object:
    """Return a row in which nothing was measured."""
    return {
        "evaluation": report.name,
        "report": report.id,
        "run": None if run is None else run.get("id"),
        "result": result,
        "pass_rate": None,
        "previous_pass_rate": None,
        "drop": None,
        "results": None,
        "period_end": None,
        "age_seconds": None,
        "failed_rules": [],
        "reason": reason or None,
        "exit_code": int(code),
    }


def measured(judgement: Judgement) -> Object:
    """Return the part of a row that was measured, and the rules that were not met."""
    unmet = [
        {"rule": each.rule, "limit": each.limit, "value": each.value} for each in judgement.unmet
    ]
    metrics, age = judgement.metrics, judgement.age
    if metrics is None:
        return {"failed_rules": unmet}
    return {
        "failed_rules": unmet,
        "pass_rate": metrics.pass_rate,
        "previous_pass_rate": metrics.previous_pass_rate,
        "drop": None if metrics.change is None else 0 - metrics.change,
        "results": metrics.applicable,
        "period_end": None if metrics.period_end is None else metrics.period_end.isoformat(),
        "age_seconds": None if age is None else int(age.total_seconds()),
    }
