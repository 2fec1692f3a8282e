"""Markdown for GitHub from texts of a server: nothing but their text and structure is left."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmctl.output.github import GithubDocument, escaped, safe_markdown
from tests.terminal import acted_on

HTML = MarkdownIt("gfm-like", {"linkify": False})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** [link](https://x) `code`", "**bold** [link](https://x) `code`"),
        ("x < 5 and y > 3", "x < 5 and y > 3"),
        ("<img src=x>", "&lt;img src=x>"),
        ("a</details><!-- b", "a&lt;/details>&lt;!-- b"),
        ("![x](https://evil.example/beacon.png)", "! [x](https://evil.example/beacon.png)"),
        ("!![x][y]", "!! [x][y]"),
        ("\\![x](y)", "\\! [x](y)"),
        ("::set-output name=x::y", "\\::set-output name=x::y"),
        ("a\n  ::error::b", "a\n  \\::error::b"),
        ("##[error]x ##vso[task]", "#\\#[error]x #\\#vso[task]"),
        ("\x1b[31mred \u202e", "\\x1b[31mred \\u202e"),
        ("a\r\n\tb", "a\n    b"),
        ("```\ncode", "```\ncode\n```"),
        ("~~~~\n```\n", "~~~~\n```\n~~~~"),
        ("```\ncode\n```\n", "```\ncode\n```"),
        ("", ""),
    ],
)
def test_safe_markdown(text: str, expected: str) -> None:
    assert safe_markdown(text) == expected


@given(st.text("<!-[](x)`~:#*\\&; \n\u202ea>/", max_size=60))
def test_no_html_no_image_no_command(text: str) -> None:
    safe = safe_markdown(text)
    assert not acted_on(safe)
    assert not re.search(r"^\s*::", safe, re.MULTILINE)
    shown = HTML.render(f"{safe}\n\n### After\n\nend")
    assert "<img" not in shown
    assert "<!--" not in shown
    assert shown.endswith("<h3>After</h3>\n<p>end</p>\n"), "it swallows what follows"
    types = {token.type for token in HTML.parse(safe)}
    assert "html_block" not in types


@given(st.text("<!-[](x)`~:#*\\&;_|$ \n\u202ea>/", max_size=40))
def test_escaped_text_is_only_text(text: str) -> None:
    [_, inline, _] = HTML.parse(f"## {escaped(text)}x")
    assert {token.type for token in inline.children or ()} <= {"text", "text_special"}


def test_document() -> None:
    document = GithubDocument()
    document.title("A | <b>title</b>")
    document.problem("Not delivered", ["::error::x", "channel_not_found"])
    document.fields([("period_end", "2026-08-11T12:00:00Z"), ("a|b", None)])
    document.numbered(["one", "[two](x)"])
    document.markdown("")
    assert document.text() == (
        "## A \\| \\<b\\>title\\</b\\>\n"
        "\n"
        "**Not delivered**\n"
        "\n"
        "- \\::error::x\n"
        "- channel\\_not\\_found\n"
        "\n"
        "|  |  |\n"
        "| --- | --- |\n"
        "| period end | 2026-08-11 12:00 UTC |\n"
        "| a\\|b | - |\n"
        "\n"
        "1. one\n"
        "2. \\[two\\](x)\n"
    )
