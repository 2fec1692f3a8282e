"""A request as the equivalent curl command, with a variable in place of the key."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from llmctl.output.sanitize import harmless_json

if TYPE_CHECKING:
    from llmctl.http import Request


def curl_command(origin: str, request: Request) -> str:
    """The command, one option a line; it runs as printed where the variable holds the key."""
    lines = [f"curl -X {request.method}"]
    lines.append('  -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY"')
    if request.body is not None:
        body = harmless_json(json.dumps(request.body, default=str).replace("\x7f", "\\u007f"))
        lines.append("  -H 'Content-Type: application/json'")
        lines.append(f"  -d {shlex.quote(body)}")
    lines.append(f"  {shlex.quote(origin + request.target)}")
    return " \\\n".join(lines)
