"""Command lines of the live tree, and almost valid responses of the API, for fuzzing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from llmctl.cli.command_spec import Parameter
from llmctl.cli.completers import Kind
from llmctl.output.formats import OutputFormat
from llmctl.reference import commands
from tests.support import JOB, JOB_ID, RecordingServer, Reply, Sent, page
from tests.support import PROVIDER_KEY as SECRET

FORMATS = [str(output) for output in OutputFormat]
# They serve until they are stopped, run the tour, need a terminal, run what their value says, wait
# for a report, or talk to any host.
NOT_FUZZED = (
    "serve",
    "demo",
    "edit",
    "--api-key-command",
    "--revoke-command",
    "--wait",
    "--generate",
    "--host",
)

# Commands ----------------------------------------------------------------------------------------


EVERY = {each.words: each for each in commands()}


def parameters(words: tuple[str, ...]) -> tuple[Parameter, ...]:
    return EVERY[words].parameters


def options(words: tuple[str, ...]) -> list[str]:
    return [name for parameter in parameters(words) for name in parameter.names]


PROJECT_FILE = "llm.toml"  # in the working directory
# Given to each command that has the option.
_GIVEN: dict[str, list[str]] = {
    "--yes": [],
    "--force": [],
    "--verbose": [],
    "--api-key-env": ["PROVIDER_SECRET"],
    "--provider": ["openai"],
    "--retries": ["0"],
    "--timeout": ["5"],
}
_MORE = {
    "update": ["--data", '{"a": 1}'],
    "rotate": ["--name", "n"],
    "gate": [JOB_ID, "--min-pass-rate", "50", "--max-drop", "5"],
    "enable": [JOB_ID],
    "disable": [JOB_ID],
}


def least(words: tuple[str, ...]) -> list[str]:
    """A command line that leads to a request."""
    line = list(words)
    for parameter in parameters(words):
        if parameter.is_required:
            is_file = parameter.completer is not None and parameter.completer.kind is Kind.FILE
            known = parameter.completer.words if parameter.completer else ()
            value = "-" if is_file else known[0] if known else JOB_ID
            of_option = PROJECT_FILE if is_file else "[]"
            line += [parameter.names[0], of_option] if parameter.names else [value]
    for option, values in _GIVEN.items():
        if option in options(words):
            line += [option, *values]
    return line + _MORE.get(words[-1], [])


COMMANDS = [words for words in EVERY if not {*words} & {*NOT_FUZZED}]
REMOTE = [words for words in COMMANDS if "--retries" in options(words) and words[-1] != "add"]

# Values ------------------------------------------------------------------------------------------

_ODD = ["", "ok", JOB_ID, "../x", "\x1b[2J", "\u202e", "2026-08-11T12:00:00Z", "[/red]", "::x"]
texts = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(_ODD)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=5,
)

# A folder in place of a name would be read or written.
_strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(
    lambda text: not text.startswith(("/", "@/", "-"))
)
arguments = (
    st.sampled_from([*FORMATS, JOB_ID, "", "-", "--", "@", "@x", "1", "-1", "null", "{}", "[{}]"])
    | values.map(json.dumps)
    | _strings
)
_WORDS = sorted({word for words in COMMANDS for word in words})
_OPTIONS = sorted({name for words in COMMANDS for name in options(words)}.difference(NOT_FUZZED))
anywhere = st.sampled_from(_WORDS + _OPTIONS) | arguments


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command with some of its own options, and sometimes other words."""
    words = draw(st.sampled_from(COMMANDS))
    line = least(words) if draw(st.integers(0, 3)) else list(words)
    own = [each for each in parameters(words) if not {*each.names} & {*NOT_FUZZED}]
    for parameter in draw(st.lists(st.sampled_from(own), max_size=4)) if own else []:
        line += [draw(st.sampled_from(parameter.names))] if parameter.names else []
        line += [draw(arguments)] if parameter.metavar else []
    if draw(st.integers(0, 3)) == 0:
        for word in draw(st.lists(anywhere, max_size=2)):
            line.insert(draw(st.integers(0, len(line))), word)
    if draw(st.booleans()):
        line += ["-o", draw(st.sampled_from(FORMATS))]
    return line


# Answers -----------------------------------------------------------------------------------------

