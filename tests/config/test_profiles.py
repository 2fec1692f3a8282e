"""The two files: private, written whole, comments and other settings kept; and the commands."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from llmctl.config import Profile, ProfileStore
from llmctl.errors import ConfigError, ExitCode
from llmctl.safe.secret import Secret
from tests.conftest import Run
from tests.support import KEY, RecordingServer, Reply, page

USER = {
    "id": 1,
    "email": "ada@example.com",
    "organization": {"id": "o", "projects": [{"id": 42, "name": "Production"}]},
}


def directory() -> Path:
    return ProfileStore().directory


def test_add_checks_and_stores(run: Run, server: RecordingServer, key_file: str) -> None:
    server.reply(USER)
    result = run("profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file)
    assert (result.code, result.out) == (0, "")
    assert server.lines == ["GET /api/users/@me/"]
    assert "work is now the current profile" in result.err
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory().iterdir()}
    assert modes == {"config.toml": 0o600, "credentials.toml": 0o600, ".llmctl.lock": 0o600}
    assert stat.S_IMODE(directory().stat().st_mode) == 0o700
    assert KEY not in (directory() / "config.toml").read_text()
    server.reply(page([]))
    assert run("clustering-jobs", "list").code == 0
    assert server.lines[-1] == "GET /api/environments/42/llm_analytics/clustering_jobs/"


def test_missing_scope_still_proves_the_key(
    run: Run, server: RecordingServer, key_file: str
) -> None:
    denied = Reply(403, {"detail": "API key missing required scope 'user:read'"})
    server.reply(denied)
    words = ["--host", server.origin, "--api-key-file", key_file, "--project", "5"]
    assert run("profiles", "add", "work", *words).code == 0
    assert json.loads(run("profiles", "list", "-o", "json").out)[0]["project"] == "5"


def test_wrong_key_is_not_stored(run: Run, server: RecordingServer, key_file: str) -> None:
    server.reply(Reply(401, {"detail": "Personal API key is invalid."}))
    result = run("profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file)
    assert result.code == ExitCode.DENIED
    assert not (directory() / "credentials.toml").exists()


def test_unreachable_server_stores_nothing_unless_told(run: Run, key_file: str) -> None:
    words = ["--host", "http://127.0.0.1:1", "--api-key-file", key_file, "--timeout", "0.3"]
    assert run("profiles", "add", "work", *words).code == ExitCode.UNAVAILABLE
    assert not directory().exists()
    assert run("profiles", "add", "work", *words, "--no-check").code == 0


def test_several_projects_in_a_script(run: Run, server: RecordingServer, key_file: str) -> None:
    projects = [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]
    server.reply({"id": 1, "organization": {"projects": projects}})
    result = run("profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file)
    assert result.code == ExitCode.USAGE
    assert "1 (A), 2 (B)" in result.err


def test_project_that_the_key_does_not_show(
    run: Run, server: RecordingServer, key_file: str
) -> None:
    """It is stored, since it may belong to another organization."""
    server.reply(USER)
    words = ["--host", server.origin, "--api-key-file", key_file]
    result = run("profiles", "add", "work", *words, "--project", "77")
    assert result.code == 0
    assert "the key cannot access project 77, only: 42\n" in result.err
    again = run("profiles", "add", "work", "--replace", *words, "--project", "42")
    assert "not one of" not in again.err


def test_existing_name(run: Run, key_file: str) -> None:
    words = ["--api-key-file", key_file, "--no-check"]
    assert run("profiles", "add", "work", *words).code == 0
    assert run("profiles", "add", "work", *words).code == ExitCode.USAGE
    assert run("profiles", "add", "work", *words, "--replace", "--host", "eu").code == 0
    assert "eu.posthog.com" in run("profiles", "list", "-o", "csv").out


@pytest.mark.parametrize("source", ["env", "command", "stdin"])
def test_key_sources(run: Run, key_file: str, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    words = {
        "env": ["--api-key-env", "MY_KEY"],
        "command": ["--api-key-command", f"cat {key_file}"],
        "stdin": ["--api-key-file", "-"],
    }[source]
    result = run("profiles", "add", "work", "--no-check", "--project", "1", *words, stdin=KEY)
    assert result.code == 0
    assert ProfileStore().key(ProfileStore().profiles()[0]) == Secret(KEY)


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        ([], ""),
        (["--api-key-file", "/nonexistent"], ""),
        (["--api-key-env", "UNSET_VARIABLE"], ""),
        (["--api-key-command", "exit 3"], ""),
        (["--api-key-file", "-"], ""),
        (["--api-key-file", "-", "--api-key-env", "HOME"], "x"),
    ],
)
def test_no_usable_key(run: Run, words: list[str], stdin: str) -> None:
    assert run("profiles", "add", "work", *words, stdin=stdin).code == ExitCode.USAGE
    assert not directory().exists()


def test_use_and_remove(run: Run, key_file: str) -> None:
    for name in ("one", "two"):
        run("profiles", "add", name, "--api-key-file", key_file, "--no-check")
    assert run("profiles", "use", "two").code == 0
    assert ProfileStore().current() == "two"
    assert run("profiles", "remove", "two").code == ExitCode.USAGE
    assert run("profiles", "remove", "two", "--yes").code == 0
    assert ProfileStore().current() is None
    assert [profile.name for profile in ProfileStore().profiles()] == ["one"]
    assert run("profiles", "use", "two").code == ExitCode.CONFIG
    assert run("profiles", "remove", "two", "--yes").code == ExitCode.CONFIG
    assert run("profiles", "use", "sandbox").code == 0


COMMENTED = """\
# Managed by hand.

