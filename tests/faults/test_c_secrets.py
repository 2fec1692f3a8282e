"""Keys from files, variables, pipes, prompts and the wrong places."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmctl.config import Profile, ProfileStore
from llmctl.errors import ExitCode
from llmctl.reference import commands
from llmctl.safe.secret import Secret
from tests.conftest import Run, Shell
from tests.fault_table import Got
from tests.support import KEY, PROVIDER_KEY, RecordingServer, page

ADD = ["profiles", "add", "work", "--no-check", "--project", "1"]
BAD = {
    "a\nb": "character 2 is U+000A",
    "a\r\nX-Evil: 1": "character 2 is U+000D",
    "phx_é": "character 5 is U+00E9",
    "“phx”": "character 1 is U+201C",
    "phx_\u200b": "character 5 is U+200B",
    "\ufeffphx": "character 1 is U+FEFF",
    "a b": "character 2 is U+0020",
    " ": "character 1 is U+0020",
    "a\tb": "character 2 is U+0009",
    "\x1b[0m": "character 1 is U+001B",
    "a\x7f": "character 2 is U+007F",
    "x" * 5000: "longer than 4096 characters",
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("source", ["variable", "file", "command", "standard input"])
def test_c01_line_end(
    run: Run, server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    end: str, source: str,
) -> None:  # fmt: skip
    file = tmp_path / "key"
    file.write_text(PROVIDER_KEY + end, newline="")
    monkeypatch.setenv("LLMCTL_API_KEY", KEY + end)
    monkeypatch.setenv("NEW", PROVIDER_KEY + end)
    words = {
        "variable": ["--api-key-env", "NEW"],
        "file": ["--api-key-file", str(file)],
        "command": ["--api-key-command", f"cat {file}"],
        "standard input": ["--api-key-file", "-"],
    }[source]
    server.reply({"id": "a"})
    create = ["provider-keys", "create", "--name", "n", "--provider", "openai"]
    result = run(*create, *words, stdin=PROVIDER_KEY + end)
    assert result.code == 0, result.err
    assert server.sent[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert server.sent[-1].json["api_key"] == PROVIDER_KEY


@pytest.mark.parametrize("key", [key for key in BAD if "\r" in key or "\n" in key], ids=ascii)
def test_c02_header_in_a_key(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    check_refused(run, server, monkeypatch, key, BAD[key])


@pytest.mark.parametrize("key", [key for key in BAD if "\n" not in key], ids=lambda key: key[:9])
def test_c03_odd_characters_in_a_key(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    check_refused(run, server, monkeypatch, key, BAD[key])


def test_c03_nul_and_other_encodings(run: Run, server: RecordingServer) -> None:
    for data, said in {
        b"a\x00b": "character 2 is U+0000",
        KEY.encode("utf-16")[:-1]: "is not valid UTF-16 (byte ",
        KEY.encode("utf-16-le"): "looks like UTF-16",
        b"caf\xe9": "is not valid UTF-8 (byte 4)",
    }.items():
        result = run(*ADD, "--api-key-file", "-", stdin=data)
        assert (result.code, result.out) == (ExitCode.USAGE, "")
        assert said in result.err


def check_refused(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    """From the environment and from an option; neither is repeated."""
    monkeypatch.setenv("LLMCTL_API_KEY", key)
    for words, code in (
        (["clustering-jobs", "list"], ExitCode.CONFIG),
        ([*ADD, "--api-key-env", "LLMCTL_API_KEY"], ExitCode.USAGE),
    ):
        result = run(*words)
        assert (result.code, result.out) == (code, "")
        assert said in result.err
        assert "LLMCTL_API_KEY" in result.err or "--api-key-env" in result.err
        assert key == " " or key not in result.err
    assert server.sent == []


@pytest.mark.parametrize("key", [None, "", "\n", "\r\n"], ids=ascii)
def test_c04_empty_or_no_key(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("LLMCTL_API_KEY")
    if key is not None:
        monkeypatch.setenv("LLMCTL_API_KEY", key)
    result = run("clustering-jobs", "list")
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert "key" in result.err
    assert server.sent == []


@pytest.mark.parametrize("form", ["word", "equals"])
@pytest.mark.parametrize(
    "words",
    [
        ["profiles", "add", "work"],
        ["provider-keys", "create", "--name", "n"],
        ["provider-keys", "update", "x"],
        ["provider-keys", "validate", "--provider", "openai"],
        ["provider-keys", "rotate", "x"],
    ],
    ids=" ".join,
)
def test_c07_key_as_an_options_value(
    run: Run, server: RecordingServer, words: list[str], form: str
) -> None:
    typed = [f"--api-key={KEY}"] if form == "equals" else ["--api-key", KEY]
    result = run(*words, *typed)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    for option in ("--api-key-file", "--api-key-env", "--api-key-command"):
        assert option in result.err
    assert server.sent == []


@pytest.mark.parametrize(
    "words",
    [
        ["profiles", "add", KEY],
        ["profiles", "use", KEY],
        ["profiles", "remove", KEY, "--yes"],
        ["clustering-jobs", "list", "-p", KEY],
        ["profiles", "add", "work", "--api-key-file", KEY],
        ["profiles", "add", "work", "--api-key-env", KEY],
    ],
    ids=lambda words: " ".join(words).replace(KEY, "KEY"),
)
def test_c08_key_as_a_name(run: Run, server: RecordingServer, words: list[str]) -> None:
    result = run(*words, stdin=KEY)
    assert result.code in (ExitCode.USAGE, ExitCode.CONFIG)
    assert ProfileStore().profiles() == []
    assert server.sent == []


def test_c09_help_shows_no_key(run: Run, monkeypatch: pytest.MonkeyPatch, got: Got) -> None:
    ProfileStore().add(Profile("work", "https://us.posthog.com"), Secret(KEY), replace=False)
    for name in ("LLMCTL_API_KEY", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_CLI_API_KEY"):
        monkeypatch.setenv(name, KEY)
    every = [[], *(list(command.words) for command in commands())]
    for words in every:
        assert run(*words, "--help").code == 0
    got(f"{len(every)} pages of help without a key")


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-", "</dev/zero"])
def test_c17_no_terminal_to_ask_on(shell: Shell, stdin: str) -> None:
    result = shell(f"llmctl profiles add work --no-check {stdin}")
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "--api-key-file" in result.err


def test_c17_closed_standard_input(shell: Shell) -> None:
    assert shell("llmctl profiles add work --api-key-file - <&-").code == ExitCode.USAGE


_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'llmctl', *sys.argv[1:]])"
)


def on_terminal(*words: str, typed: bytes = b"") -> tuple[int, bytes]:
    """Run llmctl with a terminal as standard input, and type when it asks; code and screen."""
    master, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", _ON_TERMINAL, *words],
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(terminal)
        screen = b""
        while True:
            try:
                part = os.read(master, 1024)
            except OSError:  # the other end is closed
                part = b""
            if not part:
                break
            screen += part
            if typed and b"(not shown): " in screen:
                os.write(master, typed)
                typed = b""
    os.close(master)
    return process.returncode, screen


def test_c17_terminal_as_key_file(got: Got) -> None:
    code, screen = on_terminal("profiles", "add", "work", "--api-key-file", "-")
    got(f"exit {code}")
    assert code == ExitCode.USAGE
    assert b"nothing is piped in" in screen


def test_c17_prompt_does_not_echo(got: Got) -> None:
    code, screen = on_terminal(*ADD, typed=KEY.encode() + b"\n")
    got(f"a prompt on a terminal: exit {code}, the key is not on the screen")
    assert code == 0, screen
    assert KEY.encode() not in screen
    assert ProfileStore().key(ProfileStore().profiles()[0]) == Secret(KEY)


@pytest.mark.parametrize(
    "stdin", ["two\nlines\n", "nul\x00", "x" * 10_000_000, f"{KEY}\n{KEY}\n"], ids=lambda s: s[:9]
)
def test_c18_odd_standard_input(run: Run, stdin: str) -> None:
    result = run(*ADD, "--api-key-file", "-", stdin=stdin)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert not ProfileStore().directory.exists()


@pytest.mark.parametrize(
    "script",
    [
        "tr '\\0' x </dev/zero | llmctl profiles add work --no-check --api-key-file -",
        "llmctl profiles add work --no-check --api-key-file /dev/zero",
        "llmctl profiles add work --no-check --api-key-command \"tr '\\0' x </dev/zero\"",
    ],
    ids=["pipe", "file", "command"],
)
def test_c18_key_without_end(shell: Shell, script: str) -> None:
    result = shell(f"{script}; exit $?")
    assert "longer than 4096 characters" in result.err
    assert not ProfileStore().directory.exists()


def test_c22_show_masks(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    server.reply(page([]))
    for key, mask in {KEY: "phx_...6789", "phx_short": "****"}.items():
        monkeypatch.setenv("LLMCTL_API_KEY", key)
        for output in ("table", "tsv", "json", "jsonl", "csv"):
            shown = run("profiles", "show", "-o", output).out
            assert mask in shown
            assert key not in shown
    got("masked in every format")
