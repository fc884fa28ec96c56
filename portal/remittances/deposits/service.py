"""What arrived at the bank: recorded, matched to payers' payments, undone. A poster decides.

A matched payment leaves payer clearing. What a deposit has beyond its payments, or lacks, is put
aside with a reason, so that the bank account in the books is what the bank says.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain import payer_postings
from portal.domain.bank_file import BankLine
from portal.domain.journal import BusinessEvent, JournalEntry
from portal.domain.remittance import NOTICE_TRACE
from portal.ledger.journal import post, reverse
from portal.practice.import_lock import import_is_running
from portal.remittances.claims.work import Act, ImportRunningError
from portal.remittances.deposits.awaited import money_to_come
from portal.remittances.deposits.models import Deposit, DepositPart
from portal.remittances.models import Remittance

TYPED: Final = "typed"
BANK_FILE: Final = "bank_file"

IS_NOTICE: Final = (Remittance.payment_method == "NON") & Remittance.trace_number.startswith(
    NOTICE_TRACE
)
"""A decision that was told without its money: the payer's remittance brings it."""


class DepositNotFoundError(LookupError):
    """No such deposit, or no such payment, in this practice."""


class PaymentTakenError(ValueError):
    """A payment arrived already, or nothing of it is to arrive."""


class DepositTakenError(ValueError):
    """The deposit is matched or set aside already; or, to undo it, it is not matched."""


class DepositDiffersError(ValueError):
    """The deposit is not its payments together, and no reason is given."""

    def __init__(self, difference_cents: int) -> None:
        super().__init__(difference_cents)
        self.difference_cents = difference_cents


@dataclass(frozen=True, slots=True)
class NewDeposit:
    """What a bank statement says."""

    deposited_on: date
    amount_cents: int
    reference: str


def record_deposit(
    database: Database,
    principal: Principal,
    deposit: NewDeposit,
    remittance_ids: Collection[UUID],
    *,
    reason: str,
    act: Act,
) -> UUID:
    """Type in a deposit, and which payments it was; ``reason`` is for a difference.

    Raises DepositNotFoundError, PaymentTakenError, DepositDiffersError and ImportRunningError.
    """
    deposit_id = new_id()
    with database.transaction(principal) as session:
        session.execute(
            insert(Deposit).values(
                _row(session, deposit_id, deposit, source=TYPED, bank_line=None, act=act)
            )
        )
        _match(session, deposit_id, remittance_ids, reason=reason, act=act)
        _note(session, deposit_id, action="record_deposit", act=act)
    return deposit_id


def match_deposit(
    database: Database,
    principal: Principal,
    deposit_id: UUID,
    remittance_ids: Collection[UUID],
    *,
    reason: str,
    act: Act,
) -> None:
    """Say which payments a deposit was. Raises as ``record_deposit``, and DepositTakenError."""
    with database.transaction(principal) as session:
        _match(session, deposit_id, remittance_ids, reason=reason, act=act)
        _note(session, deposit_id, action="match_deposit", act=act)


def undo_deposit(
    database: Database, principal: Principal, deposit_id: UUID, *, reason: str, act: Act
) -> None:
    """Take back what was said of a deposit, a match or that it is no payer's money: it is open.

    Raises DepositNotFoundError and DepositTakenError.
    """
    if not reason.strip():
        raise ValueError("it is undone with a reason")
    with database.transaction(principal) as session:
        deposit = _locked(session, deposit_id)
        parts = _standing_parts(session, deposit_id)
        if deposit.set_aside_at is not None:
            deposit.set_aside_at = None
            deposit.undone_at, deposit.undone_by = act.now, principal.actor_id
            deposit.undo_reason = reason.strip()
            _note(session, deposit_id, action="undo_set_aside", act=act)
            return
        if not parts:
            raise DepositTakenError(deposit_id)
        for part in parts:
            reverse(
                session,
                part.entry_id,
                business_event=BusinessEvent.DEPOSIT_MATCHED,
                effective_on=act.today,
                now=act.now,
            )
            part.undone_at, part.undone_by = act.now, principal.actor_id
            part.undo_reason = reason.strip()
        _note(session, deposit_id, action="undo_deposit", act=act)


def set_deposit_aside(
    database: Database, principal: Principal, deposit_id: UUID, *, reason: str, act: Act
) -> None:
    """It is no payer's money: nothing is posted. Raises as ``undo_deposit``."""
    if not reason.strip():
        raise ValueError("a deposit is set aside with a reason")
    with database.transaction(principal) as session:
        deposit = _locked(session, deposit_id)
        if deposit.set_aside_at is not None or _standing_parts(session, deposit_id):
            raise DepositTakenError(deposit_id)
        deposit.set_aside_at, deposit.set_aside_reason = act.now, reason.strip()
        _note(session, deposit_id, action="set_deposit_aside", act=act)


def take_bank_lines(
    database: Database, principal: Principal, lines: Sequence[BankLine], *, act: Act
) -> int:
    """Record what a bank's file says; returns how many lines were new. Nothing is matched yet."""
    with database.transaction(principal) as session:
        rows = [
            _row(
                session,
                new_id(),
                NewDeposit(line.deposited_on, line.amount_cents, line.reference),
                source=BANK_FILE,
                bank_line=line.key,
                act=act,
            )
            for line in lines
        ]
        taken = 0
        if rows:
            new = session.execute(  # the rows beside it: SQLAlchemy sends them a thousand at a time
                insert_or_conflict(Deposit)
                .on_conflict_do_nothing(constraint="deposits_bank_line")
                .returning(Deposit.deposit_id),
                rows,
            )
            taken = len(new.all())
        _note(session, None, action="take_bank_file", act=act)
        return taken


