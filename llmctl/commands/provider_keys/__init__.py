"""Provider keys: the keys of LLM providers that evaluations run with."""

# The order of the imports is the order of the verbs in the help.
from llmctl.commands.provider_keys import commands  # noqa: F401

# isort: split
from llmctl.commands.provider_keys import delete  # noqa: F401

# isort: split
from llmctl.commands.provider_keys import validate  # noqa: F401

# isort: split
from llmctl.commands.provider_keys import rotate  # noqa: F401

# isort: split
from llmctl.commands.provider_keys import audit  # noqa: F401
from llmctl.commands.provider_keys.group import app

__all__ = ["app"]
