"""What the sandbox is known by: its address, its keys, and the ids that it starts with."""

from __future__ import annotations

PORT = 8010
ORIGIN = f"http://127.0.0.1:{PORT}"
PROJECT_ID = 1

# Documented, and no secrets: the sandbox listens to this machine only.
ALL_SCOPES_KEY = "phx_sandbox_all_scopes"
READ_ONLY_KEY = "phx_sandbox_read_only"

TRACES_JOB_ID = "01990000-0000-7000-8000-000000000001"
GENERATIONS_JOB_ID = "01990000-0000-7000-8000-000000000002"
EVALUATIONS_JOB_ID = "01990000-0000-7000-8000-000000000003"
EVALUATION_ID = "01990000-0000-7000-8000-000000000011"
ACTIVE_KEY_ID = "01990000-0000-7000-8000-000000000021"
INVALID_KEY_ID = "01990000-0000-7000-8000-000000000022"
ORGANIZATION_ID = "01990000-0000-7000-8000-000000000031"
USER_UUID = "01990000-0000-7000-8000-000000000032"
PROJECT_UUID = "01990000-0000-7000-8000-000000000033"
SLACK_INTEGRATION_ID = 1

# For each key, as on PostHog's server; they count with `serve --throttle` only.
THROTTLE_RATES: dict[str, str | None] = {"burst": "480/minute", "sustained": "4800/hour"}
