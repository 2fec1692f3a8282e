"""Provider keys by name, also while a rotation is pending: the plain name means the old key."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, page
from tests.terminal import on_terminal

OLD, NEW, OTHER = (f"01890a5d-ac96-774b-bcce-b302099a806{digit}" for digit in "123")
NO_KEY = str(uuid.UUID(int=0))
BASE = "/api/environments/42/llm_analytics"
KEYS = f"{BASE}/provider_keys/"
LIST = f"GET {KEYS}?limit=1000"
TAGGED = f"Main [rotates {OLD} 0123abcd-0f1e+active]"


def a_key(key_id: str, name: str) -> dict[str, Any]:
    return {
        "id": key_id,
        "name": name,
        "provider": "openai",
        "state": "ok",
        "api_key_masked": "sk-p...0000",
        "created_at": "2026-08-11T12:00:00Z",
    }


@pytest.fixture
def keys(server: RecordingServer) -> dict[str, dict[str, Any]]:
    """The keys of a server that deletes and changes them; a rotation of Main is pending."""
    rows = {
        row["id"]: row for row in (a_key(OLD, "Main"), a_key(NEW, TAGGED), a_key(OTHER, "Other"))
    }

    def answer(sent: Sent) -> Reply:
        if sent.path == KEYS:
            return Reply(body=page(list(rows.values())))
        if not sent.path.startswith(KEYS):
            is_config = "evaluation_config" in sent.path
            active = rows.get(OLD) or {"id": OTHER}
            return Reply(body={"active_provider_key": active} if is_config else page([]))
        key_id = sent.path.removeprefix(KEYS).strip("/")
        if key_id not in rows:
            return Reply(404, {"detail": "Not found."})
        if sent.method == "DELETE":
            del rows[key_id]
            return Reply(204)
        rows[key_id] |= sent.json or {}
        return Reply(body=rows[key_id])

    server.reply(answer)
    return rows


def writes(server: RecordingServer) -> list[str]:
    """The requests that write; a test of the right to do so is sent to no key."""
    return [line for line in server.lines if not line.startswith("GET ") and NO_KEY not in line]


@pytest.mark.parametrize(
    ("name", "found"), [("Main", OLD), (TAGGED, NEW), ("Other", OTHER), (NEW, NEW)]
)
def test_name_while_a_rotation_is_pending(
    run: Run,
    server: RecordingServer,
    keys: dict[str, Any],
    name: str,
    found: str,
) -> None:
    assert run("provider-keys", "get", name, "-o", "ids").out == f"{found}\n"
    assert server.lines == [*([] if name == NEW else [LIST]), f"GET {KEYS}{found}/"]


def test_name_after_a_rotation(run: Run, keys: dict[str, Any]) -> None:
    del keys[OLD]
    assert run("provider-keys", "get", "Main", "-o", "ids").out == f"{NEW}\n"
    keys[NEW]["name"] = f"Main [revoke openai sk-p...old1 {OLD}]"
    assert run("provider-keys", "get", "Main", "-o", "ids").out == f"{NEW}\n"


def test_several_are_an_array(run: Run, keys: dict[str, Any]) -> None:
    result = run("provider-keys", "get", "Other", "nope", OLD, "-o", "json")
    assert [row["id"] for row in json.loads(result.out)] == [OTHER, OLD]
    assert (result.code, "nope" in result.err) == (5, True)


def test_update(run: Run, server: RecordingServer, keys: dict[str, Any]) -> None:
    azure = ["--azure-endpoint", "https://x.example.com"]
    assert run("provider-keys", "update", "Main", "Other", *azure).code == 0
    assert writes(server) == [f"PATCH {KEYS}{OLD}/", f"PATCH {KEYS}{OTHER}/"]
    assert keys[NEW].keys() == a_key(NEW, "").keys()


@pytest.mark.parametrize("option", [["--name", "x"], ["--api-key-env", "HOME"]])
def test_what_fits_one_key_only_is_refused_for_several(
    run: Run, server: RecordingServer, option: list[str]
) -> None:
    result = run("provider-keys", "update", "Main", "Other", *option)
    assert (result.code, option[0] in result.err, server.sent) == (2, True, [])


def test_delete(run: Run, server: RecordingServer, keys: dict[str, Any]) -> None:
    words = ["provider-keys", "delete", "Other", "--yes"]
    missing = run(*words, "Othr")
    assert (missing.code, writes(server)) == (5, [])
    assert "did you mean 'Other'" in missing.err
    used = run(*words, "Main")
    assert (used.code, writes(server)) == (2, [f"DELETE {KEYS}{OTHER}/"])
    assert f"key {OLD} is in use; it was not deleted" in used.err
    assert f"a rotation of it is pending: its new key is {NEW}" in used.err


def test_delete_by_id_sends_what_it_did(
    run: Run, server: RecordingServer, keys: dict[str, Any]
) -> None:
    assert run("provider-keys", "delete", OTHER, "--yes").code == 0
    state = [f"GET {BASE}/evaluation_config/", "GET /api/environments/42/evaluations/?limit=1000"]
    assert server.lines == [
        LIST,
        "GET /api/environments/42/evaluations/?limit=1000",
        "GET /api/environments/42/taggers/?limit=1000",
        state[0],
        *(LIST, *state),
        f"PATCH {KEYS}{NO_KEY}/",
        *(LIST, *state),
        f"DELETE {KEYS}{OTHER}/",
        LIST,
    ]


def test_replacement_by_name(run: Run, server: RecordingServer, keys: dict[str, Any]) -> None:
    del keys[NEW]
    result = run("provider-keys", "delete", "Main", "--replacement", "Other", "--dry-run")
    assert result.code == 0, result.err
    assert f"{KEYS}{OLD}/?replacement_key_id={OTHER}" in result.out
    assert writes(server) == []


@pytest.mark.parametrize("replacement", ["Other", OTHER.upper()])
def test_a_replacement_among_the_keys_to_delete_is_refused_before_any_is_deleted(
    run: Run, server: RecordingServer, keys: dict[str, Any], replacement: str
) -> None:
    del keys[NEW]
    result = run("provider-keys", "delete", OLD, OTHER, "--replacement", replacement, "--yes")
    assert result.code == 2
    assert "--replacement must not be a key to delete; nothing was changed" in result.err
    assert set(keys) == {OLD, OTHER}
    assert writes(server) == []


def test_other_commands(run: Run, server: RecordingServer, keys: dict[str, Any]) -> None:
    dry_run = run("evaluation-config", "set-active-key", "Other", "--dry-run")
    assert f'{{"key_id": "{OTHER}"}}' in dry_run.out.replace('":"', '": "')
    assert run("models", "list", "--key-id", "Main", "--provider", "openai").code == 7
    assert server.lines[-1] == f"GET {BASE}/models/?provider=openai&key_id={OLD}"


def test_question(keys: dict[str, Any]) -> None:
    del keys[NEW]
    words = ["provider-keys", "delete", "Other", OLD]
    shown = on_terminal(*words, columns=200, answers={"[y/N]": "y\r"})
    assert f"  delete provider key 'Main' ({OLD}) and stop everything that uses it\n" in shown.text
    assert "Delete these 2 provider keys? They cannot be restored. [y/N]" in shown.text
    assert (shown.code, [*keys]) == (0, [])


def test_rotate_by_name_sends_no_more_than_by_id(
    run: Run, server: RecordingServer, keys: dict[str, Any]
) -> None:
    sent = []
    for words in ([OLD], ["Main"], ["Main", "--provider", "openai"], [TAGGED], ["--name", "Main"]):
        server.sent.clear()
        result = run("provider-keys", "rotate", *words, "--abort", "--dry-run")
        assert (result.code, f"{KEYS}{NEW}/" in result.out) == (0, True), result.out
        sent.append(server.lines)
    assert all(lines == sent[0] for lines in sent)
    other = run("provider-keys", "rotate", "Main", "--provider", "gemini", "--abort", "--dry-run")
    assert other.code == 5
    both = run("provider-keys", "rotate", OLD, "--provider", "gemini", "--abort", "--dry-run")
    assert both.code == 2
