"""Statements of somebody with a payment plan: what it covers is told apart, and never asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from portal.db import Database, Principal
from portal.domain.explanation_text import sum_rows, tell_sum, tell_visit
from portal.domain.journal import Target
from portal.domain.statement import SkipReason, StatementDocument, StatementState
from portal.domain.statement_document import DOCUMENT_VERSION, from_json, to_json
from portal.ledger.checks import checks
from portal.statements.checks import checks as statement_checks
from tests.plans.standing_plans import end_plan, make_plan
from tests.statements.builders import COPAY, Decided, hold_account
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn, Show
from tests.statements.reading import documents

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class House:
    """Ana's, with what happens to her account."""

    database: Database
    job: Principal
    family: Family
    bill: Bill
    pay_in: PayIn
    issue: Issue
    show: Show

    def plan(self, lines: Mapping[Target, int]) -> UUID:
        """Over these lines, in payments of April 3, May 3, June 3 and July 3."""
        return make_plan(self.database, self.job.practice_id, self.family.guarantor_id, lines)

    def end(self, plan_id: UUID) -> None:
        end_plan(self.database, self.job.practice_id, plan_id, now=NOW)

    def documents(self) -> list[StatementDocument]:
        return documents(self.database, self.job)

    def findings(self) -> list[str]:
        with self.database.transaction(self.job) as session:
            return [one.message for one in (*checks(session), *statement_checks(session))]


@pytest.fixture
def house(request: pytest.FixtureRequest) -> House:
    return House(**{one.name: request.getfixturevalue(one.name) for one in fields(House)})


def at(day: date) -> datetime:
    return NOW + (day - TODAY)


# Issuing


def test_what_a_plan_covers_is_beside_the_amount_due(house: House) -> None:
    mine = house.bill()
    mateos = house.bill(patient_id=house.family.mateo_id, claim_number="C-2", lines=(X_RAY, *COPAY))
    plan_id = house.plan({mateos.target(1): 8_400, mateos.target(2): 4_000})
    report = house.issue()
    assert (report.issued, report.amount_due_cents) == (1, 4_000)
    (document,) = house.documents()
    assert [visit.claim_id for visit in document.visits] == [mine.claim_id]
    (block,) = document.payment_plans
    assert (block.plan_id, block.paid_cents, block.left_cents) == (plan_id, 0, 12_400)
    assert (block.next_on, block.next_cents, block.past_due_cents) == (date(2026, 4, 3), 3_100, 0)
    (visit,) = block.visits
    assert (visit.patient_first_name, visit.left_cents) == ("Mateo", 12_400)
    assert visit.service_kinds == ("imaging", "office_visit")
    assert not document.pending
    assert house.findings() == []


def test_a_visit_of_which_one_line_is_covered_asks_for_the_other(house: House) -> None:
    made = house.bill(patient_id=house.family.mateo_id, lines=(X_RAY, *COPAY))
    house.plan({made.target(1): 8_400})
    assert house.issue().amount_due_cents == 4_000
    (document,) = house.documents()
    (visit,) = document.visits
    x_ray, copay = visit.lines
    assert (x_ray.figures.on_payment_plan_cents, x_ray.figures.you_owe_cents) == (8_400, 0)
    assert (copay.figures.on_payment_plan_cents, copay.figures.you_owe_cents) == (0, 4_000)
    told = tell_visit(visit, "en", billed_on=TODAY).lines
    assert "Your payment plan covers this." in told[0].points[0].text
    assert "payment plan" not in told[1].points[0].text
    rows = sum_rows(document, "en")
    assert ("On your payment plan", -8_400) in [(row.label, row.cents) for row in rows]
    assert sum(row.cents for row in rows) == 4_000
    assert "Your payment plan covers $84.00." in tell_sum(document, "en")
    assert "Su plan de pagos cubre $84.00." in tell_sum(document, "es")


def test_part_of_a_line_may_be_beside_its_plan(house: House) -> None:
    """Money was on its way for the rest when the plan began, and did not come."""
    made = house.bill()
    house.plan({made.target(): 2_500})
    assert house.issue().amount_due_cents == 1_500
    (document,) = house.documents()
    (line,) = document.visits[0].lines
    told = tell_visit(document.visits[0], "en", billed_on=TODAY).lines[0].points[0].text
    assert (line.figures.on_payment_plan_cents, line.figures.you_owe_cents) == (2_500, 1_500)
    assert "covers $25.00 of it. Only the rest is asked for here." in told


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_who_has_only_covered_lines_gets_no_statement(house: House, *, is_dry_run: bool) -> None:
    made = house.bill()
    house.plan({made.target(): 4_000})
    report = house.issue(dry_run=is_dry_run)
    assert (report.issued, dict(report.skipped)) == (0, {SkipReason.ON_PLAN: 1})
    assert report.as_json()["skipped"] == {"on_plan": 1}
    assert house.documents() == []


def test_a_plan_that_ended_is_asked_for_again(house: House) -> None:
    plan_id = house.plan({house.bill().target(): 4_000})
    house.end(plan_id)
    assert house.issue().amount_due_cents == 4_000


def test_what_was_paid_to_a_plan_since_the_day_of_a_statement_is_not_asked_for(
    house: House,
) -> None:
    """The statement is as of yesterday, and its plan got money today."""
    house.bill()
    covered = house.bill(claim_number="C-2")
    house.plan({covered.target(): 4_000})
    house.pay_in(puts=[(covered.target(), 1_000)], on=TODAY + A_DAY, at=at(TODAY + A_DAY))
    assert house.issue(as_of=TODAY, now=at(TODAY + 2 * A_DAY)).amount_due_cents == 4_000
    (document,) = house.documents()
    assert [visit.claim_number for visit in document.visits] == ["C-1001"]
    assert document.payment_plans[0].left_cents == 3_000


