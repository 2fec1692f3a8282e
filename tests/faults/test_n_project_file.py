"""N. A project's file from someone else."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import PROJECT, RecordingServer
from tests.terminal import drawn

KEY = '[[provider_keys]]\nname = "New"\nprovider = "openai"\n'
JOB = '[[clustering_jobs]]\nname = "{name}"\nanalysis_level = "trace"\n'
FORGED = "\\u001b[2J\\u202e<img src=x>[a](//a) @team ![b](//c) `d` \\n\\n# Merge\\n```\\n# @team"


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
@pytest.mark.parametrize("target", [("https://stranger.example", PROJECT), ("ORIGIN", "7")])
def test_n02_target_elsewhere(
    run: Run, server: RecordingServer, command: str, target: tuple[str, str]
) -> None:
    host, project = target
    host = host.replace("ORIGIN", server.origin)
    Path("llm.toml").write_text(f'[target]\nhost = "{host}"\nproject = "{project}"\n')
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
    for shown in (plain.out, drawn("diff", *words).text):
        text = re.sub(r"\x1b\[[0-9;]*m", "", shown)  # colours
        assert not {"\x1b", "\u202e"} & {*text}
        assert not any(line.startswith("# Merge") for line in text.splitlines())
    markdown = run("diff", "--markdown", *words).out
    assert not {"\x1b", "\u202e"} & {*markdown}
    title, _, _, *rest = [token.type for token in MarkdownIt().parse(markdown)]
    assert title == "heading_open"
    assert rest == ["paragraph_open", "inline", "paragraph_close", "fence"]
