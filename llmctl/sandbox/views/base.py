"""Base classes and helpers for the view sets."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.viewsets import GenericViewSet

from llmctl.sandbox import defaults

_throttling = False


def set_throttling(enabled: bool) -> None:
    """Turn the documented rate limits on or off."""
    global _throttling
    _throttling = enabled


class _KeyThrottle(SimpleRateThrottle):
    THROTTLE_RATES = defaults.THROTTLE_RATES

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"throttle-{self.scope}-{request.auth}"


class BurstThrottle(_KeyThrottle):
    """The limit per minute and key."""

    scope = "burst"


class SustainedThrottle(_KeyThrottle):
    """The limit per hour and key."""

    scope = "sustained"


class ResourceViewSet(GenericViewSet[Any]):
    """A resource. `scope_object` is the object of the scope that a key needs."""

    scope_object = ""
    action_scopes: dict[str, str] = {}

    def get_throttles(self) -> list[Any]:
        """Return both limits if they are turned on."""
        return [BurstThrottle(), SustainedThrottle()] if _throttling else []


class WritesInTransactions(
    mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin
):
    """Create, update and delete, each in one transaction that includes its reads."""

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """POST."""
        return super().create(request, *args, **kwargs)

    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """PUT, and PATCH with `partial`."""
        return super().update(request, *args, **kwargs)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE."""
        return super().destroy(request, *args, **kwargs)


class ShortForAgents(mixins.ListModelMixin):
    """Leaves `heavy` fields out of the rows of a list for PostHog's own agent clients."""

    heavy: frozenset[str] = frozenset()

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer, with fewer fields for such a list."""
        serializer: Any = super().get_serializer(*args, **kwargs)  # type: ignore[misc]
        view: Any = self
        if view.action == "list" and view.request.headers.get("X-PostHog-Client") == "mcp":
            for name in self.heavy:
                serializer.child.fields.pop(name)
        return serializer


class ForbidsDestroy:
    """Refuses DELETE: clients set `deleted` in a PATCH instead, where that is allowed."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """DELETE: respond 405 without a body, whatever the id."""
        return Response(status=status.HTTP_405_METHOD_NOT_ALLOWED)


def save_or_conflict(serializer: BaseSerializer[Any]) -> bool:
    """Save, or return False if that violates a unique constraint; the transaction stays usable."""
    try:
        with transaction.atomic():
            serializer.save()
    except IntegrityError:
        return False
    return True


def bare_error(text: str, code: int = status.HTTP_400_BAD_REQUEST) -> Response:
    """Return an error in the short form, for views that make the response themselves."""
    return Response({"detail": text}, status=code)
