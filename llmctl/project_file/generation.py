"""Values of a file that one generation of the server does not support."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from llmctl.api.resources import Object
from llmctl.project_file.kinds import Field
from llmctl.project_file.model import Entry, Project, Stored

_V1, _V3 = "older servers", "newer servers"
_SERVERS = {"v1": _V1, "v3": _V3}
_DAYS = "(MO|TU|WE|TH|FR|SA|SU)"
_DAILY_OR_WEEKLY = re.compile(
    rf"FREQ=DAILY|FREQ=WEEKLY;BYDAY={_DAYS}(,{_DAYS})*|BYDAY={_DAYS}(,{_DAYS})*;FREQ=WEEKLY"
)
_NEUTRAL: Object = {"starts_at": None, "timezone_name": "UTC", "directory": None}


class Unsupported(NamedTuple):
    """A value that the server does not support. `of_object`: the object cannot do without it."""

    path: str
    reason: str
    of_object: bool = False


def is_ignored(field: Field, project: Project) -> bool:
    """Return True if the server has no such field, so that a neutral value may be left out."""
    return field.only not in ("", project.generation)


def unsupported(entry: Entry, stored: Stored | None, project: Project) -> Iterator[Unsupported]:
    """Yield the values of an entry that the project's server does not support."""
    values = entry.values
    servers = _SERVERS[project.generation]
    for field in entry.kind.fields:
        if field.name in values and is_ignored(field, project):
            value = values[field.name]
            if value != _NEUTRAL.get(field.name):
                yield Unsupported(field.name, f"{servers} have no {field.name}")
    match entry.kind.table, project.generation:
        case "evaluation_reports", "v3":
            yield from _rule(entry, stored)
        case "evaluations", "v1":
            yield from _evaluation(values)
        case "evaluations", "v3":
            yield from _model(entry, stored)
        case "provider_keys", "v1" if values.get("base_url") is not None:
            yield Unsupported("base_url", f"{servers} have no base_url")


def without(entry: Entry, paths: set[str], project: Project) -> Object:
    """Return the values of an entry without those at `paths`, and without ignored ones."""
    ignored = {each.name for each in entry.kind.fields if is_ignored(each, project)}
    paths = paths | _neutral(entry, project)
    found: Object = {}
    for name, value in entry.values.items():
        if name in paths or name in ignored:
            continue
        inner = {path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}.")}
        if inner and isinstance(value, dict):
            value = {key: each for key, each in value.items() if key not in inner}
        found[name] = value
    return found


def _rule(entry: Entry, stored: Stored | None) -> Iterator[Unsupported]:
    rule = entry.values.get("rrule")
    if not isinstance(rule, str) or not rule.strip() or is_daily_or_weekly(rule.strip()):
        return
    before: Any = stored.values.get("frequency") if stored else None
    frequency = entry.values.get("frequency", before)
    yield Unsupported(
        "rrule",
        f"{_V3} support only FREQ=DAILY and FREQ=WEEKLY;BYDAY=MO,FR",
        of_object=frequency == "scheduled" != before,
    )


def _model(entry: Entry, stored: Stored | None) -> Iterator[Unsupported]:
    before: Object = stored.values if stored else {}
    model = entry.values.get("model_configuration", before.get("model_configuration"))
    kind = entry.values.get("evaluation_type")
    if kind != "llm_judge":
        if entry.values.get("model_configuration") is not None:
            yield Unsupported("model_configuration", f"{_V3} accept it only for an llm_judge")
    elif model is None and (
        before.get("evaluation_type") != kind or before.get("model_configuration") is not None
    ):
        reason = f"{_V3} require the model_configuration of an llm_judge"
        yield Unsupported("model_configuration", reason, of_object=True)


def is_daily_or_weekly(rule: str) -> bool:
    """Return True for the rules that newer servers support."""
    days = re.findall(_DAYS, rule.partition("BYDAY=")[2])
    return _DAILY_OR_WEEKLY.fullmatch(rule) is not None and len({*days}) == len(days)


def _evaluation(values: Object) -> Iterator[Unsupported]:
    if values.get("target") == "session":
        yield Unsupported("target", f"{_V1} cannot evaluate sessions", of_object=True)
    output = values.get("output_type")
    if output in ("numeric", "categorical"):
        yield Unsupported("output_type", f"{_V1} have no {output} output", of_object=True)
    for name, value in _newer_output_config(values).items():
        if value not in (None, False):
            yield Unsupported(f"output_config.{name}", f"{_V1} have no {name}")


def _newer_output_config(values: Object) -> Object:
    """Return the fields of the configuration of a boolean output that only newer servers have."""
    config = values.get("output_config")
    if not isinstance(config, dict) or values.get("output_type") != "boolean":
        return {}
    return {name: value for name, value in config.items() if name != "allows_na"}


def _neutral(entry: Entry, project: Project) -> set[str]:
    """Return the paths of values that the server does not have, and that change nothing."""
    if entry.kind.table != "evaluations" or project.generation != "v1":
        return set()
    return {
        f"output_config.{name}"
        for name, value in _newer_output_config(entry.values).items()
        if value in (None, False)
    }
