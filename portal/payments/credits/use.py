"""Using what somebody paid too much: put to what they owe, the oldest service first."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind, practice_of
from portal.domain.allocation import Allocation, allocate
from portal.domain.journal import NOWHERE, BusinessEvent
from portal.domain.payment_postings import credit_used
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.credit_moves import move_credit
from portal.ledger.journal import post
from portal.ledger.models import JournalEntryRow
from portal.ledger.outbox import enqueue_post
from portal.ledger.queries import on_its_way_cents, unapplied_credit_cents
from portal.payments.credits.remains import (
    awaited_credit,
    end_tasks_of_spent_credit,
    lower_waiting,
    waiting_beyond,
    waiting_credit,
)
from portal.payments.lines import open_targets
from portal.payments.moves import BooksBusyError, lock_guarantor
from portal.payments.queries import AllocationRow, allocation_rows
from portal.payments.refunds.page import Account, account_of
from portal.payments.settlement import account_details, practice_day
from portal.practice.import_lock import import_is_running
from portal.practice.viewing import viewer_of


class CreditNotAllowedError(PermissionError):
    """Only some of the staff may decide what credit is used for."""


class AccountNotFoundError(LookupError):
    """No such guarantor in this practice."""


class CreditChangedError(RuntimeError):
    """What would be used is not what was seen and agreed to."""


@dataclass(frozen=True, slots=True)
class CreditPage:
    """What credit would pay now; ``awaited_cents`` of it stays for payers' corrections."""

    account: Account
    credit_cents: int
    awaited_cents: int
    usable_cents: int
    allocations: tuple[AllocationRow, ...]


def credit_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> CreditPage:
    """With a row in the audit log: it names visits. Raises AccountNotFoundError."""
    with database.transaction(principal) as session:
        account = account_of(session, guarantor_id)
        if account is None:
            raise AccountNotFoundError(guarantor_id)
        _note(session, guarantor_id, action="view", now=now, request_id=request_id)
        today = practice_day(session, now)
        parts = _parts(session, guarantor_id, today=today)
        waiting = waiting_credit(session, guarantor_id)
        return CreditPage(
            account=account,
            credit_cents=unapplied_credit_cents(session, guarantor_id),
            awaited_cents=sum(awaited_credit(session, waiting, today=today).values()),
            usable_cents=sum(part.amount_cents for part in parts),
            allocations=allocation_rows(session, parts, viewer_of(session, today=today)),
        )


def use_credit(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    use_id: UUID,
    seen_cents: int,
    now: datetime,
    request_id: str,
) -> None:
    """Put all that may be used to what is owed. ``use_id`` comes with the form: twice sent is one.

    Raises CreditNotAllowedError, AccountNotFoundError, CreditChangedError when it is not
    ``seen_cents`` any more, and BooksBusyError while a remittance is imported.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.CREDIT]:
        raise CreditNotAllowedError(guarantor_id)
    with database.transaction(principal) as session:
        if account_of(session, guarantor_id) is None:
            raise AccountNotFoundError(guarantor_id)
        is_new = put_credit(
            session,
            guarantor_id,
            lambda today: _parts(session, guarantor_id, today=today),
            use_id=use_id,
            seen_cents=seen_cents,
            now=now,
        )
        if is_new:
            _note(session, guarantor_id, action="use_credit", now=now, request_id=request_id)


def put_credit(
    session: Session,
    guarantor_id: UUID,
    parts: Callable[[date], Sequence[Allocation]],
    *,
    use_id: UUID,
    seen_cents: int,
    now: datetime,
) -> bool:
    """Put a credit to lines, once for each ``use_id``; False when it was done before.

    ``parts`` is asked when nothing else can change the account any more. Raises CreditChangedError
    when they are not ``seen_cents`` together, and BooksBusyError while a remittance is imported.
    """
    lock_guarantor(session, guarantor_id)
    if _is_used(session, use_id):
        return False
    if import_is_running(session):
        raise BooksBusyError(guarantor_id)
    found = parts(practice_day(session, now))
    if not found or sum(part.amount_cents for part in found) != seen_cents:
        raise CreditChangedError(guarantor_id)
    post_use(session, guarantor_id, use_id, found, now=now)
    return True


def free_credit_cents(session: Session, guarantor_id: UUID, *, today: date) -> int:
    """Neither awaited by a payer's correction nor going back."""
    awaited = awaited_credit(session, waiting_credit(session, guarantor_id), today=today)
    leaving = credit_going_back(session.connection(), practice_of(session), [guarantor_id])
    going_back_cents = leaving[guarantor_id].at_most_cents if guarantor_id in leaving else 0
    credit_cents = unapplied_credit_cents(session, guarantor_id)
    return credit_cents - sum(awaited.values()) - going_back_cents


def _parts(session: Session, guarantor_id: UUID, *, today: date) -> Sequence[Allocation]:
    """Never credit that is awaited or going back, nor for what is being paid at a bank."""
    free_cents = free_credit_cents(session, guarantor_id, today=today)
    targets = open_targets(session, guarantor_id)
    open_cents = sum(one.open_cents for one in targets) - on_its_way_cents(session, guarantor_id)
    usable_cents = min(free_cents, open_cents)
    return allocate(usable_cents, targets) if usable_cents > 0 else ()


def _is_used(session: Session, use_id: UUID) -> bool:
    found = session.scalar(
        select(JournalEntryRow.entry_id).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.business_event == BusinessEvent.CREDIT_APPLIED.value,
            JournalEntryRow.source_key == str(use_id),
        )
    )
    return found is not None


def post_use(
    session: Session,
    guarantor_id: UUID,
    use_id: UUID,
    parts: Sequence[Allocation],
    *,
    of_payments: Collection[UUID] | None = None,
    now: datetime,
) -> None:
    """With the guarantor locked: credit of these payments, or of any, pays ``parts``.

    The practice's system is told.
    """
    effective_on = practice_day(session, now)
    waiting = waiting_credit(session, guarantor_id)
    awaited = awaited_credit(session, waiting, today=effective_on)
    entry = credit_used(use_id, parts, guarantor_id=guarantor_id, effective_on=effective_on)
    entry_id = post(session, entry, now=now)
    connection = session.connection()
    move_credit(connection, practice_of(session), entry, entry_id, of_payments=of_payments)
    by_cents = waiting_beyond(waiting, unapplied_credit_cents(session, guarantor_id))
    overdue = [claim_id for claim_id in waiting if claim_id not in awaited]
    lower_waiting(session, waiting, by_cents=by_cents, own=overdue)
    end_tasks_of_spent_credit(session, guarantor_id, now=now)
    used_cents = sum(part.amount_cents for part in parts)
    enqueue_post(
        session,
        guarantor_id=guarantor_id,
        entry_id=entry_id,
        subject_id=use_id,
        kind=BusinessEvent.CREDIT_APPLIED.value,
        amount_cents=0,
        effective_on=effective_on,
        details=account_details(session, guarantor_id, [Allocation(NOWHERE, -used_cents), *parts]),
        now=now,
    )


def _note(
    session: Session, guarantor_id: UUID, *, action: str, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="credit",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
