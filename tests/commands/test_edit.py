"""`edit`: an object as TOML in the user's editor."""

from __future__ import annotations

import shlex
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.cli.toml_document import Document
from tests.conftest import Result
from tests.support import JOB, JOB_ID, RecordingServer, Reply, call, page, storing

EDIT = ["clustering-jobs", "edit", JOB_ID]
NESTED = [{"key": "a", "value": None}, {"key": "null", "value": ["x" * 120, 1.5, True]}]


@pytest.fixture(autouse=True)
def _private_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("VISUAL", raising=False)


def edit(monkeypatch: pytest.MonkeyPatch, script: str, *words: str, typed: str = "y\n") -> Result:
    """Run `edit` on a terminal, with a shell script as the editor: `$1` is the file."""
    monkeypatch.setenv("EDITOR", f"sh -c {shlex.quote(script)} editor")
    return Result(*call([*(words or EDIT)], is_terminal=True, typed=typed))


def kept(tmp_path: Path) -> list[Path]:
    return [*(tmp_path / "temporary").rglob("*.toml")]


def test_only_what_changed_is_sent(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.reply(storing(JOB))
    script = 'cp "$1" seen; ls -l "$1" > mode; sed -i "s/enabled = true/enabled = false/" "$1"'
    result = edit(monkeypatch, script)
    assert result.code == 0
    assert [sent.method for sent in server.sent] == ["GET", "GET", "PATCH"]
    assert server.sent[-1].json == {"enabled": False}
    assert "-enabled = true\n+enabled = false\n" in result.err
    assert f"Change clustering job GPT-4 ({JOB_ID})?" in result.err
    seen = Path("seen").read_text()
    assert 'name = "GPT-4"' in seen
    assert f'#   id = "{JOB_ID}"' in seen
    assert Path("mode").read_text().startswith("-rw-------")
    assert not [*(tmp_path / "temporary").iterdir()]


def test_visual_comes_first(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.reply(storing(JOB))
    monkeypatch.setenv("VISUAL", 'sed -i \'s/"GPT-4"/"two words"/\'')
    assert edit(monkeypatch, "exit 1").code == 0
    assert server.sent[-1].json == {"name": "two words"}


def test_unchanged(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.reply(JOB)
    result = edit(monkeypatch, "true")
    assert (result.code, result.out, result.err) == (0, "", "nothing was changed\n")
    assert len(server.sent) == 1
    # A comment, a deleted line or the same value written differently is no change.
    result = edit(monkeypatch, 'sed -i "/^name/d; s/^#.*/#/; s/\\[\\]/[ ]/" "$1"')
    assert (result.code, len(server.sent)) == (0, 2)
    assert not kept(tmp_path)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('echo "name = x" >> "$1"', "not valid TOML"),
        ('sed -i "1i nmae = 3" "$1"', "unknown field: nmae"),
        ('sed -i "1i created_at = 3" "$1"', "created_at is read-only"),
        ('sed -i "s/GPT-4/sk-proj-0123456789abcdef/" "$1"', "looks like a secret"),
        ('printf "\\377" >> "$1"', "is not valid UTF-8"),
        ('sed -i s/GPT/X/ "$1"; exit 3', "exit code 3"),
    ],
)
def test_bad_text_is_kept(
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    script: str,
    said: str,
) -> None:
    server.reply(JOB)
    result = edit(monkeypatch, script, typed="n\n")
    assert result.code == 2
    assert said in result.err
    assert [sent.method for sent in server.sent] == ["GET"]
    (file,) = kept(tmp_path)
    assert str(file) in result.err
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_edit_again(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After broken TOML, on request, and after the server has refused."""
    refused = Reply(400, {"type": "validation_error", "attr": "name", "detail": "Taken."})
    server.reply(JOB, JOB, refused, JOB, JOB | {"name": "D"})
    script = """
        case $(cat round) in
            0) echo 'broken' >> "$1" ;;
            1) sed -i 's/broken//; s/GPT-4/B/' "$1" ;;
            2) sed -i 's/"B"/"C"/' "$1" ;;
            3) sed -i 's/"C"/"D"/' "$1" ;;
        esac
        echo $(($(cat round) + 1)) > round
    """
    Path("round").write_text("0")
    result = edit(monkeypatch, script, typed="\ne\ny\n\ny\n")
    assert result.code == 0, result.err
    assert [sent.json for sent in server.sent if sent.method == "PATCH"] == [
        {"name": "C"},
        {"name": "D"},
    ]
    assert not kept(tmp_path)


def test_refused(server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.reply(JOB, JOB, Reply(400, {"type": "validation_error", "detail": "Taken."}))
    result = edit(monkeypatch, 'sed -i s/GPT-4/B/ "$1"', typed="y\nn\n")
    assert result.code == 6
    (file,) = kept(tmp_path)
    assert 'name = "B"' in file.read_text()
    assert str(file) in result.err


def test_declined(server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.reply(JOB)
    for answer in ("\n", "no\n", ""):
        result = edit(monkeypatch, 'sed -i s/GPT-4/B/ "$1"', typed=answer)
        assert result.code == 2
        assert "nothing was changed" in result.err
    assert {sent.method for sent in server.sent} == {"GET"}
    assert len(kept(tmp_path)) == 3


def test_changed_meanwhile(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.reply(JOB, JOB | {"enabled": False})
    result = edit(monkeypatch, 'sed -i s/GPT-4/B/ "$1"')
    assert result.code == 10
    assert "(enabled); nothing was overwritten" in result.err
    assert [sent.method for sent in server.sent] == ["GET", "GET"]
    assert kept(tmp_path)


def test_stored_in_part(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.reply(JOB)
    result = edit(monkeypatch, 'sed -i s/GPT-4/B/ "$1"', *EDIT, "--yes")
    assert result.code == 12
    assert kept(tmp_path)


def test_dry_run(server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.reply(JOB)
    result = edit(monkeypatch, 'sed -i s/GPT-4/B/ "$1"', *EDIT, "--dry-run", typed="")
    assert result.code == 0
    assert """-d '{"name": "B"}'""" in result.out
    assert not kept(tmp_path)


def test_event_filters(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"event_filters": NESTED, "updated_at": "2026-08-11T12:00:00Z"}
    server.reply(config, config, Reply(200, config | {"event_filters": []}))
    script = "echo 'event_filters = []' > \"$1\""
    result = edit(monkeypatch, script, "clustering-config", "edit")
    assert result.code == 0, result.err
    assert server.sent[-1].path.endswith("/clustering_config/set_event_filters/")
    assert server.sent[-1].json == {"event_filters": []}


def test_report(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOML's own times, and null."""
    report: dict[str, Any] = {"id": JOB_ID, "starts_at": None, "trigger_threshold": 100}
    server.reply(storing(report))
    script = """sed -i 's/^starts_at = "null"/starts_at = 2026-01-05T09:00:00+01:00/
        s/^trigger_threshold = .*/trigger_threshold = "null"/' "$1" """
    result = edit(monkeypatch, script, "evaluation-reports", "edit", JOB_ID)
    assert result.code == 0, result.err
    expected = {"starts_at": "2026-01-05T09:00:00+01:00", "trigger_threshold": None}
    assert server.sent[-1].json == expected


def test_without_terminal_or_editor(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply(page([]))
    monkeypatch.setenv("EDITOR", "true")
    code, _, err = call(EDIT)
    assert (code, "needs a terminal" in err) == (2, True)
    assert call([*EDIT, "--yes"], is_terminal=True)[0] == 2
    for editor in ("", "no-such-editor -w", "'open"):
        monkeypatch.setenv("EDITOR", editor)
        assert call(EDIT, is_terminal=True, typed="y\n")[0] == 2
    assert not server.sent


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["null", "\\null", "a\nb", 'quo"""tes\n', "\u202e\x1b\x85"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=30)
@given(_values, _values)
def test_any_value_survives(one: Any, other: Any) -> None:
    fields = {"one": "A comment.", "other": "Another."}
    document = Document("Title", {"one": one, "id": other, "other": other}, fields)
    assert document.changes(document.text) == {}
    assert document.changes(document.difference({"one": other})[1]).get("one", one) == other
