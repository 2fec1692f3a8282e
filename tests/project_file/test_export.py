"""`llmctl export`: the project as TOML or JSON, with few requests."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from llmctl.errors import ExitCode
from llmctl.project_file import document
from llmctl.project_file.kinds import KINDS
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.commands.sandbox_project import Sandbox
from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, page

PROJECT = "/api/environments/42/"
A, B, C, D = (f"01890a5d-ac96-774b-bcce-b302099a80a{number}" for number in range(4))
LISTS = {
    "llm_analytics/provider_keys/",
    "llm_analytics/evaluation_config/",
    "evaluations/",
    "llm_analytics/evaluation_reports/",
    "llm_analytics/clustering_config/",
    "llm_analytics/clustering_jobs/",
}


def key(key_id: str, name: str, **fields: Any) -> dict[str, Any]:
    mask = {"state": "ok", "api_key_masked": "sk-p...beef"}
    return {"id": key_id, "provider": "openai", "name": name} | mask | fields


def evaluation(evaluation_id: str, name: str, **fields: Any) -> dict[str, Any]:
    hog = {
        "enabled": True,
        "evaluation_type": "hog",
        "evaluation_config": {"source": "return true", "bytecode": ["_H", 1]},
        "output_type": "boolean",
        "conditions": [{"id": "all", "bytecode": None, "bytecode_error": None}],
        "model_configuration": None,
    }
    return {"id": evaluation_id, "name": name} | hog | fields


def report(report_id: str, evaluation_id: str, **fields: Any) -> dict[str, Any]:
    own = {"frequency": "every_n", "trigger_threshold": 100, "delivery_targets": []}
    return {"id": report_id, "evaluation": evaluation_id} | own | fields


def model(key_id: str | None) -> dict[str, Any]:
    return {"provider": "openai", "model": "m", "provider_key_id": key_id, "provider_key_name": "?"}


@pytest.fixture
def rows() -> dict[str, Any]:
    """What the server has: the path below the project -> a list, an object or a response."""
    return {
        "llm_analytics/provider_keys/": [],
        "llm_analytics/evaluation_config/": {"trial_eval_limit": 100, "active_provider_key": None},
        "evaluations/": [],
        "llm_analytics/evaluation_reports/": [],
        "llm_analytics/clustering_config/": {"event_filters": []},
        "llm_analytics/clustering_jobs/": [],
    }


@pytest.fixture
def project(server: RecordingServer, rows: dict[str, Any]) -> RecordingServer:
    def reply(sent: Sent) -> Reply:
        found = rows.get(sent.path.removeprefix(PROJECT), Reply(404, {"detail": "Not found."}))
        if isinstance(found, Reply):
            return found
        return Reply(200, page(found) if isinstance(found, list) else found)

    server.reply(reply)
    return server


def exported(run: Run, *argv: str) -> dict[str, Any]:
    """The tables of an export, which is read as a file of llmctl, too."""
    result = run("export", *argv)
    assert result.code == 0, result.err
    Path("export.toml").write_text(result.out)
    document.parse(document.read_texts(["export.toml"]), {}, None)
    return tomllib.loads(result.out)


@pytest.mark.usefixtures("sandbox")
def test_of_the_sandbox(run: Run, generation: Generation) -> None:
    result = run("export", "-p", "sandbox")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(
        "#:schema ./llmctl.schema.json\n# LLM analytics of a PostHog project"
    )
    found = tomllib.loads(result.out)
    tables = [each.table for each in KINDS]
    if generation is Generation.V1:  # it has no reports; empty tables come first
        tables = ["evaluation_reports", *(each for each in tables if each != "evaluation_reports")]
    assert [*found] == ["source", *tables]
    assert found["evaluation_config"] == {"active_provider_key": "Production OpenAI"}
    assert found["evaluations"][0]["model_configuration"] == {
        "provider": "openai",
        "model": "gpt-5-mini",
        "provider_key": "Production OpenAI",
    }
    for volatile in ("beef", "created_at", "next_delivery", "starts_at", defaults.ACTIVE_KEY_ID):
        assert volatile not in result.out
    assert run("export", "-p", "sandbox").out == result.out
    as_json = json.loads(run("export", "-p", "sandbox", "-o", "json").out)
    assert as_json == found


@pytest.mark.usefixtures("sandbox")
def test_texts_of_several_lines_and_strange_ones(run: Run, generation: Generation) -> None:
    prompt = 'Is it "good"?\r\n\n- \\d+ ${vars.X} \u202e\n  null  \nyes'
    names = ["null", "\\null", "Größe 日本", "a.b", '"', "${vars.X}"]
    sandbox = Sandbox(generation)
    for name in names:
        sandbox.add(name, evaluation_config={"prompt": prompt}, description="null")
    text = run("export", "-p", "sandbox", "--only", "evaluations").out
    assert "\u202e" not in text
    Path("llm.toml").write_text(text)
    file = document.parse(document.read_texts(["llm.toml"]), {}, None)
    found = {entry.name: entry.values for entry in file.entries}
    assert {*names} < {*found}
    assert {found[name]["evaluation_config"]["prompt"] for name in names} == {prompt}
    assert {found[name]["description"] for name in names} == {"null"}


def test_only_lists_are_read_each_once(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["llm_analytics/provider_keys/"] = [key(A, "Main")]
    rows["evaluations/"] = [
        evaluation(f"{A[:-3]}{number:03}", f"e{number}", model_configuration=model(A))
        for number in range(100)
    ]
    assert len(exported(run)["evaluations"]) == 100
    assert {sent.path.removeprefix(PROJECT) for sent in project.sent} == LISTS
    assert len(project.sent) == len(LISTS)
    assert {sent.method for sent in project.sent} == {"GET"}


def test_only_some_tables(run: Run, project: RecordingServer) -> None:
    found = exported(run, "--only", "clustering-config,clustering_jobs")
    assert [*found] == ["source", "clustering_jobs", "clustering_config"]
    assert found["clustering_jobs"] == []
    assert [sent.path.rsplit("/", 2)[1] for sent in project.sent] == [
        "clustering_jobs",
        "clustering_config",
    ]
    result = run("export", "--only", "clustering-job")
    assert result.code == ExitCode.USAGE
    assert "did you mean clustering-jobs" in result.err


def test_what_servers_add_is_left_out(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["evaluations/"] = [evaluation(A, "e", deleted=False), evaluation(B, "x", deleted=True)]
    assert exported(run, "--only", "evaluations")["evaluations"] == [
        {
            "name": "e",
            "enabled": True,
            "evaluation_type": "hog",
            "output_type": "boolean",
            "conditions": [{"id": "all"}],
            "evaluation_config": {"source": "return true"},
        }
    ]


def test_entries_are_sorted_by_name_without_case(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["evaluations/"] = [evaluation(A, "b"), evaluation(B, "C"), evaluation(C, "a")]
    found = exported(run, "--only", "evaluations")["evaluations"]
    assert [each["name"] for each in found] == ["a", "b", "C"]


def test_ids_stand_where_a_name_does_not_identify(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["llm_analytics/provider_keys/"] = [key(A, "Twice"), key(B, "Twice"), key(D, "Main")]
    rows["llm_analytics/evaluation_config/"] |= {"active_provider_key": key(B, "Twice")}
    rows["evaluations/"] = [
        evaluation(A, C, model_configuration=model(A)),  # named like an ID
        evaluation(B, "e", model_configuration=model(D)),
        evaluation(C, "e", model_configuration=model(None)),
    ]
    rows["llm_analytics/evaluation_reports/"] = [report(A, A), report(B, B), report(C, B)]
    found = exported(run)
    assert [(each["name"], each.get("id")) for each in found["provider_keys"]] == [
        ("Main", None),
        ("Twice", A),
        ("Twice", B),
    ]
    assert found["evaluation_config"] == {"active_provider_key": B}
    assert [(each["name"], each.get("id")) for each in found["evaluations"]] == [
        (C, A),
        ("e", B),
        ("e", C),
    ]
    pins = [each["model_configuration"].get("provider_key") for each in found["evaluations"]]
    assert pins == [A, "Main", None]
    assert [(each["evaluation"], each.get("id")) for each in found["evaluation_reports"]] == [
        (A, None),
        (B, B),
        (B, C),
    ]


def test_provider_fields(run: Run, project: RecordingServer, rows: dict[str, Any]) -> None:
    shown = {"base_url_display": "https://x.example", "api_version_display": None}
    rows["llm_analytics/provider_keys/"] = [key(A, "Own", region_display="eu", **shown)]
    assert exported(run, "--only", "provider-keys")["provider_keys"] == [
        {"name": "Own", "provider": "openai", "base_url": "https://x.example", "region": "eu"}
    ]


def test_nulls(run: Run, project: RecordingServer, rows: dict[str, Any]) -> None:
    rows["evaluations/"] = [evaluation(A, "e")]
    nulls = {"trigger_threshold": None, "starts_at": None, "timezone_name": "UTC"}
    rows["llm_analytics/evaluation_reports/"] = [report(A, A, **nulls)]
    argv = ("--only", "evaluation-reports")
    [toml] = exported(run, *argv)["evaluation_reports"]
    assert (toml["trigger_threshold"], toml["timezone_name"]) == ("null", "UTC")
    assert "starts_at" not in toml
    [found] = json.loads(run("export", *argv, "-o", "json").out)["evaluation_reports"]
    assert found == toml | {"trigger_threshold": None}


def test_newest_servers_set_the_times_of_reports(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["evaluations/"] = [evaluation(A, "e", directory_id=B), evaluation(B, "f", directory_id=C)]
    times = {"starts_at": "2026-01-01T00:00:00Z", "timezone_name": "UTC"}
    rows["llm_analytics/evaluation_reports/"] = [report(A, A, generated_report_count=0, **times)]
    rows["evaluation_directories/"] = Reply(200, [{"id": B, "name": "Prod"}])
    found = exported(run)
    assert not {*times} & {*found["evaluation_reports"][0]}
    assert [each["directory"] for each in found["evaluations"]] == ["Prod", C]


def test_slack_integrations(run: Run, project: RecordingServer, rows: dict[str, Any]) -> None:
    rows["evaluations/"] = [evaluation(A, "e")]
    targets = [{"type": "slack", "integration_id": each, "channel": "#c"} for each in (4, "5", 6)]
    targets.append({"type": "email", "value": "a@example.com"})
    rows["llm_analytics/evaluation_reports/"] = [report(A, A, delivery_targets=targets)]
    slack = {"kind": "slack"}
    rows["integrations/"] = [
        {"id": 4, "display_name": "Acme", **slack},
        {"id": 5, "display_name": "Twice", **slack},
        {"id": 6, "display_name": "Twice", **slack},
        {"id": 7, "display_name": "Acme", "kind": "github"},
    ]

    def shown() -> list[Any]:
        [found] = exported(run, "--only", "evaluation-reports")["evaluation_reports"]
        targets = found["delivery_targets"]
        assert targets[3] == {"type": "email", "value": "a@example.com"}
        assert [*targets[0]] == ["type", "integration", "channel"]
        return [each["integration"] for each in targets[:3]]

    assert shown() == ["Acme", "5", "6"]
    rows["integrations/"] = Reply(403, {"detail": "no scope"})
    assert shown() == ["4", "5", "6"]
    err = run("export").err
    assert err == "cannot read the integrations, so references to them are IDs: no scope\n"


def test_pending_rotation(run: Run, project: RecordingServer, rows: dict[str, Any]) -> None:
    new = key(B, f"Main [rotates {A} 01234567-89ab+active]")
    rows["llm_analytics/provider_keys/"] = [new, key(A, "Main")]
    rows["llm_analytics/evaluation_config/"] |= {"active_provider_key": new}
    rows["evaluations/"] = [evaluation(A, "e", model_configuration=model(B))]
    found = exported(run)
    assert found["provider_keys"] == [{"name": "Main", "provider": "openai"}]
    assert found["evaluation_config"] == {"active_provider_key": "Main"}
    assert found["evaluations"][0]["model_configuration"]["provider_key"] == "Main"
    assert "a rotation of provider key 'Main' is pending" in run("export").err


def test_a_report_without_its_evaluation_is_left_out(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["evaluations/"] = [evaluation(A, "e", deleted=True)]
    rows["llm_analytics/evaluation_reports/"] = [report(B, A), report(C, D, deleted=True)]
    assert exported(run)["evaluation_reports"] == []
    assert run("export").err == "left out 1 report of deleted evaluations\n"


@pytest.mark.parametrize("path", sorted(LISTS))
def test_an_export_is_complete_or_fails(
    run: Run, project: RecordingServer, rows: dict[str, Any], path: str
) -> None:
    rows["evaluations/"] = [evaluation(A, "e", model_configuration=model(B))]
    rows["llm_analytics/evaluation_reports/"] = [report(A, A)]
    rows[path] = Reply(403, {"detail": "API key missing required scope 'x:read'"})
    result = run("export", "-f", "llm.toml")
    table = path.strip("/").rpartition("/")[2].replace("_", "-")
    assert (result.code, result.out) == (ExitCode.DENIED, "")
    assert f"leave {table} out with --only" in result.err
    assert not Path("llm.toml").exists()
    tables = {each.strip("/").rpartition("/")[2].replace("_", "-") for each in LISTS}
    assert run("export", "--only", ",".join(tables - {table})).code == 0


def test_references_to_what_cannot_be_read_are_ids(
    run: Run, project: RecordingServer, rows: dict[str, Any]
) -> None:
    rows["llm_analytics/provider_keys/"] = Reply(403, {"detail": "no scope"})
    rows["evaluations/"] = [evaluation(A, "e", model_configuration=model(B))]
    found = exported(run, "--only", "evaluations")
    assert found["evaluations"][0]["model_configuration"]["provider_key"] == B


def test_half_of_a_surrogate_pair(run: Run, project: RecordingServer, rows: dict[str, Any]) -> None:
    rows["llm_analytics/clustering_config/"] = {"event_filters": [{"value": "\ud800"}]}
    result = run("export")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert "event_filters" in result.err
    assert run("export", "-o", "json").code == 0


def test_writes_a_file(run: Run, project: RecordingServer, tmp_path: Path) -> None:
    Path("new").touch()
    result = run("export", "-f", "llm.toml")
    assert (result.code, result.out, result.err) == (0, "", "wrote llm.toml\n")
    written = Path("llm.toml")
    assert written.read_text() == run("export").out == run("export", "-f", "-").out
    assert written.stat().st_mode == Path("new").stat().st_mode
    sent = len(project.sent)
    written.write_text("mine")
    result = run("export", "-f", "llm.toml")
    assert (result.code, "overwrite it with --force" in result.err) == (ExitCode.USAGE, True)
    assert written.read_text() == "mine"
    assert len(project.sent) == sent
    written.chmod(0o640)
    Path("link.toml").symlink_to("llm.toml")
    assert run("export", "-f", "link.toml", "--force").code == 0
    assert written.read_text() == run("export").out
    assert Path("link.toml").is_symlink()
    assert written.stat().st_mode & 0o777 == 0o640
    assert [*tmp_path.glob(".llmctl-*")] == []


@pytest.mark.parametrize("path", [".", "missing/llm.toml", "/dev/null", "x\0y"])
def test_a_file_that_cannot_be_written(run: Run, project: RecordingServer, path: str) -> None:
    result = run("export", "-f", path, "--force")
    assert result.code == ExitCode.USAGE
    assert "cannot write" in result.err
    assert project.sent == []


def test_other_formats(run: Run, project: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("export", "-o", "csv").code == ExitCode.USAGE
    assert project.sent == []
    monkeypatch.setenv("LLMCTL_OUTPUT", "tsv")
    assert run("export").out.startswith("#:schema")
    monkeypatch.setenv("LLMCTL_OUTPUT", "json")
    assert "source" in json.loads(run("export").out)


def test_the_current_project_has_its_number(
    run: Run, project: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_PROJECT", "@current")

    def reply(sent: Sent) -> Reply:
        if sent.path == "/api/projects/@current/":
            return Reply(200, {"id": 42})
        is_list = sent.path.endswith("s/")
        return Reply(200, page([]) if is_list else {"event_filters": []})

    project.reply(reply)
    assert exported(run, "--only", "clustering-jobs")["source"]["project"] == "42"


def test_a_project_of_unknown_number_is_no_source(
    run: Run, project: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_PROJECT", "@current")
    text = "You do not have access to this project"

    def reply(sent: Sent) -> Reply:
        if sent.path == "/api/projects/@current/":
            return Reply(403, {"type": "authentication_error", "detail": text})
        return Reply(200, page([]))

    project.reply(reply)
    assert "source" not in exported(run, "--only", "clustering-jobs")
    Path("llm.toml").write_text(run("export", "--only", "clustering-jobs").out)
    assert run("diff", "-f", "llm.toml").code == ExitCode.OK
