"""The processor's books against the journal: what was paid out is cleared, to the cent.

So a clearing account holds what is not paid out yet, and nothing else.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.db import practice_of
from portal.domain.gateway_movements import OF_A_PAYMENT
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.models import GatewayBalance, MovementRow, PayoutRow
from portal.payments.books.placing import CLEARING
from portal.payments.books.subjects import (
    CLEARED,
    DISPUTES,
    SUBJECT_OF_MOVEMENT,
    clearing_entries,
    with_what_movements_are_about,
)

_OF_A_PAYMENT: Final = [kind.value for kind in OF_A_PAYMENT]
_SUSPENDED: Final = LedgerAccount.PAYMENT_SUSPENSE.value
_NOTHING_POSTED: Final = literal(0).label("posted")
_BOOKED: Final = case(
    (MovementRow.kind.not_in(_OF_A_PAYMENT), MovementRow.amount_cents - MovementRow.fee_cents),
    (MovementRow.kind.in_(DISPUTES) & (MovementRow.account != _SUSPENDED), CLEARED),
    else_=MovementRow.amount_cents,
)
"""What of a movement its payout's entry has in its account; the rest is a fee."""


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the processor's books can say about ours, for this transaction's practice."""
    yield from _payouts_add_up(session)
    yield from _payouts_are_posted_as_they_are(session)
    yield from _payouts_cleared_what_they_carried(session)
    yield from _what_was_paid_out_is_cleared(session)
    yield from _movements_are_the_balance(session)
    yield from _clearing_is_what_is_not_paid_out(session)


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


def _payouts_cleared_what_they_carried(session: Session) -> Iterator[CheckFinding]:
    """A payout's entry has in clearing and suspense what its movements say, account by account."""
    practice_id = practice_of(session)
    accounts = [*(account.value for account in CLEARING), _SUSPENDED]
    carried = (
        select(
            PayoutRow.stripe_payout_id,
            MovementRow.account,
            _BOOKED.label("carried"),
            _NOTHING_POSTED,
        )
        .join(
            MovementRow,
            (MovementRow.practice_id == practice_id)
            & (MovementRow.payout_id == PayoutRow.payout_id),
        )
        .where(PayoutRow.practice_id == practice_id, MovementRow.account.in_(accounts))
    )
    posted = (
        select(PayoutRow.stripe_payout_id, PostingRow.account, literal(0), -PostingRow.amount_cents)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == PayoutRow.settled_entry_id),
        )
        .where(
            PayoutRow.practice_id == practice_id,
            PayoutRow.is_automatic,
            PostingRow.account.in_(accounts),
        )
    )
    both = union_all(carried, posted).subquery()
    cents, on_books = func.sum(both.c.carried), func.sum(both.c.posted)
    key = (both.c.stripe_payout_id, both.c.account)
    rows = session.execute(
        select(*key, cents.label("cents"), on_books.label("on_books"))
        .group_by(*key)
        .having(cents != on_books)
    )
    for row in rows:
        message = (
            f"The payout {row.stripe_payout_id} carried {row.cents} cents of {row.account}; "
            f"its entry has {row.on_books}."
        )
        yield CheckFinding("payouts", message)


def _what_was_paid_out_is_cleared(session: Session) -> Iterator[CheckFinding]:
    """Payment by payment, refund by refund, dispute by dispute: as posted, so paid out.

    Held against each other in each clearing account, as soon as all of it is paid out. What went to
    suspense counts when it has left it; until then it is on staff's list.
    """
    practice_id = practice_of(session)
    movements = _paid_out(practice_id).cte("movements")
    entries = clearing_entries(practice_id).cte("entries")
    done = (
        select(movements.c.subject)
        .group_by(movements.c.subject)
        .having(func.bool_and(movements.c.is_paid_out))
    )
    clearing = [account.value for account in CLEARING]
    carried = select(
        movements.c.subject,
        movements.c.account,
        movements.c.cents.label("carried"),
        _NOTHING_POSTED,
    ).where(movements.c.account.in_(clearing))
    posted = select(entries.c.subject, entries.c.account, literal(0), entries.c.cents)
    both = union_all(carried, posted).subquery()
    cents, on_books = func.sum(both.c.carried), func.sum(both.c.posted)
    key = (both.c.subject, both.c.account)
    rows = session.execute(
        select(*key, cents.label("cents"), on_books.label("on_books"))
        .where(both.c.subject.in_(done))
        .group_by(*key)
        .having(cents != on_books)
    )
    for row in rows:
        message = (
            f"The processor paid out {row.cents} cents of {row.subject} from {row.account}; "
            f"the books have {row.on_books}."
        )
        yield CheckFinding("clearing", message)


def _paid_out(practice_id: UUID) -> Select[Any]:
    """Each movement of a payment, and the clearing account it has left, if it has."""
    entry, leg = aliased(JournalEntryRow), aliased(PostingRow)
    query = with_what_movements_are_about(
        select(
            func.coalesce(SUBJECT_OF_MOVEMENT, "movement:" + MovementRow.movement_id).label(
                "subject"
            ),
            CLEARED.label("cents"),
            func.coalesce(leg.account, MovementRow.account).label("account"),
            MovementRow.account.is_not(None).label("is_paid_out"),
        ).select_from(MovementRow),
        practice_id,
    )
    return (
        query.outerjoin(
            entry,
            (entry.practice_id == practice_id)
            & (entry.business_event == BusinessEvent.MOVEMENT_PLACED.value)
            & (entry.source_key == MovementRow.movement_id),
        )
        .outerjoin(
            leg,
            (leg.practice_id == practice_id)
            & (leg.entry_id == entry.entry_id)
            & leg.account.in_([account.value for account in CLEARING]),
        )
        .where(
            MovementRow.practice_id == practice_id,
            MovementRow.kind.in_(_OF_A_PAYMENT),
        )
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


def _clearing_is_what_is_not_paid_out(session: Session) -> Iterator[CheckFinding]:
    """As it stood when the processor's books were read whole for the last time."""
    unexplained_cents = session.scalar(
        select(GatewayBalance.unexplained_cents)
        .where(
            GatewayBalance.practice_id == practice_of(session),
            GatewayBalance.unexplained_cents.is_not(None),
        )
        .order_by(GatewayBalance.read_at.desc())
        .limit(1)
    )
    if unexplained_cents:
        message = f"Of what stands in clearing, nothing explains {unexplained_cents} cents."
        yield CheckFinding("clearing", message)
