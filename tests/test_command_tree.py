"""Tests over the live command tree: rules for every command."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from llmctl.app import RESOURCES, load
from llmctl.cli import options
from llmctl.cli.argv import SWITCHES
from llmctl.cli.command_spec import Command
from llmctl.cli.completers import Kind
from llmctl.cli.dependencies import Client
from llmctl.cli.injection import inject
from llmctl.commands.project_file.export import FormatOption
from llmctl.reference import commands
from llmctl.sandbox.generation import Generation
from tests.conftest import Run, Shell, complete
from tests.support import call

COMMANDS = list(commands())
IDS = [" ".join(command.words) for command in COMMANDS]
LOCAL = {"profiles", "sandbox", "schema", "completion", "help"}
SHARED = {
    "profile": options.ProfileOption,
    "host": options.HostOption,
    "project": options.ProjectOption,
    "timeout": options.TimeoutOption,
    "retries": options.RetriesOption,
    "verbose": options.VerboseOption,
    "output": options.OutputOption,
}
# They print another format by default.
OUTPUTS = (options.OutputOption, options.TextOutputOption, FormatOption)
WRITES = {"create", "update", "delete", "edit", "set-active-key", "set-event-filters", "generate"}
# Their examples start with the same substitution as those of `evaluation-reports get`.
LIKE_GET = {"evaluation-reports update", "evaluation-reports delete"}
# The old generation keeps the runs of reports from keys.
NEEDS_RUNS = {f"evaluation-reports {verb}" for verb in ("runs", "show-run", "generate", "gate")}
VERB_ORDER = ["list", "get", "create", "update", "delete"]


def signature(command: Command) -> dict[str, Any]:
    """Parameter -> annotation of the function behind a command."""
    (found,) = [
        registered.callback
        for registered in load(command.words[0]).registered_commands
        if registered.name == command.words[-1]
    ]
    assert found is not None
    return get_type_hints(found, include_extras=True)


def own_names(command: Command) -> set[str]:
    """Every option name of a command except the shared ones."""
    hints = [hint for name, hint in signature(command).items() if name != "return"]
    return {
        name
        for hint, parameter in zip(hints, command.parameters, strict=True)
        if hint not in (*SHARED.values(), *OUTPUTS)
        for name in parameter.names
    }


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_help(run: Run, command: Command) -> None:
    result = run(*command.words, "--help")
    assert (result.code, result.err) == (0, "")
    assert command.summary.endswith(".")
    assert command.summary in " ".join(result.out.split())
    shown = " ".join(result.out.split())
    assert all(" ".join(example.split()) in shown for example in command.examples)
    assert max(map(len, result.out.splitlines())) <= 78
    assert not re.search(r"--[a-z-]*-\n", result.out), "a line breaks within an option's name"


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_layout_of_help(run: Run, command: Command) -> None:
    shown = run(*command.words, "--help").out
    usage = shown.partition("\n\n")[0].split()[2 + len(command.words) :]
    arguments = [each for each in command.parameters if each.is_argument]
    assert [word.strip("[]") for word in usage] == [
        *(each.metavar.strip("[]") for each in arguments),
        "OPTIONS",
    ]
    names = [name for each in command.parameters for name in each.names]
    assert all(name in shown for name in names)
    own, _, shared = shown.partition("Shared options")
    if "--profile" in names:
        assert "-p, --profile NAME" in shared
        assert not re.search("^  (-., )?--(profile|host|output|timeout) ", own, re.MULTILINE)
        if len(names) <= 18 and len(command.description) < 200:
            assert len(shown.splitlines()) <= 24


@pytest.mark.parametrize("resource", RESOURCES)
def test_help_of_a_group_cuts_no_line_short(run: Run, resource: str) -> None:
    said = run(resource, "--help").out.partition("Commands:")[2]
    assert "..." not in said


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_shared_options_are_the_shared_ones(command: Command) -> None:
    hints = signature(command)
    for name, hint in SHARED.items():
        if command.words[0] not in LOCAL:
            assert hints[name] in (OUTPUTS if name == "output" else [hint])
    if command.words[0] not in LOCAL and command.words[-1] in WRITES:
        assert hints["dry_run"] == options.DryRunOption
    if command.words[-1] in ("delete", "remove", "reset"):
        assert hints["yes"] == options.YesOption


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_no_option_shadows_a_shared_one(command: Command) -> None:
    reserved = {"-p", "--profile", "-o", "--output", "-v", "--verbose", "--timeout", "--retries"}
    assert not own_names(command) & (reserved | {"--help", "-h"})


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_no_name_stands_for_two_options(command: Command) -> None:
    names = [name for parameter in command.parameters for name in parameter.names]
    assert len(names) == len({*names})


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_shared_options_come_last_and_in_the_same_order(command: Command) -> None:
    places = [options.SHARED.get(name, -1) for name in signature(command) if name != "return"]
    assert places == sorted(places)


def test_different_options_of_one_name_are_refused() -> None:
    def clash(client: Client, profile: options.YesOption = False) -> None:
        pass

    with pytest.raises(TypeError, match="two different options are called profile"):
        inject(clash)


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_short_options_without_a_value_are_the_known_ones(command: Command) -> None:
    for parameter in command.parameters:
        if not parameter.metavar:
            short = {name for name in parameter.names if len(name) == 2}
            assert short <= {f"-{letter}" for letter in SWITCHES}


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_values_say_what_they_are(command: Command) -> None:
    """Completion offers ids, files and profiles for the values that the help describes as such."""
    for parameter in command.parameters:
        kind = parameter.completer.kind if parameter.completer else None
        is_object = parameter.metavar.strip("[].") in ("ID", "NAME|ID")
        if is_object and parameter.names != ("--project",):
            assert kind is Kind.IDS, parameter
        if "@FILE" in parameter.help:
            assert kind is Kind.AT_FILE, parameter
        if parameter.metavar == "PATH" and not parameter.is_argument:  # that of api is a URL's
            assert kind is Kind.FILE, parameter
        if "--profile" in parameter.names or "--profiles" in parameter.names:
            assert kind is Kind.PROFILES, parameter
        if parameter.completer and parameter.completer.group:
            assert parameter.completer.group in RESOURCES


@pytest.mark.parametrize("resource", RESOURCES)
def test_verbs_are_in_the_same_order(resource: str) -> None:
    verbs = [command.words[-1] for command in COMMANDS if command.words[0] == resource]
    known = [verb for verb in verbs if verb in VERB_ORDER]
    assert known == sorted(known, key=VERB_ORDER.index)
    if resource not in LOCAL:
        assert verbs[: len(known)] == known


@pytest.mark.generation("v1", complete="v3")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "command",
    [
        (complete if name in LIKE_GET else pytest.param)(command, id=name)
        for name, command in zip(IDS, COMMANDS, strict=True)
    ],
)
def test_examples_run_as_printed(printed: Shell, command: Command, generation: Generation) -> None:
    assert command.examples
    if command.words == ("evaluation-reports", "delete") and generation is Generation.V3:
        return  # reports are deleted with their evaluation
    if command.words[0] == "evaluation-reports" and command.words[-1] != "create":
        create = next(each for each in COMMANDS if each.words == ("evaluation-reports", "create"))
        assert printed(create.examples[0]).code == 0
    if command.words in (("diff",), ("apply",)):
        assert printed("llmctl export -p sandbox > llm.toml").code == 0
    for example in command.examples:
        assert "llmctl" in shlex.split(example.replace("|", " | "))
        if command.words[0] == "profiles" and command.words[-1] not in ("list", "show", "use"):
            continue  # they need a key, a server or a stored profile
        if command.words == ("sandbox", "serve"):
            continue  # it serves until it is stopped; tested over HTTP
        if command.words[-1] == "edit":
            continue  # it needs a terminal; tested with one that is drawn
        result = printed(example)
        if " ".join(command.words) in NEEDS_RUNS and generation is Generation.V1:
            assert (result.code, "personal API key access" in result.err) == (4, True)
            continue
        assert result.code == 0, result.err
        assert result.out + result.err or " > " in example


def test_every_fault_of_the_table_has_a_test() -> None:
    from tests.fault_table import row_of
    from tests.faults.rows import ROWS

    tests = Path(__file__).parent
    named = {
        row_of(name)
        for path in tests.rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert set(ROWS) <= named


def test_demo(run: Run) -> None:
    result = run("sandbox", "demo")
    assert result.code == 0
    assert "$ llmctl clustering-jobs list" in result.out
    assert "$ echo $?\n5" in result.out
    assert "bug" not in result.err
    assert "curl -X PATCH" in result.out
    assert "Replace the secret of Production OpenAI (" in result.err
    assert "sk-p...beef)? [y/N] y\n" in result.err
    assert "q to quit" not in result.err
    # It leaves nothing behind, and the sandbox of the user is another one.
    assert "GPT-4" not in run("clustering-jobs", "list", "-p", "sandbox").out


def test_demo_step_by_step() -> None:
    code, out, err = call(["sandbox", "demo"], is_terminal=True, typed="\n\nq\n")
    assert code == 0
    assert err.count("q to quit") == 3
    assert "1. A new project has three clustering jobs." in out
    assert "Cluster the traces of one model." in out
    assert "`update` changes" not in out


@pytest.mark.cold
def test_help_loads_no_library_that_only_a_run_needs() -> None:
    libraries = {"requests", "rich", "tomllib", "tomlkit", "tomli_w", "platformdirs", "django"}
    slow = {"concurrent", "decimal", "logging", "zoneinfo"}
    script = (
        "import sys; from llmctl.app import RESOURCES, load; [load(name) for name in RESOURCES]; "
        f"print({libraries | slow} & set(sys.modules) or '')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")
