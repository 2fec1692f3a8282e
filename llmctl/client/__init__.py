"""The client: requests below one project, pages, the prefix that the server wants, and looking
back after a write whose answer was lost."""

from llmctl.client.client import Client, Query, connect
from llmctl.client.pages import Paging, Rows

__all__ = ["Client", "Paging", "Query", "Rows", "connect"]
