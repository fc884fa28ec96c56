"""Choosing how papers come: each choice is a new row, and the last one counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.paper_consent_texts import ConsentText
from portal.domain.paper_delivery import DeliveryKind
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor
from portal.practice.tasks import open_task
from portal.statements.delivery.models import DeliveryEvent
from portal.statements.delivery.queries import DeliveryPage, deliveries

NO_ADDRESS_TASK: Final = "letter_without_address"
NO_ADDRESS: Final = "Statements should go by mail, and the address is not whole."

_FOR_THE_DESK = {
    DeliveryKind.ASKED_BRAILLE: "Somebody asks for their statements in braille.",
    DeliveryKind.ASKED_CALL: "Somebody asks to have their statement read to them: call them.",
    DeliveryKind.LARGE_PRINT: "Somebody wants large print; letters of print runs already have it.",
}


class NoEmailError(RuntimeError):
    """Nothing can come electronically: there is no address for it."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who chooses, for whom, and when."""

    principal: Principal
    guarantor_id: UUID
    now: datetime
    request_id: str


def view_delivery(database: Database, occasion: Occasion) -> DeliveryPage:
    """How it is now, with a row in the audit log."""
    with database.transaction(occasion.principal) as session:
        _record(session, occasion, "view")
        return DeliveryPage(
            practice=practice_contact(session),
            delivery=deliveries(session, [occasion.guarantor_id])[occasion.guarantor_id],
            asked=_asked(session, occasion.guarantor_id),
        )


def consent(database: Database, occasion: Occasion, text: ConsentText) -> None:
    """To be called once both words were found; ``text`` is what was shown. Raises NoEmailError."""
    with database.transaction(occasion.principal) as session:
        person = (
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id == occasion.guarantor_id,
        )
        if not session.scalar(select(Guarantor.email).where(*person)):
            raise NoEmailError
        session.execute(
            update(Guarantor)
            .where(*person, Guarantor.email_agreed_at.is_(None))
            .values(email_agreed_at=occasion.now)
        )
        _write(session, occasion, DeliveryKind.CONSENTED, text)


def choose(database: Database, occasion: Occasion, kind: DeliveryKind) -> None:
    """Paper, the size of the print, or something the front desk has to do: at once, and free.

    Consent has a way of its own.
    """
    if kind is DeliveryKind.CONSENTED:
        raise ValueError(kind)
    with database.transaction(occasion.principal) as session:
        _write(session, occasion, kind)
        now = deliveries(session, [occasion.guarantor_id])[occasion.guarantor_id]
    if kind in _FOR_THE_DESK:
        _ask_staff(database, occasion, f"papers_{kind.value}", _FOR_THE_DESK[kind])
    if now.standing.wants_paper and not now.has_address:
        _ask_staff(database, occasion, NO_ADDRESS_TASK, NO_ADDRESS)


def _ask_staff(database: Database, occasion: Occasion, kind: str, message: str) -> None:
    """As the portal itself: a patient may not write to the desk's own list."""
    job = Principal.job(occasion.principal.practice_id, role="delivery")
    with database.transaction(job) as session:
        open_task(
            session,
            kind=kind,
            subject_id=occasion.guarantor_id,
            message=message,
            now=occasion.now,
        )


def _write(
    session: Session, occasion: Occasion, kind: DeliveryKind, text: ConsentText | None = None
) -> None:
    session.execute(
        insert(DeliveryEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            guarantor_id=occasion.guarantor_id,
            kind=kind.value,
            at=occasion.now,
            done_by=str(occasion.principal.actor_id or occasion.principal.role),
            text_version=text.version if text else None,
            language=text.language if text else "",
            sentences=list(text.sentences) if text else [],
        )
    )
    _record(session, occasion, kind.value)


def _asked(session: Session, guarantor_id: UUID) -> tuple[tuple[DeliveryKind, datetime], ...]:
    kinds: Collection[str] = (DeliveryKind.ASKED_BRAILLE.value, DeliveryKind.ASKED_CALL.value)
    rows = session.execute(
        select(DeliveryEvent.kind, DeliveryEvent.at)
        .where(
            DeliveryEvent.practice_id == practice_of(session),
            DeliveryEvent.guarantor_id == guarantor_id,
            DeliveryEvent.kind.in_(kinds),
        )
        .order_by(DeliveryEvent.at.desc())
    )
    return tuple((DeliveryKind(row.kind), row.at) for row in rows)


def _record(session: Session, occasion: Occasion, action: str) -> None:
    record(
        session,
        action=action,
        object_kind="delivery",
        object_id=occasion.guarantor_id,
        guarantor_id=occasion.guarantor_id,
        now=occasion.now,
        request_id=occasion.request_id,
    )
