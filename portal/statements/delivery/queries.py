"""How people want their papers, and whether mail reaches them: for one, or for many at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.auth.accounts.models import EmailCheck
from portal.auth.links_apart import went_to_payer
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
from portal.messages.service import MessageState, hash_of_address
from portal.practice.contact import PracticeContact
from portal.practice.models import Guarantor
from portal.statements.delivery.models import DeliveryEvent

_HARD = "status 5"  # RFC 3463; what a server refused outright says no status
_SOFT = "status 4"
_TELLING = (
    MessageState.BOUNCED.value,
    MessageState.DELIVERED.value,
    MessageState.SENT.value,
)
_AT_A_TIME = 5_000  # PostgreSQL takes 65,535 values in a statement


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
    """Each of these people, some thousands at a time in the same statements of SQL."""
    ids = list(guarantor_ids)
    found: dict[UUID, Delivery] = {}
    for first in range(0, len(ids), _AT_A_TIME):
        found |= _some_deliveries(session, ids[first : first + _AT_A_TIME])
    return found


def may_get_paper(practice_id: UUID) -> ColumnElement[bool]:
    """Of all guarantors those for whom `deliveries` may find a reason: it narrows, no more."""
    chose = select(DeliveryEvent.guarantor_id).where(
        DeliveryEvent.practice_id == practice_id,
        DeliveryEvent.kind.in_((DeliveryKind.WITHDRAWN.value, DeliveryKind.CHOSE_PAPER.value)),
    )
    came_back = select(Message.guarantor_id).where(
        Message.practice_id == practice_id, Message.state == MessageState.BOUNCED.value
    )
    return or_(
        func.coalesce(Guarantor.email, "") == "",
        Guarantor.email_agreed_at.is_(None),
        Guarantor.guarantor_id.in_(chose),
        Guarantor.guarantor_id.in_(came_back),
    )


def _some_deliveries(session: Session, guarantor_ids: Collection[UUID]) -> dict[UUID, Delivery]:
    practice_id = practice_of(session)
    people = session.scalars(
        select(Guarantor).where(
            Guarantor.practice_id == practice_id, Guarantor.guarantor_id.in_(guarantor_ids)
        )
    ).all()
    choices, bounces = _choices(session, guarantor_ids), _bounces(session, people)
    proved = _proved_at(session, bounces)
    return {
        person.guarantor_id: _delivery(
            person,
            choices[person.guarantor_id],
            bounces[person.guarantor_id],
            proved.get(person.guarantor_id),
        )
        for person in people
    }


def _delivery(
    person: Guarantor,
    choices: list[Choice],
    bounces: list[Bounce],
    proved_at: datetime | None,
) -> Delivery:
    """``proved_at``: when they last showed that they read mail to their present address."""
    standing = standing_of(choices)
    spoke_at = max(filter(None, (standing.spoke_at, proved_at)), default=None)
    came_back = came_back_at(bounces, since=spoke_at)
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


def _bounces(session: Session, people: Collection[Guarantor]) -> Mapping[UUID, list[Bounce]]:
    """Mail that came back since the last that a server said had arrived, from their address of now.

    What became of mail to another one says nothing of it, whoever corrected the address.

    Servers that report nothing take it, and it does not come back: two soft ones with such a mail
    between them are not in a row.
    """
    present = {one.guarantor_id: hash_of_address(one.email or "") for one in people}
    rows = session.execute(
        select(
            Message.guarantor_id,
            Message.state,
            Message.state_at,
            Message.detail,
            Message.address_hash,
        )
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id.in_(present),
            Message.state.in_(_TELLING),
            went_to_payer(practice_of(session)),
        )
        .order_by(Message.state_at)
    )
    found: defaultdict[UUID, list[Bounce]] = defaultdict(list)
    for row in rows:
        if row.address_hash not in (None, present[row.guarantor_id]):
            continue
        if row.state == MessageState.DELIVERED.value:
            found[row.guarantor_id].clear()
            continue
        if row.state == MessageState.SENT.value:
            hard = [one for one in found[row.guarantor_id] if one.is_hard]
            found[row.guarantor_id] = hard
            continue
        is_soft = _SOFT in row.detail and _HARD not in row.detail
        found[row.guarantor_id].append(Bounce(row.state_at, is_hard=not is_soft))
    return found


def _proved_at(session: Session, guarantor_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Who typed a code that was mailed to the address that is theirs now, and when."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(EmailCheck.guarantor_id, func.max(EmailCheck.passed_at))
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == EmailCheck.guarantor_id),
        )
        .where(
            EmailCheck.practice_id == practice_id,
            EmailCheck.guarantor_id.in_(guarantor_ids),
            EmailCheck.passed_at.is_not(None),
            func.lower(EmailCheck.email) == func.lower(Guarantor.email),
        )
        .group_by(EmailCheck.guarantor_id)
    )
    return {guarantor_id: passed_at for guarantor_id, passed_at in rows if passed_at}
