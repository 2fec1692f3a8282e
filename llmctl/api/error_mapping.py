"""Map a response's status to a typed error; no other module does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from llmctl.api.compare import as_uuid
from llmctl.api.error_details import ENDPOINT_NOT_FOUND, PROJECT_NOT_FOUND, error_details
from llmctl.api.error_hints import (
    denied_hint,
    not_found_hint,
    rejected_hint,
    unavailable_hint,
    wait_hint,
    way_out,
)
from llmctl.api.operation import Operation
from llmctl.api.page import is_object
from llmctl.api.resources import NIL_ID, PROVIDER_KEY_VALIDATIONS
from llmctl.errors import (
    ConfigError,
    DeniedError,
    Hint,
    LlmctlError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnknownOutcomeError,
)
from llmctl.http import Response

_ORIGIN = re.compile(
    r"(https?://(?:\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(?::[0-9]{1,5})?)(?=[/?#]|$)", re.IGNORECASE
)
_EXPECTED = {"GET": {200}, "POST": {200, 201}, "PATCH": {200}, "DELETE": {204}}
# These refusals prove that a write was not done. Any other status may come from a gateway that
# stopped waiting, while the server carried it out.
_NOTHING_DONE = {*range(400, 408), *range(409, 416), 421, 422, 425, 429, 431}
_UNAVAILABLE = {407, 408, 421, 425, 429}  # 4xx that are not the fault of the request
_LOGIN_SCHEMES = ("basic", "digest", "negotiate", "ntlm")  # PostHog's API uses none of them


class ErrorMapping:
    """Raises the error that a response maps to.

    `pin_hint` returns the hint for an error that a pinned prefix may have caused, else None.
    """

    def __init__(
        self,
        send: Callable[[Operation, float], Response],
        *,
        origin: str,
        pin_hint: Callable[[Operation, Response], Hint | None],
    ) -> None:
        self._send = send
        self._origin = origin
        self._pin_hint = pin_hint

    def send(self, operation: Operation, deadline: float) -> Response:
        """Return the response if it is what the operation expects: a 204 without content for
        DELETE, a 202 without content for a deferred action, an object for all others. Raise
        LlmctlError for every other one."""
        response = self._send(operation, deadline)
        error = self.error(operation, response)
        if error is not None:
            raise error
        return response

    def error(self, operation: Operation, response: Response) -> LlmctlError | None:
        """Return the error that a response maps to; None if it is what the operation expects."""
        error = _error(operation, response, self._origin)
        hint = self._pin_hint(operation, response) if error else None
        return error.restated(error.message, hint) if error and hint else error


def _error(operation: Operation, response: Response, origin: str) -> LlmctlError | None:
    status = response.status
    if operation.target.resource.is_raw:
        is_expected, problem = 200 <= status < 300, response.problem
    else:
        expected = {202} if operation.is_deferred else _EXPECTED[operation.method]
        is_expected = status in expected
        problem = None
        if is_expected:
            problem = _problem(operation, response) or _not_of_target(operation, response)
    if is_expected:
        if problem is None:
            return None
        return _unexpected(operation, f"unexpected response from {origin}: {problem}", status)
    location = response.location if 300 <= status < 400 else None
    if location is not None:
        return _redirect(status, location, origin)
    if 400 <= status < 500 and (status in _NOTHING_DONE or not operation.is_write):
        return _refused(operation, response, origin)
    if 400 <= status < 600:
        return _failed(operation, response, origin)
    return _unexpected(operation, f"unexpected status {status} from {origin}", status)


def _problem(operation: Operation, response: Response) -> str | None:
    """Return what is wrong with the content; None if it is as expected."""
    if response.problem:
        return response.problem
    if response.status == 204 or operation.is_deferred:
        return None if response.is_empty else "not empty"
    if response.is_empty:
        return "empty"
    if operation.is_unpaged_list:
        return None if isinstance(response.body, list) else "not an array"
    return None if is_object(response.body) else "not an object"


def _not_of_target(operation: Operation, response: Response) -> str | None:
    """Return what is wrong if the content is not the object that was read or written."""
    resource, object_id, action = operation.target
    if response.status == 204 or action or resource.is_single or operation.is_unpaged_list:
        return None
    found = response.body.get("id")
    if found is None and operation.is_write and resource is not PROVIDER_KEY_VALIDATIONS:
        return f"not {'an' if resource.noun[0] in 'aeiou' else 'a'} {resource.noun}"
    asked, other = as_uuid(object_id), as_uuid(found)
    if asked and other and asked != other and object_id != NIL_ID:
        return f"{resource.noun} {other} in place of {asked}"
    return None


def _unexpected(
    operation: Operation,
    reason: str,
    status: int,
    *,
    hint: Hint | None = None,
    server_code: str | None = None,
) -> LlmctlError:
    """Return the error for a response that says nothing about what happened.

    `hint` is for reads.
    """
    if not operation.is_write:
        return UnavailableError(reason, hint=hint, status=status, server_code=server_code)
    return UnknownOutcomeError(
        f"the {operation.method} may or may not have happened: {reason}",
        reason=reason,
        hint=Hint("check whether it happened", operation.target.read_command),
        status=status,
        server_code=server_code,
    )


def _refused(operation: Operation, response: Response, origin: str) -> LlmctlError:
    status, said = response.status, error_details(response)
    body = f"an unexpected body ({response.problem})" if response.problem else "no error message"
    if status == 404 and response.problem:
        return ConfigError(
            f"{origin} returned 404 with {body} for {urlsplit(response.url).path}",
            hint=Hint("check the host"),
            status=status,
        )
    message = said.detail or f"{origin} returned {status} with {body}"
    details: dict[str, Any] = {"status": status, "attr": said.attr, "server_code": said.code}
    if status in (401, 403):
        if _is_from_gateway(response):
            return DeniedError(
                f"a gateway answered, not PostHog: {message}",
                hint=_gateway_hint(response),
                status=status,
            )
        hint = denied_hint(operation.target, status, message, origin)
        return DeniedError(message, hint=hint, **details)
    if status == 404:
        target = operation.target
        named = message
        if message == "Not found.":
            place = None if target.list_command else urlsplit(response.url).path
            named = ": ".join(filter(None, (target.name or place, message)))
        is_elsewhere = message in (PROJECT_NOT_FOUND, ENDPOINT_NOT_FOUND)
        return NotFoundError(
            named,
            is_of_object=said.code == "not_found" and not is_elsewhere,
            hint=not_found_hint(target, message, origin),
            **details,
        )
    if status in _UNAVAILABLE:
        return UnavailableError(message, hint=unavailable_hint(response), **details)
    return RejectedError(
        f"{said.attr}: {message}" if said.attr else message,
        hint=rejected_hint(operation, said) or way_out(message, origin),
        **details,
    )


def _is_from_gateway(response: Response) -> bool:
    """Return True if a 401 or 403 comes from a gateway in front of PostHog."""
    body = response.body if isinstance(response.body, dict) else {}
    if isinstance(body.get("detail") or body.get("error"), str):
        return False
    return not response.is_empty or _login_scheme(response) is not None


def _login_scheme(response: Response) -> str | None:
    """Return the scheme of the login that a gateway requires; None if it names none."""
    scheme = response.headers.get("WWW-Authenticate", "").partition(" ")[0].strip(",")
    return scheme if scheme.lower() in _LOGIN_SCHEMES else None


def _gateway_hint(response: Response) -> Hint:
    scheme = _login_scheme(response)
    if scheme:
        return Hint(f"it requires {scheme} authentication, which llmctl does not support")
    return Hint("check the host, and whether it needs a VPN or a login")


def _failed(operation: Operation, response: Response, origin: str) -> LlmctlError:
    said = error_details(response)
    request_id = f", request id {response.request_id}" if response.request_id else ""
    kind = "a server error" if response.status >= 500 else "an error"
    reason = f"{origin} returned {kind} ({response.status}{request_id})"
    if said.detail:
        reason = f"{reason}: {said.detail}"
    return _unexpected(
        operation, reason, response.status, hint=wait_hint(response), server_code=said.code
    )


def _redirect(status: int, location: str, origin: str) -> ConfigError:
    readable = _ORIGIN.match(location)
    if readable and readable[1] == origin:
        where = f"to another page of {origin}"
        hint = "check the host: PostHog's API does not redirect here"
    else:
        where = f"to {readable[1]}" if readable else "elsewhere"
        hint = "if that is your PostHog, use its URL as the host"
    return ConfigError(
        f"{origin} redirects {where} ({status}); keys are never sent to redirect targets",
        hint=Hint(hint),
        status=status,
    )
