"""The refund checks that are in the mail and not cashed, with their age."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.payment_status import RefundState
from portal.domain.refund_checks import CheckAge, Outstanding, StopAnswer, outstanding
from portal.domain.refund_ways import RefundWay
from portal.payments.models import Refund
from portal.payments.refunds.models import RefundCheckStop
from portal.payments.refunds.queries import RefundRow, refund_rows
from portal.payments.settlement import practice_day


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check that is out; ``is_being_stopped`` when that waits for a second person."""

    refund: RefundRow
    mailed_on: date
    standing: Outstanding
    is_being_stopped: bool


@dataclass(frozen=True, slots=True)
class ChecksPage:
    """The oldest first."""

    rows: tuple[CheckRow, ...]
    today: date

    @property
    def amount_cents(self) -> int:
        return sum(row.refund.amount_cents for row in self.rows)

    @property
    def old_count(self) -> int:
        """Those that somebody should do something about."""
        return sum(row.standing.age is not CheckAge.FRESH for row in self.rows)


def checks_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> ChecksPage:
    """With a row in the audit log: it names people."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="refund_checks",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        today = practice_day(session, now)
        stopping = _being_stopped(session)
        rows = [
            CheckRow(
                row,
                row.handed_on,
                outstanding(row.handed_on, today=today),
                row.refund_id in stopping,
            )
            for row in refund_rows(
                session,
                Refund.way == RefundWay.CHECK.value,
                Refund.state == RefundState.SUCCEEDED.value,
                Refund.cashed_on.is_(None),
                newest_first=False,
            )
            if row.handed_on is not None
        ]
        return ChecksPage(tuple(sorted(rows, key=lambda row: row.mailed_on)), today)


def _being_stopped(session: Session) -> frozenset[UUID]:
    return frozenset(
        session.scalars(
            select(RefundCheckStop.refund_id).where(
                RefundCheckStop.practice_id == practice_of(session),
                RefundCheckStop.answer == StopAnswer.WAITING.value,
            )
        )
    )
