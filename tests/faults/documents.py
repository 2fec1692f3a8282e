"""The documents that `-o json` prints: fields may be added here, but never removed or changed.

Types by field: `a|b` is either; a list is an array of its one element.
"""

from __future__ import annotations

from typing import Any

from llmctl.sandbox import defaults

TIMES = {"created_at": "str", "updated_at": "str"}
USER = {"id": "int", "uuid": "str", "first_name": "str", "last_name": "str", "email": "str"}
CLUSTERING_CONFIG = {"event_filters": ["dict"], **TIMES}
JOB = {
    "id": "str",
    "name": "str",
    "analysis_level": "str",
    "event_filters": ["dict"],
    "enabled": "bool",
    **TIMES,
}
KEY = {"id": "str", "name": "str", "provider": "str", "state": "str", "api_key_masked": "str"}
PROVIDER_KEY = KEY | {
    "error_message": "str|NoneType",
    "azure_endpoint_display": "str|NoneType",
    "api_version_display": "str|NoneType",
    "created_at": "str",
    "created_by": USER,
    "last_used_at": "str|NoneType",
}
EVALUATION_CONFIG = {
    "trial_eval_limit": "int",
    "trial_evals_used": "int",
    "trial_evals_remaining": "int",
    "active_provider_key": PROVIDER_KEY,
    **TIMES,
}
REPORT = {
    "id": "str",
    "evaluation": "str",
    "frequency": "str",
    "rrule": "str",
    "starts_at": "str|NoneType",
    "timezone_name": "str",
    "next_delivery_date": "str|NoneType",
    "delivery_targets": [{"type": "str"}],
    "max_sample_size": "int",
    "enabled": "bool",
    "deleted": "bool",
    "last_delivered_at": "str|NoneType",
    "report_prompt_guidance": "str",
    "trigger_threshold": "int|NoneType",
    "cooldown_minutes": "int",
    "daily_run_cap": "int",
    "created_by": "int|NoneType",
    "created_at": "str",
}
EVALUATION = {
    "id": "str",
    "name": "str",
    "description": "str",
    "enabled": "bool",
    "status": "str",
    "evaluation_type": "str",
    "evaluation_config": "dict",
    "output_type": "str",
    "output_config": "dict",
    "conditions": ["dict"],
    "target": "str",
    "model_configuration": {"provider": "str", "model": "str", "provider_key_id": "str|NoneType"},
    "created_by": USER,
    "deleted": "bool",
    **TIMES,
}
INTEGRATION = {
    "id": "int",
    "kind": "str",
    "config": "dict",
    "created_at": "str",
    "created_by": USER,
    "errors": "str",
    "display_name": "str",
}
ROTATION = {
    "id": "str",
    "old_key": KEY,
    "new_key": KEY,
    "was_active": "bool",
    "moved_evaluations": ["str"],
    "deleted": "bool",
    "resumed": "bool",
    "changed": "bool",
}
FINDING = {
    "id": "str",
    "name": "str",
    "provider": "str",
    "state": "str",
    "active": "bool",
    "age_days": "int|NoneType",
    "last_used_at": "str|NoneType",
    "pinned_evaluations": "int",
    "problems": ["str"],
    "api_key_masked": "str",
    "error_message": "str|NoneType",
    "used_by": [
        {
            "kind": "str",
            "id": "str",
            "name": "str",
            "enabled": "bool",
            "stop_reason": "str|NoneType",
        }
    ],
}
ERROR = {
    "error": {
        "code": "str",
        "message": "str",
        "hint": "str|NoneType",
        "status": "int|NoneType",
        "attr": "str|NoneType",
        "server_code": "str|NoneType",
    }
}
PROFILE = {"name": "str", "host": "str", "project": "str|NoneType", "current": "bool"}
SETTING = {"setting": "str", "value": "str|NoneType", "source": "str|NoneType"}

# Each command's document, in an order in which a fresh sandbox can answer them.
DOCUMENTS: dict[str, Any] = {
    "clustering-config get": CLUSTERING_CONFIG,
    "clustering-config set-event-filters --event-filters '[{}]'": CLUSTERING_CONFIG,
    "clustering-jobs list": [JOB],
    f"clustering-jobs get {defaults.TRACES_JOB_ID}": JOB,
    "clustering-jobs create --name a --analysis-level trace": JOB,
    f"clustering-jobs update {defaults.TRACES_JOB_ID} --disabled": JOB,
    "clustering-jobs get no-such-job": ERROR,
    "clustering-jobs get a/b": ERROR,
    "evaluation-config get": EVALUATION_CONFIG,
    f"evaluation-config set-active-key {defaults.ACTIVE_KEY_ID}": EVALUATION_CONFIG,
    f"evaluation-reports create --trigger-threshold 500 --evaluation {defaults.EVALUATION_ID}": (
        REPORT
    ),
    "evaluation-reports list": [REPORT],
    "provider-keys list": [PROVIDER_KEY],
    f"provider-keys get {defaults.ACTIVE_KEY_ID}": PROVIDER_KEY,
    "provider-keys create --provider openai --name a --api-key-env NEW": PROVIDER_KEY,
    f"provider-keys update {defaults.INVALID_KEY_ID} --name b": PROVIDER_KEY,
    "provider-keys validate --provider openai --api-key-env NEW": {
        "state": "str",
        "error_message": "str|NoneType",
    },
    "provider-keys rotate --active --api-key-env NEW --yes": ROTATION,
    "provider-keys audit": [FINDING],
    "evaluations list": [EVALUATION],
    f"evaluations get {defaults.EVALUATION_ID}": EVALUATION,
    "models list --provider openai": [{"id": "str"}],
    "integrations list": [INTEGRATION],
    "profiles list": [PROFILE],
    "profiles show": [SETTING],
}
