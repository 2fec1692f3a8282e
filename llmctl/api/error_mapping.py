"""From an answer's status to a typed error: the one place where that is decided."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from llmctl.api.resources import PROVIDERS, Target
from llmctl.config.origin import REGIONS
from llmctl.errors import (
    ConfigError,
    DeniedError,
    LlmctlError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
    command_line,
)
from llmctl.http import Answer, Request

MAX_WORDS = 1_000  # characters of a text of the server that are shown

_ORIGIN = re.compile(
    r"(https?://(?:\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(?::[0-9]{1,5})?)(?=[/?#]|$)", re.IGNORECASE
)
_EXPECTED = {"GET": {200}, "POST": {200, 201}, "PATCH": {200}, "DELETE": {204}}


def refusal(request: Request, answer: Answer, *, origin: str, target: Target) -> LlmctlError | None:
    """The error that this answer means; None where it is what the operation promises.

    `target` is what the request was about.
    """
    status = answer.status
    if status in _EXPECTED[request.method]:
        if answer.problem or answer.is_empty != (status == 204):
            found = answer.problem or ("empty" if answer.is_empty else "not empty")
            message = f"what {origin} answered is not the API's: it is {found}"
            return not_the_api(request, message, target, status)
        return None
    location = answer.location(origin + request.target) if 300 <= status < 400 else None
    if location is not None:
        return _redirect(status, location, origin)
    if 400 <= status < 500:
        return _refused(request, answer, origin, target)
    if 500 <= status < 600:
        return _failed(request, answer, origin, target)
    message = f"{origin} answered with status {status}, which the API does not use here"
    return not_the_api(request, message, target, status)


def not_the_api(request: Request, message: str, target: Target, status: int) -> LlmctlError:
    """The error for an answer that the API does not give: nothing is known after a write."""
    if request.is_write:
        return UnknownOutcomeError(
            f"{message}, so the {request.method} may or may not have happened",
            hint=f"see what the server has: {command_line(target.read_command)}",
            status=status,
        )
    return UnavailableError(message, status=status)


def _refused(request: Request, answer: Answer, origin: str, target: Target) -> LlmctlError:
    status = answer.status
    said = _said(answer)
    if status == 404 and answer.problem:
        return ConfigError(
            f"{origin} does not have {request.path}, and the answer is not the API's",
            hint="check the host",
            status=status,
        )
    silent = (
        f"with {answer.problem}, not in the API's words" if answer.problem else "without a reason"
    )
    message = said["detail"] or f"{origin} answered {status} {silent}"
    details: dict[str, Any] = {
        "status": status,
        "attr": said["attr"],
        "server_code": said["code"],
    }
    if status in (401, 403):
        return DeniedError(message, hint=_denied_hint(status, message, origin), **details)
    if status == 404:
        if target.name and message == "Not found.":
            message = f"{target.name}: {message}"
        return NotFoundError(message, hint=_not_found_hint(target, message), **details)
    if status == 429:
        return UnavailableError(
            message, hint=_wait_hint(answer) or "wait, then try again", **details
        )
    if said["attr"]:
        message = f"{said['attr']}: {message}"
    hint = _rejected_hint(request, message, said["attr"], said["code"])
    return RejectedError(message, hint=hint, **details)


def _denied_hint(status: int, message: str, origin: str) -> str | None:
    if status == 401:
        return (
            f"the key is not one of {origin}: {_where_instead(origin)}; "
            "llmctl profiles show says where key and host come from"
        )
    if "personal api key access" in message.lower():
        return "the endpoint is closed to personal API keys; the key itself is not at fault"
    scope = re.search(r"scope '([a-z_*]+:[a-z]+)'", message)
    return f"add the scope {scope[1]} to the key in PostHog's settings" if scope else None


def _where_instead(origin: str) -> str:
    others = [f"{name} ({url})" for name, url in REGIONS.items() if url != origin]
    return f"is it one of {others[0]}?" if len(others) == 1 else "check the key and the host"


def _not_found_hint(target: Target, message: str) -> str | None:
    if message == "Project not found.":
        return "llmctl profiles show says where the project comes from"
    if message == "Endpoint not found.":
        return "this server does not have this resource; a newer or older PostHog may"
    if target.list_command:
        return command_line(target.list_command)
    return "check the host and the project"


def _rejected_hint(
    request: Request, message: str, attr: str | None, server_code: str | None
) -> str | None:
    body = request.body
    if server_code == "invalid_choice" and attr == "provider":
        return f"known providers: {', '.join(PROVIDERS)}"
    if server_code == "required" and attr:
        return f"give --{attr.replace('_', '-')}"
    if isinstance(body, dict) and message.startswith("Cannot activate key with state"):
        key_id = body.get("key_id", "KEY_ID")
        return f"give it a new secret: llmctl provider-keys rotate {key_id}"
    return None


def _failed(request: Request, answer: Answer, origin: str, target: Target) -> LlmctlError:
    status = answer.status
    said = _said(answer)
    named = f", request id {answer.request_id}" if answer.request_id else ""
    message = f"{origin} answered with a server error ({status}{named})"
    if said["detail"]:
        message += f": {said['detail']}"
    if request.is_write:
        return UnknownOutcomeError(
            f"{message} The {request.method} may or may not have happened"
            if message.endswith(".")
            else f"{message}; the {request.method} may or may not have happened",
            hint=f"see what the server has: {command_line(target.read_command)}",
            status=status,
            server_code=said["code"],
        )
    return UnavailableError(
        message, hint=_wait_hint(answer), status=status, server_code=said["code"]
    )


def _wait_hint(answer: Answer) -> str | None:
    """How long the server asks to wait, in the largest unit that fits; None where it does not."""
    seconds = answer.retry_after
    if not seconds:
        return None
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"wait {math.ceil(seconds / size)} {unit}, then try again"
    return f"wait {math.ceil(seconds)} seconds, then try again"


def _redirect(status: int, location: str, origin: str) -> ConfigError:
    readable = _ORIGIN.match(location)
    if readable and readable[1] == origin:
        where = f"to another page of {origin}"
        hint = "PostHog's API does not answer so: check the host"
    else:
        where = f"to {readable[1]}" if readable else "elsewhere"
        hint = "if that is your PostHog, give its address as the host"
    return ConfigError(
        f"{origin} redirects {where} ({status}), and a key is never sent after a redirect",
        hint=hint,
        status=status,
    )


def _said(answer: Answer) -> dict[str, str | None]:
    """What the server wrote: `detail` or `error`, else whatever else it answered."""
    body = answer.body if isinstance(answer.body, dict) else {}

    def text(name: str) -> str | None:
        value = body.get(name)
        return _short(value) if isinstance(value, str) and value else None

    detail = text("detail") or text("error") or _other_words(answer.body)
    return {"detail": detail, "attr": text("attr"), "code": text("code")}


def _other_words(content: Any) -> str | None:
    """JSON of neither shape of the API as it came, up to a length; None where it is empty."""
    if not content:
        return None
    words = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return _short(words)


def _short(words: str) -> str:
    return words if len(words) <= MAX_WORDS else f"{words[:MAX_WORDS]}..."
