"""An export is read as a file with the same values, whatever texts the project holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from llmctl.project_file import document
from llmctl.project_file.export import to_toml
from llmctl.project_file.kinds import BY_TABLE
from llmctl.project_file.model import Project, Stored
from llmctl.project_file.source import Text
from llmctl.safe import strict_json

_PIECES = [
    "null",
    "\\",
    "${vars.X}",
    "$",
    '"',
    "'",
    "'''",
    '"""',
    "\n",
    "\r\n",
    "\t",
    " ",
    "ä",
    "\x85",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9) | st.lists(
    st.sampled_from(_PIECES), max_size=6
).map("".join)
NUMBERS = st.sampled_from(["1E5", "-0", "0.1234567890123456789", "1e-7", "100.0", "10" * 30])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS.map(strict_json.parse) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FILTERS = st.lists(st.dictionaries(TEXT, JSON, max_size=3), max_size=3)
NAME = TEXT.filter(lambda text: text.strip() != "")


def stored(table: str, name: str, values: dict[str, Any]) -> Stored:
    return Stored(BY_TABLE[table], "", name, {}, values)


@given(NAME, TEXT, TEXT, JSON, FILTERS)
def test_reads_back(name: str, description: str, prompt: str, extra: Any, filters: Any) -> None:
    values = {
        "name": name,
        "description": description,
        "enabled": True,
        "evaluation_type": "llm_judge",
        "evaluation_config": {"prompt": prompt, "more": extra},
        "output_type": "boolean",
        "conditions": filters,
    }
    objects = {
        "evaluations": (stored("evaluations", name, values),),
        "clustering_config": (
            stored("clustering_config", "clustering_config", {"event_filters": filters}),
        ),
    }
    project = Project("https://us.posthog.com", "1", "v1", objects, {})
    text = to_toml(project)
    file = document.parse([Text("llm.toml", text)], {}, None)
    assert to_toml(project) == text
    assert file.source == (project.origin, "1")
    for table, [each] in objects.items():
        [entry] = file.of(table)
        assert entry.values == each.values
