"""`provider-keys rotate` from outside: options, results, faults, and the path of the secret."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmctl.sandbox import defaults
from tests.conftest import Run, complete
from tests.rotation.conftest import (
    NEW_SECRET,
    OLD_ID,
    OLD_SECRET,
    SECOND_EVALUATION,
    Project,
    Rotate,
    writes,
)
from tests.support import serving
from tests.terminal import drawn, on_terminal

pytestmark = pytest.mark.generation("v1", complete="v3")

REPLACE = ["--strategy", "replace"]


@pytest.mark.generation("v1", "v3")
def test_result_of_in_place(project: Project, rotate: Rotate) -> None:
    result = rotate("-o", "json")
    shown = json.loads(result.out)
    assert (shown["id"], shown["was_active"], shown["deleted"]) == (OLD_ID, True, False)
    assert shown["old_key"]["api_key_masked"] == "sk-p...beef"
    assert shown["new_key"]["api_key_masked"] == "sk-p...6789"
    assert f"updated the secret of key {OLD_ID}" in result.err
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.generation("v1", "v3")
def test_result_of_replace(project: Project, rotate: Rotate) -> None:
    shown = json.loads(rotate(*REPLACE, "-o", "json").out)
    assert shown["old_key"]["id"] == OLD_ID
    assert shown["new_key"]["name"] == "Production OpenAI"
    assert set(shown["moved_evaluations"]) == {defaults.EVALUATION_ID, SECOND_EVALUATION}
    assert (shown["deleted"], shown["resumed"], shown["changed"]) == (True, False, True)
    again = rotate(*REPLACE, "-o", "json", "-v")
    assert json.loads(again.out)["changed"] is False
    assert writes(again) == []


@pytest.mark.parametrize(
    "selector",
    [
        ["--active"],
        ["--name", "Production OpenAI", "--provider", "openai"],
        ["--name", "Production OpenAI"],
    ],
)
def test_other_ways_to_name_the_key(project: Project, rotate: Rotate, selector: list[str]) -> None:
    words = [*selector, *REPLACE]
    assert rotate(*words, key="").code == 0
    again = rotate(*words, "-v", key="")
    assert (again.code, writes(again)) == (0, [])
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--active", OLD_ID],
        ["--provider", "openai"],
        [OLD_ID, *REPLACE, "--keep-old", "--finish"],
        [OLD_ID, *REPLACE, "--abort", "--rollback"],
        [OLD_ID, "--profiles", "a", "--all-profiles"],
        [OLD_ID, "--profiles", "a", "-p", "b"],
        [OLD_ID, "--all-profiles"],
        ["a\nb"],
        ["A", "--name", "B"],
        ["sk-proj-0123456789"],
        [OLD_ID, "--columns", "nope"],
    ],
)
def test_bad_words(run: Run, project: Project, words: list[str]) -> None:
    result = run("provider-keys", "rotate", *words, "--api-key-env", "NEW", "--yes")
    assert result.code == 2, result.err


@pytest.mark.parametrize("strategy", [[], REPLACE], ids=["in-place", "replace"])
def test_m16_unique_name_needs_no_provider(
    project: Project, rotate: Rotate, strategy: list[str]
) -> None:
    words = ["--name", "Production OpenAI", *strategy]
    first = rotate(*words, key="")
    assert first.code == 0
    again = rotate(*words, "-v", key="")
    assert (again.code, writes(again)) == (0, [])
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.parametrize("ending", [["--finish"], ["--abort"]])
def test_m16_name_while_a_rotation_is_pending(
    project: Project, rotate: Rotate, ending: list[str]
) -> None:
    named = functools.partial(rotate, *REPLACE, key="Production OpenAI")
    assert named("--keep-old").code == 0
    assert named(*ending).code == 0
    secret = NEW_SECRET if ending == ["--finish"] else OLD_SECRET
    assert project.facts()["active"] == secret


@pytest.mark.parametrize(
    ("provider", "hint"), [("anthropic", "add --provider"), ("openai", "give the ID instead")]
)
def test_m16_name_of_several_keys(
    run: Run,
    project: Project,
    rotate: Rotate,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    hint: str,
) -> None:
    monkeypatch.setenv("TWIN", "sk-ant-0123456789")
    words = ["--provider", provider, "--name", "Production OpenAI", "--api-key-env", "TWIN"]
    twin = run("provider-keys", "create", *words, "-o", "ids", "-p", "sandbox").out.strip()
    assert twin
    result = rotate("--name", "Production OpenAI", "-v", key="")
    assert (result.code, result.out, writes(result)) == (2, "", [])
    assert f"{OLD_ID} (openai, " in result.err
    assert f"{twin} ({provider}, " in result.err
    assert f"hint: {hint}\n" in result.err
    chosen = rotate("--name", "Production OpenAI", "--provider", "anthropic", "--dry-run", key="")
    assert chosen.code == (0 if provider == "anthropic" else 5)


def test_m16_unknown_name(project: Project, rotate: Rotate) -> None:
    result = rotate("--name", "production openai", "-v", key="")
    assert (result.code, writes(result)) == (5, [])
    assert "no key is named 'production openai'\n" in result.err
    assert "hint: did you mean 'Production OpenAI'; llmctl provider-keys list" in result.err


def test_f18_nothing_without_a_yes(run: Run, project: Project) -> None:
    result = run("provider-keys", "rotate", OLD_ID, "--api-key-env", "NEW")
    assert result.code == 2
    assert "--yes" in result.err
    assert project.facts()["active"] == OLD_SECRET


@pytest.mark.parametrize("words", [[], REPLACE, [*REPLACE, "--keep-old"]])
def test_f17_dry_run_writes_nothing(project: Project, rotate: Rotate, words: list[str]) -> None:
    before = project.facts()
    result = rotate(*words, "--dry-run", "-v")
    assert (result.code, writes(result)) == (0, [])
    assert project.facts() == before
    assert "pinned to it: evaluation" in result.out
    assert "curl -X" in result.out
    if words == REPLACE:
        methods = re.findall(r"^curl -X (\w+)", result.out, re.MULTILINE)
        assert methods == ["POST", "POST", "POST", "PATCH", "PATCH", "DELETE", "PATCH"]
        assert result.out.count('"api_key": "***"') == 2


def test_f12_rights_are_tested_first(project: Project, rotate: Rotate) -> None:
    before = project.facts()
    faults = "POST set_active_key: status 403; PATCH evaluations: status 403"
    result = rotate(*REPLACE, faults=faults)
    assert result.code == 4
    assert "set the active key" in result.err
    assert "write evaluations" in result.err
    assert project.facts() == before


def test_finish_without_a_rotation(project: Project, rotate: Rotate) -> None:
    """A CI job may run again after it has finished."""
    result = rotate(*REPLACE, "--finish", "-o", "json")
    assert (result.code, writes(result)) == (0, [])
    assert f"nothing to do: no rotation of key {OLD_ID} is pending" in result.err
    assert json.loads(result.out)["changed"] is False
    assert rotate(*REPLACE, "--finish", key="01990000-0000-7000-8000-00000000dead").code == 5


def test_finish_with_a_secret_begins_nothing(project: Project, rotate: Rotate) -> None:
    assert rotate(*REPLACE, "--keep-old").code == 0
    assert rotate(*REPLACE, "--abort").code == 0
    before = project.facts()
    result = rotate(*REPLACE, "--finish", "--api-key-env", "NEW")
    assert (result.code, writes(result)) == (5, [])
    assert f"no rotation of key {OLD_ID} is pending" in result.err
    assert project.facts() == before


@pytest.mark.parametrize("words", [[], REPLACE])
def test_another_secret_with_the_same_mask(
    project: Project, rotate: Rotate, words: list[str]
) -> None:
    """It looks like a finished rotation, so the command that stores it is shown."""
    other = f"{OLD_SECRET[:4]}-something-else-{OLD_SECRET[-4:]}"
    result = rotate(*words, secret=other)
    assert result.code == 0
    assert "already has the new secret's mask" in result.err
    store = f"llmctl provider-keys update {OLD_ID} --api-key-env VARIABLE -p sandbox"
    assert f"if this is a different secret, run: {store}\n" in result.err
    assert project.facts()["active"] == OLD_SECRET


def test_expect_mask(project: Project, rotate: Rotate) -> None:
    result = rotate("--expect-mask", "sk-x...zzzz")
    assert result.code == 10
    assert rotate("--expect-mask", "sk-p...beef").code == 0


def test_f09_answer_to_the_delete_is_lost(project: Project, rotate: Rotate) -> None:
    result = rotate(*REPLACE, "-v", faults="DELETE provider_keys #1: drop-after")
    assert result.code == 0
    requests = [line for line in result.err.splitlines() if line.startswith("* ")]
    (number,) = [n for n, line in enumerate(requests) if line.startswith("* DELETE")]
    assert "provider_keys/" in requests[number + 1]  # looked at, not sent again
    assert {secret for _, _, secret, _ in project.facts()["keys"]} >= {NEW_SECRET}
    project.check()


@pytest.mark.parametrize("words", [[], REPLACE])
def test_f11_secret_of_another_provider(project: Project, rotate: Rotate, words: list[str]) -> None:
    before = project.facts()
    result = rotate(*words, key=defaults.INVALID_KEY_ID)  # of Anthropic; the secret is OpenAI's
    assert result.code == 6, result.err
    assert project.facts() == before


def test_f12_no_right_to_delete(project: Project, rotate: Rotate) -> None:
    result = rotate(*REPLACE, faults="DELETE provider_keys: status 403")
    assert result.code == 11
    new = re.search(r"New key: \S+\.", result.err)
    assert new is not None
    project.check()
    assert OLD_SECRET in {secret for _, _, secret, _ in project.facts()["keys"]}
    assert rotate(*REPLACE).code == 0


def test_f16_old_key_on_the_third_page(project: Project, rotate: Rotate) -> None:
    from llmctl.sandbox.models import ProviderKey

    project.use()
    ProviderKey.objects.bulk_create(
        ProviderKey(provider="openai", name=f"Key {number}", secret=f"sk-{number:012}", state="ok")
        for number in range(250)
    )
    words = ["--name", "Production OpenAI", "--provider", "openai", *REPLACE]
    assert rotate(*words, key="").code == 0
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.parametrize("words", [[], REPLACE])
@pytest.mark.parametrize(("secret", "code"), [("sk-invalid-01234", 6), ("sk-outage-012345", 7)])
def test_f10_secret_that_the_provider_refuses(
    project: Project, rotate: Rotate, words: list[str], secret: str, code: int
) -> None:
    before = project.facts()
    assert rotate(*words, secret=secret).code == code
    assert project.facts() == before


@pytest.mark.parametrize(
    ("secret", "code", "said"),
    [
        ("sk-invalid-01234", 6, "Invalid API key"),
        ("sk-outage-012345", 7, "nothing was changed"),
        ("sk-ratelimit-012", 7, "nothing was changed"),
    ],
)
def test_h10_outage_of_the_provider_is_no_refused_secret(
    project: Project, rotate: Rotate, secret: str, code: int, said: str
) -> None:
    before = project.facts()
    result = rotate("--verbose", secret=secret)
    assert result.code == code
    assert said in result.err
    assert OLD_ID in result.err.splitlines()[-1 if code == 6 else -2]
    assert sum("provider_key_validations" in line for line in result.err.splitlines()) == 1
    assert project.facts() == before


@pytest.mark.parametrize("status", [403, 404])
def test_h10_validation_that_is_closed_cannot_tell(
    project: Project, rotate: Rotate, status: int
) -> None:
    faults = f"POST provider_key_validations: status {status}"
    result = rotate(secret="sk-outage-012345", faults=faults)
    assert result.code == 6
    assert "cannot tell whether the secret or the provider is at fault" in result.err


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("PATCH provider_keys #1: drop-before", 0),
        ("PATCH provider_keys #1: drop-after", 0),
        ("PATCH provider_keys: drop-before", 8),
        ("GET provider_keys #1: status 503", 0),
        ("PATCH provider_keys: status 429", 7),
        ("GET / #1: delay 0.1", 0),
    ],
)
def test_faults_over_http(
    run: Run, project: Project, monkeypatch: pytest.MonkeyPatch, rule: str, code: int
) -> None:
    with serving(project.database, rule) as origin:
        monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
        monkeypatch.setenv("LLMCTL_PROJECT", "1")
        monkeypatch.setenv("LLMCTL_HOST", origin)
        result = run("provider-keys", "rotate", OLD_ID, "--api-key-env", "NEW", "--yes")
    assert result.code == code, result.err
    project.check()


@pytest.mark.parametrize("rule", ["POST", "POST x: nope", "POST x: status 99", "* x: kill-before"])
def test_bad_fault_rule(run: Run, rule: str) -> None:
    assert run("sandbox", "serve", "--fault", rule).code == 2


@pytest.mark.cold  # its command line is its own
@pytest.mark.parametrize("words", [complete([]), REPLACE])
def test_secret_does_not_leak(project: Project, tmp_path: Path, words: list[str]) -> None:
    """No output, file or command line contains the secret while the command runs."""
    command = ["provider-keys", "rotate", OLD_ID, "--yes", "-v", "--api-key-env", "NEW", *words]
    process = subprocess.Popen(
        [sys.executable, "-m", "llmctl", *command],
        env=os.environ
        | {"LLMCTL_DEBUG": "1", "LLMCTL_SANDBOX_FAULTS": "POST set_active_key #2: status-after 500"}
        | {"TMPDIR": str(tmp_path), "PYTHONDEVMODE": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = set()
    while process.poll() is None:
        try:
            lines.add(Path(f"/proc/{process.pid}/cmdline").read_bytes())
        except OSError:
            break
        time.sleep(0.01)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    assert lines
    assert all(NEW_SECRET.encode() not in line for line in lines)
    assert NEW_SECRET.encode() not in output
    # The sandbox's own database is the server's side: it must have the secret.
    for path in tmp_path.rglob("*"):
        if path.is_file() and "sqlite3" not in path.name:
            assert NEW_SECRET.encode() not in path.read_bytes(), path


def test_secret_goes_to_two_endpoints_only(project: Project, tmp_path: Path) -> None:
    from llmctl.rotation.find_key import Selector
    from llmctl.rotation.request import RotationRequest
    from llmctl.rotation.rotate import rotate
    from llmctl.rotation.strategy import Strategy
    from llmctl.safe.secret import Secret
    from tests.rotation.model import Link
    from tests.rotation.test_decisions import fresh

    seen = set()

    class Watched(Link):
        def _do(self, method: str, path: str, body: object = None, query: object = None) -> object:
            if isinstance(body, dict) and any(isinstance(each, Secret) for each in body.values()):
                seen.add(path.split("/")[1])
            return super()._do(method, path, body, query)  # type: ignore[arg-type]

    for strategy in Strategy:
        request = RotationRequest(Selector("key-0001"), Secret(NEW_SECRET), strategy)
        rotate(Watched(fresh(is_newer=True)), request, lambda text: None, lambda question: False)
    assert seen == {"provider_keys", "provider_key_validations"}


@pytest.mark.generation("v3")
def test_options_of_replace_imply_it(project: Project, rotate: Rotate) -> None:
    before = project.facts()
    assert rotate("--keep-old").code == 0
    assert len(project.facts()["keys"]) == len(before["keys"]) + 1
    assert rotate("--rollback").code == 0
    assert project.facts() == before
    assert rotate("--keep-old").code == 0
    assert rotate("--active", "--finish", key="").code == 0
    assert project.facts()["active"] == NEW_SECRET


@pytest.mark.parametrize("option", ["--keep-old", "--finish", "--rollback", "--abort"])
def test_options_of_replace_beside_the_other_strategy(rotate: Rotate, option: str) -> None:
    result = rotate(option, "--strategy", "in-place")
    assert result.code == 2
    assert f"{option} cannot be combined with --strategy in-place" in result.err


def test_rollback_of_nothing_asks_nothing(rotate: Rotate, project: Project) -> None:
    result = rotate("--rollback", "-o", "json")
    assert (result.code, json.loads(result.out)["result"]) == (0, "nothing to do")
    shown = on_terminal("provider-keys", "rotate", OLD_ID, "--rollback")
    assert shown.code == 0
    assert "[y/N]" not in shown.text
    assert "no rotation of key" in shown.text


@pytest.mark.parametrize("words", [[], ["--columns", "id,changed"]], ids=str)
def test_result_is_shown_once(
    project: Project, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("NEW", NEW_SECRET)
    rotate = ["provider-keys", "rotate", OLD_ID, "--api-key-env", "NEW", "--yes", *words]
    shown = drawn(*rotate, NO_COLOR="1")
    assert shown.code == 0
    assert "updated the secret" in shown.text
    assert "api_key_masked" not in shown.text
    assert bool(re.search("^changed +true$", shown.text, re.M)) == bool(words)


def test_result_of_a_kept_rotation_and_its_rollback(rotate: Rotate, project: Project) -> None:
    kept = json.loads(rotate("--keep-old", "-o", "json").out)
    assert kept["result"] == "rotated"
    assert kept["next"].endswith(" --finish -p sandbox")
    back = json.loads(rotate("--rollback", "-o", "json").out)
    assert (back["result"], back["next"], back["left"]) == ("rolled back", None, [])


@pytest.mark.generation("v3")
def test_failed_rotation_has_no_next_command_that_gives_up(rotate: Rotate) -> None:
    result = rotate("--strategy", "replace", "-o", "json", faults="PATCH evaluations: status 400")
    document = json.loads(result.out)
    assert (result.code, document["exit_code"], document["next"]) == (11, 11, None)
    assert document["was_active"] is True
    assert document["new_key"]["id"] != OLD_ID
    assert any("delete the old key" in text for text in document["left"])
    assert "NEW_KEY_ID" not in result.out


def test_no_id_is_broken_on_a_narrow_terminal(project: Project) -> None:
    os.environ["NEW"] = NEW_SECRET
    words = ["provider-keys", "rotate", OLD_ID, "--strategy", "replace", "--api-key-env", "NEW"]
    shown = on_terminal(*words, answers={"[y/N]": "y\r"})
    assert shown.code == 0
    # 36 characters of an id, whole on one line, wherever one begins.
    for line in shown.text.splitlines():
        assert len(line.rstrip()) <= 80
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f-]{0,26}$", line.rstrip()) or re.search(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", line.rstrip()
        ), line
