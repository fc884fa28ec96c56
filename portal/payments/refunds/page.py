"""What staff see before they give money back: of which payment, how much, which way it goes."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.payment_status import PaymentState
from portal.domain.refund_ways import RefundWay
from portal.payments.counter.paper_checks import CheckPlace
from portal.payments.credits.part_rows import PartRow, part_rows
from portal.payments.disputes.queries import is_disputed
from portal.payments.models import Payment
from portal.payments.moves import PaymentNotFoundError, payment_of
from portal.payments.queries import local_time
from portal.payments.refunds.bounds import (
    alone_cents,
    refundable_now,
    refunded_cents,
    way_of,
)
from portal.payments.refunds.taken_checks import check_standing
from portal.payments.settlement import practice_day
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor


@dataclass(frozen=True, slots=True)
class Account:
    """Whose money it is, as staff name them."""

    guarantor_id: UUID
    name: str
    account_number: str


@dataclass(frozen=True, slots=True)
class RefundPage:
    """``most_cents`` may be given back now; above ``alone_cents`` a second person agrees.

    ``awaited_cents`` stays: a payer's correction may use it; ``deposit_cents`` waits for a visit.
    ``parts`` are what it may come from.
    ``check_place``: where its paper check is, whose money may go back from ``sure_on``.
    """

    account: Account
    payment_id: UUID
    receipt_number: str
    charged_at: datetime
    method_brand: str
    method_last4: str
    amount_cents: int
    refunded_cents: int
    most_cents: int
    alone_cents: int
    awaited_cents: int
    way: RefundWay
    is_disputed: bool
    parts: tuple[PartRow, ...]
    deposit_cents: int = 0
    check_place: CheckPlace = CheckPlace.NO_CHECK
    sure_on: date | None = None
    today: date | None = None

    @property
    def is_unsure(self) -> bool:
        """Its check may still come back."""
        if self.check_place is CheckPlace.NO_CHECK or self.today is None:
            return False
        return self.sure_on is None or self.today < self.sure_on


def refund_page(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime, request_id: str
) -> RefundPage:
    """With a row in the audit log. Raises PaymentNotFoundError, of one that is no money too."""
    with database.transaction(principal) as session:
        payment = payment_of(session, payment_id)
        if payment.state != PaymentState.SUCCEEDED.value or payment.settled_at is None:
            raise PaymentNotFoundError(payment_id)
        record(
            session,
            action="view",
            object_kind="payment",
            object_id=payment_id,
            guarantor_id=payment.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return _page(session, payment, payment.settled_at, now=now)


def account_of(session: Session, guarantor_id: UUID) -> Account | None:
    """None for nobody of this practice."""
    row = session.execute(
        select(Guarantor.first_name, Guarantor.last_name, Guarantor.account_number).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).one_or_none()
    if row is None:
        return None
    name = in_mixed_case(f"{row.first_name} {row.last_name}".strip())
    return Account(guarantor_id, name, row.account_number)


def _page(session: Session, payment: Payment, settled_at: datetime, *, now: datetime) -> RefundPage:
    account = account_of(session, payment.guarantor_id)
    if account is None:
        raise PaymentNotFoundError(payment.payment_id)
    bounds = refundable_now(session, payment, now=now)
    place, sure_on = check_standing(session, payment)
    return RefundPage(
        account=account,
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number or "",
        charged_at=local_time(settled_at, practice_contact(session)),
        method_brand=payment.method_brand or "",
        method_last4=payment.method_last4 or "",
        amount_cents=payment.amount_cents,
        refunded_cents=refunded_cents(session, payment.payment_id),
        most_cents=bounds.most_cents,
        alone_cents=alone_cents(session, payment),
        awaited_cents=bounds.awaited_cents,
        way=way_of(session, payment, now=now),
        is_disputed=is_disputed(session, payment.payment_id),
        parts=part_rows(session, bounds.parts),
        deposit_cents=bounds.deposit_cents,
        check_place=place,
        sure_on=sure_on,
        today=practice_day(session, now),
    )
