"""Markdown of a server as plain text: the layout, and what a hostile server sends."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from llmctl.output.markdown import MAX_CHARACTERS, markdown_lines
from llmctl.output.table import Screen
from tests.terminal import acted_on


def shown(text: str, width: int = 60) -> str:
    screen = Screen()
    screen.width = width
    return screen.render(markdown_lines(text, screen))


TEXT = """\
# Summary
Pass rate **fell** by *3 points* in `checkout`; the longest line of this text is wrapped.
See [the docs](https://example.com/a) and <https://example.org>.\\
Next line.

- one
- two
  - nested, and long enough to be wrapped at the width of sixty
    1. deep
- three

2. a

   more of a

3. b

> quoted
> words

```python
def f():
\treturn 1
```

| model | passed |
|---|---:|
| gpt-5 | **93%** |
| claude | 95% |

---
![chart](https://example.com/x.png)
"""
GOLDEN = """\
Summary

Pass rate fell by 3 points in `checkout`; the longest line
of this text is wrapped. See the docs
(https://example.com/a) and https://example.org.
Next line.

- one
- two
  - nested, and long enough to be wrapped at the width of
    sixty
    1. deep
- three

2. a

   more of a

3. b

> quoted words

    def f():
        return 1

model   passed
──────────────
gpt-5   93%
claude  95%

────────────────────

chart (image: https://example.com/x.png)
"""


def test_layout() -> None:
    assert shown(TEXT) == GOLDEN


def test_a_pipe_gets_paragraphs_on_one_line() -> None:
    lines = shown(TEXT, 100_000).splitlines()
    assert lines[2].startswith("Pass rate fell")
    assert lines[2].endswith("https://example.org.")
    assert "  - nested, and long enough to be wrapped at the width of sixty" in lines


def test_styles_survive_wrapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = shown("plain **bold words that are wrapped** plain `code`", 20).splitlines()
    assert lines == [
        "plain \x1b[1mbold words\x1b[0m",
        "\x1b[1mthat are wrapped\x1b[0m",
        "plain \x1b[36m`code`\x1b[0m",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mred\x07", "a\\x1b[31mred\\x07"),
        ("\x1b]8;;http://x\x1b\\link", "\\x1b]8;;http://x\\x1b\\link"),
        ("&#x202e;abc \u2066def", "\\u202eabc \\u2066def"),
        ("[\u202etxt](http://x/\u202e)", "\\u202etxt (http://x/%E2%80%AE)"),
        ("[bold]x[/bold] [link=http://x]y[/link]", "[bold]x[/bold] [link=http://x]y[/link]"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a <img src=x onerror=y> b", "a <img src=x onerror=y> b"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("::set-output name=a::b", "\\x3a:set-output name=a::b"),
        ("- a\n\n  ::error::b", "- a\n\n  \\x3a:error::b"),
        ("a  \n::error::b", "a\n\\x3a:error::b"),
        ("```\n::error::x\n```", "    \\x3a:error::x"),
        ("x ##[error]y", "x \\x23#[error]y"),
        ("שלום", "שלום"),
        ("```\n\x1b[2J\n```", "    \\x1b[2J"),
        ("| a |\n|---|\n| \x1b[2J |", "a\n───────\n\\x1b[2J"),
        ("", ""),
        ("\n\n", ""),
        ("[]()", ""),
        ("[](https://x)", " (https://x)"),
    ],
)
def test_hostile_text(text: str, expected: str) -> None:
    assert shown(text).removesuffix("\n").lstrip("\n") == expected


def test_a_table_that_is_too_wide_is_shown_field_by_field() -> None:
    columns = 30
    text = "\n".join("|" + f"{cell}|" * columns for cell in ("name", "---", "value"))
    lines = shown(text, 40).splitlines()
    assert lines == ["name  value"] * columns


def test_cells_of_a_table_are_wrapped_and_never_cut() -> None:
    words = "word " * 30
    result = shown(f"| a | b |\n|---|---|\n| {words} | c |", 40)
    assert max(map(cell_len, result.splitlines())) <= 40
    assert result.count("word") == 30
    # In a pipe, too: otherwise each of many rows would be as wide as the longest cell.
    wide = shown(f"| a | b |\n|---|---|\n| {'x' * 5_000} | c |\n" + "| d | e |\n" * 1_000, 100_000)
    assert wide.count("x") == 5_000
    assert len(wide) < 300_000


@pytest.mark.parametrize("piece", ["[", "![", "*a ", "`", ">", "- ", "<", "_a_", "[a](b", "|a\n"])
def test_patterns_that_are_slow_to_parse(piece: str) -> None:
    start = time.process_time()
    shown((piece * 5_000)[:5_000])
    assert time.process_time() - start < 1


def test_a_very_long_text_is_shown_as_it_is_written() -> None:
    text = "# not parsed\n" + "word " * (MAX_CHARACTERS // 5)
    result = shown(text)
    assert result.startswith("# not parsed\n")
    assert result.count("word") == MAX_CHARACTERS // 5


@pytest.mark.parametrize("depth", [40, 49, 50, 51, 99, 100, 101, 300])
def test_nothing_is_lost_however_deep_it_is(depth: int) -> None:
    deep = "\n".join(f"{'  ' * level}- item {level}." for level in range(depth))
    result = shown(deep, 1_000)
    assert [f"item {level}." in result for level in range(depth)] == [True] * depth
    assert "quoted" in shown(">" * depth + " quoted", 1_000)


def test_a_wide_table_in_a_pipe_takes_little_memory() -> None:
    columns, rows = 120, 6
    text = "\n".join("|" + f"{cell}|" * columns for cell in ("name", "---", *["value"] * rows))
    tracemalloc.start()
    shown(text, 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.integers(1, 100))
def test_nothing_acts_on_the_terminal(text: str, width: int) -> None:
    result = shown(text, width)
    assert not acted_on(result)
    assert not any(line.lstrip().startswith("::") for line in result.splitlines())
