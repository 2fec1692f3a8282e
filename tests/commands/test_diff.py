"""diff: a file and a project on the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

SANDBOX = ("-p", "sandbox")


@pytest.fixture
def exported(run: Run, sandbox: None, tmp_path: Path) -> Path:
    """The sandbox's project as a file."""
    path = tmp_path / "llm.toml"
    path.write_text(run("export", *SANDBOX).out)
    return path


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_an_export_does_not_differ(run: Run, exported: Path) -> None:
    result = run("diff", "-f", str(exported), *SANDBOX)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("no differences, ")
    assert run("diff", "-f", str(exported), "--prune", *SANDBOX).code == 0


def test_a_click_is_a_difference_with_its_field(run: Run, exported: Path) -> None:
    assert run("evaluations", "disable", "Answer relevance", "--yes", *SANDBOX).code == 0
    result = run("diff", "-f", str(exported), "--only", "evaluations", *SANDBOX)
    assert (result.code, result.err) == (9, "")
    assert result.out.splitlines() == [
        "~ evaluation 'Answer relevance'",
        "    enabled: false -> true",
        "",
        "0 to create, 1 to change, 0 to delete, 0 unchanged",
    ]


def test_json(run: Run, exported: Path) -> None:
    edit(exported, "Is the answer relevant", "Is it relevant")
    result = run("diff", "-f", str(exported), "-o", "json", *SANDBOX)
    document = json.loads(result.out)
    assert (result.code, document["exit_code"]) == (9, 9)
    assert [(each["kind"], each["action"]) for each in document["changes"]] == [
        ("evaluations", "change")
    ]


def test_rows(run: Run, exported: Path) -> None:
    edit(exported, 'name = "Default - traces"', 'name = "Mine"')
    result = run("diff", "-f", str(exported), "--prune", "-o", "tsv", *SANDBOX)
    rows = [line.split("\t")[1:5] for line in result.out.splitlines()]
    assert rows[0] == ["action", "kind", "name", "field"]
    assert rows[1] == ["create", "clustering_jobs", "Mine", "name"]
    assert rows[-1] == ["delete", "clustering_jobs", "Default - traces", ""]


def test_markdown(run: Run, exported: Path) -> None:
    edit(exported, "Is the answer relevant", "Is it relevant")
    result = run("diff", "-f", str(exported), "--markdown", *SANDBOX)
    assert result.code == 9
    assert "```diff\n! evaluation 'Answer relevance'\n" in result.out
    result = run("diff", "-f", str(exported), "--markdown", "-o", "json", *SANDBOX)
    assert result.code == 2


def test_several_profiles(run: Run, exported: Path) -> None:
    edit(exported, "Is the answer relevant", "Is it relevant")
    result = run("diff", "-f", str(exported), "--profiles", "sandbox")
    assert result.code == 9
    assert result.out.startswith("project 1 at http")
    result = run("diff", "-f", str(exported), "--profiles", "sandbox", "-o", "json")
    [document] = json.loads(result.out)
    assert (document["profile"], document["exit_code"]) == ("sandbox", 9)


def test_one_profile_that_fails_does_not_stop_the_others(run: Run, exported: Path) -> None:
    exported.write_text(exported.read_text() + '\n[vars.sandbox]\nunused = "1"\n')
    edit(exported, 'name = "Default - traces"', 'name = "${vars.name}"')
    result = run("diff", "-f", str(exported), "--profiles", "sandbox", "-o", "json")
    [document] = json.loads(result.out)
    assert (result.code, document["exit_code"]) == (2, 2)
    assert "variable name is not set" in document["error"]


def test_another_target_is_refused(run: Run, exported: Path) -> None:
    text = exported.read_text()
    exported.write_text(f'{text}\n[target]\nhost = "eu"\nproject = "1"\n')
    result = run("diff", "-f", str(exported), *SANDBOX)
    assert (result.code, result.out) == (3, "")
    assert "[target] is project 1 at https://eu.posthog.com, not project 1 at http" in result.err


@pytest.mark.generation("v3")
def test_it_only_reads_lists(run: Run, exported: Path) -> None:
    marker = exported.with_name("marker")
    exported.write_text(
        exported.read_text()
        + '\n[[provider_keys]]\nname = "New"\nprovider = "openai"\n'
        + f'api_key_command = "touch {marker}"\n'
    )
    result = run("diff", "-f", str(exported), "--prune", "--verbose", *SANDBOX)
    assert result.code == 9
    sent = [line.split() for line in result.err.splitlines() if line.startswith("* ")]
    requests = [words[1:3] for words in sent if words[1] in ("GET", "POST", "PATCH", "DELETE")]
    assert requests
    assert {method for method, _ in requests} == {"GET"}
    assert len({path for _, path in requests}) == len(requests) <= 8
    assert not marker.exists()


@pytest.mark.parametrize("only", ["jobs", "nothing", ","])
def test_only_names_tables(run: Run, exported: Path, only: str) -> None:
    result = run("diff", "-f", str(exported), "--only", only, *SANDBOX)
    assert result.code == 2
    assert "--only" in result.err


@pytest.mark.parametrize("var", [["--var", "a"], ["--var", "a=1", "--var", "a=2"]])
def test_variables_are_checked(run: Run, exported: Path, var: list[str]) -> None:
    assert run("diff", "-f", str(exported), *var, *SANDBOX).code == 2