current = "one" # the usual one

# production
[profiles.one] # do not remove
host = "https://us.posthog.com" # us
project = "1"
# end of one

# staging
[profiles.two]
project = "2"
# end of two

# not ours
[other]
colour = "red" # unknown to llmctl
"""


def test_comments_survive_every_change(run: Run, key_file: str) -> None:
    directory().mkdir(parents=True)
    file = directory() / "config.toml"
    file.write_text(COMMENTED)
    words = ["--api-key-file", key_file, "--no-check", "--project", "3"]
    assert run("profiles", "add", "three", *words, "--host", "eu").code == 0
    assert run("profiles", "add", "two", *words, "--replace").code == 0
    assert run("profiles", "use", "two").code == 0
    changed = file.read_text()
    assert changed == (
        COMMENTED.replace(
            'current = "one" # the usual one', 'current = "two" # the usual one\nversion = 1'
        )
        .replace(
            'project = "2"\n# end of two',
            'project = "3"\nhost = "https://us.posthog.com"\n# end of two',
        )
        .replace(
            "# not ours",
            '[profiles.three]\nhost = "https://eu.posthog.com"\nproject = "3"\n# not ours',
        )
    )
    assert run("profiles", "remove", "one", "--yes").code == 0
    start, end = changed.index("# production"), changed.index("# staging")
    assert file.read_text() == changed[:start] + changed[end:]
    assert run("profiles", "remove", "two", "--yes").code == 0
    assert run("profiles", "remove", "three", "--yes").code == 0
    assert file.read_text().startswith("# Managed by hand.\n\nversion = 1\n")
    assert file.read_text().endswith(COMMENTED[COMMENTED.index("# not ours") :])


def test_comments_beside_keys_survive(run: Run, key_file: str) -> None:
    words = ["--api-key-file", key_file, "--no-check"]
    assert run("profiles", "add", "one", *words).code == 0
    file = directory() / "credentials.toml"
    file.write_text("# mine\n" + file.read_text() + "# expires in May\n")
    assert run("profiles", "add", "two", *words).code == 0
    assert run("profiles", "remove", "two", "--yes").code == 0
    assert file.read_text().startswith("# mine\n")
    assert file.read_text().endswith("# expires in May\n\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        'profiles.one.host = "https://a.example.com"\nmine = 1\n',
        '[profiles.one]\nproject = "1"\n[t]\nx = 1\n[profiles.two]\nproject = "2"\n',
        'profiles = {one = {host = "https://a.example.com"}}\n[[tools]]\n',
        'mine = [\n  1, # one\n]\r\n[profiles]\r\none.host = "https://a.example.com"\r\n',
        'mine = """\n[profiles.x]\n# no comment\n"""\n',
    ],
    ids=["dotted keys", "out of order", "inline", "CRLF", "text"],
)
def test_settings_in_any_layout(run: Run, key_file: str, text: str) -> None:
    """Settings are kept even if the layout cannot be."""
    directory().mkdir(parents=True)
    file = directory() / "config.toml"
    file.write_bytes(text.encode())
    wanted = tomllib.loads(text)
    words = ["--api-key-file", key_file, "--no-check", "--project", "3", "--host", "eu"]
    assert run("profiles", "add", "new", *words).code == 0
    wanted.setdefault("profiles", {})["new"] = {"host": "https://eu.posthog.com", "project": "3"}
    assert tomllib.loads(file.read_text()) == wanted | {"current": "new", "version": 1}
    assert run("profiles", "remove", "new", "--yes").code == 0
    del wanted["profiles"]["new"]
    kept = tomllib.loads(file.read_text())
    assert kept.pop("profiles", {}) == wanted.pop("profiles")
    assert kept == wanted | {"version": 1}


def test_from_posthog_cli(run: Run, key_file: str) -> None:
    folder = Path(os.environ["HOME"]) / ".posthog"
    folder.mkdir()
    stored = {"host": "https://eu.posthog.com", "token": KEY, "env_id": "77"}
    (folder / "credentials.json").write_text(json.dumps(stored))
    assert run("profiles", "add", "work", "--from-posthog-cli", "--no-check").code == 0
    assert ProfileStore().profiles() == [Profile("work", "https://eu.posthog.com", "77")]
    (folder / "credentials.json").write_text('{"token": 5}')
    result = run("profiles", "add", "other", "--from-posthog-cli", "--no-check")
    assert result.code == ExitCode.CONFIG


