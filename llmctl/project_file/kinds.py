"""The kinds of objects in a project file, as data: tables and their fields, in the file's order.

Fields have the names of the API, except references, which the file has by name and the API by ID:
`directory`, `provider_key`, `integration`.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from llmctl.api.resources import (
    CLUSTERING_CONFIG,
    CLUSTERING_JOBS,
    EVALUATION_CONFIG,
    EVALUATION_REPORTS,
    EVALUATIONS,
    PROVIDER_KEYS,
    Resource,
)


class Type(Enum):
    """The JSON type of a value in the file. A TIME is a string, or a date-time of TOML."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"
    TIME = "time"


class Comparison(Enum):
    """How a value in the file is compared with the one on the server.

    VALUE: as JSON, numbers by value. TEXT: without surrounding space. MERGED: fields that only the
    server has are ignored, because servers fill in defaults or merge. INSTANT: as points in time.
    """

    VALUE = "value"
    TEXT = "text"
    MERGED = "merged"
    INSTANT = "instant"


class Field(NamedTuple):
    """A field of a kind.

    `explanation` is a description for the JSON Schema. `sent_as` is its name in the API, if
    different. `refers_to` is the table of the object that it names. `defaults` are the values that
    servers fill in for each element of an array of objects; `made_by_server` are fields that they
    add inside the value. `only` is the generation that has the field; the other ignores it.
    """

    name: str
    type: Type
    explanation: str
    comparison: Comparison = Comparison.VALUE
    is_required: bool = False
    is_nullable: bool = False
    choices: tuple[str, ...] = ()
    sent_as: str = ""
    refers_to: str = ""
    defaults: tuple[tuple[str, object], ...] = ()
    made_by_server: tuple[str, ...] = ()
    only: str = ""

    @property
    def key(self) -> str:
        """The name of the field in requests and responses."""
        return self.sent_as or self.name


class Kind(NamedTuple):
    """A table of the file. `label` is the field that identifies an entry; empty for a single one.

    `explanation` is the comment above the table. `takes_more`: other fields are sent as they are.
    """

    table: str
    resource: Resource
    explanation: str
    fields: tuple[Field, ...]
    label: str = ""
    takes_more: bool = False

    @property
    def is_single(self) -> bool:
        """True if a project has exactly one."""
        return not self.label

    def called(self, name: str) -> str:
        """Return an object of this kind in a sentence: `evaluation 'A'`."""
        return self.resource.noun if self.is_single else f"{self.resource.noun} {name!r}"


_EVENT_FILTERS = Field(
    "event_filters", Type.ARRAY, "Filters for the events to cluster; empty for all."
)
_BYTECODE = ("bytecode", "bytecode_error")

