"""`evaluation-reports runs` and `show-run`: every shape of a run, and hostile text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from llmctl import paths
from llmctl.sandbox import defaults
from tests.conftest import Result, Run
from tests.support import RecordingServer, Reply, Sent, page
from tests.terminal import acted_on, drawn

EVALUATION_ID = "01890a5d-ac96-774b-bcce-b30200000011"
REPORT_ID = "01890a5d-ac96-774b-bcce-b30200000012"
RUN_IDS = [f"01890a5d-ac96-774b-bcce-b3020000004{number}" for number in range(3)]
EVALUATION = {"id": EVALUATION_ID, "name": "Answer relevance"}
REPORT = {"id": REPORT_ID, "evaluation": EVALUATION_ID, "delivery_targets": []}
METRICS: dict[str, Any] = {
    "output_type": "boolean",
    "total_runs": 120,
    "result_counts": {"pass": 90, "fail": 10, "na": 20},
    "result_rates": {"pass": 75.0, "fail": 8.33, "na": 16.67},
    "pass_rate": 90.0,
    "previous_pass_rate": 93.5,
}
RUN: dict[str, Any] = {
    "id": RUN_IDS[0],
    "report": REPORT_ID,
    "content": {
        "evaluation_target": "generation",
        "title": "Refunds pull the pass rate down",
        "sections": [
            {"title": "Summary", "content": "It **fell**. See [the docs](https://example.com)."},
            {"title": "Next step", "content": "1. Add an example.\n2. Compare again."},
        ],
        "citations": [
            {"generation_id": "gen-1", "trace_id": "trace-1", "reason": "off topic"},
            {"session_id": "session-1"},
        ],
        "generation_status": "completed",
        "metrics": METRICS,
    },
    "metadata": METRICS,
    "period_start": "2026-08-10T12:00:00Z",
    "period_end": "2026-08-11T12:00:00Z",
    "delivery_status": "partial_failure",
    "delivery_errors": ["Slack #llm: channel_not_found"],
    "created_at": "2026-08-11T12:01:00Z",
}
LIST = ["evaluation-reports", "runs", "Answer relevance"]
SHOW = ["evaluation-reports", "show-run", "Answer relevance"]


def api(*runs: dict[str, Any]) -> Callable[[Sent], Reply]:
    """The responses of a server with one evaluation, its report and these runs, newest first."""

    def reply(sent: Sent) -> Reply:
        parts = sent.path.strip("/").split("/")
        if parts[-1] == "runs":
            match = re.search("limit=([0-9]+)", sent.target)
            return Reply(200, page([*runs][: int(match[1]) if match else None]))
        found = {
            "evaluations": page([EVALUATION]),
            "evaluation_reports": page([REPORT]),
            EVALUATION_ID: EVALUATION,
            REPORT_ID: REPORT,
        }
        return Reply(200, found[parts[-1]])

    return reply


def of(metrics: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    """A run with these metrics."""
    return RUN | {"content": {"title": "T", "metrics": metrics}, "metadata": None} | fields


TEXT = """\
Not delivered to every recipient
  Slack #llm: channel_not_found

Refunds pull the pass rate down

evaluation    Answer relevance
period start  2026-08-10 12:00 UTC
period end    2026-08-11 12:00 UTC
status        partial_failure
results       120 (20 N/A)
pass rate     90.0% (-3.5 points, from 93.5%)
run           01890a5d-ac96-774b-bcce-b30200000040

pass  ██████████████████         75.0%  90
fail  ██                          8.3%  10
N/A   ████                       16.7%  20

