"""The kinds of objects in a project file, as data: the tables, and the fields of each.

The order of the kinds and of their fields is that of the file. Fields have the names of the API,
but where the file names an object that the API refers to by its ID: `directory`, `provider_key`,
`integration`.
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

    VALUE: as JSON values, numbers by their value. TEXT: without the space around it. MERGED: what
    the file does not mention may be there, as servers fill in defaults or merge. INSTANT: as points
    in time.
    """

    VALUE = "value"
    TEXT = "text"
    MERGED = "merged"
    INSTANT = "instant"


class Field(NamedTuple):
    """A field of a kind.

    `sent_as` is its name in requests, if it is another one. `refers_to` is the table of the object
    that it names. `defaults` are what servers fill in for each element of an array of objects;
    `made_by_server` are the names that they add inside the value. `only` is the generation that has
    the field, if the other one ignores it. `explanation` is a sentence for editors and readers.
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

    `takes_more`: fields that are not listed are sent as they are.
    """

    table: str
    resource: Resource
    explanation: str
    fields: tuple[Field, ...]
    label: str = ""
    takes_more: bool = False

    @property
    def is_single(self) -> bool:
        """True if the project has exactly one of it."""
        return not self.label

    def called(self, name: str) -> str:
        """Return an object of this kind in a sentence: `evaluation 'A'`."""
        return self.resource.noun if self.is_single else f"{self.resource.noun} {name!r}"


_EVENT_FILTERS = Field("event_filters", Type.ARRAY, "Which events are clustered; all if empty.")
_BYTECODE = ("bytecode", "bytecode_error")

KINDS = (
    Kind(
        "provider_keys",
        PROVIDER_KEYS,
        "An LLM provider's API key. Its secret is not in this file.",
        (
            Field("name", Type.STRING, "Its name.", Comparison.TEXT, is_required=True),
            Field("provider", Type.STRING, "Its provider, such as openai.", is_required=True),
        ),
        label="name",
        takes_more=True,
    ),
    Kind(
        "evaluation_config",
        EVALUATION_CONFIG,
        "What evaluations use that are not pinned to a key.",
        (
            Field(
                "active_provider_key",
                Type.STRING,
                "The name of the active provider key.",
                sent_as="key_id",
                refers_to="provider_keys",
            ),
        ),
    ),
    Kind(
        "evaluations",
        EVALUATIONS,
        "An evaluation, which scores LLM output.",
        (
            Field("name", Type.STRING, "Its name.", Comparison.TEXT, is_required=True),
            Field("description", Type.STRING, "What it is for.", Comparison.TEXT),
            Field(
                "directory",
                Type.STRING,
                "The name of the directory that it is in.",
                is_nullable=True,
                sent_as="directory_id",
                refers_to="evaluation_directories",
                only="v3",
            ),
            Field("enabled", Type.BOOLEAN, "Whether it scores live traffic."),
            Field(
                "evaluation_type",
                Type.STRING,
                "llm_judge, hog or sentiment.",
                is_required=True,
            ),
            Field(
                "evaluation_config",
                Type.OBJECT,
                "The prompt of a judge, or the source of Hog code.",
                Comparison.MERGED,
                made_by_server=_BYTECODE,
            ),
            Field(
                "output_type",
                Type.STRING,
                "boolean, sentiment, or on newer servers numeric or categorical.",
                is_required=True,
            ),
            Field("output_config", Type.OBJECT, "What a result may be.", Comparison.MERGED),
            Field(
                "conditions",
                Type.ARRAY,
                "Which events are evaluated: those that fit any of the conditions.",
                Comparison.MERGED,
                defaults=(("rollout_percentage", 100), ("properties", [])),
                made_by_server=_BYTECODE,
            ),
            Field("target", Type.STRING, "generation, trace, or on newer servers session."),
            Field(
                "target_config",
                Type.OBJECT,
                "When a trace or a session is complete.",
                Comparison.MERGED,
            ),
            Field(
                "model_configuration",
                Type.OBJECT,
                "The provider and model of a judge, and the key that it is pinned to "
                "(provider_key); without provider_key it uses the active key.",
                is_nullable=True,
            ),
        ),
        label="name",
    ),
    Kind(
        "evaluation_reports",
        EVALUATION_REPORTS,
        "When a report on an evaluation is generated, and who receives it.",
        (
            Field(
                "evaluation",
                Type.STRING,
                "The name of its evaluation.",
                is_required=True,
                refers_to="evaluations",
            ),
            Field(
                "frequency",
                Type.STRING,
                "every_n (after so many results) or scheduled.",
                choices=("scheduled", "every_n"),
            ),
            Field("rrule", Type.STRING, "When scheduled, such as FREQ=DAILY.", Comparison.TEXT),
            Field(
                "starts_at",
                Type.TIME,
                "When the schedule begins.",
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
                "Recipients: {type, value} with email; {type, integration, channel} with slack.",
            ),
            Field("max_sample_size", Type.INTEGER, "How many results a report looks at."),
            Field("enabled", Type.BOOLEAN, "Whether it is generated."),
            Field(
                "report_prompt_guidance",
                Type.STRING,
                "What a report should look at.",
                Comparison.TEXT,
            ),
            Field(
                "trigger_threshold",
                Type.INTEGER,
                "With every_n: after how many results.",
                is_nullable=True,
            ),
            Field("cooldown_minutes", Type.INTEGER, "The shortest time between two reports."),
            Field("daily_run_cap", Type.INTEGER, "The most reports a day."),
        ),
        label="evaluation",
    ),
    Kind(
        "clustering_config",
        CLUSTERING_CONFIG,
        "The event filters of the automated clustering.",
        (_EVENT_FILTERS,),
    ),
    Kind(
        "clustering_jobs",
        CLUSTERING_JOBS,
        "A scheduled clustering job.",
        (
            Field("name", Type.STRING, "Its name.", Comparison.TEXT, is_required=True),
            Field(
                "analysis_level",
                Type.STRING,
                "What is clustered.",
                is_required=True,
                choices=("trace", "generation", "evaluation"),
            ),
            _EVENT_FILTERS,
            Field("enabled", Type.BOOLEAN, "Whether it runs."),
        ),
        label="name",
    ),
)

BY_TABLE = {kind.table: kind for kind in KINDS}
# Fields that are null where nobody set them; all others have a value then.
NULL_BY_DEFAULT = ("directory", "model_configuration", "starts_at", "active_provider_key")
