"""audit: the keys of evaluations and taggers, in one project and in several."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmctl import paths
from llmctl.cli import projects
from llmctl.http import retry
from llmctl.sandbox import defaults
from tests.conftest import Result, Run
from tests.support import KEY, PROJECT, PROVIDER_KEY, RecordingServer, Reply, Sent, page
from tests.terminal import drawn

Object = dict[str, Any]

OPENAI, ANTHROPIC = "01990000-0000-7000-8000-0000000000a1", "01990000-0000-7000-8000-0000000000a2"
NOW = datetime.now(UTC)  # the server's clock; the tests take no time in comparison
DENIED = "API key missing required scope '{}:read'"


def a_key(key_id: str = OPENAI, provider: str = "openai", **changed: Any) -> Object:
    return {
        "id": key_id,
        "name": f"Main {provider}",
        "provider": provider,
        "state": "ok",
        "error_message": None,
        "api_key_masked": f"sk-{provider[0]}...1234",
        "created_at": (NOW - timedelta(days=9, hours=23)).isoformat(),
        "last_used_at": None,
    } | changed


def dead(key_id: str = OPENAI, provider: str = "openai", **changed: Any) -> Object:
    return a_key(key_id, provider, state="invalid", error_message="Invalid API key") | changed


def outage(**changed: Any) -> Object:
    return a_key(state="error", error_message="Could not connect to OpenAI") | changed


def an_evaluation(name: str, key_id: str | None = None, provider: str = "openai") -> Object:
    return {
        "id": f"id-of-{name}",
        "name": name,
        "enabled": True,
        "status": "active",
        "status_reason": None,
        "status_reason_detail": None,
        "evaluation_type": "llm_judge",
        "model_configuration": {"provider": provider, "model": "m", "provider_key_id": key_id},
    }


def stopped(name: str, key_id: str | None = None, reason: str = "provider_key_invalid") -> Object:
    changed = {"enabled": False, "status": "error", "status_reason": reason}
    return an_evaluation(name, key_id) | changed


def paused(name: str, key_id: str | None = None) -> Object:
    return an_evaluation(name, key_id) | {"enabled": False, "status": "paused"}


def a_tagger(name: str, key_id: str | None = None, provider: str = "openai") -> Object:
    model = {"provider": provider, "model": "m", "provider_key_id": key_id}
    return {
        "id": f"id-of-{name}",
        "name": name,
        "enabled": True,
        "tagger_type": "llm",
        "model_configuration": model,
    }


@dataclass
class Audited:
    """A project as the server has it.

    `taggers` is None if the server has none. `replies` are answers to the reads of a resource.
    """

    keys: list[Object] = field(default_factory=lambda: [a_key()])
    active: str | None = OPENAI
    evaluations: list[Object] = field(default_factory=list)
    taggers: list[Object] | None = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)

    def answer(self, sent: Sent) -> Reply:
        name = sent.path.rstrip("/").rpartition("/")[2]
        return self.replies.get(name) or self._found(name)

    def _found(self, name: str) -> Reply:
        if name == "provider_keys":
            return Reply(200, page(self.keys))
        if name == "evaluation_config":
            key = next((key for key in self.keys if key["id"] == self.active), None)
            return Reply(200, {"active_provider_key": key})
        if name == "evaluations":
            return Reply(200, page(self.evaluations))
        if name == "taggers" and self.taggers is not None:
            return Reply(200, page(self.taggers))
        what = "Endpoint not found." if name == "taggers" else "Not found."
        return Reply(404, {"type": "invalid_request", "code": "not_found", "detail": what})


def refused(scope: str) -> Reply:
    body = {"type": "authentication_error", "code": "permission_denied"}
    return Reply(403, body | {"detail": DENIED.format(scope), "attr": None})


@pytest.fixture
def audited(server: RecordingServer) -> Audited:
    project = Audited()
    server.reply(project.answer)
    return project


Audit = Callable[..., Result]


@pytest.fixture
def audit(run: Run, server: RecordingServer) -> Audit:
    """Run `audit --fail`, and check that it only reads."""

    def call(*words: str) -> Result:
        result = run("provider-keys", "audit", "--fail", *words)
        assert {sent.method for sent in server.sent} == {"GET"}
        assert not any("validat" in sent.target for sent in server.sent)
        return result

    return call


def test_everything_is_well(audit: Audit, audited: Audited) -> None:
    audited.keys = [a_key(), a_key(ANTHROPIC, "anthropic")]
    audited.evaluations = [an_evaluation("Tone"), an_evaluation("Bias", ANTHROPIC, "anthropic")]
    audited.taggers = [a_tagger("Topics"), a_tagger("Words") | {"tagger_type": "hog"}]
    result = audit()
    assert (result.code, result.err) == (0, "")


def test_j01_evaluations_that_a_key_stopped(audit: Audit, audited: Audited) -> None:
    audited.keys = [dead()]
    audited.evaluations = [stopped("Tone", OPENAI), an_evaluation("Bias")]
    result = audit()
    assert result.code == 6
    line = result.err.splitlines()[0]
    assert line == (
        f"project {PROJECT}: openai key Main openai (sk-o...1234): its state is invalid: Invalid "
        "API key; used by evaluation Bias; evaluation Tone was stopped (provider_key_invalid); "
        "give it a new secret and start evaluation Tone again: llmctl provider-keys rotate "
        f"{OPENAI} --recover"
    )
    # A new secret does not start it again.
    audited.keys = [a_key()]
    result = audit()
    assert result.code == 6
    assert "works, but evaluation Tone was stopped (provider_key_invalid); start" in result.err


@pytest.mark.parametrize(
    "reason", ["provider_key_deleted", "provider_key_required", "provider_key_quota_exceeded"]
)
def test_j01_stopped_evaluations_without_a_key(audit: Audit, audited: Audited, reason: str) -> None:
    audited.active = None
    audited.evaluations = [stopped("Tone", reason=reason)]
    result = audit()
    assert result.code == 6
    assert "evaluation Tone is left without a key" in result.err
    assert f"evaluation Tone was stopped ({reason})" in result.err
    assert f"llmctl evaluation-config set-active-key {OPENAI}" in result.err


def test_j01_stopped_for_another_reason(audit: Audit, audited: Audited) -> None:
    audited.evaluations = [stopped("Tone", OPENAI, "model_not_found")]
    assert audit().code == 0


def test_j01_older_servers_give_no_reason(audit: Audit, audited: Audited) -> None:
    """Stopped and paused evaluations look alike: they are named, but are no failure."""
    audited.keys, audited.taggers = [dead()], None
    old = paused("Tone", OPENAI)
    del old["status_reason"], old["status_reason_detail"]
    audited.evaluations = [old]
    result = audit()
    assert result.code == 0
    assert "evaluation Tone is paused or stopped (this server does not say which)" in result.err


@pytest.mark.parametrize("active", [ANTHROPIC, None])
def test_j02_no_key_for_the_provider(audit: Audit, audited: Audited, active: str | None) -> None:
    audited.keys, audited.active = [a_key(ANTHROPIC, "anthropic")], active
    audited.evaluations = [an_evaluation("Tone"), an_evaluation("Bias")]
    audited.taggers = [a_tagger("Topics", ANTHROPIC)]
    result = audit()
    assert result.code == 6
    assert result.err.count("\n") == 2, result.err
    assert (
        "evaluations Tone, Bias are left without a key: they are not pinned to one, and"
        in result.err
    )
    create = "llmctl provider-keys create --provider openai --name NAME"
    assert create in result.err
    if active is None:
        assert "there is no active key" in result.err
        assert f"{create} --set-as-active" in result.err
    else:
        assert "the active key Main anthropic is for anthropic, not openai" in result.err


def test_j02_pinned_key_is_gone(audit: Audit, audited: Audited) -> None:
    audited.evaluations = [an_evaluation("Tone", ANTHROPIC, "anthropic")]
    result = audit()
    assert result.code == 6
    assert f"is left without a key: it is pinned to key {ANTHROPIC}, which does not" in result.err


@pytest.mark.parametrize("key_id", ["../../../users/@me", "a?b", "..", "%2e%2e", ""])
def test_ids_of_the_server_never_change_a_path(
    audit: Audit, audited: Audited, server: RecordingServer, key_id: str
) -> None:
    audited.evaluations = [an_evaluation("Tone", key_id)]
    assert audit().code == 7
    assert len(server.sent) == 4


@pytest.mark.parametrize("key_id", [OPENAI, None])
def test_j03_taggers_use_keys(audit: Audit, audited: Audited, key_id: str | None) -> None:
    audited.keys = [dead()]
    audited.taggers = [a_tagger("Topics", key_id)]
    result = audit("-o", "json")
    assert result.code == 6
    (row,) = json.loads(result.out)
    assert "used by tagger Topics" in row["problems"][0]
    assert not any("uses it" in problem for problem in row["problems"])
    assert row["used_by"] == [
        {
            "kind": "tagger",
            "id": "id-of-Topics",
            "name": "Topics",
            "enabled": True,
            "stop_reason": None,
        }
    ]


def test_j03_tagger_without_a_key(audit: Audit, audited: Audited) -> None:
    audited.taggers = [a_tagger("Topics", None, "gemini")]
    result = audit()
    assert result.code == 6
    assert "tagger Topics is left without a key" in result.err


@pytest.mark.parametrize("kind", ["hog", "sentiment"])
def test_j04_what_asks_no_llm_needs_no_key(audit: Audit, audited: Audited, kind: str) -> None:
    """A key that it is pinned to is listed with it all the same: deleting the key stops it."""
    audited.keys = [dead()]
    pinned = [an_evaluation("Pinned", OPENAI), an_evaluation("Lost", ANTHROPIC)]
    audited.evaluations = [each | {"evaluation_type": kind} for each in pinned]
    audited.evaluations.append(an_evaluation("None") | {"evaluation_type": kind})
    audited.taggers = [a_tagger("Words", OPENAI) | {"tagger_type": "hog"}]
    audited.replies[ANTHROPIC] = audited._found("gone")
    result = audit("-o", "json", "--max-age", "1d")
    assert (result.code, result.err) == (0, "")
    (row,) = json.loads(result.out)
    assert [each["name"] for each in row["used_by"]] == ["Pinned", "Words"]
    assert not any("disabled" in problem for problem in row["problems"])


@pytest.mark.parametrize("key_id", [OPENAI, None])
@pytest.mark.parametrize("key", [dead(), outage(), a_key(state="unknown")])
def test_j04_dead_key_that_only_paused_ones_use(
    audit: Audit, audited: Audited, key: Object, key_id: str | None
) -> None:
    audited.keys = [key]
    audited.evaluations = [paused("Tone", key_id)]
    audited.taggers = [a_tagger("Topics", key_id) | {"enabled": False}]
    result = audit("-o", "json", "--max-age", "1d")
    assert (result.code, result.err) == (0, "")
    (row,) = json.loads(result.out)
    assert f"its state is {key['state']}" in row["problems"][0]
    assert "disabled: evaluation Tone and tagger Topics" in row["problems"][0]


def test_j04_dead_key_that_nothing_uses(audit: Audit, audited: Audited) -> None:
    audited.keys = [dead()]
    assert audit().code == 0
    audited.active = None
    audited.evaluations = [paused("Tone")]
    assert audit().code == 0


@pytest.mark.parametrize(
    ("age", "code"), [(timedelta(hours=23), 0), (timedelta(days=90, hours=1), 6)]
)
def test_j05_abandoned_rotation(audit: Audit, audited: Audited, age: timedelta, code: int) -> None:
    """Its age counts, by the server's clock."""
    new = a_key(ANTHROPIC, name=f"Main [rotates {OPENAI} 01234567-0123+active]")
    new |= {"created_at": (NOW - age).isoformat(), "api_key_masked": "sk-n...0000"}
    audited.keys = [new, a_key()]
    result = audit()
    assert result.code == code
    if code == 0:
        assert f"a rotation of {OPENAI} is pending; finish it" in result.out
        assert result.err == ""
        return
    assert (
        f"openai key Main (sk-n...0000): a rotation of {OPENAI} was started 90 days ago and not "
        f"finished; finish that rotation: llmctl provider-keys rotate {OPENAI} --strategy replace "
        f"--finish, or cancel it: llmctl provider-keys rotate {OPENAI} --strategy replace --abort\n"
    ) in result.err


