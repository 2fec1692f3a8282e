"""Hypothesis strategies for projects: any configuration that a server stores, and changes to it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from llmctl.safe.secret_forms import is_uuid
from llmctl.sandbox.generation import Generation
from tests.project_file import server as api
from tests.project_file.server import Object, Refused, Server

SECRET = "sk-ant-CANARY-stored-0123456789"
PROVIDERS = {"openai": "gpt-5-mini", "anthropic": "claude", "gemini": "gemini-pro"}

# Whatever a server stores as text: no NUL, no halves of surrogate pairs.
_CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_HOSTILE = (
    "null",
    "\\null",
    "\\\\null",
    "${vars.NAME}",
    "$${vars.NAME}",
    "${vars.",
    "a = 1 # no comment",
    "[[evaluations]]",
    '"""',
    "'''",
    "\"quoted\" \\ and 'quoted'",
    "back\\slash\\",
    "tab\tinside",
    "line\nbreak",
    "Windows\r\nline\r\n",
    "old\rMac",
    "\x1b[31mred\x1b[0m",
    "\u202eright to left",
    "\u2028separator\u2029",
    "\x7f",
    "é e\u0301 ß İ \u0131",
    "🙂👩‍👩‍👧",
    "true",
    "1",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "01990000-0000-7000-8000-0000000000ff",
    "name with 'apostrophe'",
    "Key [revoke openai sk-p...beef 01990000-0000-7000-8000-0000000000fe]",
    "[x]",
    "Default - traces",
    ".dotted.name",
    "-",
    "--yes",
    "@file",
)
_SOURCES = (
    "return true",
    "let text := output\nreturn length(text) > 10\n",
    "// 🙂 ${vars.NAME}\r\nreturn true\r\n\r\n",
    "\n\tif (length(output) > 3) {\n\t  return true\n\t}\n\n  return false  \n",
    "// a backslash \\\nreturn 'null' == 'x'",
)
_PROMPTS = (
    "Is the answer relevant?\n\nAnswer with yes or no.\n",
    "  indented\n\ttabbed\n\n\ntrailing spaces   \n and more   ",
    "Windows\r\nlines\r\n",
    "mixed\nlines\r\nand\rmore",
    "Three \"\"\" quotes and ''' apostrophes\nin lines",
    'ends with a quote\n"',
    "ends with a backslash\n\\",
    "a backslash at the end of a line \\\n  and the next",
    "${vars.PROMPT}\nand text",
    "null\nnull",
    "\n\nstarts with empty lines",
    "x" * 2000 + "\n" + "y" * 300,
    '{"json": [1, 2, {"a": null}]}\n',
    "emoji 🙂\nand \x1b escape\nand \x7f",
)

texts = st.one_of(
    st.sampled_from(_HOSTILE),
    st.sampled_from(_HOSTILE),
    st.text(_CHARACTERS, min_size=1, max_size=12),
    st.text("ab \n\t\"'\\${}", min_size=1, max_size=10),
)
names = texts.map(lambda text: text[:90]).filter(lambda text: text.strip())
prompts = st.one_of(st.sampled_from(_PROMPTS), texts).filter(lambda text: text.strip())

_numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), 10**20, 0.1, 1.0, -0.0, 1e300, 1.5e-7, 12.50]),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
_scalars = st.one_of(st.none(), st.booleans(), _numbers, texts)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)

_filter = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["$ai_model", "$ai_provider", "email"]),
            "value": values,
            "operator": st.sampled_from(["exact", "icontains"]),
            "type": st.sampled_from(["event", "person"]),
        }
    ),
    st.just({"key": "id", "type": "cohort", "value": 1}),
    st.dictionaries(texts, values, max_size=2).filter(lambda each: each.get("type") != "cohort"),
)
filters = st.lists(_filter, max_size=2)

