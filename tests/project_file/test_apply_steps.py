"""An apply on the server in memory: its order, faults at each request, and other clients' edits."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import pytest

from llmctl.errors import (
    ConflictError,
    ExitCode,
    Hint,
    LlmctlError,
    NotFoundError,
    OutdatedError,
    RejectedError,
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
    UsageError,
)
from llmctl.sandbox.generation import Generation
from tests.project_file import harness
from tests.project_file.harness import planned
from tests.project_file.links import Dead, Link, Lost, Request
from tests.project_file.server import (
    ACTIVE,
    EVALUATIONS,
    JOBS,
    KEYS,
    REPORTS,
    Object,
    Server,
)

SECRET = "sk-proj-CANARY-stored-0123456789"
applied = functools.partial(harness.applied, prune=True)

EMAIL = {"type": "email", "value": "a@b.example"}

FILE = """
[[provider_keys]]
name = "OpenAI"
provider = "openai"

[[provider_keys]]
name = "Claude"
provider = "anthropic"
api_key_env = "CLAUDE"

[evaluation_config]
active_provider_key = "Claude"

[[evaluations]]
name = "Fixed"
enabled = true
evaluation_type = "llm_judge"
output_type = "boolean"
evaluation_config = { prompt = "Is it fixed?" }
model_configuration = { provider = "openai", model = "gpt", provider_key = "OpenAI" }

[[evaluations]]
name = "Moves"
enabled = true
evaluation_type = "llm_judge"
output_type = "boolean"
evaluation_config = { prompt = "Is it better?" }
model_configuration = { provider = "anthropic", model = "claude" }

[[evaluations]]
name = "New"
enabled = true
evaluation_type = "hog"
output_type = "boolean"
evaluation_config = { source = "return true" }

[[evaluations]]
name = "Pauses"
enabled = false
evaluation_type = "hog"
output_type = "boolean"
evaluation_config = { source = "return true" }

[[evaluations]]
name = "Pins"
enabled = true
evaluation_type = "llm_judge"
output_type = "boolean"
evaluation_config = { prompt = "Is it pinned?" }
model_configuration = { provider = "openai", model = "gpt", provider_key = "OpenAI" }

[[evaluation_reports]]
evaluation = "New"
frequency = "every_n"
trigger_threshold = 200
delivery_targets = [{ type = "email", value = "a@b.example" }]

[[evaluation_reports]]
evaluation = "Pauses"
trigger_threshold = 300
enabled = true

[clustering_config]
event_filters = [{ key = "$ai_model", value = "gpt", operator = "exact", type = "event" }]

[[clustering_jobs]]
name = "Default - traces"
analysis_level = "trace"
enabled = true

[[clustering_jobs]]
name = "Default - generations"
analysis_level = "generation"

[[clustering_jobs]]
name = "Mine"
analysis_level = "trace"

