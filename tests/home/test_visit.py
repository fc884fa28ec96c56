"""What the page of one visit says is owed, by whom it is asked for, and that its rows add up."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask, render_template

from portal.db import Database, Principal, new_id
from portal.domain.explanation_text import tell_visit
from portal.home.visits import VisitPage, VisitState, read_visit
from portal.ledger.models import Commitment
from tests.home.accounts import Account
from tests.home.conftest import Enter
from tests.home.lives import A_MINUTE, MOST_CENTS, Life
from tests.plans.standing_plans import make_plan
from tests.statements.builders import COPAY, Decided, hold_account, place_with_agency
from tests.statements.conftest import NOW, TODAY, Bill, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))


def page_of(account: Account, claim_id: UUID) -> VisitPage:
    with account.database.transaction(account.principal) as session:
        return read_visit(session, claim_id, now=NOW)


def adds_up(page: VisitPage) -> bool:
    """The visit's rows, and those of each of its lines, end at what is left to pay."""
    assert page.visit is not None
    told = tell_visit(page.visit, "en", billed_on=TODAY)
    lines = [sum(row.cents for row in line.rows) == line.owed_cents for line in told.lines]
    return all(lines) and sum(row.cents for row in told.rows) == page.visit.figures.you_owe_cents


def coming(account: Account, cents: int) -> None:
    """A bank is at work on it."""
    job = Principal.job(account.practice_id, role="test")
    with account.database.transaction(job) as session:
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


def test_a_visit_that_an_agency_asks_for_says_who_and_how_much(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    issue()
    place_with_agency(
        database,
        account.practice_id,
        {made.target(1): 4_000, made.target(2): 8_400},
        guarantor_id=account.guarantor_id,
        on=TODAY,
    )
    page = page_of(account, made.claim_id)
    assert page.visit is not None
    assert page.state is VisitState.PLACED
    assert [(one.agency_name, one.cents) for one in page.agencies] == [("Harbor Recovery", 12_400)]
    assert page.visit.figures.placed_cents == 12_400
    assert adds_up(page)


def test_an_agency_may_ask_for_one_line_and_we_for_the_other(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    issue()
    place_with_agency(
        database,
        account.practice_id,
        {made.target(2): 8_400},
        guarantor_id=account.guarantor_id,
        on=TODAY,
    )
    page = page_of(account, made.claim_id)
    assert page.visit is not None
    assert (page.state, page.due_cents) == (VisitState.OWED, 4_000)
    assert page.visit.figures.placed_cents == 8_400
    assert adds_up(page)


def test_a_statement_of_a_visit_of_which_a_line_is_with_an_agency_adds_up(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    place_with_agency(
        database,
        account.practice_id,
        {made.target(2): 8_400},
        guarantor_id=account.guarantor_id,
        on=TODAY,
    )
    report = issue()
    assert (report.issued, report.amount_due_cents) == (1, 4_000)


def test_a_visit_of_an_account_on_hold_is_not_said_to_come_with_a_statement(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill()
    issue()
    hold_account(database, account.practice_id, guarantor_id=account.guarantor_id)
    assert page_of(account, made.claim_id).state is VisitState.ON_HOLD


def test_what_a_bank_is_at_work_on_is_not_to_be_paid_again(
    account: Account, bill: Bill, issue: Issue
) -> None:
    made = bill()
    issue()
    coming(account, 4_000)
    page = page_of(account, made.claim_id)
    assert (page.state, page.on_the_way_cents) == (VisitState.ON_ITS_WAY, 4_000)
    assert page.expected_on is not None


def test_a_part_on_its_way_leaves_the_rest_to_pay(
    account: Account, bill: Bill, issue: Issue
) -> None:
    made = bill()
    issue()
    coming(account, 1_500)
    page = page_of(account, made.claim_id)
    assert (page.state, page.on_the_way_cents) == (VisitState.OWED, 1_500)


def test_a_share_that_no_statement_has_asked_for_waits_for_the_next(
    account: Account, bill: Bill
) -> None:
    made = bill()
    page = page_of(account, made.claim_id)
    assert (page.state, page.not_asked_cents) == (VisitState.NOT_ASKED, 4_000)


def test_a_share_that_grew_is_named_whole_and_where_each_part_is_asked_for(
    life: Life, issue: Issue, enter: Enter
) -> None:
    """The amount above the sentences is what they and the table add up to."""
    life.unfinished_visit()
    (made,) = life.undecided
    (statement_id,) = issue().statement_ids
    life.now += A_MINUTE
    life.decided_again(made, MOST_CENTS)
    page = page_of(life.account, made.claim_id)
    assert (page.state, page.due_cents, page.not_asked_cents) == (VisitState.OWED, 8_400, 4_000)
    written = enter(statement_id).get(f"/visits/{made.claim_id}").text
    seen = " ".join(re.sub("<[^>]+>", " ", written).split())
    assert "You owe for this visit" not in seen
    assert "Left to pay $124.00" in seen
    assert "Your newest statement asks for $84.00 of it." in seen
    assert "$40.00 of it comes with your next statement." in seen


def test_a_plan_asks_for_it_whatever_a_statement_says(
    account: Account, database: Database, bill: Bill, issue: Issue
) -> None:
    made = bill()
    issue()
    make_plan(database, account.practice_id, account.guarantor_id, {made.target(): 4_000})
    page = page_of(account, made.claim_id)
    assert (page.state, page.due_cents, page.on_plan_cents) == (VisitState.OWED, 0, 4_000)
    assert adds_up(page)


def test_a_paid_visit_owes_nothing(
    account: Account, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=NOW)
    page = page_of(account, made.claim_id)
    assert page.state is VisitState.NOTHING
    assert adds_up(page)


def test_its_page_names_the_agency_and_is_not_all_paid(
    account: Account,
    database: Database,
    bill: Bill,
    issue: Issue,
    enter: Enter,
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    place_with_agency(
        database,
        account.practice_id,
        {made.target(): 4_000},
        guarantor_id=account.guarantor_id,
        on=TODAY,
    )
    seen = enter(statement_id).get(f"/visits/{made.claim_id}").text
    assert "For this visit you owe us now" in seen
    assert "Harbor Recovery asks for" in seen
    assert "With a collection agency" in seen
    assert "Nothing to pay for this visit" not in seen
    assert f"/statements/{statement_id}/itemized.pdf" in seen


@pytest.mark.parametrize(
    ("told_cents", "said"), [(4_000, "and this bill agree"), (2_500, "do not agree")]
)
def test_its_page_says_whether_insurance_and_we_agree(
    account: Account,
    bill: Bill,
    issue: Issue,
    pay_in: PayIn,
    app: Flask,
    *,
    told_cents: int,
    said: str,
) -> None:
    """The share of both is the one before anything was paid."""
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW)
    page = page_of(account, made.claim_id)
    (told,) = page.insurers
    assert told.share_cents == page.share_cents == 4_000
    page = replace(page, insurers=(replace(told, share_cents=told_cents),))
    with app.test_request_context():
        assert said in render_template("home/visit.html", page=page)
