"""Django's settings.

`app._configure` passes them to Django. Named as a settings module instead, they would make Django
set the time zone of the whole process.
"""

from __future__ import annotations

from typing import Any

SECRET_KEY = "signs nothing"  # noqa: S105 - Django asks for one; no session, no cookie, no token
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "llmctl.sandbox.urls.v1"  # until a request names that of its generation
APPEND_SLASH = False
INSTALLED_APPS = ["llmctl.sandbox"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",  # refuses foreign Host headers
    "llmctl.sandbox.middleware.routes_of_generation",
    "llmctl.sandbox.middleware.deprecate_environments",
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {
            # Writers queue from their first statement on; upgrading a read lock would fail.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA synchronous=NORMAL",
        },
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["llmctl.sandbox.access.PersonalKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["llmctl.sandbox.access.ScopePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "exceptions_hog.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