def test_j05_kept_rotation_is_no_failure(audit: Audit, audited: Audited) -> None:
    new = a_key(ANTHROPIC, name=f"Main [rotates {OPENAI} 01234567-0123+active+kept]")
    old = a_key(name=f"Main [replaced by {ANTHROPIC}]", api_key_masked="sk-o...9999")
    audited.keys, audited.active = [new | {"created_at": "2026-01-01T00:00:00Z"}, old], ANTHROPIC
    result = audit()
    assert (result.code, result.err) == (0, "")
    assert f"kept since key {ANTHROPIC} replaced it" in result.out


def test_j06_outages_and_refusals(audit: Audit, audited: Audited) -> None:
    audited.evaluations = [an_evaluation("Tone")]
    audited.keys = [outage()]
    result = audit()
    assert result.code == 7
    for part in (f"project {PROJECT}", "Main openai", "openai key", "sk-o...1234"):
        assert part in result.err.splitlines()[0]
    assert "its state is error: Could not connect to OpenAI; used by evaluation Tone" in result.err
    assert f"llmctl provider-keys update {OPENAI} --api-key-env VARIABLE" in result.err
    audited.keys.append(dead(ANTHROPIC, "anthropic"))
    assert audit().code == 7  # nothing uses it
    audited.evaluations.append(an_evaluation("Bias", ANTHROPIC, "anthropic"))
    result = audit()
    assert result.code == 6
    assert result.err.count("its state is") == 2
    assert result.err.endswith("error: 2 problems\n")


