"""A certificate authority for a test session, made with the `openssl` command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = "IP:127.0.0.1"

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = llmctl test
[authority]
basicConstraints = {constraints}
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ca]
default_ca = store
[store]
dir = {folder}
database = $dir/index.txt
new_certs_dir = $dir
certificate = $dir/authority.pem
private_key = $dir/authority.key
default_md = sha256
policy = policy
unique_subject = no
rand_serial = yes
[policy]
CN = supplied
"""
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


class Pair(NamedTuple):
    """A certificate and its private key, both PEM."""

    cert: Path
    key: Path


class Authority:
    """A private authority: `file` is its certificate. `server` makes one for a server, `client` one
    for a client."""

    def __init__(self, folder: Path, constraints: str = "critical, CA:true") -> None:
        self._folder = folder
        self.file = folder / "authority.pem"
        (folder / "index.txt").touch()
        (folder / "config").write_text(_CONFIG.format(folder=folder, constraints=constraints))
        self._openssl(
            f"req -x509 {_NEW_KEY} -days 3650 -extensions authority",
            "-keyout authority.key -out authority.pem",
        )

    def server(
        self, names: str = HERE, *, start: str = "20200101000000Z", end: str = "20991231000000Z"
    ) -> ssl.SSLContext:
        """A server's TLS context; its certificate is for `names`, and valid between the times."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._issue("server", names, start, end))
        return context

    def requiring_clients(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        """The context of a server for clients with a certificate of this authority."""
        context = self.server()
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.file)
        return context

    def client(self, name: str = "client", *, end: str = "20991231000000Z") -> Pair:
        """A client's certificate and key, in files called `name`."""
        return self._issue(name, f"DNS:{name}", "20200101000000Z", end)

    def _issue(self, name: str, names: str, start: str, end: str) -> Pair:
        (self._folder / "names").write_text(
            f"subjectAltName = {names}\nauthorityKeyIdentifier = keyid\n"
        )
        self._openssl(f"req -new {_NEW_KEY}", f"-keyout {name}.key -out {name}.csr")
        self._openssl(
            f"ca -batch -notext -startdate {start} -enddate {end}",
            f"-extfile names -in {name}.csr -out {name}.pem",
        )
        return Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")

    def hashed_into(self, folder: Path) -> Path:
        """A directory in which OpenSSL finds the authority's certificate."""
        shutil.copy(self.file, folder)
        subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)
        return folder

    def _openssl(self, command: str, files: str) -> None:
        words = [*command.split(), "-config", "config", *files.split()]
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)
