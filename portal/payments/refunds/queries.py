"""Refunds as staff see them: those that wait for somebody, those on their way, and one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.payment_status import PROMISED, RefundState
from portal.domain.refund_checks import Outstanding, StopAnswer, outstanding
from portal.domain.refund_ways import RefundWay
from portal.payments.counter.paper_checks import CheckPlace
from portal.payments.credits.part_rows import PartRow, part_rows
from portal.payments.models import Payment, Refund
from portal.payments.moves import payment_of
from portal.payments.queries import local_time
from portal.payments.refunds.asking import RefundNotFoundError
from portal.payments.refunds.bounds import chosen_parts
from portal.payments.refunds.stop_rows import StopRow, stop_rows, stopped_alone_up_to_cents
from portal.payments.refunds.taken_checks import check_standing
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Guarantor

_ENDED_SHOWN: Final = 50
_BY_HAND: Final = (RefundWay.CHECK.value, RefundWay.TERMINAL.value)


@dataclass(frozen=True, slots=True)
class RefundRow:
    """``requested_by`` is empty for one that was made at Stripe. Times are the practice's."""

    refund_id: UUID
    payment_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    account_number: str
    receipt_number: str
    method_brand: str
    method_last4: str
    amount_cents: int
    way: RefundWay
    state: RefundState
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    handed_by: str
    handed_on: date | None
    handed_reference: str
    mailed_to: tuple[str, ...]
    cashed_on: date | None = None
    cashed_noted_by: str = ""

    @property
    def is_in_the_mail(self) -> bool:
        """A check that nobody has cashed, as far as anybody has written down."""
        is_out = self.state is RefundState.SUCCEEDED and self.handed_on is not None
        return self.way is RefundWay.CHECK and is_out and self.cashed_on is None


@dataclass(frozen=True, slots=True)
class RefundsPage:
    """``ended`` are the newest ones; ``checks_out`` are mailed and not cashed."""

    to_approve: tuple[RefundRow, ...]
    to_hand_over: tuple[RefundRow, ...]
    on_the_way: tuple[RefundRow, ...]
    ended: tuple[RefundRow, ...]
    checks_out: int = 0


@dataclass(frozen=True, slots=True)
class OneRefundPage:
    """``may_approve``: whoever looks did not ask for it. ``address`` is where a check would go.

    ``sure_on``: a paper check paid it, and from that day it cannot come back any more; until then
    ``is_unsure``. ``standing`` is there of a check that is out.
    """

    refund: RefundRow
    parts: tuple[PartRow, ...]
    address: tuple[str, ...]
    may_approve: bool
    first_day: date
    today: date
    is_unsure: bool = False
    sure_on: date | None = None
    standing: Outstanding | None = None
    stops: tuple[StopRow, ...] = ()
    alone_cents: int = 0

    @property
    def waiting_stop(self) -> StopRow | None:
        """One that a second person has not answered."""
        return next((stop for stop in self.stops if stop.answer is StopAnswer.WAITING), None)


