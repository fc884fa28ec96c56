"""What a guest may read of the payment they made: amount, day, number, and whom it went to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.db import Database, Principal
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.payments.moves import PaymentNotFoundError, payment_of
from portal.payments.queries import local_time, note_view
from portal.practice.contact import PracticeContact, practice_contact


class GuestOutcome(StrEnum):
    """How the page puts it."""

    PAID = "paid"
    ON_ITS_WAY = "on_its_way"
    NOT_PAID = "not_paid"
    CHECKING = "checking"


_OUTCOMES: Final[Mapping[PaymentState, GuestOutcome]] = {
    PaymentState.PREPARED: GuestOutcome.NOT_PAID,
    PaymentState.OPEN: GuestOutcome.NOT_PAID,
    PaymentState.PROCESSING: GuestOutcome.ON_ITS_WAY,
    PaymentState.SUCCEEDED: GuestOutcome.PAID,
    PaymentState.EXPIRED: GuestOutcome.NOT_PAID,
    PaymentState.CANCELED: GuestOutcome.NOT_PAID,
    PaymentState.FAILED: GuestOutcome.NOT_PAID,
}
"""Every other state is looked into."""


@dataclass(frozen=True, slots=True)
class GuestPage:
    """The form."""

    practice: PracticeContact
    slug: str


@dataclass(frozen=True, slots=True)
class GuestReceipt:
    """All that a guest is told; ``at`` is when it was paid, or begun."""

    practice: PracticeContact
    slug: str
    token: str
    outcome: GuestOutcome
    amount_cents: int
    at: datetime
    receipt_number: str


def guest_page(database: Database, practice_id: UUID, *, slug: str) -> GuestPage:
    """As anybody at the door may see it."""
    with database.transaction(Principal.anonymous(practice_id)) as session:
        return GuestPage(practice_contact(session), slug)


def guest_receipt(
    database: Database,
    practice_id: UUID,
    payment_id: UUID,
    *,
    slug: str,
    token: str,
    now: datetime,
    request_id: str,
) -> GuestReceipt:
    """With a row in the audit log. Raises PaymentNotFoundError, also for a patient's own payment.

    ``token`` is what named the payment: the page's address is made of it again.
    """
    with database.transaction(Principal.job(practice_id, role="guest receipt")) as session:
        payment = payment_of(session, payment_id)
        if payment.channel != PaymentChannel.GUEST.value:
            raise PaymentNotFoundError(payment_id)
        note_view(session, payment, now=now, request_id=request_id)
        practice = practice_contact(session)
        at = payment.settled_at or payment.started_at or payment.created_at
        return GuestReceipt(
            practice=practice,
            slug=slug,
            token=token,
            outcome=_OUTCOMES.get(PaymentState(payment.state), GuestOutcome.CHECKING),
            amount_cents=payment.amount_cents,
            at=local_time(at, practice),
            receipt_number=payment.receipt_number or "",
        )
