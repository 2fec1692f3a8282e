"""TAB in real shells: completions and descriptions, without starting a process or printing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmctl.app import RESOURCES
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.reference.completion.shells import KINDS, Terminal
from tests.support import KEY

TRACES = defaults.TRACES_JOB_ID
Open = Callable[[str], Terminal]

COMPLETED = {
    "llmctl provi": "llmctl provider-keys",
    "llmctl clustering-jobs g": "llmctl clustering-jobs get",
    "llmctl clustering-jobs list --lim": "llmctl clustering-jobs list --limit",
    "llmctl clustering-jobs create --analysis-level tr": (
        "llmctl clustering-jobs create --analysis-level trace"
    ),
    "llmctl clustering-jobs list --output=cs": "llmctl clustering-jobs list --output=csv",
    "llmctl clustering-jobs list -p wo": "llmctl clustering-jobs list -p work",
    "llmctl clustering-jobs list -pwo": "llmctl clustering-jobs list -pwork",
    "llmctl provider-keys rotate --profiles work,sa": (
        "llmctl provider-keys rotate --profiles work,sandbox"
    ),
    "llmctl profiles use wo": "llmctl profiles use work",
    "llmctl profiles add x --host e": "llmctl profiles add x --host eu",
    "llmctl profiles add x --api-key-file ke": "llmctl profiles add x --api-key-file key-1",
    "llmctl provider-keys list --state ok,inv": "llmctl provider-keys list --state ok,invalid",
    "llmctl provider-keys list --sort las": "llmctl provider-keys list --sort last_used_at",
    "llmctl provider-keys list --filter api_k": "llmctl provider-keys list --filter api_key_masked",
    "llmctl provider-keys create --provider gem": "llmctl provider-keys create --provider gemini",
    "llmctl clustering-jobs create --event-filters @fil": (
        "llmctl clustering-jobs create --event-filters @filters\\ 1.json"
    ),
    "llmctl clustering-jobs create --event-filters=@fol": (
        "llmctl clustering-jobs create --event-filters=@folder/"
    ),
    f"llmctl clustering-jobs get -p sandbox {TRACES[:-1]}1": (
        f"llmctl clustering-jobs get -p sandbox {TRACES}"
    ),
    "llmctl clustering-jobs get -p sandbox Default\\ -\\ t": (
        "llmctl clustering-jobs get -p sandbox Default\\ -\\ traces"
    ),
    "llmctl clustering-jobs get -p sandbox 'Default - t": (
        "llmctl clustering-jobs get -p sandbox 'Default - traces'"
    ),
    'llmctl clustering-jobs get -p sandbox "Default - t': (
        'llmctl clustering-jobs get -p sandbox "Default - traces"'
    ),
    "llmctl clustering-jobs get a 'b c' -p sandbox Default\\ -\\ t": (
        "llmctl clustering-jobs get a 'b c' -p sandbox Default\\ -\\ traces"
    ),
    "llmctl evaluation-config set-active-key -p sandbox Old": (
        "llmctl evaluation-config set-active-key -p sandbox Old\\ Anthropic"
    ),
    "llmctl models list -p sandbox --key-id=Old": (
        "llmctl models list -p sandbox --key-id=Old\\ Anthropic"
    ),
    "llmctl completion pow": "llmctl completion powershell",
    "llmctl help rota": "llmctl help rotation",
}
UNCHANGED = [
    "llmctl nothing ",
    "llmctl clustering-jobs nothing ",
    "llmctl clustering-jobs create --name ",
    "llmctl evaluation-reports get -p sandbox ",  # none was listed
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "here"
    (here / "folder" / "below").mkdir(parents=True)
    (here / "filters 1.json").write_text("[]")
    (here / "key-1").write_text(KEY)
    return here


@pytest.fixture
def terminal(run: Run, folder: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(kind: str) -> Terminal:
        installed = run("completion", kind.partition(" ")[0], "--install")
        assert (installed.code, installed.out) == (0, "")
        script = Path(installed.err.splitlines()[0].removeprefix("wrote "))
        opened.append(Terminal(kind, folder, script))
        return opened[0]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def listed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile, and the ids of the sandbox."""
    monkeypatch.setenv("K", KEY)
    add = run("profiles", "add", "work", "--project", "7", "--no-check", "--api-key-env", "K")
    assert add.code == 0, add.err
    monkeypatch.delenv("K")
    for group in ("clustering-jobs", "provider-keys"):
        assert run(group, "list", "-p", "sandbox").code == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("listed")
