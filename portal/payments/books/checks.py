"""The processor's books against the journal: what was paid out is cleared, to the cent.

So a clearing account holds what is not paid out yet, and nothing else.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.gateway_movements import OF_A_PAYMENT
from portal.domain.journal import LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.models import PostingRow
from portal.payments.books.models import GatewayBalance, MovementRow, PayoutRow
from portal.payments.books.subjects import (
    CLEARED,
    SUBJECT_OF_MOVEMENT,
    clearing_entries,
    with_what_movements_are_about,
)


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the processor's books can say about ours, for this transaction's practice."""
    yield from _payouts_add_up(session)
    yield from _payouts_are_posted_as_they_are(session)
    yield from _what_was_paid_out_is_cleared(session)
    yield from _movements_are_the_balance(session)


def _payouts_add_up(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    net = func.sum(MovementRow.amount_cents - MovementRow.fee_cents)
    rows = session.execute(
        select(PayoutRow.stripe_payout_id, net.label("cents"))
        .join(
            MovementRow,
            (MovementRow.practice_id == practice_id)
            & (MovementRow.payout_id == PayoutRow.payout_id),
        )
        .where(PayoutRow.practice_id == practice_id, PayoutRow.settled_entry_id.is_not(None))
        .group_by(PayoutRow.stripe_payout_id)
        .having(net != 0)
    )
    for row in rows:
        message = f"The payout {row.stripe_payout_id} differs from what it carries by {row.cents}."
        yield CheckFinding("payouts", message)


def _payouts_are_posted_as_they_are(session: Session) -> Iterator[CheckFinding]:
    """Into the bank, and out of it again when it came back."""
    practice_id = practice_of(session)
    for column, sign in ((PayoutRow.settled_entry_id, 1), (PayoutRow.returned_entry_id, -1)):
        rows = session.execute(
            select(PayoutRow.stripe_payout_id, PostingRow.entry_id, PostingRow.amount_cents)
            .join(
                PostingRow,
                (PostingRow.practice_id == practice_id) & (PostingRow.entry_id == column),
            )
            .where(
                PayoutRow.practice_id == practice_id,
                PostingRow.account == LedgerAccount.BANK.value,
                PostingRow.amount_cents != sign * PayoutRow.amount_cents,
            )
        )
        for row in rows:
            message = f"The payout {row.stripe_payout_id} is posted as {row.amount_cents} cents."
            yield CheckFinding("payouts", message, row.entry_id)


def _what_was_paid_out_is_cleared(session: Session) -> Iterator[CheckFinding]:
    """Payment by payment, refund by refund, dispute by dispute: as posted, so paid out.

    Money of which we know no payment went to suspense, with a task.
    """
    practice_id = practice_of(session)
    paid_out = _paid_out(practice_id)
    entries = clearing_entries(practice_id).subquery()
    posted = (
        select(entries.c.subject, func.sum(entries.c.cents).label("cents"))
        .group_by(entries.c.subject)
        .subquery()
    )
    posted_cents = func.coalesce(posted.c.cents, 0)
    rows = session.execute(
        select(paid_out.c.subject, paid_out.c.cents, posted_cents.label("posted_cents"))
        .outerjoin(posted, posted.c.subject == paid_out.c.subject)
        .where(
            paid_out.c.waiting == 0,
            paid_out.c.cents != posted_cents,
            paid_out.c.subject.not_like("intent:%") | posted.c.cents.is_not(None),
        )
    )
    for row in rows:
        message = (
            f"The processor paid out {row.cents} cents of {row.subject}; "
            f"the books have {row.posted_cents}."
        )
        yield CheckFinding("clearing", message)


def _paid_out(practice_id: UUID) -> Subquery:
    """What movements of each subject come to, and how many of them wait for a payout."""
    query = with_what_movements_are_about(
        select(
            SUBJECT_OF_MOVEMENT.label("subject"),
            func.sum(CLEARED).label("cents"),
            func.count().filter(PayoutRow.settled_entry_id.is_(None)).label("waiting"),
        ).select_from(MovementRow),
        practice_id,
    )
    return (
        query.outerjoin(
            PayoutRow,
            (PayoutRow.practice_id == practice_id) & (PayoutRow.payout_id == MovementRow.payout_id),
        )
        .where(
            MovementRow.practice_id == practice_id,
            MovementRow.kind.in_([kind.value for kind in OF_A_PAYMENT]),
            SUBJECT_OF_MOVEMENT.is_not(None),
        )
        .group_by(SUBJECT_OF_MOVEMENT)
        .subquery()
    )


def _movements_are_the_balance(session: Session) -> Iterator[CheckFinding]:
    newest = session.scalar(
        select(GatewayBalance)
        .where(GatewayBalance.practice_id == practice_of(session))
        .order_by(GatewayBalance.read_at.desc())
        .limit(1)
    )
    if newest is not None and newest.balance_cents != newest.movements_cents:
        message = (
            f"The processor holds {newest.balance_cents} cents; "
            f"its movements add up to {newest.movements_cents}."
        )
        yield CheckFinding("clearing", message)
