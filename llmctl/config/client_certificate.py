"""Client certificates, which identify the user to a server or to a gateway in front of it."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmctl.errors import ConfigError, Hint
from llmctl.safe.private_file import read_private
from llmctl.safe.secret_forms import starts_like_key

if TYPE_CHECKING:
    import ssl

# The last one is for a key of another type than the certificate's.
_MISMATCHES = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_PEM = ("-----BEGIN", "LS0tLS1CRUdJTi")  # the second one is the first in base64


class ClientCertificate(NamedTuple):
    """The PEM files of a certificate, with its chain if needed, and of its private key.

    Without `key`, both are in the file `cert`.
    """

    cert: Path
    key: Path | None = None

    @property
    def key_file(self) -> Path:
        """The file with the private key."""
        return self.key or self.cert

    @property
    def paths(self) -> tuple[str, str | None]:
        """The two paths as text."""
        return str(self.cert), str(self.key) if self.key else None

    def absolute(self) -> ClientCertificate:
        """Return the same files with absolute paths."""
        return ClientCertificate(self.cert.absolute(), self.key and self.key.absolute())

    def load_into(self, context: ssl.SSLContext) -> None:
        """Load the certificate into `context`. ConfigError if the files cannot be used."""
        import ssl

        cert, key = _read(self.cert, "certificate"), _read(self.key_file, "key")
        if b"CERTIFICATE-----" not in cert:
            raise ConfigError(f"{self.cert} contains no PEM certificate")
        if b"PRIVATE KEY-----" not in key:
            where = Hint("give the private key's file with --client-key or LLMCTL_CLIENT_KEY")
            hint = None if self.key else where
            raise ConfigError(f"{self.key_file} contains no PEM private key", hint=hint)
        try:
            context.load_cert_chain(self.cert, self.key, password=self._refuse_passphrase)
        except ssl.SSLError as error:
            if error.reason in _MISMATCHES:
                message = f"the key in {self.key_file} does not belong to the certificate"
                raise ConfigError(f"{message} in {self.cert}") from None
            reason = (error.reason or "").lower().replace("_", " ") or "not valid PEM"
            raise ConfigError(f"cannot use the client certificate {self.cert}: {reason}") from None
        except OSError as error:  # replaced since it was read
            raise ConfigError(f"cannot read {self.cert}: {error.strerror}") from None

    def check(self) -> None:
        """Raise ConfigError if the files cannot be used."""
        import ssl

        self.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    @property
    def exposed_key(self) -> str | None:
        """A warning if other users can read the private key, else None."""
        mode = stat.S_IMODE(os.stat(self.key_file).st_mode)
        if not mode & 0o077:
            return None
        path = shlex.quote(str(self.key_file))
        return f"other users can read {self.key_file} (mode {mode:04o}); run: chmod 600 {path}"

    def _refuse_passphrase(self) -> str:
        path = shlex.quote(str(self.key_file))
        raise ConfigError(
            f"the client key {self.key_file} is encrypted; llmctl cannot use a passphrase",
            hint=Hint(f"decrypt it to another file: openssl pkey -in {path} -out FILE"),
        )


def parse_certificate(
    cert: str | None, key: str | None, *, names: tuple[str, str], folder: Path | None = None
) -> ClientCertificate | None:
    """Return the client certificate at two paths; None if there is none.

    `~` is expanded. Relative paths start from `folder` (default: the current directory). `names`
    are the names of the two settings. ConfigError for a key without a certificate, or for the
    content of a file in place of its path.
    """
    for name, text in zip(names, (cert, key), strict=True):
        if text and _is_content(text):
            raise ConfigError(
                f"{name} is not a path but the content of a file",
                hint=Hint("write it to a file that only you can read, and give the file's path"),
            )
    if not cert:
        if key:
            raise ConfigError(f"{names[1]} is set without {names[0]}")
        return None
    start = folder or Path()
    key_path = start / os.path.expanduser(key) if key else None
    return ClientCertificate(start / os.path.expanduser(cert), key_path)


def _is_content(text: str) -> bool:
    """Return True for PEM text or an API key, which errors must not repeat."""
    is_name = "/" in text or "." in text
    return any(mark in text for mark in _PEM) or (not is_name and starts_like_key(text))


def _read(path: Path, what: str) -> bytes:
    try:
        data = read_private(path)
    except ConfigError as error:
        raise ConfigError(f"the client {what}: {error.message}") from None
    except ValueError:  # a NUL in the path
        raise ConfigError(f"the path of the client {what} is not a valid file name") from None
    if data is None:
        raise ConfigError(f"cannot read the client {what} {path}: No such file or directory")
    return data
