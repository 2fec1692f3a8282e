"""The certificate authorities in use: those that the environment names, or the built-in ones.

The HTTP library reads them while it connects, and if it cannot use them it raises what looks like a
failure of the server. The check here runs after that, so that the error can name the file.
"""

from __future__ import annotations

import os
import re
import ssl
from typing import NamedTuple

from requests.utils import DEFAULT_CA_BUNDLE_PATH

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the HTTP library's, in its order
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


class CABundle(NamedTuple):
    """The file or directory of trusted certificates, and the variable that names it, if any."""

    path: str
    variable: str | None = None

    def __str__(self) -> str:
        return f"{self.variable} ({self.path})" if self.variable else f"the built-in {self.path}"


def ca_bundle() -> CABundle:
    """Return the authorities that the HTTP library trusts."""
    for variable in _VARIABLES:
        if os.environ.get(variable):
            return CABundle(os.environ[variable], variable)
    return CABundle(DEFAULT_CA_BUNDLE_PATH)


def ca_bundle_problem() -> str | None:
    """Return why the file or directory cannot be used; None if it can, or if none is set."""
    bundle = ca_bundle()
    why = _why_unusable(bundle.path) if bundle.variable else None
    return f"{bundle.variable} is set to {bundle.path}, which {why}" if why else None


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
