"""A charge that somebody agreed to, as its own feature would have written it down."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.charge_schedule import ScheduledOrigin, ScheduledState
from portal.payments.methods.models import PaymentConsent, SavedMethod
from portal.payments.scheduled.models import ScheduledPayment

IN_TEN_DAYS = timedelta(days=10)


def plan_charge(
    session: Session,
    guarantor_id: UUID,
    statement_id: UUID,
    *,
    cents: int,
    now: datetime,
    origin: ScheduledOrigin = ScheduledOrigin.AUTOPAY,
) -> UUID:
    """Of a card that is saved with it, for a day ten days from now."""
    whose = {"practice_id": practice_of(session), "guarantor_id": guarantor_id}
    consent_id, method_id, scheduled_id = new_id(), new_id(), new_id()
    session.add(
        PaymentConsent(
            **whose,
            consent_id=consent_id,
            kind="save_method",
            text_version=1,
            language="en",
            sentences=[],
            given_at=now,
            address_hash=b"",
        )
    )
    session.flush()
    session.add(
        SavedMethod(
            **whose,
            method_id=method_id,
            consent_id=consent_id,
            payment_method_id=f"pm_{method_id}",
            kind="card",
            brand="visa",
            last4="4242",
            is_default=False,
            added_at=now,
        )
    )
    session.flush()
    charge_on = now.date() + IN_TEN_DAYS
    session.add(
        ScheduledPayment(
            **whose,
            scheduled_id=scheduled_id,
            statement_id=statement_id,
            origin=origin.value,
            method_id=method_id,
            agreed_cents=cents,
            first_on=now.date(),
            charge_on=charge_on,
            next_try_on=charge_on,
            state=ScheduledState.PLANNED.value,
            created_at=now,
            state_at=now,
        )
    )
    return scheduled_id