[[clustering_jobs]]
name = "Yours"
analysis_level = "evaluation"
"""
RUNNING = {"Fixed", "Moves", "Pins"}


def judge(name: str, key_id: str | None = None, **more: Any) -> Object:
    model = {"provider": "openai", "model": "gpt", "provider_key_id": key_id}
    return {
        "name": name,
        "enabled": True,
        "evaluation_type": "llm_judge",
        "output_type": "boolean",
        "evaluation_config": {"prompt": f"Is it {name.lower()}?"},
        "model_configuration": model,
        **more,
    }


def hog(name: str) -> Object:
    types = {"evaluation_type": "hog", "output_type": "boolean", "enabled": True}
    return {"name": name, **types, "evaluation_config": {"source": "return true"}}


@pytest.fixture
def server(generation: Generation) -> Server:
    """A project that differs from FILE in everything, with all job slots of older servers used."""
    found = Server(generation)
    for name, level in {"traces": "trace", "generations": "generation"}.items():
        found.post(JOBS, {"name": f"Default - {name}", "analysis_level": level})
    for name in ("Old 1", "Old 2", "Old 3"):
        found.post(JOBS, {"name": name, "analysis_level": "evaluation"})
    key = found.post(KEYS, {"name": "OpenAI", "provider": "openai", "api_key": SECRET})
    found.post(KEYS, {"name": "Unused", "provider": "openai", "api_key": SECRET})
    found.post(ACTIVE, {"key_id": key["id"]})
    found.post(EVALUATIONS, judge("Fixed", key["id"]))
    for name in ("Moves", "Pins", "Gone"):
        found.post(EVALUATIONS, judge(name))
    paused = found.post(EVALUATIONS, hog("Pauses"))
    body = {"evaluation": paused["id"], "trigger_threshold": 100, "delivery_targets": [EMAIL]}
    found.post(REPORTS, body)
    return found


def keeps_running(server: Server) -> None:
    """Check after each write: nothing that runs before and after is paused, and all have a key."""
    names = {server.evaluations[each]["name"] for each in server.running()}
    assert names >= RUNNING
    enabled = (each for each in server.evaluations.values() if each["enabled"])
    assert names >= {each["name"] for each in enabled if not each["deleted"]}


def described(link: Link) -> list[str]:
    """Return the writes, with names in place of IDs."""
    server = link.server
    names = {
        found: row["name"]
        for table in (server.evaluations, server.keys, server.jobs)
        for found, row in table.items()
    }
    names |= {
        found: f"report of {names[row['evaluation']]}" for found, row in server.reports.items()
    }
    return [
        re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}", lambda each: names.get(each[0], "gone"), write)
        for write in link.writes
    ]


def test_n07_writes_are_in_an_order_that_keeps_everything_running(server: Server) -> None:
    link = Link(server, after=keeps_running)
    applied(link, FILE)
    keys, jobs, reports = KEYS.strip("/"), JOBS.strip("/"), REPORTS.strip("/")
    new_report = f"PATCH {reports}/report of New/" if server.is_v3 else f"POST {REPORTS}"
    assert described(link) == [
        f"POST {keys}/",
        "PATCH evaluations/Pauses/",
        "PATCH evaluations/Gone/",
        "PATCH evaluations/Moves/",
        "PATCH evaluations/Pins/",
        f"POST {ACTIVE}",
        "PATCH evaluations/Moves/",
        "POST evaluations/",
        new_report,
        f"PATCH {reports}/report of Pauses/",
        f"DELETE {jobs}/gone/",
        f"POST {jobs}/",
        f"DELETE {jobs}/gone/",
        f"POST {jobs}/",
        f"PATCH {jobs}/Default - traces/",
        f"DELETE {jobs}/gone/",
        "POST llm_analytics/clustering_config/set_event_filters/",
        "PATCH evaluations/New/",
        f"DELETE {keys}/gone/",
    ]
    moved = [each.body for each in link.requests if each.method == "PATCH" and each.body]
    pins = [body["model_configuration"] for body in moved if "model_configuration" in body]
    claude = next(key["id"] for key in server.keys.values() if key["name"] == "Claude")
    model = {"provider": "anthropic", "model": "claude"}
    assert pins[0] == model | {"provider_key_id": claude}
    assert pins[-1] == model | {"provider_key_id": None}
    assert planned(server, FILE, prune=True).changes == ()


def test_n07_what_would_leave_a_running_evaluation_without_a_key(server: Server) -> None:
    config = '[evaluation_config]\nactive_provider_key = "Claude"\n'
    link = Link(server)
    with pytest.raises(UsageError, match="evaluation 'Moves' would have no key"):
        applied(link, FILE.replace(config, "[evaluation_config]\n"))
    assert link.writes == []


def test_a_second_apply_only_reads(server: Server) -> None:
    applied(Link(server), FILE)
    again = Link(server)
    applied(again, FILE)
    assert again.writes == []
    assert all(each.method == "GET" for each in again.requests)


FAULTS: dict[str, Callable[[], BaseException]] = {
    "request lost": lambda: Lost(applied=False),
    "response lost": lambda: Lost(applied=True),
    "killed before": Dead,
    "killed after": lambda: Dead(applied=True),
    "throttled": lambda: UnavailableError("Request was throttled.", status=429),
    "refused": lambda: RejectedError("no", status=400),
    "Ctrl-C": KeyboardInterrupt,
}


# At a read, these leave the project as one of the others does.
OF_WRITES = ("request lost", "response lost", "killed before", "killed after")


@pytest.mark.parametrize("fault", FAULTS)
def test_n04_a_rerun_converges_from_every_cut(server: Server, fault: str) -> None:
    undisturbed = Link(server.copy())
    applied(undisturbed, FILE)
    expected = undisturbed.server.facts()
    for request in undisturbed.requests:
        if fault in OF_WRITES and not request.is_write:
            continue
        number, project = request.number, server.copy()

        def before(request: Request, number: int = number) -> None:
            if request.number == number:
                raise FAULTS[fault]()

        link = Link(project, before, after=keeps_running)
        cut: BaseException | None = None
        try:
            applied(link, FILE)
        except BaseException as error:
            cut = error
        if isinstance(cut, LlmctlError):
            check_code(cut, link, number)
        rerun = Link(project, after=keeps_running)
        applied(rerun, FILE)
        assert project.facts() == expected, (number, fault)
        assert planned(project, FILE, prune=True).changes == ()


def check_code(error: LlmctlError, link: Link, number: int) -> None:
    """Assert that the exit code says what was written."""
    earlier = [each for each in link.requests if each.is_write and each.number < number]
    if isinstance(error, UnknownOutcomeError):
        assert link.requests[-1].is_write
    elif earlier:
        assert error.exit_code is ExitCode.UNFINISHED
        assert "Left: " in error.message
    else:
        assert error.exit_code in (ExitCode.REJECTED, ExitCode.UNAVAILABLE)


def test_a_refused_first_write_keeps_its_code(server: Server) -> None:
    def before(request: Request) -> None:
        if request.is_write:
            raise RejectedError("Invalid API key", status=400)

    with pytest.raises(
        RejectedError, match=r"^llm.toml:\d+:1: provider key 'Claude': Invalid API key$"
    ):
        applied(Link(server, before), FILE)


def test_a_refusal_says_which_object_and_field(server: Server) -> None:
    def before(request: Request) -> None:
        if (request.method, request.path) == ("POST", EVALUATIONS):
            hint = Hint("known providers: openai")
            raise RejectedError("no", hint=hint, status=400, attr="evaluation_config__source")

    with pytest.raises(UnfinishedError) as stopped:
        applied(Link(server, before), FILE)
    line = FILE.partition("return true")[0].count("\n") + 1
    assert f": llm.toml:{line}:23: evaluation 'New': no" in stopped.value.message
    assert stopped.value.hint is not None
    assert stopped.value.hint.line() == ("known providers: openai; then run the same command again")


@pytest.mark.parametrize(
    ("attr", "hint", "expected"),
    [
        ("rrule", "give --rrule", "set rrule in the file"),
        (
            "model_configuration",
            "give --model-configuration null",
            'set model_configuration = "null" in the file',
        ),
        ("model_configuration", "leave out --provider and --model", None),
        ("api_key", "give --api-key-file", None),
        ("provider", "known providers: openai", "known providers: openai"),
    ],
)
def test_a_hint_names_no_options_of_other_commands(
    server: Server, attr: str, hint: str, expected: str | None
) -> None:
    def before(request: Request) -> None:
        if request.is_write:
            raise RejectedError("no", hint=Hint(hint), status=400, attr=attr)

    with pytest.raises(RejectedError) as refused:
        applied(Link(server, before), FILE)
    assert refused.value.hint == (Hint(expected) if expected else None)


def test_a_later_refusal_says_what_is_done_and_left(server: Server) -> None:
    def before(request: Request) -> None:
        if request.path == ACTIVE:
            raise RejectedError("Cannot activate key", status=400)

    with pytest.raises(UnfinishedError) as stopped:
        applied(Link(server, before), FILE)
    assert stopped.value.message.startswith(
        "stopped partway. 5 of 19 steps are done. "
        "Left: make provider key 'Claude' the active key; unpin evaluation 'Moves'"
    )
    assert stopped.value.message.endswith(
        "and 9 more. Reason: llm.toml:11:1: the evaluation configuration: Cannot activate key"
    )


class Meanwhile:
    """Another client that changes the project once, when the run reads an object again."""

    def __init__(self, path: str, change: Callable[[], object], *, method: str = "GET") -> None:
        self._path = path
        self._method = method
        self._change = change
        self._is_done = False

    def __call__(self, request: Request) -> None:
        is_it = (request.method, request.path) == (self._method, self._path)
        if is_it and not self._is_done:
            self._is_done = True
            self._change()


def evaluation(server: Server, name: str) -> Object:
    return next(each for each in server.evaluations.values() if each["name"] == name)


def edit(server: Server, name: str, **body: Any) -> Meanwhile:
    path = f"{EVALUATIONS}{evaluation(server, name)['id']}/"
    return Meanwhile(path, lambda: server.patch(path, body))


@pytest.mark.parametrize(
    "body",
    [
        {"description": "mine"},
        {"evaluation_config": {"prompt": "Mine?"}},
        {"model_configuration": {"provider": "openai", "model": "o", "provider_key_id": None}},
    ],
)
def test_n05_an_edit_in_the_meantime_is_not_overwritten(server: Server, body: Object) -> None:
    link = Link(server, edit(server, "Moves", **body))
    with pytest.raises(ConflictError) as stopped:
        applied(link, FILE)
    [field] = body
    assert f"evaluation 'Moves' was changed by another client: {field} is" in str(stopped.value)
    assert body.items() <= evaluation(server, "Moves").items()
    applied(Link(server), FILE)
    assert planned(server, FILE, prune=True).changes == ()


def test_force_overwrites_an_edit(server: Server) -> None:
    link = Link(server, edit(server, "Moves", evaluation_config={"prompt": "Mine?"}))
    applied(link, FILE, force=True)
    assert evaluation(server, "Moves")["evaluation_config"]["prompt"] == "Is it better?"
    assert planned(server, FILE, prune=True).changes == ()


def test_an_edit_to_what_the_file_says_is_no_conflict(server: Server) -> None:
    wanted = {"evaluation_config": {"prompt": "Is it better?"}}
    link = Link(server, edit(server, "Moves", **wanted))
    applied(link, FILE)
    path = f"{EVALUATIONS}{evaluation(server, 'Moves')['id']}/"
    sent = [each.body or {} for each in link.requests if each.is_write and each.path == path]
    assert [list(body) for body in sent] == [["model_configuration"]] * 2
    assert planned(server, FILE, prune=True).changes == ()


def test_n05_an_object_that_was_deleted_in_the_meantime(server: Server) -> None:
    with pytest.raises(ConflictError, match=r"'Moves' \(\S+\) was deleted by another client"):
        applied(Link(server, edit(server, "Moves", deleted=True)), FILE)


def free_slots(server: Server) -> None:
    """Let others create jobs."""
    for job_id in list(server.jobs)[-2:]:
        del server.jobs[job_id]


def test_n05_a_twin_that_differs(server: Server) -> None:
    free_slots(server)
    body = {"name": "Mine", "analysis_level": "generation"}
    other = Meanwhile(EVALUATIONS, lambda: server.post(JOBS, body), method="POST")
    with pytest.raises(ConflictError) as stopped:
        applied(Link(server, other), FILE)
    assert "clustering job 'Mine'" in str(stopped.value)
    assert 'analysis_level is now "generation" (the file has "trace")' in str(stopped.value)


def test_a_twin_as_the_file_has_it_is_taken(server: Server) -> None:
    free_slots(server)
    body = {"name": "Mine", "analysis_level": "trace"}
    other = Meanwhile(EVALUATIONS, lambda: server.post(JOBS, body), method="POST")
    link = Link(server, other)
    applied(link, FILE)
    assert link.writes.count(f"POST {JOBS}") == 1
    assert planned(server, FILE, prune=True).changes == ()


def test_n05_another_active_key_in_the_meantime(server: Server) -> None:
    unused = next(key["id"] for key in server.keys.values() if key["name"] == "Unused")
    change = Meanwhile(
        EVALUATIONS + evaluation(server, "Pins")["id"] + "/",
        lambda: server.post(ACTIVE, {"key_id": unused}),
    )
    with pytest.raises(ConflictError, match="evaluation configuration was changed"):
        applied(Link(server, change), FILE)
    assert server.active == unused


def test_n06_a_key_that_is_used_in_the_meantime(server: Server) -> None:
    unused = next(key["id"] for key in server.keys.values() if key["name"] == "Unused")
    path = f"{EVALUATIONS}{evaluation(server, 'Fixed')['id']}/"
    model = {"provider": "openai", "model": "gpt", "provider_key_id": unused}
    pin = Meanwhile(f"{KEYS}{unused}/", lambda: server.patch(path, {"model_configuration": model}))
    with pytest.raises(ConflictError, match="'Unused' is now used by evaluation Fixed"):
        applied(Link(server, pin), FILE)
    assert unused in server.keys


def key_id(server: Server, name: str) -> str:
    return next(found for found, each in server.keys.items() if each["name"] == name)


def test_n06_a_key_that_is_made_active_in_the_meantime(server: Server) -> None:
    unused = key_id(server, "Unused")
    path = f"{KEYS}{unused}/"
    activate = Meanwhile(path, lambda: server.post(ACTIVE, {"key_id": unused}))
    with pytest.raises(ConflictError, match="'Unused' is now the active key"):
        applied(Link(server, activate), FILE)
    assert unused in server.keys


def test_n06_a_key_that_is_being_rotated_in_the_meantime(server: Server) -> None:
    path = f"{KEYS}{key_id(server, 'Unused')}/"
    name = f"Unused [rotates {key_id(server, 'OpenAI')} 01234567-0123]"
    rotate = Meanwhile(path, lambda: server.patch(path, {"name": name}))
    with pytest.raises(ConflictError, match="'Unused' is being rotated"):
        applied(Link(server, rotate), FILE)
    assert name in [key["name"] for key in server.keys.values()]


def test_a_change_of_a_key_keeps_its_tag_and_its_other_fields(generation: Generation) -> None:
    server = Server(generation)
    azure = {"azure_endpoint": "https://old.openai.azure.com", "api_version": "2024-10-21"}
    found = server.post(
        KEYS, {"name": "Old", "provider": "azure_openai", "api_key": SECRET[:32]} | azure
    )
    tag = "[revoke azure_openai sk-p...6789 01990000-0000-7000-8000-000000000001]"
    server.keys[found["id"]]["name"] = f"Old {tag}"
    endpoint = "https://new.openai.azure.com"
    text = (
        f'[[provider_keys]]\nid = "{found["id"]}"\nname = "New"\nprovider = "azure_openai"\n'
        f'azure_endpoint = "{endpoint}"\n'
    )
    link = Link(server)
    harness.applied(link, text)
    assert link.requests[-1].body == azure | {"azure_endpoint": endpoint, "name": f"New {tag}"}


def test_a_key_that_a_rotation_creates_is_no_twin(server: Server) -> None:
    name = f"Claude [rotates {key_id(server, 'Unused')} 01234567-0123]"
    body = {"name": name, "provider": "anthropic", "api_key": "sk-ant-CANARY-other-9876543210"}
    reads = []

    def before(request: Request) -> None:
        if (request.method, request.path) == ("GET", KEYS):
            reads.append(request)
            if len(reads) == 2:
                server.post(KEYS, body)

    link = Link(server, before)
    with pytest.raises(ConflictError, match="'Unused' is being rotated"):  # --prune deletes it
        applied(link, FILE)
    assert key_id(server, "Unused")
    assert f"POST {KEYS}" in link.writes


def test_an_object_that_is_to_be_renamed_is_no_twin(server: Server) -> None:
    paused = evaluation(server, "Pauses")["id"]
    entry = '[[evaluations]]\n{}\nevaluation_type = "hog"\noutput_type = "boolean"\n'
    source = 'evaluation_config = { source = "return true" }\n'
    text = entry.format(f'id = "{paused}"\nname = "Renamed"')
    text += entry.format('name = "Pauses"') + source
    link = Link(server)
    harness.applied(link, text)
    assert "POST evaluations/" in link.writes
    assert server.evaluations[paused]["name"] == "Renamed"
    assert planned(server, text).changes == ()


def test_a_deleted_object_is_no_twin(server: Server) -> None:
    found = server.post(EVALUATIONS, hog("New") | {"enabled": False})
    server.patch(f"{EVALUATIONS}{found['id']}/", {"deleted": True})
    applied(Link(server), FILE)
    assert server.evaluations[found["id"]]["deleted"] is True
    assert planned(server, FILE, prune=True).changes == ()


def test_a_twin_that_runs_already_is_taken(server: Server) -> None:
    other = Meanwhile(ACTIVE, lambda: server.post(EVALUATIONS, hog("New")), method="POST")
    link = Link(server, other)
    applied(link, FILE)
    assert f"POST {EVALUATIONS}" not in link.writes
    assert planned(server, FILE, prune=True).changes == ()


def test_reads_may_lag_behind_a_create(server: Server) -> None:
    lags: list[str] = []

    def before(request: Request) -> None:
        new = next((each for each in server.evaluations.values() if each["name"] == "New"), None)
        path = f"{EVALUATIONS}{new['id']}/" if new else ""
        if (request.method, request.path) == ("GET", path) and len(lags) < 2:
            lags.append(path)
            raise NotFoundError("Not found.", is_of_object=True, status=404)

    applied(Link(server, before), FILE)
    assert len(lags) == 2
    assert planned(server, FILE, prune=True).changes == ()


@pytest.mark.generation("v3")
def test_the_report_of_a_new_evaluation_may_take_a_moment(server: Server) -> None:
    hidden: list[Object] = []

    def before(request: Request) -> None:
        lists = (request.method, request.path) == ("GET", REPORTS)
        new = [
            each
            for each in server.reports.values()
            if server.evaluations[each["evaluation"]]["name"] == "New"
        ]
        if lists and new and not hidden:
            hidden.append(server.reports.pop(new[0]["id"]))
        elif lists and hidden:
            server.reports[hidden[0]["id"]] = hidden[0]

    link = Link(server, before)
    applied(link, FILE)
    assert f"POST {REPORTS}" not in link.writes
    assert planned(server, FILE, prune=True).changes == ()


@pytest.mark.parametrize("is_of_object", [True, False])
def test_a_delete_is_done_if_the_object_is_gone(server: Server, is_of_object: bool) -> None:
    def before(request: Request) -> None:
        if request.method == "DELETE" and request.path.startswith(JOBS):
            if not is_of_object:
                raise NotFoundError("Endpoint not found.", is_of_object=False, status=404)
            del server.jobs[request.path.rstrip("/").rpartition("/")[2]]

    if is_of_object:
        applied(Link(server, before), FILE)
        assert planned(server, FILE, prune=True).changes == ()
    else:
        with pytest.raises(LlmctlError, match="Endpoint not found"):
            applied(Link(server, before), FILE)


@pytest.mark.parametrize("times", [2, 3])
def test_a_delete_that_waited_too_long_is_decided_again(server: Server, times: int) -> None:
    tries: list[str] = []

    def before(request: Request) -> None:
        if request.method == "DELETE" and len(tries) < times:
            tries.append(request.path)
            raise OutdatedError("it took too long")

    link = Link(server, before)
    if times < 3:
        applied(link, FILE)
        assert planned(server, FILE, prune=True).changes == ()
    else:
        with pytest.raises(UnfinishedError):
            applied(link, FILE)
    reads = [each for each in link.requests if each.method == "GET" and each.path == tries[0]]
    assert len(reads) == 3
