"""The front desk with a real statement to talk about, and somebody at work."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from flask import Blueprint, Flask

import portal.plans.staff.blueprint
import portal.plans.staff.change_routes
import portal.plans.staff.offer_routes
import portal.plans.staff.request_routes
from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area, Role
from portal.auth.staff import NewStaff
from portal.collections.rooms import collections
from portal.db import Database
from portal.desk.money_routes import money
from portal.desk.phone_routes import phone
from portal.desk.routes import desk
from portal.payments.autopay.routes import autopay
from portal.payments.books.routes import books
from portal.payments.charges.routes import charges
from portal.payments.counter.routes import counter
from portal.payments.credits.routes import credits_pages
from portal.payments.disputes.routes import disputes
from portal.payments.guests.routes import guests
from portal.payments.methods.routes import methods
from portal.payments.receipts.routes import receipts
from portal.payments.refunds.routes import refunds
from portal.payments.routes import payments
from portal.payments.scheduled.routes import scheduled
from portal.payments.scheduled.views import scheduled_of_statement
from portal.statements.coming import ScheduledOfStatement
from portal.statements.routes import statements
from portal.statements.service import issue_statements
from tests.auth.billed import NOW
from tests.auth.running import SECRET_KEY, Browser, Clock, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_guarantor, make_patient
from tests.statements.builders import MadeClaim, make_adjudicated_claim


@dataclass(frozen=True, slots=True)
class Household:
    """Ana, who pays; Mateo, who was treated; a claim and the statement about it."""

    practice_id: UUID
    guarantor_id: UUID
    patient_id: UUID
    claim: MadeClaim
    statement_id: UUID


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    app = make_app(
        database, clock, statements, payments, *patients_rooms(), desk, money, *other_areas()
    )
    app.extensions["portal"].services[ScheduledOfStatement] = scheduled_of_statement
    return app


@pytest.fixture
def tokens() -> LinkTokens:
    return LinkTokens(SECRET_KEY)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Household:
    return make_household(database, practice_id)


@pytest.fixture
def jo(database: Database, practice_id: UUID) -> NewStaff:
    return hire(database, practice_id)


@pytest.fixture
def clerk(app: Flask, jo: NewStaff, clock: Clock) -> Browser:
    """A browser in which Jo Kim of the front desk is signed in."""
    visitor = browser(app)
    assert sign_in(visitor, jo, clock).location == "/desk"
    return visitor


def make_household(
    database: Database,
    practice_id: UUID,
    *,
    account_number: str = "A-20411",
    first_name: str = "Ana",
    last_name: str = "Reyes",
    email: str | None = "ana.reyes@example.com",
    language: str = "en",
) -> Household:
    guarantor_id = make_guarantor(
        database,
        practice_id,
        account_number=account_number,
        first_name=first_name,
        last_name=last_name,
        email=email,
        language=language,
    )
    patient_id = make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Mateo",
        last_name=last_name,
        born_on=date(2017, 9, 2),
    )
    claim = make_adjudicated_claim(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        patient_id=patient_id,
        claim_number=f"C-{account_number}",
    )
    (statement_id,) = issue_statements(
        database, practice_id, as_of=date(2026, 3, 8), now=NOW, dry_run=False
    ).statement_ids
    return Household(practice_id, guarantor_id, patient_id, claim, statement_id)


def patients_rooms() -> tuple[Blueprint, ...]:
    """What a statement's page leads to."""
    return guests, receipts, methods, scheduled, autopay


def other_areas() -> tuple[Blueprint, ...]:
    """What the frame of a staff page leads to."""
    insurance, sync = Blueprint("insurance", __name__), Blueprint("sync", __name__)

    @insurance.get("/insurance")
    @staff_only(*REACH[Area.INSURANCE])
    def index() -> str:
        return "the remittances"

    @insurance.get("/insurance/claims/<uuid:claim_id>")
    @staff_only(*REACH[Area.INSURANCE])
    def claim(claim_id: UUID) -> str:
        return f"the claim {claim_id}"

    @insurance.get("/insurance/patients/<uuid:patient_id>/coverages")
    @staff_only(*REACH[Area.INSURANCE])
    def patient_coverages(patient_id: UUID) -> str:
        return f"the plans of {patient_id}"

    sync.add_url_rule("/insurance/sync", "index", staff_only(Role.POSTER)(lambda: "the books"))
    return (
        insurance,
        sync,
        phone,
        books,
        charges,
        collections,
        portal.plans.staff.blueprint.staff_plans,
        counter,
        credits_pages,
        disputes,
        refunds,
    )
