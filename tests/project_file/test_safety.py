"""What only compares runs no command of the file and reads no secret: anybody's file is safe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.project_file import server as api
from tests.project_file.links import over_http
from tests.project_file.server import Server
from tests.support import RecordingServer

SECRET = "sk-ant-CANARY-hidden-0123456789"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose keys have a secret each: a command, a file and a variable."""
    monkeypatch.setenv("STOLEN", SECRET)
    monkeypatch.setenv("LLMCTL_VARS_STOLEN", SECRET)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)  # whoever opens it waits for ever
    marker = tmp_path / "marker"
    sources = {
        "command": f'api_key_command = "touch {marker}; printenv STOLEN"',
        "file": f'api_key_file = "{fifo}"',
        "unreadable": 'api_key_file = "/root/nothing/here"',
        "variable": 'api_key_env = "STOLEN"',
    }
    keys = "".join(
        f'[[provider_keys]]\nname = "{name}"\nprovider = "anthropic"\n{line}\n'
        for name, line in sources.items()
    )
    active = '[evaluation_config]\nactive_provider_key = "command"\n'
    found = tmp_path / "llm.toml"
    found.write_text(keys + active)
    return found


@pytest.fixture
def project(server: RecordingServer) -> Server:
    found = Server()
    server.reply(over_http(found))
    return found


WAYS = {
    "diff": ["diff"],
    "diff of everything": ["diff", "--prune", "-v"],
    "diff as JSON": ["diff", "-o", "json"],
    "diff as Markdown": ["diff", "--markdown"],
    "apply --dry-run": ["apply", "--dry-run"],
    "apply --dry-run as JSON": ["apply", "--dry-run", "--yes", "-o", "json"],
    "apply without an answer": ["apply"],
}


@pytest.mark.parametrize("words", WAYS.values(), ids=WAYS)
def test_a_strangers_file_is_safe(
    run: Run, project: Server, server: RecordingServer, hostile: Path, words: list[str]
) -> None:
    before = project.facts()
    result = run(*words, "-f", str(hostile))
    assert result.code == {"diff": 9}.get(words[0], 2 if words == ["apply"] else 0), result.err
    assert not (hostile.parent / "marker").exists()
    assert SECRET not in result.out + result.err
    assert all(SECRET.encode() not in sent.body for sent in server.sent)
    assert {sent.method for sent in server.sent} <= {"GET"}
    assert project.facts() == before


def test_export_shows_no_secret(run: Run, project: Server, hostile: Path) -> None:
    project.post(api.KEYS, {"name": "Key", "provider": "anthropic", "api_key": SECRET})
    for words in (["export"], ["export", "-o", "json"]):
        result = run(*words)
        assert result.code == 0, result.err
        assert SECRET not in result.out
        assert SECRET[-4:] not in result.out  # nor its mask


def test_a_variable_is_not_taken_from_the_environment(
    run: Run,
    project: Server,
    server: RecordingServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "llm.toml"
    file.write_text('[[clustering_jobs]]\nname = "${vars.STOLEN}"\nanalysis_level = "trace"\n')
    monkeypatch.setenv("STOLEN", SECRET)
    result = run("diff", "-f", str(file))
    assert result.code == 2
    assert SECRET not in result.err
    assert server.sent == []


def test_a_path_in_the_file_is_not_read(
    run: Run, project: Server, server: RecordingServer, tmp_path: Path
) -> None:
    """`@FILE` and `-` are of the command line: in the file they are text."""
    (tmp_path / "secret").write_text(SECRET)
    file = tmp_path / "llm.toml"
    prompts = ["@secret", "-", f"@{tmp_path}/secret"]
    file.write_text(
        "".join(
            f'[[evaluations]]\nname = "{number}"\nevaluation_type = "hog"\n'
            f'output_type = "boolean"\nevaluation_config.source = "{text}"\n'
            for number, text in enumerate(prompts)
        )
    )
    result = run("diff", "-f", str(file), stdin=SECRET)
    assert result.code == 9, result.err
    assert SECRET not in result.out + result.err
