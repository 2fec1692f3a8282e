"""Constants of the sandbox: its address, its keys, and the ids of its initial objects."""

from __future__ import annotations

PORT = 8010
ORIGIN = f"http://127.0.0.1:{PORT}"
PROJECT_ID = 1

# Documented, not secret: the sandbox only accepts connections from this machine.
ALL_SCOPES_KEY = "phx_sandbox_all_scopes"
READ_ONLY_KEY = "phx_sandbox_read_only"

TRACES_JOB_ID = "01990000-0000-7000-8000-000000000001"
GENERATIONS_JOB_ID = "01990000-0000-7000-8000-000000000002"
EVALUATIONS_JOB_ID = "01990000-0000-7000-8000-000000000003"
EVALUATION_ID = "01990000-0000-7000-8000-000000000011"
REPORT_ID = "01990000-0000-7000-8000-000000000012"
RUN_IDS = [f"01990000-0000-7000-8000-00000000004{number}" for number in range(1, 7)]  # oldest first
ACTIVE_KEY_ID = "01990000-0000-7000-8000-000000000021"
INVALID_KEY_ID = "01990000-0000-7000-8000-000000000022"
ORGANIZATION_ID = "01990000-0000-7000-8000-000000000031"
USER_UUID = "01990000-0000-7000-8000-000000000032"
PROJECT_UUID = "01990000-0000-7000-8000-000000000033"
SLACK_INTEGRATION_ID = 1
GITHUB_INTEGRATION_ID = 2
COHORT_ID = 1

# Per key, as on PostHog's server; enforced only with `serve --throttle`.
THROTTLE_RATES: dict[str, str | None] = {"burst": "480/minute", "sustained": "4800/hour"}