def test_j06_problems_as_data(audit: Audit, audited: Audited) -> None:
    audited.keys = [dead()]
    audited.evaluations = [an_evaluation("Tone"), stopped("Bias")]
    result = audit("-o", "json")
    error = json.loads(result.err)["error"]
    assert (error["code"], error["message"], error["hint"]) == ("REJECTED", "1 problem", None)
    (problem,) = error["problems"]
    assert problem["exit_code"] == 6
    assert (problem["profile"], problem["project"]) == (None, PROJECT)
    assert problem["key"]["id"] == OPENAI
    assert [(each["name"], each["stop_reason"]) for each in problem["used_by"]] == [
        ("Tone", None),
        ("Bias", "provider_key_invalid"),
    ]
    assert f"llmctl provider-keys rotate {OPENAI}" in problem["hint"]
    (row,) = json.loads(result.out)
    assert row["error_message"] == "Invalid API key"


def test_j06_key_that_was_not_validated(audit: Audit, audited: Audited) -> None:
    """The server refuses to make such a key active."""
    audited.keys = [a_key(state="unknown")]
    audited.evaluations = [an_evaluation("Tone")]
    result = audit()
    assert result.code == 6
    assert "its state is unknown: not validated; used by evaluation Tone" in result.err


@pytest.mark.parametrize("words", [[], ["--fail"]])
def test_without_fail_problems_are_in_the_rows(
    run: Run, audited: Audited, words: list[str]
) -> None:
    audited.keys, audited.evaluations = [dead()], [an_evaluation("Tone")]
    result = run("provider-keys", "audit", *words)
    assert "its state is invalid: Invalid API key" in result.out
    assert (result.code, "Invalid API key" in result.err) == ((6, True) if words else (0, False))


