"""Money that the practice's own system took or gave back: posted, allocated, and bounded.

The guarantor is locked and no remittance is imported meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, null, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.feed_postings import (
    Split,
    receipt_recorded,
    receipt_returned,
    split_receipt,
    taken_back,
)
from portal.domain.journal import JournalEntry, Target
from portal.domain.money import format_usd
from portal.domain.patient_share import ShareMove
from portal.domain.payment_postings import refund_held
from portal.domain.posting_rules import ClaimOccasion
from portal.domain.practice_feed import COLUMNS, FeedRow, RowKind, RowRefusedError, read_row
from portal.domain.refunding import reduced_waiting_credit
from portal.ledger import models as ledger
from portal.ledger.journal import post
from portal.ledger.queries import unapplied_credit_cents
from portal.practice.feed import DeskReceiptsIn
from portal.practice.models import Claim
from portal.sync.feed_accounts import (
    SharesOfBlock,
    account_of,
    held_claims,
    payable_targets,
    require_same_visit,
)
from portal.sync.models import FeedRowRecord


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What the rows of a block have in common."""

    session: Session
    now: datetime
    today: date
    desk_receipts_in: DeskReceiptsIn
    shares: SharesOfBlock


@dataclass(frozen=True, slots=True)
class Posted:
    """What a row came to."""

    guarantor_id: UUID
    entry_id: UUID
    refers_to_id: UUID | None = None


