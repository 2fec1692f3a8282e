"""Properties of sanitised text, for any input."""

from __future__ import annotations

import json
import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from llmctl.output.sanitize import escape, is_unsafe, log_line, visible
from llmctl.output.text import json_text

ZWJ, SOFT_HYPHEN = "\u200d", "\u00ad"
UNSAFE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([nrt])")
COMMAND = re.compile(r"##(vso)?\[")
SHORT = {"n": "\n", "r": "\r", "t": "\t"}

# Including lone surrogates, which come from JSON and undecodable file names.
characters = st.characters(exclude_categories=()) | st.sampled_from(
    "\x00\x07\x1b\x7f\x85\x9b\n\r\t\x0b\x0c\u2028\u2029\u202e\u2066\u200b\u200e\u061c\ufeff"
    "\ud800\udfff\U000e0041\ufdd0\ue000\\ é日\u0301"
)
texts = st.text(characters)


@given(texts)
@example("\u00a0\u2003\u3000")
def test_nothing_unsafe_comes_out(text: str) -> None:
    shown = visible(text)
    for character in shown:
        harmless = character in (ZWJ, SOFT_HYPHEN)
        assert harmless or unicodedata.category(character) not in UNSAFE
        assert unicodedata.bidirectional(character) not in ("LRE", "RLE", "LRO", "RLO", "PDF")
        assert unicodedata.bidirectional(character) not in ("LRI", "RLI", "FSI", "PDI")
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown


@given(texts | st.text(st.sampled_from("#[vso\n")))
@example("###[#")
def test_nothing_is_lost(text: str) -> None:
    """Safe text is unchanged; every other character is identified by its escape."""
    shown = visible(text)
    if not any(map(is_unsafe, text)) and not COMMAND.search(text):
        assert shown == text
    position = 0
    for number, character in enumerate(text):
        if not is_unsafe(character) and not COMMAND.match(text, number):
            assert shown[position] == character
            position += 1
            continue
        match = ESCAPE.match(shown, position)
        assert match is not None
        digits = match[1] or match[2] or match[3]
        assert character == (chr(int(digits, 16)) if digits else SHORT[match[4]])
        position = match.end()
    assert position == len(shown)


@given(characters)
def test_what_is_unsafe(character: str) -> None:
    is_bad = unicodedata.category(character) in UNSAFE
    assert is_unsafe(character) == (is_bad and character not in (ZWJ, SOFT_HYPHEN))
    match = ESCAPE.fullmatch(escape(character))
    assert match is not None


@given(st.text(st.sampled_from(" :#[vso\u3000a")) | texts)
@example("::error::x")
@example("  ##[group]")
@example("##vso[task.complete]")
@example(":: ")
@example("a ##[b]##[c] ###vso[d]")
def test_no_line_is_a_command_to_a_ci(text: str) -> None:
    """`::` counts only at the start of a line, the others anywhere."""
    shown = visible(text)
    line = log_line(shown)
    assert not line.lstrip().startswith("::")
    assert not COMMAND.search(line)
    if line != shown:
        assert line.replace("\\x3a", ":", 1) == shown


@given(st.text(st.sampled_from('#[vso"\\')) | st.text())
@example("a ##[b]##[c] ###vso[d]")
def test_no_json_holds_a_command_to_a_ci(text: str) -> None:
    for value in (text, {text: [text]}):
        shown = json_text(value, indent=None)
        assert not COMMAND.search(shown)
        assert json.loads(shown) == value