def _match(
    session: Session,
    deposit_id: UUID,
    remittance_ids: Collection[UUID],
    *,
    reason: str,
    act: Act,
) -> None:
    if import_is_running(session):
        raise ImportRunningError
    deposit = _locked(session, deposit_id)
    if deposit.set_aside_at is not None or _standing_parts(session, deposit_id):
        raise DepositTakenError(deposit_id)
    awaited = _awaited(session, remittance_ids)
    difference_cents = deposit.amount_cents - sum(awaited.values())
    if difference_cents and not reason.strip():
        raise DepositDiffersError(difference_cents)
    for remittance_id, cents in awaited.items():
        part_id = new_id()
        entry = payer_postings.deposit_matched(
            remittance_id, part_id=part_id, deposit_cents=cents, effective_on=act.today
        )
        _add_part(session, deposit_id, entry, part_id, cents, remittance_id=remittance_id, act=act)
    if difference_cents:
        part_id = new_id()
        entry = payer_postings.deposit_difference_suspended(
            deposit_id, part_id=part_id, difference_cents=difference_cents, effective_on=act.today
        )
        _add_part(
            session, deposit_id, entry, part_id, difference_cents, reason=reason.strip(), act=act
        )


def _awaited(session: Session, remittance_ids: Collection[UUID]) -> dict[UUID, int]:
    """What is to arrive of each payment, which nobody else matches meanwhile."""
    practice_id = practice_of(session)
    _lock_payments(session, remittance_ids)
    to_come = money_to_come(practice_id)
    rows = session.execute(
        select(
            Remittance.remittance_id,
            to_come.c.cents,
            to_come.c.part_id.is_not(None).label("has_arrived"),
            IS_NOTICE.label("is_notice"),
        )
        .join(to_come, to_come.c.remittance_id == Remittance.remittance_id)
        .where(
            Remittance.practice_id == practice_id,
            Remittance.remittance_id == func.any(list(remittance_ids)),
        )
        .order_by(Remittance.remittance_id)
    ).all()
    if not rows or len(rows) != len(set(remittance_ids)):
        raise DepositNotFoundError
    if any(row.has_arrived or row.is_notice or row.cents <= 0 for row in rows):
        raise PaymentTakenError
    return {row.remittance_id: int(row.cents) for row in rows}


def _lock_payments(session: Session, remittance_ids: Collection[UUID]) -> None:
    """All files that tell them."""
    practice_id = practice_of(session)
    chosen = aliased(Remittance)
    session.execute(
        select(Remittance.remittance_id)
        .where(
            Remittance.practice_id == practice_id,
            exists().where(
                chosen.practice_id == practice_id,
                chosen.remittance_id == func.any(list(remittance_ids)),
                chosen.payer_id == Remittance.payer_id,
                chosen.trace_number == Remittance.trace_number,
            ),
        )
        .order_by(Remittance.remittance_id)
        .with_for_update()
    )


def _add_part(
    session: Session,
    deposit_id: UUID,
    entry: JournalEntry,
    part_id: UUID,
    cents: int,
    *,
    act: Act,
    remittance_id: UUID | None = None,
    reason: str = "",
) -> None:
    session.execute(
        insert(DepositPart).values(
            practice_id=practice_of(session),
            part_id=part_id,
            deposit_id=deposit_id,
            remittance_id=remittance_id,
            amount_cents=cents,
            reason=reason,
            entry_id=post(session, entry, now=act.now),
            matched_at=act.now,
            matched_by=principal_of(session).actor_id,
        )
    )


def _row(
    session: Session,
    deposit_id: UUID,
    deposit: NewDeposit,
    *,
    source: str,
    bank_line: str | None,
    act: Act,
) -> dict[str, object]:
    return {
        "practice_id": practice_of(session),
        "deposit_id": deposit_id,
        "deposited_on": deposit.deposited_on,
        "amount_cents": deposit.amount_cents,
        "reference": deposit.reference,
        "source": source,
        "bank_line": bank_line,
        "recorded_at": act.now,
        "recorded_by": principal_of(session).actor_id,
    }


def _locked(session: Session, deposit_id: UUID) -> Deposit:
    deposit = session.scalar(
        select(Deposit)
        .where(Deposit.practice_id == practice_of(session), Deposit.deposit_id == deposit_id)
        .with_for_update()
    )
    if deposit is None:
        raise DepositNotFoundError(deposit_id)
    return deposit


def _standing_parts(session: Session, deposit_id: UUID) -> Sequence[DepositPart]:
    return session.scalars(
        select(DepositPart).where(
            DepositPart.practice_id == practice_of(session),
            DepositPart.deposit_id == deposit_id,
            DepositPart.undone_at.is_(None),
        )
    ).all()


def _note(session: Session, deposit_id: UUID | None, *, action: str, act: Act) -> None:
    record(
        session,
        action=action,
        object_kind="deposit",
        object_id=deposit_id,
        guarantor_id=None,
        now=act.now,
        request_id=act.request_id,
    )
