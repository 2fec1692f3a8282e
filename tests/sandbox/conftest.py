"""A fresh sandbox for each test, and a client for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from llmctl.sandbox import defaults
from llmctl.sandbox.adapter import SandboxAdapter


@dataclass(frozen=True)
class Answer:
    """The sandbox's response."""

    status: int
    body: Any
    headers: dict[str, str]


Ask = Callable[..., Answer]


@pytest.fixture
def database(fresh_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(fresh_database, tmp_path / "sandbox.sqlite3"))


@pytest.fixture
def ask(database: Path) -> Ask:
    """Send the sandbox a request in-process. Paths are below llm_analytics/, or start with a
    slash."""
    session = requests.Session()
    session.mount(defaults.ORIGIN, SandboxAdapter(database))

    def call(
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = defaults.ALL_SCOPES_KEY,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        full = path if path.startswith("/") else f"/api/environments/1/llm_analytics/{path}"
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        if data is not None:
            sent["Content-Type"] = "application/json"
        response = session.request(
            method,
            defaults.ORIGIN + full,
            json=body if data is None else None,
            data=data,
            headers=sent | (headers or {}),
        )
        parsed = response.json() if response.content else None
        return Answer(response.status_code, parsed, dict(response.headers))

    return call
