"""The cache that `list` and `profiles` write for shells: private, bounded, one line per row."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path
from typing import Any

import pytest

from llmctl.api.completion_cache import MAX_ROWS
from tests.conftest import Run, Shell
from tests.support import JOB, KEY, RecordingServer, Reply, page

LIST = ("clustering-jobs", "list")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".cache" / "llmctl"


@pytest.fixture
def left(cache: Path, server: RecordingServer) -> Path:
    """The file for the ids of a list with the environment's settings."""
    place = server.origin.replace("://", "___").replace(":", "_")
    return cache / "ids" / f"+{place}+42" / "clustering-jobs"


@pytest.mark.parametrize("output", ["table", "tsv", "json", "jsonl", "csv", "ids"])
def test_list_leaves_ids_and_names(
    run: Run, server: RecordingServer, left: Path, output: str
) -> None:
    server.reply(page([JOB]))
    assert run(*LIST, "-o", output).code == 0
    assert left.read_text() == f"{JOB['id']}\tGPT-4\n"
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in left.parents[:3]} == {0o700}
    assert sorted(each.name for each in left.parent.iterdir()) == [left.name, f"{left.name}.names"]
    assert (left.parent / f"{left.name}.names").read_text() == f"GPT-4\t{JOB['id']}\n"


@pytest.mark.parametrize(
    ("group", "row", "name"),
    [
        ("evaluations", {"id": "e-1", "name": "Relevance"}, "Relevance"),
        ("provider-keys", {"id": "k-1", "name": "OpenAI", "api_key_masked": "sk-...1"}, "OpenAI"),
        ("evaluation-reports", {"id": "r-1", "evaluation": "e-1"}, "of evaluation e-1"),
        ("integrations", {"id": 7, "display_name": "Acme Inc"}, "Acme Inc"),
        ("integrations", {"id": 7, "config": {"team": {"name": "Acme Inc"}}}, "Acme Inc"),
    ],
)
def test_the_other_groups_leave_theirs(
    run: Run, server: RecordingServer, left: Path, group: str, row: dict[str, Any], name: str
) -> None:
    server.reply(page([row]))
    assert run(group, "list", "-o", "ids").code == 0
    assert (left.parent / group).read_text() == f"{row['id']}\t{name}\n"


def test_reports_are_offered_by_the_name_of_their_evaluation(
    run: Run, server: RecordingServer, left: Path
) -> None:
    server.reply(
        page([{"id": "e-1", "name": "Relevance"}, {"id": "e-2", "name": "Tone"}]),
        page([{"id": f"r-{number}", "evaluation": f"e-{number}"} for number in (1, 2, 3)]),
    )
    for group in ("evaluations", "evaluation-reports"):
        assert run(group, "list", "-o", "ids").code == 0
    reports = left.parent / "evaluation-reports"
    offered = left.parent / "evaluation-reports.names"
    assert offered.read_text() == "Relevance\tr-1\nTone\tr-2\n"
    assert reports.read_text().splitlines()[1:] == [
        "r-2\tof evaluation Tone",
        "r-3\tof evaluation e-3",
    ]


def test_the_plain_name_of_a_key_is_that_of_the_old_one_while_a_rotation_is_pending(
    run: Run, server: RecordingServer, left: Path
) -> None:
    names = [
        "A [rotates k-2 0123abcd]",
        "A",
        "B [rotates k-9 0123abcd+kept]",
        "C [revoke x **** k]",
    ]
    rows = [{"id": f"k-{number}", "name": name} for number, name in enumerate(names, start=1)]
    server.reply(page(rows))
    assert run("provider-keys", "list", "-o", "ids").code == 0
    assert (left.parent / "provider-keys.names").read_text() == "A\tk-2\nB\tk-3\nC\tk-4\n"


