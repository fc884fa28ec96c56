"""The four books beside each other, for a day or for a payout: rows, totals, what stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.gateway_movements import OF_A_PAYMENT, MovementKind
from portal.domain.payment_status import PaymentState, RefundState
from portal.domain.reconciliation import (
    EXPECTED,
    DayTotals,
    Difference,
    FourSides,
    PracticeState,
    differences,
)
from portal.ledger.models import LedgerPost
from portal.ledger.outbox import LedgerPostState
from portal.payments.books.models import MovementRow, PayoutRow
from portal.payments.books.subjects import (
    CLEARED,
    SUBJECT_OF_MOVEMENT,
    clearing_entries,
    with_what_movements_are_about,
)
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment, Refund

KINDS: Final = [kind.value for kind in OF_A_PAYMENT]
_ON_ITS_WAY: Final = frozenset(
    {PaymentState.PROCESSING.value, RefundState.REQUESTED.value, RefundState.PENDING.value}
)
_NOT_TAKEN: Final = frozenset({LedgerPostState.QUEUED.value, LedgerPostState.SENT.value})
_UNKNOWN: Final = "movement"
"""What a movement is about of which not even the payment at the processor is known."""


@dataclass(frozen=True, slots=True)
class ReconciledRow:
    """One payment, refund or dispute. ``label``: its receipt, or the processor's own id."""

    kind: str  # payment, refund, dispute, intent, movement
    subject_id: UUID | None
    payment_id: UUID | None
    label: str
    sides: FourSides
    fee_cents: int
    payouts: tuple[str, ...]
    posted_on: date | None
    differences: tuple[Difference, ...]

    @property
    def is_off(self) -> bool:
        """Somebody has to find out."""
        return any(one not in EXPECTED for one in self.differences)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's rows and what they come to."""

    day: date
    rows: tuple[ReconciledRow, ...]
    totals: DayTotals

    @property
    def off(self) -> int:
        """How many rows do not agree."""
        return sum(row.is_off for row in self.rows)

    @property
    def is_ok(self) -> bool:
        """Every row agrees, and the rows explain the totals."""
        return self.off == 0 and self.totals.ties


@dataclass(slots=True)
class _Gathered:
    """What was found about one subject, book by book."""

    stripe_cents: int | None = None
    stripe_day_cents: int = 0
    fee_cents: int = 0
    payouts: set[str] = field(default_factory=set)
    source: str = ""
    journal_cents: int | None = None
    journal_day_cents: int = 0
    posted_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Ours:
    """What our own row says."""

    cents: int | None
    payment_id: UUID
    receipt_number: str
    state: str


def day_of_books(session: Session, day: date, *, zone: ZoneInfo) -> Day:
    """Everything that moved at the processor or in our journal on a day of the practice."""
    start, end = _bounds(day, zone)
    of_day = (MovementRow.created_at >= start) & (MovementRow.created_at < end)
    entries = clearing_entries(practice_of(session)).subquery()
    subjects = {
        *session.scalars(_movement_subjects(session).where(of_day)),
        *session.scalars(select(entries.c.subject).where(entries.c.effective_on == day)),
    }
    rows = _rows(session, subjects, day=day, zone=zone)
    stripe_cents, fee_cents = session.execute(
        select(func.sum(CLEARED), func.sum(MovementRow.fee_cents)).where(
            MovementRow.practice_id == practice_of(session), MovementRow.kind.in_(KINDS), of_day
        )
    ).one()
    journal_cents = session.scalar(
        select(func.sum(entries.c.cents)).where(entries.c.effective_on == day)
    )
    totals = DayTotals(
        day=day,
        stripe_cents=int(stripe_cents or 0),
        fee_cents=int(fee_cents or 0),
        journal_cents=int(journal_cents or 0),
        rows_stripe_cents=sum(row.sides.stripe_day_cents for row in rows),
        rows_journal_cents=sum(row.sides.journal_day_cents for row in rows),
    )
    return Day(day, rows, totals)


