"""What others changed of a plan: insurance, staff, banks, the end of a pause. Told, never silent.

Less is owed: the last installments fall away. Money came back: its installments are open again.
More is owed: that is not the plan's, and statements ask for it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import practice_of
from portal.domain.plans.change import Changed
from portal.domain.plans.staff_changes import resume
from portal.domain.plans.states import PlanState
from portal.domain.plans.sum_changes import payment_came_back
from portal.ledger.models import PlanLine, PostingRow
from portal.ledger.plan_cover import CoveredPlan, lower_cover, on_its_line
from portal.messages.service import MessageTemplate
from portal.plans.keeping.facts import KeptPlan
from portal.plans.moves import note_plan
from portal.plans.store import write_version


@dataclass(frozen=True, slots=True)
class Moved:
    """Of a plan's lines since they were last looked at.

    ``more_cents`` are asked for beside the plan. ``released_cents`` were paid on it and are a
    credit by now; ``returned_cents`` were paid and are gone again.
    """

    more_cents: int
    released_cents: int
    returned_cents: int


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of all lines of a plan: what a later look is compared with.

    ``received_cents`` came from the patient, towards the plan or not.
    """

    changed_cents: int
    paid_cents: int
    received_cents: int
    beside_cents: int


def moved(kept: KeptPlan) -> Moved:
    """A plan that nobody looked at before was as it was agreed; so is a line that joins one."""
    plan, sums = kept.plan, _sums(kept.loaded.cover)
    share_cents = sums.changed_cents - (plan.seen_changed_cents or 0)
    less_paid_cents = (plan.seen_paid_cents or 0) - sums.paid_cents
    less_received_cents = (plan.seen_received_cents or 0) - sums.received_cents
    gone_cents = max(0, min(less_paid_cents, less_received_cents))
    released_cents = min(gone_cents, max(0, -share_cents))
    return Moved(
        more_cents=max(0, min(share_cents, sums.beside_cents)),
        released_cents=released_cents,
        returned_cents=gone_cents - released_cents,
    )


def take_in_less(
    session: Session, kept: KeptPlan, what: Moved, *, today: date, now: datetime
) -> bool:
    """Less is owed, and no other decision is awaited. Whether there is another version now."""
    less = None if kept.is_awaiting else kept.corrected(today)
    if less is not None:
        lower_cover(session, kept.loaded.cover)
        _write(session, kept, less, detail=_why_less(kept, what), now=now)
    return less is not None


def take_in_return(
    session: Session, kept: KeptPlan, what: Moved, *, today: date, now: datetime
) -> bool:
    """Money came back; what had been paid ahead stands at the end again, in another version."""
    if not what.returned_cents:
        return False
    kept.plan.grace_from = today
    detail = f"{what.returned_cents} cents that were paid came back"
    note_plan(session, kept.plan, now=now, detail=detail)
    back = payment_came_back(kept.position(today), what.returned_cents, today=today)
    if back is not None:
        _write(session, kept, back, detail=detail, now=now)
    return back is not None


def take_up_again(
    session: Session, kept: KeptPlan, _what: Moved, *, today: date, now: datetime
) -> bool:
    """After a pause: what fell due during it begins again, in another version."""
    if kept.state is not PlanState.PAUSED or kept.standing(today).state is PlanState.PAUSED:
        return False
    again = resume(kept.position(today), today=today)
    if not isinstance(again, Changed):
        return False
    _write(session, kept, again, detail="", now=now)
    return True


def note_more(session: Session, kept: KeptPlan, what: Moved, *, now: datetime) -> None:
    """More is owed: no version of the plan, but written down all the same."""
    if what.more_cents:
        detail = f"{what.more_cents} cents more than before: not on the plan"
        note_plan(session, kept.plan, now=now, detail=detail)


def mark_seen(session: Session, kept: KeptPlan) -> None:
    """Until more is posted to its lines, or a visit is held no more, nothing is to be taken in."""
    plan, sums = kept.plan, _sums(kept.loaded.cover)
    plan.seen_changed_cents = sums.changed_cents
    plan.seen_paid_cents = sums.paid_cents
    plan.seen_received_cents = sums.received_cents
    if kept.is_awaiting and kept.shortfall_cents:
        plan.seen_postings = None
        return
    plan.seen_postings = session.scalar(
        select(func.count())
        .select_from(PlanLine)
        .join(PostingRow, on_its_line(practice_of(session)))
        .where(PlanLine.practice_id == practice_of(session), PlanLine.plan_id == plan.plan_id)
    )


def _sums(cover: CoveredPlan) -> _Sums:
    return _Sums(
        changed_cents=sum(line.changed_cents for line in cover.lines),
        paid_cents=cover.paid_cents,
        received_cents=sum(line.since_paid_cents for line in cover.lines),
        beside_cents=sum(line.open_cents - line.left_cents for line in cover.lines),
    )


def _why_less(kept: KeptPlan, what: Moved) -> str:
    less = f"{kept.shortfall_cents} cents less are owed"
    return (
        f"{less}; {what.released_cents} of them were paid: a credit"
        if what.released_cents
        else less
    )


def _write(
    session: Session, kept: KeptPlan, changed: Changed, *, detail: str, now: datetime
) -> None:
    covers = [
        {
            "claim_id": str(line.target.claim_id),
            "charge_id": str(line.target.charge_id) if line.target.charge_id else None,
            "cents": min(line.covered_cents, line.paid_cents + line.left_cents),
        }
        for line in kept.loaded.cover.lines
    ]
    plan = kept.plan
    write_version(
        session,
        plan,
        changed.version,
        change=changed.kind.value,
        now=now,
        covers=covers,
        detail=detail,
    )
    note_plan(session, plan, now=now, detail=f"{changed.kind.value}: {detail}".rstrip(": "))
    queue_mail(session, MessageTemplate.PLAN_CHANGED, guarantor_id=plan.guarantor_id, now=now)
