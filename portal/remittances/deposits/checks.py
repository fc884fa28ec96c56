"""What must hold between deposits, payments and the journal; empty means sound. Changes nothing."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.remittances.deposits.awaited import money_to_come
from portal.remittances.deposits.models import Deposit, DepositPart


def checks(session: Session) -> Iterator[CheckFinding]:
    """A payment arrives whole and once; the bank account is what the matched deposits say."""
    yield from _payments(session)
    yield from _deposits(session)
    yield from _entries(session)


def _payments(session: Session) -> Iterator[CheckFinding]:
    """What its files tell of a payment is what deposits brought for it, and what is to come."""
    found = money_to_come(practice_of(session))
    told, arrived = func.sum(found.c.told_cents), func.sum(found.c.cents)
    first = func.min(cast(found.c.remittance_id, String)).filter(found.c.part_id.is_not(None))
    rows = session.execute(
        select(first.label("remittance_id"), told.label("told"), arrived.label("arrived"))
        .group_by(found.c.payment)
        .having(func.count(found.c.part_id) > 0, told != arrived)
    )
    for row in rows:
        message = (
            f"Payment {row.remittance_id}: {row.told} cents were to come, deposits brought or are "
            f"to bring {row.arrived}."
        )
        yield CheckFinding("deposit_payment", message)


def _deposits(session: Session) -> Iterator[CheckFinding]:
    """The parts of a matched deposit are its amount."""
    practice_id = practice_of(session)
    cents = func.sum(DepositPart.amount_cents)
    rows = session.execute(
        select(Deposit.deposit_id, Deposit.amount_cents, cents.label("cents"))
        .join(
            DepositPart,
            (DepositPart.practice_id == practice_id)
            & (DepositPart.deposit_id == Deposit.deposit_id),
        )
        .where(Deposit.practice_id == practice_id, DepositPart.undone_at.is_(None))
        .group_by(Deposit.deposit_id, Deposit.amount_cents)
        .having(cents != Deposit.amount_cents)
    )
    for row in rows:
        message = (
            f"Deposit {row.deposit_id} of {row.amount_cents} cents: its parts are {row.cents}."
        )
        yield CheckFinding("deposit_parts", message)


def _entries(session: Session) -> Iterator[CheckFinding]:
    """What each part put into the bank account, and nothing once it was undone."""
    practice_id = practice_of(session)
    first = func.coalesce(JournalEntryRow.reverses_id, JournalEntryRow.entry_id)
    banked: dict[UUID, int] = {
        row.entry_id: int(row.cents)
        for row in session.execute(
            select(first.label("entry_id"), func.sum(PostingRow.amount_cents).label("cents"))
            .join(
                PostingRow,
                (PostingRow.practice_id == practice_id)
                & (PostingRow.entry_id == JournalEntryRow.entry_id),
            )
            .where(
                JournalEntryRow.practice_id == practice_id,
                JournalEntryRow.business_event == BusinessEvent.DEPOSIT_MATCHED.value,
                PostingRow.account == LedgerAccount.BANK.value,
            )
            .group_by(first)
        )
    }
    parts = session.execute(
        select(DepositPart.entry_id, DepositPart.amount_cents, DepositPart.undone_at).where(
            DepositPart.practice_id == practice_id
        )
    )
    told = {row.entry_id: 0 if row.undone_at else int(row.amount_cents) for row in parts}
    for entry_id in sorted(told.keys() | banked.keys()):
        if told.get(entry_id, 0) != banked.get(entry_id, 0):
            message = (
                f"A deposit brought {told.get(entry_id, 0)} cents, the journal has "
                f"{banked.get(entry_id, 0)}."
            )
            yield CheckFinding("deposit_entry", message, entry_id)
