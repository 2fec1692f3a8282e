"""The resources of PostHog's API as data. Every request names one; paths are written only here."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from llmctl.errors import UnavailableError
from llmctl.safe.secret_forms import is_uuid

_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~@-]+")

Object = dict[str, Any]  # an object of the API, as it was sent
NIL_ID = "00000000-0000-0000-0000-000000000000"  # of no object: rights are tested with it


class Resource(NamedTuple):
    """A REST collection, or a single object if `is_single`.

    - `command`: the group of commands for it; empty if there is none.
    - `noun`: one object, in a sentence.
    - `path`: relative to the project, or absolute if it starts with a slash.
    - `label`: the field that people know an object by; if it holds the id of another object,
      `label_resource` is that one's.
    - `older_label`: the path of the label on servers that lack the field.
    - `has_numbers`: the ids are numbers, not UUIDs.
    - `only`: fields and values that select its objects in the list.
    - `details`: the fields that tell objects with the same name apart.
    - `action_refers_to`, `query_refers_to`: the group whose ids appear in the body of an action, or
      in the query.
    - `list_filters`: the fields by whose value the server can filter the list.
    - `reading_actions`: those whose POST stores nothing.
    - `is_unpaged`: the list is a plain array.
    - `is_raw`: the path is the user's, and any JSON, or nothing, is a valid response.
    """

    command: str
    noun: str
    path: str
    label: str = "name"
    label_resource: Resource | None = None
    older_label: tuple[str, ...] = ()
    has_numbers: bool = False
    only: tuple[tuple[str, str], ...] = ()
    details: tuple[str, ...] = ()
    is_single: bool = False
    action_refers_to: str = ""
    query_refers_to: str = ""
    list_filters: tuple[str, ...] = ()
    reading_actions: tuple[str, ...] = ()
    is_unpaged: bool = False
    is_raw: bool = False

    def is_id(self, reference: str) -> bool:
        """Return True for an ID of an object; anything else is a name."""
        if self.has_numbers:
            return re.fullmatch("[0-9]{1,18}", reference) is not None
        return is_uuid(reference)

    def label_of(self, row: Object) -> Any:
        """Return what people know an object by; None if it does not say."""
        path = (self.label,) if self.label in row else self.older_label
        value: Any = row if path else None
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


CLUSTERING_CONFIG = Resource(
    "clustering-config",
    "clustering configuration",
    "llm_analytics/clustering_config/",
    is_single=True,
)
CLUSTERING_JOBS = Resource(
    "clustering-jobs",
    "clustering job",
    "llm_analytics/clustering_jobs/",
    details=("analysis_level", "enabled"),
)
EVALUATION_CONFIG = Resource(
    "evaluation-config",
    "evaluation configuration",
    "llm_analytics/evaluation_config/",
    is_single=True,
    action_refers_to="provider-keys",
)
EVALUATIONS = Resource(
    "evaluations",
    "evaluation",
    "evaluations/",
    details=("evaluation_type", "enabled"),
    list_filters=("enabled", "evaluation_type"),
    reading_actions=("test_hog",),
)
EVALUATION_DIRECTORIES = Resource(
    "", "evaluation directory", "evaluation_directories/", is_unpaged=True
)
EVALUATION_REPORTS = Resource(
    "evaluation-reports",
    "evaluation report",
    "llm_analytics/evaluation_reports/",
    label="evaluation",
    label_resource=EVALUATIONS,
    details=("frequency", "enabled"),
)
INTEGRATIONS = Resource(
    "integrations",
    "integration",
    "integrations/",
    label="display_name",
    older_label=("config", "team", "name"),  # of a Slack workspace
    has_numbers=True,
    details=("kind", "created_at"),
    list_filters=("kind",),
)
SLACK_INTEGRATIONS = INTEGRATIONS._replace(
    noun="Slack integration", only=(("kind", "slack"),), details=("created_at",)
)
MODELS = Resource(
    "models",
    "model",
    "llm_analytics/models/",
    label="id",
    is_single=True,
    query_refers_to="provider-keys",
)
PROVIDER_KEYS = Resource(
    "provider-keys",
    "provider key",
    "llm_analytics/provider_keys/",
    details=("provider", "api_key_masked"),
)
PROVIDER_KEY_VALIDATIONS = Resource(
    "provider-keys", "provider key", "llm_analytics/provider_key_validations/"
)
TAGGERS = Resource("taggers", "tagger", "taggers/")
PROJECTS = Resource("profiles", "project", "/api/projects/")
CURRENT_USER = Resource("profiles", "user", "/api/users/@me/", label="email", is_single=True)

# As the API documents them; newer servers may accept more.
PROVIDERS = (
    "openai",
    "anthropic",
    "gemini",
    "openrouter",
    "fireworks",
    "azure_openai",
    "together_ai",
    "minimax",
    "zeabur",
)


_SHOWN_BY = {"generate": "runs"}  # action -> the verb that shows what it made


class Target(NamedTuple):
    """The target of a request: a resource, one of its objects, or an action on either."""

    resource: Resource
    object_id: str | None = None
    action: str | None = None

    @property
    def path(self) -> str:
        """The path, relative to the project or absolute, like the resource's.

        UnavailableError if the id, which a server may have sent, would change the path.
        """
        if self.object_id is not None and not _SEGMENT.fullmatch(self.object_id):
            noun = self.resource.noun
            raise UnavailableError(f"unexpected response: the ID of a {noun} is not valid")
        rest = "".join(f"{part}/" for part in (self.object_id, self.action) if part)
        return self.resource.path + rest

    @property
    def is_absolute(self) -> bool:
        """True if the path does not lie below a project."""
        return self.resource.path.startswith("/")

    @property
    def name(self) -> str | None:
        """The object in a sentence, such as `clustering job ID`; None without one."""
        if self.object_id is None:
            return None
        return f"{self.resource.noun} {self.object_id}"

    @property
    def read_command(self) -> tuple[str, ...]:
        """The words of the command that shows the target, or what its action made."""
        if self.resource.is_raw:
            return (self.resource.command, "GET", self.resource.path)
        if self.object_id is not None and self.action in _SHOWN_BY:
            return (self.resource.command, _SHOWN_BY[self.action], self.object_id)
        if self.resource.is_single:
            return (self.resource.command, "get")
        if self.object_id is not None:
            return (self.resource.command, "get", self.object_id)
        return (self.resource.command, "list")

    @property
    def list_command(self) -> tuple[str, ...] | None:
        """The words of the command that lists the valid ids; None if the request names none."""
        resource = self.resource
        other = resource.action_refers_to if self.action else resource.query_refers_to
        if other:
            return (other, "list")
        return (self.resource.command, "list") if self.object_id is not None else None


SET_EVENT_FILTERS = Target(CLUSTERING_CONFIG, action="set_event_filters")
SET_ACTIVE_KEY = Target(EVALUATION_CONFIG, action="set_active_key")
TEST_HOG = Target(EVALUATIONS, action="test_hog")
