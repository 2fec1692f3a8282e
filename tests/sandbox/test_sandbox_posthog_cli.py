"""PostHog's own command-line client drives the sandbox: the tools for objects that it has.

It is a package of npm, with a program in Rust around the tools; they are a module of their own,
for Node.js, which takes seconds to load.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.support import serving

pytestmark = [
    pytest.mark.complete,
    pytest.mark.generation("v3"),
    pytest.mark.skipif(not shutil.which("npm") or not shutil.which("node"), reason="needs npm"),
]

PACKAGE = "@posthog/cli@0.18.3"
MODULE = "node_modules/@posthog/cli/lib/posthog-api-cli.mjs"

# The module ends with the call of its main function. In its place: one call for each line, with the
# arguments as JSON, and after the output of each a zero byte and the exit code.
START = "\nmain().catch("
LOOP = """
const lines = await import("node:readline");
for await (const line of lines.createInterface({ input: process.stdin })) {
  process.argv = ["node", "posthog-cli", ...JSON.parse(line)];
  const error = await main().then(() => null, (error) => error);
  if (error) process.stdout.write(`${error.message}\n`);
  process.stdout.write(`\\0${error ? 1 : 0}\n`);
}
process.exit(0);
"""

Call = Callable[..., Any]
Refuse = Callable[..., str]
Client = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module with the tools, installed without scripts: those download the program."""
    folder = tmp_path_factory.mktemp("posthog-cli")
    options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        ["npm", "install", *options, PACKAGE], capture_output=True, timeout=120, check=False
    )
    module = folder / MODULE
    if done.returncode or not module.exists():
        pytest.skip("npm cannot install it")
    source, found, _ = module.read_text().rpartition(START)
    assert found
    module.write_text(source + LOOP)
    return module


