"""Who gets no statement, and why."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.db import Database, Principal, new_id
from portal.domain import payer_postings
from portal.domain.paper_delivery import DeliveryKind
from portal.domain.posting_rules import ClaimOccasion
from portal.domain.statement import SkipReason
from portal.ledger.journal import post
from portal.practice.import_lock import announce_import
from portal.practice.models import Guarantor, Task
from portal.statements.delivery.service import Occasion, choose
from portal.statements.service import FutureDayError, issue_statements
from tests.builders import make_guarantor, make_practice
from tests.statements.builders import (
    POSTED_AT,
    Decided,
    hold_account,
    take_share_back,
)
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn
from tests.statements.reading import documents, tasks

DENIED = Decided("85025", 3_000, 0, (("CO", "50", 3_000),))
A_DAY = timedelta(days=1)


def test_the_same_day_again_issues_nothing(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    issue()
    again = issue()
    assert (again.issued, dict(again.skipped)) == (0, {SkipReason.ALREADY_ISSUED: 1})
    assert len(documents(database, job)) == 1


def test_a_visit_that_was_denied_altogether_is_not_asked_for(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill(lines=(DENIED,))
    assert issue().issued == 0
    assert documents(database, job) == []


@pytest.mark.parametrize(("paid_cents", "reason"), [(100, SkipReason.PAID_TODAY), (4_000, None)])
def test_nobody_who_paid_today_is_asked_today(
    bill: Bill, pay_in: PayIn, issue: Issue, paid_cents: int, reason: SkipReason | None
) -> None:
    made = bill()
    pay_in(
        puts=[(made.target(), paid_cents)],
        on=TODAY,
        at=NOW,
    )
    report = issue()
    assert report.issued == 0
    assert dict(report.skipped) == ({reason: 1} if reason else {})


def test_what_was_paid_after_the_day_is_not_asked_for_again(
    bill: Bill, pay_in: PayIn, issue: Issue
) -> None:
    made = bill()
    pay_in(
        puts=[(made.target(), 3_600)],
        on=date(2026, 3, 6),
        at=NOW - 3 * A_DAY,
    )
    report = issue(as_of=date(2026, 3, 5))
    assert dict(report.skipped) == {SkipReason.BELOW_MINIMUM: 1}


def test_less_than_five_dollars_waits(bill: Bill, issue: Issue) -> None:
    small = Decided("99213", 1_000, 501, (("PR", "3", 499),))
    bill(
        lines=(small,),
    )
    assert dict(issue().skipped) == {SkipReason.BELOW_MINIMUM: 1}


def test_a_statement_for_a_day_before_the_last_one_is_not_issued(bill: Bill, issue: Issue) -> None:
    bill()
    issue()
    late = issue(as_of=date(2026, 3, 5), now=NOW + 60 * A_DAY)
    assert dict(late.skipped) == {SkipReason.TOO_SOON: 1}


def test_a_hold_on_the_account_stops_its_statement(
    database: Database, practice_id: UUID, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    hold_account(database, practice_id, guarantor_id=family.guarantor_id)
    assert dict(issue().skipped) == {SkipReason.ACCOUNT_HOLD: 1}


@pytest.mark.parametrize(
    ("change", "issued"),
    [
        ({"email": None}, 0),
        ({"email_agreed_at": None}, 0),
        ({"email": None, "address_line": "48 Alder Court", "city": "Easton"}, 0),
        (
            {
                "email": None,
                "address_line": "48 Alder Court",
                "city": "Easton",
                "state": "OR",
                "postal_code": "97399",
            },
            1,
        ),
    ],
)
def test_a_statement_needs_a_way_to_arrive(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    bill: Bill,
    issue: Issue,
    change: dict[str, str | None],
    issued: int,
) -> None:
    bill()
    with database.transaction(job) as session:
        session.execute(
            update(Guarantor).where(Guarantor.practice_id == practice_id).values(**change)
        )
    report = issue()
    assert report.issued == issued
    assert report.skipped.get(SkipReason.NO_DELIVERY, 0) == 1 - issued


def test_an_e_mail_address_that_somebody_turned_off_is_no_way_to_arrive(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    """And where no letter can go either, staff are asked for the address at once."""
    bill()
    chooses = Occasion(job, family.guarantor_id, NOW, "test")
    choose(database, chooses, DeliveryKind.CHOSE_PAPER)
    assert dict(issue().skipped) == {SkipReason.NO_DELIVERY: 1}
    with database.transaction(job) as session:
        tasks = session.scalars(select(Task.kind).where(Task.subject_id == family.guarantor_id))
        assert set(tasks) == {"letter_without_address"}


def test_nothing_is_issued_while_a_file_is_imported(
    database: Database, practice_id: UUID, bill: Bill, issue: Issue
) -> None:
    bill()
    with database.loader_transaction(practice_id) as loader:
        announce_import(loader.connection, practice_id)
        assert dict(issue().skipped) == {SkipReason.IMPORT_RUNNING: 1}
    assert issue().issued == 1


def test_an_import_into_another_practice_stops_nothing(
    database: Database, bill: Bill, issue: Issue
) -> None:
    bill()
    other = make_practice(database, slug="northside")
    with database.loader_transaction(other) as loader:
        announce_import(loader.connection, other)
        assert issue().issued == 1


def test_what_does_not_add_up_is_not_issued_and_staff_are_told(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    made = bill()
    with database.transaction(job) as session:
        occasion = ClaimOccasion(made.claim_id, family.guarantor_id, date(2026, 3, 3))
        entry = payer_postings.remittance_posted(occasion, adjudication_id=new_id(), paid_cents=500)
        post(session, entry, now=POSTED_AT)
    assert dict(issue(dry_run=True).skipped) == {SkipReason.DOES_NOT_ADD_UP: 1}
    assert tasks(database, job) == []
    assert dict(issue().skipped) == {SkipReason.DOES_NOT_ADD_UP: 1}
    assert documents(database, job) == []
    assert tasks(database, job) == [
        (
            "statement_does_not_add_up",
            family.guarantor_id,
            (
                "No statement was issued: claim C-1001: payers' payments: decided $40.00, "
                "in the ledger $45.00."
            ),
        )
    ]


def test_what_a_guarantor_owes_beyond_their_claims_is_looked_at_first(
    database: Database, practice_id: UUID, job: Principal, bill: Bill, issue: Issue
) -> None:
    made = bill()
    stranger = make_guarantor(database, practice_id, account_number="A-2")
    with database.transaction(job) as session:
        occasion = ClaimOccasion(made.claim_id, stranger, date(2026, 3, 3))
        take_share_back(session, occasion, made)
    report = issue()
    assert report.issued == 0
    assert dict(report.skipped) == {SkipReason.DOES_NOT_ADD_UP: 2}


def test_a_claim_on_which_the_patient_has_credit_is_looked_at_first(
    database: Database, job: Principal, bill: Bill, pay_in: PayIn, issue: Issue
) -> None:
    for number in ("C-1", "C-2"):
        made = bill(
            claim_number=number,
        )
    pay_in(
        puts=[(made.target(), 5_000)],
        on=date(2026, 3, 4),
        at=NOW - 5 * A_DAY,
    )
    assert dict(issue().skipped) == {SkipReason.DOES_NOT_ADD_UP: 1}
    assert "C-2" in tasks(database, job)[0][2]


def test_a_day_that_has_not_begun_at_the_practice_is_refused(issue: Issue) -> None:
    with pytest.raises(FutureDayError, match="2026-03-10"):
        issue(as_of=date(2026, 3, 10))
    # It is still the ninth in Oregon when it is the tenth in London.
    with pytest.raises(FutureDayError):
        issue(as_of=date(2026, 3, 10), now=datetime(2026, 3, 10, 5, 0, tzinfo=UTC))


def test_another_practice_is_left_alone(database: Database, job: Principal, bill: Bill) -> None:
    bill()
    other = make_practice(database, slug="northside")
    report = issue_statements(database, other, as_of=TODAY, now=NOW, dry_run=False)
    assert (report.issued, dict(report.skipped)) == (0, {})
    assert documents(database, job) == []
