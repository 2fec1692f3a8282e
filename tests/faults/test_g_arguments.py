"""G: invalid arguments, unreadable standard input, and a question without a terminal."""

from __future__ import annotations

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, Shell
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page

LIST = ["clustering-jobs", "list"]
NEW = ["--api-key-env", "LLMCTL_API_KEY"]


@pytest.mark.parametrize(
    "words",
    [
        r"clustering-jobs get $'\xff'",
        r"clustering-jobs create --name $'a\xff'",
        r"evaluations list --search $'\xff'",
        r"$'\xff'",
    ],
)
def test_g12_arguments_that_are_no_text(shell: Shell, server: RecordingServer, words: str) -> None:
    done = shell(f"llmctl {words}")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert "error: " in done.err
    assert server.sent == []


@pytest.mark.parametrize("words", [[""], ["clustering-jobs", "get", ""], [*LIST, "-x"]])
def test_g12_empty_arguments(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err.startswith("error: ")


def test_g12_arguments_that_look_like_options(run: Run, server: RecordingServer) -> None:
    server.reply(page([JOB | {"name": "-x"}]), lambda sent: Reply(200, JOB | (sent.json or {})))
    assert run("clustering-jobs", "get", "--", "-x").code == 0
    assert server.sent.pop(0).path.endswith("/clustering_jobs/")
    assert server.sent[0].path.endswith(f"/clustering_jobs/{JOB_ID}/")
    assert run("clustering-jobs", "create", "--name", "--enabled").code == 0
    assert run("clustering-jobs", "create", "--name=-x").code == 0
    assert [sent.json for sent in server.sent[1:]] == [{"name": "--enabled"}, {"name": "-x"}]


@pytest.mark.parametrize(
    "words",
    [
        ["clustering-jobs", "delete", JOB_ID],
        ["provider-keys", "rotate", "a", *NEW],
        ["provider-keys", "rotate", "a", *NEW, "--strategy", "replace"],
    ],
    ids=" ".join,
)
def test_f18_no_request_without_a_yes(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "--yes" in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    "words",
    [
        "clustering-jobs create --data -",
        "clustering-config set-event-filters --event-filters -",
        "provider-keys create --name x --provider openai --api-key-file -",
    ],
)
def test_g12_standard_input_that_cannot_be_read(
    shell: Shell, server: RecordingServer, words: str
) -> None:
    done = shell(f"llmctl {words} 0>/dev/null")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    option = words.split()[-2]
    assert done.err == f"error: {option} -: cannot read standard input: Bad file descriptor\n"
    assert server.sent == []


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-group"],
        ["clustering-jobs", "lst"],
        [*LIST, "--no-such-option"],
        [*LIST, "extra"],
        [*LIST, "--limit", "many"],
        [*LIST, "-o", "yaml"],
        ["clustering-jobs", "create", "--analysis-level", "galaxy"],
        ["--profile", "x", *LIST],
        [""],
    ],
    ids=" ".join,
)
def test_g15_unknown_words(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err.startswith("error: ")
    assert server.sent == []