def rows_of_payout(session: Session, payout_id: UUID) -> tuple[ReconciledRow, ...]:
    """All that a payout carried, beside the other books."""
    carried = _movement_subjects(session).where(MovementRow.payout_id == payout_id)
    return _rows(session, set(session.scalars(carried)), day=None, zone=ZoneInfo("UTC"))


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)


def _named_subject() -> Any:
    return func.coalesce(SUBJECT_OF_MOVEMENT, _UNKNOWN + ":" + MovementRow.movement_id)


def _movement_subjects(session: Session) -> Any:
    practice_id = practice_of(session)
    query = select(_named_subject()).select_from(MovementRow)
    return with_what_movements_are_about(query, practice_id).where(
        MovementRow.practice_id == practice_id, MovementRow.kind.in_(KINDS)
    )


def _rows(
    session: Session, subjects: Collection[str], *, day: date | None, zone: ZoneInfo
) -> tuple[ReconciledRow, ...]:
    gathered = {subject: _Gathered() for subject in sorted(subjects)}
    _gather_movements(session, gathered, day=day, zone=zone)
    _gather_entries(session, gathered, day=day)
    ours = _our_rows(session, subjects)
    told = _told(session, _ids(subjects))
    return tuple(
        _row(subject, found, ours.get(subject), told) for subject, found in gathered.items()
    )


def _gather_movements(
    session: Session,
    gathered: Mapping[str, _Gathered],
    *,
    day: date | None,
    zone: ZoneInfo,
) -> None:
    practice_id = practice_of(session)
    query = with_what_movements_are_about(
        select(
            _named_subject().label("subject"),
            CLEARED.label("cents"),
            MovementRow.fee_cents,
            MovementRow.created_at,
            MovementRow.source_id,
            PayoutRow.stripe_payout_id,
        ).select_from(MovementRow),
        practice_id,
    ).outerjoin(
        PayoutRow,
        (PayoutRow.practice_id == practice_id) & (PayoutRow.payout_id == MovementRow.payout_id),
    )
    rows = session.execute(
        query.where(
            MovementRow.practice_id == practice_id,
            MovementRow.kind.in_(KINDS),
            _named_subject().in_(gathered.keys()),
        )
    )
    for row in rows:
        found = gathered[row.subject]
        found.stripe_cents = (found.stripe_cents or 0) + row.cents
        found.fee_cents += row.fee_cents
        found.source = row.source_id or ""
        if row.stripe_payout_id:
            found.payouts.add(row.stripe_payout_id)
        if day is not None and row.created_at.astimezone(zone).date() == day:
            found.stripe_day_cents += row.cents


def _gather_entries(
    session: Session, gathered: Mapping[str, _Gathered], *, day: date | None
) -> None:
    entries = clearing_entries(practice_of(session)).subquery()
    rows = session.execute(
        select(entries.c.subject, entries.c.cents, entries.c.effective_on).where(
            entries.c.subject.in_(gathered.keys())
        )
    )
    for row in rows:
        found = gathered[row.subject]
        found.journal_cents = (found.journal_cents or 0) + int(row.cents)
        found.posted_on = max(found.posted_on or row.effective_on, row.effective_on)
        if row.effective_on == day:
            found.journal_day_cents += int(row.cents)


def _ids(subjects: Iterable[str]) -> dict[str, UUID]:
    """Ours, of the subjects that have one."""
    kinds = {"payment", "refund", "dispute"}
    parts = {subject: subject.partition(":") for subject in subjects}
    return {subject: UUID(key) for subject, (kind, _, key) in parts.items() if kind in kinds}


