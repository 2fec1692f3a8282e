"""A certificate authority for a test session, made with the `openssl` command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

HERE = "IP:127.0.0.1"

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = llmctl test
[authority]
basicConstraints = critical, CA:true
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


class Authority:
    """A private authority: `file` is its certificate, `server` makes one for a server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "authority.pem"
        (folder / "index.txt").touch()
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        self._openssl(
            f"req -x509 {_NEW_KEY} -days 3650 -extensions authority",
            "-keyout authority.key -out authority.pem",
        )

    def server(
        self, names: str = HERE, *, start: str = "20200101000000Z", end: str = "20991231000000Z"
    ) -> ssl.SSLContext:
        """A server's TLS context; its certificate is for `names`, and valid between the times."""
        (self._folder / "names").write_text(
            f"subjectAltName = {names}\nauthorityKeyIdentifier = keyid\n"
        )
        self._openssl(f"req -new {_NEW_KEY}", "-keyout server.key -out server.csr")
        self._openssl(
            f"ca -batch -notext -startdate {start} -enddate {end}",
            "-extfile names -in server.csr -out server.pem",
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        return context

    def hashed_into(self, folder: Path) -> Path:
        """A directory in which OpenSSL finds the authority's certificate."""
        shutil.copy(self.file, folder)
        subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)
        return folder

    def _openssl(self, command: str, files: str) -> None:
        words = [*command.split(), "-config", "config", *files.split()]
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)