def test_tab(terminal: Open, kind: str) -> None:
    shell = terminal(kind)
    for typed, expected in COMPLETED.items():
        shown = shell.press(typed + "\t")
        assert shown.line.rstrip(" =") == expected
        assert "not found" not in shown.screen
    for typed in UNCHANGED:
        assert shell.press(typed + "\t").line == typed
    groups = shell.press(f"llmctl {shell.tab}").screen
    assert "clustering-jobs" in groups
    assert "sandbox" in groups
    options = shell.press(f"llmctl clustering-jobs delete x --{shell.tab}").screen
    assert "dry-run" in options
    ids = shell.press(f"llmctl clustering-jobs get -p sandbox {shell.tab}").screen
    keys = shell.press(f"llmctl evaluation-config set-active-key -psandbox {shell.tab}").screen
    assert "Default - traces" in ids
    assert "Default - generations" in ids
    assert "Old Anthropic" in keys
    if "bash" not in kind:
        assert RESOURCES["clustering-jobs"].help in groups
        assert "curl command" in options
    assert shell.ran() == []


@pytest.mark.parametrize("kind", KINDS)
def test_projects_are_told_apart(
    terminal: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The ids are those of the profile or the environment that the command would use."""
    ids = tmp_path / "home" / ".cache" / "llmctl" / "ids"
    places = ["work", "staging", "work+8", "+https___eu.posthog.com+12", "+http___127.0.0.1_80+9"]
    for number, place in enumerate(places):
        (ids / place).mkdir(parents=True)
        (ids / place / "evaluations").write_text(f"id-{number}\tname\n")
    (ids.parent / "current-profile").write_text("staging\n")
    monkeypatch.setenv("POSTHOG_PROJECT_ID", "12")
    monkeypatch.setenv("POSTHOG_CLI_HOST", "eu")
    shell = terminal(kind)
    command = "llmctl evaluation-reports create"
    chosen = {
        "-p work": "id-0 ",
        "--profile=work": "id-0 ",
        "": "id-1 ",
        "-pwork --project 8": "id-2 ",
        "--project 8 -p sandbox": "",
        "-p ../ids/work": "",
    }
    for selection, found in chosen.items():
        line = shell.press(f"{command} {selection} --evaluation \t").line
        assert line.endswith(f"--evaluation {found}")
    setting = "set -gx LLMCTL_API_KEY x" if kind == "fish" else "LLMCTL_API_KEY=x"
    shell.press(f"{setting}\r")
    assert shell.press(f"{command} --evaluation \t").line.endswith("--evaluation id-3 ")
    other = "--host http://127.0.0.1:80/ --project=9"
    assert shell.press(f"{command} {other} --evaluation \t").line.endswith("--evaluation id-4 ")


HOSTILE = [
    "$(touch it)\tx",
    "`touch it`\tx",
    "a;touch it\tx",
    "a'b\tx",
    'a"b\tx',
    "a\\b\tx",
    "*\tx",
    "~root\tx",
    "\x1b[31mid\tx",
    "id-escape\t\x1b[31mred\x1b]0;title\x07",
    "id-c1\t\u009b31mred",
    "id-no-name",
    "\tno-id",
    "",
    "id-good-1\t$(touch it) `touch it` 'q' \"Q\" \\n %F{red} %x * [a] ~ ;:{}",
    "id-good-2\tname",
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_the_cache_is_never_evaluated(
    terminal: Open, tmp_path: Path, kind: str
) -> None:
    cache = tmp_path / "home" / ".cache" / "llmctl"
    (cache / "ids" / "sandbox").mkdir(parents=True)
    rows = "\n".join(HOSTILE)
    (cache / "ids" / "sandbox" / "evaluations").write_text(rows)
    (cache / "ids" / "sandbox" / "provider-keys").write_bytes(b"\0\xff\xfe\tx\n" * 2000)
    (cache / "profiles").write_text(rows)
    (cache / "current-profile").write_text("$(touch it)\n")
    shell = terminal(kind)
    shown = shell.press(f"llmctl evaluations get -p sandbox {shell.tab}")
    assert shown.line == "llmctl evaluations get -p sandbox id-good-"
    assert "$(touch it) `touch it` 'q' \"Q\" \\n %F{red} %x * [a] ~ ;:{}" in shown.screen
    assert "[31m" not in shown.screen
    for refused in ("a;", "escape", "c1", "no-name", "no-id", "title"):
        assert refused not in shown.screen
    profiles = shell.press(f"llmctl evaluations list -p {shell.tab}").screen
    assert "id-good-2" in profiles
    assert "a;" not in profiles
    for typed in ("llmctl evaluations get ", "llmctl provider-keys get -p sandbox "):
        assert shell.press(typed + "\t").line.strip() in (typed.strip(), typed + "-")
    assert shell.ran() == []


NAMES = [
    "a$(touch it) `touch it`",
    "b'c\" \\d",
    "c*; touch it & ~ | <e> ?",
    "d:e=f@g, #h:i",
    "gr\u00f6\u00dfe \u65e5\u672c",
    "h! !!",
    "i[1] {j,k} ^ %",
]


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_quoted(terminal: Open, tmp_path: Path, kind: str) -> None:
    ids = tmp_path / "home" / ".cache" / "llmctl" / "ids" / "sandbox"
    ids.mkdir(parents=True)
    (ids / "evaluations").write_text("")
    hostile = "zz\x1b[31mred\tid-1\nqq\u009b31mred\tid-2\nno id\t$(touch it)\nid\n\tid-3\n"
    rows = "".join(f"{name}\tid-1\n" for name in NAMES) + hostile
    (ids / "evaluations.names").write_text(rows)
    shell = terminal(kind)
    command = "llmctl evaluations get -p sandbox"
    for name in NAMES:
        line = shell.press(f"{command} {name[:2] if name[1].isalnum() else name[0]}\t").line
        shell.press(f"{line}\r")
        assert shell.ran().pop().endswith(f"/llmctl {command[7:]} {name}")
    assert not any("touch" in each.partition(" ")[0] for each in shell.ran())
    for typed in ("zz", "qq", "no", "'d:e=f@g"):
        line = shell.press(f"{command} {typed}\t").line
        assert line in (f"{command} {typed}", f"{command} 'd:e=f@g, #h:i' ")
    if "bash" in kind:
        assert shell.press(f"{command} d:e=f\t").line == f"{command} d:e=f@g\\,\\ #h:i "


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_files_are_quoted(terminal: Open, folder: Path, kind: str) -> None:
    (folder / "w$(touch it);x y").write_text("[]")
    (folder / "v'1").write_text("[]")
    shell = terminal(kind)
    command = "llmctl clustering-config set-event-filters --event-filters"
    line = shell.press(f"{command} @w\t").line.rstrip()
    shell.press(f"{line.replace('llmctl', ':', 1)}\r")
    assert shell.ran() == []
    assert line.removeprefix(f"{command} @").replace("\\", "") == "w$(touch it);x y"
    assert shell.press(f"{command} @v\t").line.startswith(f"{command} @v")


def test_bash_keeps_what_is_typed_beside_a_name_of_two_lines(terminal: Open, folder: Path) -> None:
    (folder / "y1").write_text("[]")
    (folder / "y2\n").write_text("[]")
    shell = terminal("bash")
    command = "llmctl clustering-config set-event-filters --event-filters"
    for typed in (f"{command} @y", f"{command} '@y"):
        assert shell.press(f"{typed}\t").line.startswith(f"{typed}1")
        assert shell.press(f"{typed}2\t").line == f"{typed}2"


@pytest.mark.parametrize("kind", KINDS)
def test_cache_below_the_home(
    terminal: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A file of settings contains ~, which no shell has expanded."""
    ids = tmp_path / "home" / "moved" / "ids" / "sandbox"
    ids.mkdir(parents=True)
    (ids / "evaluations").write_text("id-1\tname\n")
    monkeypatch.setenv("LLMCTL_CACHE_DIR", "~/moved")
    command = "llmctl evaluations get -p sandbox"
    assert terminal(kind).press(f"{command} \t").line == f"{command} id-1 "


def test_bash_offers_a_thousand_ids(terminal: Open, tmp_path: Path) -> None:
    ids = tmp_path / "home" / ".cache" / "llmctl" / "ids" / "sandbox"
    ids.mkdir(parents=True)
    (ids / "evaluations").write_text("".join(f"id-{each:04}\tname\n" for each in range(1200)))
    shell = terminal("bash")
    shown = shell.press("llmctl evaluations get -p sandbox \t")
    assert len(set(re.findall("id-0[0-9]{3}", shown.screen))) == 1000
    assert "name" not in shown.screen
    few = shell.press("llmctl evaluations get -p sandbox id-099\t").screen
    assert few.count("(name)") == 10
