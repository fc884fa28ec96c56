"""What payment plans cover: which lines, what was paid on them since, and what is due when.

Nothing of it is a posting: a plan re-times debt. Statements, payments and dunning read it here;
only `portal/plans` writes it. What was paid and what is open are sums of postings, kept nowhere;
which plan a payment was made for, it says itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, case, column, func, select, table, update
from sqlalchemy.orm import Session, aliased

from portal.db import SCHEMA, new_id, practice_of
from portal.domain.journal import LedgerAccount, Target
from portal.ledger.as_of import PATIENTS_MONEY
from portal.ledger.models import (
    Allocation,
    JournalEntryRow,
    PlanInstallment,
    PlanLine,
    PostingRow,
)
from portal.ledger.queries import OpenShare, open_shares

_PAYMENTS = table(  # of a feature above: only which plan each was made for
    "payments",
    column("practice_id", Uuid),
    column("payment_id", Uuid),
    column("plan_id", Uuid),
    schema=SCHEMA,
)


@dataclass(frozen=True, slots=True)
class LineToCover:
    """A line as a plan takes it in. ``apart_cents`` of it is on its way and not the plan's."""

    target: Target
    covered_cents: int
    apart_cents: int = 0


@dataclass(frozen=True, slots=True)
class CoveredLine:
    """A line of a plan, with what became of it since the plan took it in.

    ``changed_cents`` is what others than the patient changed: insurance, a discount. Below zero the
    line asks for less than was agreed. ``meant_cents`` came by payments made for this plan, and
    stands on the line still; ``since_paid_cents`` is less than it where older money went back.
    """

    plan_line_id: UUID
    plan_id: UUID
    guarantor_id: UUID
    target: Target
    covered_cents: int
    apart_cents: int
    open_cents: int
    since_paid_cents: int
    changed_cents: int
    meant_cents: int
    is_standing: bool  # the plan is not over

    @property
    def beside_cents(self) -> int:
        """The part of the line that is not the plan's, paid or not.

        What was on its way when the plan began, and what was added since without an agreement.
        """
        asked_cents = self.open_cents + self.since_paid_cents
        return max(0, asked_cents - self.covered_cents)

    @property
    def paid_cents(self) -> int:
        """What was paid towards the plan.

        Other money on the line pays first what is not the plan's, whichever came first; where it
        goes back it takes nothing of what was paid on the plan.
        """
        other_cents = self.since_paid_cents - self.meant_cents
        return max(0, self.meant_cents) + max(0, other_cents - self.beside_cents)

    @property
    def left_cents(self) -> int:
        """What the plan may still ask for on this line: never more than is open, or was agreed."""
        return max(0, min(self.open_cents, self.covered_cents - self.paid_cents))


@dataclass(frozen=True, slots=True)
class CoveredPlan:
    """What a plan covers, in the order in which its lines are paid."""

    plan_id: UUID
    lines: tuple[CoveredLine, ...]

    @property
    def paid_cents(self) -> int:
        return sum(line.paid_cents for line in self.lines)

    @property
    def left_cents(self) -> int:
        """Never more than its lines ask for now."""
        return sum(line.left_cents for line in self.lines)


def covered_plans(session: Session, plan_ids: Collection[UUID]) -> Mapping[UUID, CoveredPlan]:
    """What each of these plans covers, in one statement for all of them; ended lines included."""
    practice_id = practice_of(session)
    return _read(session, PlanLine.practice_id == practice_id, PlanLine.plan_id.in_(plan_ids))


def standing_cover(session: Session, guarantor_id: UUID) -> Mapping[UUID, CoveredPlan]:
    """What the standing plans of a guarantor cover, by plan."""
    if not covered_targets(session, guarantor_id):
        return {}  # most have none, and every page asks: said by an index, without a sum
    return _read(
        session,
        PlanLine.practice_id == practice_of(session),
        PlanLine.guarantor_id == guarantor_id,
        PlanLine.ended_at.is_(None),
    )


def covered_targets(session: Session, guarantor_id: UUID) -> frozenset[Target]:
    """The lines of a guarantor that a standing plan covers."""
    rows = session.execute(
        select(PlanLine.claim_id, PlanLine.charge_id).where(
            PlanLine.practice_id == practice_of(session),
            PlanLine.guarantor_id == guarantor_id,
            PlanLine.ended_at.is_(None),
        )
    )
    return frozenset(Target(row.claim_id, row.charge_id) for row in rows)


