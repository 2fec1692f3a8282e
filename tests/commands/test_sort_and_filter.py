"""--sort and --filter on lists."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.errors import ExitCode
from llmctl.output import Column
from llmctl.output.criteria import parse_criteria
from tests.conftest import Run
from tests.support import JOB, RecordingServer, Reply, page

JOBS = ["clustering-jobs", "list", "-o", "ids"]
API = "/api/environments/42/llm_analytics"
COLUMNS = (Column("id"), Column("value", "worth"), Column("at"))


def jobs(server: RecordingServer, **fields: list[Any]) -> None:
    """A list of jobs a, b, c ... with these values of each field."""
    rows = [
        JOB | {"id": chr(97 + number)} | dict(zip(fields, values, strict=True))
        for number, values in enumerate(zip(*fields.values(), strict=True))
    ]
    server.reply(page(rows))


def ids(run: Run, *words: str) -> str:
    result = run(*JOBS, *words)
    assert result.code == 0, result.err
    return "".join(result.out.split())


@pytest.mark.parametrize(
    ("sort", "values", "shown"),
    [
        ("name", ["b", None, "a", "B"], "cdab"),
        ("-name", ["b", None, "a", "B"], "adcb"),
        ("level", [10, 9, 9.5, -1], "dbca"),
        ("enabled", [True, False, None, False], "bdac"),
        ("-enabled", [True, False, None, True], "adbc"),
        ("updated", ["2026-01-01T10:00:00Z", "2026-01-01T11:00:00+05:00", "", None], "bacd"),
        ("event_filters.0.key", [[{"key": "z"}], [], [{"key": "y"}], None], "cabd"),
    ],
)
def test_sort(run: Run, server: RecordingServer, sort: str, values: list[Any], shown: str) -> None:
    names = {
        "level": "analysis_level",
        "updated": "updated_at",
        "event_filters.0.key": "event_filters",
    }
    field = names.get(sort, sort.strip("-"))
    jobs(server, **{field: values})
    assert ids(run, "--sort", sort) == shown
    assert ids(run, f"--sort={sort}", "--offset", "1", "--limit", "2") == shown[1:3]
    assert {sent.target for sent in server.sent} == {f"{API}/clustering_jobs/"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["name=chat"], "a"),
        (["name=*chat*"], "abd"),
        (["name=chat*", "enabled=true"], "a"),
        (["name!=*chat*"], "ce"),
        (["enabled=true"], "acd"),
        (["Level=trace"], "ab"),
        (["event_filters="], "e"),
        (["event_filters=null"], "e"),
        (["event_filters!=null"], "abcd"),
        (["event_filters.key=model"], "a"),
        (["event_filters.key!=model"], "bcde"),
        (["event_filters.value=4.5"], "a"),
        (["event_filters=*model*"], "a"),
        (["name=*c*a*t*", "name!=*c*h*a*t"], "bd"),
    ],
)
def test_filter(run: Run, server: RecordingServer, words: list[str], shown: str) -> None:
    jobs(
        server,
        name=["chat", "chat 2", "a*b", "old chats", ""],
        enabled=[True, False, True, True, None],
        analysis_level=["trace", "trace", "generation", "generation", "evaluation"],
        event_filters=[[{"key": "model", "value": 4.5}], [], [], [{"key": "x"}], None],
    )
    options = [part for word in words for part in ("--filter", word)]
    assert ids(run, *options) == shown
    assert ids(run, *options, "--limit", "1") == shown[:1]


def test_rows_are_printed_as_they_arrive_and_no_page_is_read_in_vain(
    run: Run, server: RecordingServer
) -> None:
    link = f"{server.origin}{API}/clustering_jobs/?limit=1&offset=1"
    rows = [JOB | {"id": "a", "name": "x"}, JOB | {"id": "b", "name": "y"}]
    server.reply(page(rows[:1], count=2, following=link), Reply(500))
    assert ids(run, "--filter", "name=x", "--limit", "1") == "a"
    assert len(server.sent) == 1
    server.reply(page(rows[:1], count=2, following=link), Reply(400))
    result = run(*JOBS, "--filter", "name=x")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "a\n")
    server.reply(page(rows[:1], count=2, following=link), Reply(400))
    assert run(*JOBS, "--sort", "name").out == ""


@pytest.mark.parametrize("option", ["--sort", "--filter"])
def test_unknown_fields(run: Run, server: RecordingServer, option: str) -> None:
    jobs(server, name=["x"])
    value = "=x" if option == "--filter" else ""
    unknown = run(*JOBS, option, f"nam{value}")
    assert (unknown.code, unknown.out, server.sent) == (ExitCode.USAGE, "", [])
    assert f"{option}: unknown column 'nam'" in unknown.err
    assert "did you mean name; columns: id, name, " in unknown.err
    for path in ("name.first", "event_filters.0.kye", "level.x"):
        server.reply(page([JOB | {"event_filters": [{"key": 1}]}]))
        for form in ("csv", "json"):
            missing = run("clustering-jobs", "list", option, path + value, "-o", form)
            assert (missing.code, missing.out) == (ExitCode.USAGE, "")
            assert f"{option}: no row has the field" in missing.err
    server.reply(page([]))
    assert run(*JOBS, option, f"event_filters.x{value}").code == 0


def test_filter_that_is_none(run: Run, server: RecordingServer) -> None:
    server.reply(page([]))
    result = run(*JOBS, "--filter", "name")
    assert (result.code, server.sent) == (ExitCode.USAGE, [])
    assert "--filter must be FIELD=VALUE" in result.err


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        ("enabled=true", "?enabled=true"),
        ("type=hog", "?evaluation_type=hog"),
        ("enabled!=true", ""),
        ("type=h*", ""),
        ("enabled=True", ""),
        ("enabled=null", ""),
        ("name=x", ""),
    ],
)
def test_the_server_filters_what_it_can(
    run: Run, server: RecordingServer, condition: str, query: str
) -> None:
    row = {"id": "a", "name": "x", "enabled": True, "evaluation_type": "hog"}
    server.reply(page([row, {**row, "id": "b", "enabled": False, "evaluation_type": "x"}]))
    run("evaluations", "list", "-o", "ids", "--filter", condition, "--limit", "1")
    assert server.lines == [f"GET /api/environments/42/evaluations/{query}"]


def test_explicit_option_and_filter(run: Run, server: RecordingServer) -> None:
    server.reply(page([{"id": "a", "enabled": True}]))
    words = ["evaluations", "list", "--enabled", "--filter", "enabled=false", "-o", "json"]
    assert json.loads(run(*words).out) == []
    assert server.lines == ["GET /api/environments/42/evaluations/?enabled=true"]


def test_state_is_a_filter(run: Run, server: RecordingServer) -> None:
    server.reply(
        page(
            [
                {"id": each, "state": state}
                for each, state in zip("abc", ["ok", "invalid", "ok"], strict=True)
            ]
        )
    )
    words = ["provider-keys", "list", "--state", "ok", "--filter", "id!=a", "-o", "ids"]
    assert run(*words).out == "c\n"


def test_lists_in_memory(run: Run, server: RecordingServer) -> None:
    server.reply({"models": [{"id": "gpt-4"}, {"id": "o3"}, {"id": "gpt-5"}]})
    words = ["models", "list", "--provider", "openai", "--filter", "id=gpt*", "--sort", "-id"]
    assert run(*words, "-o", "ids").out == "gpt-5\ngpt-4\n"
    assert run("profiles", "list", "--filter", "name!=sandbox").out.count("\n") == 1


def test_hint_after_a_descending_sort(run: Run, server: RecordingServer) -> None:
    """The field is no option: -provider is not -p rovider."""
    server.reply(Reply(404, {"detail": "Project not found."}))
    result = run("provider-keys", "list", "--sort", "-provider")
    assert "rovider" not in result.err


_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-5, 5),
    st.sampled_from(["", "a", "B", "b"]),
    st.integers(0, 3).map(lambda hours: (_MOMENT + timedelta(hours=hours)).isoformat()),
    st.lists(st.integers(0, 1), max_size=2),
)


@given(st.lists(_VALUES, max_size=12))
def test_sorting_any_values(values: list[Any]) -> None:
    rows = [{"id": number, "value": value} for number, value in enumerate(values)]
    present = sum(value is not None for value in values)
    for sort in ("value", "-worth"):
        ordered = list(parse_criteria(COLUMNS, None, sort).select(rows))
        assert sorted(row["id"] for row in ordered) == [*range(len(rows))]
        assert all(row["value"] is None for row in ordered[present:])
        assert list(parse_criteria(COLUMNS, None, sort).select(ordered)) == ordered
