"""What stands in clearing beside what the processor says it holds."""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.gateway_movements import MovementKind
from portal.domain.reconciliation import Standing
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.models import GatewayBalance, MovementRow, PayoutRow
from portal.payments.books.placing import CLEARING
from portal.payments.books.reconciling import KINDS
from portal.payments.books.subjects import (
    CLEARED,
    SUBJECT_OF_MOVEMENT,
    clearing_entries,
    with_what_movements_are_about,
)


def standing(session: Session) -> Standing:
    """By what was read of the processor so far."""
    practice_id = practice_of(session)
    clearing_cents = session.scalar(
        select(func.sum(PostingRow.amount_cents)).where(
            PostingRow.practice_id == practice_id,
            PostingRow.account.in_([account.value for account in CLEARING]),
        )
    )
    net = MovementRow.amount_cents - MovementRow.fee_cents
    balance_cents = session.scalar(
        select(func.sum(net)).where(MovementRow.practice_id == practice_id)
    )
    payouts_cents, fees_cents, strange_cents = _waiting(session)
    return Standing(
        clearing_cents=int(clearing_cents or 0),
        balance_cents=int(balance_cents or 0),
        payouts_under_way_cents=payouts_cents,
        fees_to_come_cents=fees_cents,
        not_in_books_cents=strange_cents,
    )


def clearing_moved(session: Session, *, since: datetime) -> bool:
    """Whether a payment, refund or dispute was posted after that time."""
    practice_id = practice_of(session)
    found = session.scalar(
        select(JournalEntryRow.entry_id)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.recorded_at > since,
            PostingRow.account.in_([account.value for account in CLEARING]),
        )
        .limit(1)
    )
    return found is not None


def balance_read(session: Session) -> GatewayBalance | None:
    """What the processor said last, and when."""
    return session.scalar(
        select(GatewayBalance)
        .where(GatewayBalance.practice_id == practice_of(session))
        .order_by(GatewayBalance.read_at.desc())
        .limit(1)
    )


def _waiting(session: Session) -> tuple[int, int, int]:
    """Of what no settled payout carried: payouts under way, fees, and what the books have not."""
    practice_id = practice_of(session)
    by_name = aliased(PayoutRow)
    entries = clearing_entries(practice_id).subquery()
    in_books = select(entries.c.subject).distinct().subquery()
    net, kind = MovementRow.amount_cents - MovementRow.fee_cents, MovementRow.kind
    of_a_payment = kind.in_(KINDS)
    is_known = of_a_payment & in_books.c.subject.is_not(None)
    is_strange = (of_a_payment & in_books.c.subject.is_(None)) | (kind == MovementKind.OTHER.value)
    is_under_way = (kind == MovementKind.PAYOUT.value) & by_name.settled_entry_id.is_(None)
    query = with_what_movements_are_about(
        select(
            func.sum(-net).filter(is_under_way),
            func.sum(case((of_a_payment, CLEARED - net), else_=-net)).filter(
                is_known | (kind == MovementKind.FEE.value)
            ),
            func.sum(net).filter(is_strange),
        ).select_from(MovementRow),
        practice_id,
    )
    sums = session.execute(
        query.outerjoin(in_books, in_books.c.subject == SUBJECT_OF_MOVEMENT)
        .outerjoin(
            PayoutRow,
            (PayoutRow.practice_id == practice_id) & (PayoutRow.payout_id == MovementRow.payout_id),
        )
        .outerjoin(
            by_name,
            (by_name.practice_id == practice_id)
            & (by_name.stripe_payout_id == MovementRow.source_id),
        )
        .where(MovementRow.practice_id == practice_id, PayoutRow.settled_entry_id.is_(None))
    ).one()
    payouts_cents, fees_cents, strange_cents = (int(cents or 0) for cents in sums)
    return payouts_cents, fees_cents, strange_cents