@pytest.fixture
def client(tools: Path, database: Path) -> Iterator[Client]:
    with contextlib.ExitStack() as stack:
        env = os.environ | {
            "POSTHOG_CLI_HOST": stack.enter_context(serving(database)),
            "POSTHOG_CLI_API_KEY": defaults.ALL_SCOPES_KEY,
            "POSTHOG_CLI_PROJECT_ID": str(defaults.PROJECT_ID),
        }
        node = stack.enter_context(
            subprocess.Popen(
                ["node", str(tools)],
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(node.kill)
        stdin, stdout = node.stdin, node.stdout
        assert stdin is not None
        assert stdout is not None

        def run(tool: str, **fields: Any) -> tuple[int, str]:
            words = ["call", "--json", "--confirm", tool, json.dumps(fields)]
            stdin.write(json.dumps(words) + "\n")
            stdin.flush()
            printed = ""
            for line in stdout:
                if line.startswith("\0"):
                    return int(line[1:]), printed
                printed += line
            raise AssertionError(f"{tool}: it ended")

        yield run


@pytest.fixture
def call(client: Client) -> Call:
    """Call a tool that succeeds: its result."""

    def run(tool: str, **fields: Any) -> Any:
        code, out = client(tool, **fields)
        assert code == 0, f"{tool}: {out}"
        return json.loads(out) if out.strip() else None

    return run


@pytest.fixture
def refuse(client: Client) -> Refuse:
    """Call a tool that fails: what it prints."""

    def run(tool: str, **fields: Any) -> str:
        code, out = client(tool, **fields)
        assert code == 1, out
        return out

    return run


def names(listed: Any) -> list[str]:
    return [row["name"] for row in listed["results"]]


def test_clustering(call: Call, refuse: Refuse) -> None:
    filters = [{"key": "$ai_model", "value": "gpt-4", "operator": "exact", "type": "event"}]
    call("llma-clustering-config-set-event-filters", event_filters=filters)
    assert call("llma-clustering-config-get")["event_filters"] == filters
    job = call("llma-clustering-job-create", name="GPT-4", analysis_level="trace")
    call("llma-clustering-job-update", id=job["id"], name="GPT-4 only")
    assert call("llma-clustering-job-get", id=job["id"])["name"] == "GPT-4 only"
    assert len(names(call("llma-clustering-job-list"))) == 4
    call("llma-clustering-job-delete", id=job["id"])
    assert "Not found" in refuse("llma-clustering-job-get", id=job["id"])


def test_keys_and_models(call: Call, refuse: Refuse) -> None:
    assert names(call("llma-provider-key-list")) == ["Production OpenAI", "Old Anthropic"]
    key = call("llma-provider-key-get", id=defaults.ACTIVE_KEY_ID)
    assert key["api_key_masked"] == "sk-p...beef"
    config = call("llma-evaluation-config-get")
    assert config["active_provider_key"]["id"] == key["id"]
    assert call("llma-evaluation-config-set-active-key", key_id=key["id"])
    said = refuse("llma-evaluation-config-set-active-key", key_id=defaults.INVALID_KEY_ID)
    assert "Cannot activate key with state 'invalid'" in said
    assert len(call("llma-evaluation-judge-models")["models"]) > 10
    one = call("llma-evaluation-judge-models", key_id=defaults.INVALID_KEY_ID)
    assert {row["provider"] for row in one["models"]} == {"anthropic"}


def test_evaluations(call: Call, refuse: Refuse) -> None:
    source = {"source": "return length(output) > 15"}
    made = call(
        "llma-evaluation-create",
        name="Long",
        evaluation_type="hog",
        evaluation_config=source,
        output_type="boolean",
        conditions=[{"id": "all", "rollout_percentage": 100, "properties": []}],
    )
    assert (made["status"], made["evaluation_config"]["source"]) == ("paused", source["source"])
    changed = call("llma-evaluation-update", id=made["id"], enabled=True, description="d")
    assert (changed["status"], changed["description"]) == ("active", "d")
    assert call("llma-evaluation-get", id=made["id"])["enabled"] is True
    assert sorted(names(call("llma-evaluation-list"))) == ["Answer relevance", "Long"]
    assert names(call("llma-evaluation-list", search="long")) == ["Long"]
    model = {"provider": "anthropic", "model": "m"}
    said = refuse(
        "llma-evaluation-create",
        name="x",
        evaluation_type="llm_judge",
        evaluation_config={"prompt": "p"},
        output_type="boolean",
        enabled=True,
        model_configuration=model,
    )
    assert "Add a provider API key to enable this evaluation." in said
    tried = call("llma-evaluation-test-hog", **source)
    assert [row["result"] for row in tried["results"]] == [True, False, True, False]
    assert "Compilation error" in refuse("llma-evaluation-test-hog", source="return (")
    call("llma-evaluation-delete", id=made["id"])
    assert "No evaluation" in refuse("llma-evaluation-get", id=made["id"])


def test_directories(call: Call) -> None:
    made = call("llma-evaluation-directory-create", name="Support")
    call("llma-evaluation-update", id=defaults.EVALUATION_ID, directory_id=made["id"])
    assert call("llma-evaluation-directory-get", id=made["id"])["evaluation_count"] == 1
    call("llma-evaluation-directory-update", id=made["id"], name="Help")
    listed = call("llma-evaluation-directory-list")
    rows = listed if isinstance(listed, list) else listed["results"]
    assert [row["name"] for row in rows] == ["Help"]
    call("llma-evaluation-directory-delete", id=made["id"])


def test_reports(call: Call, refuse: Refuse) -> None:
    (listed,) = call("llma-evaluation-report-list")["results"]
    target = {"type": "email", "value": "team@example.com"}
    made = call(
        "llma-evaluation-report-create",
        evaluation=defaults.EVALUATION_ID,
        frequency="scheduled",
        rrule="FREQ=WEEKLY;BYDAY=MO",
        delivery_targets=[target],
    )
    assert (made["id"], made["rrule"]) == (listed["id"], "FREQ=WEEKLY;BYDAY=MO")
    said = refuse("llma-evaluation-report-update", id=made["id"], rrule="FREQ=HOURLY")
    assert "daily or weekly cadences" in said
    call("llma-evaluation-report-update", id=made["id"], cooldown_minutes=120)
    found = call("llma-evaluation-report-get", id=made["id"])
    assert (found["cooldown_minutes"], found["delivery_targets"]) == (120, [target])
    call("llma-evaluation-report-generate", id=made["id"])
    runs = call("llma-evaluation-report-run-list", id=made["id"], limit=2)
    assert (runs["count"], runs["results"][0]["delivery_status"]) == (7, "delivered")


def test_others(call: Call) -> None:
    assert call("llma-tagger-list")["results"] == []
    kinds = [row["kind"] for row in call("integrations-list")["results"]]
    assert kinds == ["slack", "github"]
    one = call("integration-get", id=defaults.SLACK_INTEGRATION_ID)
    assert one["display_name"] == "Sandbox"
    assert call("project-get", id=defaults.PROJECT_ID)["name"] == "Sandbox"
    assert "Sandbox" in json.dumps(call("projects-get"))
