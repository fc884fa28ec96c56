"""The pages as a browser gets them, through a statement link, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

import portal.plans.offering.routes  # noqa: F401 — its pages join the blueprint
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal
from portal.payments.guests.routes import guests
from portal.payments.methods.routes import methods
from portal.payments.plans.routes import plan_payments
from portal.payments.receipts.routes import receipts
from portal.payments.routes import payments
from portal.payments.scheduled.routes import scheduled
from portal.payments.scheduled.views import scheduled_of_statement
from portal.plans.blueprint import plans
from portal.practice.models import Guarantor
from portal.statements.coming import ScheduledOfStatement
from portal.statements.queries import statement_patient_ids
from portal.statements.routes import statements
from tests.auth.running import SECRET_KEY, Browser, Clock, browser, make_app
from tests.statements.builders import COPAY, UNAPPLIED, Decided
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
Enter = Callable[[UUID], Browser]


@pytest.fixture
def app(database: Database) -> Flask:
    rooms = (payments, plan_payments, plans, receipts, guests, methods, scheduled)
    app = make_app(database, Clock(NOW), statements, *rooms)
    app.extensions["portal"].services[ScheduledOfStatement] = scheduled_of_statement
    return app


@pytest.fixture
def enter(app: Flask, database: Database, job: Principal, family: Family) -> Enter:
    """A browser that opened a link to a statement with Ana's date of birth."""

    def open_link(statement_id: UUID) -> Browser:
        tokens = LinkTokens(SECRET_KEY)
        with database.transaction(job) as session:
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=family.guarantor_id,
                statement_id=statement_id,
                patient_ids=statement_patient_ids(session, statement_id),
                now=NOW,
            )
        visitor = browser(app)
        born = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
        entered = visitor.send(f"/s/{tokens.make(job.practice_id, link_id)}", born)
        assert entered.location == f"/statements/{statement_id}", entered.text
        return visitor

    return open_link


def test_the_page_says_what_is_owed_and_why(bill: Bill, issue: Issue, enter: Enter) -> None:
    bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    seen = enter(statement_id).get(f"/statements/{statement_id}")
    assert seen.status == 200
    assert seen.headers["Cache-Control"] == "no-store"
    for words in ("$124.00", "This is your copay.", "This is your deductible.", "X-ray or scan"):
        assert words in seen.text


def test_a_credit_stands_beside_what_is_due(
    bill: Bill, pay_in: PayIn, issue: Issue, enter: Enter
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    later = NOW + timedelta(hours=1)
    pay_in(puts=[(UNAPPLIED, 1_000)], on=TODAY, at=later)
    seen = enter(statement_id).get(f"/statements/{statement_id}").text
    for words in ("You also have a credit of", "Pay with your credit", "Kept as a credit for you"):
        assert words in seen


def test_the_page_speaks_the_language_of_the_guarantor(
    database: Database, job: Principal, bill: Bill, issue: Issue, enter: Enter
) -> None:
    bill(lines=(X_RAY,))
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        spoken = update(Guarantor).where(Guarantor.practice_id == job.practice_id)
        session.execute(spoken.values(language="es"))
    seen = enter(statement_id).get(f"/statements/{statement_id}")
    assert "Este es su deducible." in seen.text
    assert "This is your deductible." not in seen.text


def test_help_with_a_statement_is_the_page_of_help(bill: Bill, issue: Issue, enter: Enter) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    seen = enter(statement_id).get(f"/statements/{statement_id}/help")
    assert seen.status == 303
    assert seen.location == f"/help?statement={statement_id}"


@pytest.mark.parametrize("page", ["", "/help"])
def test_a_link_opens_its_own_statement_only(
    bill: Bill, issue: Issue, enter: Enter, page: str
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    other = UUID(int=statement_id.int ^ 1)
    assert enter(statement_id).get(f"/statements/{other}{page}").status == 404


@pytest.mark.parametrize("page", ["", "/help"])
def test_nobody_sees_a_statement_without_a_link(
    app: Flask, bill: Bill, issue: Issue, page: str
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    assert browser(app).get(f"/statements/{statement_id}{page}").status == 404
