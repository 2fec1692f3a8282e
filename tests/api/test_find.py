"""Objects are found by name: exactly, without guessing, in one list for all names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from llmctl import config
from llmctl.api.client import Client
from llmctl.api.find import Found, find, find_each
from llmctl.api.resources import CLUSTERING_JOBS, EVALUATION_REPORTS, EVALUATIONS, PROVIDER_KEYS
from llmctl.errors import LlmctlError, NotFoundError, UnavailableError, UsageError
from tests.support import PROVIDER_KEY, RecordingServer, page

IDS = [f"01890a5d-ac96-774b-bcce-b302099a805{digit}" for digit in range(5)]
BASE = "/api/environments/42"


def named(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": key, "name": name, **fields} for key, name in zip(IDS, names, strict=False)]


@pytest.fixture
def client(server: RecordingServer) -> Client:
    return Client(config.resolve(), timeout=10, retries=0, report=lambda text: None)


def test_an_id_is_not_looked_up(client: Client, server: RecordingServer) -> None:
    server.reply(page([]))
    assert find(client, CLUSTERING_JOBS, IDS[0].upper()) == Found(IDS[0].upper())
    assert not server.sent


@pytest.mark.parametrize("name", ["GPT-4", "../x", IDS[1][:-1], "日本"])
def test_a_name_is_compared_exactly(client: Client, server: RecordingServer, name: str) -> None:
    server.reply(page(named("GPT-4 ", name, "gpt-4" if name == "GPT-4" else "GPT-4")))
    assert find(client, CLUSTERING_JOBS, name) == Found(IDS[1], name)
    assert server.lines == [f"GET {BASE}/llm_analytics/clustering_jobs/?limit=1000"]


def test_one_list_for_several_names(client: Client, server: RecordingServer) -> None:
    server.reply(page(named("a", "b", "c")))
    [first, by_id, missing, last] = find_each(
        client, CLUSTERING_JOBS, ["a", IDS[4], "Missing", "c"]
    )
    assert [first, by_id, last] == [Found(IDS[0], "a"), Found(IDS[4]), Found(IDS[2], "c")]
    assert isinstance(missing, NotFoundError)
    assert len(server.sent) == 1


def test_all_pages_are_read(client: Client, server: RecordingServer) -> None:
    [first, second] = named("a", "b")
    following = f"{server.origin}{BASE}/llm_analytics/clustering_jobs/?limit=1&offset=1"
    server.reply(page([first], count=2, following=following), page([second], count=2))
    assert find(client, CLUSTERING_JOBS, "b").id == IDS[1]


def test_the_nearest_names_are_suggested(client: Client, server: RecordingServer) -> None:
    server.reply(page(named("Traces", "Generations")))
    with pytest.raises(NotFoundError, match="no clustering job is named 'trace'") as caught:
        find(client, CLUSTERING_JOBS, "trace")
    assert str(caught.value.hint) == "did you mean 'Traces'; llmctl clustering-jobs list"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("default - traces", "'Default - traces'"),
        ("Default - trace", "'Default - traces', 'Default - traced' or 'Default - tracks'"),
    ],
)
def test_a_name_in_another_case_is_the_only_suggestion(
    client: Client, server: RecordingServer, name: str, meant: str
) -> None:
    server.reply(page(named("Default - traces", "Default - tracks", "Default - traced")))
    with pytest.raises(NotFoundError) as caught:
        find(client, CLUSTERING_JOBS, name)
    assert str(caught.value.hint) == f"did you mean {meant}; llmctl clustering-jobs list"


def test_several_candidates_are_named(client: Client, server: RecordingServer) -> None:
    rows = named("same", "same", evaluation_type="hog", enabled=False)
    server.reply(page(rows))
    with pytest.raises(UsageError) as caught:
        find(client, EVALUATIONS, "same")
    assert caught.value.message == (
        f"2 evaluations are named 'same': {IDS[0]} (hog, not enabled), {IDS[1]} (hog, not enabled)"
    )


def test_a_report_without_an_id_of_its_evaluation_has_no_name(
    client: Client, server: RecordingServer
) -> None:
    [evaluation] = named("Relevance")
    reports = [{"id": IDS[3], "evaluation": each} for each in ({"id": IDS[0]}, [IDS[0]], None)]
    server.reply(page(reports), page([evaluation]))
    with pytest.raises(NotFoundError, match="no evaluation report belongs to"):
        find(client, EVALUATION_REPORTS, "Relevance")


def test_a_report_has_the_name_of_its_evaluation(client: Client, server: RecordingServer) -> None:
    evaluations = named("Relevance", "Tone", "Unused")
    reports = [
        {"id": IDS[3 + place], "evaluation": each["id"], "frequency": "every_n", "enabled": True}
        for place, each in enumerate(evaluations[:2])
    ]
    server.reply(page(reports), page(evaluations))
    assert find(client, EVALUATION_REPORTS, "Tone") == Found(IDS[4], "Tone")
    assert [sent.path for sent in server.sent] == [
        f"{BASE}/llm_analytics/evaluation_reports/",
        f"{BASE}/evaluations/",
    ]
    server.reply(page(reports), page(evaluations))
    with pytest.raises(NotFoundError, match="no evaluation report belongs to evaluation 'Unused'"):
        find(client, EVALUATION_REPORTS, "Unused")
    reports[1]["evaluation"] = IDS[0]
    server.reply(page(reports), page(evaluations))
    with pytest.raises(UsageError, match="2 evaluation reports belong to evaluation 'Relevance'"):
        find(client, EVALUATION_REPORTS, "Relevance")


def test_aliases_are_names_too(client: Client, server: RecordingServer) -> None:
    def aliases(rows: Sequence[dict[str, Any]]) -> Mapping[str, str]:
        return {row["id"]: row["name"].partition(" [")[0] for row in rows}

    server.reply(page(named("key [tag]", "other")))
    for name, key in (("key", IDS[0]), ("key [tag]", IDS[0]), ("other", IDS[1])):
        assert find(client, PROVIDER_KEYS, name, aliases=aliases).id == key


@pytest.mark.parametrize("bad", [PROVIDER_KEY, "", " ", "a\nb", "a\x1b[31m"])
def test_what_cannot_be_a_name_is_not_looked_up(
    client: Client, server: RecordingServer, bad: str
) -> None:
    server.reply(page([]))
    with pytest.raises(UsageError) as caught:
        find_each(client, CLUSTERING_JOBS, ["a", bad])
    assert not server.sent
    assert not bad.strip() or bad not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [page(named("other"), count=2), page([{"id": "../x", "name": "a"}])]
)
def test_a_doubtful_list_finds_nothing(
    client: Client, server: RecordingServer, answer: Any
) -> None:
    server.reply(answer)
    [found] = _errors(client)
    assert isinstance(found, UnavailableError)


def _errors(client: Client) -> list[LlmctlError | Found]:
    try:
        return find_each(client, CLUSTERING_JOBS, ["a"])
    except LlmctlError as error:
        return [error]
