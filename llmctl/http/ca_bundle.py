"""Check the certificate authorities that the environment names.

The HTTP library reads them while it connects, and if it cannot use them it raises what looks like a
failure of the server. This check runs after that, so that the error can name the file.
"""

from __future__ import annotations

import os
import re
import ssl

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the HTTP library's, in its order
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def ca_bundle_problem() -> str | None:
    """Return why the file or directory cannot be used; None if it can, or if none is set."""
    variable = next((name for name in _VARIABLES if os.environ.get(name)), None)
    if variable is None:
        return None
    path = os.environ[variable]
    why = _why_unusable(path)
    return f"{variable} is set to {path}, which {why}" if why else None


def _why_unusable(path: str) -> str | None:
    try:
        if os.path.isdir(path):
            # OpenSSL finds a certificate in a directory by the hash that is its name.
            is_hashed = any(_HASHED_NAME.fullmatch(name) for name in os.listdir(path))
            return None if is_hashed else "is a directory without hashed certificates"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "contains no certificate"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None