def test_list_that_stops_early_forgets_nothing(
    run: Run, server: RecordingServer, left: Path
) -> None:
    rows = [{"id": f"k-{number}", "name": "A", "state": "ok"} for number in range(3)]
    server.reply(page(rows))
    words = ["provider-keys", "list", "-o", "ids", "--state", "ok"]
    assert run(*words).out.split() == ["k-0", "k-1", "k-2"]
    for limit, shown in ("1", ["k-0"]), ("2", ["k-1", "k-2"]):
        assert run(*words, "--limit", limit, "--offset", shown[0][2:]).out.split() == shown
        assert (left.parent / "provider-keys").read_text().count("\n") == 3


def test_rows_are_one_line_each_and_ids_are_plain(
    run: Run, server: RecordingServer, left: Path
) -> None:
    names = ["two\nlines\tand a tab", "\x1b[31mred\x9b", "long " * 100, None]
    rows = [{"id": f"id-{number}", "name": name} for number, name in enumerate(names)]
    odd = [{"id": "$(x)", "name": "x"}, {"id": "-x", "name": "x"}, {"id": 7, "name": "seven"}]
    server.reply(page([*rows, *odd]))
    assert run(*LIST, "-o", "ids").code == 0
    lines = [line.split("\t") for line in left.read_text().splitlines()]
    assert [line[0] for line in lines] == ["id-0", "id-1", "id-2", "id-3", "7"]
    assert lines[0][1] == "two\\nlines\\tand a tab"
    assert lines[1][1] == "\\x1b[31mred\\x9b"
    assert len(lines[2][1]) == 80
    assert lines[3][1] == ""


def test_a_part_of_a_list_goes_on_top_and_a_whole_one_replaces(
    run: Run, server: RecordingServer, left: Path
) -> None:
    def rows(*ids: str) -> object:
        return page([{"id": each, "name": each.upper()} for each in ids])

    server.reply(rows("a", "b"), rows("c", "b"), rows("d"))
    run(*LIST)
    run(*LIST, "--limit", "2")
    assert left.read_text() == "c\tC\nb\tB\na\tA\n"
    run(*LIST)
    assert left.read_text() == "d\tD\n"


def test_names_are_left_that_find_one_object_and_hold_no_secret(
    run: Run, server: RecordingServer, left: Path
) -> None:
    names = {
        "id-1": "Größe: a, b",
        "id-2": "twice",
        "id-3": "twice",
        "id-4": "sk-proj-abcdefghijkl",
        "id-5": "for 9aX2kLmQ7vR4tY8wZ1",
        "id-6": "-x",
        "id-7": "two\nlines",
        "id-8": str(uuid.UUID(int=7)),
        "id-9": "long " * 100,
        "id-10": None,
    }
    rows = [{"id": key, "name": name} for key, name in names.items()]
    server.reply(page(rows), page([{"id": "id-2", "name": "now one"}]))
    assert run(*LIST, "-o", "ids").code == 0
    offered = left.parent / f"{left.name}.names"
    assert offered.read_text() == "Größe: a, b\tid-1\n"
    assert "sk-proj" not in left.read_text()
    assert "9aX2" not in left.read_text()
    assert run(*LIST, "-o", "ids", "--limit", "1").code == 0
    assert offered.read_text() == "now one\tid-2\nGröße: a, b\tid-1\n"


def test_it_is_bounded(run: Run, server: RecordingServer, left: Path) -> None:
    server.reply(page([{"id": f"id-{each}", "name": "x" * 500} for each in range(MAX_ROWS + 9)]))
    run(*LIST, "-o", "ids")
    server.reply(page([{"id": "top", "name": "x"}]))
    run(*LIST, "-o", "ids", "--offset", "1")
    lines = left.read_text().splitlines()
    assert (len(lines), lines[0]) == (MAX_ROWS, "top\tx")
    assert left.stat().st_size < 100_000


def test_a_list_that_fails_leaves_nothing(run: Run, server: RecordingServer, left: Path) -> None:
    server.reply(page([JOB], count=2, following=f"{server.origin}/x?offset=1"), {"odd": True})
    assert run(*LIST, "-o", "ids").code == 7
    assert not left.exists()