_targets = st.lists(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("email"), "value": st.just("a@example.com")}),
        st.fixed_dictionaries(
            {
                "type": st.just("slack"),
                "integration_id": st.sampled_from([1, 2, 3, "1"]),
                "channel": names,
            }
        ),
    ),
    max_size=2,
)


def _conditions(generation: Generation) -> st.SearchStrategy[list[Object]]:
    required: dict[str, Any] = {"id": st.text("abc-1", min_size=1, max_size=6)}
    optional: dict[str, Any] = {
        "rollout_percentage": st.sampled_from([0, 1, 12.5, 100, 100.0]),
        "properties": filters.map(lambda found: [each for each in found if each]),
    }
    if generation is Generation.V1:
        optional["note"] = values
    return st.lists(st.fixed_dictionaries(required, optional=optional), max_size=2)


def _outputs(generation: Generation) -> st.SearchStrategy[tuple[str, Object]]:
    flags = {"allows_na": st.booleans()}
    newer = {"true_is_failure": st.booleans()} if generation is Generation.V3 else {}
    boolean = st.fixed_dictionaries({}, optional={**flags, **newer}).map(lambda c: ("boolean", c))
    if generation is Generation.V1:
        return boolean
    numeric = st.fixed_dictionaries(
        {"min": st.sampled_from([0, 0.5]), "max": st.sampled_from([10, 99.5])},
        optional={
            **flags,
            "step": st.sampled_from([1, 0.25]),
            "passing_rule": st.just({"operator": "gte", "threshold": 5}),
        },
    ).map(lambda config: ("numeric", config))
    options = [{"key": "good", "label": "Good"}, {"key": "not-good", "label": "Not “good”"}]
    categorical = st.fixed_dictionaries(
        {"options": st.just(options)},
        optional={
            **flags,
            "selection_mode": st.sampled_from(["single", "multiple"]),
            "passing_rule": st.just({"categories": ["good"]}),
        },
    ).map(lambda config: ("categorical", config))
    return st.one_of(boolean, boolean, numeric, categorical)


@st.composite
def evaluation_bodies(draw: st.DrawFn, server: Server) -> Object:
    """Draw the body of a POST for an evaluation that the server takes, paused."""
    kind = draw(st.sampled_from(["llm_judge", "llm_judge", "hog", "sentiment"]))
    body: Object = {"name": draw(names), "evaluation_type": kind}
    if draw(st.booleans()):
        body["description"] = draw(prompts)
    target = "generation"
    if kind == "sentiment":
        body |= {"output_type": "sentiment"}
    else:
        code = {"source": draw(st.sampled_from(_SOURCES))}
        body["evaluation_config"] = {"prompt": draw(prompts)} if kind == "llm_judge" else code
        body["output_type"], body["output_config"] = draw(_outputs(server.generation))
        known = ["generation", "trace", *(["session"] if server.is_v3 else [])]
        target = draw(st.sampled_from(known))
        body["target"] = target
        if target != "generation" and draw(st.booleans()):
            body["target_config"] = {"strategy": "fixed_window", "window_seconds": 600}
    if kind == "llm_judge":
        body["model_configuration"] = draw(models(server))
    body["conditions"] = draw(_conditions(server.generation))
    if bool(server.directories) and draw(st.booleans()):
        body["directory_id"] = draw(st.sampled_from([*server.directories]))
    return body


@st.composite
def models(draw: st.DrawFn, server: Server) -> Object:
    """Draw a model, of the active key's provider or pinned to a key that works, if there is one."""
    working = [key for key in server.keys.values() if key["state"] == "ok"]
    known = [key for key in working if key["provider"] in PROVIDERS]
    if bool(known) and draw(st.booleans()):
        key = draw(st.sampled_from(known))
        provider = key["provider"]
        return {
            "provider": provider,
            "model": PROVIDERS[provider],
            "provider_key_id": key["id"],
        }
    active = server.keys[server.active]["provider"] if server.active else "openai"
    provider = active if active in PROVIDERS else draw(st.sampled_from([*PROVIDERS]))
    return {"provider": provider, "model": PROVIDERS[provider], "provider_key_id": None}


