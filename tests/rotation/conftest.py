"""A project whose active key has two evaluations pinned to it, and the command that rotates it."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llmctl.http import retry
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.conftest import Result, Run
from tests.support import PROVIDER_KEY, serving

OLD_SECRET = "sk-proj-sandbox-0000-beef"
NEW_SECRET = PROVIDER_KEY
OLD_ID = defaults.ACTIVE_KEY_ID
SECOND_EVALUATION = "01990000-0000-7000-8000-0000000000f1"


@pytest.fixture(scope="session")
def prepared_databases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Generation], Path]:
    """The database to copy from, made once for each generation."""

    @functools.cache
    def prepared(generation: Generation) -> Path:
        from llmctl.sandbox.app import wsgi_application

        database = tmp_path_factory.mktemp("prepared") / "sandbox.sqlite3"
        wsgi_application(database, generation)
        from django.db import connection

        from llmctl.sandbox.models import Evaluation

        second = Evaluation.objects.get()
        second.pk = SECOND_EVALUATION
        second.name = "Toxicity"
        second.save(force_insert=True)
        connection.close()
        return database

    return prepared


def _plain(name: str) -> str:
    """Return a key's name without the id of a new key."""
    return re.sub(r"(?<=replaced by )[0-9a-f-]+", "NEW", name)


@dataclass(frozen=True)
class Project:
    """The sandbox's project, read directly from its database."""

    database: Path
    prepared: Path

    def reset(self) -> None:
        from django.db import connection

        connection.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.prepared, self.database)

    def from_here(self) -> Project:
        """The same project, with its current state as the one that `reset` restores."""
        from django.db import connection

        connection.close()
        prepared = self.database.with_name("from-here.sqlite3")
        shutil.copy(self.database, prepared)
        return Project(self.database, prepared)

    def use(self) -> None:
        """Point Django at it."""
        from llmctl.sandbox.app import wsgi_application

        wsgi_application(self.database)

    def facts(self) -> dict[str, Any]:
        """The facts that must be the same on any path to the same end: no ids and times of new
        keys."""
        from llmctl.sandbox.models import Evaluation, EvaluationConfig, ProviderKey

        self.use()
        active = EvaluationConfig.objects.get().active_provider_key
        return {
            "keys": sorted(
                (key.provider, _plain(key.name), key.secret, key.state)
                for key in ProviderKey.objects.all()
            ),
            "active": active and active.secret,
            "evaluations": sorted(
                (each.name, each.enabled, each.provider_key and each.provider_key.secret)
                for each in Evaluation.objects.all()
            ),
        }

    def check(self) -> dict[str, Any]:
        """Check the invariants and return the facts."""
        facts = self.facts()
        good = {secret for _, _, secret, state in facts["keys"] if state == "ok"}
        assert facts["active"] in good, "the active key does not work"
        for name, enabled, secret in facts["evaluations"]:
            assert enabled, f"{name} was stopped"
            assert secret in good, f"{name} has no key that works"
        return facts


@pytest.fixture
def project(
    tmp_path: Path,
    prepared_databases: Callable[[Generation], Path],
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    monkeypatch.setenv("LLMCTL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("NEW", NEW_SECRET)
    monkeypatch.setattr(retry, "BACKOFF_SECONDS", 0.0)
    found = Project(tmp_path / "sandbox.sqlite3", prepared_databases(generation))
    found.reset()
    return found


Rotate = Callable[..., Result]


@pytest.fixture
def rotate(run: Run, project: Project) -> Rotate:
    """Rotate the active key's id; `faults` are the sandbox's."""

    def call(*words: str, faults: str = "", key: str = OLD_ID, secret: str = NEW_SECRET) -> Result:
        os.environ["LLMCTL_SANDBOX_FAULTS"] = faults
        os.environ["NEW"] = secret
        # A key is named first, or by the words themselves.
        selector = [key] if key else []
        source = (
            [] if {"--finish", "--rollback", "--abort"} & {*words} else ["--api-key-env", "NEW"]
        )
        try:
            result = run("provider-keys", "rotate", *selector, *source, "--yes", *words)
        finally:
            del os.environ["LLMCTL_SANDBOX_FAULTS"]
        assert secret not in result.out + result.err, "the secret was printed"
        return result

    return call


def writes(result: Result) -> list[str]:
    """The requests of a run with `-v` that could change something."""
    lines = [line[2:] for line in result.err.splitlines() if line.startswith("* ")]
    return [line for line in lines if not line.startswith("GET ")]


@pytest.fixture
def origin(project: Project) -> Iterator[str]:
    """The project over HTTP."""
    with serving(project.database) as found:
        yield found
