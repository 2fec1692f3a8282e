"""Lines break at spaces and after JSON punctuation, never inside a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from llmctl.output.sanitize import visible
from llmctl.output.wrap import characters, wrap

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
TEXTS = st.text(st.sampled_from(f'ab é日 ,:{{[]}}"\u0301\U0001f3fd🇩🇪{FAMILY}')) | st.text()


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 20, ["one  two"]),
        ('[{"key":"event","b":1}]', 12, ['[{"key":', '"event",', '"b":1}]']),
        ('[{"key":"event","b":1}]', 18, ['[{"key":"event",', '"b":1}]']),
        ("abcdef", 4, ["abcd", "ef"]),
        ("日本語", 5, ["日本", "語"]),
        ("e\u0301" * 3, 2, ["e\u0301e\u0301", "e\u0301"]),
        (FAMILY * 2, 3, [FAMILY, FAMILY]),
        ("🇩🇪🇫🇷", 3, ["🇩🇪", "🇫🇷"]),
        ("日", 1, ["日"]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@pytest.mark.parametrize("character", ["x", "日", "x ", "x,", "e\u0301"])
def test_time_grows_with_the_text_alone(character: str) -> None:
    """The time must not grow with the width: this would take minutes."""
    text = character * 60_000
    lines = wrap(text, 30_000)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= 30_000 for line in lines)


@given(TEXTS, st.integers(1, 30))
def test_nothing_is_lost_and_no_character_is_split(text: str, width: int) -> None:
    text = visible(text)
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    whole = list(characters(text))
    assert "".join(whole) == text
    for line in lines:
        assert cell_len(line) <= width or len(list(characters(line))) == 1
    starts = {0}
    for character in whole:
        starts.add(max(starts) + len(character))
    position = 0
    for line in lines:
        position = text.index(line, position) if line else position
        assert position in starts
        position += len(line)
