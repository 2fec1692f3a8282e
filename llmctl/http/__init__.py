"""One exchange with the server: connection, deadline, retries, and what counts as a response.

The only room that imports requests, besides the sandbox's adapter. Nothing of a library's
exception text reaches the user: such texts hold URLs and headers, and so keys.
"""

from llmctl.http.deadline import Deadline, InProcess
from llmctl.http.exchange import Exchange
from llmctl.http.request import QueryParams, Request
from llmctl.http.response import Response
from llmctl.http.retry import Retry
from llmctl.http.session import open_sandbox, open_session

__all__ = [
    "Deadline",
    "Exchange",
    "InProcess",
    "QueryParams",
    "Request",
    "Response",
    "Retry",
    "open_sandbox",
    "open_session",
]
