"""Arbitrary command lines and server responses, for every command of the live tree. There must be
no traceback, no exit code 1, nothing on standard output if JSON was requested and the command
failed, and nothing that a terminal would act on.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmctl.errors import ExitCode
from llmctl.project_file.kinds import KINDS
from tests import fuzzing
from tests.fuzzing import FORMATS, NOT_FUZZED, PROJECT_FILE, REMOTE, Odd, answer, least, oddities
from tests.support import KEY, PROVIDER_KEY, RecordingServer, call
from tests.terminal import acted_on, on_terminal

# They print a result in failure as well.
WITH_RESULT = [
    ["provider-keys", "validate"],
    ["provider-keys", "rotate"],
    ["evaluations", "test-hog"],
    ["evaluation-reports", "gate"],
    ["profiles", "show"],
    ["doctor"],
]
# With these, standard output is not JSON.
PLAIN = {"--help", "--dry-run", "--include", "-i"}
OF_SEVERAL = ("get", "update", "enable", "disable", "recover")
MANY = pytest.param(1000, marks=pytest.mark.complete)


def has_result(argv: list[str]) -> bool:
    return any(argv[: len(words)] == words for words in WITH_RESULT)


def check(argv: list[str], *, is_terminal: bool, stdin: bytes = b"") -> int:
    """Run the command line, check the invariants, and return its exit code."""
    code, out, err = call(argv, is_terminal=is_terminal, stdin=stdin)
    assert code in set(ExitCode)
    assert code != ExitCode.INTERNAL, err
    assert "Traceback" not in err
    assert KEY not in out + err
    assert acted_on(out.replace("\r\n", "\n").replace("\t", "")) == set()
    assert acted_on(err) == set()
    if argv[-2:] == ["-o", "json"]:
        is_done = code in (ExitCode.OK, ExitCode.PARTIAL)
        if not is_done and code != ExitCode.USAGE and not has_result(argv):
            # Of several objects, those without a failure are printed.
            assert (
                out == ""
                or PLAIN & {*argv}
                or (argv[1] in OF_SEVERAL and isinstance(json.loads(out), list))
            )
        elif code != ExitCode.USAGE and out and not PLAIN & {*argv}:
            json.loads(out)
    return code


@pytest.fixture
def fuzzed(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> RecordingServer:
    monkeypatch.chdir(tmp_path)
    tables = [f"{kind.table} = []\n" for kind in KINDS if not kind.is_single]
    (tmp_path / PROJECT_FILE).write_text("".join(tables))
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PROVIDER_SECRET", PROVIDER_KEY)
    return server


@pytest.mark.parametrize("words", REMOTE, ids=" ".join)
def test_usual_answers_are_understood(fuzzed: RecordingServer, words: tuple[str, str]) -> None:
    """The unmodified inputs of the tests below are accepted."""
    answer(fuzzed, [])
    assert check([*least(words), "-o", "json"], is_terminal=False) == ExitCode.OK


@pytest.mark.parametrize("examples", [80, MANY])
def test_any_answer(fuzzed: RecordingServer, examples: int) -> None:
    @settings(max_examples=examples)
    @given(st.sampled_from(REMOTE), st.sampled_from(FORMATS), st.booleans(), oddities)
    def attempt(words: tuple[str, str], output: str, is_terminal: bool, odd: list[Odd]) -> None:
        answer(fuzzed, odd)
        check([*least(words), "-o", output], is_terminal=is_terminal)

    attempt()


@pytest.mark.parametrize("examples", [120, MANY])
def test_any_command_line(fuzzed: RecordingServer, examples: int) -> None:
    @settings(max_examples=examples)
    @given(fuzzing.command_lines(), st.booleans(), st.binary(max_size=20))
    def attempt(line: list[str], is_terminal: bool, stdin: bytes) -> None:
        assume(not any(word.startswith((*NOT_FUZZED, "sandbox")) for word in line))
        answer(fuzzed, [])
        if "add" in line:
            line = [*line, "--host", fuzzed.origin]
        check(line, is_terminal=is_terminal, stdin=stdin)

    attempt()


@pytest.mark.parametrize("examples", [60, MANY])
def test_any_words(examples: int) -> None:
    """Without a key, nothing leads to a request."""

    @settings(max_examples=examples)
    @given(st.lists(fuzzing.anywhere, max_size=4), st.booleans())
    def attempt(words: list[str], is_terminal: bool) -> None:
        assume(not {*words} & {"sandbox", "add"})
        code = check(words, is_terminal=is_terminal)
        assert code in (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG)

    attempt()


def test_any_answer_on_a_real_terminal(fuzzed: RecordingServer) -> None:
    @settings(max_examples=3)
    @given(st.sampled_from(REMOTE), oddities)
    def attempt(words: tuple[str, str], odd: list[Odd]) -> None:
        answer(fuzzed, odd)
        shown = on_terminal(*least(words))
        assert shown.code in set(ExitCode) - {ExitCode.INTERNAL}
        assert acted_on(shown.text) == set()

    attempt()
