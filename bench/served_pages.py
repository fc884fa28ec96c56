"""What bench/pages.py has served: the portal, the floor beneath its pages, and Flask's hello.

The floor sends the very statements that a page sent, with its values, over one bare connection, and
draws the very template with what the page gave it: no objects, no rules, no sessions.
"""

import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from flask import Flask, Response, template_rendered
from flask.testing import FlaskClient
from jinja2 import Template
from sqlalchemy import event

from portal.app import create_app
from portal.config import Environment, Settings
from portal.db import Database, new_id

PORT: Final = "PORTAL_BENCH_PORT"
DATABASE: Final = "PORTAL_BENCH_DATABASE"
COOKIE: Final = "PORTAL_BENCH_COOKIE"
PAGES: Final = "PORTAL_BENCH_PAGES"  # paths, with commas between
SECRET_KEY: Final = "a key for benches only, and long enough"  # noqa: S105 — it guards nothing
_EVENT_ID: Final = "event_id"


@dataclass(slots=True)
class Kept:
    """One page as it was made."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    drawn: tuple[Template, dict[str, Any]] | None = None


def portal_app() -> Flask:
    """The portal as it is served, over the bench's database."""
    return create_app(_settings(), Database(os.environ[DATABASE]), clock=_now)


def hello_app() -> Flask:
    """Flask and nothing else."""
    app = Flask("hello")
    app.add_url_rule("/", "hello", lambda: "Hello")
    return app


def floor_app() -> Flask:
    """Each page of PAGES at its own path, replayed."""
    app, database = portal_app(), Database(os.environ[DATABASE], pool_size=1)
    client = app.test_client()
    name, _, value = os.environ[COOKIE].partition("=")
    client.set_cookie(name, value)
    kept = {path: _keep(app, client, path) for path in os.environ[PAGES].split(",")}
    url = os.environ[DATABASE].replace("+psycopg", "", 1)
    connection = psycopg.connect(url, autocommit=False)
    floor = Flask("floor")
    for path, one in kept.items():
        floor.add_url_rule(path, path, _replayed(app, connection, one))
    database.close()
    return floor


def _replayed(app: Flask, connection: psycopg.Connection, kept: Kept) -> Callable[[], Response]:
    def view() -> Response:
        with connection.transaction(), connection.cursor() as cursor:
            for query, values in kept.statements:
                cursor.execute(query, _with_an_id_of_its_own(values))
                if cursor.description is not None:
                    cursor.fetchall()
        if kept.drawn is None:
            raise LookupError("no page was drawn")
        template, context = kept.drawn
        with app.test_request_context():
            return Response(template.render(context), mimetype="text/html")

    return view


def _with_an_id_of_its_own(values: Any) -> Any:
    """An audit row is written once."""
    return {**values, _EVENT_ID: new_id()} if _EVENT_ID in (values or {}) else values


def _keep(app: Flask, client: FlaskClient, path: str) -> Kept:
    kept = Kept()
    engine = app.extensions["portal"].database.engine

    def sent(_connection: object, _cursor: object, query: str, values: Any, *_more: object) -> None:
        kept.statements.append((query, values or None))

    def drawn(_app: Flask, template: Template, context: dict[str, Any], **_more: object) -> None:
        kept.drawn = (template, dict(context))

    event.listen(engine, "before_cursor_execute", sent)
    try:
        with _listening(app, drawn):
            answer = client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", sent)
    if answer.status_code != 200:  # noqa: PLR2004 — it must be a page
        raise LookupError(f"{path}: {answer.status_code}")
    return kept


@contextmanager
def _listening(app: Flask, drawn: Callable[..., None]) -> Any:
    template_rendered.connect(drawn, app)
    try:
        yield
    finally:
        template_rendered.disconnect(drawn, app)


def _settings() -> Settings:
    return Settings(
        env=Environment.TEST,
        home=Path("/nonexistent"),
        port=int(os.environ.get(PORT, "0")),
        base_url=f"http://127.0.0.1:{os.environ.get(PORT, '0')}",
        secret_key=SECRET_KEY,
        database_url=None,
        database_owner_url=None,
        database_loader_url=None,
        stripe_secret_key="sk_test_bench",  # noqa: S106 — nobody is called
        stripe_webhook_secret="whsec_bench",  # noqa: S106 — as above
        stripe_api_base=None,
        smtp_url="smtp://127.0.0.1:2525",
        mail_from="billing@localhost",
        proxy_hops=0,
    )


def _now() -> datetime:
    return datetime.now(UTC)
