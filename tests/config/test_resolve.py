"""The precedence of the sources of key, project and host, and invalid values."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from llmctl import paths
from llmctl.api.prefix import Prefix
from llmctl.config import Profile, ProfileStore, parse_host, parse_project
from llmctl.errors import ConfigError, ExitCode
from llmctl.safe.secret import Secret
from tests.conftest import Run
from tests.support import RecordingServer, page

EU = "https://eu.posthog.com"


def shown(run: Run, *words: str) -> dict[str, tuple[str | None, str]]:
    """Return the output of `profiles show`: (value, source) by setting."""
    result = run("profiles", "show", *words, "-o", "json")
    assert result.code == 0, result.err
    return {row["setting"]: (row["value"], row["source"]) for row in json.loads(result.out)}


@pytest.fixture
def stored() -> ProfileStore:
    store = ProfileStore()
    store.add(Profile("work", EU, "7"), Secret("phx_work_0123456789abcdef"), replace=False)
    return store


def test_nothing_is_set(run: Run) -> None:
    result = run("clustering-jobs", "list")
    assert result.code == ExitCode.CONFIG
    assert "profiles add" in result.err


@pytest.mark.parametrize(
    ("key", "project", "host"),
    [
        ("LLMCTL_API_KEY", "LLMCTL_PROJECT", "LLMCTL_HOST"),
        ("POSTHOG_PERSONAL_API_KEY", "POSTHOG_PROJECT_ID", "POSTHOG_HOST"),
        ("POSTHOG_CLI_API_KEY", "POSTHOG_CLI_PROJECT_ID", "POSTHOG_CLI_HOST"),
    ],
)
def test_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str, project: str, host: str
) -> None:
    monkeypatch.setenv(key, "phx_aaaabbbbccccdddd")
    monkeypatch.setenv(project, "12")
    monkeypatch.setenv(host, "eu")
    settings = shown(run)
    assert list(settings.items())[:3] == [
        ("key", ("phx_...dddd", key)),
        ("host", (EU, host)),
        ("project", ("12", project)),
    ]
    assert "profile" not in settings


def test_environment_beats_the_current_profile(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    assert shown(run)["key"] == ("phx_...cdef", "profile work")
    monkeypatch.setenv("LLMCTL_API_KEY", "phx_aaaabbbbccccdddd")
    settings = shown(run)
    assert settings["key"] == ("phx_...dddd", "LLMCTL_API_KEY")
    assert settings["host"] == ("https://us.posthog.com", "the default")
    assert settings["project"] == (None, "not set")
    assert "profile" not in settings
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    said = "LLMCTL_PROFILE is not used: LLMCTL_API_KEY takes precedence"
    assert shown(run)["profile"] == (None, said)
    assert run("clustering-jobs", "list", "--project", "1").err.startswith(f"{said}\n")


def test_no_key_beside_stored_profiles(run: Run, stored: ProfileStore) -> None:
    assert run("profiles", "remove", "work", "--yes").code == 0
    stored.add(Profile("other", EU), Secret("phx_0123456789abcdef"), replace=False)
    (stored.directory / "config.toml").write_text("[profiles.other]\n")
    result = run("clustering-jobs", "list")
    assert "hint: choose a profile: llmctl profiles use NAME; set LLMCTL_API_KEY" in result.err


def test_explicit_profile_beats_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    monkeypatch.setenv("LLMCTL_API_KEY", "phx_aaaabbbbccccdddd")
    monkeypatch.setenv("POSTHOG_PROJECT_ID", "99")
    settings = shown(run, "--profile", "work")
    assert settings["key"] == ("phx_...cdef", "profile work")
    assert settings["project"] == ("7", "profile work")


def test_profile_variable_and_current(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    assert shown(run)["profile"] == ("work", "the current profile")
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    assert shown(run)["profile"] == ("sandbox", "LLMCTL_PROFILE")


def test_project_is_overridden(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    monkeypatch.setenv("LLMCTL_PROJECT", "8")
    assert shown(run)["project"] == ("8", "LLMCTL_PROJECT")
    assert shown(run, "--project", "@current")["project"] == ("@current", "--project")


@pytest.mark.parametrize("profile", ["work", "sandbox"])
def test_a05_stored_key_goes_to_its_host_only(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore, profile: str
) -> None:
    words = ["clustering-jobs", "list", "-p", profile]
    result = run(*words, "--host", "us")
    assert (result.code, "--host differs from the host" in result.err) == (ExitCode.CONFIG, True)
    monkeypatch.setenv("LLMCTL_HOST", "https://posthog.example.com")
    result = run(*words)
    assert (result.code, "LLMCTL_HOST differs" in result.err) == (ExitCode.CONFIG, True)


def test_same_host_spelt_differently_is_accepted(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", "https://EU.posthog.com:443/")
    assert shown(run, "--host", "eu")["host"][0] == EU


def test_a05_changed_host_in_the_file_does_not_get_the_key(run: Run, stored: ProfileStore) -> None:
    file = stored.directory / "config.toml"
    file.write_text(file.read_text().replace(EU, "https://evil.example.com"))
    result = run("clustering-jobs", "list")
    assert result.code == ExitCode.CONFIG
    assert "another host" in result.err


def test_no_project(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_API_KEY", "phx_aaaabbbbccccdddd")
    result = run("clustering-jobs", "list")
    assert result.code == ExitCode.CONFIG
    assert "--project" in result.err


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("us", "https://us.posthog.com"),
        ("EU", EU),
        ("https://posthog.example.com/", "https://posthog.example.com"),
        ("https://posthog.example.com:8443", "https://posthog.example.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_hosts(text: str, origin: str) -> None:
    assert parse_host(text, source="--host") == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "posthog.example.com", "ftp://a.example.com", "https://", "https://a/b", "https://a?b",
        "https://a#b", "https://user@a.example.com", "https://a:b@c", "http://127.0.0.1\\@us.posthog.com",
        "https://a b", "https://a%2e.example.com", "https://a\n.example.com", "https://a.example.com:99999",
        "http://us.posthog.com", "http://127.0.0.1.evil.example.com", "http://127.1", "https://pösthog.de",
        "https://us.i.posthog.com", "$HOST", "https://-a.example.com",
    ],
)  # fmt: skip
def test_bad_hosts(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--host (is|uses plain HTTP for) "):
        parse_host(text, source="--host")


@pytest.mark.parametrize(("text", "project"), [("1", "1"), ("007", "7"), ("@current", "@current")])
def test_projects(text: str, project: str) -> None:
    assert parse_project(text, source="--project") == project


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$PROJECT",
        "${X}",
        "YOUR_PROJECT_ID",
        "'1'",
        '"1"',
        "1/2",
        "-1",
        "1.0",
        "../1",
        "phx_abc",
        "१",
    ],
)
def test_bad_projects_are_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match="LLMCTL_PROJECT is not a valid project") as caught:
        parse_project(text, source="LLMCTL_PROJECT")
    assert len(text) < 4 or text not in caught.value.message


@pytest.mark.parametrize("value", ["0", "-1", "abc", "nan", "inf", "86401", "1e10", "1e300"])
def test_bad_timeouts(run: Run, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert (
        run("clustering-jobs", "list", "-p", "sandbox", "--timeout", value).code == ExitCode.USAGE
    )
    monkeypatch.setenv("LLMCTL_TIMEOUT", value)
    assert run("clustering-jobs", "list", "-p", "sandbox").code == ExitCode.CONFIG


def test_longest_timeout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["clustering-jobs", "list", "-p", "sandbox"]
    assert run(*words, "--timeout", "86400").code == 0
    monkeypatch.setenv("LLMCTL_TIMEOUT", "86400")
    assert run(*words).code == 0


def test_bad_output_default(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_OUTPUT", "yaml")
    assert run("clustering-jobs", "list", "-p", "sandbox").code == ExitCode.CONFIG


def test_every_setting_has_a_source(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore, tmp_path: Path
) -> None:
    assert shown(run, "-p", "work") == {
        "profile": ("work", "--profile"),
        "key": ("phx_...cdef", "profile work"),
        "host": (EU, "profile work"),
        "project": ("7", "profile work"),
        "api_prefix": ("environments", "the default"),
        "output": ("tsv", "the default"),
        "timeout": ("30", "the default"),
        "config_dir": (str(paths.config_dir()), "the platform"),
        "cache_dir": (str(paths.cache_dir()), "the platform"),
        "data_dir": (str(paths.data_dir()), "the platform"),
    }
    assert shown(run, "-p", "sandbox")["api_prefix"] == ("environments", "the default")
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"LLMCTL_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("LLMCTL_OUTPUT", "csv")
    monkeypatch.setenv("LLMCTL_TIMEOUT", "2.5")
    Prefix(EU).switch()
    ProfileStore().add(Profile("new", EU, "7"), Secret("phx_0123456789abcdef"), replace=False)
    settings = shown(run, "-p", "new")
    assert settings["api_prefix"] == ("projects", "learnt from the server")
    assert settings["output"] == ("csv", "LLMCTL_OUTPUT")
    assert settings["timeout"] == ("2.5", "LLMCTL_TIMEOUT")
    assert settings["data_dir"] == (str(tmp_path / "DATA"), "LLMCTL_DATA_DIR")
    fixed = Profile("fixed", EU, "7", "environments")
    ProfileStore().add(fixed, Secret("phx_0123456789abcdef"), replace=False)
    assert shown(run, "-p", "fixed")["api_prefix"] == ("environments", "profile fixed")


def test_numbers_without_end() -> None:
    for source in ("LLMCTL_PROJECT", "--project"):
        with pytest.raises(ConfigError, match=f"{source} is not .* the number is too large"):
            parse_project("9" * 20, source=source)


@pytest.mark.parametrize(
    "text",
    [
        "https://us..com", "https://.com", f"https://{'a' * 64}.com", "https://a-.com",
        "https://-a.com", "https://" + "a." * 127 + "com", "https://a.com.", "https://[:::]",
        "https://[1.2.3.4]",
    ],
)  # fmt: skip
def test_invalid_host_names(text: str) -> None:
    with pytest.raises(ConfigError, match="LLMCTL_HOST is not a valid host"):
        parse_host(text, source="LLMCTL_HOST")


def test_long_names_of_hosts() -> None:
    for name in ("a" * 63 + ".com", "a." * 125 + "com", "xn--bcher-kva.example", "[::1]", "a--b.c"):
        assert parse_host(f"https://{name}:8443", source="--host") == f"https://{name}:8443"


INGESTION = "https://us.i.posthog.com"
OTHERS_HOSTS = ["POSTHOG_HOST", "POSTHOG_CLI_HOST"]


@pytest.mark.parametrize("host", [INGESTION, "https://posthog.example.com", "$HOST", "x"])
@pytest.mark.parametrize("variable", OTHERS_HOSTS)
def test_m03_hosts_of_other_programs(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore, sandbox: None,
    variable: str, host: str,
) -> None:  # fmt: skip
    """They belong to the environment's key."""
    monkeypatch.setenv(variable, host)
    assert run("clustering-jobs", "list", "-p", "sandbox").code == 0
    for words in ([], ["-p", "work"]):
        assert shown(run, *words)["host"] == (EU, "profile work")
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    assert run("clustering-jobs", "list").code == 0


