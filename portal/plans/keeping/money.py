"""What others changed of a plan: insurance, staff, banks, the end of a pause. Told, never silent.

Less is owed: the last installments fall away. Money came back: its installments are open again.
More is owed: that is not the plan's, and statements ask for it.
"""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.change import Changed
from portal.domain.plans.staff_changes import resume
from portal.domain.plans.states import LIVE, PlanState
from portal.domain.plans.sum_changes import payment_came_back
from portal.ledger.models import PlanLine, PostingRow
from portal.ledger.plan_cover import is_taken, lower_cover, on_its_line
from portal.messages.service import MessageTemplate
from portal.plans.covers import covers_of
from portal.plans.keeping.asking import asked_of
from portal.plans.keeping.facts import KeptPlan
from portal.plans.keeping.news import Moved, sums_of
from portal.plans.moves import note_plan
from portal.plans.offering.footing import practice_today
from portal.plans.ports import PutOwnCredit
from portal.plans.store import write_version
from portal.plans.telling import tell_of_plan


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
    if kept.state is PlanState.COMPLETED and is_taken(session, kept.plan.plan_id):
        return False
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
    since = practice_today(session, kept.plan.state_at)
    again = resume(kept.position(today), since=since, today=today)
    if not isinstance(again, Changed):
        return False
    _write(session, kept, again, detail="", now=now)
    return True


def take_in_credit(
    session: Session, kept: KeptPlan, put: PutOwnCredit | None, *, is_told: bool, now: datetime
) -> bool:
    """What paid this plan, and is a credit by now, pays what it asks for next. Whether any did.

    Nobody is asked for money that we hold. Not while anything rests, or a decision is awaited.
    """
    plan, is_resting = kept.plan, bool(kept.holds) or kept.is_awaiting
    asked_cents = sum(asked_of(kept.loaded, coming_cents=kept.coming_cents).values())
    if put is None or is_resting or kept.state not in LIVE or not asked_cents:
        return False
    lines = [line.target for line in kept.loaded.cover.lines if line.left_cents]
    put_cents = put(
        session, plan.plan_id, plan.guarantor_id, lines, most_cents=asked_cents, now=now
    )
    if put_cents:
        note_plan(session, plan, now=now, detail=f"{put_cents} cents of its credit pay it again")
    if put_cents and not is_told:
        tell_of_plan(session, plan, MessageTemplate.PLAN_CHANGED, now=now)
    return put_cents > 0


def note_more(session: Session, kept: KeptPlan, what: Moved, *, now: datetime) -> None:
    """More is owed: no version of the plan, but written down all the same."""
    if what.more_cents:
        detail = f"{what.more_cents} cents more than before: not on the plan"
        note_plan(session, kept.plan, now=now, detail=detail)


def mark_seen(session: Session, kept: KeptPlan) -> None:
    """Until more is posted to its lines, or a visit is held no more, nothing is to be taken in."""
    plan, sums = kept.plan, sums_of(kept.loaded.cover)
    waits = kept.is_awaiting and kept.shortfall_cents > 0
    released_cents = kept.moved.released_cents if waits else 0  # to be taken in with what waits
    plan.seen_changed_cents = sums.changed_cents + released_cents
    plan.seen_paid_cents = sums.paid_cents + released_cents
    plan.seen_received_cents = sums.received_cents + released_cents
    if waits:
        plan.seen_postings = None
        return
    plan.seen_postings = session.scalar(
        select(func.count())
        .select_from(PlanLine)
        .join(PostingRow, on_its_line(practice_of(session)))
        .where(PlanLine.practice_id == practice_of(session), PlanLine.plan_id == plan.plan_id)
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
    plan = kept.plan
    write_version(
        session,
        plan,
        changed.version,
        change=changed.kind.value,
        now=now,
        covers=covers_of(kept.loaded.cover),
        detail=detail,
    )
    note_plan(session, plan, now=now, detail=f"{changed.kind.value}: {detail}".rstrip(": "))
    tell_of_plan(session, plan, MessageTemplate.PLAN_CHANGED, now=now)
