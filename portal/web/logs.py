"""Logs: an event, ids and outcomes, by an allow-list; what is not on it never leaves the process.

Write ``log.info("payment settled", payment_id=…)``: a constant sentence and ids. A record of the
standard library's logging keeps its place and the kind of its error; its sentence only when it is
ours (constant too: ruff refuses an f-string there), for the sentences of libraries hold values.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO, cast
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from portal.request_id import request_id

FIELDS = frozenset(
    {
        # what every line has
        "event",
        "level",
        "time",
        "request_id",
        # which thing
        "adjudication_id",
        "batch_number",
        "claim_id",
        "entry_id",
        "guarantor_id",
        "hold_id",
        "job",
        "link_id",
        "message_id",
        "method_id",
        "patient_id",
        "payment_id",
        "post_id",
        "practice_id",
        "refund_id",
        "remittance_id",
        "scheduled_id",
        "staff_id",
        "statement_id",
        "stripe_event_id",
        "subject_id",
        "task_id",
        "upload_id",
        # what came of it
        "code",
        "count",
        "duration_ms",
        "error",
        "frames",
        "method",
        "outcome",
        "role",
        "route",
        "state",
        "status",
        # where a library's line comes from
        "logger",
        "source",
    }
)
REQUEST_ID_HEADER = "X-Request-Id"
WITHHELD = "(withheld)"
_OUR_LOGGER = "portal"
_LIBRARY_EVENT = "library message"
_ID = re.compile(r"[0-9A-Fa-f-]{16,64}")  # a UUID or the like; words are refused
_PLAIN_VALUE = re.compile(r"[\w.:/<>+ ,-]{0,400}", re.ASCII)
_FRAMES_MAX = 30

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(*, as_json: bool, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and the libraries', through the allow-list."""
    out = stream or cast("TextIO", _StandardError())
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=stream is None and sys.stderr.isatty(), event_key="event"
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            describe_error,
            keep_allowed_fields,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryRecords()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _StandardError:
    """Whatever standard error is at the moment: a command or a test may have moved it."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def describe_error(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Any:
    """Turn an exception into its kind and its frames' places: its message holds values."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = " from ".join(_kinds(error))
        event["frames"] = _places(error.__traceback__)
    return event


def keep_allowed_fields(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Any:
    """Drop every field that is not on the list, every digit of a sentence, every odd value."""
    kept = {name: _plain(name, value) for name, value in event.items() if name in FIELDS}
    kept["event"] = re.sub(r"\d", "#", str(event.get("event", "")))
    return kept


def _plain(name: str, value: object) -> object:
    if isinstance(value, bool | int | None):
        return value
    if name == "frames" and isinstance(value, list):
        return value
    text = str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else WITHHELD


def _kinds(error: BaseException) -> Iterator[str]:
    cause: BaseException | None = error
    while cause is not None:
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        cause = cause.__cause__


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace, limit=-_FRAMES_MAX)
    return [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]


def _short(path: str) -> str:
    """The last two parts of a path: enough to find the file, nothing of the machine."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


class _LibraryRecords(logging.Handler):
    """Where the standard library's logging ends. Arguments of a sentence are never put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        is_ours = record.name.split(".")[0] == _OUR_LOGGER
        structlog.get_logger().log(
            record.levelno,
            str(record.msg) if is_ours else _LIBRARY_EVENT,
            logger=record.name,
            source=f"{_short(record.pathname)}:{record.lineno}",
            exc_info=record.exc_info,
        )


@contextmanager
def job_context(job: str, **ids: str) -> Iterator[None]:
    """Give the log lines of one job its name, its ids and the id of the request it follows from.

    A job that follows from none, such as one that runs by itself, gets an id of its own.
    """
    carried = request_id() or f"job-{uuid4().hex}"
    with structlog.contextvars.bound_contextvars(request_id=carried, job=job, **ids):
        yield


def log_requests(app: Flask) -> None:
    """One line a request: method, route, status, time. The route's rule, never the path.

    Call it before anything else is installed, so that every other line of a request has its id.
    """
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    given = request.headers.get(REQUEST_ID_HEADER, "")
    chosen = given if _ID.fullmatch(given) else uuid4().hex
    route = request.url_rule.rule if request.url_rule else "(none)"
    structlog.contextvars.bind_contextvars(request_id=chosen, method=request.method, route=route)
    g.request_id = chosen  # error pages show it
    g.request_began = time.monotonic()


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = request_id()
    began = g.get("request_began", time.monotonic())
    duration_ms = int((time.monotonic() - began) * 1000)
    log.info("request", status=response.status_code, duration_ms=duration_ms)
    return response