@st.composite
def report_values(draw: st.DrawFn, server: Server) -> Object:
    """Draw the fields of a report, all of them or some."""
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "delivery_targets": _targets,
        "max_sample_size": st.sampled_from([1, 200, 2**31 - 1]),
        "enabled": st.booleans(),
        "report_prompt_guidance": prompts,
        "cooldown_minutes": st.sampled_from([60, 1440]),
        "daily_run_cap": st.sampled_from([1, 24]),
    }
    body: Object = draw(st.fixed_dictionaries({}, optional=drawn))
    if draw(st.booleans()):
        body |= {"frequency": "every_n", "trigger_threshold": draw(st.sampled_from([100, 10_000]))}
        return body
    body |= {"frequency": "scheduled", "trigger_threshold": draw(st.sampled_from([None, 500]))}
    body["rrule"] = draw(st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR"]))
    if not server.is_v3:
        body["rrule"] = draw(st.sampled_from([body["rrule"], "FREQ=MONTHLY;BYMONTHDAY=1"]))
        moments = ["2026-01-01T00:00:00Z", "2026-02-03T04:05:06.123456+02:00"]
        body["starts_at"] = draw(st.sampled_from(moments))
        body["timezone_name"] = draw(st.sampled_from(["UTC", "Europe/Berlin"]))
    return body


job_bodies = st.fixed_dictionaries(
    {
        "name": names,
        "analysis_level": st.sampled_from(["trace", "generation", "evaluation"]),
        "event_filters": filters,
        "enabled": st.booleans(),
    }
)


@st.composite
def key_bodies(draw: st.DrawFn, server: Server) -> Object:
    """Draw the body of a POST for a key."""
    known = ["openai", "anthropic", "gemini", "azure_openai"]
    provider = draw(st.sampled_from([*known, *(["openai_compatible"] if server.is_v3 else [])]))
    body: Object = {"name": draw(names), "provider": provider, "api_key": SECRET}
    if provider == "azure_openai":
        host = draw(st.sampled_from(["a", "b"]))
        body["azure_endpoint"] = f"https://{host}.openai.azure.com"
        body["api_version"] = draw(st.sampled_from(["2024-10-21", "2025-01-01"]))
    if provider == "openai_compatible":
        body["base_url"] = "https://llm.example.com/v1"
    return body


def tried(server: Server, path: str, body: Object) -> Object | None:
    """POST, and return the object; None if the server refuses it."""
    try:
        return server.post(path, body)
    except Refused:
        return None


@st.composite
def servers(draw: st.DrawFn, generation: Generation, *, size: int = 3) -> Server:
    """Draw a project of a server. Names may occur twice where the server allows it."""
    server = Server(generation)
    server.slack = {1: "Sandbox", 2: draw(names), 3: draw(st.sampled_from(["Twice", "2"]))}
    server.slack[2] = draw(st.sampled_from([server.slack[2], server.slack[3]]))
    if draw(st.booleans()):
        for level in ("trace", "generation", "evaluation"):
            server.post(api.JOBS, {"name": f"Default - {level}s", "analysis_level": level})
    if server.is_v3:
        for name in draw(st.lists(names, max_size=2, unique_by=lambda text: text.strip().lower())):
            server.add_directory(name.strip())
    server.post(api.FILTERS, {"event_filters": draw(filters)})
    _draw_keys(draw, server, size)
    rooms = server.max_jobs - len(server.jobs)
    for body in draw(st.lists(job_bodies, max_size=min(size, rooms))):
        tried(server, api.JOBS, body)
    for _ in range(draw(st.integers(1, size))):
        _draw_evaluation(draw, server)
    return server


def _draw_keys(draw: st.DrawFn, server: Server, size: int) -> None:
    bodies = draw(st.lists(key_bodies(server), min_size=1, max_size=size))
    if len(bodies) > 1 and draw(st.booleans()):
        bodies[1]["name"] = bodies[0]["name"]
    keys = [server.post(api.KEYS, body) for body in bodies]
    if bool(keys) and draw(st.booleans()):
        server.post(api.ACTIVE, {"key_id": draw(st.sampled_from(keys))["id"]})
    for key in keys:
        if key["id"] != server.active and draw(st.integers(0, 3)) == 0:
            server.keys[key["id"]]["state"] = "invalid"


def _draw_evaluation(draw: st.DrawFn, server: Server) -> None:
    body = draw(evaluation_bodies(server))
    if server.evaluations and draw(st.integers(0, 4)) == 0:
        body["name"] = next(iter(server.evaluations.values()))["name"]
    found = server.post(api.EVALUATIONS, body)
    if draw(st.booleans()):
        start(server, found["id"])
    draw_reports(draw, server, found["id"])


def start(server: Server, evaluation_id: str) -> None:
    """Start an evaluation, if the server lets it run and it finds a key."""
    row = server.evaluations[evaluation_id]
    if server.resolves(row):
        server.patch(f"{api.EVALUATIONS}{evaluation_id}/", {"enabled": True})


def draw_reports(draw: st.DrawFn, server: Server, evaluation_id: str) -> None:
    """Draw the reports of an evaluation: one at most on V3, several on V1."""
    for _ in range(draw(st.integers(0, 1 if server.is_v3 else 2))):
        values = draw(report_values(server))
        tried(server, api.REPORTS, {"evaluation": evaluation_id, **values})


@st.composite
def changed(draw: st.DrawFn, before: Server) -> Server:
    """Draw the same project with some changes, which one file can describe.

    Evaluations that run in it find a key. Nothing new has the name of another object.
    """
    server = before.copy()
    if draw(st.booleans()):
        server.post(api.FILTERS, {"event_filters": draw(filters)})
    _change_jobs(draw, server)
    _change_keys(draw, server)
    _change_evaluations(draw, server)
    for found in _present(server.reports):
        if server.is_listed(found) and draw(st.integers(0, 2)) == 0:
            _patched(server, api.REPORTS, found, draw(report_values(server)))
    return server


def _present(rows: dict[str, Object]) -> list[Object]:
    return [row for row in rows.values() if not row.get("deleted")]


def _is_unique(rows: dict[str, Object], name: str) -> bool:
    return [row["name"].strip() for row in _present(rows)].count(name.strip()) == 1


def _patched(server: Server, path: str, row: Object, body: Object) -> None:
    """PATCH, unless the server refuses it."""
    try:
        server.patch(f"{path}{row['id']}/", body)
    except Refused:
        return


def _new_name(draw: st.DrawFn, rows: dict[str, Object]) -> str:
    taken = {row["name"] for row in rows.values()}
    # One that looks like an ID is only found by its ID, and no new key has a rotation's tag.
    return draw(
        names.map(str.strip).filter(
            lambda name: not (name in taken or is_uuid(name) or "[revoke" in name)
        )
    )


def _change_jobs(draw: st.DrawFn, server: Server) -> None:
    for job in [*server.jobs.values()]:
        fate = draw(st.sampled_from(["keep", "keep", "change", "enable", "delete"]))
        if fate == "delete":
            del server.jobs[job["id"]]
        elif fate == "change":
            body = draw(job_bodies)
            del body["name"]
            _patched(server, api.JOBS, job, body)
        elif fate == "enable":
            _patched(server, api.JOBS, job, {"enabled": not job["enabled"]})
    for body in draw(st.lists(job_bodies, max_size=min(2, server.max_jobs - len(server.jobs)))):
        tried(server, api.JOBS, body | {"name": _new_name(draw, server.jobs)})


def _change_keys(draw: st.DrawFn, server: Server) -> None:
    for body in draw(st.lists(key_bodies(server), max_size=2)):
        server.post(api.KEYS, body | {"name": _new_name(draw, server.keys)})
    for key in server.keys.values():
        if key["provider"] == "azure_openai" and draw(st.booleans()):
            changes = {"azure_endpoint": "https://c.openai.azure.com", "api_version": "2025-02-02"}
            _patched(server, api.KEYS, key, changes)
    working = [key for key in server.keys.values() if key["state"] == "ok"]
    if bool(working) and draw(st.booleans()):
        server.post(api.ACTIVE, {"key_id": draw(st.sampled_from(working))["id"]})


def _change_evaluations(draw: st.DrawFn, server: Server) -> None:
    for row in _present(server.evaluations):
        fate = draw(st.sampled_from(["keep", "change", "change", "switch", "delete"]))
        if fate == "delete" and _is_unique(server.evaluations, row["name"]):
            _patched(server, api.EVALUATIONS, row, {"deleted": True})
        elif fate == "change":
            _patched(server, api.EVALUATIONS, row, draw(evaluation_changes(server, row)))
        elif fate == "switch" and row["enabled"]:
            _patched(server, api.EVALUATIONS, row, {"enabled": False})
        elif fate == "switch":
            start(server, row["id"])
    for _ in range(draw(st.integers(0, 2))):
        body = draw(evaluation_bodies(server))
        body["name"] = _new_name(draw, server.evaluations)
        found = server.post(api.EVALUATIONS, body)
        if draw(st.booleans()):
            start(server, found["id"])
        values = draw(report_values(server))
        tried(server, api.REPORTS, {"evaluation": found["id"], **values})
    _keep_running(server)


def _keep_running(server: Server) -> None:
    """Give evaluations that run and find no key a model of the active key, or stop them."""
    for row in _present(server.evaluations):
        if row["enabled"] and not server.resolves(row):
            provider = server.active and server.keys[server.active]["provider"]
            if provider in PROVIDERS:
                model = {"provider": provider, "model": PROVIDERS[provider]}
                _patched(server, api.EVALUATIONS, row, {"model_configuration": model})
            if not server.resolves(server.evaluations[row["id"]]):
                _patched(server, api.EVALUATIONS, row, {"enabled": False})


@st.composite
def evaluation_changes(draw: st.DrawFn, server: Server, row: Object) -> Object:
    body = draw(evaluation_bodies(server))
    same = ("evaluation_type", "output_type", "name")
    if any(body[name] != row[name] for name in same[:2]):
        names = {"description", "conditions", "directory_id"}
        body = {name: value for name, value in body.items() if name in names}
    for name in same:
        body.pop(name, None)
    kept = draw(st.sets(st.sampled_from([*body]), min_size=1)) if body else set()
    if {"target", "target_config"} & kept:
        kept |= {"target", "target_config"} & body.keys()
    return {name: value for name, value in body.items() if name in kept}


def make_portable(server: Server) -> None:
    """Change what only this project or its generation can have.

    That is names that occur twice or look like an ID, and what is the server's to judge.
    """
    for rows in (server.keys, server.evaluations, server.jobs):
        for number, row in enumerate(rows.values()):
            name = row["name"].replace("[revoke", "[").replace("01990000", "ID")[:60].strip()
            is_default = name.startswith("Default - ")
            row["name"] = name if is_default and rows is server.jobs else f"{name} {number}"
    for key in server.keys.values():
        key["state"] = "ok"
        if key.pop("base_url", None):
            key["provider"] = "gemini"
    for evaluation in server.evaluations.values():
        for condition in evaluation["conditions"]:
            condition.pop("note", None)
    server.slack = {1: "Sandbox"}
    _keep_one_report_each(server)


def _keep_one_report_each(server: Server) -> None:
    seen: set[str] = set()
    for found, report in [*server.reports.items()]:
        if report["evaluation"] in seen:
            del server.reports[found]
        seen.add(report["evaluation"])
        for target in report["delivery_targets"]:
            if target["type"] == "slack":
                target["integration_id"] = 1
