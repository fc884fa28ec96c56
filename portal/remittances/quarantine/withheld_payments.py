"""Payments of which nothing was posted: a later import takes them in once nothing forbids it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CompoundSelect, Connection, Select, select, union, update

from portal.domain.quarantine import OF_A_PAYMENT, QuarantineAct
from portal.practice.models import Task
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance

TASK_WITHHELD: Final = "remittance_withheld"

_CODES = tuple(sorted(reason.value for reason in OF_A_PAYMENT))


def withheld_payments(practice_id: UUID) -> Select[UUID]:
    """The ids of remittances that are still withheld as a whole, with repeats."""
    return select(QuarantinedClaim.remittance_id).where(
        QuarantinedClaim.practice_id == practice_id,
        QuarantinedClaim.code.in_(_CODES),
        QuarantinedClaim.resolved_at.is_(None),
    )


def unposted_payments(practice_id: UUID) -> CompoundSelect[UUID]:
    """The ids of remittances of which nothing is posted: withheld, or rejected as a whole."""
    rejected = (
        select(QuarantinedClaim.remittance_id)
        .join(
            QuarantineDecision,
            (QuarantineDecision.practice_id == practice_id)
            & (QuarantineDecision.quarantine_id == QuarantinedClaim.quarantine_id),
        )
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.code.in_(_CODES),
            QuarantineDecision.act == QuarantineAct.REJECTED.value,
        )
    )
    return union(withheld_payments(practice_id), rejected)


def is_any_withheld(connection: Connection, practice_id: UUID) -> bool:
    """Whether a file that was imported before may have something that can be taken in now."""
    return connection.execute(withheld_payments(practice_id).limit(1)).first() is not None


def take_in(
    connection: Connection,
    practice_id: UUID,
    withheld: Collection[UUID],
    *,
    by: UUID,
    file_id: UUID,
    now: datetime,
) -> None:
    """Resolve what was kept of a payment, be it withheld more than once: ``by`` tells it now.

    ``by`` is the payment's remittance, one of ``withheld`` or a new one; the others bring no money.
    """
    connection.execute(
        update(QuarantinedClaim)
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.remittance_id.in_(withheld),
            QuarantinedClaim.code.in_(_CODES),
            QuarantinedClaim.resolved_at.is_(None),
        )
        .values(resolved_at=now)
    )
    connection.execute(
        update(Task)
        .where(
            Task.practice_id == practice_id,
            Task.kind == TASK_WITHHELD,
            Task.subject_id.in_(withheld),
            Task.done_at.is_(None),
        )
        .values(done_at=now)
    )
    connection.execute(
        update(Remittance)
        .where(Remittance.practice_id == practice_id, Remittance.remittance_id == by)
        .values(file_id=file_id)
    )
    connection.execute(
        update(Remittance)
        .where(
            Remittance.practice_id == practice_id,
            Remittance.remittance_id.in_(withheld),
            Remittance.remittance_id != by,
        )
        .values(told_before_cents=Remittance.payment_cents)
    )
