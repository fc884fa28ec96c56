"""Credit that waits for a payer's correction: never more than payments really left as credit."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from portal.db import practice_of
from portal.domain.journal import (
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)
from portal.ledger.credit_moves import move_credit
from portal.ledger.journal import post
from portal.ledger.models import Allocation
from portal.payments.checks import checks as payment_checks
from portal.practice.models import Charge, Task
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim, SentLine

CLAIM = SentClaim()  # 20.00 the patient's
SECOND = replace(CLAIM, number="A2", icn="ICN2")
THIRD = replace(CLAIM, number="A3", icn="ICN3")


def target_of(desk: ImportDesk, number: str) -> Target:
    """The one line of a claim."""
    claim_id = desk.claim_id(number)
    with desk.database.transaction(desk.principal()) as session:
        charge_id = session.scalars(
            select(Charge.charge_id).where(
                Charge.practice_id == practice_of(session), Charge.claim_id == claim_id
            )
        ).one()
    return Target(claim_id, charge_id)


def use_credit_for(desk: ImportDesk, number: str, cents: int) -> None:
    """Credit pays another claim, without a word to the claims it waits for."""
    target = target_of(desk, number)
    entry = JournalEntry(
        BusinessEvent.CREDIT_APPLIED,
        f"elsewhere:{number}",
        TODAY,
        desk.guarantor_id(number),
        (
            Posting(LedgerAccount.UNAPPLIED_CREDIT, cents),
            Posting(LedgerAccount.PATIENT_RECEIVABLE, -cents, target),
        ),
    )
    with desk.database.transaction(desk.principal()) as session:
        entry_id = post(session, entry, now=NOW)
        move_credit(session.connection(), practice_of(session), entry, entry_id)


def over_kept(desk: ImportDesk) -> list[str]:
    """Where more waits than there is."""
    with desk.database.transaction(desk.principal()) as session:
        return [one.message for one in payment_checks(session) if one.check == "waiting_credit"]


def test_a_correction_uses_no_more_than_is_left_of_the_credit(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.pay("A1", 2_000)
    desk.receive(CLAIM.reversal())
    desk.receive(SECOND)
    use_credit_for(desk, "A2", 1_500)
    desk.receive(replace(CLAIM, icn="ICN9"))
    corrected = desk.claim("A1")
    assert (corrected.patient_paid_cents, corrected.patient_receivable_cents) == (500, 1_500)
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert over_kept(desk) == []


def test_corrections_of_one_file_do_not_use_the_same_credit_twice(desk: ImportDesk) -> None:
    desk.receive(CLAIM, SECOND)
    desk.pay("A1", 4_000)
    desk.receive(CLAIM.reversal(), SECOND.reversal())
    desk.receive(THIRD)
    use_credit_for(desk, "A3", 1_500)
    desk.receive(replace(CLAIM, icn="ICN8"), replace(SECOND, icn="ICN9"))
    claims = [desk.claim("A1"), desk.claim("A2")]
    assert sum(one.patient_paid_cents for one in claims) == 2_500
    assert sum(one.patient_receivable_cents for one in claims) == 1_500
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert over_kept(desk) == []


def payments_on(desk: ImportDesk, number: str) -> list[tuple[UUID, int]]:
    """What each has on a claim now, the oldest first."""
    cents = func.sum(Allocation.amount_cents)
    with desk.database.transaction(desk.principal()) as session:
        rows = session.execute(
            select(Allocation.payment_id, cents.label("cents"))
            .where(
                Allocation.practice_id == practice_of(session),
                Allocation.claim_id == desk.claim_id(number),
            )
            .group_by(Allocation.payment_id)
            .having(cents != 0)
            .order_by(Allocation.payment_id)
        )
        return [(row.payment_id, row.cents) for row in rows]


def test_a_correction_puts_back_the_payments_that_it_took_off_not_older_credit(
    desk: ImportDesk,
) -> None:
    """What paid a plan pays it still, when its visit is decided anew."""
    desk.receive(CLAIM)
    desk.pay("A1", 2_000)
    desk.receive(CLAIM.reversal())
    desk.receive(SECOND)
    desk.pay("A2", 1_200)
    desk.pay("A2", 800)
    before = payments_on(desk, "A2")
    desk.receive(SECOND.reversal(), replace(SECOND, icn="ICN9"))
    assert payments_on(desk, "A2") == before
    assert payments_on(desk, "A1") == []
    assert over_kept(desk) == []


def told(desk: ImportDesk) -> list[str]:
    """What staff have to decide about June's credit."""
    guarantor_id = desk.guarantor_id()
    with desk.database.transaction(desk.principal()) as session:
        return list(
            session.scalars(
                select(Task.message).where(
                    Task.practice_id == practice_of(session),
                    Task.kind == "unapplied_credit",
                    Task.subject_id == guarantor_id,
                    Task.done_at.is_(None),
                )
            )
        )


def smaller(claim: SentClaim, *, icn: str) -> SentClaim:
    """Decided anew: 5.00 of the 20.00 are the patient's."""
    line = SentLine(adjustments={"CO45": 3_000, "PR3": 500})
    return replace(claim, icn=icn, lines=(line,))


def test_staff_are_told_once_of_what_a_smaller_share_frees_after_it_was_paid(
    desk: ImportDesk,
) -> None:
    desk.receive(CLAIM, SECOND)
    desk.pay("A1", 4_000)
    desk.receive(CLAIM.reversal(), SECOND.reversal())
    assert told(desk) == []  # it waits for the corrections
    desk.receive(smaller(CLAIM, icn="ICN8"))
    (message,) = told(desk)
    assert message == (
        "$15.00 of what was paid is more than is owed since payers decided anew. "
        "Refund it or use it for another bill."
    )
    desk.receive(smaller(SECOND, icn="ICN9"))
    (message,) = told(desk)
    assert message.startswith("$30.00 ")


def test_staff_are_told_of_credit_that_is_freed_within_one_file(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.pay("A1", 2_000)
    desk.receive(CLAIM.reversal(), smaller(CLAIM, icn="ICN8"))
    assert len(told(desk)) == 1


def test_a_correction_that_uses_all_of_its_credit_is_nothing_to_be_told(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.pay("A1", 2_000)
    desk.receive(CLAIM.reversal())
    desk.receive(replace(CLAIM, icn="ICN8"))
    assert told(desk) == []
