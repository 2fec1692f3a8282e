"""Requests as the equivalent curl commands, with a variable in place of the key."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmctl.errors import DryRun
from llmctl.input.values import NULL
from llmctl.output.sanitize import harmless_json
from llmctl.safe.strict_json import dumps

if TYPE_CHECKING:
    from llmctl.config import Settings
    from llmctl.http import Request, Response


class RefuseWrites:
    """The layer of `--dry-run`: reads pass, the first write ends the command."""

    def __init__(self, send: Callable[[Request, float], Response], settings: Settings) -> None:
        self._send = send
        self._settings = settings

    def send(self, request: Request, deadline: float) -> Response:
        """Return the response to a read. DryRun, with the curl command, in place of a write."""
        if request.is_write:
            raise DryRun(curl_command(self._settings, request))
        return self._send(request, deadline)


def curl_command(settings: Settings, request: Request) -> str:
    """Return the command, one option per line; it runs as printed once the variable is set."""
    lines = [f"curl -X {request.method}"]
    lines.append('  -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY"')
    if settings.client_certificate is not None:
        cert, key = settings.client_certificate.paths
        lines.append(f"  --cert {shlex.quote(cert)}")
        if key is not None:
            lines.append(f"  --key {shlex.quote(key)}")
    if request.body is not None:
        body = harmless_json(dumps(request.body, default=_shown).replace("\x7f", "\\u007f"))
        lines.append("  -H 'Content-Type: application/json'")
        lines.append(f"  -d {shlex.quote(body)}")
    lines.append(f"  {shlex.quote(settings.origin + request.target)}")
    return " \\\n".join(lines)


def _shown(value: object) -> str | None:
    return None if value is NULL else str(value)
