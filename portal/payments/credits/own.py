"""Using one's own credit: the person who pays puts it to what they owe now, and sees where before.

As staff's use of a credit it takes nothing that is awaited or going back; beside that nothing that
a bank disputes, and it pays only what statements ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.allocation import Allocation, allocate
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger import models as ledger
from portal.ledger.queries import unapplied_credit_cents
from portal.payments.access import Payable, StatementDue, payable
from portal.payments.credits.use import free_credit_cents, put_credit
from portal.payments.disputes.queries import disputed_payments
from portal.payments.lines import open_targets
from portal.payments.queries import AllocationRow, allocation_rows
from portal.payments.settlement import practice_day
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import viewer_of

_JOB: Final = "use_own_credit"
_USES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class OwnCreditPage:
    """What the credit would pay now, and what is left to pay and of the credit after that.

    ``held_cents`` of it may not be used yet. ``uses``: when how much of it paid a bill, the newest
    first.
    """

    practice: PracticeContact
    statement_id: UUID
    credit_cents: int
    held_cents: int
    due_now_cents: int
    usable_cents: int
    allocations: tuple[AllocationRow, ...]
    uses: tuple[tuple[date, int], ...] = ()

    @property
    def due_after_cents(self) -> int:
        return self.due_now_cents - self.usable_cents

    @property
    def credit_after_cents(self) -> int:
        return self.credit_cents - self.usable_cents


def own_credit_page(
    database: Database,
    principal: Principal,
    statement_id: UUID | None,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> OwnCreditPage:
    """With a row in the audit log: it names visits. ``statement_id``: the one they came in by.

    Raises StatementNotFoundError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        _note(session, due, action="view", now=now, request_id=request_id)
        today = practice_day(session, now)
        credit_cents = unapplied_credit_cents(session, due.guarantor_id)
        parts = _parts(session, due, today=today)
        return OwnCreditPage(
            practice=practice_contact(session),
            statement_id=due.statement_id,
            credit_cents=credit_cents,
            held_cents=credit_cents - _free_cents(session, due.guarantor_id, today=today),
            due_now_cents=due.due_now_cents,
            usable_cents=sum(part.amount_cents for part in parts),
            allocations=allocation_rows(session, parts, viewer_of(session, today=today)),
            uses=_uses(session, due.guarantor_id),
        )


def use_own_credit(
    database: Database,
    principal: Principal,
    statement_id: UUID | None,
    *,
    statement_due: StatementDue,
    use_id: UUID,
    seen_cents: int,
    now: datetime,
    request_id: str,
) -> None:
    """Put what may be used of it to what is owed now; twice sent is one.

    First noted as the person's own act, then posted by the practice: nobody else writes its books.
    Raises StatementNotFoundError, CreditChangedError and BooksBusyError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        _note(session, due, action="ask_to_use_credit", now=now, request_id=request_id)

    with database.transaction(Principal.job(principal.practice_id, role=_JOB)) as session:
        put_credit(
            session,
            due.guarantor_id,
            lambda today: _parts(
                session, payable(session, statement_id, statement_due=statement_due), today=today
            ),
            use_id=use_id,
            seen_cents=seen_cents,
            now=now,
        )


def _parts(session: Session, due: Payable, *, today: date) -> Sequence[Allocation]:
    """The oldest service first, of what statements ask for and no bank is at work on."""
    lines = [one for one in open_targets(session, due.guarantor_id) if one.target in due.lines]
    usable_cents = min(
        _free_cents(session, due.guarantor_id, today=today),
        due.due_now_cents,
        sum(one.open_cents for one in lines),
    )
    return allocate(usable_cents, lines) if usable_cents > 0 else ()


def _free_cents(session: Session, guarantor_id: UUID, *, today: date) -> int:
    free_cents = free_credit_cents(session, guarantor_id, today=today)
    return max(0, free_cents - _disputed_cents(session, guarantor_id))


def _disputed_cents(session: Session, guarantor_id: UUID) -> int:
    """What a bank may still take back of the credit."""
    cents = session.scalar(
        select(func.sum(ledger.Allocation.amount_cents)).where(
            ledger.Allocation.practice_id == practice_of(session),
            ledger.Allocation.guarantor_id == guarantor_id,
            ledger.Allocation.claim_id.is_(None),
            ledger.Allocation.payment_id.in_(disputed_payments(session)),
        )
    )
    return int(cents or 0)


def _uses(session: Session, guarantor_id: UUID) -> tuple[tuple[date, int], ...]:
    practice_id = practice_of(session)
    entry = ledger.JournalEntryRow
    rows = session.execute(
        select(entry.effective_on, func.sum(ledger.PostingRow.amount_cents).label("cents"))
        .join(
            ledger.PostingRow,
            (ledger.PostingRow.practice_id == practice_id)
            & (ledger.PostingRow.entry_id == entry.entry_id),
        )
        .where(
            entry.practice_id == practice_id,
            entry.business_event == BusinessEvent.CREDIT_APPLIED.value,
            ledger.PostingRow.guarantor_id == guarantor_id,
            ledger.PostingRow.account == LedgerAccount.UNAPPLIED_CREDIT.value,
        )
        .group_by(entry.entry_id, entry.effective_on)
        .order_by(entry.effective_on.desc(), entry.entry_id.desc())
        .limit(_USES_SHOWN)
    )
    return tuple((row.effective_on, int(row.cents)) for row in rows)


def _note(session: Session, due: Payable, *, action: str, now: datetime, request_id: str) -> None:
    record(
        session,
        action=action,
        object_kind="credit",
        object_id=due.guarantor_id,
        guarantor_id=due.guarantor_id,
        now=now,
        request_id=request_id,
    )
