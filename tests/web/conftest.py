"""The bare web app: no feature's routes, but the real database, sessions, headers and templates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import flask_babel
import pytest
from flask import Flask, request, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf

from portal.config import Environment, Settings
from portal.db import Database
from portal.web.application import web_app
from portal.web.context import Portal
from portal.web.security import send_no_referrer
from portal.web.sessions import end_session, rotate_session
from tests.conftest import NOW
from tests.web.posting import TOKEN_PATH
from tests.web.rendering import add_stub_routes, render_page

_NO_DATABASE = "postgresql+psycopg://portal_app@127.0.0.1:1/nowhere"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, step: timedelta) -> None:
        self.now += step


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = str(tmp_path_factory.mktemp("home"))
    return Settings.from_environ({"PORTAL_ENV": "test", "PORTAL_HOME": home})


@pytest.fixture
def production(settings: Settings) -> Settings:
    return replace(
        settings,
        env=Environment.PRODUCTION,
        base_url="https://pay.riverbend.example",
        stripe_api_base=None,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


AppMaker = Callable[[Settings], Flask]


@pytest.fixture
def make_app(database: Database, clock: Clock) -> AppMaker:
    """The web app of these settings, with a few routes to try it on."""

    def make(settings: Settings) -> Flask:
        app = web_app(Portal(settings, database, clock, {}))
        add_stub_routes(app)
        _add_trial_routes(app)
        return app

    return make


@pytest.fixture
def web(make_app: AppMaker, settings: Settings) -> Flask:
    return make_app(settings)


@pytest.fixture
def web_without_database(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The same app when nobody answers where the database should be."""
    database = Database(_NO_DATABASE)
    app = web_app(Portal(settings, database, clock, {}))
    _add_trial_routes(app)
    yield app
    database.close()


@pytest.fixture(scope="session")
def drawing(settings: Settings) -> Iterator[Flask]:
    """Draws the sample pages, at /sample/<name>?language=es; it needs no database."""
    database = Database(_NO_DATABASE)
    app = web_app(Portal(settings, database, lambda: NOW, {}))
    add_stub_routes(app)

    def sample(name: str) -> str:
        with flask_babel.force_locale(request.args["language"]):
            return render_page(name)

    app.add_url_rule("/sample/<name>", "sample", sample)
    yield app
    database.close()


@pytest.fixture
def browser(web: Flask) -> Iterator[FlaskClient]:
    with web.test_client() as client:
        yield client


def _add_trial_routes(app: Flask) -> None:
    def sign_in() -> str:
        end_session()
        session["who"] = "ana"
        return "in"

    def rotate() -> str:
        rotate_session()
        return "still in"

    def sign_out() -> str:
        end_session()
        return "out"

    def look_like_a_link_page() -> str:
        send_no_referrer()
        return "a link page"

    def break_down() -> str:
        raise RuntimeError("a name that no page may show")

    def say_who() -> str:
        return str(session.get("who", "nobody"))

    app.add_url_rule("/try/sign-in", "try.sign_in", sign_in, methods=["POST"])
    app.add_url_rule("/try/rotate", "try.rotate", rotate, methods=["POST"])
    app.add_url_rule("/try/sign-out", "try.sign_out", sign_out, methods=["POST"])
    app.add_url_rule("/try/who", "try.who", say_who)
    app.add_url_rule("/try/link", "try.link", look_like_a_link_page)
    app.add_url_rule(TOKEN_PATH, "try.token", generate_csrf)
    app.add_url_rule("/try/broken", "try.broken", break_down)