def cents_on_plans(session: Session, guarantor_id: UUID) -> Mapping[Target, int]:
    """What standing plans still ask for on each line: nothing else may ask for that, or take it."""
    plans = standing_cover(session, guarantor_id).values()
    return {line.target: line.left_cents for plan in plans for line in plan.lines}


def shares_beside_plans(session: Session, guarantor_id: UUID) -> Sequence[OpenShare]:
    """As `open_shares`, less what standing plans ask for.

    Something is left of a covered line where insurance asks for more than was agreed, or where
    money that was on its way when the plan began did not come.
    """
    on_plans = cents_on_plans(session, guarantor_id)
    shares = [
        replace(one, open_cents=one.open_cents - on_plans.get(_target_of(one), 0))
        for one in open_shares(session, guarantor_id)
    ]
    return [one for one in shares if one.open_cents]


def installments(session: Session, plan_ids: Collection[UUID]) -> Sequence[PlanInstallment]:
    """The installments of these plans, in the order of their days."""
    return session.scalars(
        select(PlanInstallment)
        .where(
            PlanInstallment.practice_id == practice_of(session),
            PlanInstallment.plan_id.in_(plan_ids),
        )
        .order_by(PlanInstallment.plan_id, PlanInstallment.due_on, PlanInstallment.number)
    ).all()


def cover(
    session: Session,
    plan_id: UUID,
    lines: Iterable[LineToCover],
    *,
    guarantor_id: UUID,
) -> None:
    """Take lines into a plan, with the guarantor locked: nothing is paid on them meanwhile.

    A line that another plan of theirs covers breaks the unique index `plan_lines_one_plan`. On the
    plan of whoever owed it before it may stand, where nothing is left of it.
    """
    wanted = tuple(lines)
    sums = _sums(session, guarantor_id, {line.target for line in wanted})
    for line in wanted:
        if line.target.claim_id is None:
            raise ValueError(line)
        open_cents, paid_cents = sums.get(line.target, (0, 0))
        session.add(
            PlanLine(
                practice_id=practice_of(session),
                plan_line_id=new_id(),
                plan_id=plan_id,
                guarantor_id=guarantor_id,
                claim_id=line.target.claim_id,
                charge_id=line.target.charge_id,
                covered_cents=line.covered_cents,
                apart_cents=line.apart_cents,
                open_before_cents=open_cents,
                paid_before_cents=paid_cents,
            )
        )
    session.flush()


