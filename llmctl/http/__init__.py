"""One exchange with the server: connection, deadline, retries, and what counts as a response.

The only room that imports requests, besides the sandbox's adapter. The text of a library's
exception never reaches the user: it can contain URLs and headers, and so keys.
"""

from llmctl.http.cancellation import Connection
from llmctl.http.deadline import Deadline, InProcess
from llmctl.http.exchange import Exchange
from llmctl.http.rate_limit import LIMITS, RateLimit
from llmctl.http.request import QueryParams, Request
from llmctl.http.response import Response
from llmctl.http.retry import Retry
from llmctl.http.session import open_sandbox, open_session

__all__ = [
    "LIMITS",
    "Connection",
    "Deadline",
    "Exchange",
    "InProcess",
    "QueryParams",
    "RateLimit",
    "Request",
    "Response",
    "Retry",
    "open_sandbox",
    "open_session",
]
