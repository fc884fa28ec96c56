"""What a refund does to the books: its own payment's money is taken back, credit and lines."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, LedgerAccount
from portal.domain.money import format_usd
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_postings import clearing_account, refund_paid, refund_returned
from portal.domain.payment_status import PaymentState
from portal.domain.refund_ways import RefundWay
from portal.domain.refunding import PaymentRemains, RefundSources, refund_sources
from portal.ledger.journal import post
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.ledger.outbox import enqueue_post
from portal.payments.credits.remains import (
    end_tasks_of_spent_credit,
    lower_waiting_credit,
    remains_of,
)
from portal.payments.models import Payment, Refund
from portal.payments.moves import BooksBusyError
from portal.payments.refunds.bounds import chosen_parts
from portal.payments.reopened import keep_held
from portal.payments.settlement import keep_allocations, post_details, practice_day
from portal.payments.suspense.models import SuspenseDecision
from portal.payments.suspense.tasks import end_task_when_nothing_waits
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task


def post_refund(session: Session, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """A refund of a locked payment is out of the door: post it once, tell the practice's system.

    Raises BooksBusyError while a remittance is imported.
    """
    if import_is_running(session):
        raise BooksBusyError(payment.payment_id)
    effective_on = practice_day(session, now)
    remains = remains_of(session, payment, now=now)
    sources = _sources(payment, refund, remains.of_payment)
    credit = (Allocation(NOWHERE, sources.credit_cents),) if sources.credit_cents else ()
    taken = (*credit, *sources.lines)
    entry = refund_paid(
        refund.refund_id,
        taken,
        unexplained_cents=sources.unexplained_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        left_from=_left_from(payment, refund),
    )
    entry_id = post(session, entry, now=now)
    given_back = [Allocation(part.target, -part.amount_cents) for part in taken]
    if given_back:
        keep_allocations(session, payment, entry_id, given_back)
    lower_waiting_credit(session, remains, sources)
    end_tasks_of_spent_credit(session, payment.guarantor_id, now=now)
    keep_held(
        session,
        sources.lines,
        cause_id=refund.refund_id,
        guarantor_id=refund.guarantor_id,
        effective_on=effective_on,
        now=now,
    )
    if payment.state == PaymentState.SUSPENDED.value:
        end_task_when_nothing_waits(session, payment, now=now)
    elif sources.unexplained_cents:
        _ask_staff(session, refund, sources.unexplained_cents, now=now)
    if not given_back:
        return
    details = dict(post_details(session, payment, given_back))
    if refund.way == RefundWay.CHECK.value:
        details["method"] = MethodKind.CHECK.value
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=refund.refund_id,
        kind=BusinessEvent.REFUND_PAID.value,
        amount_cents=sum(part.amount_cents for part in given_back),
        effective_on=effective_on,
        details=details,
        now=now,
    )


def post_return(session: Session, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """A refund that was posted came back, or its check was stopped: credit of its payment again."""
    effective_on = practice_day(session, now)
    unexplained_cents = _unexplained_cents(session, refund)
    credit_cents = refund.amount_cents - unexplained_cents
    entry = refund_returned(
        refund.refund_id,
        amount_cents=refund.amount_cents,
        unexplained_cents=unexplained_cents,
        guarantor_id=payment.guarantor_id,
        effective_on=effective_on,
        returned_to=_left_from(payment, refund),
    )
    entry_id = post(session, entry, now=now)
    if not credit_cents:
        return
    parts = [Allocation(NOWHERE, credit_cents)]
    keep_allocations(session, payment, entry_id, parts)
    open_task(
        session,
        kind=UNAPPLIED_CREDIT_TASK,
        subject_id=payment.payment_id,
        message=f"{format_usd(credit_cents)} of a refund came back, or its check was stopped.",
        now=now,
    )
    enqueue_post(
        session,
        guarantor_id=payment.guarantor_id,
        entry_id=entry_id,
        subject_id=refund.refund_id,
        kind=BusinessEvent.REFUND_RETURNED.value,
        amount_cents=credit_cents,
        effective_on=effective_on,
        details=post_details(session, payment, parts),
        now=now,
    )


def _sources(payment: Payment, refund: Refund, remains: PaymentRemains) -> RefundSources:
    """Money that waits in suspense goes back from there."""
    if payment.state == PaymentState.SUSPENDED.value:
        return RefundSources(0, (), 0, refund.amount_cents)
    chosen = chosen_parts(refund.taken_from)
    return refund_sources(refund.amount_cents, remains, chosen=chosen)


def _left_from(payment: Payment, refund: Refund) -> LedgerAccount:
    """A check is the practice's own; anything else goes back from where it had arrived."""
    if refund.way == RefundWay.CHECK.value:
        return LedgerAccount.BANK
    return clearing_account(payment.method_kind)


def _unexplained_cents(session: Session, refund: Refund) -> int:
    """What of a posted refund suspense had given, and nobody has decided about since."""
    practice_id = practice_of(session)
    decided = session.scalar(
        select(SuspenseDecision.decision_id).where(
            SuspenseDecision.practice_id == practice_id,
            SuspenseDecision.subject == str(refund.refund_id),
        )
    )
    if decided is not None:
        return 0
    cents = session.scalar(
        select(PostingRow.amount_cents)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            JournalEntryRow.business_event == BusinessEvent.REFUND_PAID.value,
            JournalEntryRow.source_key == str(refund.refund_id),
        )
    )
    return int(cents or 0)


def _ask_staff(session: Session, refund: Refund, unexplained_cents: int, *, now: datetime) -> None:
    open_task(
        session,
        kind="refund_unexplained",
        subject_id=refund.refund_id,
        message=f"{format_usd(unexplained_cents)} of a refund are not left of its payment: the "
        "credit was used for something else. They wait in suspense. Decide who owes them.",
        now=now,
    )
