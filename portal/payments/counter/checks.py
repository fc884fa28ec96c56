"""The desk against the books: each payment in one drawer, each cent in a drawer or at the bank."""

from collections.abc import Iterator, Sequence

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.drawer import IN_USE, DrawerState
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_channel import MethodKind, PaymentChannel
from portal.domain.payment_status import UNDONE, PaymentState
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.counter.banking import refunds_on_machine_cents
from portal.payments.counter.drawers import takings_of
from portal.payments.counter.models import DeskPayment, Drawer
from portal.payments.models import Payment

_UNDOING = {
    PaymentState.VOIDED.value: BusinessEvent.PAYMENT_VOIDED.value,
    PaymentState.RETURNED.value: BusinessEvent.PAYMENT_RETURNED.value,
}


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything the desk can say about the books of this transaction's practice."""
    yield from _payments_without_drawer(session)
    yield from _undone_without_entry(session)
    yield from _cash(session)
    yield from _machine(session)


def _payments_without_drawer(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Payment.payment_id)
        .outerjoin(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            (Payment.channel == PaymentChannel.DESK.value) != DeskPayment.payment_id.is_not(None),
        )
    )
    for payment_id in rows:
        message = f"Payment {payment_id} is of the desk and in no drawer, or the other way round."
        yield CheckFinding("desk_payments", message)


def _undone_without_entry(session: Session) -> Iterator[CheckFinding]:
    """A payment that was undone has the entry that says so; no other payment has one."""
    practice_id = practice_of(session)
    undone = (
        select(cast(Payment.payment_id, String).label("source_key"), Payment.state)
        .where(
            Payment.practice_id == practice_id,
            Payment.state.in_([state.value for state in UNDONE]),
        )
        .subquery()
    )
    entries = (
        select(JournalEntryRow.source_key, JournalEntryRow.business_event)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.in_(_UNDOING.values()),
        )
        .subquery()
    )
    rows = session.execute(
        select(
            func.coalesce(undone.c.source_key, entries.c.source_key).label("payment_id"),
            undone.c.state,
            entries.c.business_event,
        ).select_from(undone.join(entries, undone.c.source_key == entries.c.source_key, full=True))
    )
    for row in rows:
        if _UNDOING.get(row.state or "") != row.business_event:
            message = (
                f"Payment {row.payment_id} is {row.state or 'money'}, and the journal has "
                f"{row.business_event or 'nothing'}."
            )
            yield CheckFinding("desk_payments", message)


def _cash(session: Session) -> Iterator[CheckFinding]:
    """What is not at the bank is in a drawer: as taken while it is open, as counted after that."""
    practice_id = practice_of(session)
    in_drawers = 0
    for drawer in _drawers_not_at_the_bank(session):
        if DrawerState(drawer.state) in IN_USE:
            takings = takings_of(session, drawer)
            in_drawers += takings.cash_cents + takings.checks_cents
        else:
            in_drawers += drawer.bank_cents or 0
    on_books = session.scalar(
        select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.DESK_CASH.value,
        )
    )
    if in_drawers != int(on_books or 0):
        message = f"The drawers hold {in_drawers} cents, the journal has {on_books}."
        yield CheckFinding("desk_cash", message)


def _drawers_not_at_the_bank(session: Session) -> Sequence[Drawer]:
    return session.scalars(
        select(Drawer).where(
            Drawer.practice_id == practice_of(session),
            Drawer.state != DrawerState.DEPOSITED.value,
        )
    ).all()


def _machine(session: Session) -> Iterator[CheckFinding]:
    """What no batch has brought, less the refunds on it, is what the machine still owes."""
    practice_id = practice_of(session)
    waiting = session.scalar(
        select(func.coalesce(func.sum(Payment.amount_cents), 0))
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.method_kind == MethodKind.TERMINAL.value,
            Payment.state == PaymentState.SUCCEEDED.value,
            DeskPayment.terminal_batch_id.is_(None),
        )
    )
    owes = int(waiting or 0) - refunds_on_machine_cents(session)
    on_books = session.scalar(
        select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.TERMINAL_CLEARING.value,
        )
    )
    if owes != int(on_books or 0):
        message = f"The card machine has {owes} cents to bring, the journal says {on_books}."
        yield CheckFinding("terminal_clearing", message)
