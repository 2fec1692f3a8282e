"""The one reader and writer of files that others must not read.

A file is written whole or not at all: bytes first, into a temporary file born with mode 0600 in
the same directory, flushed to the disk, moved onto the real path. Writers take turns by a lock
file of its own, because a lock on a file that is replaced protects nothing.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from llmctl import paths
from llmctl.errors import ConfigError

LOCK_NAME = ".llmctl.lock"
TEMPORARY_PREFIX = ".llmctl-"
UNLOCKED_PREFIX = ".llmctl~"  # temporary files of writers without the lock
STALE_SECONDS = 60.0  # after which one of those was left behind: a write takes milliseconds
LOCK_SECONDS = 10.0
MAX_BYTES = 1024 * 1024


def read_private(path: Path, *, secret: bool = False) -> bytes | None:
    """The bytes of the file at `path`, None where there is none.

    ConfigError where it is not a regular file, larger than 1 MiB, cannot be read, or, for a
    `secret`, where others than its owner may read it.
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
        raise ConfigError(f"cannot read {path}: it is not a regular file")
    if secret and status.st_mode & 0o077:
        raise ConfigError(
            f"{path} holds keys and others can read it (mode {status.st_mode & 0o777:04o})",
            hint=f"chmod 600 {path}",
        )
    if status.st_size > MAX_BYTES:
        raise ConfigError(f"cannot read {path}: it is larger than {MAX_BYTES} bytes")


def write_private(
    path: Path, data: bytes, *, durable: bool = True, follow_link: bool = True
) -> None:
    """Replace the file at `path` by `data`, mode 0600.

    A link into a folder of dotfiles stays a link, or is replaced itself where nobody has one for
    good: in the cache. Call it inside `locked`, or not `durable` for what may get lost: whole all
    the same, but not flushed to the disk. ConfigError where it cannot be written; the old file is
    then as it was and no temporary file is left.
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
def locked(directory: Path) -> Iterator[None]:
    """Hold `directory`'s lock; it ends with the process, however the process ends.

    ConfigError where another process holds it for more than 10 seconds, or where something was
    planted in its place.
    """
    try:
        make_private_directory(directory)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(directory / LOCK_NAME, flags, 0o600)
    except OSError as error:
        raise _unusable("lock", directory, error) from None
    try:
        _refuse_planted(descriptor, directory)
        _wait_for_lock(descriptor, directory)
        with contextlib.suppress(OSError):  # the name of the holder is a courtesy: on a full disk
            os.ftruncate(descriptor, 0)  # the lock works without it
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        _sweep(directory)
        yield
    finally:
        os.close(descriptor)


def make_private_directory(directory: Path) -> None:
    """Create `directory` and what is missing above it, all with mode 0700."""
    if directory.is_dir():
        return
    make_private_directory(directory.parent)
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)


def _refuse_planted(descriptor: int, directory: Path) -> None:
    """A second name of somebody's file, or a pipe, would take what is written into the lock."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise ConfigError(
            f"{directory / LOCK_NAME} is not the lock that llmctl made", hint="delete it"
        )


def _unusable(what: str, path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot {what} {path}: {error.strerror}", hint=paths.hint_to_move(path))


def _wait_for_lock(descriptor: int, directory: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: best effort, no lock
        return
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
                raise ConfigError(
                    f"another llmctl (process {holder}) holds {directory / LOCK_NAME}",
                    hint="wait for it to finish, then try again",
                ) from None
            time.sleep(0.02)
        except OSError as error:  # a file system without locks
            raise _unusable("lock", directory, error) from None
        else:
            return


def _sweep(directory: Path) -> None:
    """Remove what killed writers left; nobody else writes while the lock is held.

    Where a file links elsewhere they left it there, with the key in it.
    """
    for leftover in directory.glob(TEMPORARY_PREFIX + "*"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _sweep_unlocked(directory: Path) -> None:
    """Remove what killed writers without the lock left; others of them may be writing now."""
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