@pytest.mark.parametrize(
    ("max_age", "code", "told"),
    [
        ("9d", 6, "older than 9 days; used by evaluation Tone"),
        ("30d", 0, "becomes older than 30 days in 20 days; used by evaluation Tone"),
        ("41d", 0, None),
    ],
)
def test_age_now_and_within_30_days(
    audit: Audit, audited: Audited, max_age: str, code: int, told: str | None
) -> None:
    audited.evaluations = [an_evaluation("Tone")]
    result = audit("--max-age", max_age)
    assert result.code == code
    assert told is None or told in result.err
    assert told is not None or result.err == ""


def test_age_of_a_new_key(audit: Audit, audited: Audited) -> None:
    """A Date header has whole seconds."""
    audited.keys = [a_key(created_at=(datetime.now(UTC) + timedelta(seconds=1)).isoformat())]
    assert json.loads(audit("-o", "json").out)[0]["age_days"] == 0


def test_long_lists(audit: Audit, audited: Audited) -> None:
    """The time grows with their length, not with its square."""
    audited.keys = [dead()]
    audited.evaluations = [
        kind(f"{letter}{number}", OPENAI)
        for number in range(3000)
        for letter, kind in (("E", an_evaluation), ("P", paused))
    ]
    start = time.monotonic()
    result = audit()
    assert time.monotonic() - start < 2
    assert "E9 and 2990 more; disabled: evaluations P0" in result.err


