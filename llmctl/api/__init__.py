"""The client: requests in one project, pages, the prefix of the paths, and reading back.

Importing this loads no HTTP library: `connect` does, and so does `llmctl.api.client`.
"""

from llmctl.api.connect import connect
from llmctl.api.paging import CONCURRENCY, RATE, Paging

__all__ = ["CONCURRENCY", "RATE", "Paging", "connect"]
