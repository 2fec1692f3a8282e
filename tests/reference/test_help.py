"""`llmctl help`: commands, topics, and words that are neither."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import llmctl
from llmctl.app import RESOURCES, TOPICS
from llmctl.config.shells import FILES, Shell
from llmctl.errors import ExitCode
from llmctl.output.formats import OutputFormat
from llmctl.reference import topics
from llmctl.reference.completion import folder
from llmctl.reference.completion.generate import script
from llmctl.reference.topics import Kind
from tests.conftest import Run
from tests.conftest import Shell as RunShell
from tests.terminal import drawn

PACKAGE = Path(llmctl.__file__).parent


def test_help_of_commands_is_their_own(run: Run) -> None:
    for words in ([], ["clustering-jobs"], ["clustering-jobs", "list"], ["completion"], ["help"]):
        result = run("help", *words)
        assert (result.code, result.out, result.err) == (0, run(*words, "--help").out, "")


def test_help_lists_groups_and_topics(run: Run) -> None:
    shown = run("help").out
    for name, summary in {
        **{name: each.help for name, each in RESOURCES.items()},
        **TOPICS,
    }.items():
        assert re.search(rf"^  +{name} +{re.escape(summary)}$", shown, re.MULTILINE)


def test_no_topic_has_the_name_of_a_command() -> None:
    assert not RESOURCES.keys() & TOPICS.keys()
    files = {path.stem for path in (PACKAGE / "reference" / "topics").glob("*.txt")}
    assert files == TOPICS.keys()


@pytest.mark.parametrize("topic", TOPICS)
def test_topic(run: Run, topic: str) -> None:
    result = run("help", topic)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(TOPICS[topic] + "\n\n")
    assert max(map(len, result.out.splitlines())) <= 78
    assert result.out.isascii()
    assert drawn("help", topic).text == result.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rotatoin"], "llmctl help rotation"),
        (["Exit-Code"], "llmctl help exit-codes"),
        (["clustering-jobz"], "llmctl help clustering-jobs"),
        (["clustering-jobs", "lst"], "llmctl help clustering-jobs list"),
        (["rotation", "list"], "llmctl help rotation"),
        (["completion", "bash"], "llmctl help completion"),
        (["nothing-like-it"], "llmctl help"),
        (["clustering-jobs", "nothing-like-it"], "llmctl help clustering-jobs"),
        (["clustering-jobs", "list", "x"], "llmctl help --help"),
    ],
)
def test_unknown_words(run: Run, words: list[str], said: str) -> None:
    result = run("help", *words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err.splitlines()[-1].endswith(said)


@pytest.mark.parametrize("words", [[], ["clustering-jobs"], ["clustering-jobs", "list"]])
def test_c08_key_typed_in_place_of_a_name(run: Run, words: list[str]) -> None:
    for secret in ("sk-ant-CANARY-0123456789", "8c6976e5b5410415bde908bd4dee15df"):
        result = run("help", *words, secret)
        assert (result.code, result.out) == (ExitCode.USAGE, "")
        assert secret not in result.err


# Tables from the code ----------------------------------------------------------------------------


def test_every_variable_of_the_code_is_documented() -> None:
    pattern = r"\b((?:LLMCTL|POSTHOG)_[A-Z]+(?:_[A-Z]+)*|NO_COLOR|FORCE_COLOR|\w+_CA_BUNDLE)\b"
    used = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(pattern, path.read_text(encoding="utf-8"))
    }
    said = topics.text("environment") + topics.text("rotation")
    assert {name for name in used if name not in said} == {"POSTHOG_HOME"}  # PostHog's own CLI's


def test_every_exit_code_and_format_is_documented() -> None:
    said = topics.text("exit-codes")
    for code in ExitCode:
        assert re.search(rf"^  {code.value} +{code.name if code < 128 else ''}", said, re.MULTILINE)
    assert all(f"-o {each}" in topics.text("output") for each in OutputFormat)


# Commands in topics ------------------------------------------------------------------------------

_EXAMPLES = [
    pytest.param(block.text, id=f"{topic}-{block.text.split(chr(10))[-1].strip()[:30]}")
    for topic in TOPICS
    for block in topics.blocks(topic)
    if block.kind is Kind.VERBATIM and re.search("^ +llmctl .*-p sandbox", block.text, re.M | re.S)
]


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("example", _EXAMPLES)
def test_examples_run_as_printed(printed: RunShell, example: str) -> None:
    result = printed(example)
    assert result.code == 0, result.err


def test_there_are_examples() -> None:
    assert len(_EXAMPLES) >= 8


def test_workflow_of_scripting_runs_as_printed(
    shell: RunShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = topics.text("scripting")
    script = textwrap.dedent(text.partition("- run: |\n")[2].partition("\n\n")[0])
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    result = shell(f"cd; echo '[]' > filters.json; {script}")
    assert result.code == 0, result.err
    assert "event_filters" in result.out


def test_line_for_cron(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints nothing, so that no mail is sent, unless a key in use does not work."""
    (line,) = re.findall(r"^  0 7 \* \* \* (llmctl .*)$", topics.text("scripting"), re.MULTILINE)
    command, redirected = line.replace("-p work", "-p sandbox").split(" >", 1)
    assert redirected == "/dev/null"
    words = shlex.split(command)[1:]
    result = run(*words)
    assert (result.code, result.err) == (0, "")
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", "GET provider_keys: status 503")
    failed = run(*words)
    assert failed.code == ExitCode.UNAVAILABLE
    assert failed.err


# In a zip file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is in a wheel, as one zip file."""
    path = tmp_path_factory.mktemp("zipped") / "llmctl.zip"
    with zipfile.ZipFile(path, "w") as target:
        for file in PACKAGE.rglob("*"):
            if file.suffix not in (".pyc", "") or file.name in FILES.values():
                target.write(file, file.relative_to(PACKAGE.parent))
        for name in FILES.values():
            text = folder().joinpath(name).read_text(encoding="utf-8")
            target.writestr(f"llmctl/reference/completion/scripts/{name}", text)
    return path


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["help", "rotation"], topics.text("rotation")),
        (["completion", "zsh"], script(Shell.ZSH)),
    ],
)
def test_it_works_from_a_zip_file(archive: Path, words: list[str], shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llmctl", *words],
        env=os.environ | {"PYTHONPATH": str(archive)},
        cwd=archive.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == shown
    assert "llmctl.zip" not in done.stderr
