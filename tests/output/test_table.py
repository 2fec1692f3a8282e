"""Tables on a terminal of any width, with and without colour."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len

from llmctl.output import layout
from tests.conftest import Run, complete
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page
from tests.terminal import drawn, on_terminal

FILTERS = [{"key": "$ai_model", "value": "gpt-4", "operator": "exact", "type": "event"}]
JOBS = [
    JOB | {"name": "Default - generations", "analysis_level": "generation", "enabled": False},
    JOB | {"name": "GPT-4 traces of the checkout assistant", "event_filters": FILTERS},
    JOB | {"name": "x" * 100, "event_filters": [1, {"a": ["b" * 50]}]},
    JOB | {"name": "日本語の名前" * 5},
]
AGE = f"{(datetime.now(UTC) - datetime.fromisoformat(str(JOB['updated_at']))).days}d"
KEY = {
    "id": JOB_ID,
    "provider": "anthropic",
    "name": "Old",
    "state": "invalid",
    "created_by": {"id": 1, "first_name": "Ada", "email": "ada@example.com"},
}


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_jobs_fit_and_ids_stay_whole(server: RecordingServer, columns: int) -> None:
    server.reply(page(JOBS))
    shown = drawn("clustering-jobs", "list", columns=columns, NO_COLOR="1").text
    assert shown.count(JOB_ID) == len(JOBS)
    assert max(cell_len(line) for line in shown.splitlines()) <= columns
    assert re.search(r"\bfalse\b", shown)
    assert "\x1b" not in shown


def test_jobs_at_40_columns(server: RecordingServer) -> None:
    server.reply(page(JOBS[:2]))
    shown = drawn("clustering-jobs", "list", columns=40, NO_COLOR="1").text
    assert shown == (
        "name     Default - generations\n"
        f"id\n  {JOB_ID}\n"
        "level    generation\n"
        "enabled  false\n"
        "filters  -\n"
        f"updated  {AGE}\n"
        "\n"
        "name     GPT-4 traces of the checkout\n"
        "         assistant\n"
        f"id\n  {JOB_ID}\n"
        "level    trace\n"
        "enabled  true\n"
        "filters  $ai_model exact gpt-4\n"
        f"updated  {AGE}\n"
    )


def test_json_breaks_at_its_punctuation(server: RecordingServer) -> None:
    server.reply(JOB | {"event_filters": FILTERS * 2})
    shown = drawn("clustering-jobs", "get", JOB_ID, NO_COLOR="1").text
    assert (
        'event_filters   [{"key":"$ai_model","value":"gpt-4","operator":"exact",\n'
        '                "type":"event"},{"key":"$ai_model","value":"gpt-4",\n'
        '                "operator":"exact","type":"event"}]\n'
    ) in shown


def test_jobs_at_80_columns(server: RecordingServer) -> None:
    server.reply(page(JOBS[:2]))
    shown = on_terminal("clustering-jobs", "list", NO_COLOR="1").text
    assert shown == (
        "name                               enabled  id\n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        f"Default - generations              false    {JOB_ID}\n"
        f"GPT-4 traces of the checkout ass…  true     {JOB_ID}\n"
    )
    server.reply(page([JOB, JOBS[0]]))
    shown = drawn("clustering-jobs", "list", NO_COLOR="1").text
    assert shown.splitlines()[0].split() == ["name", "level", "enabled", "id"]


def test_jobs_at_120_columns(server: RecordingServer) -> None:
    server.reply(page(JOBS[:2]))
    shown = drawn("clustering-jobs", "list", columns=120, NO_COLOR="1").text
    assert [line.split("  ")[0] for line in shown.splitlines()[2:]] == [
        "Default - generations",
        "GPT-4 traces of the checkout…",
    ]
    assert shown.splitlines()[0].split() == [
        *("name", "level", "enabled", "filters", "updated", "id")
    ]


def test_named_columns_are_all_shown(server: RecordingServer) -> None:
    server.reply(page(JOBS[:2]))
    words = ["--columns", "id,name,level,enabled,filters,updated"]
    shown = drawn("clustering-jobs", "list", *words, NO_COLOR="1").text
    head, name = shown.splitlines()[:2]
    assert (head.split()[0], name.split()) == (
        "id",
        ["name", "level", "enabled", "filters", "updated"],
    )
    assert "assistant" in shown


REPORT = {
    "id": JOB_ID,
    "evaluation": "01890a5d-ac96-774b-bcce-b302099a8001",
    "frequency": "every_n",
    "trigger_threshold": 500,
    "delivery_targets": [
        {"type": "email", "value": "team@example.com"},
        {"type": "slack", "integration_id": 1, "channel": "#quality"},
    ],
    "enabled": True,
    "next_delivery_date": None,
}


def reports(names: Any) -> Any:
    return lambda sent: page_of(REPORT) if "evaluation_reports" in sent.path else names


def page_of(*rows: dict[str, Any]) -> Reply:
    return Reply(200, page(list(rows)))


def test_reports_name_evaluation_and_recipients(server: RecordingServer) -> None:
    server.reply(reports(page_of({"id": REPORT["evaluation"], "name": "Answer relevance"})))
    shown = drawn("evaluation-reports", "list", columns=120, NO_COLOR="1").text
    assert re.search(
        rf"^Answer relevance  every_n .*  team@example.com, #quality  .*{JOB_ID}$", shown, re.M
    )
    narrow = drawn("evaluation-reports", "list", NO_COLOR="1").text
    assert re.search(rf"^Answer relevance  team@example.c…  true     {JOB_ID}$", narrow, re.M)


def test_reports_whose_evaluations_cannot_be_read(server: RecordingServer) -> None:
    server.reply(reports(Reply(403, {"detail": "No access."})))
    shown = drawn("evaluation-reports", "list", columns=120, NO_COLOR="1")
    assert shown.code == 0
    assert str(REPORT["evaluation"]) in shown.text
    assert "cannot read the names of the evaluations: " in shown.text


@pytest.mark.parametrize("output", ["tsv", "csv", "json", "jsonl", "ids"])
def test_names_are_for_tables_only(run: Run, server: RecordingServer, output: str) -> None:
    server.reply(reports(Reply(500)))
    result = run("evaluation-reports", "list", "-o", output)
    assert (result.code, len(server.sent)) == (0, 1)
    if output in ("tsv", "csv"):
        assert result.out.splitlines()[0].replace("\t", ",") == (
            "id,evaluation,frequency,trigger_threshold,enabled,next_delivery_date"
        )


def test_reason_of_an_error(server: RecordingServer) -> None:
    row = {"id": JOB_ID, "name": "A", "status": "error", "status_reason": "provider_key_deleted"}
    server.reply(page([row]))
    shown = drawn("evaluations", "list").text
    assert "\x1b[31merror: key deleted" in shown


def test_marks_of_rotations(server: RecordingServer) -> None:
    other = "01890a5d-ac96-774b-bcce-b302099a8001"
    name = "Production OpenAI"
    names = [
        f"{name} [rotates {other} 77598dfa-bb37+active]",
        f"{name} [replaced by {other}]",
        f"{name} [revoke openai sk-p...beef {other}]",
        f"{name} [beta]",
    ]
    server.reply(page([KEY | {"name": each, "provider": "openai"} for each in names]))
    wide = drawn("provider-keys", "list", columns=120, NO_COLOR="1").text
    found = [line.partition("  ")[0] for line in wide.splitlines()[2:]]
    assert found == [f"{name} ({mark})" for mark in ("rotating", "kept", "to revoke")] + [names[3]]
    narrow = drawn("provider-keys", "list", NO_COLOR="1").text.splitlines()
    assert [line.partition("  ")[0] for line in narrow[2:]] == found
    server.reply(page([KEY | {"name": each.replace("AI", "AI of Europe")} for each in names]))
    shortened = drawn("provider-keys", "list", NO_COLOR="1").text.splitlines()
    assert shortened[2].startswith("Production OpenAI of… (rotating)   invalid")
    assert max(map(cell_len, [*narrow, *shortened])) == 80


@pytest.mark.parametrize(
    ("query", "heading"), [([], ["id", "provider"]), (["--provider", "openai"], ["id"])]
)
def test_provider_of_models(server: RecordingServer, query: list[str], heading: list[str]) -> None:
    server.reply({"models": [{"id": "gpt-5", "provider": "openai"}]})
    shown = drawn("models", "list", *query, NO_COLOR="1").text
    assert shown.splitlines()[0].split() == heading


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.parametrize("columns", [46, complete(60), 80, complete(120)])
@pytest.mark.usefixtures("sandbox")
def test_audit_keeps_ids_and_commands_whole(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("NEW", "sk-proj-0123456789")
    rotate = ["provider-keys", "rotate", "--active", "--strategy", "replace", "--keep-old"]
    assert run(*rotate, "--api-key-env", "NEW", "--yes", "-p", "sandbox").code == 0
    shown = drawn("provider-keys", "audit", "-p", "sandbox", columns=columns, NO_COLOR="1")
    lines = shown.text.splitlines()
    assert max(map(len, lines)) <= columns
    listed = json.loads(run("provider-keys", "audit", "-p", "sandbox", "-o", "json").out)
    assert all(row["id"] in shown.text for row in listed)
    (pending,) = [text for row in listed for text in row["problems"] if "--finish" in text]
    command = pending.partition(": ")[2]
    # It can be copied: line breaks are escaped for a shell.
    start = next(number for number, line in enumerate(lines) if "llmctl provider-keys" in line)
    copied = "\n".join(lines[start:]).partition("-p sandbox")[0] + "-p sandbox"
    assert shlex.split(copied.replace("\\\n", "")) == shlex.split(command)


def test_states_are_coloured_and_escapes_are_our_own(server: RecordingServer) -> None:
    server.reply(page([KEY, KEY | {"state": "ok", "name": "\x1b[31mred[/]\u202e"}]))
    shown = on_terminal("provider-keys", "list", columns=200).text
    assert "\x1b[31minvalid" in shown
    assert "\x1b[32mok" in shown
    assert set(re.findall(r"\x1b\[([0-9;]*)m", shown)) <= {"0", "1", "2", "31", "32", "33"}
    assert "\\x1b[31mred[/]\\u202e" in shown


def config(active: Any) -> dict[str, Any]:
    return {"trial_eval_limit": 100, "active_provider_key": active, "created_at": None}


def test_active_key_is_a_block_of_its_own(server: RecordingServer) -> None:
    server.reply(config(KEY))
    shown = drawn("evaluation-config", "get", NO_COLOR="1").text
    assert re.search(rf"trial_eval_limit +100\n.*\n\nactive provider key\nid +{JOB_ID}\n", shown)
    assert re.search(r"created_by +Ada <ada@example.com>\n", shown)


def test_no_active_key_is_said(server: RecordingServer) -> None:
    server.reply(config(None))
    shown = drawn("evaluation-config", "get", NO_COLOR="1").text
    assert "no active provider key; set one: llmctl evaluation-config" in shown


def test_question_before_a_delete(server: RecordingServer) -> None:
    server.reply(lambda sent: Reply(204) if sent.method == "DELETE" else Reply(body=JOB))
    words = ["clustering-jobs", "delete", JOB_ID]
    question = f"Delete clustering job 'GPT-4' ({JOB_ID})? It cannot be restored. [y/N]"
    assert question in on_terminal(*words, columns=120, answers={"[y/N]": "n\n"}).text
    assert [sent.method for sent in server.sent] == ["GET"]
    assert f"deleted clustering job {JOB_ID}" in on_terminal(*words, answers={"[y/N]": "y\n"}).text
    assert [sent.method for sent in server.sent] == ["GET", "GET", "DELETE"]


def test_bar_for_more_than_a_page(server: RecordingServer) -> None:
    following = f"{server.origin}/api/x/?offset=1"
    server.reply(page([JOB], count=2, following=following), page([JOB], count=2))
    assert "reading" in on_terminal("clustering-jobs", "list").text
    server.reply(page([JOB]))
    assert "reading" not in on_terminal("clustering-jobs", "list").text


def test_key_prompt_is_hidden(server: RecordingServer) -> None:
    secret = "phx_TYPEDtyped0123456789"
    server.reply({"organization": {"projects": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]}})
    words = ["profiles", "add", "work", "--host", server.origin]
    shown = on_terminal(*words, answers={"(not shown):": f"{secret}\n", "Project:": "2\n"}).text
    assert "API key (not shown):" in shown
    assert "1  A" in shown
    assert "stored profile work" in shown
    assert secret not in shown.partition("API key (not shown):")[2]


def test_fit_gives_up_the_widest_first() -> None:
    assert layout.fit([36, 10, 40], [36, 10, 8], 80) == ([36, 10, 30], 2)
    assert layout.fit([36, 10, 40], [36, 10, 8], 57) == ([36, 10, 9], 1)
    assert layout.fit([36, 10, 40], [36, 10, 8], 50) == ([36, 10, 8], 1)
