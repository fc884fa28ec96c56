"""`ledger check` notices when decisions, claims and journal disagree."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.ledger.journal import post
from portal.practice.models import Charge, Claim, Hold
from portal.remittances.models import Remittance
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim


def pretend(session: Session, claim_id: UUID, debit: LedgerAccount, credit: LedgerAccount) -> None:
    """A balanced entry that no decision explains."""
    target = Target(claim_id)
    legs = (Posting(debit, 100, target), Posting(credit, -100, target))
    entry = JournalEntry(BusinessEvent.SHARE_RESTORED, str(new_id()), TODAY, None, legs)
    post(session, entry, now=NOW)


def more_paid(session: Session, claim_id: UUID) -> None:
    pretend(session, claim_id, LedgerAccount.PAYER_CLEARING, LedgerAccount.PAYER_RECEIVABLE)


def more_written_off(session: Session, claim_id: UUID) -> None:
    pretend(
        session, claim_id, LedgerAccount.CONTRACTUAL_ADJUSTMENTS, LedgerAccount.PAYER_RECEIVABLE
    )


def more_charged(session: Session, claim_id: UUID) -> None:
    pretend(session, claim_id, LedgerAccount.PAYER_RECEIVABLE, LedgerAccount.GROSS_CHARGES)


def more_owed(session: Session, claim_id: UUID) -> None:
    pretend(session, claim_id, LedgerAccount.PATIENT_RECEIVABLE, LedgerAccount.PAYER_RECEIVABLE)


def owed_by_the_wrong_line(session: Session, claim_id: UUID) -> None:
    """The claim as a whole owes less than nothing, its line more than its share."""
    line_id = session.scalars(
        select(Charge.charge_id).where(
            Charge.practice_id == practice_of(session), Charge.claim_id == claim_id
        )
    ).one()
    account = LedgerAccount.PATIENT_RECEIVABLE
    legs = (
        Posting(account, 100, Target(claim_id, line_id)),
        Posting(account, -100, Target(claim_id)),
    )
    entry = JournalEntry(BusinessEvent.SHARE_RESTORED, str(new_id()), TODAY, None, legs)
    post(session, entry, now=NOW)


def pending_without_a_hold(session: Session, claim_id: UUID) -> None:
    pretend(session, claim_id, LedgerAccount.PATIENT_PENDING, LedgerAccount.PATIENT_RECEIVABLE)


def held_but_billable(session: Session, claim_id: UUID) -> None:
    session.execute(
        insert(Hold).values(
            practice_id=practice_of(session),
            hold_id=new_id(),
            claim_id=claim_id,
            kind=HoldKind.STAFF.value,
            reason="asked",
            placed_at=NOW,
            placed_by="test",
        )
    )


def another_charge_on_the_claim(session: Session, claim_id: UUID) -> None:
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_of(session), Claim.claim_id == claim_id)
        .values(charge_cents=Claim.charge_cents + 1)
    )


def another_payment(session: Session, _claim_id: UUID) -> None:
    session.execute(
        update(Remittance)
        .where(Remittance.practice_id == practice_of(session))
        .values(payment_cents=Remittance.payment_cents + 1)
    )


def more_let_off_waits(session: Session, claim_id: UUID) -> None:
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_of(session), Claim.claim_id == claim_id)
        .values(waiting_let_off={"": {"charity_care": 100}})
    )


def told_by_two_files(session: Session, _claim_id: UUID) -> None:
    table = Remittance.__table__
    query = select(table).where(table.c.practice_id == practice_of(session))
    row = dict(session.execute(query).mappings().one())
    again = {"remittance_id": new_id(), "transaction_control": "another"}
    session.execute(insert(Remittance).values(row | again))


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (more_paid, {"claim_paid", "claim_clearing", "claim_not_negative"}),
        (more_written_off, {"claim_adjusted", "claim_not_negative"}),
        (more_charged, {"charge_recorded"}),
        (more_owed, {"claim_share", "claim_not_negative"}),
        (owed_by_the_wrong_line, {"line_not_negative"}),
        (pending_without_a_hold, {"claim_released"}),
        (held_but_billable, {"claim_held"}),
        (another_charge_on_the_claim, {"charge_recorded"}),
        (another_payment, {"payer_clearing"}),
        (told_by_two_files, {"payment_told_once"}),
        (more_let_off_waits, {"waiting_let_off"}),
    ],
)
def test_what_disagrees_is_named(
    desk: ImportDesk, change: Callable[[Session, UUID], None], noticed: set[str]
) -> None:
    desk.receive(SentClaim())
    claim_id = desk.claim_id()
    with desk.database.transaction(desk.principal()) as session:
        change(session, claim_id)
    assert noticed <= {found.check for found in desk.found()}
