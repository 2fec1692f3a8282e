"""One exchange with the server: where it goes, how long it takes, what counts as an answer.

The only room that imports requests, besides the sandbox's adapter. Nothing of a library's
exception text reaches the user: such texts hold URLs and headers, and so keys.
"""

from llmctl.http.exchange import Transport
from llmctl.http.messages import Answer, Request

__all__ = ["Answer", "Request", "Transport"]
