"""Provider keys in the sandbox: errors, side effects, and the simulated providers."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.provider import ADDRESSES, PROVIDERS
from tests.sandbox.conftest import Ask
from tests.sandbox.test_sandbox_errors import BLANK, FAULT, NOT_FOUND, NULL, REQUIRED, invalid

pytestmark = pytest.mark.generation("v1")

KEYS, CHECKS, MODELS = "provider_keys/", "provider_key_validations/", "models/"
ACTIVE = f"{KEYS}{defaults.ACTIVE_KEY_ID}/"
OLD = f"{KEYS}{defaults.INVALID_KEY_ID}/"
EVALUATION = f"/api/projects/1/evaluations/{defaults.EVALUATION_ID}/"
GOOD = {"provider": "openai", "name": "n", "api_key": "sk-proj-0123456789"}
AZURE = {"provider": "azure_openai", "name": "n", "api_key": "0123456789"}
ENDPOINT = "https://x.openai.azure.com"
KNOWN = ", ".join(PROVIDERS)

Row = tuple[str, str, Any, int, Any]

ROWS: list[Row] = [
    ("POST", KEYS, {}, 400, invalid("provider", "required", REQUIRED)),
    (
        "POST",
        KEYS,
        GOOD | {"provider": "x"},
        400,
        invalid("provider", "invalid_choice", '"x" is not a valid choice.'),
    ),
    (
        "POST",
        KEYS,
        {"provider": "openai", "api_key": "sk-1"},
        400,
        invalid("name", "required", REQUIRED),
    ),
    (
        "POST",
        KEYS,
        GOOD | {"name": "n" * 256},
        400,
        invalid("name", "max_length", "Ensure this field has no more than 255 characters."),
    ),
    ("POST", KEYS, GOOD | {"api_key": ""}, 400, invalid("api_key", "blank", BLANK)),
    ("POST", KEYS, GOOD | {"api_key": None}, 400, invalid("api_key", "null", NULL)),
    (
        "POST",
        KEYS,
        {"provider": "openai", "name": "n"},
        400,
        invalid(
            "api_key",
            "invalid_input",
            "API key is required when creating a new provider key.",
        ),
    ),
    *(
        (
            "POST",
            KEYS,
            {"provider": provider, "name": "n", "api_key": "x-1"},
            400,
            invalid(
                "api_key",
                "invalid_input",
                f"Invalid {name} API key format. Key should start with {wanted}.",
            ),
        )
        for provider, name, wanted in (
            ("openai", "OpenAI", "'sk-' or 'sk-proj-'"),
            ("anthropic", "Anthropic", "'sk-ant-'"),
            ("zeabur", "Zeabur AI Hub", "'sk-'"),
        )
    ),
    (
        "POST",
        KEYS,
        AZURE,
        400,
        invalid("azure_endpoint", "invalid_input", "Azure endpoint is required for Azure OpenAI."),
    ),
    *(
        (
            "POST",
            KEYS,
            AZURE | {"azure_endpoint": url},
            400,
            invalid("azure_endpoint", "invalid_input", f"{ADDRESSES['azure_openai'].refused}."),
        )
        for url in ("http://x.openai.azure.com", "https://example.com")
    ),
    (
        "POST",
        KEYS,
        AZURE | {"azure_endpoint": "nope"},
        400,
        invalid("azure_endpoint", "invalid_input", "Enter a valid URL."),
    ),
    (
        "POST",
        KEYS,
        AZURE | {"azure_endpoint": ENDPOINT, "api_version": "v" * 21},
        400,
        invalid("api_version", "max_length", "Ensure this field has no more than 20 characters."),
    ),
    *(
        (
            "POST",
            KEYS,
            GOOD | {"api_key": f"sk-{word}-0123456789"},
            400,
            invalid("api_key", "invalid_input", text),
        )
        for word, text in (
            ("invalid", "Invalid API key"),
            ("ratelimit", "Rate limited, please try again later"),
            ("outage", "Could not connect to OpenAI"),
        )
    ),
    (
        "POST",
        KEYS,
        AZURE | {"api_key": "outage0123456789", "azure_endpoint": ENDPOINT},
        400,
        invalid("azure_endpoint", "invalid_input", "Could not connect to Azure OpenAI endpoint"),
    ),
    # Without a provider in the request, OpenAI's prefix rule applies to any key.
    (
        "PATCH",
        OLD,
        {"api_key": "AIza0123456789"},
        400,
        invalid(
            "api_key",
            "invalid_input",
            "Invalid OpenAI API key format. Key should start with 'sk-' or 'sk-proj-'.",
        ),
    ),
    ("PATCH", f"{KEYS}nope/", {}, 404, NOT_FOUND),
    ("PUT", ACTIVE, {"name": "n"}, 400, invalid("provider", "required", REQUIRED)),
    (
        "DELETE",
        f"{ACTIVE}?replacement_key_id={defaults.INVALID_KEY_ID}",
        None,
        400,
        {"detail": "Replacement key must be from the same provider"},
    ),
    (
        "DELETE",
        f"{ACTIVE}?replacement_key_id=00000000-0000-0000-0000-000000000000",
        None,
        400,
        {"detail": "Replacement key not found"},
    ),
    ("DELETE", f"{ACTIVE}?replacement_key_id=x", None, 500, FAULT),
    ("DELETE", f"{KEYS}nope/", None, 404, NOT_FOUND),
    ("POST", CHECKS, {}, 400, {"detail": "API key is required."}),
    ("POST", CHECKS, {"api_key": ""}, 400, {"detail": "API key is required."}),
    (
        "POST",
        CHECKS,
        {"api_key": "x", "provider": "x"},
        400,
        {"detail": f"Invalid provider. Must be one of: {KNOWN}"},
    ),
    ("POST", CHECKS, [], 500, FAULT),
    *(
        (
            "POST",
            CHECKS,
            body,
            200,
            {"state": state, "error_message": message, "error_field": field},
        )
        for body, state, message, field in (
            ({"api_key": "sk-good"}, "ok", None, None),
            (
                {"api_key": "x"},
                "invalid",
                "Invalid key format (should start with 'sk-' or 'sk-proj-')",
                None,
            ),
            ({"api_key": "x", "provider": "anthropic"}, "ok", None, None),
            ({"api_key": "invalid", "provider": "gemini"}, "invalid", "Invalid API key", None),
            (
                {"api_key": "ratelimit", "provider": "gemini"},
                "error",
                "Rate limited, please try again later",
                None,
            ),
            (
                {"api_key": "x", "provider": "azure_openai"},
                "invalid",
                "Azure endpoint is required",
                "azure_endpoint",
            ),
            (
                {"api_key": "x", "provider": "azure_openai", "azure_endpoint": "https://a.b"},
                "invalid",
                ADDRESSES["azure_openai"].refused,
                "azure_endpoint",
            ),
        )
    ),
    ("GET", MODELS, None, 400, {"detail": "provider query param is required"}),
    (
        "GET",
        f"{MODELS}?provider=x",
        None,
        400,
        {"detail": f"Invalid provider. Must be one of: {KNOWN}"},
    ),
    *(
        ("GET", f"{MODELS}?provider=openai&key_id={key}", None, 404, {"detail": "Key not found"})
        for key in ("nope", "00000000-0000-0000-0000-000000000000")
    ),
    (
        "GET",
        f"{MODELS}?provider=openai&key_id={defaults.INVALID_KEY_ID}",
        None,
        400,
        {"detail": "Key provider 'anthropic' does not match requested provider 'openai'"},
    ),
    (
        "PATCH",
        EVALUATION,
        {
            "model_configuration": {
                "provider": "openai",
                "model": "m",
                "provider_key_id": "00000000-0000-0000-0000-000000000000",
            }
        },
        400,
        invalid("model_configuration__provider_key_id", "invalid_input", "Provider key not found"),
    ),
]


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row[0]} {row[1][:60]} {str(row[2])[:80]}" for row in ROWS]
)
def test_row(ask: Ask, row: Row) -> None:
    method, path, body, status, expected = row
    answer = ask(method, path, body)
    assert (answer.status, answer.body) == (status, expected)


@pytest.mark.parametrize(("method", "name"), [("POST", "validate"), ("GET", "dependent_configs")])
def test_actions_closed_to_personal_keys(ask: Ask, method: str, name: str) -> None:
    answer = ask(method, f"{ACTIVE}{name}/", {} if method == "POST" else None)
    assert answer.status == 403
    assert answer.body["detail"] == "This action does not support personal API key access"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", KEYS), ("PATCH", ACTIVE), ("DELETE", ACTIVE), ("POST", CHECKS)],
)
def test_writing_needs_the_write_scope(ask: Ask, method: str, path: str) -> None:
    answer = ask(method, path, {}, key=defaults.READ_ONLY_KEY)
    assert answer.body["detail"] == "API key missing required scope 'llm_provider_key:write'"


def active(ask: Ask) -> Any:
    key = ask("GET", "evaluation_config/").body["active_provider_key"]
    return key and key["id"]


def test_create(ask: Ask) -> None:
    answer = ask("POST", KEYS, GOOD)
    assert (answer.status, answer.body["state"]) == (201, "ok")
    assert answer.body["api_key_masked"] == "sk-p...6789"
    assert "api_key" not in answer.body
    assert active(ask) == defaults.ACTIVE_KEY_ID
    assert ask("GET", KEYS).body["results"][0] == answer.body
    second = ask("POST", KEYS, GOOD | {"set_as_active": True}).body
    assert active(ask) == second["id"]
    short = ask("POST", KEYS, {"provider": "gemini", "name": "n", "api_key": "12345678"})
    assert short.body["api_key_masked"] == "****"


def test_azure(ask: Ask) -> None:
    key = ask("POST", KEYS, AZURE | {"azure_endpoint": ENDPOINT}).body
    assert key["azure_endpoint_display"] == ENDPOINT
    assert key["api_version_display"] == "2024-10-21"
    path = f"{KEYS}{key['id']}/"
    changed = ask("PATCH", path, {"api_version": "2025-01-01"}).body
    assert (changed["state"], changed["api_version_display"]) == ("unknown", "2025-01-01")
    renewed = ask("PATCH", path, {"api_key": "9876543210", "provider": "azure_openai"}).body
    assert (renewed["state"], renewed["api_version_display"]) == ("ok", "2025-01-01")
    reset = ask("PATCH", path, {"azure_endpoint": ENDPOINT}).body
    assert reset["api_version_display"] == "2024-10-21"


@pytest.mark.generation("v1", "v3")
def test_azure_fields_of_another_provider_are_dropped(ask: Ask) -> None:
    for body in ({"azure_endpoint": ENDPOINT}, {"api_version": "2025-01-01"}):
        assert ask("PATCH", ACTIVE, body).body["state"] == "ok"
    refused = ask("PATCH", ACTIVE, {"provider": "azure_openai"})
    required = "Azure endpoint is required for Azure OpenAI."
    assert refused.body == invalid("azure_endpoint", "invalid_input", required)
    made = ask("POST", KEYS, GOOD | {"azure_endpoint": ENDPOINT}).body
    assert ask("PATCH", f"{KEYS}{made['id']}/", {"provider": "azure_openai"}).status == 400


@pytest.mark.generation("v1", "v3")
@pytest.mark.parametrize("secret", [5, True, ["sk-1"], {"a": 1}])
def test_validation_of_a_secret_that_is_not_text(ask: Ask, secret: Any) -> None:
    answer = ask("POST", CHECKS, {"provider": "openai", "api_key": secret})
    assert answer.body == {
        "state": "error",
        "error_message": "Validation failed, please try again",
        "error_field": None,
    }


def test_update(ask: Ask) -> None:
    assert ask("PATCH", OLD, {"name": "renamed"}).body["state"] == "invalid"
    body = {"provider": "anthropic", "api_key": "sk-ant-0123456789", "set_as_active": True}
    answer = ask("PATCH", OLD, body)
    assert (answer.status, answer.body["state"]) == (200, "ok")
    assert active(ask) == defaults.ACTIVE_KEY_ID
    assert ask("PATCH", OLD, {"provider": "gemini"}).body["state"] == "ok"
    assert ask("PUT", OLD, {"provider": "gemini", "name": "n"}).status == 200


def test_delete_without_replacement_stops_what_uses_the_key(ask: Ask) -> None:
    before = ask("GET", "evaluation_config/").body["updated_at"]
    assert ask("DELETE", f"{ACTIVE}?replacement_key_id=").status == 204
    evaluation = ask("GET", EVALUATION).body
    assert evaluation["enabled"] is False
    assert evaluation["model_configuration"]["provider_key_id"] is None
    config = ask("GET", "evaluation_config/").body
    assert (config["active_provider_key"], config["updated_at"]) == (None, before)


def test_delete_with_replacement_moves_all_but_the_active_key(ask: Ask) -> None:
    new = ask("POST", KEYS, GOOD).body["id"]
    assert ask("DELETE", f"{ACTIVE}?replacement_key_id={new}").status == 204
    evaluation = ask("GET", EVALUATION).body
    assert evaluation["enabled"] is True
    assert evaluation["model_configuration"]["provider_key_id"] == new
    assert active(ask) is None


def test_delete_with_itself_as_replacement(ask: Ask) -> None:
    assert ask("DELETE", f"{ACTIVE}?replacement_key_id={defaults.ACTIVE_KEY_ID}").status == 204
    evaluation = ask("GET", EVALUATION).body
    assert evaluation["enabled"] is True
    assert evaluation["model_configuration"]["provider_key_id"] is None


def test_evaluation_moves_to_another_key(ask: Ask) -> None:
    new = ask("POST", KEYS, GOOD).body["id"]
    model = ask("GET", EVALUATION).body["model_configuration"]
    change = {"model_configuration": model | {"provider_key_id": new}}
    assert ask("PATCH", EVALUATION, change).body["model_configuration"]["provider_key_id"] == new
    assert ask("PATCH", EVALUATION, {"enabled": False}).body["status"] == "paused"


def test_models(ask: Ask) -> None:
    answer = ask("GET", f"{MODELS}?provider=openai&key_id={defaults.ACTIVE_KEY_ID}")
    assert answer.body["models"][0] == {
        "id": "simulated-openai-large",
        "posthog_available": False,
    }
