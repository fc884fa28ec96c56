"""Deposits meet their shares: whatever releases a share calls this before it commits.

Importers, holds released by staff, the practice's feed, and statements before they ask. Claims are
rows of practice, beside this layer; of them only number, day and guarantor matter here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, column, func, insert, or_, select, table, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from portal.db import Base, new_id, practice_of
from portal.domain.allocation import Allocation as Part
from portal.domain.journal import NOWHERE, LedgerAccount, Target
from portal.domain.payment_postings import credit_used
from portal.domain.visit_deposits import (
    Meeting,
    OpenLine,
    WaitingDeposit,
    deposit_applied,
    meet,
)
from portal.ledger.checks import CheckFinding
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.journal import write_new
from portal.ledger.models import Allocation, PostingRow, VisitDeposit

_CLAIMS: Final = table(
    "claims",
    column("practice_id"),
    column("claim_id"),
    column("guarantor_id"),
    column("claim_number"),
    column("service_on"),
    column("waiting_credit", JSONB),
    schema=Base.metadata.schema,
)


def meet_deposits(
    connection: Connection,
    practice_id: UUID,
    *,
    today: date,
    now: datetime,
    guarantor_ids: Collection[UUID] | None = None,
) -> int:
    """Put what waits to the shares it was taken for, as far as they are open; cents that met.

    Also what a decision had freed of them, while it is still credit. ``guarantor_ids`` None is
    everybody, for imports, which nobody pays meanwhile; else they are locked.
    """
    met_cents = 0
    for find, write in ((_waiting, _write), (_freed, _write_freed)):
        found = find(connection, practice_id, guarantor_ids)
        if not found:
            continue
        deposits = {one.receipt_id: one for one in found}
        meetings = meet(found, _open_lines(connection, practice_id, found))
        for receipt_id, paid in groupby(meetings, key=lambda one: one.receipt_id):
            write(connection, practice_id, deposits[receipt_id], tuple(paid), today=today, now=now)
        met_cents += sum(one.cents for one in meetings)
    return met_cents


def deposit_of(session: Session, receipt_id: UUID) -> WaitingDeposit | None:
    """What of this money still waits for its visit; None when nothing does."""
    found = session.execute(
        select(
            VisitDeposit.receipt_id,
            VisitDeposit.guarantor_id,
            VisitDeposit.claim_number,
            VisitDeposit.service_on,
            VisitDeposit.left_cents,
        ).where(
            VisitDeposit.practice_id == practice_of(session),
            VisitDeposit.receipt_id == receipt_id,
            VisitDeposit.left_cents > 0,
        )
    ).one_or_none()
    return None if found is None else WaitingDeposit(*found)


def end_deposit(session: Session, receipt_id: UUID) -> None:
    """Nothing of it waits any more; its guarantor is locked."""
    _change(session, receipt_id, {"left_cents": 0})


def move_deposit(session: Session, receipt_id: UUID, *, service_on: date) -> None:
    """It waits for a visit of another day; its guarantor is locked."""
    _change(session, receipt_id, {"service_on": service_on})


def _change(session: Session, receipt_id: UUID, values: Mapping[str, object]) -> None:
    session.execute(
        update(VisitDeposit)
        .where(
            VisitDeposit.practice_id == practice_of(session),
            VisitDeposit.receipt_id == receipt_id,
        )
        .values(values)
    )


def checks(session: Session) -> Iterator[CheckFinding]:
    """What is left of deposits is what the journal has, guarantor by guarantor."""
    practice_id = practice_of(session)
    waiting = session.execute(
        select(VisitDeposit.guarantor_id, func.sum(VisitDeposit.left_cents).label("cents"))
        .where(VisitDeposit.practice_id == practice_id, VisitDeposit.left_cents > 0)
        .group_by(VisitDeposit.guarantor_id)
    )
    left = {row.guarantor_id: int(row.cents) for row in waiting}
    cents = func.sum(PostingRow.amount_cents)
    posted = session.execute(
        select(PostingRow.guarantor_id, cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PATIENT_DEPOSITS.value,
        )
        .group_by(PostingRow.guarantor_id)
        .having(cents != 0)
    )
    on_books = {row.guarantor_id: -int(row.cents) for row in posted}
    for guarantor_id in left.keys() | on_books.keys():
        kept, held = left.get(guarantor_id, 0), on_books.get(guarantor_id, 0)
        if kept != held:
            message = (
                f"Guarantor {guarantor_id}: {kept} cents wait as deposits, the journal has {held}."
            )
            yield CheckFinding("patient_deposits", message)


def _waiting(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID] | None
) -> Sequence[WaitingDeposit]:
    query = select(
        VisitDeposit.receipt_id,
        VisitDeposit.guarantor_id,
        VisitDeposit.claim_number,
        VisitDeposit.service_on,
        VisitDeposit.left_cents,
    ).where(VisitDeposit.practice_id == practice_id, VisitDeposit.left_cents > 0)
    if guarantor_ids is not None:
        query = query.where(VisitDeposit.guarantor_id == func.any(list(guarantor_ids)))
    rows = connection.execute(query.order_by(VisitDeposit.taken_on, VisitDeposit.receipt_id))
    return [WaitingDeposit(*row) for row in rows]


def _freed(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID] | None
) -> Sequence[WaitingDeposit]:
    """What lies as credit of money that was taken for a visit, and is neither awaited nor leaving.

    A payer's later decision left no share for it; a further one may ask for the share again.
    """
    cents = func.sum(Allocation.amount_cents)
    query = (
        select(
            VisitDeposit.receipt_id,
            VisitDeposit.guarantor_id,
            VisitDeposit.claim_number,
            VisitDeposit.service_on,
            cents.label("cents"),
        )
        .join(
            Allocation,
            (Allocation.practice_id == practice_id)
            & (Allocation.payment_id == VisitDeposit.receipt_id),
        )
        .where(VisitDeposit.practice_id == practice_id, Allocation.claim_id.is_(None))
        .group_by(VisitDeposit.practice_id, VisitDeposit.receipt_id)
        .having(cents > 0)
        .order_by(VisitDeposit.taken_on, VisitDeposit.receipt_id)
    )
    if guarantor_ids is not None:
        query = query.where(VisitDeposit.guarantor_id == func.any(list(guarantor_ids)))
    rows = connection.execute(query).all()
    free = _free_credit(connection, practice_id, {row.guarantor_id for row in rows})
    freed = []
    for row in rows:
        usable = min(int(row.cents), free[row.guarantor_id])
        if usable > 0:
            free[row.guarantor_id] -= usable
            freed.append(
                WaitingDeposit(
                    row.receipt_id, row.guarantor_id, row.claim_number, row.service_on, usable
                )
            )
    return freed


def _free_credit(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Unapplied, and neither kept for a payer's correction nor going back."""
    if not guarantor_ids:
        return {}
    ids = list(guarantor_ids)
    free = dict.fromkeys(ids, 0)
    for guarantor_id, cents in connection.execute(
        select(Allocation.guarantor_id, func.sum(Allocation.amount_cents))
        .where(
            Allocation.practice_id == practice_id,
            Allocation.guarantor_id == func.any(ids),
            Allocation.claim_id.is_(None),
        )
        .group_by(Allocation.guarantor_id)
    ):
        free[guarantor_id] = int(cents)
    for guarantor_id, waiting in connection.execute(
        select(_CLAIMS.c.guarantor_id, _CLAIMS.c.waiting_credit).where(
            _CLAIMS.c.practice_id == practice_id,
            _CLAIMS.c.guarantor_id == func.any(ids),
            func.jsonb_typeof(_CLAIMS.c.waiting_credit) == "object",
        )
    ):
        free[guarantor_id] -= sum(waiting.values())
    for guarantor_id, leaving in credit_going_back(connection, practice_id, ids).items():
        free[guarantor_id] -= leaving.at_most_cents
    return free