@pytest.mark.parametrize("where", ["a file", "/dev/full", "/proc"])
def test_where_nothing_can_be_left_the_list_is_as_good(
    shell: Shell,
    server: RecordingServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    server.reply(page([JOB]))
    if where == "a file":
        (tmp_path / "cache").write_text("")
        monkeypatch.setenv("LLMCTL_CACHE_DIR", str(tmp_path / "cache"))
    else:
        monkeypatch.setenv("LLMCTL_CACHE_DIR", where)
    result = shell("llmctl clustering-jobs list -o ids")
    assert (result.code, result.out, result.err) == (0, f"{JOB['id']}\n", "")


def test_profiles_leave_their_names(run: Run, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", KEY)
    add = ("profiles", "add", "--no-check", "--api-key-env", "K", "--project", "7")
    run(*add, "work", "--host", "eu")
    run(*add, "staging")
    known = "staging\thttps://us.posthog.com, project 7\nwork\thttps://eu.posthog.com, project 7\n"
    assert (cache / "profiles").read_text() == known
    assert (cache / "current-profile").read_text() == "work\n"
    run("profiles", "use", "staging")
    assert (cache / "current-profile").read_text() == "staging\n"
    (cache / "profiles").unlink()
    run("profiles", "list")
    assert (cache / "profiles").read_text() == known
    run("profiles", "remove", "staging", "--yes")
    assert (cache / "profiles").read_text() == known.splitlines(keepends=True)[1]
    assert (cache / "current-profile").read_text() == "\n"
    assert KEY not in "".join(each.read_text() for each in cache.iterdir() if each.is_file())


def test_a_profile_that_is_removed_or_replaced_takes_its_ids_along(
    run: Run, server: RecordingServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K", KEY)
    monkeypatch.delenv("LLMCTL_PROJECT")
    server.reply(page([JOB]))
    add = ("profiles", "add", "--no-check", "--api-key-env", "K", "--host", server.origin)
    for name in ("work", "work-2"):
        run(*add, name, "--project", "7")
        for project in ([], ["--project", "8"]):
            assert run(*LIST, "-p", name, *project).code == 0
    places = cache / "ids"
    assert set(os.listdir(places)) == {"work", "work+8", "work-2", "work-2+8"}
    run(*add, "work-2", "--project", "9", "--replace")
    assert set(os.listdir(places)) == {"work", "work+8"}
    run("profiles", "remove", "work", "--yes")
    assert os.listdir(places) == []


def test_links_in_the_cache_are_not_followed(
    run: Run,
    server: RecordingServer,
    cache: Path,
    left: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("K", KEY)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    left.parent.mkdir(parents=True)
    links = [cache / "profiles", cache / "current-profile", cache / "prefixes.json", left]
    for link in links:
        link.symlink_to(victim)
    server.reply(Reply(404, {"detail": "Endpoint not found."}), page([JOB]))
    assert run(*LIST).code == 0
    add = ("profiles", "add", "work", "--no-check", "--api-key-env", "K", "--project", "7")
    assert run(*add).code == 0
    assert victim.read_text() == "precious"
    assert [link.is_symlink() for link in links] == [False] * 4


@pytest.mark.parametrize("linked", ["ids", "ids/work"])
def test_linked_folders_of_ids_are_left_alone(
    run: Run,
    server: RecordingServer,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    linked: str,
) -> None:
    monkeypatch.setenv("K", KEY)
    monkeypatch.delenv("LLMCTL_PROJECT")
    server.reply(page([JOB]))
    kept = tmp_path / "elsewhere" / "work" / "kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("")
    target = tmp_path / "elsewhere"
    (cache / linked).parent.mkdir(parents=True, exist_ok=True)
    (cache / linked).symlink_to(target if linked == "ids" else target / "work")
    add = ("profiles", "add", "work", "--no-check", "--api-key-env", "K", "--host", server.origin)
    assert run(*add, "--project", "7").code == 0
    assert run(*LIST, "-p", "work").code == 0
    assert run("profiles", "remove", "work", "--yes").code == 0
    assert list((tmp_path / "elsewhere").rglob("*")) == [kept.parent, kept]
