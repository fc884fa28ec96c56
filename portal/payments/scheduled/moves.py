"""Every change of a charge's state: under its guarantor's lock, along the table, with an event."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.charge_schedule import (
    ScheduledReason,
    ScheduledState,
    is_scheduled_move,
    notice_before,
)
from portal.payments.methods.consents import note
from portal.payments.methods.models import SavedMethod
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.models import ScheduledPayment


class ScheduledNotFoundError(LookupError):
    """No such charge, or not this person's."""


def scheduled_of(session: Session, scheduled_id: UUID) -> ScheduledPayment:
    """As it is now, unlocked. Raises ScheduledNotFoundError."""
    found = session.scalar(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.scheduled_id == scheduled_id,
        )
    )
    if found is None:
        raise ScheduledNotFoundError(scheduled_id)
    return found


def lock_scheduled(session: Session, scheduled_id: UUID) -> ScheduledPayment:
    """The charge with its guarantor locked, for changing it. Raises ScheduledNotFoundError."""
    lock_guarantor(session, scheduled_of(session, scheduled_id).guarantor_id)
    return session.scalars(
        select(ScheduledPayment)
        .where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.scheduled_id == scheduled_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def notice_owed(session: Session, planned: ScheduledPayment) -> timedelta:
    """What must lie between today's notice and the charge; none when told, or when none is due."""
    if planned.notice_on is None or planned.notified_at is not None:
        return timedelta()
    return notice_length(session, planned)


def notice_length(session: Session, planned: ScheduledPayment) -> timedelta:
    """How long before its day a charge is announced: as its plan says, else by how it is paid."""
    if planned.notice_days is not None:
        return timedelta(days=planned.notice_days)
    method_kind = session.scalars(
        select(SavedMethod.kind).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == planned.method_id,
        )
    ).one()
    return notice_before(method_kind)


def move_scheduled_to(
    session: Session,
    planned: ScheduledPayment,
    state: ScheduledState,
    *,
    now: datetime,
    reason: ScheduledReason | None = None,
    again_on: date | None = None,
    detail: str = "",
) -> bool:
    """Move a locked charge and write the event; false when it is there already.

    Raises UnknownScheduledMoveError.
    """
    if not is_scheduled_move(ScheduledState(planned.state), wanted=state):
        return False
    planned.state, planned.state_at = state.value, now
    planned.reason = reason.value if reason else ""
    if again_on is not None:
        planned.next_try_on = again_on
    note_scheduled(session, planned, now=now, detail=detail or planned.reason)
    return True


def note_scheduled(
    session: Session, planned: ScheduledPayment, *, now: datetime, detail: str = ""
) -> None:
    """Append what happened to a charge, in its present state."""
    note(
        session,
        guarantor_id=planned.guarantor_id,
        subject_id=planned.scheduled_id,
        state=planned.state,
        now=now,
        detail=detail,
    )