def test_api_prefix_is_fixed(run: Run, server: RecordingServer, key_file: str) -> None:
    words = ["--host", server.origin, "--project", "5", "--api-key-file", key_file, "--no-check"]
    assert run("profiles", "add", "work", *words, "--api-prefix", "projects").code == 0
    server.reply(page([]))
    run("clustering-jobs", "list")
    assert server.lines == ["GET /api/projects/5/llm_analytics/clustering_jobs/"]
    assert run("profiles", "add", "x", *words, "--api-prefix", "teams").code == ExitCode.USAGE


def test_unwritable_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LLMCTL_CONFIG_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigError):
        ProfileStore().use("sandbox")


@pytest.fixture
def posthog_cli() -> Path:
    """The credentials file of PostHog's own CLI."""
    folder = Path(os.environ["HOME"]) / ".posthog"
    folder.mkdir()
    return folder / "credentials.json"


TAKE_OVER = ["profiles", "add", "work", "--from-posthog-cli", "--no-check"]


def test_key_of_posthog_cli_goes_to_its_host_alone(run: Run, posthog_cli: Path) -> None:
    posthog_cli.write_text(json.dumps({"host": "https://eu.posthog.com", "token": KEY}))
    result = run(*TAKE_OVER, "--host", "us")
    assert result.code == ExitCode.CONFIG
    assert f"--host differs from the host in {posthog_cli} (https://eu" in result.err
    assert not directory().exists()
    assert run(*TAKE_OVER, "--host", "eu").code == 0
    posthog_cli.write_text(json.dumps({"token": KEY}))
    assert run(*TAKE_OVER, "--host", "https://posthog.example.com", "--replace").code == 0
    assert ProfileStore().profiles()[0].host == "https://posthog.example.com"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"host": "ftp://x"}, "the host in {} is not a valid host"),
        ({"host": 5}, "the host in {} is not a valid host"),
        ({"env_id": "$PROJECT"}, "the project in {} is not a valid project"),
        ({"env_id": []}, None),
        ({"env_id": 7}, None),
    ],
)
def test_values_of_posthog_cli(
    run: Run, posthog_cli: Path, values: dict[str, object], said: str | None
) -> None:
    posthog_cli.write_text(json.dumps({"host": "https://eu.posthog.com", "token": KEY} | values))
    result = run(*TAKE_OVER)
    assert result.code == (0 if said is None else ExitCode.CONFIG)
    assert said is None or said.format(posthog_cli) in result.err
    # A value that the command line overrides is not checked.
    assert "env_id" not in values or run(*TAKE_OVER, "--project", "1", "--replace").code == 0


def test_key_that_is_refused_everywhere(run: Run, server: RecordingServer, key_file: str) -> None:
    text = "Organization 'X' does not allow using personal API keys."
    words = ["profiles", "add", "work", "--host", server.origin, "--api-key-file", key_file]
    server.reply(Reply(403, {"detail": text}))
    result = run(*words, "--project", "5")
    assert (result.code, len(server.sent)) == (ExitCode.DENIED, 2)
    way_out = f"an admin can allow them in {server.origin}/settings/organization"
    assert result.err == f"error: {text}\nhint: {way_out}\n"
    assert not directory().exists()
    server.reply(Reply(403, {"detail": text}), Reply(500))
    result = run(*words, "--project", "5", "--retries", "0")
    assert (result.code, directory().exists()) == (ExitCode.DENIED, False)
    scope = Reply(403, {"detail": "API key missing required scope 'user:read'"})
    server.reply(scope, Reply(403, {"detail": "API keys with scoped projects are ..."}))
    assert run(*words, "--project", "5").code == 0


@pytest.mark.parametrize("body", [{"hello": "world"}, {}, [], None])
def test_no_user(run: Run, server: RecordingServer, key_file: str, body: object) -> None:
    server.reply(Reply(200, body))
    words = ["--host", server.origin, "--api-key-file", key_file, "--project", "5"]
    assert run("profiles", "add", "work", *words).code == ExitCode.UNAVAILABLE
    assert not directory().exists()


def test_help_says_which_hosts(run: Run) -> None:
    assert "from the environment" not in run("profiles", "add", "--help").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--timeout", "0"], 2),
        (["--host", "http://posthog.example.com"], 3),
        (["--project", "a/b"], 3),
        (["--api-prefix", "nope"], 2),
        (["--api-key-env", "SECRET"], 2),
    ],
)
def test_k01_options_are_checked_before_the_command(
    run: Run, tmp_path: Path, words: list[str], code: int
) -> None:
    command = f"touch {tmp_path}/run; echo phx_0123456789"
    result = run("profiles", "add", "work", "--api-key-command", command, *words)
    assert not (tmp_path / "run").exists(), result.err
    assert result.code == code, result.err


def test_unknown_profile_suggests_the_nearest_one(run: Run) -> None:
    result = run("clustering-jobs", "list", "-p", "sandbx")
    assert result.code == ExitCode.CONFIG
    assert result.err == (
        "error: profile sandbx does not exist\n"
        "hint: did you mean sandbox; list the profiles: llmctl profiles list\n"
    )
    assert "did you mean" not in run("clustering-jobs", "list", "-p", "zebra").err