# From one statement to the next


def test_what_a_plan_took_over_of_a_statement_is_told_on_the_next(house: House) -> None:
    house.bill()
    covered = house.bill(claim_number="C-2", lines=(X_RAY,))
    house.issue()
    house.plan({covered.target(): 8_400})
    house.pay_in(puts=[(covered.target(), 2_100)], on=TODAY + A_DAY, at=at(TODAY + A_DAY))
    later = TODAY + 30 * A_DAY
    house.issue(as_of=later, now=at(later))
    document = house.documents()[-1]
    assert (document.previous_amount_due_cents, document.amount_due_cents) == (12_400, 4_000)
    assert (document.payments_since_cents, document.moved_to_plans_cents) == (0, 8_400)
    assert (document.payment_plans[0].paid_cents, document.payment_plans[0].left_cents) == (
        2_100,
        6_300,
    )
    house.pay_in(
        puts=[(covered.target(), 2_100)], on=later + A_DAY, at=at(later + A_DAY)
    )  # the plan's, and no statement's
    latest = later + 30 * A_DAY
    house.issue(as_of=latest, now=at(latest))
    document = house.documents()[-1]
    assert (document.payments_since_cents, document.moved_to_plans_cents) == (0, 0)
    assert (document.previous_amount_due_cents, document.amount_due_cents) == (4_000, 4_000)
    assert house.findings() == []


def test_what_was_paid_on_a_line_before_its_plan_began_is_a_payment_of_the_statement(
    house: House,
) -> None:
    house.bill()
    covered = house.bill(claim_number="C-2", lines=(X_RAY,))
    house.issue()
    house.pay_in(puts=[(covered.target(), 2_400)], on=TODAY + A_DAY, at=at(TODAY + A_DAY))
    house.plan({covered.target(): 6_000})
    house.pay_in(puts=[(covered.target(), 1_500)], on=TODAY + 2 * A_DAY, at=at(TODAY + 2 * A_DAY))
    later = TODAY + 30 * A_DAY
    house.issue(as_of=later, now=at(later))
    document = house.documents()[-1]
    assert (document.payments_since_cents, document.moved_to_plans_cents) == (2_400, 6_000)


# The document


def test_documents_are_read_as_they_were_issued_before_plans_and_since(house: House) -> None:
    house.bill()
    house.plan({house.bill(claim_number="C-2").target(): 4_000})
    house.issue()
    (document,) = house.documents()
    assert from_json(to_json(document), version=DOCUMENT_VERSION) == document
    before = to_json(document)
    del before["payment_plans"], before["moved_to_plans_cents"]
    for visit in before["visits"]:
        for line in visit["lines"]:
            del line["figures"]["on_payment_plan_cents"]
    read = from_json(before, version=2)
    assert (read.visits, read.payment_plans) == (document.visits, ())


# The page of a statement that was issued before its lines came under a plan


def test_an_older_statement_asks_only_for_the_rest(house: House) -> None:
    kept = house.bill()
    covered = house.bill(claim_number="C-2", lines=(X_RAY,))
    (statement_id,) = house.issue().statement_ids
    plan_id = house.plan({covered.target(): 8_400})
    page = house.show(statement_id)
    assert (page.state, page.due_now_cents, page.on_plans_cents) == (
        StatementState.DUE,
        4_000,
        8_400,
    )
    (now,) = page.plans
    assert (now.plan_id, now.covers_cents, now.next_cents) == (plan_id, 8_400, 2_100)
    assert page.is_on_plan(covered.claim_id, covered.charge_ids[0])
    assert page.is_on_plan(covered.claim_id, None)
    assert not page.is_on_plan(kept.claim_id, None)
    assert page.document.payment_plans == ()


def test_a_statement_that_is_all_on_a_plan_has_a_state_of_its_own(house: House) -> None:
    made = house.bill()
    (statement_id,) = house.issue().statement_ids
    plan_id = house.plan({made.target(): 4_000})
    page = house.show(statement_id)
    assert (page.state, page.can_pay, page.on_plans_cents) == (StatementState.ON_PLAN, False, 4_000)
    house.pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW + timedelta(hours=1))
    page = house.show(statement_id)
    assert (page.on_plans_cents, page.paid_since_issue) == (3_000, ((TODAY, 1_000),))
    house.pay_in(puts=[(made.target(), 3_000)], on=TODAY, at=NOW + timedelta(hours=2))
    assert house.show(statement_id).state is StatementState.PAID
    house.end(plan_id)
    assert house.show(statement_id).plans == ()


def test_money_for_a_plan_is_not_told_on_a_statement_that_never_asked_for_its_lines(
    house: House,
) -> None:
    house.bill()
    covered = house.bill(claim_number="C-2", lines=(X_RAY,))
    house.plan({covered.target(): 8_400})
    (statement_id,) = house.issue().statement_ids
    house.pay_in(puts=[(covered.target(), 2_100)], on=TODAY, at=NOW + timedelta(hours=1))
    page = house.show(statement_id)
    assert (page.paid_since_issue, page.due_now_cents, page.on_plans_cents) == ((), 4_000, 0)


def test_a_hold_of_the_account_comes_before_its_plan(house: House) -> None:
    made = house.bill()
    (statement_id,) = house.issue().statement_ids
    house.plan({made.target(): 4_000})
    hold_account(house.database, house.job.practice_id, guarantor_id=house.family.guarantor_id)
    assert house.show(statement_id).state is StatementState.ON_HOLD
