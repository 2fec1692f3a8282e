"""Map a response's status to a typed error; no other module does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from llmctl.api.compare import as_uuid
from llmctl.api.operation import Operation
from llmctl.api.page import is_object
from llmctl.api.prefix import ENDPOINT_NOT_FOUND
from llmctl.api.resources import (
    EVALUATION_REPORTS,
    EVALUATIONS,
    MODELS,
    NIL_ID,
    PROVIDER_KEY_VALIDATIONS,
    PROVIDER_KEYS,
    PROVIDERS,
    Resource,
    Target,
)
from llmctl.config.origin import REGIONS
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
from llmctl.input.secret_source import KEY_OPTIONS
from llmctl.input.values import KEY_FIELDS
from llmctl.safe.strict_json import dumps

MAX_CHARACTERS = 1_000  # shown of a server's text

_ORIGIN = re.compile(
    r"(https?://(?:\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(?::[0-9]{1,5})?)(?=[/?#]|$)", re.IGNORECASE
)
_EXPECTED = {"GET": {200}, "POST": {200, 201}, "PATCH": {200}, "DELETE": {204}}
PROJECT_NOT_FOUND = "Project not found."  # the server's detail
# These refusals prove that a write was not done. Any other status may come from a gateway that
# stopped waiting, while the server carried it out.
_NOTHING_DONE = {*range(400, 408), *range(409, 416), 421, 422, 425, 429, 431}
_UNAVAILABLE = {407, 408, 421, 425, 429}  # 4xx that are not the fault of the request
_PROVIDERS = Hint(f"known providers: {', '.join(PROVIDERS)}")
_VALIDATE_SECRET = Hint(
    "validate the secret itself",
    ("provider-keys", "validate", "--provider", "PROVIDER", "--api-key-env", "VARIABLE"),
)
_FIELD = re.compile("[a-z]+(_[a-z]+)*")
# The fields whose option has another name.
_OPTIONS = {
    "api_key": KEY_OPTIONS,
    "model_configuration": "--provider and --model, or --model-configuration null",
    "model_configuration__provider": "--provider",
    "model_configuration__model": "--model",
}
_CONFIGS = "config"  # stands for the two configurations of an evaluation
_KEY_FIELDS = {"api_key", "provider", "name", "azure_endpoint", "api_version", "base_url"}
_KEY_SETTINGS = "/settings/user-api-keys"  # below the host
# What the server says -> the way out.
_WAYS_OUT = {
    "access to the requested project": "the key is limited to other projects; edit it in {keys}",
    "scoped projects are only supported": "it needs a key that is not limited to some projects; "
    "edit it in {keys}",
    "access to the requested organization": "the key is limited to other organizations; edit it in "
    "{keys}",
    "project secret api key access": "use a personal API key, from {keys}",
    "does not allow using personal api keys": "an admin can allow them in "
    "{origin}/settings/organization",
    "have access to the project": "ask an admin of the project to add the key's user",
    "(editor|viewer) access|sufficient permissions": "a key has the rights of its user; ask an "
    "admin of the project for more",
    "ai data processing": "an admin can approve it in "
    "{origin}/settings/organization-details#organization-ai-consent",
    "feature flag|feature preview|early access|not (been )?enabled": "if it is in preview, turn it "
    "on in {origin}/settings/user-feature-previews",
}
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


class _Said(NamedTuple):
    """The server's own words in an error response: message, request field and error code."""

    detail: str | None
    attr: str | None
    code: str | None


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
        hint=Hint("check whether it happened", operation.target.read_command),
        status=status,
        server_code=server_code,
    )