def _open_lines(
    connection: Connection, practice_id: UUID, deposits: Collection[WaitingDeposit]
) -> Sequence[OpenLine]:
    """What the guarantors owe now of claims that deposits may be for, the oldest service first."""
    guarantor_ids = list({one.guarantor_id for one in deposits})
    numbers = [one.claim_number for one in deposits if one.claim_number]
    days = [one.service_on for one in deposits if one.service_on is not None]
    claims = {
        row.claim_id: row
        for row in connection.execute(
            select(
                _CLAIMS.c.claim_id,
                _CLAIMS.c.guarantor_id,
                _CLAIMS.c.claim_number,
                _CLAIMS.c.service_on,
            ).where(
                _CLAIMS.c.practice_id == practice_id,
                _CLAIMS.c.guarantor_id == func.any(guarantor_ids),
                or_(
                    _CLAIMS.c.claim_number == func.any(numbers),
                    _CLAIMS.c.service_on == func.any(days),
                ),
            )
        )
    }
    open_cents = func.sum(PostingRow.amount_cents)
    rows = connection.execute(
        select(PostingRow.claim_id, PostingRow.charge_id, open_cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.claim_id == func.any(list(claims)),
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
        .having(open_cents > 0)
    )
    lines = []
    for row in rows:
        if row.claim_id is None:
            continue
        claim = claims[row.claim_id]
        target = Target(row.claim_id, row.charge_id)
        lines.append(
            OpenLine(
                target, claim.guarantor_id, claim.claim_number, claim.service_on, int(row.cents)
            )
        )
    return sorted(lines, key=_oldest_service_first)


def _oldest_service_first(line: OpenLine) -> tuple[date, str, str]:
    return line.service_on or date.max, str(line.target.claim_id), str(line.target.charge_id)


def _write(
    connection: Connection,
    practice_id: UUID,
    deposit: WaitingDeposit,
    paid: tuple[Meeting, ...],
    *,
    today: date,
    now: datetime,
) -> None:
    entry = deposit_applied(new_id(), paid, guarantor_id=deposit.guarantor_id, effective_on=today)
    entry_id = write_new(connection, practice_id, entry, now=now)
    parts = [(one.target, one.cents) for one in paid]
    _allocate(connection, practice_id, deposit, entry_id, parts)
    connection.execute(
        update(VisitDeposit)
        .where(
            VisitDeposit.practice_id == practice_id,
            VisitDeposit.receipt_id == deposit.receipt_id,
        )
        .values(left_cents=VisitDeposit.left_cents - sum(one.cents for one in paid))
    )


def _write_freed(
    connection: Connection,
    practice_id: UUID,
    deposit: WaitingDeposit,
    paid: tuple[Meeting, ...],
    *,
    today: date,
    now: datetime,
) -> None:
    put_to = [Part(one.target, one.cents) for one in paid]
    entry = credit_used(new_id(), put_to, guarantor_id=deposit.guarantor_id, effective_on=today)
    entry_id = write_new(connection, practice_id, entry, now=now)
    parts = [(one.target, one.cents) for one in paid]
    used_cents = sum(one.cents for one in paid)
    _allocate(connection, practice_id, deposit, entry_id, [(NOWHERE, -used_cents), *parts])


def _allocate(
    connection: Connection,
    practice_id: UUID,
    deposit: WaitingDeposit,
    entry_id: UUID,
    parts: Sequence[tuple[Target, int]],
) -> None:
    connection.execute(
        insert(Allocation).values(
            [
                {
                    "practice_id": practice_id,
                    "allocation_id": new_id(),
                    "guarantor_id": deposit.guarantor_id,
                    "payment_id": deposit.receipt_id,
                    "entry_id": entry_id,
                    "claim_id": target.claim_id,
                    "charge_id": target.charge_id,
                    "amount_cents": cents,
                }
                for target, cents in parts
            ]
        )
    )
