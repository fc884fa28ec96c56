"""/healthz: the database answers and a worker has shown a sign of life within a minute."""

from datetime import timedelta

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from portal.queue import worker_seen_since
from portal.web.context import portal

_WORKER_SILENCE_MAX = timedelta(seconds=60)


def answer_health(app: Flask) -> None:
    """Add the address; it tells a watcher nothing but yes or no and which of the two is missing."""
    app.add_url_rule("/healthz", "web.health", health)


def health() -> Response:
    """200 when the portal can do its work, 503 with the reason when not."""
    here = portal()
    try:
        with here.database.local_transaction() as session:
            since = here.clock() - _WORKER_SILENCE_MAX
            worker = worker_seen_since(session.connection(), since)
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, content_type="text/plain")
    if not worker:
        return Response("no worker in the last minute\n", 503, content_type="text/plain")
    return Response("ok\n", content_type="text/plain")