def post_receipt(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """Onto the shares of its visit; what is over waits for them. Raises RowRefusedError."""
    if context.desk_receipts_in is DeskReceiptsIn.PORTAL:
        raise RowRefusedError(
            "This practice books money from the desk in the portal: the same money would count "
            "twice. Take it out of the feed, or change desk_receipts_in."
        )
    session = context.session
    guarantor_id = account_of(session, row)
    split = split_receipt(
        row.amount_cents,
        payable_targets(context.shares, guarantor_id, row),
        is_for_a_visit=row.names_a_visit,
    )
    entry = receipt_recorded(row_id, split, guarantor_id=guarantor_id, effective_on=context.today)
    entry_id = post(session, entry, now=context.now)
    _keep_parts(session, guarantor_id, row_id, entry_id, split.parts, sign=1)
    context.shares.lower(guarantor_id, split.parts)
    _keep_deposit(session, guarantor_id, row_id, row, split.deposit_cents)
    return Posted(guarantor_id, entry_id)


def post_refund(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """No more than is left of the receipt it names. Raises RowRefusedError."""
    receipt = row_referred_to(context.session, row)
    if receipt.kind != RowKind.RECEIPT:
        raise RowRefusedError(f"Row {row.refers_to} is no receipt.")
    left_cents = receipt.amount_cents - receipt.returned_cents
    if row.amount_cents > left_cents:
        raise RowRefusedError(
            f"It gives back {format_usd(row.amount_cents)}, and {format_usd(left_cents)} are left "
            f"of receipt {row.refers_to}."
        )
    return give_back(context, row_id, receipt, row.amount_cents)


def give_back(
    context: FeedContext, row_id: UUID, receipt: FeedRowRecord, amount_cents: int
) -> Posted:
    """Part of a receipt, or all that is left of it: taken from where it stands now."""
    session, guarantor_id = context.session, owner_of(receipt)
    taken = taken_back(amount_cents, _remains(session, receipt.row_id))
    entry = receipt_returned(row_id, taken, guarantor_id=guarantor_id, effective_on=context.today)
    entry_id = post(session, entry, now=context.now)
    _keep_parts(session, guarantor_id, receipt.row_id, entry_id, taken.parts, sign=-1)
    _lower_deposit(session, receipt.row_id, taken.deposit_cents)
    keep_held(context, row_id, guarantor_id, taken.parts)
    _lower_waiting_credit(session, guarantor_id)
    receipt.returned_cents += amount_cents
    return Posted(guarantor_id, entry_id, receipt.row_id)


def take_again(context: FeedContext, row_id: UUID, refund: FeedRowRecord) -> Posted:
    """A refund that was none: its money is the receipt's again, and split as that came."""
    session, guarantor_id = context.session, owner_of(refund)
    receipt = session.scalars(
        select(FeedRowRecord).where(
            FeedRowRecord.practice_id == practice_of(session),
            FeedRowRecord.row_id == refund.refers_to_id,
        )
    ).one()
    row = read_row([receipt.content[name] for name in COLUMNS], today=context.today)
    split = split_receipt(
        refund.amount_cents,
        payable_targets(context.shares, guarantor_id, row),
        is_for_a_visit=row.names_a_visit,
    )
    entry = receipt_recorded(row_id, split, guarantor_id=guarantor_id, effective_on=context.today)
    entry_id = post(session, entry, now=context.now)
    _keep_parts(session, guarantor_id, receipt.row_id, entry_id, split.parts, sign=1)
    _keep_deposit(session, guarantor_id, receipt.row_id, row, split.deposit_cents)
    receipt.returned_cents -= refund.amount_cents
    refund.returned_cents = refund.amount_cents
    return Posted(guarantor_id, entry_id, refund.row_id)


def row_referred_to(session: Session, row: FeedRow) -> FeedRowRecord:
    """What was posted, of the same account and visit. Raises RowRefusedError."""
    found = session.scalar(
        select(FeedRowRecord)
        .where(
            FeedRowRecord.practice_id == practice_of(session),
            FeedRowRecord.row_key == row.refers_to,
            FeedRowRecord.entry_id.is_not(None),
        )
        .with_for_update()
    )
    if found is None:
        raise RowRefusedError(f"There is no posted row {row.refers_to} that it could refer to.")
    require_same_visit(session, row, found.content, owner_of(found))
    return found


def keep_held(
    context: FeedContext, row_id: UUID, guarantor_id: UUID, parts: Sequence[Allocation]
) -> None:
    """What is open again on a held claim may not be billed while the hold stands."""
    moves: dict[UUID, list[ShareMove]] = {}
    for part in parts:
        claim_id, cents = part.target.claim_id, part.amount_cents
        if claim_id is not None:
            moves.setdefault(claim_id, []).append(ShareMove(part.target.charge_id, cents, -cents))
    for claim_id in sorted(held_claims(context.session, moves.keys())):
        occasion = ClaimOccasion(claim_id, guarantor_id, context.today)
        entry: JournalEntry = refund_held(occasion, refund_id=row_id, share=moves[claim_id])
        post(context.session, entry, now=context.now)


def _remains(session: Session, receipt_id: UUID) -> Split:
    """What of a receipt stands where: lines in the order of their ids, and its deposit."""
    practice_id = practice_of(session)
    cents = func.sum(ledger.Allocation.amount_cents)
    rows = session.execute(
        select(ledger.Allocation.claim_id, ledger.Allocation.charge_id, cents.label("cents"))
        .where(
            ledger.Allocation.practice_id == practice_id,
            ledger.Allocation.payment_id == receipt_id,
        )
        .group_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
        .having(cents > 0)
        .order_by(ledger.Allocation.claim_id, ledger.Allocation.charge_id)
    )
    parts = tuple(Allocation(Target(row.claim_id, row.charge_id), int(row.cents)) for row in rows)
    deposit_cents = session.scalar(
        select(ledger.VisitDeposit.left_cents).where(
            ledger.VisitDeposit.practice_id == practice_id,
            ledger.VisitDeposit.receipt_id == receipt_id,
        )
    )
    return Split(parts, deposit_cents or 0)


def _keep_parts(
    session: Session,
    guarantor_id: UUID,
    receipt_id: UUID,
    entry_id: UUID,
    parts: Sequence[Allocation],
    *,
    sign: int,
) -> None:
    """One row a part, beside the entry that posts them."""
    if not parts:
        return
    session.execute(
        insert(ledger.Allocation).values(
            [
                {
                    "practice_id": practice_of(session),
                    "allocation_id": new_id(),
                    "guarantor_id": guarantor_id,
                    "payment_id": receipt_id,
                    "entry_id": entry_id,
                    "claim_id": part.target.claim_id,
                    "charge_id": part.target.charge_id,
                    "amount_cents": sign * part.amount_cents,
                }
                for part in parts
            ]
        )
    )


def _keep_deposit(
    session: Session, guarantor_id: UUID, receipt_id: UUID, row: FeedRow, cents: int
) -> None:
    """So much more of a receipt waits for its visit."""
    if not cents:
        return
    kept = insert_or_conflict(ledger.VisitDeposit).values(
        practice_id=practice_of(session),
        receipt_id=receipt_id,
        guarantor_id=guarantor_id,
        claim_number=row.claim_number,
        service_on=row.service_on,
        taken_on=row.happened_on,
        left_cents=cents,
    )
    session.execute(
        kept.on_conflict_do_update(
            index_elements=["practice_id", "receipt_id"],
            set_={"left_cents": ledger.VisitDeposit.left_cents + cents},
        )
    )


def _lower_deposit(session: Session, receipt_id: UUID, by_cents: int) -> None:
    if by_cents:
        session.execute(
            update(ledger.VisitDeposit)
            .where(
                ledger.VisitDeposit.practice_id == practice_of(session),
                ledger.VisitDeposit.receipt_id == receipt_id,
            )
            .values(left_cents=ledger.VisitDeposit.left_cents - by_cents)
        )


def _lower_waiting_credit(session: Session, guarantor_id: UUID) -> None:
    """A payer's correction must not apply what has gone back: no more waits than there is."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.claim_id, Claim.waiting_credit)
        .where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == guarantor_id,
            Claim.waiting_credit.is_not(None),
        )
        .order_by(Claim.claim_id)
    )
    waiting = {row.claim_id: row.waiting_credit for row in rows if row.waiting_credit}
    waiting_cents = sum(sum(kept.values()) for kept in waiting.values())
    by_cents = max(0, waiting_cents - unapplied_credit_cents(session, guarantor_id))
    for claim_id, kept in reduced_waiting_credit(waiting, by_cents=by_cents, own=()).items():
        session.execute(
            update(Claim)
            .where(Claim.practice_id == practice_id, Claim.claim_id == claim_id)
            .values(waiting_credit=kept or null())
        )


def owner_of(record: FeedRowRecord) -> UUID:
    """Of a row that was posted."""
    if record.guarantor_id is None:
        raise LookupError(record.row_id)
    return record.guarantor_id
