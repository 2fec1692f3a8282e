"""The client: requests below one project, pages, the prefix that the server wants, and looking
back after a write whose answer was lost.

Importing this loads no HTTP library: `connect` does, and so does `llmctl.api.client`.
"""

from llmctl.api.connect import connect
from llmctl.api.paging import CONCURRENCY, RATE, Paging

__all__ = ["CONCURRENCY", "RATE", "Paging", "connect"]
