"""When staff no longer have to decide about money that came: all of it went back, or was lost."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent
from portal.ledger.models import JournalEntryRow
from portal.payments.models import Payment
from portal.payments.suspense.items import open_items
from portal.practice.tasks import end_task


def end_task_when_nothing_waits(session: Session, payment: Payment, *, now: datetime) -> None:
    """Of a payment in suspense; as long as some of it is there, staff have to decide."""
    entry_id = session.scalar(
        select(JournalEntryRow.entry_id).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            JournalEntryRow.source_key == payment.payment_intent_id,
        )
    )
    still_wait = {item.subject for item in open_items(session)}
    if entry_id is not None and str(entry_id) not in still_wait:
        end_task(session, kind="payment_suspended", subject_id=entry_id, now=now)
