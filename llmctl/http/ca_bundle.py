"""The certificate authorities that the environment names, where they cannot be used.

The HTTP library reads them while it connects, and what it raises then looks like a fault of the
server. This looks again, so that the user hears of the file.
"""

from __future__ import annotations

import os
import re
import ssl

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the HTTP library's, in its order
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def authorities_problem() -> str | None:
    """Why the authorities named are of no use; None where they are, or where none are named."""
    variable = next((name for name in _VARIABLES if os.environ.get(name)), None)
    if variable is None:
        return None
    path = os.environ[variable]
    why = _why_unusable(path)
    return f"{variable} names {path}, which {why}" if why else None


def _why_unusable(path: str) -> str | None:
    try:
        if os.path.isdir(path):
            # OpenSSL finds a certificate in a directory by the hash that is its name.
            is_hashed = any(_HASHED_NAME.fullmatch(name) for name in os.listdir(path))
            return None if is_hashed else "is a directory without hashed certificates"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "holds no certificate"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None
