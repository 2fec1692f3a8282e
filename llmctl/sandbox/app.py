"""The sandbox as a WSGI application over a SQLite file, which is created on first use."""

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
from llmctl.errors import ConfigError, Hint
from llmctl.safe.private_file import TEMPORARY_PREFIX, locked
from llmctl.sandbox.generation import DEFAULT, Generation

SCHEMA_VERSION = 3

WSGIApplication = Callable[..., Any]

_setup_lock = threading.Lock()


def wsgi_application(
    database: Path, generation: Generation = DEFAULT, *, throttle: bool = False
) -> WSGIApplication:
    """Return the application over `database`. Raise ConfigError if the file is unusable.

    A new file is made for `generation`; an existing one keeps its own. Django is configured once
    per process, so all applications use the file of the latest call.
    """
    _configure(database)
    if stored_generation(database) is None:
        with locked(database.parent), _storage(database):
            if stored_generation(database) is None:
                _create(database, generation)
    from django.core.handlers.wsgi import WSGIHandler

    from llmctl.sandbox.views.base import set_throttling

    set_throttling(throttle)
    handler: WSGIApplication = WSGIHandler()
    return handler


def reset(database: Path, generation: Generation = DEFAULT) -> None:
    """Restore the initial project, in `generation`. A server that uses the file keeps running."""
    _configure(database)
    with locked(database.parent), _storage(database):
        if _is_usable(database):
            _refill(generation)
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        _create(database, generation)


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
    """Make Django's connections use the file."""
    from django.db import connections

    if connections.databases["default"]["NAME"] != str(database):
        connections["default"].close()
        connections.databases["default"]["NAME"] = str(database)


def _is_usable(database: Path) -> bool:
    try:
        return stored_generation(database) is not None
    except ConfigError:
        return False


def stored_generation(database: Path) -> Generation | None:
    """Return the generation of the file, or None without a file.

    Raise ConfigError if it was not made by this version of llmctl.
    """
    try:
        if not database.exists():
            return None
        with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
            version, number = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("user_version", "application_id")
            )
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(
            f"cannot open {database}: {reason}", hint=paths.hint_to_move(database)
        ) from None
    except sqlite3.DatabaseError:
        version = number = -1
    if version != SCHEMA_VERSION:
        raise ConfigError(
            f"{database} is not a sandbox database of this llmctl version",
            hint=Hint("replace it", ("sandbox", "reset", "--yes")),
        )
    return Generation(f"v{number}")


@contextlib.contextmanager
def _storage(database: Path) -> Iterator[None]:
    """Raise ConfigError if the file cannot be written (disk full, no permission)."""
    from django.db import OperationalError

    try:
        yield
    except (OSError, OperationalError) as error:
        raise ConfigError(
            f"cannot write {database}: {error}", hint=paths.hint_to_move(database)
        ) from None


def _create(database: Path, generation: Generation) -> None:
    """Create the file under a temporary name and move it into place, so that it is complete."""
    from django.apps import apps
    from django.db import connection

    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=database.parent)
    os.close(descriptor)
    _use(Path(name))
    try:
        with connection.schema_editor() as editor:
            for model in apps.get_app_config("sandbox").get_models():
                editor.create_model(model)
        _refill(generation)
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


def _refill(generation: Generation) -> None:
    from django.apps import apps
    from django.db import connection, transaction

    from llmctl.sandbox.seed import seed

    with transaction.atomic():
        for model in reversed(list(apps.get_app_config("sandbox").get_models())):
            model._default_manager.all().delete()
        seed(generation)
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA application_id={generation[1:]}")
