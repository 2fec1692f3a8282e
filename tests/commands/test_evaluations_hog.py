"""`evaluations test-hog`: a POST that stores nothing, so a read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.support import RecordingServer, Reply, call

SAMPLE: dict[str, Any] = {
    "sample_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "sample_type": "generation",
    "event_uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "trace_id": None,
    "input_preview": "How do I\nreset it?",
    "output_preview": "\x1b[31mLike this",
    "result": True,
    "reasoning": "short",
    "error": None,
}
FAILED = SAMPLE | {"result": None, "reasoning": None, "error": "Unknown function: leng"}
EMPTY = {"results": [], "message": "No recent AI events found in the last 7 days"}
TEST = ["evaluations", "test-hog"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "check.hog"
    path.write_text("return true\n")
    return str(path)


def test_request(run: Run, server: RecordingServer, file: str) -> None:
    server.reply({"results": [SAMPLE]})
    assert run(*TEST, file).code == 0
    assert server.sent[-1].json == {"source": "return true\n"}
    assert server.lines[-1].startswith("POST ")
    assert server.lines[-1].endswith("/42/evaluations/test_hog/")
    words = ["--sample-count", "11", "--allows-na", "--conditions", '[{"id": "a"}]']
    words += ["--target", "trace", "--target-config", '{"window_seconds": 60}']
    words += ["--output-type", "numeric", "--output-config", '{"min": 0}']
    assert run(*TEST, "-", *words, stdin="return 1").code == 0
    assert server.sent[-1].json == {
        "source": "return 1",
        "sample_count": 11,
        "allows_na": True,
        "output_type": "numeric",
        "output_config": {"min": 0},
        "target": "trace",
        "target_config": {"window_seconds": 60},
        "conditions": [{"id": "a"}],
    }


@pytest.mark.parametrize(
    ("sample", "shown"),
    [
        ({}, "true"),
        ({"result": False}, "false"),
        ({"result": None}, "N/A"),
        ({"result": None, "score": 0.0}, "0.0"),
        ({"result": None, "score": None}, "N/A"),
        ({"result": None, "categories": ["a", "b"]}, "a, b"),
        ({"result": None, "categories": []}, "none"),
        ({"result": None, "error": "Bad"}, "error"),
    ],
)
def test_result_in_a_table(
    server: RecordingServer, file: str, sample: dict[str, Any], shown: str
) -> None:
    server.reply({"results": [SAMPLE | sample]})
    out = call([*TEST, file, "--columns", "result"], is_terminal=True)[1]
    assert out.split("\n")[-2].strip() == shown


def test_sample_of_an_older_server(run: Run, server: RecordingServer, file: str) -> None:
    older = {name: value for name, value in SAMPLE.items() if not name.startswith("sample_")}
    server.reply({"results": [older]})
    out = run(*TEST, file, "-o", "table", "--columns", "sample_id").out
    assert SAMPLE["event_uuid"] in out


def test_table_fits_80_columns(
    server: RecordingServer, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    server.reply({"results": [SAMPLE, FAILED]})
    code, out, err = call([*TEST, file], is_terminal=True)
    assert code == 6
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b[31mLike" not in out
    assert "the code failed on 1 of 2 samples: Unknown function: leng" in err


def test_formats(run: Run, server: RecordingServer, file: str) -> None:
    answer = {"results": [SAMPLE], "future": 1}
    server.reply(answer)
    assert json.loads(run(*TEST, file, "-o", "json").out) == answer
    assert json.loads(run(*TEST, file, "-o", "jsonl").out) == SAMPLE
    header, row = run(*TEST, file).out.splitlines()
    assert header.split("\t")[:2] == ["sample_id", "result"]
    assert row.split("\t")[:2] == [SAMPLE["sample_id"], "true"]
    assert run(*TEST, file, "-o", "ids").code == 2


def test_a_failed_sample_is_exit_6(run: Run, server: RecordingServer, file: str) -> None:
    server.reply({"results": [FAILED, SAMPLE | {"result": False}]})
    result = run(*TEST, file, "-o", "json")
    assert result.code == 6
    assert len(json.loads(result.out)["results"]) == 2
    error = json.loads(result.err)["error"]
    assert error["message"] == "the code failed on 1 of 2 samples: Unknown function: leng"


def test_no_events(run: Run, server: RecordingServer, file: str) -> None:
    server.reply(EMPTY)
    result = run(*TEST, file, "-o", "table")
    assert (result.code, result.out, result.err) == (0, "", f"{EMPTY['message']}\n")
    assert json.loads(run(*TEST, file, "-o", "json").out) == EMPTY


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Compilation error: bad", "error: Compilation error: bad\n"),
        (
            "Compilation error: {'hog': ErrorDetail(string=\"It's wrong.\", code='invalid')}",
            "error: Compilation error: It's wrong.\n",
        ),
        ({"source": ["No."]}, "error: source: No.\n"),
        ({"sample_count": {}}, 'error: {"error": {"sample_count": {}}}\n'),
    ],
)
def test_refused_code(run: Run, server: RecordingServer, file: str, error: Any, said: str) -> None:
    server.reply(Reply(400, {"error": error}))
    result = run(*TEST, file)
    assert (result.code, result.err) == (6, said)


def test_it_is_a_read(run: Run, server: RecordingServer, file: str) -> None:
    """It is tried again, and a failure leaves nothing unknown."""
    server.reply(Reply(503), {"results": [SAMPLE]})
    assert run(*TEST, file).code == 0
    assert len(server.sent) == 2
    server.reply(Reply(500, {"detail": "A server error occurred."}))
    assert run(*TEST, file).code == 7
    server.reply({"results": None})
    assert run(*TEST, file).code == 7


def test_old_server(run: Run, server: RecordingServer, file: str) -> None:
    text = "This action does not support personal API key access"
    server.reply(Reply(403, {"code": "permission_denied", "detail": text}))
    result = run(*TEST, file)
    assert result.code == 4
    assert text in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.hog"], "missing.hog"),
        (["-", "--conditions", "-"], "cannot both read standard input"),
        (["-", "--sample-count", "x"], "--sample-count is not a whole number"),
    ],
)
def test_mistakes(run: Run, server: RecordingServer, words: list[str], said: str) -> None:
    result = run(*TEST, *words, stdin="return true")
    assert (result.code, server.sent) == (2, [])
    assert said in result.err