@pytest.mark.parametrize("variable", OTHERS_HOSTS)
def test_m03_ingestion_host_with_the_environments_key(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The hint works, and leaves the variable of the other program alone."""
    monkeypatch.setenv("LLMCTL_API_KEY", "phx_aaaabbbbccccdddd")
    monkeypatch.setenv(variable, INGESTION)
    result = run("clustering-jobs", "list", "--project", "1")
    assert result.code == ExitCode.CONFIG
    said = "hint: set LLMCTL_HOST to the API's host, https://us.posthog.com\n"
    assert result.err.endswith(said)
    monkeypatch.setenv("LLMCTL_HOST", "https://us.posthog.com")
    assert shown(run)["host"] == ("https://us.posthog.com", "LLMCTL_HOST")


@pytest.mark.parametrize("profile", ["work", "sandbox"])
def test_m03_project_beside_an_explicit_profile(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore, profile: str
) -> None:
    number = {"work": "7", "sandbox": "1"}[profile]
    monkeypatch.setenv("LLMCTL_PROJECT", "99")
    result = run("clustering-jobs", "list", "-p", profile)
    assert (result.code, result.out) == (ExitCode.CONFIG, "")
    assert "LLMCTL_PROJECT differs from the project of " in result.err
    assert "hint: unset LLMCTL_PROJECT, or choose one of them with --project\n" in result.err
    assert shown(run, "-p", profile, "--project", "99")["project"] == ("99", "--project")
    monkeypatch.setenv("LLMCTL_PROJECT", f"0{number}")
    assert shown(run, "-p", profile)["project"] == (number, "LLMCTL_PROJECT")
    monkeypatch.setenv("POSTHOG_PROJECT_ID", "98")
    monkeypatch.delenv("LLMCTL_PROJECT")
    assert shown(run, "-p", profile)["project"][0] == number
    monkeypatch.setenv("LLMCTL_PROFILE", profile)
    monkeypatch.setenv("LLMCTL_PROJECT", "99")
    assert shown(run)["project"] == ("99", "LLMCTL_PROJECT")


def test_m03_project_for_a_profile_without_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ProfileStore().add(Profile("new", EU), Secret("phx_0123456789abcdef"), replace=False)
    monkeypatch.setenv("LLMCTL_PROJECT", "99")
    assert shown(run, "-p", "new")["project"] == ("99", "LLMCTL_PROJECT")


def test_m03_older_names_of_posthogs_cli(
    run: Run, monkeypatch: pytest.MonkeyPatch, server: RecordingServer
) -> None:
    server.reply(page([]))
    for name in ("LLMCTL_API_KEY", "LLMCTL_PROJECT"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("POSTHOG_CLI_TOKEN", "phx_old_0123456789")
    monkeypatch.setenv("POSTHOG_CLI_ENV_ID", "5")
    result = run("clustering-jobs", "list")
    said = "POSTHOG_CLI_TOKEN is an older name; set POSTHOG_CLI_API_KEY instead\n"
    assert (result.code, result.err) == (0, said)
    assert server.sent[0].path == "/api/environments/5/llm_analytics/clustering_jobs/"
    assert server.sent[0].headers["Authorization"] == "Bearer phx_old_0123456789"
    settings = shown(run)
    assert settings["key"] == ("phx_...6789", "POSTHOG_CLI_TOKEN (an older name)")
    assert settings["project"] == ("5", "POSTHOG_CLI_ENV_ID")
    monkeypatch.setenv("LLMCTL_PROJECT", "6")
    assert shown(run)["project"] == ("6", "LLMCTL_PROJECT")


def test_m03_older_names_come_last(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore
) -> None:
    monkeypatch.setenv("POSTHOG_CLI_TOKEN", "phx_old_0123456789")
    monkeypatch.setenv("POSTHOG_CLI_ENV_ID", "5")
    settings = shown(run)
    assert settings["key"] == ("phx_...cdef", "profile work")
    assert settings["project"] == ("7", "profile work")
    monkeypatch.setenv("POSTHOG_CLI_API_KEY", "phx_new_abcdefghij")
    settings = shown(run)
    assert settings["key"] == ("phx_...ghij", "POSTHOG_CLI_API_KEY")
    assert settings["project"] == (None, "not set")


WRONG = {
    "nothing set": ({}, [], ["key"]),
    "a key": ({"LLMCTL_API_KEY": "phc_0123456789"}, [], ["key"]),
    "everything": (
        {
            "LLMCTL_API_KEY": '"x"',
            "POSTHOG_HOST": INGESTION,
            "LLMCTL_PROJECT": "$PROJECT",
            "LLMCTL_OUTPUT": "yaml",
            "LLMCTL_TIMEOUT": "soon",
        },
        [],
        ["key", "host", "project", "output", "timeout"],
    ),
    "the profile": ({"LLMCTL_PROFILE": "nowhere"}, [], ["profile"]),
    "an option": ({}, ["-p", "nowhere"], ["profile"]),
    "a host": ({"LLMCTL_HOST": "us"}, ["-p", "sandbox"], ["host"]),
    "a host and a project": (
        {"LLMCTL_HOST": "$HOST", "LLMCTL_PROJECT": "9"}, ["-p", "sandbox"], ["host", "project"],
    ),
    "the directories": (
        {"LLMCTL_CONFIG_DIR": "x", "LLMCTL_CACHE_DIR": "x", "LLMCTL_DATA_DIR": "x"},
        [],
        ["profile"],
    ),
    "a directory that is none": ({"LLMCTL_CONFIG_DIR": "/dev/null"}, [], ["profile"]),
}  # fmt: skip


@pytest.mark.parametrize("output", ["tsv", "json"])
@pytest.mark.parametrize("what", WRONG)
def test_m03_show_always_prints(
    run: Run, monkeypatch: pytest.MonkeyPatch, what: str, output: str
) -> None:
    settings, words, wrong = WRONG[what]
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    result = run("profiles", "show", *words, "-o", output)
    assert result.code == ExitCode.CONFIG
    notes = [line.partition(":")[0] for line in result.err.splitlines()]
    assert notes[: len(wrong) - 1] == wrong[1:]
    assert notes[len(wrong) - 1 :] in (["error"], ["error", "hint"], ['{"error"'])
    if output == "json":
        rows = {row["setting"]: row for row in json.loads(result.out)}
        assert {name for name, row in rows.items() if row["problem"]} == set(wrong)
    else:
        rows = {line.partition("\t")[0]: {} for line in result.out.splitlines()}
    assert {"key", "host", "project", "api_prefix", "timeout", "data_dir"} <= rows.keys()


@pytest.mark.parametrize("content", ["x", "[profiles]\nwork = 1\n", "current = 'gone'\n"])
def test_m03_show_prints_with_broken_settings(run: Run, stored: ProfileStore, content: str) -> None:
    (stored.directory / "config.toml").write_text(content)
    for words in ([], ["-p", "work"]):
        result = run("profiles", "show", *words)
        assert result.code == ExitCode.CONFIG
        assert "config_dir\t" in result.out
        assert re.fullmatch(r"error: .*\n(hint: .*\n)?", result.err)


def test_m03_hints_work_as_printed(
    run: Run, monkeypatch: pytest.MonkeyPatch, stored: ProfileStore, sandbox: None, key_file: str
) -> None:
    (stored.directory / "config.toml").unlink()
    jobs = ["clustering-jobs", "list"]
    assert "add --profile sandbox" in run(*jobs).err
    assert run(*jobs, "--profile", "sandbox").code == 0
    # Neither of these goes with the sandbox, nor with a profile for another host.
    monkeypatch.setenv("LLMCTL_HOST", "eu")
    said = run(*jobs).err
    assert "sandbox" not in said
    assert "llmctl profiles add NAME --host eu\n" in said
    add = ["profiles", "add", "new", "--host", "eu", "--api-key-file", key_file, "--no-check"]
    assert run(*add, "--project", "7").code == 0
    assert run("profiles", "show").code == 0
    for words in (["-p", "new"], []):
        monkeypatch.setenv("LLMCTL_HOST", "us")
        assert "hint: unset LLMCTL_HOST, or " in run(*jobs, *words).err
        monkeypatch.delenv("LLMCTL_HOST")
        assert run("profiles", "show", *words).code == 0
    # The ingestion host of the region that is not the profile's.
    monkeypatch.setenv("LLMCTL_HOST", INGESTION)
    assert "hint: unset LLMCTL_HOST, or set LLMCTL_API_KEY" in run(*jobs).err
    monkeypatch.delenv("LLMCTL_HOST")
    monkeypatch.setenv("LLMCTL_PROJECT", "9")
    (stored.directory / "config.toml").unlink()
    assert "sandbox" not in run(*jobs).err