def refunds_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> RefundsPage:
    """With a row in the audit log: it names people."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="refunds",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        promised = refund_rows(session, Refund.state.in_(PROMISED), newest_first=False)
        waiting = tuple(row for row in promised if row.state is RefundState.WAITING)
        by_hand = tuple(
            row for row in promised if row.state is RefundState.REQUESTED and row.way in _BY_HAND
        )
        return RefundsPage(
            to_approve=waiting,
            to_hand_over=by_hand,
            on_the_way=tuple(row for row in promised if row not in waiting + by_hand),
            ended=refund_rows(session, Refund.state.not_in(PROMISED), newest_first=True),
            checks_out=_checks_out(session),
        )


def one_refund_page(
    database: Database, principal: Principal, refund_id: UUID, *, now: datetime, request_id: str
) -> OneRefundPage:
    """With a row in the audit log. Raises RefundNotFoundError."""
    with database.transaction(principal) as session:
        found = refund_rows(session, Refund.refund_id == refund_id, newest_first=True)
        if not found:
            raise RefundNotFoundError(refund_id)
        row = found[0]
        record(
            session,
            action="view",
            object_kind="payment",
            object_id=row.payment_id,
            guarantor_id=row.guarantor_id,
            now=now,
            request_id=request_id,
        )
        refund = session.scalars(
            select(Refund).where(
                Refund.practice_id == practice_of(session), Refund.refund_id == refund_id
            )
        ).one()
        today = local_time(now, practice_contact(session)).date()
        place, sure_on = check_standing(session, payment_of(session, row.payment_id))
        mailed_on = row.handed_on if row.is_in_the_mail else None
        return OneRefundPage(
            refund=row,
            parts=part_rows(session, chosen_parts(refund.taken_from)),
            address=_address(session, row.guarantor_id),
            may_approve=refund.requested_by != str(principal.actor_id),
            first_day=(row.decided_at or row.requested_at).date(),
            today=today,
            is_unsure=place is not CheckPlace.NO_CHECK and (sure_on is None or today < sure_on),
            sure_on=sure_on,
            standing=outstanding(mailed_on, today=today) if mailed_on else None,
            stops=stop_rows(session, refund_id),
            alone_cents=stopped_alone_up_to_cents(session),
        )


def _checks_out(session: Session) -> int:
    count = session.scalar(
        select(func.count()).where(
            Refund.practice_id == practice_of(session),
            Refund.way == RefundWay.CHECK.value,
            Refund.state == RefundState.SUCCEEDED.value,
            Refund.cashed_on.is_(None),
        )
    )
    return count or 0


def _address(session: Session, guarantor_id: UUID) -> tuple[str, ...]:
    row = session.execute(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).scalar_one()
    if not row.address_line:
        return ()
    place = f"{row.city or ''}, {row.state or ''} {row.postal_code or ''}".strip(" ,")
    return tuple(line for line in (row.address_line, place) if line)


def refund_rows(
    session: Session, *which: ColumnElement[bool], newest_first: bool
) -> tuple[RefundRow, ...]:
    """Those refunds; of the newest only so many."""
    practice_id = practice_of(session)
    order = Refund.refund_id.desc() if newest_first else Refund.refund_id
    rows = session.execute(
        select(Refund, Payment, Guarantor)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Refund.payment_id),
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == Refund.guarantor_id),
        )
        .where(Refund.practice_id == practice_id, *which)
        .order_by(order)
        .limit(_ENDED_SHOWN if newest_first else None)
    ).all()
    names = _staff_names(session)
    practice = practice_contact(session)
    return tuple(_row(row, names, practice) for row in rows)


def _staff_names(session: Session) -> Mapping[str, str]:
    rows: Sequence[Row[UUID, str]] = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    ).all()
    return {str(row.staff_id): row.name for row in rows}


def _row(
    row: Row[Refund, Payment, Guarantor], names: Mapping[str, str], practice: PracticeContact
) -> RefundRow:
    refund, payment, guarantor = row.Refund, row.Payment, row.Guarantor
    return RefundRow(
        refund_id=refund.refund_id,
        payment_id=payment.payment_id,
        guarantor_id=guarantor.guarantor_id,
        guarantor_name=in_mixed_case(f"{guarantor.first_name} {guarantor.last_name}".strip()),
        account_number=guarantor.account_number,
        receipt_number=payment.receipt_number or "",
        method_brand=payment.method_brand or "",
        method_last4=payment.method_last4 or "",
        amount_cents=refund.amount_cents,
        way=RefundWay(refund.way),
        state=RefundState(refund.state),
        reason=refund.reason,
        requested_by=names.get(refund.requested_by, ""),
        requested_at=local_time(refund.created_at, practice),
        decided_by=names.get(str(refund.decided_by), ""),
        decided_at=local_time(refund.decided_at, practice) if refund.decided_at else None,
        decision_reason=refund.decision_reason,
        handed_by=names.get(str(refund.handed_by), ""),
        handed_on=refund.handed_on,
        handed_reference=refund.handed_reference,
        mailed_to=tuple(refund.mailed_to.splitlines()),
        cashed_on=refund.cashed_on,
        cashed_noted_by=names.get(str(refund.cashed_noted_by), ""),
    )
