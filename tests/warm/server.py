"""The process that has imported everything, and forks for each command. It has one thread, and ends
with who started it, when its standard input does.

A client sends a request, its standard streams and its folder. The answers are the pid and, at the
end, the status as of waitpid. The command of a client that hangs up before is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import gc
import importlib
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import termios
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.warm.client import LARGEST, RUN_IT_YOURSELF, state

_DESCRIPTORS = 4


def main() -> None:
    """Serve on the socket that is named first."""
    del sys.path[0]  # this project's, from -m
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        print(flush=True)  # clients may connect, and wait
        _import_all()
        run = _Server(listener).serve()
    if run:
        run()


def _import_all() -> None:
    import llmctl
    from llmctl.sandbox.app import wsgi_application

    with tempfile.TemporaryDirectory() as folder:
        wsgi_application(Path(folder, "sandbox.sqlite3"))
        from django.db import connections

        connections.close_all()
    for module in pkgutil.walk_packages(llmctl.__path__, "llmctl."):
        if module.name != "llmctl.__main__":
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


class _Server:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._state = state(dict(os.environ))
        self._selector = selectors.DefaultSelector()
        self._running: dict[socket.socket, tuple[int, int]] = {}  # the pid and its descriptor

    def serve(self) -> Callable[[], None] | None:
        """Return None at the end, and in a child the rest of its life."""
        self._selector.register(0, selectors.EVENT_READ, None)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    for pid, _ in self._running.values():
                        os.kill(pid, signal.SIGKILL)
                    return None
                run: Callable[[], None] | None = key.data()
                if run:
                    return run

    def _accept(self) -> Callable[[], None] | None:
        client, _ = self._listener.accept()
        data, descriptors, _, _ = socket.recv_fds(client, LARGEST, _DESCRIPTORS)
        pid = RUN_IT_YOURSELF
        if len(descriptors) == _DESCRIPTORS:
            request = marshal.loads(data)
            if request[-1] == self._state:
                pid = os.fork()
                if pid == 0:
                    self._close(client)
                    return functools.partial(_run, descriptors, *request[:-1])
        for descriptor in descriptors:
            os.close(descriptor)
        if pid == RUN_IT_YOURSELF:
            _answer(client, pid)
            client.close()
            return None
        watched = os.pidfd_open(pid)
        self._running[client] = pid, watched
        self._selector.register(watched, selectors.EVENT_READ, lambda: self._end(client))
        self._selector.register(client, selectors.EVENT_READ, lambda: self._hung_up(client))
        _answer(client, pid)
        return None

    def _end(self, client: socket.socket) -> None:
        pid, watched = self._running.pop(client)
        self._selector.unregister(watched)
        self._selector.unregister(client)
        os.close(watched)
        _answer(client, os.waitpid(pid, 0)[1])
        client.close()

    def _hung_up(self, client: socket.socket) -> None:
        if client in self._running:
            os.kill(self._running[client][0], signal.SIGKILL)

    def _close(self, client: socket.socket) -> None:
        """Close all of the server's, in a child."""
        self._selector.close()
        self._listener.close()
        client.close()
        for other, (_, watched) in self._running.items():
            other.close()
            os.close(watched)


def _answer(client: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # it has hung up
        client.send(number.to_bytes(4, sys.byteorder))


def _run(
    descriptors: list[int],
    words: list[str],
    env: dict[str, str],
    umask: int,
    has_session: bool,
    has_terminal: bool,
) -> None:
    """Become `python` with these words: `-m` and a module, or `-c` and code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    *streams, folder = descriptors
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.fchdir(folder)
    for descriptor in descriptors:
        os.close(descriptor)
    if has_session:
        os.setsid()
    if has_terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    tempfile.tempdir = None
    sys.stdin = sys.__stdin__ = _stream(sys.stdin, 0, "r")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(sys.stdout, 1, "w")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(sys.stderr, 2, "w")  # type: ignore[misc]
    kind, program, *sys.argv[1:] = words
    if kind == "-m":
        with contextlib.suppress(OSError):
            sys.path.insert(0, os.getcwd())
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        sys.argv[0] = kind
        sys.path.insert(0, "")
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(program, main.__dict__)


def _stream(like: Any, descriptor: int, mode: str) -> Any:
    """Open a standard stream as the interpreter does, with the encoding that it chose."""
    return open(descriptor, mode, encoding=like.encoding, errors=like.errors, closefd=False)


if __name__ == "__main__":
    main()
