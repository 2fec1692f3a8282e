"""What to do about an error: the way out that the server does not name."""

from __future__ import annotations

import math
import re

from llmctl.api.error_details import (
    ENDPOINT_NOT_FOUND,
    PROJECT_NOT_FOUND,
    ErrorDetails,
    is_closed,
    missing_scope,
)
from llmctl.api.operation import Operation
from llmctl.api.resources import (
    EVALUATION_REPORTS,
    EVALUATIONS,
    MODELS,
    PROVIDER_KEY_VALIDATIONS,
    PROVIDER_KEYS,
    PROVIDERS,
    Resource,
    Target,
)
from llmctl.config.origin import REGIONS
from llmctl.errors import Hint
from llmctl.http import Response
from llmctl.input.secret_source import KEY_OPTIONS
from llmctl.input.values import KEY_FIELDS
from llmctl.sandbox.defaults import ORIGIN

_PROVIDERS = Hint(f"known providers: {', '.join(PROVIDERS)}")
_VALIDATE_SECRET = Hint(
    "validate the secret itself",
    ("provider-keys", "validate", "--provider", "PROVIDER", "--api-key-env", "VARIABLE"),
)
_NEWEST_SANDBOX = Hint(
    "to try it, simulate the newest server", ("sandbox", "reset", "--generation", "v3")
)
_FIELD = re.compile("[a-z]+(_[a-z]+)*")
# The fields whose option has another name.
_OPTIONS = {
    "api_key": KEY_OPTIONS,
    "model_configuration": "--provider and --model",
    "model_configuration__provider": "--provider",
    "model_configuration__model": "--model",
}
_CONFIGS = "config"  # stands for the two configurations of an evaluation
# The fields of a provider key that have an option of their own.
_OF_KEYS = {"api_key", "provider", "name", "azure_endpoint", "api_version", "base_url"}
_KEY_SETTINGS = "/settings/user-api-keys"  # below the host
# What the server says -> the way out.
_WAYS_OUT = {
    "access to the requested project": "the key is limited to other projects; edit it in {keys}",
    "scoped projects are only supported": "use a key that is not limited to certain projects; "
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


def denied_hint(target: Target, status: int, message: str, origin: str) -> Hint | None:
    """Return the hint for a 401 or 403 with this message; None if there is none."""
    if status == 401:
        others = [f"{name} ({url})" for name, url in REGIONS.items() if url != origin]
        is_region = len(others) == 1
        place = f"it may belong to {others[0]}" if is_region else "check the key and the host"
        source = Hint("see where the key and host come from", ("profiles", "show"))
        return Hint(f"{origin} does not recognise this key: {place}", also=source)
    if is_closed(message):
        is_validate = target.resource is PROVIDER_KEYS and target.action == "validate"
        elsewhere = _NEWEST_SANDBOX if origin == ORIGIN else Hint("use PostHog's web app")
        other = _VALIDATE_SECRET if is_validate else elsewhere
        what = "method or endpoint" if target.resource.is_raw else "endpoint"
        return Hint(
            f"this {what} does not accept personal API keys, whatever their scopes",
            also=None if target.resource.is_raw else other,
        )
    scope = missing_scope(message)
    if scope:
        return scope_hint(scope, origin)
    return way_out(message, origin)


def way_out(message: str, origin: str) -> Hint | None:
    """Return the hint for what the server says; None if it is not known."""
    for said, hint in _WAYS_OUT.items():
        if re.search(said, message.lower()):
            return Hint(hint.format(origin=origin, keys=origin + _KEY_SETTINGS))
    return None


def scope_hint(scope: str, origin: str) -> Hint:
    """Return the hint for a missing scope."""
    return Hint(f"add the scope {scope} to the key in {origin}{_KEY_SETTINGS}")


def not_found_hint(target: Target, message: str, origin: str) -> Hint:
    """Return the hint for a 404 with this message."""
    source = Hint("see where the project comes from", ("profiles", "show"))
    if message == PROJECT_NOT_FOUND:
        number = f"the web app has its number in the URL: {origin}/project/NUMBER"
        return Hint(number, also=source)
    if message == ENDPOINT_NOT_FOUND:
        check = Hint("check the path") if target.resource.is_raw else None
        return Hint("this version of PostHog does not have this resource", also=check)
    if target.list_command:
        return Hint("list the available IDs", target.list_command)
    if target.is_absolute:
        return Hint("check the path and the host")
    lacks = "if the project is right, this version of PostHog does not have this resource"
    return Hint(lacks, also=source)


def rejected_hint(operation: Operation, said: ErrorDetails) -> Hint | None:
    """Return the hint for a request that the server refused; None if there is none."""
    attr = said.attr or ""
    if said.code == "invalid_choice" and attr in ("provider", "model_configuration__provider"):
        return _PROVIDERS
    body = operation.body if isinstance(operation.body, dict) else {}
    is_unset = "__" not in attr and body.get(attr) is None
    if attr == "model_configuration" and "does not use" in (said.detail or ""):
        is_judge_no_more = Hint("give --model-configuration null")
        return is_judge_no_more if is_unset else Hint("leave out --provider and --model")
    is_missing = said.code == "required" or is_unset
    is_option = attr in _OPTIONS or (_FIELD.fullmatch(attr) and attr != _CONFIGS)
    is_raw = operation.target.resource.is_raw
    if (is_raw or operation.body is not None) and is_missing and is_option:
        return Hint(f"give {_option(operation.target.resource, attr)}")
    if body and (said.detail or "").startswith("Cannot activate key with state"):
        key_id = str(body.get("key_id", "KEY_ID"))
        return Hint("give it a new secret", ("provider-keys", "rotate", key_id))
    target = operation.target
    if said.code == "invalid_choice" and not is_raw:
        verb = "update" if target.object_id else "create"
        return Hint("", (target.resource.command, verb, "--help"))
    if target.resource is EVALUATIONS:
        return _evaluation_hint(target, attr, said.detail or "")
    if target.resource is EVALUATION_REPORTS and target.object_id and said.attr == "deleted":
        command = ("evaluation-reports", "update", target.object_id, "--disabled")
        return Hint("disable it instead", command)
    if target.resource is MODELS and "provider" not in dict(operation.query):
        return Hint("add --provider or --key-id", also=_PROVIDERS)
    return None


def _evaluation_hint(target: Target, attr: str, detail: str) -> Hint | None:
    if attr == "enabled" and "key" in detail:
        other = None
        if target.object_id is not None:
            words = ("evaluations", "update", target.object_id, "--provider-key", "NAME")
            other = Hint("or pin one that works", words)
        return Hint("find the key and what to do", ("provider-keys", "audit"), also=other)
    if attr == "model_configuration__provider_key_id":
        return Hint("", ("provider-keys", "list"))
    return None


def _option(resource: Resource, field: str) -> str:
    """Return the option for a field of a request."""
    if resource.is_raw:
        return f"--field {field}={'@FILE' if field in KEY_FIELDS else 'VALUE'}"
    if resource in (PROVIDER_KEYS, PROVIDER_KEY_VALIDATIONS) and field not in _OF_KEYS:
        return f"--set {field}=VALUE"
    return _OPTIONS.get(field, f"--{field.replace('_', '-')}")


def unavailable_hint(response: Response) -> Hint:
    """Return the hint for a 4xx that is not the fault of the request."""
    if response.status == 407:
        return Hint("check the user name and password of the proxy")
    wait = Hint("wait, then try again") if response.status == 429 else Hint("try again")
    return wait_hint(response) or wait


def wait_hint(response: Response) -> Hint | None:
    """Return how long to wait, in the largest unit that fits; None if the server does not say."""
    seconds = response.retry_after
    if not seconds:
        return None
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return Hint(f"wait {math.ceil(seconds / size)} {unit}, then try again")
    return Hint(f"wait {math.ceil(seconds)} seconds, then try again")
