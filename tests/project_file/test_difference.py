"""A plan as a person, a pull request and a program read it."""

from __future__ import annotations

import dataclasses
import json

import pytest
from markdown_it import MarkdownIt

from llmctl.project_file import difference
from tests.project_file.plans import JOB, JUDGE, REPORT, plan, project

TEXT = """
[[evaluations]]
name = "Relevance"
evaluation_type = "llm_judge"
output_type = "boolean"
enabled = false
evaluation_config = { prompt = "One\\nTwo\\nFour\\n" }

[[clustering_jobs]]
name = "GPT-4"
analysis_level = "generation"
event_filters = [{ key = "$ai_model", value = "gpt-4" }]
"""
OLD = JUDGE | {"evaluation_config": {"prompt": "One\nTwo\nThree"}}


def test_a_plan_is_read_at_a_glance() -> None:
    of = project(evaluations=[OLD], clustering_jobs=[JOB])
    assert difference.text(plan(TEXT, of, prune=True)).splitlines() == [
        "~ evaluation 'Relevance'",
        "    enabled: true -> false",
        "    evaluation_config.prompt:",
        "          One",
        "          Two",
        "        - Three",
        "        + Four",
        "+ clustering job 'GPT-4'",
        '    analysis_level: "generation"',
        '    event_filters: [{"key":"$ai_model","value":"gpt-4"}]',
        "- clustering job 'Traces'",
        "",
        "1 to create, 1 to change, 1 to delete, 0 unchanged",
    ]


def test_all_of_a_new_object_is_shown() -> None:
    filters = [{"key": "$ai_model", "value": each} for each in ("gpt-4", "gpt-5")]
    text = TEXT.replace('gpt-4" }', 'gpt-4" }, { key = "$ai_model", value = "gpt-5" }')
    text = text.replace('name = "Relevance"', f'name = "Relevance"\ndescription = "{"word " * 60}"')
    shown = difference.text(
        plan(text, project("v1", evaluations=[], clustering_jobs=[]))
    ).splitlines()
    assert shown[1:3] == ["    description:", "        + " + ("word " * 60).rstrip()]
    at = shown.index("    evaluation_config.prompt:")
    assert shown[at + 1 : at + 4] == ["        + One", "        + Two", "        + Four"]
    at = shown.index("    event_filters:")
    assert shown[at + 1 : at + 3] == [
        f"        + {json.dumps(each, separators=(',', ':'))}" for each in filters
    ]


def test_lines_far_from_a_change_are_left_out() -> None:
    before = "\n".join(map(str, range(40)))
    after = before.replace("\n5\n", "\nfive\n").replace("\n30\n", "\nthirty\n")
    text = TEXT.partition("[[clustering")[0].replace("One\\nTwo\\nFour", after.replace("\n", "\\n"))
    of = project(evaluations=[JUDGE | {"evaluation_config": {"prompt": before}}])
    lines = [line.strip() for line in difference.text(plan(text, of)).splitlines()]
    assert lines[2:-2] == [
        *["evaluation_config.prompt:", "3", "4", "- 5", "+ five", "6", "7"],
        *["@@", "28", "29", "- 30", "+ thirty", "31", "32"],
    ]


def test_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    of = project(evaluations=[OLD], clustering_jobs=[JOB])
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = difference.text(plan(TEXT, of, prune=True))
    assert "\x1b[33m~ evaluation 'Relevance'\x1b[0m" in text
    assert "\x1b[32m+ clustering job 'GPT-4'\x1b[0m" in text
    assert "\x1b[31m- clustering job 'Traces'\x1b[0m" in text
    assert "\x1b[32m        + Four\x1b[0m" in text


def test_an_empty_plan_is_one_line() -> None:
    made = plan(
        '[[clustering_jobs]]\nname = "Traces"\nanalysis_level = "trace"\n',
        project(clustering_jobs=[JOB]),
    )
    assert difference.text(made) == "no differences, 1 unchanged\n"
    assert difference.markdown([("project 1", made)]) == (
        "### `llmctl diff`: `project 1`\n\n**no differences, 1 unchanged**\n"
    )


def test_what_is_left_out_and_disabled_is_told() -> None:
    text = 'evaluation_reports = []\n[[evaluations]]\nname = "Relevance"\n'
    text += 'evaluation_type = "llm_judge"\noutput_type = "boolean"\n'
    of = project(evaluations=[JUDGE], evaluation_reports=[REPORT])
    assert difference.text(plan(text, of, prune=True)).splitlines() == [
        "~ evaluation report 'Relevance' (disabled, because this server cannot delete it)",
        "    enabled: true -> false",
        "",
        "0 to create, 0 to change, 0 to delete, 1 to disable, 1 unchanged",
    ]
    of = project("v1", evaluations=[JUDGE])
    made = plan(text + 'directory = "A"\n', of, drop_unsupported=True)
    assert difference.text(made).splitlines() == [
        "no differences, 1 unchanged",
        "left out: directory of evaluation 'Relevance': older servers have no directory",
    ]


HOSTILE = "a\n```\n````\n~~~\n</details><script>x</script> @everyone ![x](https://x)\n::error::x\n"


def test_markdown_cannot_be_broken_out_of() -> None:
    text = TEXT.replace("One\\nTwo\\nFour\\n", HOSTILE.replace("\n", "\\n"))
    text = text.replace('"GPT-4"', '"@everyone ``` <b>\\u001b[31m"')
    made = plan(text, project(evaluations=[OLD], clustering_jobs=[]))
    made = dataclasses.replace(made, notes=("see @everyone <b>",))
    shown = difference.markdown([("project 1 (profile `@x)", made)])
    tokens = MarkdownIt("commonmark").parse(shown)
    assert [token.type for token in tokens] == [
        *["heading_open", "inline", "heading_close"],
        *["paragraph_open", "inline", "paragraph_close"],
        "fence",
    ]
    outside = shown.partition("````")[0]
    assert "everyone" not in outside
    assert outside.startswith("### `llmctl diff`: `project 1 (profile '@x)`\n")
    assert tokens[-1].info == "diff"
    assert "\x1b" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_long_plan_is_folded_and_cut() -> None:
    text = "".join(
        f'[[clustering_jobs]]\nname = "{number}"\nanalysis_level = "trace"\n'
        for number in range(3000)
    )
    shown = difference.markdown([("project 1", plan(text, project(clustering_jobs=[])))])
    assert len(shown) < 65_000
    assert "<details><summary>Show the changes</summary>" in shown
    assert "more lines" in shown
    assert shown.endswith("</details>\n")


def test_json_has_values_and_ids() -> None:
    of = project(evaluations=[OLD], clustering_jobs=[])
    found = difference.as_json(plan(TEXT, of), of)
    assert found["project"] == {"host": "https://eu.posthog.com", "project": "1"}
    evaluation, job = found["changes"]
    assert evaluation["fields"][0] == {"field": "enabled", "old": True, "new": False}
    assert (job["action"], job["id"]) == ("create", None)
    assert job["fields"][0] == {"field": "name", "new": "GPT-4"}
    assert (found["unchanged"], found["dropped"], found["notes"]) == (0, [], [])
