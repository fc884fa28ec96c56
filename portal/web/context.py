"""What a request may reach: the composed portal. Nothing is made here, only carried and found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import current_app

from portal.config import Settings
from portal.db import Database

_EXTENSION = "portal"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Portal:
    """Settings, database, and whatever else the composition provides, found by its type.

    ``services`` maps a protocol (the payment gateway, the mailer) to the object that fulfils it, so
    that this layer need not know the layers above it.
    """

    settings: Settings
    database: Database
    clock: Callable[[], datetime]  # UTC, aware; a test gives its own
    services: Mapping[Callable[..., Any], object]

    def service(self, kind: Callable[..., T]) -> T:
        """The object composed for a protocol or class; LookupError when there is none.

        (mypy lets a protocol be given where a callable is expected, not where ``type[T]`` is.)
        """
        if kind not in self.services:
            raise LookupError(f"{kind!r} is not composed into this portal")
        return cast("T", self.services[kind])


def portal() -> Portal:
    """The portal of the running app."""
    return cast("Portal", current_app.extensions[_EXTENSION])


def provide(extensions: dict[str, object], portal_: Portal) -> None:
    """Put the portal where `portal()` finds it; called once by the composition."""
    extensions[_EXTENSION] = portal_