@pytest.mark.parametrize("created", ["", "yesterday", "0001-01-01T00:00:00+14:00", None])
def test_age_that_is_unknown(audit: Audit, audited: Audited, created: str | None) -> None:
    audited.keys = [a_key(created_at=created)]
    audited.evaluations = [an_evaluation("Tone")]
    result = audit("--max-age", "90d", "-o", "json")
    assert result.code == 0
    assert json.loads(result.out)[0]["age_days"] is None


@pytest.mark.parametrize(
    ("part", "scope", "what"),
    [
        ("taggers", "tagger", "the taggers"),
        ("evaluations", "evaluation", "the evaluations"),
        ("evaluation_config", "evaluation", "the active key"),
    ],
)
def test_part_that_cannot_be_read(
    run: Run, audit: Audit, audited: Audited, part: str, scope: str, what: str
) -> None:
    audited.evaluations = [an_evaluation("Tone", OPENAI), an_evaluation("Bias")]
    audited.replies[part] = refused(scope)
    said = f"cannot read {what}, so not everything was checked: {DENIED.format(scope)}"
    result = audit()
    assert result.code == 4
    assert f"{said}; add the scope {scope}:read" in result.err
    assert OPENAI in result.out
    assert "no evaluation uses it" not in result.out
    result = run("provider-keys", "audit")
    assert result.code == 0
    assert said in result.err
    audited.keys = [dead()]
    audited.taggers = [a_tagger("Topics", OPENAI)]
    assert audit().code == 6  # what is known counts first


def test_j03_taggers_behind_a_gateway(audit: Audit, audited: Audited) -> None:
    """Only PostHog can say that it has none."""
    audited.replies["taggers"] = Reply(404, {"message": "no Route matched with those values"})
    result = audit()
    assert result.code == 3
    assert "cannot read the taggers, so not everything was checked" in result.err


def test_keys_that_cannot_be_read(run: Run, audited: Audited) -> None:
    audited.replies["provider_keys"] = refused("llm_provider_key")
    result = run("provider-keys", "audit")
    assert (result.code, result.out) == (4, "")
    assert "error: API key missing" in result.err


# Several projects.


@dataclass
class Several:
    """Projects 1 to 3, whose profiles are p1 to p3."""

    audited: dict[str, Audited]

    def answer(self, sent: Sent) -> Reply:
        return self.audited[sent.target.split("/")[3]].answer(sent)


