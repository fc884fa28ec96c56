"""What a statement shows now: the frozen document beside payments, credits and changes since."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.audit.models import AuditEvent
from portal.db import Database, Principal, new_id
from portal.domain import posting_rules
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion
from portal.domain.reasons.catalogue import reason_text
from portal.domain.statement import StatementState
from portal.ledger.journal import post
from portal.ledger.models import Commitment
from portal.payments.scheduled.views import scheduled_of_statement
from portal.statements.due import StatementDue
from portal.statements.page import statement_page
from portal.statements.queries import statement_due, statement_patient_ids, statement_rows
from portal.statements.service import (
    StatementNotFoundError,
    find_statement,
    view_statement,
    void_statement,
)
from tests.builders import make_guarantor, make_patient, make_practice
from tests.statements.builders import (
    COPAY,
    POSTED_AT,
    UNAPPLIED,
    Decided,
    hold_account,
    take_share_back,
)
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn, Show

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
SOON = NOW + timedelta(hours=1)


def due_of(database: Database, job: Principal, statement_id: UUID) -> StatementDue:
    with database.transaction(job) as session:
        due = statement_due(session, statement_id)
    assert due is not None
    return due


def ana(practice_id: UUID, family: Family) -> Principal:
    return Principal.link(practice_id, guarantor_id=family.guarantor_id, link_id=new_id())


def test_a_new_statement_asks_for_what_it_says(bill: Bill, issue: Issue, show: Show) -> None:
    bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    page = show(statement_id)
    assert page.state is StatementState.DUE
    assert page.due_now_cents == page.document.amount_due_cents == 12_400
    assert page.can_pay
    assert not page.past_due
    assert page.paid_since_issue == ()
    assert page.practice.name == "Riverbend Family Health"


def test_a_statement_asks_for_nothing_while_the_account_is_on_hold(
    *,
    database: Database,
    job: Principal,
    practice_id: UUID,
    family: Family,
    bill: Bill,
    issue: Issue,
    show: Show,
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    hold_account(database, practice_id, guarantor_id=family.guarantor_id, kind="bankruptcy")
    page = show(statement_id)
    assert page.state is StatementState.ON_HOLD
    assert (page.due_now_cents, page.can_pay, page.past_due) == (0, False, False)
    assert due_of(database, job, statement_id).due_now_cents == 0  # what payments may ask for


def test_a_statement_is_past_due_the_day_after_its_due_day(
    bill: Bill, issue: Issue, show: Show
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    assert not show(statement_id, today=TODAY + timedelta(days=25)).past_due
    assert show(statement_id, today=TODAY + timedelta(days=26)).past_due


def test_a_payment_of_the_same_day_after_issue_lowers_what_is_due(
    bill: Bill, pay_in: PayIn, issue: Issue, show: Show
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(2), 5_000)], on=TODAY, at=SOON)
    page = show(statement_id)
    assert page.paid_since_issue == ((TODAY, 5_000),)
    assert page.due_now_cents == 7_400
    assert page.document.amount_due_cents == 12_400


def test_what_was_paid_before_it_was_issued_is_not_shown_again(
    bill: Bill, pay_in: PayIn, issue: Issue, show: Show
) -> None:
    made = bill()
    pay_in(puts=[(made.target(), 1_000)], on=date(2026, 3, 4), at=POSTED_AT + timedelta(days=2))
    (statement_id,) = issue().statement_ids
    page = show(statement_id)
    assert page.paid_since_issue == ()
    assert page.document.figures.you_paid_cents == 1_000


def test_a_statement_that_is_paid_says_so(
    bill: Bill, pay_in: PayIn, issue: Issue, show: Show
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=SOON)
    page = show(statement_id, today=date(2026, 6, 1))
    assert (page.state, page.due_now_cents) == (StatementState.PAID, 0)
    assert not page.past_due
    assert not page.can_pay


def test_who_paid_too_much_has_a_credit(
    bill: Bill, pay_in: PayIn, issue: Issue, show: Show
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 4_000), (UNAPPLIED, 1_000)], on=TODAY, at=SOON)
    page = show(statement_id)
    assert (page.state, page.credit_cents) == (StatementState.CREDIT, 1_000)
    assert page.paid_since_issue == ((TODAY, 5_000),)


@pytest.mark.parametrize(("on_the_way", "due_now"), [(1_500, 2_500), (9_999, 0)])
def test_money_on_its_way_is_not_asked_for(
    *,
    database: Database,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
    show: Show,
    on_the_way: int,
    due_now: int,
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        session.execute(
            insert(Commitment).values(
                practice_id=job.practice_id,
                commitment_id=new_id(),
                guarantor_id=family.guarantor_id,
                subject_id=new_id(),
                amount_cents=on_the_way,
                made_at=SOON,
            )
        )
    page = show(statement_id)
    assert page.due_now_cents == due_now
    assert page.on_the_way_cents == 4_000 - due_now
    assert page.state is StatementState.DUE
    assert page.can_pay is (due_now > 0)


def test_a_share_released_since_waits_for_the_next_statement(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    first = bill()
    (statement_id,) = issue().statement_ids
    bill(claim_number="C-2", lines=(X_RAY,))
    due = due_of(database, job, statement_id)
    assert due.due_now_cents == 4_000
    assert [(share.claim_id, share.charge_id) for share in due.shares] == [
        (first.claim_id, first.charge_ids[0])
    ]


def test_a_share_that_grew_stays_at_what_was_asked(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    made = bill(lines=(*COPAY, Decided("85025", 3_000, 0, (("CO", "50", 3_000),))))
    (statement_id,) = issue().statement_ids
    more = [ShareMove(made.charge_ids[1], receivable_cents=3_000)]
    with database.transaction(job) as session:
        entry = posting_rules.share_superseded(
            ClaimOccasion(made.claim_id, family.guarantor_id, TODAY), cause_id=new_id(), share=more
        )
        assert entry is not None
        post(session, entry, now=SOON)
    assert due_of(database, job, statement_id).due_now_cents == 4_000


def test_a_share_that_insurance_took_back_is_not_asked_for(
    *, database: Database, job: Principal, family: Family, bill: Bill, issue: Issue, show: Show
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        take_share_back(session, ClaimOccasion(made.claim_id, family.guarantor_id, TODAY), made)
    page = show(statement_id)
    assert (page.state, page.due_now_cents) == (StatementState.PAID, 0)
    assert page.document.amount_due_cents == 4_000


def test_credit_is_shown_while_something_is_due_and_not_taken_off(
    bill: Bill, pay_in: PayIn, issue: Issue, show: Show
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(UNAPPLIED, 1_000)], on=TODAY, at=SOON)
    page = show(statement_id)
    assert (page.state, page.due_now_cents) == (StatementState.DUE, 4_000)
    assert page.credit_cents == 1_000


def test_nothing_due_because_insurance_decides_again_is_not_paid(
    *,
    database: Database,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
    show: Show,
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    assert not show(statement_id).is_being_decided
    with database.transaction(job) as session:
        occasion = ClaimOccasion(made.claim_id, family.guarantor_id, TODAY)
        held = [ShareMove(made.charge_ids[0], receivable_cents=-4_000, pending_cents=4_000)]
        entry = posting_rules.share_held(occasion, cause_id=new_id(), share=held)
        assert entry is not None
        post(session, entry, now=NOW)
        (row,) = statement_rows(session, family.guarantor_id)
    page = show(statement_id)
    assert (page.due_now_cents, page.is_being_decided, row.waits_for) == (0, True, "deciding_again")


def test_a_voided_statement_asks_for_nothing(
    database: Database, job: Principal, bill: Bill, issue: Issue, show: Show
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    void_statement(database, job, statement_id, reason="wrong", now=SOON, request_id="r")
    page = show(statement_id)
    assert (page.state, page.due_now_cents) == (StatementState.VOIDED, 0)
    assert not page.can_pay
    due = due_of(database, job, statement_id)
    assert due.voided
    assert due.shares == ()


def test_nothing_can_be_voided_that_is_not_there(database: Database, job: Principal) -> None:
    with pytest.raises(StatementNotFoundError):
        void_statement(database, job, new_id(), reason="?", now=NOW, request_id="r")


def test_its_own_guarantor_sees_it_and_nobody_else_does(
    database: Database, practice_id: UUID, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    other = make_guarantor(database, practice_id, account_number="A-2")
    elsewhere = make_practice(database, slug="northside")
    strangers = [
        Principal.link(practice_id, guarantor_id=other, link_id=new_id()),
        Principal.patient(practice_id, guarantor_id=other, actor_id=new_id()),
        Principal.anonymous(practice_id),
        Principal.job(elsewhere, role="test"),
    ]
    for stranger in strangers:
        assert statement_page(database, stranger, statement_id, today=TODAY) is None
        with database.transaction(stranger) as session:
            assert statement_due(session, statement_id) is None
        with pytest.raises(StatementNotFoundError):
            view_statement(
                database,
                stranger,
                statement_id,
                scheduled_of_statement=scheduled_of_statement,
                now=NOW,
                request_id="r",
            )
        with pytest.raises(StatementNotFoundError):
            find_statement(database, stranger, statement_id)
    own = statement_page(database, ana(practice_id, family), statement_id, today=TODAY)
    assert own is not None
    assert own.due_now_cents == 4_000


def test_every_view_is_in_the_audit_log(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    reader = ana(practice_id, family)
    view_statement(
        database,
        reader,
        statement_id,
        scheduled_of_statement=scheduled_of_statement,
        now=SOON,
        request_id="request-1",
    )
    with database.transaction(job) as session:
        issued, row = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.practice_id == practice_id)
            .order_by(AuditEvent.event_id)
        )
    assert (issued.actor_kind, issued.action, issued.object_id) == ("job", "issue", statement_id)
    assert (row.actor_kind, row.actor_id) == ("link", reader.actor_id)
    assert (row.action, row.object_kind, row.object_id) == ("view", "statement", statement_id)
    assert (row.guarantor_id, row.request_id) == (family.guarantor_id, "request-1")


def test_every_reason_on_a_statement_has_words_in_both_languages(
    bill: Bill, issue: Issue, show: Show
) -> None:
    strange = Decided("80053", 5_000, 0, (("PR", "ZZ9", 5_000),))
    bill(lines=(*COPAY, X_RAY, strange))
    (statement_id,) = issue().statement_ids
    (visit,) = show(statement_id).document.visits
    reasons = [share.reason for line in visit.lines for share in line.shares]
    assert reasons == ["3", "1", "ZZ9"]
    assert [reason_text(reason, "es").heading for reason in reasons] == [
        "Este es su copago.",
        "Este es su deducible.",
        "Su seguro dice que esta parte es suya.",
    ]


def test_the_patients_on_a_statement_are_known(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
) -> None:
    bill(patient_id=family.mateo_id)
    make_patient(database, practice_id, guarantor_id=family.guarantor_id, first_name="Luz")
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        assert statement_patient_ids(session, statement_id) == (family.mateo_id,)


def test_the_list_of_statements_has_the_newest_first_and_how_each_stands(
    *, database: Database, job: Principal, family: Family, bill: Bill, pay_in: PayIn, issue: Issue
) -> None:
    made = bill()
    issue()
    pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=SOON)
    bill(claim_number="C-2", lines=(X_RAY,))
    later = timedelta(days=28)
    issue(as_of=TODAY + later, now=NOW + later)
    with database.transaction(job) as session:
        rows = statement_rows(session, family.guarantor_id)
    assert [(row.number, row.state, row.amount_due_cents) for row in rows] == [
        ("10002", StatementState.DUE, 8_400),
        ("10001", StatementState.PAID, 4_000),
    ]
    assert rows[1].issued_on == TODAY