def _our_rows(session: Session, subjects: Collection[str]) -> dict[str, _Ours]:
    """What our own tables say, by subject."""
    practice_id, ids = practice_of(session), _ids(subjects).values()
    receipt = (Payment.payment_id, Payment.receipt_number)
    found: dict[str, _Ours] = {}
    payments = session.execute(
        select(*receipt, Payment.amount_cents, Payment.state).where(
            Payment.practice_id == practice_id, Payment.payment_id.in_(ids)
        )
    )
    for row in payments:
        came = row.state == PaymentState.SUCCEEDED.value
        # Of money in suspense our row says what was asked for, not what came.
        cents = None if row.state == PaymentState.SUSPENDED.value else row.amount_cents * came
        found[f"payment:{row.payment_id}"] = _Ours(
            cents, row.payment_id, row.receipt_number or "", row.state
        )
    refunds = session.execute(
        select(Refund.refund_id, *receipt, Refund.amount_cents, Refund.state)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Refund.payment_id),
        )
        .where(Refund.practice_id == practice_id, Refund.refund_id.in_(ids))
    )
    for one in refunds:
        went = one.state == RefundState.SUCCEEDED.value
        found[f"refund:{one.refund_id}"] = _Ours(
            -one.amount_cents * went, one.payment_id, one.receipt_number or "", one.state
        )
    disputes = session.execute(
        select(
            DisputeRow.dispute_id,
            *receipt,
            (-DisputeRow.taken_cents - DisputeRow.fee_cents).label("cents"),
            DisputeRow.state,
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == DisputeRow.payment_id),
        )
        .where(DisputeRow.practice_id == practice_id, DisputeRow.dispute_id.in_(ids))
    )
    for dispute in disputes:
        found[f"dispute:{dispute.dispute_id}"] = _Ours(
            dispute.cents, dispute.payment_id, dispute.receipt_number or "", dispute.state
        )
    return found


def _told(session: Session, ids: Mapping[str, UUID]) -> dict[str, PracticeState]:
    """How far the practice's system is, by subject; the least of what it must know of it."""
    rows = session.execute(
        select(LedgerPost.subject_id, LedgerPost.state).where(
            LedgerPost.practice_id == practice_of(session),
            LedgerPost.subject_id.in_(ids.values()),
        )
    )
    states: dict[UUID, set[str]] = {}
    for row in rows:
        states.setdefault(row.subject_id, set()).add(row.state)
    return {subject: _least(states[key]) for subject, key in ids.items() if key in states}


def _least(states: Collection[str]) -> PracticeState:
    if LedgerPostState.REJECTED.value in states:
        return PracticeState.REFUSED
    return PracticeState.WAITING if _NOT_TAKEN & set(states) else PracticeState.TAKEN


def _row(
    subject: str, found: _Gathered, ours: _Ours | None, told: Mapping[str, PracticeState]
) -> ReconciledRow:
    kind, _, key = subject.partition(":")
    ours_cents = ours.cents if ours is not None else None
    if ours is None or ours.state == PaymentState.SUSPENDED.value:
        ours_cents = found.journal_cents  # suspense has no row of its own
    sides = FourSides(
        stripe_cents=found.stripe_cents,
        ours_cents=ours_cents,
        journal_cents=found.journal_cents,
        practice=told.get(subject, PracticeState.NOTHING_TO_TELL),
        is_on_its_way=ours is not None and ours.state in _ON_ITS_WAY,
        stripe_day_cents=found.stripe_day_cents,
        journal_day_cents=found.journal_day_cents,
    )
    return ReconciledRow(
        kind=kind,
        subject_id=UUID(key) if ours is not None else None,
        payment_id=ours.payment_id if ours is not None else None,
        label=(ours.receipt_number if ours is not None else "") or found.source or key,
        sides=sides,
        fee_cents=found.fee_cents,
        payouts=tuple(sorted(found.payouts)),
        posted_on=found.posted_on,
        differences=differences(sides),
    )


def other_movements(session: Session, payout_id: UUID) -> Sequence[MovementRow]:
    """What a payout carried that belongs to no payment: fees, payouts that came back, the rest."""
    return session.scalars(
        select(MovementRow)
        .where(
            MovementRow.practice_id == practice_of(session),
            MovementRow.payout_id == payout_id,
            MovementRow.kind.not_in([*KINDS, MovementKind.PAYOUT.value]),
        )
        .order_by(MovementRow.created_at)
    ).all()