PROVIDER_KEY = {
    "id": JOB_ID,
    "name": "n",
    "provider": "openai",
    "state": "ok",
    "api_key_masked": "sk-p...0123",
    "created_at": "2026-08-11T12:00:00Z",
    "created_by": {"first_name": "Ada", "email": "ada@example.com"},
}
_MODEL = {"provider": "openai", "model": "m", "provider_key_id": JOB_ID}
_METRICS = {
    "total_runs": 9,
    "result_counts": {"pass": 8, "fail": 1, "na": 0},
    "pass_rate": 88.89,
    "previous_pass_rate": 90.0,
}
_CONFIG = {"active_provider_key": PROVIDER_KEY, "event_filters": [{"key": "a"}]}
_USUAL: dict[str, Any] = {
    "clustering_jobs": JOB,
    "provider_keys": PROVIDER_KEY,
    "evaluations": {"id": JOB_ID, "name": "n", "enabled": True, "model_configuration": _MODEL},
    "evaluation_reports": {"id": JOB_ID, "evaluation": JOB_ID, "trigger_threshold": 100},
    "runs": {"id": JOB_ID, "content": {"metrics": _METRICS}, "period_end": "2026-08-11T12:00:00Z"},
    "evaluation_config": _CONFIG,
    "clustering_config": _CONFIG,
    "integrations": {"id": 1, "kind": "slack", "config": {"team": {"name": "n"}}},
    "models": {"models": [{"id": "m"}]},
    "test_hog": {"results": [{"sample_id": JOB_ID, "result": True, "error": None}]},
    "@me": {"email": "ada@example.com"},
    "provider_key_validations": {"state": "ok", "error_message": None},
}
_LISTED = (
    "clustering_jobs",
    "provider_keys",
    "evaluations",
    "evaluation_reports",
    "integrations",
    "runs",
    "taggers",
)

# Which field (counted round and round) gets which value; `...` takes the field away.
Edits = list[tuple[int, Any]]
Odd = Reply | Edits


def usual(sent: Sent, edits: Edits, before: list[Sent]) -> Reply:
    """The API's response after the previous requests, with the edits."""
    if sent.method == "DELETE":
        return Reply(204)
    parts = [part for part in sent.target.partition("?")[0].split("/") if part]
    if parts[-1] == "generate":
        return Reply(202)
    resource = next((part for part in reversed(parts) if part in _USUAL), "models")
    found = {**_USUAL[resource]}
    is_deleted = any(each.method == "DELETE" for each in before)
    if any(SECRET.encode() in each.body for each in before) and resource == "provider_keys":
        found["api_key_masked"] = f"{SECRET[:4]}...{SECRET[-4:]}"
    if sent.method == "POST" and parts[-1] == "set_event_filters":
        found |= sent.json
    if sent.method == "PATCH" and "enabled" in found:
        found["enabled"] = (sent.json or {}).get("enabled", found["enabled"])
    whole = found
    if sent.method == "GET" and parts[-1] in _LISTED:
        whole = page([] if is_deleted else [found])
    for number, value in edits:
        fields = [*found, *whole]
        field = fields[number % len(fields)]
        target = whole if field in whole else found
        if value is ...:
            target.pop(field, None)
        else:
            target[field] = value
    return Reply(201 if sent.method == "POST" else 200, whole)


def answer(server: RecordingServer, odd: list[Odd]) -> None:
    """Make the server respond to the first requests with `odd`, then as usual."""
    server.sent.clear()

    def reply(sent: Sent) -> Reply:
        own = odd[len(server.sent) - 1] if len(server.sent) <= len(odd) else []
        return own if isinstance(own, Reply) else usual(sent, own, server.sent)

    server.reply(reply)


_statuses = st.sampled_from([201, 204, 302, 400, 401, 403, 404, 429, 500]) | st.integers(200, 999)
_kinds = st.sampled_from(["application/json", "text/html", "application/problem+json", ""])
_refusals = st.fixed_dictionaries({"detail": texts, "attr": texts})
_bodies = st.binary(max_size=20) | (values | _refusals).map(lambda each: json.dumps(each).encode())
_arbitrary = st.builds(
    lambda status, body, kind: Reply(
        status, body or None, {"Content-Type": kind, "X-Request-Id": "\x1b[2J"}
    ),
    st.just(200) | _statuses,
    _bodies,
    _kinds,
)
_edits = st.lists(st.tuples(st.integers(0, 40), values | st.just(...)), max_size=2)
oddities: st.SearchStrategy[list[Odd]] = st.lists(_edits | _arbitrary, min_size=1, max_size=5)
