"""Asks the warm process to run something, in place of a new interpreter.

As a program it is the command `llmctl` of scripts, an interpreter that loads next to nothing: so no
module of Python's that imports others.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Connection = _socket.socket

SOCKET = "socket"  # where the server listens, in the folder of the command
LARGEST = 100_000  # bytes of a request, in one packet
RUN_IT_YOURSELF = 0

# What an interpreter reads before any line of a program runs.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TYPER_")


def state(env: dict[str, str]) -> tuple[object, ...]:
    """What a child has from the start, and a fork of the server would not."""
    return (
        sorted(item for item in env.items() if item[0].startswith(_READ_AT_START)),
        [n for n in _signal.valid_signals() if _signal.getsignal(n) == _signal.SIG_IGN],
        [resource.getrlimit(number) for number in range(16)],
        [os.getresuid(), os.getresgid(), os.getgroups()],
        [os.stat(f"/proc/self/ns/{name}").st_ino for name in ("mnt", "net", "user")],
    )


def ask(
    server: str,
    words: list[str],
    streams: tuple[int, int, int],
    env: dict[str, str],
    cwd: str = ".",
    umask: int = -1,
    has_session: bool = False,
    has_terminal: bool = False,
) -> tuple[Connection, int] | None:
    """Start Python with these words; the connection that its end comes on, and its pid.

    None if it takes a new interpreter. To close the connection kills what still runs.
    """
    mask = os.umask(0o77)
    os.umask(mask)
    mask = mask if umask == -1 else umask
    values: Any = (words, env, mask, has_session, has_terminal, state(env))
    request = marshal.dumps(values)
    if len(request) > LARGEST:
        return None
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    try:
        folder = os.open(cwd, os.O_PATH | os.O_DIRECTORY)
        try:
            passed = b"".join(n.to_bytes(4, sys.byteorder) for n in (*streams, folder))
            connection.connect(server)
            connection.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
        finally:
            os.close(folder)
        pid = received(connection)
    except OSError:
        pid = RUN_IT_YOURSELF
    if pid == RUN_IT_YOURSELF:
        connection.close()
        return None
    return connection, pid


def received(connection: Connection, flags: int = 0) -> int:
    """Receive a pid, or a status as of waitpid. BlockingIOError if `flags` say not to wait."""
    data = connection.recv(4, flags)
    if not data:
        raise ConnectionError("the warm process has ended")
    return int.from_bytes(data, sys.byteorder)


def main() -> None:
    """Run llmctl; the installed command if it takes a new interpreter."""
    words = sys.argv[1:]
    try:
        for descriptor in (0, 1, 2):
            os.fstat(descriptor)
        server = f"{os.path.dirname(sys.argv[0])}/{SOCKET}"
        started = ask(server, ["-m", "llmctl", *words], (0, 1, 2), dict(os.environ))
    except OSError:  # one is closed
        started = None
    if not started:
        installed = f"{os.path.dirname(sys.executable)}/llmctl"
        os.execv(installed, [installed, *words])
    connection, pid = started
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, lambda number, _: os.kill(pid, number))
    status = received(connection)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != _signal.SIGKILL:
            _signal.signal(os.WTERMSIG(status), _signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
