"""Files and projects for tests of plans, without a server."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from llmctl.project_file.document import parse
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import Change, Plan, Project, ProjectFile, Stored
from llmctl.project_file.plan import make_plan
from llmctl.project_file.source import Text

ORIGIN = "https://eu.posthog.com"
Objects = list[dict[str, Any]]

KEY = {"name": "Main", "provider": "openai"}
OTHER_KEY = {"name": "Other", "provider": "anthropic"}
JUDGE = {
    "name": "Relevance",
    "description": "",
    "enabled": True,
    "evaluation_type": "llm_judge",
    "evaluation_config": {"prompt": "Is it relevant?"},
    "output_type": "boolean",
    "output_config": {"allows_na": False},
    "conditions": [{"id": "all", "rollout_percentage": 100, "properties": []}],
    "target": "generation",
    "target_config": {},
    "model_configuration": {"provider": "openai", "model": "gpt-5-mini"},
}
JOB = {"name": "Traces", "analysis_level": "trace", "event_filters": [], "enabled": True}
REPORT = {
    "evaluation": "Relevance",
    "frequency": "every_n",
    "rrule": "",
    "delivery_targets": [],
    "enabled": True,
    "trigger_threshold": 100,
}


def uuid(number: int) -> str:
    """An ID."""
    return f"00000000-0000-7000-8000-{number:012}"


def project(
    generation: Literal["v1", "v3"] = "v3",
    *,
    number: str = "1",
    active: str = "",
    **tables: Objects,
) -> Project:
    """A project with these objects; the IDs count from 1 in each table, those of keys from 101."""
    stored = {}
    for table, objects in tables.items():
        kind = BY_TABLE[table]
        names = Counter(each[kind.label] for each in objects)
        first = 101 if table == "provider_keys" else 1
        stored[table] = tuple(
            Stored(
                kind,
                uuid(place),
                each[kind.label],
                {"id": uuid(place), "created_by": 1, "evaluation": uuid(1)},
                each,
                names[each[kind.label]] == 1,
            )
            for place, each in enumerate(objects, first)
        )
    for table, values in (
        ("evaluation_config", {"active_provider_key": active} if active else {}),
        ("clustering_config", {"event_filters": []}),
    ):
        stored[table] = (Stored(BY_TABLE[table], "", table, {}, values),)
    references = {"integrations": {"7": "Slack"}, "evaluation_directories": {uuid(9): "Quality"}}
    return Project(ORIGIN, number, generation, stored, references)


def file(text: str, **variables: str) -> ProjectFile:
    """The file with this text."""
    return parse([Text("f.toml", text)], variables, None)


def plan(text: str, of: Project, **options: Any) -> Plan:
    """The plan for a file with this text."""
    return make_plan(file(text), of, **options)


def changed(change: Change) -> dict[str, tuple[Any, Any]]:
    """The fields of a change, with the old and the new value."""
    return {each.field: (each.old, each.new) for each in change.fields}


def actions(made: Plan) -> list[tuple[str, str, str]]:
    """What a plan does, to which object of which table."""
    return [(each.action, each.kind.table, each.name) for each in made.changes]
