"""The desk and payment plans: it sees what the patient sees, and asks for no more."""

from uuid import UUID

import pytest

from portal.auth.link_tokens import LinkTokens
from portal.auth.staff import NewStaff
from portal.db import Database, Principal
from portal.desk.queries import read_person
from portal.desk.service import send_link
from tests.auth.billed import NOW
from tests.auth.running import Browser
from tests.desk.conftest import Household
from tests.plans.standing_plans import make_plan


@pytest.fixture
def plan_id(database: Database, ana: Household) -> UUID:
    """Over all that Ana's statement asks for."""
    lines = {
        ana.claim.target(number): line.share_cents
        for number, line in enumerate(ana.claim.lines, start=1)
    }
    return make_plan(database, ana.practice_id, ana.guarantor_id, lines)


def test_what_a_plan_covers_is_not_owed_now(
    database: Database, ana: Household, job: Principal, plan_id: UUID
) -> None:
    with database.transaction(job) as session:
        found = read_person(session, ana.guarantor_id, now=NOW)
    assert found is not None
    page, sendable = found
    assert (page.due_now_cents, page.on_plans_cents) == (0, 4_000)
    assert page.statements[0].state == "on_plan"
    assert sendable is not None
    assert not sendable.refusals


def test_a_link_to_a_statement_on_a_plan_can_be_sent(
    database: Database, ana: Household, jo: NewStaff, tokens: LinkTokens, plan_id: UUID
) -> None:
    """It leads to the plan."""
    principal = Principal.staff(ana.practice_id, staff_id=jo.staff_id, role="front_desk")
    sent = send_link(
        database, principal, ana.statement_id, tokens=tokens, now=NOW, request_id="test"
    )
    assert sent.refusals == ()


def test_the_preview_says_that_a_plan_covers_it(
    clerk: Browser, ana: Household, plan_id: UUID
) -> None:
    shown = clerk.get(f"/desk/statements/{ana.statement_id}").text
    for words in ("On your payment plan", "There is nothing to pay here.", "See your payment plan"):
        assert words in shown
    assert f"/plans/{plan_id}" not in shown
    assert "On a payment plan" in clerk.get(f"/desk/people/{ana.guarantor_id}").text
