"""What stands still while a payment is disputed, and what ends for good when a debit came back."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.payment_channel import MethodKind
from portal.payments.disputes.models import DisputeRow
from portal.payments.methods.apply import live_methods, remove
from portal.payments.models import Payment
from portal.payments.scheduled.endings import end_for_dispute
from portal.practice.models import Hold

_PLACED_BY: Final = "disputes"
_REASON: Final = "A payment is disputed at the bank."
_ENDED: Final = "The bank has decided."


def pause_billing(session: Session, guarantor_id: UUID, *, now: datetime) -> None:
    """Ask nothing of whoever disputes: no statement, no reminder, no charge by itself.

    A hold of this kind that staff placed stays theirs.
    """
    end_for_dispute(session, guarantor_id, now=now)
    if _standing(session, guarantor_id) is None:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=guarantor_id,
                kind=AccountHoldKind.DISPUTED.value,
                reason=_REASON,
                placed_at=now,
                placed_by=_PLACED_BY,
            )
        )


def resume_billing(session: Session, guarantor_id: UUID, *, now: datetime) -> None:
    """The last open dispute is decided: what is owed may be asked for again."""
    practice_id = practice_of(session)
    still_open = session.scalar(
        select(DisputeRow.dispute_id)
        .where(
            DisputeRow.practice_id == practice_id,
            DisputeRow.guarantor_id == guarantor_id,
            DisputeRow.closed_at.is_(None),
        )
        .limit(1)
    )
    hold = _standing(session, guarantor_id)
    if still_open is None and hold is not None and hold.placed_by == _PLACED_BY:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_id, Hold.hold_id == hold.hold_id)
            .values(released_at=now, released_by=_PLACED_BY, release_reason=_ENDED)
        )


def end_mandate(session: Session, payment: Payment, *, now: datetime) -> None:
    """A debit that comes back voids its mandate: the account is charged no more, by nobody."""
    for method in live_methods(session, payment.guarantor_id):
        is_it = method.kind == MethodKind.BANK_DEBIT.value and method.last4 == payment.method_last4
        if is_it:
            remove(session, method, now=now, detail="debit returned")


def _standing(session: Session, guarantor_id: UUID) -> Hold | None:
    return session.scalar(
        select(Hold).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.kind == AccountHoldKind.DISPUTED.value,
            Hold.released_at.is_(None),
        )
    )
