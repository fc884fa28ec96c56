"""What happened with a person's payment plans: moves, mail, promises, notes, the agency."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.desk.timeline_events import EVENTS_MAX, TimelineEvent
from portal.domain.plans.states import UNDECIDED, InstallmentState, PlanState
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import AgencyPlacement, PlacedLine
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.plans.models import Plan, PlanEvent
from portal.practice.promises import notes_of, promises_of

_OF_INSTALLMENTS: Final = (
    InstallmentState.MISSED.value,
    InstallmentState.FAILED.value,
    InstallmentState.RETRY_SCHEDULED.value,
    InstallmentState.SKIPPED.value,
    InstallmentState.WAIVED.value,
)
_UNDECIDED: Final = {state.value for state in UNDECIDED}
_ARRIVED: Final = {
    MessageState.SENT.value: "mail_sent",
    MessageState.DELIVERED.value: "mail_sent",
    MessageState.BOUNCED.value: "mail_bounced",
}


def events_of_plans(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """``names``: of staff, by id."""
    yield from _moves(session, guarantor_id, names=names, zone=zone)
    yield from _mail(session, guarantor_id, zone=zone)
    yield from _promises(session, guarantor_id, names=names, zone=zone)
    for note in notes_of(session, guarantor_id, limit=EVENTS_MAX):
        at, actor = note.written_at.astimezone(zone), names.get(str(note.written_by), "")
        yield TimelineEvent(at, "note", actor=actor, words=note.words)
    yield from _agency(session, guarantor_id, names=names, zone=zone)


def _moves(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """Each state a plan came to, and installments that went wrong or were let go."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(PlanEvent, Plan.number)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanEvent.plan_id))
        .where(
            PlanEvent.practice_id == practice_id,
            Plan.guarantor_id == guarantor_id,
            PlanEvent.installment_number.is_(None) | PlanEvent.state.in_(_OF_INSTALLMENTS),
        )
        .order_by(PlanEvent.event_id.desc())
        .limit(EVENTS_MAX)
    ).all()
    oldest_first = list(reversed(rows))
    before = _states_before([row.PlanEvent for row in oldest_first])
    for row in oldest_first:
        event: PlanEvent = row.PlanEvent
        if event.installment_number is None and event.state in (
            before[event.event_id],
            *_UNDECIDED,
        ):
            continue
        yield TimelineEvent(
            event.occurred_at.astimezone(zone),
            _kind(event, before[event.event_id]),
            actor=names.get(event.actor.removeprefix("staff "), ""),
            reference=row.number,
        )


def _states_before(events: list[PlanEvent]) -> dict[UUID, str]:
    """The state that each plan was in before each of its events; empty before the first."""
    found = {event.event_id: "" for event in events}
    of_plans = [event for event in events if event.installment_number is None]
    for plan_id in {event.plan_id for event in of_plans}:
        for one, other in pairwise(event for event in of_plans if event.plan_id == plan_id):
            found[other.event_id] = one.state
    return found


def _kind(event: PlanEvent, before: str) -> str:
    if event.installment_number is not None:
        return f"installment_{event.state}"
    if event.state == PlanState.ACTIVE.value and before == PlanState.PAST_DUE.value:
        return "plan_caught_up"
    if event.state == PlanState.ACTIVE.value and before == PlanState.PAUSED.value:
        return "plan_resumed"
    return f"plan_{event.state}"


def _mail(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> Iterator[TimelineEvent]:
    """About plans and charges. Links and receipts tell of themselves."""
    rows = session.execute(
        select(Message.state_at, Message.state, Message.template)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id == guarantor_id,
            Message.state.in_(_ARRIVED),
            Message.template.regexp_match("^(plan|charge|method|autopay)_"),
        )
        .order_by(Message.message_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        at = row.state_at.astimezone(zone)
        yield TimelineEvent(at, _ARRIVED[row.state], reference=row.template)


def _promises(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    for promise in promises_of(session, guarantor_id, limit=EVENTS_MAX):
        yield TimelineEvent(
            promise.made_at.astimezone(zone),
            "promise_made",
            actor=names.get(str(promise.made_by), ""),
            amount_cents=promise.amount_cents,
            on=promise.promised_for,
        )
        if promise.outcome != PromiseOutcome.OPEN.value and promise.outcome_at is not None:
            yield TimelineEvent(
                promise.outcome_at.astimezone(zone),
                f"promise_{promise.outcome}",
                actor=names.get(str(promise.outcome_by), ""),
                on=promise.promised_for,
            )


def _agency(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """What went to an agency, and what came back, together as it went and came."""
    practice_id = practice_of(session)
    cents = func.sum(PlacedLine.amount_cents)
    rows = session.execute(
        select(
            AgencyPlacement.agency_name,
            AgencyPlacement.placed_at,
            AgencyPlacement.placed_by,
            PlacedLine.recalled_at,
            PlacedLine.recalled_by,
            cents.label("cents"),
        )
        .join(PlacedLine, PlacedLine.placement_id == AgencyPlacement.placement_id)
        .where(
            AgencyPlacement.practice_id == practice_id,
            PlacedLine.practice_id == practice_id,
            PlacedLine.guarantor_id == guarantor_id,
        )
        .group_by(
            AgencyPlacement.practice_id,
            AgencyPlacement.placement_id,
            PlacedLine.recalled_at,
            PlacedLine.recalled_by,
        )
        .order_by(AgencyPlacement.placement_id.desc())
        .limit(EVENTS_MAX)
    )
    for row in rows:
        yield TimelineEvent(
            row.placed_at.astimezone(zone),
            "agency_placed",
            actor=names.get(str(row.placed_by), ""),
            reference=row.agency_name,
            amount_cents=int(row.cents),
        )
        if row.recalled_at is not None:
            yield TimelineEvent(
                row.recalled_at.astimezone(zone),
                "agency_recalled",
                actor=names.get(str(row.recalled_by), ""),
                reference=row.agency_name,
                amount_cents=int(row.cents),
            )