KINDS = (
    Kind(
        "provider_keys",
        PROVIDER_KEYS,
        "LLM provider API keys, without their secrets.",
        (
            Field("name", Type.STRING, "The name.", Comparison.TEXT, is_required=True),
            Field("provider", Type.STRING, "The provider, such as openai.", is_required=True),
        ),
        label="name",
        takes_more=True,
    ),
    Kind(
        "evaluation_config",
        EVALUATION_CONFIG,
        "The active key: evaluations use it unless they are pinned to another.",
        (
            Field(
                "active_provider_key",
                Type.STRING,
                "The active provider key, by name.",
                sent_as="key_id",
                refers_to="provider_keys",
            ),
        ),
    ),
    Kind(
        "evaluations",
        EVALUATIONS,
        "Evaluations that score LLM output.",
        (
            Field("name", Type.STRING, "The name.", Comparison.TEXT, is_required=True),
            Field("description", Type.STRING, "A description for people.", Comparison.TEXT),
            Field(
                "directory",
                Type.STRING,
                "The directory, by name.",
                is_nullable=True,
                sent_as="directory_id",
                refers_to="evaluation_directories",
                only="v3",
            ),
            Field("enabled", Type.BOOLEAN, "Whether the evaluation runs on new events."),
            Field(
                "evaluation_type",
                Type.STRING,
                "llm_judge, hog or sentiment.",
                is_required=True,
            ),
            Field(
                "evaluation_config",
                Type.OBJECT,
                "The prompt for llm_judge, or the source for hog.",
                Comparison.MERGED,
                made_by_server=_BYTECODE,
            ),
            Field(
                "output_type",
                Type.STRING,
                "boolean or sentiment; on newer servers also numeric or categorical.",
                is_required=True,
            ),
            Field("output_config", Type.OBJECT, "Options for the results.", Comparison.MERGED),
            Field(
                "conditions",
                Type.ARRAY,
                "Events that match any of these conditions are evaluated.",
                Comparison.MERGED,
                defaults=(("rollout_percentage", 100), ("properties", [])),
                made_by_server=_BYTECODE,
            ),
            Field("target", Type.STRING, "generation or trace; on newer servers also session."),
            Field(
                "target_config",
                Type.OBJECT,
                "When a trace or session counts as complete.",
                Comparison.MERGED,
            ),
            Field(
                "model_configuration",
                Type.OBJECT,
                "The provider and model for llm_judge. provider_key pins it to a key; without, it "
                "uses the active key.",
                is_nullable=True,
            ),
        ),
        label="name",
    ),
    Kind(
        "evaluation_reports",
        EVALUATION_REPORTS,
        "Reports on evaluations: when they are generated, and who receives them.",
        (
            Field(
                "evaluation",
                Type.STRING,
                "The evaluation, by name.",
                is_required=True,
                refers_to="evaluations",
            ),
            Field(
                "frequency",
                Type.STRING,
                "every_n (after a number of results) or scheduled.",
                choices=("scheduled", "every_n"),
            ),
            Field("rrule", Type.STRING, "The schedule, such as FREQ=DAILY.", Comparison.TEXT),
            Field(
                "starts_at",
                Type.TIME,
                "The start of the schedule.",
                Comparison.INSTANT,
                is_nullable=True,
                only="v1",
            ),
            Field(
                "timezone_name",
                Type.STRING,
                "The time zone of the schedule.",
                Comparison.TEXT,
                only="v1",
            ),
            Field(
                "delivery_targets",
                Type.ARRAY,
                "Recipients: {type, value} for email; {type, integration, channel} for slack.",
            ),
            Field("max_sample_size", Type.INTEGER, "Maximum number of results to sample."),
            Field("enabled", Type.BOOLEAN, "Whether reports are generated."),
            Field(
                "report_prompt_guidance",
                Type.STRING,
                "Instructions for the report, such as what to focus on.",
                Comparison.TEXT,
            ),
            Field(
                "trigger_threshold",
                Type.INTEGER,
                "Number of results between reports, for every_n.",
                is_nullable=True,
            ),
            Field("cooldown_minutes", Type.INTEGER, "Minimum minutes between reports."),
            Field("daily_run_cap", Type.INTEGER, "Maximum number of reports per day."),
        ),
        label="evaluation",
    ),
    Kind(
        "clustering_config",
        CLUSTERING_CONFIG,
        "Event filters for clustering.",
        (_EVENT_FILTERS,),
    ),
    Kind(
        "clustering_jobs",
        CLUSTERING_JOBS,
        "Scheduled clustering jobs.",
        (
            Field("name", Type.STRING, "The name.", Comparison.TEXT, is_required=True),
            Field(
                "analysis_level",
                Type.STRING,
                "What to cluster.",
                is_required=True,
                choices=("trace", "generation", "evaluation"),
            ),
            _EVENT_FILTERS,
            Field("enabled", Type.BOOLEAN, "Whether the job runs."),
        ),
        label="name",
    ),
)

BY_TABLE = {kind.table: kind for kind in KINDS}
# Fields that are null unless someone sets them; all others have a default.
NULL_BY_DEFAULT = ("directory", "model_configuration", "starts_at", "active_provider_key")
