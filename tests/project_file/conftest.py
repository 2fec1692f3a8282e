"""Projects in memory, and the sandbox's."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

# An example is drawn from the one before (a server, and changes to it), which takes a while.
settings.register_profile(
    "projects",
    settings.get_profile("llmctl"),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],  # shrinking a project takes minutes
    report_multiple_bugs=False,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
