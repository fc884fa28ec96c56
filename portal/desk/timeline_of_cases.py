"""What a person told us and asked, and how it went on: never their words, which the case has."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseEvent
from portal.db import practice_of
from portal.desk.timeline_events import EVENTS_MAX, TimelineEvent
from portal.domain.cases import CaseState

_SHOWN: Final = tuple(
    state.value
    for state in (
        CaseState.OPEN,
        CaseState.WAITING,
        CaseState.ANSWERED,
        CaseState.CLOSED,
        CaseState.REOPENED,
    )
)


def events_of_cases(
    session: Session, guarantor_id: UUID, *, names: Mapping[str, str], zone: ZoneInfo
) -> Iterator[TimelineEvent]:
    """Each state a case came to. ``names``: of staff, by id."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(CaseEvent, Case.number)
        .join(Case, (Case.practice_id == practice_id) & (Case.case_id == CaseEvent.case_id))
        .where(
            CaseEvent.practice_id == practice_id,
            CaseEvent.guarantor_id == guarantor_id,
            CaseEvent.state.in_(_SHOWN),
            CaseEvent.detail != "taken",
        )
        .order_by(CaseEvent.event_id.desc())
        .limit(EVENTS_MAX)
    )
    for event, number in rows:
        yield TimelineEvent(
            event.occurred_at.astimezone(zone),
            f"case_{event.state}",
            actor=names.get(event.actor.removeprefix("staff "), ""),
            reference=number,
        )
