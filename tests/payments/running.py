"""The real app with payments behind the doors, and stand-ins for the pages they lead to."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask

from portal.auth.accounts.rooms import accounts
from portal.auth.current import begin_link_session, install_sign_in
from portal.auth.link_opening import OpenedLink
from portal.auth.policies import Policy, install, policy
from portal.auth.routes import auth, staff
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database
from portal.payments.access import StatementDue
from portal.payments.guests.routes import guests
from portal.payments.guests.service import StatementByCode
from portal.payments.plans.routes import plan_payments
from portal.payments.receipts.routes import receipts
from portal.payments.routes import payments
from portal.payments.webhook_routes import webhooks
from portal.payments.webhooks import NO_HANDLERS, EventHandlers
from portal.statements.codes import statement_of_code
from portal.web.application import web_app
from portal.web.context import Portal
from portal.web.logs import log_requests
from portal.web.security import csrf
from tests.auth.running import BELOW, settings_for_tests
from tests.payments.owing import Owing
from tests.payments.paying import DUE


def make_app(
    database: Database,
    gateway: PaymentGateway,
    clock: Callable[[], datetime],
    *people: Owing,
    handlers: EventHandlers = NO_HANDLERS,
) -> Flask:
    """``GET /come-in/<guarantor>`` stands for a link that was opened with a right date."""
    services: dict[Callable[..., Any], object] = {
        PaymentGateway: gateway,
        StatementDue: DUE,
        StatementByCode: statement_of_code,
        EventHandlers: handlers,
    }
    app = web_app(Portal(settings_for_tests(), database, clock, services))
    log_requests(app)
    install_sign_in(app)
    install(app, public=BELOW)
    for blueprint in (
        auth,
        staff,
        accounts,
        payments,
        plan_payments,
        receipts,
        guests,
        webhooks,
        _statements(),
        _plans(),
        _door(people),
    ):
        app.register_blueprint(blueprint)
    csrf.exempt(webhooks)
    return app


def _statements() -> Blueprint:
    statements = Blueprint("statements", __name__)

    @statements.get("/statements/<uuid:statement_id>")
    @policy(Policy.STATEMENT_LINK)
    def show(statement_id: UUID) -> str:
        return f"the statement {statement_id}"

    @statements.get("/statements/<uuid:statement_id>/help")
    @policy(Policy.STATEMENT_LINK)
    def help(statement_id: UUID) -> str:  # noqa: A001 - its name in templates
        return f"help with {statement_id}"

    return statements


def _plans() -> Blueprint:
    plans = Blueprint("plans", __name__)

    @plans.get("/plans/<uuid:plan_id>")
    @policy(Policy.ACCOUNT)
    def plan(plan_id: UUID) -> str:
        return f"the plan {plan_id}"

    @plans.get("/plans", endpoint="plans")
    @policy(Policy.ACCOUNT)
    def every_plan() -> str:
        return "all plans"

    @plans.get("/plans/new")
    @policy(Policy.ACCOUNT)
    def choose() -> str:
        return "the offers"

    return plans


def _door(people: tuple[Owing, ...]) -> Blueprint:
    door = Blueprint("door", __name__)

    @door.get("/come-in/<uuid:guarantor_id>")
    @policy(Policy.PUBLIC, reason="a stand-in of these tests")
    def come_in(guarantor_id: UUID) -> str:
        person = next(one for one in people if one.guarantor_id == guarantor_id)
        begin_link_session(
            OpenedLink(person.principal, person.statement_id, "en", is_guarantor=True)
        )
        return "in"

    return door
