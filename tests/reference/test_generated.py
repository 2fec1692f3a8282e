"""`python -m llmctl.reference`, and the manual page."""

from __future__ import annotations

import subprocess

import pytest

from llmctl.app import TOPICS
from llmctl.reference import commands, readme
from llmctl.reference.__main__ import main
from llmctl.reference.completion import generate
from llmctl.reference.manual import page
from tests.reference.completion.shells import need


def test_generated_files_are_fresh() -> None:
    assert main(["--check"]) == 0


def test_stale_files_are_named_then_written(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.mktemp("clone")
    fresh = readme.README.read_text(encoding="utf-8")
    stale = folder / "README.md"
    stale.write_text(fresh.replace("| 5 | NOT_FOUND |", "| 5 | LOST |"), encoding="utf-8")
    monkeypatch.setattr(readme, "README", stale)
    monkeypatch.setattr(generate, "FOLDER", folder)
    assert main(["--check"]) == 1
    said = capsys.readouterr().err
    assert f"{stale} is stale: run python -m llmctl.reference\n" in said
    assert len(said.splitlines()) == 5
    assert main([]) == 0
    assert stale.read_text(encoding="utf-8") == fresh
    assert main(["--check"]) == 0


def test_unknown_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chek"]) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_manual_is_good_roff() -> None:
    groff = need("groff")
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", "-P-cbou"],
        input=page().encode(),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    shown = " ".join(" ".join(lines).split())
    assert "NAME" in lines
    for command in commands():
        assert f"llmctl {' '.join(command.words)}" in shown
        assert all(name in shown for each in command.parameters for name in each.names)
    for topic, summary in TOPICS.items():
        assert topic.upper().replace("-", " ") in lines
        assert summary in shown


def test_manual_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--manual"]) == 0
    assert capsys.readouterr().out == page()