def uncover(session: Session, plan_id: UUID, *, now: datetime) -> None:
    """The plan is over: its lines are asked for like any other."""
    session.execute(
        update(PlanLine)
        .where(
            PlanLine.practice_id == practice_of(session),
            PlanLine.plan_id == plan_id,
            PlanLine.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def cover_again(session: Session, plan_id: UUID) -> bool:
    """A plan that was over runs again; false, and nothing done, where another has taken a line."""
    if is_taken(session, plan_id):
        return False
    session.execute(
        update(PlanLine)
        .where(PlanLine.practice_id == practice_of(session), PlanLine.plan_id == plan_id)
        .values(ended_at=None)
    )
    return True


def is_taken(session: Session, plan_id: UUID) -> bool:
    """Whether another standing plan of the same person has a line of this one."""
    practice_id = practice_of(session)
    taken = aliased(PlanLine)
    found = session.scalar(
        select(PlanLine.plan_line_id)
        .join(
            taken,
            (taken.practice_id == practice_id)
            & (taken.guarantor_id == PlanLine.guarantor_id)
            & (taken.claim_id == PlanLine.claim_id)
            & taken.charge_id.is_not_distinct_from(PlanLine.charge_id)
            & taken.ended_at.is_(None)
            & (taken.plan_id != plan_id),
        )
        .where(PlanLine.practice_id == practice_id, PlanLine.plan_id == plan_id)
        .limit(1)
    )
    return found is not None


def lower_cover(session: Session, cover: CoveredPlan) -> None:
    """Less is owed on its lines: what insurance may ask for again later is not the plan's."""
    for line in cover.lines:
        wanted = min(line.covered_cents, line.paid_cents + line.left_cents)
        session.execute(
            update(PlanLine)
            .where(
                PlanLine.practice_id == practice_of(session),
                PlanLine.plan_line_id == line.plan_line_id,
            )
            .values(covered_cents=wanted)
        )


def on_its_line(practice_id: UUID) -> ColumnElement[bool]:
    """Joins a plan's line to the postings that change what it asks for."""
    return (
        (PostingRow.practice_id == practice_id)
        & (PostingRow.claim_id == PlanLine.claim_id)
        & PostingRow.charge_id.is_not_distinct_from(PlanLine.charge_id)
        & (PostingRow.guarantor_id == PlanLine.guarantor_id)
        & (PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value)
    )


def _target_of(share: OpenShare) -> Target:
    return Target(share.claim_id, share.charge_id)


def _read(session: Session, *conditions: ColumnElement[bool]) -> Mapping[UUID, CoveredPlan]:
    practice_id = practice_of(session)
    by_patient = JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY])
    rows = session.execute(
        select(
            PlanLine,
            func.coalesce(func.sum(PostingRow.amount_cents), 0).label("open_cents"),
            func.coalesce(-func.sum(case((by_patient, PostingRow.amount_cents), else_=0)), 0).label(
                "paid_cents"
            ),
        )
        .outerjoin(PostingRow, on_its_line(practice_id))
        .outerjoin(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(*conditions)
        .group_by(PlanLine.practice_id, PlanLine.plan_line_id)
        .order_by(PlanLine.plan_id, PlanLine.plan_line_id)
    )
    found = rows.all()
    meant = _meant(session, {row.PlanLine.plan_id for row in found})
    plans: dict[UUID, list[CoveredLine]] = {}
    for row in found:
        line: PlanLine = row.PlanLine
        plans.setdefault(line.plan_id, []).append(
            _covered(
                line,
                open_cents=int(row.open_cents),
                paid_cents=int(row.paid_cents),
                meant_cents=meant.get(line.plan_line_id, 0),
            )
        )
    return {plan_id: CoveredPlan(plan_id, tuple(lines)) for plan_id, lines in plans.items()}


def _meant(session: Session, plan_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """What payments made for these plans put to their lines, by plan's line, less what went back.

    Since the plan took the line in: both are written under the guarantor's lock, and ids are in the
    order of time.
    """
    if not plan_ids:
        return {}
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            PlanLine.plan_line_id,
            func.sum(Allocation.amount_cents).label("cents"),
        )
        .select_from(Allocation)
        .join(
            _PAYMENTS,
            (_PAYMENTS.c.practice_id == practice_id)
            & (_PAYMENTS.c.payment_id == Allocation.payment_id),
        )
        .join(
            PlanLine,
            (PlanLine.practice_id == practice_id)
            & (PlanLine.plan_id == _PAYMENTS.c.plan_id)
            & (PlanLine.claim_id == Allocation.claim_id)
            & PlanLine.charge_id.is_not_distinct_from(Allocation.charge_id)
            & (PlanLine.plan_line_id < Allocation.allocation_id),
        )
        .where(Allocation.practice_id == practice_id, _PAYMENTS.c.plan_id.in_(plan_ids))
        .group_by(PlanLine.plan_line_id)
    )
    return {row.plan_line_id: int(row.cents) for row in rows}


def _covered(line: PlanLine, *, open_cents: int, paid_cents: int, meant_cents: int) -> CoveredLine:
    since_paid_cents = paid_cents - line.paid_before_cents
    return CoveredLine(
        plan_line_id=line.plan_line_id,
        plan_id=line.plan_id,
        guarantor_id=line.guarantor_id,
        target=Target(line.claim_id, line.charge_id),
        covered_cents=line.covered_cents,
        apart_cents=line.apart_cents,
        open_cents=open_cents,
        since_paid_cents=since_paid_cents,
        changed_cents=open_cents + since_paid_cents - line.open_before_cents,
        meant_cents=meant_cents,
        is_standing=line.ended_at is None,
    )


def _sums(
    session: Session, guarantor_id: UUID, targets: Collection[Target]
) -> Mapping[Target, tuple[int, int]]:
    """What is open on each line and what was paid on it so far."""
    practice_id = practice_of(session)
    by_patient = JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY])
    rows = session.execute(
        select(
            PostingRow.claim_id,
            PostingRow.charge_id,
            func.sum(PostingRow.amount_cents).label("open_cents"),
            (-func.sum(case((by_patient, PostingRow.amount_cents), else_=0))).label("paid_cents"),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            PostingRow.claim_id.in_({target.claim_id for target in targets}),
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
    )
    sums = {
        Target(row.claim_id, row.charge_id): (int(row.open_cents), int(row.paid_cents))
        for row in rows
    }
    return {target: sums[target] for target in targets if target in sums}
