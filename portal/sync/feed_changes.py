"""What the practice's own system says of balances at the start and of visits without insurance.

And that something it told before never happened.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.claim_position import ChargeSource
from portal.domain.feed_postings import (
    balance_opened,
    credit_opened,
    self_pay_charged,
)
from portal.domain.journal import NOWHERE, LedgerAccount, Target
from portal.domain.money import format_usd
from portal.domain.practice_feed import FeedRow, RowKind, RowRefusedError
from portal.ledger import models as ledger
from portal.ledger.journal import post
from portal.ledger.queries import claim_sums, unapplied_credit_cents
from portal.practice.models import Claim, Patient
from portal.sync.feed_accounts import (
    account_of,
    claim_of_day,
    claims_named,
    emptied_claim,
)
from portal.sync.feed_adjustments import void_adjustment
from portal.sync.feed_receipts import (
    FeedContext,
    Posted,
    give_back,
    owner_of,
    row_referred_to,
    take_again,
)
from portal.sync.models import FeedRowRecord

_CHARGED: Final = {
    RowKind.OPENING_BALANCE.value: balance_opened,
    RowKind.SELF_PAY_CHARGE.value: self_pay_charged,
}


def post_charge(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """A visit that is the patient's from the start: opened, or without insurance.

    Raises RowRefusedError.
    """
    session = context.session
    guarantor_id = account_of(session, row)
    if claims_named(session, guarantor_id, row.number_here):
        raise RowRefusedError(
            f"Claim {row.number_here} is on the books already: what is owed for it comes from "
            "there."
        )
    beside = None if row.claim_number else claim_of_day(session, guarantor_id, row.service_on)
    if beside is not None:
        raise RowRefusedError(
            f"The account has a claim of that day: {beside}. If this is another visit, say its "
            "claim_number; if it is that one, what is owed for it comes from there."
        )
    claim_id = _charged_claim(session, guarantor_id, row)
    entry = _CHARGED[row.kind.value](
        row_id,
        Target(claim_id),
        cents=row.amount_cents,
        guarantor_id=guarantor_id,
        effective_on=context.today,
    )
    return Posted(guarantor_id, post(session, entry, now=context.now))


def _charged_claim(session: Session, guarantor_id: UUID, row: FeedRow) -> UUID:
    """The claim of the visit; one that a void has emptied is the same visit told anew."""
    practice_id = practice_of(session)
    told = {
        "service_on": row.service_on,
        "charge_cents": row.amount_cents,
        "charge_source": ChargeSource.PATIENT.value,
    }
    emptied_id = emptied_claim(session, guarantor_id, row.number_here)
    if emptied_id is not None:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == practice_id, Claim.claim_id == emptied_id)
            .values(told)
        )
        return emptied_id
    claim_id = new_id()
    session.execute(
        insert(Claim).values(
            practice_id=practice_id,
            claim_id=claim_id,
            guarantor_id=guarantor_id,
            patient_id=_only_patient(session, guarantor_id),
            claim_number=row.number_here,
            **told,
        )
    )
    return claim_id


def post_opening_credit(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """What an account had paid too much: credit, for staff to use or give back."""
    session = context.session
    guarantor_id = account_of(session, row)
    entry = credit_opened(
        row_id, cents=row.amount_cents, guarantor_id=guarantor_id, effective_on=context.today
    )
    entry_id = post(session, entry, now=context.now)
    _keep_credit(session, guarantor_id, row_id, entry_id, row.amount_cents)
    return Posted(guarantor_id, entry_id)


def post_void(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """What an earlier row told never happened. Raises RowRefusedError."""
    earlier = row_referred_to(context.session, row)
    left_cents = earlier.amount_cents - earlier.returned_cents
    if left_cents == 0:
        raise RowRefusedError(f"Nothing is left of row {row.refers_to}.")
    if row.amount_cents not in {0, left_cents}:
        raise RowRefusedError(
            f"It voids {format_usd(row.amount_cents)}, and {format_usd(left_cents)} are left of "
            f"row {row.refers_to}."
        )
    if earlier.kind == RowKind.RECEIPT:
        return give_back(context, row_id, earlier, left_cents)
    if earlier.kind == RowKind.REFUND:
        return take_again(context, row_id, earlier)
    if earlier.kind == RowKind.ADJUSTMENT:
        return void_adjustment(context, row_id, earlier)
    if earlier.kind in _CHARGED:
        return _void_charge(context, row_id, earlier)
    if earlier.kind == RowKind.OPENING_CREDIT:
        return _void_credit(context, row_id, earlier)
    raise RowRefusedError(f"Row {row.refers_to} is a void itself; send what is right anew.")


def _void_charge(context: FeedContext, row_id: UUID, earlier: FeedRowRecord) -> Posted:
    """Only while all of it is owed: what was paid on it has to go somewhere first."""
    session, guarantor_id = context.session, owner_of(earlier)
    target = Target(_claim_charged_by(session, earlier))
    sums = claim_sums(session, [target.claim_id] if target.claim_id else [])
    owed = sums[target.claim_id or UUID(int=0)].get(LedgerAccount.PATIENT_RECEIVABLE, 0)
    if owed != earlier.amount_cents:
        raise RowRefusedError(
            f"Of {format_usd(earlier.amount_cents)} only {format_usd(owed)} are owed: give back "
            "what was paid on it, or void its adjustments, first."
        )
    entry = _CHARGED[earlier.kind](
        row_id,
        target,
        cents=-earlier.amount_cents,
        guarantor_id=guarantor_id,
        effective_on=context.today,
    )
    entry_id = post(session, entry, now=context.now)
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_of(session), Claim.claim_id == target.claim_id)
        .values(charge_cents=0, charge_source=ChargeSource.REMITTANCE.value)
    )
    earlier.returned_cents = earlier.amount_cents
    return Posted(guarantor_id, entry_id, earlier.row_id)


def _void_credit(context: FeedContext, row_id: UUID, earlier: FeedRowRecord) -> Posted:
    """Only while all of it is still credit."""
    session, guarantor_id = context.session, owner_of(earlier)
    left = session.scalar(
        select(func.coalesce(func.sum(ledger.Allocation.amount_cents), 0)).where(
            ledger.Allocation.practice_id == practice_of(session),
            ledger.Allocation.payment_id == earlier.row_id,
            ledger.Allocation.claim_id.is_(None),
        )
    )
    free_cents = min(int(left or 0), unapplied_credit_cents(session, guarantor_id))
    if free_cents < earlier.amount_cents:
        raise RowRefusedError("It has been used, or given back, since.")
    entry = credit_opened(
        row_id,
        cents=-earlier.amount_cents,
        guarantor_id=guarantor_id,
        effective_on=context.today,
    )
    entry_id = post(session, entry, now=context.now)
    _keep_credit(session, guarantor_id, earlier.row_id, entry_id, -earlier.amount_cents)
    earlier.returned_cents = earlier.amount_cents
    return Posted(guarantor_id, entry_id, earlier.row_id)


def _keep_credit(
    session: Session, guarantor_id: UUID, row_id: UUID, entry_id: UUID, cents: int
) -> None:
    session.execute(
        insert(ledger.Allocation).values(
            practice_id=practice_of(session),
            allocation_id=new_id(),
            guarantor_id=guarantor_id,
            payment_id=row_id,
            entry_id=entry_id,
            claim_id=NOWHERE.claim_id,
            charge_id=NOWHERE.charge_id,
            amount_cents=cents,
        )
    )


def _claim_charged_by(session: Session, earlier: FeedRowRecord) -> UUID:
    found = session.scalars(
        select(ledger.PostingRow.claim_id)
        .distinct()
        .where(
            ledger.PostingRow.practice_id == practice_of(session),
            ledger.PostingRow.entry_id == earlier.entry_id,
        )
    ).one()
    if found is None:
        raise LookupError(earlier.row_id)
    return found


def _only_patient(session: Session, guarantor_id: UUID) -> UUID | None:
    """Nobody is guessed where an account has several patients."""
    patients = session.scalars(
        select(Patient.patient_id)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .limit(2)
    ).all()
    return patients[0] if len(patients) == 1 else None
