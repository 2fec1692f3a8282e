"""N. A project's file from someone else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import RecordingServer
from tests.terminal import drawn

KEY = '[[provider_keys]]\nname = "New"\nprovider = "openai"\n'
JOB = '[[clustering_jobs]]\nname = "{name}"\nanalysis_level = "trace"\n'
FORGED = (
    "\\u001b[2J\\u202e<img src=x>[a](http://a.example) @everyone #1 ![b](//c) `d` | e \\n\\n# Merge"
)


def _write(text: str) -> tuple[str, ...]:
    Path("llm.toml").write_text(text)
    return ("-f", "llm.toml", "-p", "sandbox")


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "source",
    ['api_key_command = "touch ran"', 'api_key_file = "pipe"', 'api_key_env = "NOT_SET"'],
)
def test_n01_sources_of_a_secret(run: Run, source: str) -> None:
    os.mkfifo("pipe")  # to read it would never end
    words = _write(KEY + source)
    assert run("diff", *words).code == ExitCode.DIFFERS
    assert run("diff", "--markdown", *words).code == ExitCode.DIFFERS
    assert run("apply", "--dry-run", *words).code == ExitCode.OK
    unconfirmed = run("apply", *words)
    assert (unconfirmed.code, "--yes" in unconfirmed.err) == (ExitCode.USAGE, True)
    assert not Path("ran").exists()


@pytest.mark.parametrize("command", ["diff", "apply"])
@pytest.mark.parametrize(
    "target", ['host = "https://stranger.example"', 'host = "us"', 'project = "7"']
)
def test_n02_target_elsewhere(run: Run, server: RecordingServer, command: str, target: str) -> None:
    Path("llm.toml").write_text(f"[target]\n{target}\n[clustering_config]\nevent_filters = []\n")
    result = run(command, "-f", "llm.toml", *(("--yes",) if command == "apply" else ()))
    assert (result.code, server.sent) == (ExitCode.CONFIG, [])
    assert "llm.toml:1:" in result.err


@pytest.mark.generation("v1")
@pytest.mark.usefixtures("sandbox")
def test_n02_source_elsewhere(run: Run) -> None:
    source = 'source = { host = "https://stranger.example", project = "7" }\n'
    result = run("diff", *_write(source + JOB.format(name="New")))
    assert (result.code, "stranger" in result.out) == (ExitCode.DIFFERS, False)


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
def test_n03_forged_text(run: Run) -> None:
    words = _write(
        JOB.format(name=FORGED)
        + f'[[evaluations]]\nname = "Answer relevance"\nevaluation_type = "llm_judge"\n'
        f'output_type = "boolean"\nevaluation_config = {{ prompt = "{FORGED}" }}\n'
    )
    plain = run("diff", *words)
    assert plain.code == ExitCode.DIFFERS
    for text in (plain.out, drawn("diff", *words).text):
        assert not {"\x1b", "\u202e"} & {*text}
        assert not any(line.startswith("# Merge") for line in text.splitlines())
    markdown = run("diff", "--markdown", *words).out
    assert not {"\x1b", "\u202e"} & {*markdown}
    for forged in ("<img", "![b]", "\n# Merge"):
        assert forged not in markdown
