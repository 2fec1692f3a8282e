"""Read and write files that other users must not read.

Writes are atomic: the bytes go to a temporary file in the same directory, created with mode 0600
and flushed to the disk, which then replaces the real file. Writers take turns by locking a
separate file: a lock on the file itself would be lost when it is replaced.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from llmctl import paths
from llmctl.errors import ConfigError, Hint

LOCK_NAME = ".llmctl.lock"
TEMPORARY_PREFIX = ".llmctl-"
UNLOCKED_PREFIX = ".llmctl~"  # temporary files of writers without the lock
STALE_SECONDS = 60.0  # an older one is a leftover: a write takes milliseconds
LOCK_SECONDS = 10.0
MAX_BYTES = 1024 * 1024


@contextlib.contextmanager
def optional_files() -> Iterator[None]:
    """Skip the rest of the block if a file or directory cannot be used, such as a cache's."""
    with contextlib.suppress(ConfigError, OSError):
        yield


def read_private(path: Path, *, secret: bool = False) -> bytes | None:
    """Return the bytes of the file at `path`, or None if it does not exist.

    Raise ConfigError if it is not a regular file, is larger than 1 MiB or cannot be read, or if
    it is `secret` and the mode lets anyone but its owner access it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable("read", path, error) from None
    try:
        _refuse_unfit(path, os.fstat(descriptor), secret=secret)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable("read", path, error) from None
    finally:
        os.close(descriptor)


def _refuse_unfit(path: Path, status: os.stat_result, *, secret: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"cannot read {path}: not a regular file")
    if secret and status.st_mode & 0o077:
        raise ConfigError(
            f"{path} contains keys, but others can read it (mode {status.st_mode & 0o777:04o})",
            hint=Hint(f"chmod 600 {shlex.quote(str(path))}"),
        )
    if status.st_size > MAX_BYTES:
        raise ConfigError(f"cannot read {path}: larger than {MAX_BYTES} bytes")


def write_private(
    path: Path, data: bytes, *, durable: bool = True, follow_link: bool = True
) -> None:
    """Replace the content of the file at `path` with `data`; set mode 0600.

    - `durable`: flush to the disk; call it inside `locked`. False for files that may be lost, such
      as caches: the write is still atomic.
    - `follow_link`: keep a symbolic link, for instance into a folder of dotfiles, and replace its
      target. False replaces the link itself.

    Raise ConfigError if the file cannot be written. It is then unchanged, and no temporary file is
    left behind.
    """
    target = Path(os.path.realpath(path)) if follow_link else path
    try:
        make_private_directory(target.parent)
        if durable:
            _sweep(target.parent)
        else:
            _sweep_unlocked(target.parent)
        prefix = TEMPORARY_PREFIX if durable else UNLOCKED_PREFIX
        descriptor, temporary = tempfile.mkstemp(prefix=prefix, dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(descriptor)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            _sync_directory(target.parent)
    except OSError as error:
        raise _unusable("write", path, error) from None


@contextlib.contextmanager
def locked(directory: Path, patience: float | None = None) -> Iterator[None]:
    """Hold the lock of `directory`; it is released when the process ends, even if killed.

    Raise ConfigError if another process holds it for more than `patience` seconds (default: 10), or
    if the lock file is not one that llmctl created.
    """
    try:
        make_private_directory(directory)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(directory / LOCK_NAME, flags, 0o600)
    except OSError as error:
        raise _unusable("lock", directory, error) from None
    try:
        _refuse_planted(descriptor, directory)
        _wait_for_lock(descriptor, directory, LOCK_SECONDS if patience is None else patience)
        with contextlib.suppress(OSError):  # the process id is only for messages: the lock works
            os.ftruncate(descriptor, 0)  # without it on a full disk
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        _sweep(directory)
        yield
    finally:
        os.close(descriptor)


def make_private_directory(directory: Path) -> None:
    """Create `directory` and its missing parents, all with mode 0700."""
    if directory.is_dir():
        return
    make_private_directory(directory.parent)
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)


def _refuse_planted(descriptor: int, directory: Path) -> None:
    """Raise ConfigError for a pipe or a hard link to another file: a write would go there."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise ConfigError(
            f"{directory / LOCK_NAME} is not a lock file of llmctl", hint=Hint("delete it")
        )


def _unusable(verb: str, path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot {verb} {path}: {error.strerror}", hint=paths.hint_to_move(path))


def _wait_for_lock(descriptor: int, directory: Path, patience: float) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: no lock
        return
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
                raise ConfigError(
                    f"another llmctl (process {holder}) has locked {directory / LOCK_NAME}",
                    hint=Hint("wait for it to finish, then try again"),
                ) from None
            time.sleep(0.02)
        except OSError as error:  # a file system without locks
            raise _unusable("lock", directory, error) from None
        else:
            return


def _sweep(directory: Path) -> None:
    """Remove temporary files of killed writers. The lock is held, so nobody else is writing.

    The targets of symbolic links have such files, with keys in them, in their own directory.
    """
    for leftover in directory.glob(TEMPORARY_PREFIX + "*"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _sweep_unlocked(directory: Path) -> None:
    """Remove old temporary files of killed writers; unlocked writers may be writing new ones."""
    for leftover in directory.glob(UNLOCKED_PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.lstat().st_mtime > STALE_SECONDS:
                leftover.unlink()


def _sync_directory(directory: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
