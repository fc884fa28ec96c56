"""Which plans were paid towards: for plans themselves, handed over by whoever composes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.payments.models import Payment


def plans_paid_since(session: Session, since: datetime, /) -> Collection[UUID]:
    """Those with a payment that was started, arrived or came to nothing since then."""
    plan_ids = session.scalars(
        select(Payment.plan_id)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.plan_id.is_not(None),
            Payment.state_at >= since,
        )
        .distinct()
    )
    return {plan_id for plan_id in plan_ids if plan_id is not None}
