"""What home says: one amount, the same as the page on which it is paid, and why it is that."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.db import Database, Principal, new_id
from portal.domain.journal import Target
from portal.home.activity import ActivityKind
from portal.home.queries import HomeState
from portal.ledger.models import Commitment
from portal.practice.models import Claim, Hold
from portal.statements.service import void_statement
from tests.home.accounts import Account
from tests.plans.standing_plans import make_plan
from tests.statements.builders import COPAY, UNAPPLIED, Decided, hold_account
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)


def coming(database: Database, account: Account, cents: int) -> None:
    """A bank is at work on it."""
    with database.transaction(Principal.job(account.practice_id, role="test")) as session:
        session.add(
            Commitment(
                practice_id=account.practice_id,
                commitment_id=new_id(),
                guarantor_id=account.guarantor_id,
                subject_id=new_id(),
                plan_id=None,
                amount_cents=cents,
                made_at=NOW,
                ended_at=None,
            )
        )


def test_a_new_account_has_nothing_yet(account: Account) -> None:
    page = account.home()
    assert page.state is HomeState.NEW
    assert (page.first_name, page.due_now_cents, page.people, page.activity) == ("Ana", 0, (), ())


def test_what_is_due_is_told_by_person_and_adds_up(
    account: Account, bill: Bill, family: Family, issue: Issue
) -> None:
    bill()
    bill(patient_id=family.mateo_id, claim_number="C-1002", lines=(*COPAY, X_RAY))
    issue()
    page = account.home()
    assert page.state is HomeState.DUE
    assert [(one.first_name, one.visits, one.cents) for one in page.people] == [
        ("Mateo", 1, 12_400),
        ("Ana", 1, 4_000),
    ]
    assert sum(one.cents for one in page.people) == page.due_now_cents == 16_400
    assert page.current is not None
    assert page.asked_cents == page.open_cents
    assert not page.past_due
    assert account.home(now=NOW + A_MONTH).past_due


def test_what_a_bank_is_at_work_on_is_taken_off(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    coming(database, account, 1_500)
    page = account.home()
    assert (page.state, page.due_now_cents, page.on_the_way_cents) == (HomeState.DUE, 2_500, 1_500)
    assert page.expected_on is not None
    coming(database, account, 2_500)
    assert account.home().state is HomeState.ON_ITS_WAY


def test_paying_shows_at_once_and_what_is_too_much_is_a_credit(
    account: Account, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW + A_DAY)
    page = account.home()
    assert (page.due_now_cents, page.asked_cents) == (3_000, 4_000)
    pay_in(puts=[(made.target(), 3_000), (UNAPPLIED, 500)], on=TODAY, at=NOW + A_DAY)
    page = account.home()
    assert (page.state, page.credit_cents, page.due_now_cents) == (HomeState.CREDIT, 500, 0)
    assert [one.cents for one in page.activity if one.kind is ActivityKind.MONEY] == [3_500, 1_000]


def test_all_paid_says_so(account: Account, bill: Bill, issue: Issue, pay_in: PayIn) -> None:
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=NOW + A_DAY)
    assert account.home().state is HomeState.PAID


def test_insurance_that_still_decides_is_told_without_an_amount(
    account: Account, bill: Bill
) -> None:
    bill(held="crossover")
    page = account.home()
    assert (page.state, page.due_now_cents, page.new_cents) == (HomeState.DECIDING, 0, 0)
    (waiting,) = page.pending
    visit = waiting.visit
    assert (visit.patient_first_name, visit.payer_name) == ("Ana", "Blue Horizon")


def test_a_share_no_statement_has_asked_for_is_announced_and_not_due(
    account: Account, bill: Bill
) -> None:
    bill()
    page = account.home()
    assert (page.due_now_cents, page.new_cents, page.can_pay) == (0, 4_000, False)


def test_an_account_on_hold_asks_for_nothing(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    hold_account(database, account.practice_id, guarantor_id=account.guarantor_id)
    page = account.home()
    assert (page.state, page.due_now_cents, page.can_pay) == (HomeState.ON_HOLD, 0, False)


def test_a_plan_shows_how_far_it_is(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill(lines=(X_RAY,))
    issue()
    lines: Mapping[Target, int] = {made.target(): 8_400}
    make_plan(database, account.practice_id, account.guarantor_id, lines)
    page = account.home()
    (plan,) = page.plans
    assert page.state is HomeState.ON_PLAN
    assert (plan.total_cents, plan.paid_cents, plan.left_cents) == (8_400, 0, 8_400)
    assert plan.next_cents == 2_100


def test_a_statement_that_was_taken_back_is_not_the_one_to_pay(
    account: Account, database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    (first,) = issue().statement_ids
    void_statement(database, job, first, reason="wrong", now=NOW, request_id="test")
    page = account.home()
    assert page.current is None
    assert (page.due_now_cents, page.new_cents) == (0, 4_000)


def test_paying_the_newest_pays_also_what_only_an_older_one_asked_for(
    account: Account, database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    """A visit that was held while the newest was issued, and is not any more."""
    held = bill()
    (first,) = issue().statement_ids
    with database.transaction(job) as session:
        hold_id = new_id()
        session.add(
            Hold(
                practice_id=account.practice_id,
                hold_id=hold_id,
                guarantor_id=account.guarantor_id,
                claim_id=held.claim_id,
                kind="disputed",
                reason="asked",
                placed_at=NOW,
                placed_by="test",
            )
        )
    bill(claim_number="C-1002", lines=(X_RAY,), posted_on=TODAY)
    later = NOW + A_MONTH
    (second,) = issue(as_of=later.date(), now=later).statement_ids
    with database.transaction(job) as session:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == account.practice_id, Hold.hold_id == hold_id)
            .values(released_at=later, released_by="test", release_reason="answered")
        )
    page = account.home(now=later)
    assert page.current is not None
    assert page.current.statement_id == second
    assert page.due_now_cents == 4_000 + 8_400 == account.asked_by_the_pay_page(second)
    assert account.asked_by_the_pay_page(first) == page.due_now_cents


def test_who_may_see_only_sums_of_a_visit_is_told_only_whose_and_the_month(
    account: Account, database: Database, job: Principal, bill: Bill, family: Family
) -> None:
    made = bill(patient_id=family.mateo_id, held="crossover")
    with database.transaction(job) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == account.practice_id, Claim.claim_id == made.claim_id)
            .values(is_sensitive=True)
        )
    page = account.home()
    (waiting,) = page.pending
    visit = waiting.visit
    assert (visit.patient_first_name, visit.payer_name, visit.provider_name) == ("Mateo", "", "")
    (decision,) = page.activity
    assert decision.name == ""


@pytest.mark.parametrize("visits", [1, 5, 40])
def test_home_asks_for_the_same_whatever_there_is(
    account: Account, bill: Bill, issue: Issue, visits: int
) -> None:
    made = [bill(claim_number=f"C-{number}") for number in range(visits)]
    (statement_id,) = issue().statement_ids
    page = account.home()
    assert len(made) == visits
    assert page.due_now_cents == visits * 4_000 == account.asked_by_the_pay_page(statement_id)
