"""Which payment a movement at the processor is about, and where our books have it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.gateway_movements import (
    OF_A_PAYMENT,
    MovementKind,
    SettledMovement,
    account_of_movement,
)
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.models import MovementRow
from portal.payments.models import Payment

CLEARING = (LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING)
_OF_A_BANK_DEBIT = "payment"
"""How Stripe's words for movements of bank debits begin; those of cards say charge and refund."""


def placed(session: Session, movements: Collection[MovementRow]) -> list[SettledMovement]:
    """Each of them with the account our books have it in, if they do."""
    of_a_payment = [one for one in movements if one.kind in OF_A_PAYMENT]
    methods = _methods(session, of_a_payment)
    strays = _strays(session, of_a_payment)
    return [
        SettledMovement(
            MovementKind(one.kind),
            one.amount_cents,
            one.fee_cents,
            _account(one, methods, strays),
        )
        for one in movements
    ]


def _account(
    movement: MovementRow,
    methods: Mapping[str | UUID, str | None],
    strays: Mapping[str, LedgerAccount],
) -> LedgerAccount | None:
    kind = MovementKind(movement.kind)
    for key in (movement.payment_intent_id, movement.reference):
        if key is not None and key in methods:
            bank = MethodKind.BANK_DEBIT if movement.word.startswith(_OF_A_BANK_DEBIT) else None
            return account_of_movement(kind, method_kind=methods[key] or bank)
    return strays.get(movement.payment_intent_id or "")


def _methods(
    session: Session, movements: Collection[MovementRow]
) -> Mapping[str | UUID, str | None]:
    """How our payments among them were paid, by Stripe's id; by ours as long as that is unknown."""
    rows = session.execute(
        select(Payment.payment_id, Payment.payment_intent_id, Payment.method_kind).where(
            Payment.practice_id == practice_of(session),
            or_(
                Payment.payment_intent_id.in_({one.payment_intent_id for one in movements}),
                Payment.payment_id.in_({one.reference for one in movements if one.reference}),
            ),
        )
    ).all()
    return {row.payment_intent_id or row.payment_id: row.method_kind for row in rows}


def _strays(session: Session, movements: Collection[MovementRow]) -> Mapping[str, LedgerAccount]:
    """Money in suspense that no payment explains, by the id Stripe gave it."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(JournalEntryRow.source_key, PostingRow.account)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            JournalEntryRow.source_key.in_({one.payment_intent_id for one in movements}),
            PostingRow.account.in_([account.value for account in CLEARING]),
        )
    )
    return {row.source_key: LedgerAccount(row.account) for row in rows}
