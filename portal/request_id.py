"""Which request this is: one id through pages, webhooks, the jobs they ask for, logs and audit.

It lies where the log lines look for their fields, so that whoever may log may also read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_FIELD = "request_id"


def request_id() -> str:
    """The id of the request or job at work; empty where there is none, such as in a command."""
    return str(structlog.contextvars.get_contextvars().get(_FIELD, ""))


@contextmanager
def carrying(request_id: str) -> Iterator[None]:
    """Work in this block for a request that may be over; an empty id changes nothing."""
    with structlog.contextvars.bound_contextvars(**({_FIELD: request_id} if request_id else {})):
        yield
