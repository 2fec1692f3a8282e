"""The sandbox as one WSGI application over one SQLite file, made and filled when it is new."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llmctl import paths
from llmctl.errors import ConfigError
from llmctl.safe.private_file import TEMPORARY_PREFIX, locked

SCHEMA_VERSION = 1

WSGIApplication = Callable[..., Any]

_setup_lock = threading.Lock()


def wsgi_application(database: Path, *, throttle: bool = False) -> WSGIApplication:
    """The application over `database`. ConfigError where the file cannot be used.

    Django is configured once in a process, so that the file of the latest call counts.
    """
    _configure(database)
    if _version(database) != SCHEMA_VERSION:
        with locked(database.parent), _storage(database):
            if _version(database) != SCHEMA_VERSION:
                _create(database)
    from django.core.handlers.wsgi import WSGIHandler

    from llmctl.sandbox.views.base import set_throttling

    set_throttling(throttle)
    handler: WSGIApplication = WSGIHandler()
    return handler


def reset(database: Path) -> None:
    """Put the project back to how it starts; a server that runs on it goes on."""
    _configure(database)
    with locked(database.parent), _storage(database):
        if _is_usable(database):
            _refill()
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        _create(database)


def _configure(database: Path) -> None:
    from django.conf import settings as django_settings

    with _setup_lock:
        if not django_settings.configured:
            import django

            from llmctl.sandbox import settings

            values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
            django_settings.configure(**values)
            silent = logging.getLogger("django")
            silent.addHandler(logging.NullHandler())
            silent.propagate = False
            django.setup()
        _use(database)


def _use(database: Path) -> None:
    """Point Django's connections at the file."""
    from django.db import connections

    if connections.databases["default"]["NAME"] != str(database):
        connections["default"].close()
        connections.databases["default"]["NAME"] = str(database)


def _is_usable(database: Path) -> bool:
    try:
        return _version(database) == SCHEMA_VERSION
    except ConfigError:
        return False


def _version(database: Path) -> int:
    """The schema's version, 0 where there is no file; ConfigError for another version."""
    if not database.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.OperationalError as error:
        raise ConfigError(
            f"cannot open {database}: {error}", hint=paths.hint_to_move(database)
        ) from None
    except sqlite3.DatabaseError:
        version = -1
    if version != SCHEMA_VERSION:
        raise ConfigError(
            f"{database} is not a sandbox of this version of llmctl",
            hint="llmctl sandbox reset --yes",
        )
    return version


@contextlib.contextmanager
def _storage(database: Path) -> Iterator[None]:
    """ConfigError where the file cannot be written: a full disk, a limit, a directory without
    rights."""
    from django.db import OperationalError

    try:
        yield
    except (OSError, OperationalError) as error:
        raise ConfigError(
            f"cannot write {database}: {error}", hint=paths.hint_to_move(database)
        ) from None


def _create(database: Path) -> None:
    """Make the file elsewhere and move it into place, so that nobody sees half of it."""
    from django.apps import apps
    from django.db import connection

    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=database.parent)
    os.close(descriptor)
    _use(Path(name))
    try:
        with connection.schema_editor() as editor:
            for model in apps.get_app_config("sandbox").get_models():
                editor.create_model(model)
        _refill()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        connection.close()
        os.replace(name, database)
    except BaseException:
        connection.close()
        Path(name).unlink(missing_ok=True)
        raise
    finally:
        _use(database)


def _refill() -> None:
    from django.apps import apps
    from django.db import transaction

    from llmctl.sandbox.seed import seed

    with transaction.atomic():
        for model in reversed(list(apps.get_app_config("sandbox").get_models())):
            model._default_manager.all().delete()
        seed()