Summary
───────
It fell. See the docs (https://example.com).

Next step
─────────
1. Add an example.
2. Compare again.

Citations
─────────
1. off topic (generation gen-1, trace trace-1)
2. session session-1
"""


def test_text_is_the_same_on_a_terminal_and_in_a_pipe(run: Run, server: RecordingServer) -> None:
    server.reply(api(RUN))
    assert run(*SHOW) == Result(0, TEXT, "")
    assert run(*SHOW, "latest").out == TEXT
    assert drawn(*SHOW).text.replace("\x1b[0m", "") != TEXT  # it has colours
    assert re.sub(r"\x1b\[[0-9;]*m", "", drawn(*SHOW).text) == TEXT
    assert drawn(*SHOW, NO_COLOR="1").text == TEXT


def test_text_by_ids(run: Run, server: RecordingServer) -> None:
    server.reply(api(RUN | {"id": RUN_IDS[1]}, RUN))
    assert run("evaluation-reports", "show-run", REPORT_ID, RUN_IDS[0].upper()).out == TEXT
    # The runs, and for the name of its evaluation the report and the evaluation.
    assert [sent.path.strip("/").split("/")[-1] for sent in server.sent] == [
        "runs", REPORT_ID, EVALUATION_ID
    ]  # fmt: skip


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_text_fits_the_terminal(server: RecordingServer, columns: int) -> None:
    server.reply(api(RUN))
    shown = drawn(*SHOW, columns=columns, NO_COLOR="1").text
    assert max(cell_len(line) for line in shown.splitlines()) <= columns
    assert RUN_IDS[0] in shown


def test_formats_for_programs(run: Run, server: RecordingServer) -> None:
    server.reply(api(RUN))
    assert json.loads(run(*SHOW, "-o", "json").out) == RUN
    assert json.loads(run(*SHOW, "-o", "jsonl").out) == RUN
    assert run(*SHOW, "-o", "ids").out == f"{RUN_IDS[0]}\n"
    head, row = run(*SHOW, "-o", "tsv").out.splitlines()
    assert head.split("\t") == [
        "id", "period_start", "period_end", "delivery_status", "results", "pass_rate", "change"
    ]  # fmt: skip
    assert row.split("\t")[3:] == ["partial_failure", "120", "90.0", "-3.5"]
    shown = run(*SHOW, "--columns", "pass rate,content.title").out
    assert shown == "pass_rate      90.0\ncontent.title  Refunds pull the pass rate down\n"


def test_markdown(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_OUTPUT", "json")
    server.reply(api(RUN))
    assert run(*SHOW, "--markdown").out == (
        "**Not delivered to every recipient**\n"
        "\n"
        "- Slack #llm: channel\\_not\\_found\n"
        "\n"
        "## Refunds pull the pass rate down\n"
        "\n"
        "|  |  |\n"
        "| --- | --- |\n"
        "| evaluation | Answer relevance |\n"
        "| period start | 2026-08-10 12:00 UTC |\n"
        "| period end | 2026-08-11 12:00 UTC |\n"
        "| status | partial\\_failure |\n"
        "| results | 120 (20 N/A) |\n"
        "| pass rate | 90.0% (-3.5 points, from 93.5%) |\n"
        f"| run | {RUN_IDS[0]} |\n"
        "\n"
        "| result | share | number |\n"
        "| --- | --- | --- |\n"
        "| pass | 75.0% | 90 |\n"
        "| fail | 8.3% | 10 |\n"
        "| N/A | 16.7% | 20 |\n"
        "\n"
        "### Summary\n"
        "\n"
        "It **fell**. See [the docs](https://example.com).\n"
        "\n"
        "### Next step\n"
        "\n"
        "1. Add an example.\n"
        "2. Compare again.\n"
        "\n"
        "### Citations\n"
        "\n"
        "1. off topic (generation gen-1, trace trace-1)\n"
        "2. session session-1\n"
    )
    for options in (["-o", "json"], ["--columns", "id"]):
        result = run(*SHOW, "--markdown", *options)
        assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize(
    ("metrics", "fields", "lines"),
    [
        (None, {}, ["metrics       not available"]),
        (METRICS, {"content": {}}, ["Evaluation report", "metrics       not available"]),
        (None, {"content": None, "metadata": METRICS}, ["pass rate     90.0% (-3.5 points, from"]),
        (None, {"content": "x", "delivery_status": "pending"}, ["status        pending"]),
        (
            METRICS
            | {"total_runs": 30, "result_counts": {"na": 30}, "result_rates": {}, "pass_rate": 0.0},
            {},
            ["pass rate     N/A (no applicable result)", "results       30 (30 N/A)"],
        ),
        (
            {"total_runs": 100, "pass_count": 80, "fail_count": 18, "na_count": 2},
            {},
            ["pass rate     81.6%\n", "N/A   ▌                           2.0%   2\n"],
        ),
        (
            {
                "output_type": "sentiment",
                "total_runs": 4,
                "result_counts": {"positive": 3, "negative": 1},
                "result_rates": {"positive": 75.0, "negative": 25.0},
            },
            {},
            ["positive  ██████████████████         75.0%  3\n"],
        ),
        (
            {"output_type": "categorical", "total_runs": 3, "result_counts": {"a-b": 2, "c": 1}},
            {},
            ["a-b  ████████████████           66.7%  2\n", "results       3\n"],
        ),
        (
            METRICS,
            {"delivery_status": "failed", "delivery_errors": None},
            ["Not delivered\n\n", "status        failed"],
        ),
        (
            METRICS,
            {"content": {"sections": [1, {"content": {"a": 1}}, {"title": "S"}], "citations": "x"}},
            ['{"a":1}\n', "S\n"],
        ),
    ],
)  # fmt: skip
def test_shapes(
    run: Run,
    server: RecordingServer,
    metrics: dict[str, Any] | None,
    fields: dict[str, Any],
    lines: list[str],
) -> None:
    server.reply(api(of(metrics, **{"delivery_errors": [], **fields})))
    result = run(*SHOW)
    assert result.code == 0
    for line in lines:
        assert line in result.out
    assert run(*SHOW, "--markdown").code == 0


def test_hostile_content(run: Run, server: RecordingServer) -> None:
    hostile = (
        "\x1b[2J\x1b]8;;http://evil\x07x \u202etxt [bold]x[/bold] <script>x</script>\n"
        "::set-output name=a::b\n![x](http://evil/beacon)\n\n```\n::error::x"
    )
    counts = {hostile: 1, "::x": 2}
    content = {
        "title": hostile,
        "sections": [{"title": hostile, "content": hostile}, {"title": "After", "content": "end"}],
        "citations": [{"generation_id": hostile, "reason": hostile, "evil_id": "::x"}],
        "metrics": {"output_type": hostile, "total_runs": 3, "result_counts": counts},
    }
    errors = [hostile, {"a": hostile}]
    server.reply(api(RUN | {"content": content, "delivery_errors": errors, "id": RUN_IDS[0]}))
    for shown in (run(*SHOW).out, drawn(*SHOW).text, run(*SHOW, "--markdown").out):
        assert not acted_on(shown)
        assert not re.search(r"^\s*::", shown, re.MULTILINE)
        assert "\x1b]" not in shown
    assert "[bold]x[/bold]" in run(*SHOW).out
    markdown = run(*SHOW, "--markdown").out
    assert "<script" not in markdown.replace("\\<script", "")
    assert "![" not in markdown.replace("!\\[", "")
    assert len(re.findall("^```$", markdown, re.MULTILINE)) == 2  # it is closed


def test_no_runs(run: Run, server: RecordingServer) -> None:
    server.reply(api())
    result = run(*SHOW)
    assert (result.code, result.out) == (5, "")
    assert result.err == (
        "error: evaluation report 'Answer relevance' has no runs yet\n"
        "hint: to generate one: llmctl evaluation-reports generate 'Answer relevance'\n"
    )
    result = run(*SHOW, RUN_IDS[2])
    assert (result.code, result.out) == (5, "")
    assert "has no run 01890a5d" in result.err
    assert run(*LIST) == Result(0, "\t".join(TSV) + "\n", "")
    assert "nothing found" in run(*LIST, "-o", "table").err


@pytest.mark.parametrize("word", ["newest", "1", "sk-proj-0123456789abcdef"])
def test_a_run_is_an_id_or_latest(run: Run, server: RecordingServer, word: str) -> None:
    result = run(*SHOW, word)
    assert (result.code, server.sent) == (2, [])
    assert word not in result.err


TSV = ["id", "period_start", "period_end", "delivery_status", "results", "pass_rate", "change"]
NOTHING = METRICS | {"total_runs": 3, "result_counts": {"pass": 0, "fail": 0, "na": 3}}
HISTORY = [
    RUN | {"period_end": (datetime.now(UTC) - timedelta(hours=3, minutes=1)).isoformat()},
    of(NOTHING | {"pass_rate": 0.0}, id=RUN_IDS[1], delivery_status="delivered"),
    of(
        METRICS | {"pass_rate": 93.5, "previous_pass_rate": None},
        id=RUN_IDS[2],
        delivery_status="generated",
        period_end="2026-08-10T12:00:00Z",
    ),
]


def test_list_at_80_columns(server: RecordingServer) -> None:
    server.reply(api(*HISTORY))
    shown = drawn(*LIST, NO_COLOR="1").text
    ages = [
        f"{(datetime.now(UTC) - datetime.fromisoformat(str(each['period_end']))).days}d"
        for each in HISTORY
    ]
    width = max(5, *map(len, ages))
    assert shown == (
        f"{'ended':<{width}}  status     results  passed  change  id\n"
        + "─" * (width + 74)
        + f"\n{'3h':<{width}}  partial        120   90.0%    -3.5  {RUN_IDS[0]}\n"
        f"{ages[1]:<{width}}  delivered        3     N/A          {RUN_IDS[1]}\n"
        f"{ages[2]:<{width}}  generated      120   93.5%          {RUN_IDS[2]}\n"
        "\n"
        "passed  █·▁  90.0% to 93.5%, oldest first\n"
    )


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_list_fits_the_terminal(server: RecordingServer, columns: int) -> None:
    server.reply(api(*HISTORY))
    shown = drawn(*LIST, columns=columns, NO_COLOR="1").text
    assert max(cell_len(line) for line in shown.splitlines()) <= columns
    assert all(run_id in shown for run_id in RUN_IDS)
    assert "90.0%" in shown


def test_list_for_programs(run: Run, server: RecordingServer) -> None:
    server.reply(api(*HISTORY))
    assert json.loads(run(*LIST, "-o", "json").out) == HISTORY
    assert run(*LIST, "-o", "ids").out.split() == RUN_IDS
    head, *rows = (line.split("\t") for line in run(*LIST).out.splitlines())
    assert head == TSV
    # Without an applicable result, 0.0 is no pass rate.
    assert [row[4:] for row in rows] == [
        ["120", "90.0", "-3.5"],
        ["3", "", ""],
        ["120", "93.5", ""],
    ]
    assert run(*LIST, "--sort", "-pass_rate", "-o", "ids").out.split() == [
        RUN_IDS[2], RUN_IDS[0], RUN_IDS[1]
    ]  # fmt: skip
    found = run(*LIST, "--filter", "delivery_status=delivered", "--filter", "pass_rate=null")
    assert found.out.splitlines()[1].split("\t")[0] == RUN_IDS[1]
    assert "passed" not in run(*LIST, "--limit", "1", "-o", "table").out.splitlines()[-1]


def test_list_follows_pages(run: Run, server: RecordingServer) -> None:
    path = f"/api/environments/42/llm_analytics/evaluation_reports/{REPORT_ID}/runs/"
    following = f"{server.origin}{path}?limit=2&offset=2"
    server.reply(page(HISTORY[:2], count=3, following=following), page(HISTORY[2:], count=3))
    assert run("evaluation-reports", "runs", REPORT_ID, "-o", "ids").out.split() == RUN_IDS
    assert server.lines == [f"GET {path}", f"GET {path}?limit=2&offset=2"]
    # The ids of runs are not those that complete the ID of a report.
    assert not list((paths.cache_dir() / "ids").rglob("evaluation-reports"))


@pytest.mark.parametrize("words", [LIST, SHOW])
def test_server_that_does_not_let_keys_read_runs(
    run: Run, server: RecordingServer, words: list[str]
) -> None:
    refusal = {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": "This action does not support personal API key access",
        "attr": None,
    }
    found = api()
    server.reply(lambda sent: Reply(403, refusal) if "/runs" in sent.path else found(sent))
    result = run(*words)
    assert (result.code, result.out) == (4, "")
    assert "This action does not support personal API key access" in result.err


def test_report_that_is_gone(run: Run, server: RecordingServer) -> None:
    gone = {"type": "invalid_request", "code": "not_found", "detail": "Not found.", "attr": None}
    server.reply(Reply(404, gone))
    result = run("evaluation-reports", "runs", REPORT_ID)
    assert result.code == 5
    assert f"evaluation report {REPORT_ID}: Not found." in result.err


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_initial_history_of_the_sandbox(run: Run) -> None:
    words = ["Answer relevance", "-p", "sandbox"]
    listed = run("evaluation-reports", "runs", *words, "-o", "ids")
    assert listed.out.split() == defaults.RUN_IDS[::-1]
    shown = run("evaluation-reports", "show-run", *words).out
    assert "pass rate     93.7% (+5.2 points, from 88.5%)" in shown
    words.insert(1, defaults.RUN_IDS[0])
    oldest = run("evaluation-reports", "show-run", *words)
    assert oldest.code == 0
    assert oldest.out != shown
