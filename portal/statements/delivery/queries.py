"""How people want their papers, and whether mail reaches them: for one, or for many at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.paper_delivery import (
    Bounce,
    Choice,
    DeliveryKind,
    LetterReason,
    Standing,
    came_back_at,
    letter_reason,
    standing_of,
)
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.practice.contact import PracticeContact
from portal.practice.models import Guarantor
from portal.statements.delivery.models import DeliveryEvent

_HARD = "status 5"  # RFC 3463; what a server refused outright says no status
_SOFT = "status 4"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one person gets statements. ``reason`` None: by a link in an e-mail."""

    guarantor_id: UUID
    language: str
    standing: Standing
    reason: LetterReason | None
    came_back_at: datetime | None
    has_email: bool
    has_address: bool


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """What the page shows."""

    practice: PracticeContact
    delivery: Delivery
    asked: tuple[tuple[DeliveryKind, datetime], ...]  # requests of the front desk, newest first

    @property
    def zone(self) -> ZoneInfo:
        """Where days are counted."""
        return ZoneInfo(self.practice.time_zone)


def deliveries(session: Session, guarantor_ids: Collection[UUID]) -> Mapping[UUID, Delivery]:
    """Each of these people, in three statements of SQL."""
    practice_id = practice_of(session)
    people = session.scalars(
        select(Guarantor).where(
            Guarantor.practice_id == practice_id, Guarantor.guarantor_id.in_(guarantor_ids)
        )
    )
    choices, bounces = _choices(session, guarantor_ids), _bounces(session, guarantor_ids)
    return {
        person.guarantor_id: _delivery(
            person, choices[person.guarantor_id], bounces[person.guarantor_id]
        )
        for person in people
    }


def _delivery(person: Guarantor, choices: list[Choice], bounces: list[Bounce]) -> Delivery:
    standing = standing_of(choices)
    came_back = came_back_at(bounces, since=standing.spoke_at)
    address = (person.address_line, person.city, person.state, person.postal_code)
    return Delivery(
        guarantor_id=person.guarantor_id,
        language=person.language,
        standing=standing,
        reason=letter_reason(
            standing,
            has_email=bool(person.email),
            agreed=person.email_agreed_at is not None,
            came_back=came_back,
        ),
        came_back_at=came_back,
        has_email=bool(person.email),
        has_address=all(address),
    )


def _choices(session: Session, guarantor_ids: Collection[UUID]) -> Mapping[UUID, list[Choice]]:
    rows = session.execute(
        select(DeliveryEvent.guarantor_id, DeliveryEvent.kind, DeliveryEvent.at).where(
            DeliveryEvent.practice_id == practice_of(session),
            DeliveryEvent.guarantor_id.in_(guarantor_ids),
        )
    )
    found: defaultdict[UUID, list[Choice]] = defaultdict(list)
    for row in rows:
        found[row.guarantor_id].append(Choice(DeliveryKind(row.kind), row.at))
    return found


def _bounces(session: Session, guarantor_ids: Collection[UUID]) -> Mapping[UUID, list[Bounce]]:
    """Mail that came back since the last that a server said had arrived."""
    rows = session.execute(
        select(Message.guarantor_id, Message.state, Message.state_at, Message.detail)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id.in_(guarantor_ids),
            Message.state.in_((MessageState.BOUNCED.value, MessageState.DELIVERED.value)),
        )
        .order_by(Message.state_at)
    )
    found: defaultdict[UUID, list[Bounce]] = defaultdict(list)
    for row in rows:
        if row.state == MessageState.DELIVERED.value:
            found[row.guarantor_id].clear()
            continue
        is_soft = _SOFT in row.detail and _HARD not in row.detail
        found[row.guarantor_id].append(Bounce(row.state_at, is_hard=not is_soft))
    return found
