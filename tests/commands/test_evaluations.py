"""`evaluations create | update | delete`: every field, the model configuration, the questions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, call, page, storing

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER_ID = "01890a5d-ac96-774b-bcce-b302099a8058"
KEY_ID = "01890a5d-ac96-774b-bcce-b302099a8059"
OTHER_KEY_ID = "01890a5d-ac96-774b-bcce-b302099a8060"
DIRECTORY_ID = "01890a5d-ac96-774b-bcce-b302099a8061"
MODEL = {"provider": "openai", "model": "gpt-5", "provider_key_id": KEY_ID, "future": [1]}
EVALUATION: dict[str, Any] = {
    "id": ID,
    "name": "Relevance",
    "enabled": False,
    "deleted": False,
    "evaluation_type": "llm_judge",
    "model_configuration": MODEL | {"provider_key_name": "Production"},
}
KEYS = [
    {"id": KEY_ID, "name": "Production", "provider": "openai"},
    {"id": OTHER_KEY_ID, "name": "Claude", "provider": "anthropic"},
]
DIRECTORIES = [{"id": DIRECTORY_ID, "name": "Team A"}]
CREATE = ["evaluations", "create", "--name", "New"]
UPDATE = ["evaluations", "update", ID]
ENABLED = "will score new events, which can cost money"
COSTS = ["create --name New --enabled", f"update {ID} --enabled", f"update {ID} --disabled"]
COSTS += [f"update {ID} --deleted", f"delete {ID}"]


def project(sent: Sent) -> Reply:
    """The responses of a server with two evaluations, two keys and a directory."""
    parts = sent.path.strip("/").split("/")
    keys = {each["id"]: each for each in KEYS}
    if "evaluation_directories" in parts:
        return Reply(body=DIRECTORIES)
    if parts[-1] == "provider_keys":
        return Reply(body=page(KEYS))
    if "provider_keys" in parts:
        return Reply(body=keys[parts[-1]])
    if sent.method == "GET" and parts[-1] == "evaluations":
        return Reply(body=page([EVALUATION, EVALUATION | {"id": OTHER_ID, "name": "Other"}]))
    object_id = parts[-1] if parts[-1].count("-") == 4 else ID
    return storing(EVALUATION | {"id": object_id, "directory_id": None})(sent)


@pytest.fixture
def evaluations(server: RecordingServer) -> RecordingServer:
    server.reply(project)
    return server


def body(server: RecordingServer) -> Any:
    """The body of the only write."""
    (sent,) = [each for each in server.sent if each.method != "GET"]
    return sent.json


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["--description", "Polite?"], {"description": "Polite?"}),
        (["--disabled"], {"enabled": False}),
        (["--evaluation-type", "sentiment"], {"evaluation_type": "sentiment"}),
        (["--evaluation-config", "{}"], {"evaluation_config": {}}),
        (["--output-type", "numeric"], {"output_type": "numeric"}),
        (["--output-config", '{"min": 1}'], {"output_config": {"min": 1}}),
        (["--conditions", '[{"id": "a"}]'], {"conditions": [{"id": "a"}]}),
        (["--target", "session"], {"target": "session"}),
        (["--target-config", '{"strategy": "x"}'], {"target_config": {"strategy": "x"}}),
        (["--directory-id", DIRECTORY_ID], {"directory_id": DIRECTORY_ID}),
        (["--directory-id", "Team A"], {"directory_id": DIRECTORY_ID}),
        (["--directory-id", "null"], {"directory_id": None}),
        (["--not-deleted"], {"deleted": False}),
        (["--data", '{"future": 1}'], {"future": 1}),
    ],
)
def test_every_field(run: Run, evaluations: RecordingServer, words: list[str], sent: Any) -> None:
    result = run(*CREATE, *words)
    assert (result.code, body(evaluations)) == (0, {"name": "New"} | sent), result.err
    evaluations.sent.clear()
    result = run(*UPDATE, *words, "--yes")
    assert (result.code, body(evaluations)) == (0, sent), result.err


def test_null_that_the_server_leaves_out(run: Run, server: RecordingServer) -> None:
    """It removes a setting from what is stored: newer servers merge the two."""
    stored = {"passing_rule": {"operator": "gte", "threshold": 1}}
    server.reply(EVALUATION | {"output_config": {"min": 1}}, EVALUATION | {"output_config": stored})
    words = [*UPDATE, "--output-config", '{"passing_rule": null}']
    assert run(*words).code == 0
    assert run(*words).code == 12


def test_prompt_and_source_imply_the_type(run: Run, evaluations: RecordingServer) -> None:
    assert run(*CREATE, "--prompt", "-", stdin="Is it\npolite?\n").code == 0
    judge = {"evaluation_type": "llm_judge", "evaluation_config": {"prompt": "Is it\npolite?\n"}}
    assert body(evaluations) == {"name": "New"} | judge
    evaluations.sent.clear()
    assert run(*CREATE, "--source", "return true").code == 0
    hog = {"evaluation_type": "hog", "evaluation_config": {"source": "return true"}}
    assert body(evaluations) == {"name": "New"} | hog
    evaluations.sent.clear()
    assert run(*CREATE, "--prompt", "p", "--evaluation-type", "future_judge").code == 0
    assert body(evaluations)["evaluation_type"] == "future_judge"
    evaluations.sent.clear()
    assert run(*UPDATE, "--prompt", "p").code == 0
    assert body(evaluations) == {"evaluation_config": {"prompt": "p"}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--prompt", "p", "--source", "s"], "--prompt and --source cannot be combined"),
        (["--source", "s", "--evaluation-config", "{}"], "--source and --evaluation-config"),
        (["--model", "m", "--model-configuration", "{}"], "--model-configuration and --model"),
        (["--model-configuration", "null", "--provider-key", KEY_ID], "cannot be combined"),
        (["--prompt", "-", "--conditions", "-"], "cannot both read standard input"),
        (["--model-configuration", "[]"], "--model-configuration is not a JSON object or null"),
        (["--target-config", "null"], "--target-config is not a JSON object"),
        (["--provider-key", "Nothing"], "no provider key is named 'Nothing'"),
        (["--directory-id", "Team B"], "did you mean 'Team A'"),
        ([], "nothing to change"),
    ],
)
def test_nothing_is_sent_for_a_mistake(
    run: Run, evaluations: RecordingServer, words: list[str], said: str
) -> None:
    result = run(*UPDATE, *words)
    assert result.code in (2, 5)
    assert said in result.err
    assert {sent.method for sent in evaluations.sent} <= {"GET"}


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["--model", "gpt-6"], MODEL | {"model": "gpt-6"}),
        (["--provider-key", "null"], MODEL | {"provider_key_id": None}),
        (["--provider-key", "Production", "--model", "m"], MODEL | {"model": "m"}),
        (["--model-configuration", '{"model": "m"}'], MODEL | {"model": "m"}),
        (["--data", '{"model_configuration": {"future": 2}}'], MODEL | {"future": 2}),
        (
            ["--data", '{"model_configuration": {"future": 2}}', "--model", "m"],
            MODEL | {"future": 2, "model": "m"},
        ),
        (["--model-configuration", json.dumps(EVALUATION["model_configuration"])], MODEL),
        (["--model-configuration", "null"], None),
        (
            ["--provider", "anthropic", "--model", "claude", "--provider-key", "null"],
            MODEL | {"provider": "anthropic", "model": "claude", "provider_key_id": None},
        ),
        (
            ["--provider", "anthropic", "--model", "claude", "--provider-key", OTHER_KEY_ID],
            MODEL | {"provider": "anthropic", "model": "claude", "provider_key_id": OTHER_KEY_ID},
        ),
    ],
)
def test_model_is_sent_whole(
    run: Run, evaluations: RecordingServer, words: list[str], sent: Any
) -> None:
    result = run(*UPDATE, *words)
    assert (result.code, body(evaluations)) == (0, {"model_configuration": sent}), result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--provider", "anthropic"], f"pinned to provider key 'Production' ({KEY_ID}) for openai"),
        (["--provider-key", OTHER_KEY_ID], f"{OTHER_KEY_ID} is for anthropic, but the model is"),
        (["--provider", "gemini", "--provider-key", "Production"], "give --provider openai"),
    ],
)
def test_key_of_another_provider(
    run: Run, evaluations: RecordingServer, words: list[str], said: str
) -> None:
    result = run(*UPDATE, *words)
    assert result.code == 2
    assert said in result.err
    assert {sent.method for sent in evaluations.sent} == {"GET"}


def test_model_of_a_new_evaluation(run: Run, evaluations: RecordingServer) -> None:
    """The provider is that of the key, unless another one is given."""
    assert run(*CREATE, "--provider-key", "Production", "--model", "m").code == 0
    model = {"model": "m", "provider_key_id": KEY_ID, "provider": "openai"}
    assert body(evaluations)["model_configuration"] == model
    result = run(*CREATE, "--provider-key", KEY_ID, "--provider", "gemini")
    assert (result.code, len(evaluations.sent)) == (2, 4)
    evaluations.sent.clear()
    assert run(*CREATE, "--provider", "openai", "--model", "m").code == 0
    assert [sent.method for sent in evaluations.sent] == ["POST"]
    assert body(evaluations)["model_configuration"] == {"provider": "openai", "model": "m"}


def test_key_that_cannot_be_read(run: Run, server: RecordingServer) -> None:
    denied = Reply(403, {"detail": "API key missing required scope 'llm_provider_key:read'"})
    server.reply(lambda sent: denied if "provider_keys" in sent.path else project(sent))
    result = run(*UPDATE, "--provider-key", OTHER_KEY_ID)
    assert result.code == 0
    assert "cannot check the provider" in result.err
    assert body(server)["model_configuration"]["provider_key_id"] == OTHER_KEY_ID
    assert run(*UPDATE, "--provider-key", "Production").code == 4


def test_plain_name_of_a_key_that_is_being_replaced(run: Run, server: RecordingServer) -> None:
    name = f"Production [rotates {KEY_ID} 0123abcd-0f1e+active]"
    new = {"id": OTHER_KEY_ID, "name": name, "provider": "openai"}
    keys = Reply(body=page([new, KEYS[0]]))
    server.reply(lambda sent: keys if sent.path.endswith("/provider_keys/") else project(sent))
    assert run(*UPDATE, "--provider-key", "Production", "--model", "m").code == 0
    assert body(server)["model_configuration"]["provider_key_id"] == KEY_ID
    assert run(*UPDATE, "--provider-key", name, "--provider", "anthropic").code == 0
    assert server.sent[-1].json["model_configuration"]["provider_key_id"] == OTHER_KEY_ID


@pytest.mark.parametrize("words", COSTS)
def test_asks_first(run: Run, evaluations: RecordingServer, words: str) -> None:
    result = run("evaluations", *words.split())
    assert (result.code, evaluations.sent) == (2, [])
    assert "add --yes" in result.err
    dry = run("evaluations", *words.split(), "--dry-run")
    assert (dry.code, evaluations.sent) == (0, [])
    assert dry.out.startswith("curl -X P")
    assert run("evaluations", *words.split(), "--yes").code == 0
    assert [sent.method for sent in evaluations.sent] in (["POST"], ["PATCH"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "--name", "New", "--enabled"], "Create and enable evaluation 'New'? It "),
        (["create", "--name", "New", "-d", '{"enabled": 1}'], ENABLED),
        (["create", "--name", "New", "-d", '{"enabled": 1.0}'], ENABLED),
        (["update", ID, "--enabled"], f"Enable evaluation 'Relevance' ({ID})? It {ENABLED}."),
        (["update", "Other", "--disabled"], f"Disable evaluation 'Other' ({OTHER_ID})? It will"),
        (["update", ID, OTHER_ID, "--enabled"], f"Enable these 2 evaluations? They {ENABLED}."),
        (["update", ID, "-d", '{"deleted": true}'], "Delete evaluation 'Relevance'"),
        (["update", ID, "-d", '{"deleted": 1.0}'], "Delete evaluation 'Relevance'"),
        (["delete", ID, "Other"], "Delete these 2 evaluations? They can be restored with"),
    ],
)
def test_question(evaluations: RecordingServer, words: list[str], said: str) -> None:
    code, _, err = call(["evaluations", *words], is_terminal=True, typed="n\n")
    assert code == 2
    shown = " ".join(err.split())
    assert said in shown
    assert "project 42 at http" in shown
    assert "not confirmed; nothing was changed" in shown
    assert {sent.method for sent in evaluations.sent} <= {"GET"}


@pytest.mark.parametrize("words", [["update", ID, "--name", "x"], ["create", "--disabled"]])
def test_other_changes_ask_nothing(
    run: Run, evaluations: RecordingServer, words: list[str]
) -> None:
    assert run("evaluations", *words).code == 0
    assert len(evaluations.sent) == 1


def test_several(run: Run, evaluations: RecordingServer) -> None:
    words = ["evaluations", "update", "-", "--model", "m", "-o", "json"]
    result = run(*words, stdin=f"Relevance\r\n\n{OTHER_ID}\n")
    assert [each["id"] for each in json.loads(result.out)] == [ID, OTHER_ID]
    methods = [sent.method for sent in evaluations.sent]
    check = ["GET", "GET"]
    assert methods == ["GET", *check, "GET", "PATCH", "GET", "PATCH"]
    result = run("evaluations", "update", ID, OTHER_ID, "--name", "x")
    assert result.code == 2
    assert "--name can only be given for one object" in result.err
    result = run("evaluations", "delete", "Relevance", "Missing", "--yes")
    assert (result.code, len(evaluations.sent)) == (5, 8)
    result = run("evaluations", "update", "-", "--prompt", "-", stdin="x")
    assert "- and --prompt cannot both read standard input" in result.err


def test_delete_says_how_to_restore(run: Run, evaluations: RecordingServer) -> None:
    result = run("evaluations", "delete", "Other", "--yes")
    assert (result.code, result.out, body(evaluations)) == (0, "", {"deleted": True})
    restore = f"llmctl evaluations update {OTHER_ID} --not-deleted"
    assert result.err == f"deleted evaluation 'Other' ({OTHER_ID}); restore it: {restore}\n"


@pytest.mark.parametrize(("enabled", "then"), [(True, "disable"), (False, "enable")])
def test_state_of_a_restored_evaluation(
    run: Run, server: RecordingServer, enabled: bool, then: str
) -> None:
    server.reply(storing(EVALUATION | {"enabled": enabled}))
    result = run(*UPDATE, "--not-deleted")
    assert result.code == 0
    assert f"llmctl evaluations {then} {ID}" in result.err


def test_lost_response_to_a_create(run: Run, server: RecordingServer) -> None:
    """The list shows that it happened."""
    made = EVALUATION | {"name": "New", "created_at": datetime.now(UTC).isoformat()}
    server.reply(Reply(502, b"<html>"), page([EVALUATION, made]))
    result = run(*CREATE, "-o", "json")
    assert (result.code, json.loads(result.out)["name"]) == (0, "New")


@pytest.mark.parametrize(
    ("attr", "code", "hint"),
    [
        ("model_configuration__provider", "required", "hint: give --provider\n"),
        ("model_configuration__model", "max_length", ""),
        ("model_configuration__provider", "invalid_choice", "hint: known providers: openai"),
        ("model_configuration", "invalid_input", "hint: give --provider and --model\n"),
        ("output_type", "invalid_choice", "hint: llmctl evaluations create --help\n"),
        ("model_configuration__provider_key_id", "invalid_input", "llmctl provider-keys list"),
        ("config", "invalid_input", ""),
    ],
)
def test_hint_for_a_refusal(
    run: Run, server: RecordingServer, attr: str, code: str, hint: str
) -> None:
    server.reply(Reply(400, {"detail": "No.", "attr": attr, "code": code}))
    result = run(*CREATE, "--output-type", "boolean")
    assert result.code == 6
    assert hint in result.err
    assert hint or "hint" not in result.err


@pytest.mark.parametrize(
    ("words", "attr", "text", "hint"),
    [
        (
            ["--enabled", "--yes"],
            "enabled",
            "Attach a working provider API key to enable this evaluation.",
            "find the key and what to do: llmctl provider-keys audit, or pin one that works: "
            f"llmctl evaluations update {ID} --provider-key NAME",
        ),
        (
            ["--evaluation-type", "hog"],
            "model_configuration",
            "This evaluation type does not use model configuration.",
            "give --model-configuration null",
        ),
        (
            ["--model", "m"],
            "model_configuration",
            "This evaluation type does not use model configuration.",
            "leave out --provider and --model",
        ),
    ],
)
def test_way_out(
    run: Run, server: RecordingServer, words: list[str], attr: str, text: str, hint: str
) -> None:
    refused = Reply(400, {"detail": text, "attr": attr, "code": "invalid_input"})
    server.reply(lambda sent: refused if sent.method == "PATCH" else project(sent))
    result = run(*UPDATE, *words)
    assert (result.code, result.err) == (6, f"error: {attr}: {text}\nhint: {hint}\n")


def test_models_of_several_are_checked_before_the_first_changes(
    run: Run, server: RecordingServer
) -> None:
    other = EVALUATION | {"id": OTHER_ID, "model_configuration": {"provider": "anthropic"}}
    server.reply(lambda s: Reply(body=other) if s.path.endswith(f"{OTHER_ID}/") else project(s))
    result = run(*UPDATE, OTHER_ID, "--provider-key", "Production")
    assert result.code == 2
    assert f"evaluation {OTHER_ID}: provider key {KEY_ID} is for openai" in result.err
    assert "; nothing was changed" in result.err
    assert {sent.method for sent in server.sent} == {"GET"}


def test_list_by_directory(run: Run, server: RecordingServer) -> None:
    """Older servers ignore the query."""
    rows = [EVALUATION | {"directory_id": DIRECTORY_ID}, EVALUATION | {"directory_id": None}]
    server.reply(lambda sent: Reply(body=DIRECTORIES if "director" in sent.path else page(rows)))
    words = ["evaluations", "list", "--columns", "directory_id", "--directory-id"]
    assert run(*words, "Team A").out == f"directory_id\n{DIRECTORY_ID}\n"
    assert f"directory_id={DIRECTORY_ID}" in server.lines[-1]
    assert run(*words, "null").out == "directory_id\n\n"
    assert "directory_id__isnull=true" in server.lines[-1]
    server.reply(page([EVALUATION]))
    result = run(*words, "null")
    assert (result.code, result.err) == (
        2,
        "error: --directory-id: no row has the field directory_id\n",
    )


@pytest.mark.generation("v1", "v3")
@pytest.mark.usefixtures("sandbox")
def test_lifecycle_of_an_evaluation(run: Run) -> None:
    """What the server adds (a type's defaults, the key's name) is no difference."""
    words = ["--output-type", "boolean", "--output-config", '{"allows_na": true}']
    words += ["--prompt", "Polite?", "--provider-key", "Production OpenAI", "--model", "gpt-5"]
    words += ["--target", "trace", "--target-config", '{"strategy": "inactivity"}']
    words += ["--conditions", '[{"id": "all", "properties": []}]', "-p", "sandbox", "-o", "json"]
    made = run(*CREATE, *words, "--enabled", "--yes")
    assert (made.code, made.err) == (0, "")
    created = json.loads(made.out)
    assert created["enabled"]
    change = ["evaluations", "update", created["id"], "-p", "sandbox", "-o", "json"]
    changed = run(*change, "--model", "gpt-5-mini", "--disabled", "--yes")
    assert (changed.code, changed.err) == (0, "")
    model = created["model_configuration"] | {"model": "gpt-5-mini"}
    assert json.loads(changed.out)["model_configuration"] == model
    assert run("evaluations", "delete", "New", "--yes", "-p", "sandbox").code == 0
    assert run("evaluations", "get", "New", "-p", "sandbox").code == 5
    restored = run(*change, "--not-deleted")
    assert restored.code == 0
    assert "is disabled" in restored.err