@pytest.fixture
def several(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Several:
    monkeypatch.setattr(retry, "BACKOFF_SECONDS", 0.0)
    monkeypatch.setenv("PERSONAL", KEY)
    for number in "123":
        words = ["--host", server.origin, "--project", number, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{number}", "--no-check", *words).code == 0
    for name in ("LLMCTL_API_KEY", "LLMCTL_PROJECT", "LLMCTL_HOST"):
        monkeypatch.delenv(name)
    found = Several({number: Audited() for number in "123"})
    server.reply(found.answer)
    return found


def test_j08_several_projects(audit: Audit, several: Several) -> None:
    several.audited["2"].keys = [dead()]
    several.audited["2"].evaluations = [an_evaluation("Tone")]
    result = audit("--profiles", "p3,p2,p1")
    assert result.code == 6
    header, *rows = [line.split("\t") for line in result.out.splitlines()]
    assert header[:2] == ["profile", "id"]
    assert [row[0] for row in rows] == ["p3", "p2", "p1"]
    line, error = result.err.splitlines()
    assert line.startswith("p2: openai key Main openai (sk-o...1234): its state is invalid")
    assert line.endswith(f"llmctl provider-keys rotate {OPENAI} -p p2")
    assert error == "error: 1 problem"
    rows = json.loads(audit("--all-profiles", "-o", "json").out)
    assert [(row["profile"], row["project"], row["id"]) for row in rows] == [
        (f"p{number}", number, OPENAI) for number in "123"
    ]


def test_j08_failed_project_does_not_stop_the_others(
    audit: Audit, run: Run, several: Several
) -> None:
    several.audited["1"].replies["provider_keys"] = Reply(503, {"detail": "Busy."})
    several.audited["2"].replies["provider_keys"] = Reply(401, {"detail": "Wrong key."})
    several.audited["3"].keys = [dead()]
    result = run("provider-keys", "audit", "--all-profiles")  # --fail is about problems
    assert result.code == 7
    assert [line.split("\t")[0] for line in result.out.splitlines()] == ["profile", "p3"]
    errors = [line for line in result.err.splitlines() if not line.startswith("* ")]
    assert [line.partition(":")[0] for line in errors] == ["p1", "p2", "error"]
    assert "(503): Busy." in errors[0]
    assert "cannot be read: Wrong key; " in errors[1]
    assert errors[2] == "error: 2 of 3 projects cannot be read"
    several.audited["3"].evaluations = [an_evaluation("Tone")]
    result = audit("--all-profiles", "-o", "json")
    assert result.code == 6  # before 7
    lines = [line for line in result.err.splitlines() if not line.startswith("* ")]
    error = json.loads(lines[-1])["error"]
    assert error["message"] == "1 problem and 2 of 3 projects cannot be read"
    assert [each["exit_code"] for each in error["problems"]] == [7, 4, 6]
    assert [each["profile"] for each in error["problems"]] == ["p1", "p2", "p3"]


def test_j08_all_projects_fail(audit: Audit, several: Several) -> None:
    for project in several.audited.values():
        project.replies["provider_keys"] = refused("llm_provider_key")
    result = audit("--all-profiles", "-o", "table")
    assert (result.code, result.out) == (4, "")
    assert result.err.count("cannot be read: API key missing") == 3
    assert result.err.endswith("error: 3 of 3 projects cannot be read\n")
    for project in several.audited.values():
        project.replies["provider_keys"] = Reply(404, {"detail": "Project not found."})
    err = audit("--profiles", "p1,p2", "-o", "table").err
    assert "p1: cannot be read: Project not found; the web app has its number in the URL" in err


def test_j08_unknown_profile(run: Run, server: RecordingServer, several: Several) -> None:
    result = run("provider-keys", "audit", "--profiles", "p1,nope")
    assert (result.code, server.sent) == (3, [])
    assert run("provider-keys", "audit", "--profiles", "p1", "--all-profiles").code == 2
    assert run("provider-keys", "audit", "--profiles", "p1", "-p", "p2").code == 2
    assert server.sent == []


def test_j08_one_of_several_keeps_its_columns(run: Run, several: Several) -> None:
    one = run("provider-keys", "audit", "-p", "p1").out
    assert one.splitlines()[0] == (
        "id\tname\tstate\tactive\tage_days\tlast_used_at\tpinned_evaluations\tproblems"
    )
    assert run("provider-keys", "audit", "--profiles", "p1").out.startswith("profile\tid\t")


def test_j08_few_projects_are_read_at_once(
    run: Run, server: RecordingServer, several: Several, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are read at once, but never three."""
    monkeypatch.setattr(projects, "AT_ONCE", 2)
    barrier, lock, running, most = threading.Barrier(2), threading.Lock(), [0], [0]

    def answer(sent: Sent) -> Reply:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        if sent.target.split("/")[3] in "12" and "provider_keys" in sent.path:
            barrier.wait(10)
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return several.answer(sent)

    server.reply(answer)
    result = run("provider-keys", "audit", "--all-profiles", "-v")
    assert (result.code, most[0]) == (0, 2)
    lines = result.err.splitlines()
    assert all(line.startswith(("* p1: GET ", "* p2: GET ", "* p3: GET ")) for line in lines)


def test_j08_tables_of_several_projects_fit_80_columns(several: Several) -> None:
    several.audited["2"].keys = [dead(name="Production OpenAI")]
    text = drawn("provider-keys", "audit", "--all-profiles", columns=80, NO_COLOR="1").text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["profile", "name", "state", "id"]
    assert [line.split()[0] for line in lines if line.startswith("p")][1:] == ["p1", "p2", "p3"]


def test_j08_the_sandbox_among_others(run: Run, several: Several) -> None:
    result = run("provider-keys", "audit", "--profiles", "p1,sandbox", "-o", "jsonl")
    assert result.code == 0, result.err
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["profile"] for row in rows] == ["p1", "sandbox", "sandbox"]


# The sandbox, in both generations.

INVALID_ANTHROPIC = defaults.INVALID_KEY_ID


def change(**fields: Any) -> None:
    """Change the sandbox's only evaluation."""
    from llmctl.sandbox.app import wsgi_application
    from llmctl.sandbox.models import Evaluation

    wsgi_application(paths.sandbox_database())
    Evaluation.objects.update(**fields)


@pytest.fixture
def audit_sandbox(run: Run, sandbox: None) -> Audit:
    return lambda *words: run("provider-keys", "audit", "--fail", "-p", "sandbox", *words)


def test_j02_in_the_sandbox(audit_sandbox: Audit) -> None:
    assert audit_sandbox().code == 0
    change(model_provider="anthropic", provider_key=None)
    result = audit_sandbox()
    assert result.code == 6
    assert "the active key Production OpenAI is for openai, not anthropic" in result.err


def test_j04_and_j06_in_the_sandbox(audit_sandbox: Audit) -> None:
    change(provider_key=INVALID_ANTHROPIC)
    result = audit_sandbox()
    assert result.code == 6
    assert result.err.startswith(
        "sandbox: anthropic key Old Anthropic (sk-a...dead): its state is invalid: Invalid API key;"
        " used by evaluation Answer relevance; give it a new secret: llmctl provider-keys rotate "
        f"{INVALID_ANTHROPIC} -p sandbox\n"
    )
    change(enabled=False, status="paused")
    assert audit_sandbox().code == 0


@pytest.mark.generation("v3")
def test_j03_in_the_sandbox(audit_sandbox: Audit) -> None:
    from llmctl.sandbox.models import Tagger

    change(enabled=False, status="paused")
    Tagger.objects.create(
        name="Topics",
        enabled=True,
        model_provider="anthropic",
        model_name="m",
        provider_key_id=INVALID_ANTHROPIC,
    )
    result = audit_sandbox()
    assert result.code == 6
    assert "used by tagger Topics" in result.err


@pytest.mark.generation("v3")
def test_j01_in_the_sandbox(
    audit_sandbox: Audit, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rotation does not start it again."""
    change(enabled=False, status="error", status_reason="provider_key_quota_exceeded")
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    rotate = ["provider-keys", "rotate", "--active", "--api-key-env", "NEW", "--yes"]
    assert run(*rotate, "-p", "sandbox").code == 0
    result = audit_sandbox()
    assert result.code == 6
    assert "was stopped (provider_key_quota_exceeded)" in result.err