def _refused(operation: Operation, response: Response, origin: str) -> LlmctlError:
    status, said = response.status, _said(response)
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
        hint = _denied_hint(operation.target, status, message, origin)
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
            hint=_not_found_hint(target, message, origin),
            **details,
        )
    if status in _UNAVAILABLE:
        return UnavailableError(message, hint=_unavailable_hint(response), **details)
    return RejectedError(
        f"{said.attr}: {message}" if said.attr else message,
        hint=_rejected_hint(operation, said) or _way_out(message, origin),
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


def _denied_hint(target: Target, status: int, message: str, origin: str) -> Hint | None:
    if status == 401:
        others = [f"{name} ({url})" for name, url in REGIONS.items() if url != origin]
        is_region = len(others) == 1
        place = f"it may belong to {others[0]}" if is_region else "check the key and the host"
        source = Hint("see where the key and host come from", ("profiles", "show"))
        return Hint(f"{origin} does not recognise this key: {place}", also=source)
    if is_closed(message):
        is_validate = target.resource is PROVIDER_KEYS and target.action == "validate"
        other = _VALIDATE_SECRET if is_validate else Hint("use PostHog's web app")
        return Hint(
            "this endpoint does not accept personal API keys, whatever their scopes",
            also=Hint("or not with this method") if target.resource.is_raw else other,
        )
    scope = missing_scope(message)
    if scope:
        return scope_hint(scope, origin)
    return _way_out(message, origin)


def _way_out(message: str, origin: str) -> Hint | None:
    """Return the hint for what the server says; None if it is not known."""
    for said, hint in _WAYS_OUT.items():
        if re.search(said, message.lower()):
            return Hint(hint.format(origin=origin, keys=origin + _KEY_SETTINGS))
    return None


def is_closed(message: str) -> bool:
    """Return True if a 403 says that no personal API key may do this."""
    return "personal api key access" in message.lower()


def missing_scope(message: str) -> str | None:
    """Return the scope that a 403 names as missing, such as `evaluation:read`."""
    scope = re.search(r"scope '([a-z_*]+:[a-z]+)'", message)
    return scope[1] if scope else None


def scope_hint(scope: str, origin: str) -> Hint:
    """Return the hint for a missing scope."""
    return Hint(f"add the scope {scope} to the key in {origin}{_KEY_SETTINGS}")


def _not_found_hint(target: Target, message: str, origin: str) -> Hint:
    source = Hint("see where the project comes from", ("profiles", "show"))
    if message == PROJECT_NOT_FOUND:
        number = Hint(f"the web app has its number in the URL: {origin}/project/NUMBER")
        return replace(source, also=number)
    if message == ENDPOINT_NOT_FOUND:
        check = Hint("check the path") if target.resource.is_raw else None
        return Hint("this version of PostHog does not have this resource", also=check)
    if target.list_command:
        return Hint("list the available IDs", target.list_command)
    if target.is_absolute:
        return Hint("check the path and the host")
    lacks = "if the project is right, this version of PostHog does not have this resource"
    return Hint(lacks, also=source)


def _rejected_hint(operation: Operation, said: _Said) -> Hint | None:
    attr = said.attr or ""
    if said.code == "invalid_choice" and attr in ("provider", "model_configuration__provider"):
        return _PROVIDERS
    body = operation.body if isinstance(operation.body, dict) else {}
    is_unset = "__" not in attr and body.get(attr) is None
    is_missing = said.code == "required" or is_unset
    is_option = attr in _OPTIONS or (_FIELD.fullmatch(attr) and attr != _CONFIGS)
    is_raw = operation.target.resource.is_raw
    if (is_raw or operation.body is not None) and is_missing and is_option:
        return Hint(f"give {_option(operation.target.resource, attr)}")
    if body and (said.detail or "").startswith("Cannot activate key with state"):
        key_id = str(body.get("key_id", "KEY_ID"))
        return Hint("give it a new secret", ("provider-keys", "rotate", key_id))
    target = operation.target
    if target.resource is EVALUATIONS and attr == "model_configuration__provider_key_id":
        return Hint("", ("provider-keys", "list"))
    if target.resource is EVALUATION_REPORTS and target.object_id and said.attr == "deleted":
        command = ("evaluation-reports", "update", target.object_id, "--disabled")
        return Hint("disable it instead", command)
    if target.resource is MODELS and "provider" not in dict(operation.query):
        return Hint("add --provider or --key-id", also=_PROVIDERS)
    return None


def _option(resource: Resource, field: str) -> str:
    """Return the option for a field of a request."""
    if resource.is_raw:
        return f"--field {field}={'@FILE' if field in KEY_FIELDS else 'VALUE'}"
    if resource in (PROVIDER_KEYS, PROVIDER_KEY_VALIDATIONS) and field not in _KEY_FIELDS:
        return f"--set {field}=VALUE"
    return _OPTIONS.get(field, f"--{field.replace('_', '-')}")


def _failed(operation: Operation, response: Response, origin: str) -> LlmctlError:
    said = _said(response)
    request_id = f", request id {response.request_id}" if response.request_id else ""
    kind = "a server error" if response.status >= 500 else "an error"
    reason = f"{origin} returned {kind} ({response.status}{request_id})"
    if said.detail:
        reason = f"{reason}: {said.detail}"
    return _unexpected(
        operation, reason, response.status, hint=_wait_hint(response), server_code=said.code
    )


def _unavailable_hint(response: Response) -> Hint:
    if response.status == 407:
        return Hint("check the user name and password of the proxy")
    wait = Hint("wait, then try again") if response.status == 429 else Hint("try again")
    return _wait_hint(response) or wait


def _wait_hint(response: Response) -> Hint | None:
    """Return how long to wait, in the largest unit that fits; None if the server does not say."""
    seconds = response.retry_after
    if not seconds:
        return None
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return Hint(f"wait {math.ceil(seconds / size)} {unit}, then try again")
    return Hint(f"wait {math.ceil(seconds)} seconds, then try again")


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


def _said(response: Response) -> _Said:
    """Return the server's words: `detail` or `error`, else its whole response."""
    body = response.body if isinstance(response.body, dict) else {}

    def text(name: str) -> str | None:
        value = body.get(name)
        return _short(value) if isinstance(value, str) and value else None

    detail = text("detail") or text("error") or _as_text(response.body)
    return _Said(detail, text("attr"), text("code"))


def _as_text(content: Any) -> str | None:
    """Return JSON of an unknown shape as it came, up to a length; None if it is empty."""
    if not content:
        return None
    return _short(content if isinstance(content, str) else dumps(content, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}..."
