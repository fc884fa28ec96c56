"""The real app with the doors, and stand-ins for the pages that other features put behind them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from portal.auth.accounts.rooms import accounts
from portal.auth.current import install_sign_in, require_statement
from portal.auth.policies import Policy, install, policy, staff_only
from portal.auth.roles import REACH, Area, Role
from portal.auth.routes import auth, staff
from portal.cases.rooms import cases, staff_cases
from portal.config import Environment, Settings
from portal.db import Database
from portal.desk.paper_routes import desk_papers
from portal.desk.viewing.routes import staff_viewing
from portal.payments.credits.own_routes import own_credit
from portal.remittances.claims.privacy_routes import claim_privacy
from portal.statements.viewing.routes import viewing
from portal.web.application import web_app
from portal.web.context import Portal
from portal.web.i18n import current_language
from portal.web.logs import log_requests
from tests.auth.billed import NOW

SECRET_KEY = "a key for tests only, and long enough"
BASE_URL = "http://localhost:8000"
BELOW = {
    "static": "files without anything of anybody",
    "web.language": "the language of the page",
}


@dataclass(slots=True)
class Clock:
    """Stands still until told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: int) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser without scripts: keeps cookies, sends forms with their token."""

    client: FlaskClient = field(repr=False)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> "Seen":
        return Seen.of(self.client.get(path, headers=headers))

    def send(self, page: str, fields: Mapping[str, str | Sequence[str]], *, to: str = "") -> "Seen":
        """Open a page, fill its form in and send it to that page's address (or ``to``)."""
        token = self.get(page).csrf_token
        return Seen.of(self.client.post(to or page, data={"csrf_token": token, **fields}))


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer."""

    status: int
    text: str
    location: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]

    @classmethod
    def of(cls, response: TestResponse) -> "Seen":
        return cls(
            response.status_code,
            response.text,
            response.headers.get("Location", ""),
            dict(response.headers),
            tuple(response.headers.getlist("Set-Cookie")),
        )

    @property
    def csrf_token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        assert found, self.text[:500]
        return found.group(1)


def settings_for_tests() -> Settings:
    return Settings(
        env=Environment.TEST,
        home=Path("/nonexistent"),
        port=8000,
        base_url=BASE_URL,
        secret_key=SECRET_KEY,
        database_url=None,
        database_owner_url=None,
        database_loader_url=None,
        stripe_secret_key="sk_test_simulator",
        stripe_webhook_secret="whsec_simulator",
        stripe_api_base=None,
        smtp_url="smtp://127.0.0.1:2525",
        mail_from="billing@localhost",
        proxy_hops=0,
    )


def make_app(database: Database, clock: Callable[[], datetime], *blueprints: Blueprint) -> Flask:
    """Sessions, headers, doors and policies as in the product."""
    app = web_app(Portal(settings_for_tests(), database, clock, {}))
    log_requests(app)
    install_sign_in(app)
    install(app, public=BELOW)
    for blueprint in (auth, staff, *(blueprints or stand_ins())):
        app.register_blueprint(blueprint)
    stand_in_for_the_rest(app)
    return app


def stand_in_for_the_rest(app: Flask) -> None:
    """Whatever pages lead to and a test is not about: help, which is on all of them, as it is."""
    for blueprint in (
        accounts,
        cases,
        staff_cases,
        viewing,
        staff_viewing,
        claim_privacy,
        desk_papers,
        own_credit,
    ):
        if blueprint.name not in app.blueprints:
            app.register_blueprint(blueprint)
    for room, area in _LED_TO.items():
        if room not in app.blueprints:
            app.register_blueprint(_stand_in(room, area))


_LED_TO = {
    "collections": Area.PLANS,
    "staff_plans": Area.PLANS,
    "charges": Area.MONEY,
    "practice": Area.PRACTICE,
}
"""Where the frame of staff pages and a person's page lead to, whatever a test is about."""


def _stand_in(room: str, area: Area) -> Blueprint:
    """A feature's list and its page of a person, without the feature."""
    blueprint = Blueprint(room, __name__, url_prefix=f"/stand-in/{room}")

    @blueprint.get("/")
    @staff_only(*REACH[area])
    def index() -> str:
        return room

    @blueprint.get("/people/<uuid:guarantor_id>")
    @staff_only(*REACH[area])
    def person(guarantor_id: UUID) -> str:
        return f"{room} of {guarantor_id}"

    return blueprint


def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def stand_ins() -> tuple[Blueprint, ...]:
    """Pages of the features, without the features."""
    statements = Blueprint("statements", __name__)
    desk = Blueprint("desk", __name__)
    insurance = Blueprint("insurance", __name__)

    @statements.get("/statements/<uuid:statement_id>")
    @policy(Policy.STATEMENT_LINK)
    def show(statement_id: UUID) -> str:
        reader = require_statement(statement_id)
        return f"guarantor {reader.guarantor_id} in {current_language()}"

    @desk.get("/desk")
    @staff_only(Role.FRONT_DESK, Role.MANAGER)
    def home() -> str:
        return f'the desk <input name="csrf_token" value="{generate_csrf()}">'

    @desk.get("/desk/forgotten")
    def forgotten() -> str:
        return "anything"

    @insurance.get("/insurance")
    @staff_only(Role.POSTER)
    def index() -> str:
        return "the remittances"

    return statements, desk, insurance
