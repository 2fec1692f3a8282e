"""The sandbox's project, with evaluations, taggers and a key that tests add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llmctl import paths
from llmctl.sandbox.generation import Generation

OTHER = "01990000-0000-7000-8000-000000000029"


@dataclass(frozen=True)
class Sandbox:
    """The sandbox's project, to which a test adds rows. Evaluations and taggers use openai models
    and are not pinned to a key by default."""

    generation: Generation

    @property
    def has_taggers(self) -> bool:
        return self.generation is Generation.V3

    def use(self) -> None:
        from llmctl.sandbox.app import wsgi_application

        wsgi_application(paths.sandbox_database())

    def add(
        self, name: str, key: str | None = None, provider: str | None = "openai", **fields: Any
    ) -> str:
        """Add an evaluation; return its id."""
        from llmctl.sandbox.models import Evaluation

        self.use()
        kind = {"evaluation_type": "llm_judge", "output_type": "boolean", "enabled": True}
        model = {"model_provider": provider, "model_name": provider and "m", "provider_key_id": key}
        return str(Evaluation.objects.create(name=name, **kind | model | fields).pk)

    def add_tagger(self, name: str, key: str | None = None, *, enabled: bool = True) -> str:
        """Add a tagger; return its id."""
        from llmctl.sandbox.models import Tagger

        self.use()
        model = {"model_provider": "openai", "model_name": "m", "provider_key_id": key}
        return str(Tagger.objects.create(name=name, enabled=enabled, **model).pk)

    def add_key(self) -> None:
        """Add a working key for anthropic, OTHER."""
        from llmctl.sandbox.models import ProviderKey

        self.use()
        secret = "sk-ant-sandbox-0000-live"
        ProviderKey.objects.create(
            id=OTHER, provider="anthropic", name="Claude", state="ok", secret=secret
        )
